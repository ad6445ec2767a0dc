"""Whether a person's text can be printed and whether the finished page says it: what is wrong, in words."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

from pipeline.documents import compose, fonts
from pipeline.documents.design import Design
from pipeline.rules.certificates import statements
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.awards import Facts
from pipeline.rules.claims.names import is_selector


def describe(char: str) -> str:
    """`"龘" (U+9F98 CJK UNIFIED IDEOGRAPH-9F98)`."""
    return f'"{char}" (U+{ord(char):04X} {unicodedata.name(char, "without a name")})'


def unprintable(facts: Facts) -> str:
    """Why a person's text cannot be set at all; empty where it can."""
    if not facts.name.strip():
        return "name: is empty"
    for field, text in (("name", facts.name), ("credentials", facts.credentials)):
        for char in text:
            if unicodedata.category(char) in ("Cc", "Cs") and not char.isspace():
                return f"{field}: {describe(char)} in {text!r} is not a printable character"
            if fonts.is_emoji(char):
                return f'{field}: {describe(char)} in "{text}" is a picture; a certificate takes letters only'
    return ""


def foreseen(facts: Facts, theme: Path) -> str:
    """What rendering would find wrong with a person's text, told without rendering; empty for nothing."""
    if problem := unprintable(facts):
        return problem
    missing = fonts.undrawable(facts.name + facts.credentials, theme)
    return missing_words([ord(char) for char in missing], facts) if missing else ""


def missing_words(codes: list[int], facts: Facts) -> str:
    """Which characters no installed font has, and of which text they are."""
    chars = [chr(code) for code in codes]
    texts = {field: getattr(facts, field) for field in ("name", "credentials", "title", "location")}
    where = [f'{field} "{text}"' for field, text in texts.items() if any(char in text for char in chars)]
    named = " and ".join(map(describe, chars))
    lacking = sorted({fonts.package(family) for char in chars for family in fonts.lacking(char)})
    advice = f"; install the Debian package {' and '.join(lacking)}" if lacking else ""
    return f"no installed font has {named} of the {' and '.join(where) or 'page'}{advice}"


_OPENING = str.maketrans(")]}>›»", "([{<‹«")


def signs(text: str) -> str:
    """What a reader sees of a text, for comparing: forms folded, spaces and controls dropped.

    A bracket is one sign whichever way it opens: it is mirrored where text runs right to left.
    """
    folded = unicodedata.normalize("NFKD", text).replace("ـ", "").translate(_OPENING)
    # PDFium gives U+FFFE for a hyphen at the end of a line.
    return "".join(
        char
        for char in folded.replace("\ufffe", "-")
        if unicodedata.category(char)[0] not in "ZC" and not is_selector(char)
    )


def pdfium_document(pdf: bytes) -> Any:
    """A document of the second library, PDFium. Raises ValueError for what is no PDF."""
    import pypdfium2 as pdfium  # type: ignore[import-untyped]  # few certificates are read back

    try:
        return pdfium.PdfDocument(pdf)
    except pdfium.PdfiumError as error:
        raise ValueError(str(error)) from error


def page_text(pdf: bytes) -> tuple[str, int]:
    """All text of the first page as a second library reads it, and the number of pages.

    Raises ValueError for what is no PDF.
    """
    document = pdfium_document(pdf)
    try:
        page = document[0]
        text_page = page.get_textpage()
        text = text_page.get_text_range()
        text_page.close()
        page.close()
        return text, len(document)
    finally:
        document.close()


def stated_kept_until(pdf: bytes) -> dt.date | None:
    """Until when a certificate says that its record is kept; None for what says nothing of the kind."""
    try:
        text, _ = page_text(pdf)
        found = re.search(r"kept until\s+([A-Z][a-z]+ \d+, \d{4})", text)
        return dt.datetime.strptime(found[1], "%B %d, %Y").date() if found else None  # noqa: DTZ007 - a day
    except ValueError:
        return None


def stated_holder(pdf: bytes) -> list[str]:
    """The lines that name the holder: name, then credentials; none for what is no certificate."""
    try:
        text, _ = page_text(pdf)
    except ValueError:
        return []
    found = re.search(r"This certifies that\s(.*?)\shas (?:participated in|completed) the ", text, re.DOTALL)
    return [line.strip() for line in found[1].strip().splitlines()] if found else []


def stated(facts: Facts, said: compose.Words, design: Design) -> list[tuple[str, str]]:
    """Every text that must be found on the page, by the name a report gives it."""
    texts = [
        ("provider", statements.PROVIDER.upper()),
        ("kind", said.kind),
        ("name", compose.clean(facts.name)),
        ("credentials", compose.clean(facts.credentials)),
        ("format", said.did),
        ("title", compose.clean(facts.title)),
        ("where and when", said.where),
        *(("credit", " ".join(line)) for line in compose.credit_lines(facts)),
        *(("statement", text.replace("(TM)", "™").replace("(tm)", "™")) for text in said.statements),
        ("signatory", design.signatory_name + design.signatory_title),
        ("issue date", statements.date_words(facts.issued_on)),
        ("correction", compose.corrected(facts)),
        ("number", facts.number),
        ("where to verify", compose.site_of(facts)),
        ("kept until", statements.date_words(facts.kept_until)),
        ("contact", statements.CONTACT),
    ]
    if facts.kind is Kind.PARTICIPATION:
        texts.append(("hours", "hours attended (to be completed by the holder)"))
    return [(name, text) for name, text in texts if text]


def compare(pdf: bytes, facts: Facts, said: compose.Words, design: Design) -> str:
    """Empty where the page says all the facts and one page is all there is; else what differs, naming both.

    Texts must be found as they are. Of what runs right to left readers return the signs in another order:
    there every sign must be found as often as the facts have it.
    """
    found, pages = page_text(pdf)
    if pages != 1:
        return f"the certificate has {pages} pages"
    flat = signs(found)
    have = Counter(flat)
    need: Counter[str] = Counter()
    for name, text in stated(facts, said, design):
        wanted = signs(text)
        need.update(wanted)
        if not fonts.runs_left(wanted) and wanted not in flat:
            return f'{name}: the finished page does not say "{text}"; it says "{_nearby(found)}"'
    short = need - have
    if short:
        chars = ", ".join(f"{describe(char)}" for char in sorted(short))
        return f'the finished page lacks {chars} of "{facts.name}"; it says "{_nearby(found)}"'
    return ""


def says_its_facts(pdf: bytes | None, facts: Facts, design: Design) -> bool:
    """Whether a file is there, and compares."""
    return pdf is not None and not compare(pdf, facts, compose.words(facts), design)


def _nearby(found: str) -> str:
    """What stands where the name should."""
    words = re.sub(r"\s+", " ", found).strip()
    return words.partition("This certifies that ")[2][:120] or words[:120]
