"""The plan of a run as a review for staff, or for whoever approves: pictures, and every list whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline import files
from pipeline.errors import SettingsError
from pipeline.review import Figure, Listed, PlannedRow, Review, place_of, remove_review, write_review
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.statements import date_words
from pipeline.rules.claims.claim import Problem
from pipeline.rules.messages.occasions import Occasion
from pipeline.rules.text import conjoined, counted, first_few
from pipeline.rules.web.wording import missing
from pipeline.settings import Settings
from pipeline.workflow.apart import folder_around
from pipeline.workflow.award import CreditOfOthers
from pipeline.workflow.plan import Letter, RunPlan
from pipeline.workflow.project import Project

PAGE_SUFFIXES = (".html", ".htm")
DONE = {"issue": "new", "correct": "corrected", "replace": "in place of another", "withdraw": "withdrawn"}
FIGURES = {
    "issue": ("new certificate", "new certificates", ""),
    "correct": ("certificate corrected", "certificates corrected", ""),
    "replace": ("certificate in place of another", "certificates in place of others", ""),
    "withdraw": ("certificate withdrawn", "certificates withdrawn", "gone"),
}
TOLD = {
    Occasion.NEW: "New certificates",
    Occasion.CORRECTED: "A correction",
    Occasion.REPLACED: "A certificate that took the place of another",
    Occasion.WITHDRAWN: "That a certificate was withdrawn",
    Occasion.REINSTATED: "That a certificate is valid again",
    Occasion.BOARD: "That a board could not match them",
    Occasion.WITHHELD: "What is missing",
    Occasion.REMINDER: "Again what is missing",
    Occasion.DELETION: "That a record will be deleted",
    Occasion.RESENT: "Their link again",
    Occasion.ROTATED: "Their new link",
    Occasion.MOVED: "At the former address: that mail goes elsewhere",
}
FEW = 8  # reasons that stand in the text
CAUTIONED = 12  # cautions that stand in the text; beyond that all of them are a list

Parts = list[tuple[str, Sequence[str]]]


def check_place(settings: Settings, place: Path | None) -> None:
    """Raises SettingsError where a review may not be written: it names people, and replaces what is there."""
    if place is None:
        return
    if place.suffix.casefold() not in PAGE_SUFFIXES or place.is_dir():
        raise SettingsError(f"--review {place} is no name of an HTML file.", "Say --review approval.html.")
    if not place.resolve().parent.is_dir():
        raise SettingsError(f"There is no folder {place.parent} for the review.", "Make it, or name another.")
    if shown := folder_around(settings, place, settings.data_dir / "vault"):
        raise SettingsError(
            f"The review {place} would lie in {shown}; nothing was done.",
            "It names people: give it a place of your own.",
        )


@dataclass(frozen=True)
class Reviewed:
    """The review of one plan, and what lay in its usual place before."""

    path: Path | None  # None: there was nothing to say
    usual: Path
    former: bytes | None

    def undo(self) -> None:
        """Nothing of the plan is done: what lay there before lies there again."""
        if self.former is None:
            remove_review(self.usual.parent.parent)
        else:
            files.make_folder(self.usual.parent, files.PRIVATE_FOLDER)
            files.replace(str(self.usual), self.former)

    @property
    def is_usual(self) -> bool:
        """Whether it lies in DATA_DIR."""
        return self.path == self.usual


def review(project: Project, plan: RunPlan, place: Path | None) -> Reviewed:
    """Write the review of a plan, in DATA_DIR or at `place`. Raises CertsError where it cannot be written."""
    settings = project.settings
    usual = place_of(settings.data_dir)
    former = usual.read_bytes() if usual.is_file() else None
    if plan.does_nothing and not plan.stops and not plan.problems:
        if place is None:
            remove_review(settings.data_dir)
        return Reviewed(None, usual, former)
    shown = review_of(project, plan)
    write_review(shown, settings.theme, place or usual, place is None, project.compiled)
    return Reviewed(place or usual, usual, former)


def review_of(project: Project, plan: RunPlan) -> Review:
    """All that the review of a plan shows."""
    cautions = plan.cautions.all()
    return Review(
        made=f"{date_words(project.today)}, {project.now:%H:%M}, by {project.actor}",
        files=[(one.name, str(one)) for one in plan.files],
        figures=[one for one in _figures(plan) if one.count],
        planned=list(_planned(project, plan)),
        stops=[stop.text for stop in plan.stops],
        accepted=[stop.text for stop in plan.accepted],
        odd=list(_odd(plan)),
        cautions=cautions,
        pictures=plan.pictures,
        signed=plan.signed,
        sealed=plan.sealed,
        certificates=sum(count for _, _, what, count in plan.planned if what != "withdraw"),
        lists=[one for one in _lists(plan, cautions) if one.count],
    )


def _figures(plan: RunPlan) -> Iterator[Figure]:
    done: Counter[str] = Counter()
    for _, _, what, count in plan.planned:
        done[what] += count
    for what, words in FIGURES.items():
        yield _figure(done[what], *words)
    yield _figure(plan.withheld, "certificate withheld", "certificates withheld")
    yield _figure(plan.post.ready, "mail", "mails")
    yield _figure(len(plan.post.letters) - plan.post.ready, "mail waits", "mails wait", "odd")
    yield _figure(len(plan.loaded.differences), "change on record", "changes on record")
    yield _figure(plan.loaded.set_aside, "row set aside", "rows set aside", "odd")
    yield _figure(len(plan.loaded.not_taken), "row not taken", "rows not taken", "odd")
    yield _figure(
        sum(one.certificates for one in plan.due), "certificate deleted", "certificates deleted", "gone"
    )


def _figure(count: int, one: str, many: str, tone: str = "") -> Figure:
    return Figure(count, one if count == 1 else many, tone)


def _planned(project: Project, plan: RunPlan) -> Iterator[PlannedRow]:
    def row(slug: str, kind: str, what: str, count: int) -> PlannedRow:
        title = project.catalog[slug].title if slug in project.catalog else slug
        return PlannedRow(title, Kind(kind).label, kind, what, count)

    for slug, kind, what, count in plan.planned:
        yield row(slug, kind, DONE[what], count)
    for (slug, kind, names), count in sorted(plan.awarded.by_kind.items()):
        yield row(slug, kind, f"withheld: {_requirements(names)}", count)
    for (slug, past), count in sorted(plan.loaded.past.items()):
        yield row(slug, past.value, "nothing: past retention", count)


def _odd(plan: RunPlan) -> Iterator[str]:
    """The most frequent reasons why rows do not count; nothing is said of what there is none of."""
    for what, reasons in (
        ("set aside", plan.loaded.reasons),
        ("not taken", Counter((one.field, one.reason) for one in plan.loaded.not_taken)),
    ):
        rest = f"... and {{}}: see the list of rows {what}"
        lines = [f"{counted(n, 'row')} {what}: {field}: {why}" for (field, why), n in reasons.most_common()]
        yield from first_few(lines, FEW, rest, "more reason")


def _lists(plan: RunPlan, cautions: Sequence[str]) -> Iterator[Listed]:
    yield Listed("Mailed", _letters(plan.post.letters), "mail")
    yield Listed("What changes for whom", _changes(plan), "change")
    yield Listed(
        "Withheld",
        [(f"{one.activity}: {_requirements(one.missing)}", one.people) for one in plan.awarded.waiting],
        "person",
        "people",
    )
    yield Listed("Certificates that cannot be made", _problems(plan.unmade.problems), "reason")
    yield Listed("Withdrawn", _problems(plan.awarded.problems), "certificate")
    yield Listed("Rows set aside", _problems(plan.loaded.problems), "reason")
    yield Listed("Rows not taken", _problems(plan.loaded.not_taken), "row")
    yield Listed("People who are not told", _problems(plan.not_told), "person", "people")
    yield Listed("Credit not awarded", _credit(plan.awarded.not_awarded), "claim")
    yield Listed("Credit to others than physicians", _credit(plan.awarded.to_others), "claim")
    if len(cautions) > CAUTIONED:
        yield Listed("Cautions", [("", cautions)], "caution")
    yield Listed("Deleted by retention", [("", [*_due(plan)])], "activity", "activities")
    yield Listed("How the files were read", list(_columns(plan)), "column")


def _letters(letters: Sequence[Letter]) -> Parts:
    """Who is mailed of the same stands together."""
    parts: dict[str, list[str]] = {}
    for one in letters:
        about = f": {', '.join(one.about)}" if one.about else ""
        waits = f"; waits: {one.waits_for}" if one.waits_for else ""
        parts.setdefault(f"{TOLD[one.occasion]}{about}{waits}", []).append(one.to)
    return sorted(parts.items(), key=lambda part: -len(part[1]))


def _changes(plan: RunPlan) -> Parts:
    """What changes alike for several people is a heading; the rest stands together, by field."""
    often = Counter((one.activity, one.field, one.old, one.new) for one in plan.loaded.differences)
    parts: dict[str, list[str]] = {}
    for one in plan.loaded.differences:
        heading = f"{one.field} of {one.activity}" if one.activity else one.field
        change = f"{one.old or 'none'} → {one.new or 'none'}"
        if often[one.activity, one.field, one.old, one.new] > 1:
            parts.setdefault(f"{heading}: {change}", []).append(one.who)
        else:
            parts.setdefault(heading, []).append(f"{one.who}: {change}")
    return list(parts.items())


def _problems(problems: Sequence[Problem]) -> Parts:
    """Reasons that several rows have are headings; the others stand together, by field."""
    often = Counter((one.field, one.reason) for one in problems)
    parts: dict[str, list[str]] = {}
    for one in problems:
        place = f"{one.file}:{one.shown_row}" if one.row else one.file
        if often[one.field, one.reason] > 1:
            parts.setdefault(f"{one.field}: {one.reason}", []).append(place)
        else:
            parts.setdefault(one.field, []).append(f"{place}: {one.reason}")
    return sorted(parts.items(), key=lambda part: -len(part[1]))


def _credit(claims: Sequence[CreditOfOthers]) -> Parts:
    return [(f"{one.activity}: {one.credentials or 'no credentials'}", one.people) for one in claims]


def _due(plan: RunPlan) -> Iterator[str]:
    for one in plan.due:
        why = "erased on request" if one.is_erasure else "past retention"
        what = conjoined([counted(one.certificates, "certificate"), counted(one.claims, "claim")])
        yield f"{one.activity}, {one.activity_date}: {what}, {why}"


def _columns(plan: RunPlan) -> Iterator[tuple[str, Sequence[str]]]:
    for one in plan.files:
        taken = [f"{header} → {name or 'not used'}" for header, name in one.columns]
        yield f"{one}, {counted(one.rows, 'row')}", taken


def _requirements(names: Sequence[str]) -> str:
    return " and ".join(missing(name) for name in names)
