"""One certificate set twice, by the press and by WeasyPrint itself; and what differs between the two."""

from __future__ import annotations

import io
import random
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from html import escape
from typing import Any

import pikepdf
import pytest
from PIL import ImageChops, ImageFilter

from pipeline.documents import Design, check, compose, layout, paper, planning, press
from pipeline.documents.prepared import prepare
from pipeline.documents.press import content
from pipeline.documents.press.order import Orders
from pipeline.documents.press.typesetting import typesetter, units_of
from pipeline.documents.samples import page_image
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.awards import Facts
from tests.support.documents_kit import LETTER, boxes, made_up, numbered
from tests.support.worldwide import number

CLOSE = 0.1  # points
DPI = 100
SCRIPTS = {
    "western": "Wilhelmina Achterberg",
    "ligatures": "Jean-François d’Offfi O'Fflath & Fjell TTh Qvist",
    "vietnamese": "Zoë Nguyễn Thị Ánh",
    "polish": "Żółć Gęślą Jaźń",
    "yoruba": "Ṣẹ́gun Ọ̀ṣọ́bà Àdùkẹ́",
    "decomposed": "Đo\u0302\u0303 Thi\u0323 My\u0303",
    "transliterated": "ʿAlī Ḥusayn aṭ-Ṭāʾī",
    "hausa": "Ɗanladi Maikuɗi Ɓello",
    "azerbaijani": "Əsəd Məmmədli",
    "ewe": "Kɔfi Ɛnyonam Ɖela-Ʋinyo",
    "russian": "Юлия Щёкина",
    "joined cyrillic": "Наталья Коляда-Лукянова",
    "greek": "Ἀριστοτέλης Ζαΐμης",
    "armenian": "Գայանե Ծատուրյան",
    "joined armenian": "ՈՒրսուլա Մեխակունի",
    "georgian": "ქეთევან წერეთელი",
    "georgian capitals": "ᲥᲔᲗᲔᲕᲐᲜ ᲬᲔᲠᲔᲗᲔᲚᲘ",
    "markup": "A & B (née O“Neill”)",
    "capitals": "DE LA TORRE",
    "signs among capitals": "IDA LEE-OTT (NÉE O’HARA)",
    "long": "Bartholomea-Ysabeau Christodoulopoulou",
}


def by_weasyprint(facts: Facts, design: Design = LETTER) -> bytes:
    """The certificate as WeasyPrint writes it."""
    prepared, said = prepare(design), compose.words(facts)
    for reserve in planning.RESERVES:
        planned = planning.best_plan(facts, said, design, reserve)
        document = paper.lay_out(compose.html(facts, said, planned, design, prepared), prepared)
        if len(document.pages) == 1:
            return paper.write(document, facts, prepared)
    raise AssertionError("more than a page")


def by_press(facts: Facts, design: Design = LETTER) -> bytes:
    """The certificate as the press writes it."""
    made = press.press_of(design).press(facts)
    assert made is not None, f"{facts.name} was not pressed"
    return made


def lines_by_weasyprint(lines: Iterable[tuple[str, str, float]], design: Design = LETTER) -> list[bytes]:
    """How WeasyPrint paints lines of names or credentials, each of a slot, a text and a size in points."""
    prepared, written = prepare(design), []
    for slot, text, size in lines:
        fitted = layout.Fitted(size, 1, planning.width_of(slot, design), 1.2)
        style = compose.style(fitted, text, slot, design)
        written.append(
            f'<p style="white-space: nowrap; {escape(style)}"{compose.marks(text)}>{escape(text)}</p>'
        )
    page = "<html lang=en><style>@page { size: letter landscape }</style>" + "".join(written)
    painted: list[content.TextObject] = []

    def take(_: Any, pdf: Any) -> None:
        for each in pdf.objects:
            if isinstance(each, dict) and each.get("Type") == "/Page":
                items = content.text_objects(pdf.objects[int(each["Contents"].split()[0])].stream)
                painted.extend(item for item in items if isinstance(item, content.TextObject))

    paper.lay_out(page, prepared).write_pdf(finisher=take, **paper.OPTIONS)
    return [text.shows for text in painted]


def lines_by_press(orders: Orders, facts: Facts) -> dict[tuple[str, str, float], bytes] | None:
    """How the press paints a name and its credentials, by slot, text and size; None for what it leaves."""
    order = orders.order(facts)
    if order is None:
        return None
    slots = order.group.western if order.western else order.group.slots
    assert slots is not None
    lines = {}
    for slot, rung in zip(("name", "credentials"), order.rungs, strict=False):
        if slot in order.texts:
            size, text = layout.single_sizes(slot)[rung], order.texts[slot]
            line = typesetter(slots[slot], units_of(size)).typeset(text)
            if line is None:
                return None
            lines[slot, text, size] = line.shows
    return lines


def differing_lines(people: Iterable[Facts], at_least: int) -> list[tuple[str, str, float]]:
    """Names and credentials that the press sets otherwise than WeasyPrint; each by slot, text and size.

    Those that the press leaves to WeasyPrint do not count; it must set `at_least` so many.
    """
    orders, ours = Orders(LETTER), dict[tuple[str, str, float], bytes]()
    for facts in people:
        ours |= lines_by_press(orders, facts) or {}
    assert len(ours) >= at_least
    theirs = lines_by_weasyprint(ours) if ours else []
    return [line for line, mine, other in zip(ours, ours.values(), theirs, strict=True) if mine != other]


def operators(pdf: bytes) -> list[str]:
    """The page's content, numbers rounded to a thousandth."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        written = pikepdf.unparse_content_stream(pikepdf.parse_content_stream(document.pages[0]))
    return [
        re.sub(r"-?\d+\.\d*", lambda found: f"{float(found[0]):.3f}".removesuffix(".000"), line)
        for line in written.decode("latin-1").splitlines()
    ]


def tags(pdf: bytes) -> list[tuple[int, str, str, str, str]]:
    """The structure tree in reading order: depth, tag, alternative text, language, box."""
    found = []

    def walk(node: pikepdf.Object, depth: int) -> None:
        kids: Any = node.get("/K", [])
        for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
            if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
                box = str([float(side) for side in kid.A.BBox]) if "/A" in kid else ""
                found.append((depth, str(kid.S), str(kid.get("/Alt", "")), str(kid.get("/Lang", "")), box))
                walk(kid, depth + 1)

    with pikepdf.open(io.BytesIO(pdf)) as document:
        walk(document.Root.StructTreeRoot, 0)
    return found


def metadata(pdf: bytes) -> dict[str, object]:
    """Information, XMP, language, viewer's preferences and form of a file."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        root = document.Root
        field: Any = root.AcroForm.Fields[0] if "/AcroForm" in root else {}
        return {
            "info": {key: str(value) for key, value in document.docinfo.items()},
            "xmp": root.Metadata.read_bytes(),
            "lang": str(root.Lang),
            "id": str(document.trailer.ID[0]),
            "title shown": bool(root.ViewerPreferences.DisplayDocTitle),
            "field": {key: str(field[key]) for key in ("/TU", "/T", "/V", "/Rect", "/DA") if key in field},
            "page": str(document.pages[0].MediaBox) + str(document.pages[0].Tabs),
        }


def picture_differs(one: bytes, other: bytes) -> float:
    """Share of pixels that look different."""
    images = [page_image(pdf, DPI).convert("L") for pdf in (one, other)]
    blurred = [image.filter(ImageFilter.GaussianBlur(0.6)) for image in images]
    histogram = ImageChops.difference(*blurred).histogram()
    return sum(histogram[24:]) / (images[0].width * images[0].height)


def differences(facts: Facts, design: Design = LETTER, *, look: bool = True) -> list[str]:
    """What differs between the two; empty where they are equal."""
    ours, theirs = by_press(facts, design), by_weasyprint(facts, design)
    wrong = []
    if operators(ours) != operators(theirs):
        changed = [
            pair for pair in zip(operators(ours), operators(theirs), strict=False) if pair[0] != pair[1]
        ]
        wrong.append(f"content: {changed[:3]}")
    # By what a reader sees: WeasyPrint writes a letter and its mark as one text, the press as two.
    if check.signs(check.page_text(ours)[0]) != check.signs(check.page_text(theirs)[0]):
        wrong.append("text")
    marked = any(unicodedata.combining(char) for char in compose.clean(facts.name))
    mine, their = boxes(ours), boxes(theirs)
    if not marked and (
        len(mine) != len(their)
        or any(
            one[0] != other[0] or any(abs(a - b) > CLOSE for a, b in zip(one[1:], other[1:], strict=True))
            for one, other in zip(mine, their, strict=True)
        )
    ):
        wrong.append("boxes")
    if tags(ours) != tags(theirs):
        wrong.append("tags")
    if metadata(ours) != metadata(theirs):
        wrong.append("metadata")
    if look and picture_differs(ours, theirs) > 0.0002:
        wrong.append("picture")
    return wrong


def person(name: str, credentials: str = "MD", kind: Kind = Kind.CME_ABIM) -> Facts:
    """Facts of a made-up person, with a number and credits of their own."""
    chance = random.Random(f"{name}{credentials}{kind}")
    facts = numbered(made_up(kind, name, credentials=credentials), number(chance))
    earned = {
        credit: Decimal(chance.randint(1, 180)) / 4
        for credit in ("cme", "abim", "abp")
        if getattr(facts, credit)
    }
    return replace(facts, **earned)  # type: ignore[arg-type]


def pdf_ua_faults(pdf: bytes) -> list[str]:
    """What page-validation has against a file as PDF/UA-1."""
    page = pytest.importorskip("page", reason="pip install page-validation")
    report = page.validate_pdf_bytes(pdf, profile="ua1")
    return [] if report.is_compliant else [failure.message for failure in report.failures]
