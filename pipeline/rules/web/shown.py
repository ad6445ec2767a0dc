"""Private pages read back: what the page of a person or a certificate says, when no ledger is left to ask.

The templates person.html and verification.html are read by their headings and lists, as a reader does; a page
that was made otherwise is refused, never guessed at.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from html.parser import HTMLParser
from xml.etree.ElementTree import Element, TreeBuilder

from pipeline.rules.certificates.activities import Activity, Kind
from pipeline.rules.certificates.awards import Facts, HolderName, Standing
from pipeline.rules.web.markup import location_line

VOID = ("img", "br", "hr", "input", "meta", "link")  # HTML's elements without an end
_FILE = r"acr-(?P<activity>[a-z0-9-]+)-{kind}-certificate-[0-9a-z]{{4}}(?:-v(?P<version>\d+))?\.pdf"
_DIGESTS = re.compile(r'data-digests="([0-9a-f ]+)" data-alike="(\d+)"')
_AFTER_REASON = re.compile(r"\.(?: Please use this version| Questions:|$)")


@dataclass(frozen=True, slots=True)
class ShownCertificate:
    """One certificate as its holder's page shows it."""

    facts: Facts  # `activity` is empty where the page does not tell it: no download of the activity is open
    standing: Standing
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
    certificates: tuple[ShownCertificate, ...]


def read_person_page(text: str) -> ShownPerson:
    """What a participant's page says. Raises ValueError for one that was not made here."""
    try:
        main = _tree(text)
        heading = _found(main, "h1")
        certificates = [
            one
            for section in main.iter("section")
            if "activity" in _classes(section)
            for one in _of_activity(section)
        ]
        return ShownPerson(
            name=_text(_found(heading, "bdi")),
            credentials=_text(heading.find("bdi[@class='credentials']")),
            certificates=tuple(certificates),
        )
    except (AssertionError, KeyError, IndexError, InvalidOperation) as error:
        raise ValueError(f"it is not as such a page is made ({error!r})") from error


def read_digests(text: str) -> tuple[tuple[str, ...], int]:
    """Of a verification page: the SHA-256 of every version, the current one last, and how many of these, at
    the end, say the same. Raises ValueError where it tells none."""
    found = _DIGESTS.search(text)
    if found is None:
        raise ValueError("it names no file")
    return tuple(found[1].split()), int(found[2])


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


def as_in_catalog(one: ShownCertificate, catalog: Mapping[str, Activity]) -> ShownCertificate:
    """With what only the activity's file tells: which activity it is, and the lines of its location."""
    facts = one.facts
    for activity in catalog.values():
        same = (
            activity.slug == facts.activity
            if facts.activity
            else ((activity.title, activity.start, activity.end) == (facts.title, facts.start, facts.end))
        )
        if same:
            is_there = str(location_line(activity.location)) == str(location_line(facts.location))
            location = activity.location if is_there else facts.location
            return replace(one, facts=replace(facts, activity=activity.slug, location=location))
    return one


def _of_activity(section: Element) -> Iterator[ShownCertificate]:
    """The certificates of one activity; each takes two rows of its table."""
    title, rows = _text(section.find("h2")), list(section.iter("tr"))
    pairs = [(row, more) for row, more in itertools.pairwise(rows) if more.find(".//dl") is not None]
    found = [_certificate(row, more, title) for row, more in pairs]
    slug = next((one.facts.activity for one in found if one.facts.activity), "")
    return (replace(one, facts=replace(one.facts, activity=slug)) for one in found)


def _certificate(row: Element, more: Element, title: str) -> ShownCertificate:
    kind, standing = Kind(_classes(more)[1].removeprefix("k-")), Standing(_classes(more)[2])
    said = {_text(pair.find("dt")): _found(pair, "dd") for pair in _found(more, ".//dl").iter("div")}
    link = row.find(".//a[@class='button']")
    file = link.get("href", "") if link is not None else ""
    named = re.fullmatch(_FILE.format(kind=kind.value), file)
    small = _text(row.find(".//p[@class='small']"))
    note = more.find(".//p[@class='note']") if standing is not Standing.VALID else None
    told = _text(note)
    replaced_by = note.find(".//span[@class='nowrap']") if note is not None else None
    days = _days(note)
    return ShownCertificate(
        facts=_facts(kind, said, title, named["activity"] if named else "", _paragraphs(more)),
        standing=standing,
        file=file if named else "",
        version=int(named["version"] or 1) if named else 0,
        download_until=_days(row)[0] if small.startswith("Download until") else None,
        changed_on=days[0] if days else None,
        reason=_AFTER_REASON.split(told.partition("Reason: ")[2])[0],
        replaced_by=_text(replaced_by),
        is_held="until further notice" in _text(said["Kept until"]),
    )


def _facts(
    kind: Kind, said: Mapping[str, Element], title: str, slug: str, paragraphs: Sequence[str]
) -> Facts:
    holder = [_text(one) for one in said["Holder"].iter("bdi")]
    activity = _text(said["Activity"])
    if not activity.startswith(f"{title} ("):  # the activity was given another title between two certificates
        title = activity.rpartition(" (")[0]
    days, completed = (_days(said[name]) if name in said else [] for name in ("Dates", "Completed"))
    earned = [_text(line) for line in said["Earned"].iter("span")]
    amounts = {name: _amount(earned, name) for name in ("AMA PRA", "ABIM MOC", "ABP MOC")}
    own = [kind.is_credit, amounts["ABIM MOC"], amounts["ABP MOC"]]
    statements = iter(paragraphs)
    accreditation = next(statements, "")
    designation, abim_statement, abp_statement = (next(statements, "") if has else "" for has in own)
    return Facts(
        number=_text(said["Number"]),
        kind=kind,
        name=holder[0],
        credentials=holder[1] if len(holder) > 1 else "",
        activity=slug,
        title=title,
        format=activity[len(title) + 2 : -1],
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


def _paragraphs(more: Element) -> list[str]:
    """The statements, which stand after the list."""
    return [_text(one) for one in _found(more, ".//details").findall("p")]


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
