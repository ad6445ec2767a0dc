"""Private pages read back: what the page of a person or a certificate says, when no ledger is left to ask.

The templates person.html and verification.html are read by their headings and lists, as a reader does; a page
that was made otherwise is refused, never guessed at.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from html.parser import HTMLParser
from xml.etree.ElementTree import Element, TreeBuilder

from pipeline.rules.certificates.activities import Activity, Kind
from pipeline.rules.certificates.awards import Facts, HolderName, Standing
from pipeline.rules.web.markup import location_line

VOID = ("img", "br", "hr", "input", "meta", "link")  # HTML's elements without an end
_FILE = r"acr-(?P<activity>[a-z0-9-]+)-{kind}-certificate-[0-9a-z]{{4}}(?:-v(?P<version>\d+))?\.pdf"
_FORWARD = re.compile(r'<meta http-equiv="refresh" content="0; url=\.\./([a-z0-9]+)/">')
_DIGESTS = re.compile(r'data-digests="([0-9a-f ]+)" data-alike="(\d+)"')
_AFTER_REASON = re.compile(r"\.(?: Please use this version| Questions:|$)")


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One certificate as its holder's page shows it; what it states stands on its verification page."""

    number: str
    kind: Kind
    standing: Standing
    activity: str  # slug; empty where the page does not tell it: no download of the activity is open
    file: str  # name of its PDF beside the page; empty where the download is closed
    version: int  # of that PDF; 0 where there is none
    download_until: dt.date | None  # where it is not open until the record goes
    changed_on: dt.date | None
    reason: str
    replaced_by: str
    is_held: bool


@dataclass(frozen=True, slots=True)
class ShownPerson:
    """A participant's page."""

    name: str
    credentials: str
    certificates: tuple[ShownLine, ...]


@dataclass(frozen=True, slots=True)
class ShownVerification:
    """A certificate's verification page."""

    facts: Facts  # `activity` is empty: the page does not tell it
    digests: tuple[str, ...]  # SHA-256 of every version, the current one last
    alike: int  # of these, at the end, that say the same


def read_forward_page(text: str) -> str:
    """The token of the page that this one leads to; empty for a page that leads nowhere."""
    found = _FORWARD.search(text)
    return found[1] if found else ""


def read_person_page(text: str) -> ShownPerson:
    """What a participant's page says. Raises ValueError for one that was not made here."""
    with _refusing():
        main = _tree(text)
        heading = _found(main, "h1")
        certificates = [
            one
            for article in main.iter("article")
            if "activity" in _classes(article)
            for one in _of_activity(article)
        ]
        return ShownPerson(
            name=_text(_found(heading, "bdi")),
            credentials=_text(heading.find("bdi[@class='credentials']")),
            certificates=tuple(certificates),
        )


def read_verification_page(text: str) -> ShownVerification:
    """What a certificate states, as its verification page says it, and which files are it. Raises ValueError
    for a page that was not made here."""
    with _refusing():
        return ShownVerification(_facts(_tree(text)), *read_digests(text))


def read_digests(text: str) -> tuple[tuple[str, ...], int]:
    """Of a verification page: the SHA-256 of every version, the current one last, and how many of these, at
    the end, say the same. Raises ValueError where it tells none."""
    found = _DIGESTS.search(text)
    if found is None:
        raise ValueError("it names no file")
    return tuple(found[1].split()), int(found[2])


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except (AssertionError, KeyError, IndexError, InvalidOperation) as error:
        raise ValueError(f"it is not as such a page is made ({error!r})") from error


def first_name(lines: Sequence[str], now: HolderName) -> HolderName:
    """Name and credentials of an earlier version, of its lines and what stands there now; `now` without any.

    Lines do not tell where the name ends: what stayed the same does, else the first line is the name.
    """
    text = " ".join(lines)
    if text in ("", f"{now.name} {now.credentials}".strip()):
        return now
    if now.credentials and text.endswith(f" {now.credentials}"):
        return HolderName(text.removesuffix(f" {now.credentials}"), now.credentials)
    if text.startswith(f"{now.name} "):
        return HolderName(now.name, text.removeprefix(f"{now.name} "))
    return HolderName(lines[0], " ".join(lines[1:]))


def as_in_catalog(facts: Facts, slug: str, catalog: Mapping[str, Activity]) -> Facts:
    """With what only the activity's file tells: which activity it is, and the lines of its location.

    `slug`: of the activity, where the holder's page tells it.
    """
    for activity in catalog.values():
        same = (
            activity.slug == slug
            if slug
            else ((activity.title, activity.start, activity.end) == (facts.title, facts.start, facts.end))
        )
        if same:
            is_there = str(location_line(activity.location)) == str(location_line(facts.location))
            location = activity.location if is_there else facts.location
            return replace(facts, activity=activity.slug, location=location)
    return replace(facts, activity=slug)


def _of_activity(article: Element) -> Iterator[ShownLine]:
    """The certificates of one activity, a row of its table each; what is withheld has no number."""
    rows = [row for row in article.iter("tr") if _classes(row) and "withheld" not in _classes(row)]
    found = [_line(row) for row in rows]
    slug = next((one.activity for one in found if one.activity), "")
    return (replace(one, activity=slug) for one in found)


def _line(row: Element) -> ShownLine:
    kind, standing = Kind(_classes(row)[0].removeprefix("k-")), Standing(_classes(row)[1])
    link = row.find(".//a[@class='button']")
    file = link.get("href", "") if link is not None else ""
    named = re.fullmatch(_FILE.format(kind=kind.value), file)
    small, note = _found(row, ".//p[@class='small']"), row.find(".//p[@class='note']")
    if standing is Standing.VALID:  # the note is about a closed download
        note = None
    days = _days(note)
    return ShownLine(
        number=_text(_found(small, "a")),
        kind=kind,
        standing=standing,
        activity=named["activity"] if named else "",
        file=file if named else "",
        version=int(named["version"] or 1) if named else 0,
        download_until=_days(small)[0] if _text(small).startswith("Download until") else None,
        changed_on=days[0] if days else None,
        reason=_AFTER_REASON.split(_text(note).partition("Reason: ")[2])[0],
        replaced_by=_text(note.find(".//span[@class='nowrap']") if note is not None else None),
        is_held="until further notice" in _text(small),
    )


def _facts(main: Element) -> Facts:
    said = {
        _text(pair.find("dt")): _found(pair, "dd")
        for pair in _found(main, ".//dl").iter("div")
        if "credit" not in _classes(pair)
    }
    kind = {kind.label: kind for kind in Kind}[_text(said["Kind"])]
    holder, title = [_text(one) for one in said["Holder"].iter("bdi")], _text(said["Activity"].find("span"))
    days, completed = (_days(said[name]) if name in said else [] for name in ("Dates", "Completed"))
    earned = [_text(one) for one in main.findall(".//div[@class='credit']/dd")]
    amounts = {name: _amount(earned, name) for name in ("AMA PRA", "ABIM MOC", "ABP MOC")}
    own = [kind.is_credit, amounts["ABIM MOC"], amounts["ABP MOC"]]
    statements = iter([_text(one) for one in main.findall("section[@class='statements']/p")])
    accreditation = next(statements, "")
    designation, abim_statement, abp_statement = (next(statements, "") if has else "" for has in own)
    return Facts(
        number=_text(main.find("p[@class='eyebrow']/span")),
        kind=kind,
        name=holder[0],
        credentials=holder[1] if len(holder) > 1 else "",
        activity="",
        title=title,
        format=_text(said["Activity"])[len(title) + 2 : -1],
        location=_text(said.get("Location")),
        start=days[0] if days else None,
        end=days[-1] if days else None,
        completed_on=completed[0] if completed else None,
        cme=amounts["AMA PRA"],
        abim=amounts["ABIM MOC"],
        abim_type="".join(re.findall(r"ABIM MOC points? \((.*)\)", "\n".join(earned))),
        abp=amounts["ABP MOC"],
        pars_id=_text(said.get("ACCME activity (PARS)")),
        accreditation=accreditation,
        designation=designation,
        abim_statement=abim_statement,
        abp_statement=abp_statement,
        issued_on=_days(said["Issued"])[0],
        kept_until=_days(said["Kept until"])[0],
        verify_url=_text(said["Verify at"]),
    )


def _amount(earned: Sequence[str], name: str) -> Decimal:
    return next((Decimal(line.split()[0]) for line in earned if f" {name}" in line), Decimal(0))


def _days(element: Element | None) -> list[dt.date]:
    times = element.iter("time") if element is not None else ()
    return [dt.date.fromisoformat(one.get("datetime", "")) for one in times]


def _found(element: Element, path: str) -> Element:
    found = element.find(path)
    if found is None:
        raise KeyError(path)
    return found


def _text(element: Element | None) -> str:
    return "" if element is None else "".join(element.itertext()).strip()


def _classes(element: Element) -> list[str]:
    return element.get("class", "").split()


class _Reader(HTMLParser):
    """Builds a tree of elements; every element of ours that needs an end has one."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.builder = TreeBuilder()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.builder.start(tag, {name: value or "" for name, value in attrs})
        if tag in VOID:
            self.builder.end(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.builder.end(tag)

    def handle_data(self, data: str) -> None:
        self.builder.data(data)


def _tree(text: str) -> Element:
    start, end = text.find("<main"), text.rfind("</main>")
    if start < 0 or end < 0:
        raise ValueError("it has no <main>")
    reader = _Reader()
    reader.feed(text[start : end + len("</main>")])
    reader.close()
    return reader.builder.close()
