"""Who is on record for the activities of a claims file and not in that file; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.intake import ClaimsFile
from pipeline.ledger.listing import ListedClaim
from pipeline.reports import Cells
from pipeline.reports.table import TABLES, write_table
from pipeline.rules.certificates.exports import ListedCertificate
from pipeline.rules.claims.claim import Claim, Expired, Problem, Row
from pipeline.rules.claims.people import KnownParticipant, identify
from pipeline.rules.claims.repeats import judge_rows
from pipeline.rules.text import counted
from pipeline.workflow.apart import check_own_place
from pipeline.workflow.opening import GivenFile
from pipeline.workflow.project import Project


@dataclass(frozen=True)
class MissingPerson:
    """Somebody on record for an activity whom the files do not have, or not for certain."""

    claim: ListedClaim
    certificates: tuple[ListedCertificate, ...]  # of this activity, whatever their standing
    row: Problem | None = None  # the row that is, or may be, about them and does not count


@dataclass(frozen=True)
class MissingPeople:
    """What files lack of those on record."""

    activities: tuple[str, ...]  # that the files are about
    absent: tuple[MissingPerson, ...]  # no row of the files is about them
    unsure: tuple[MissingPerson, ...]  # a row is, or may be, but was set aside or not taken
    unread: tuple[Problem, ...]  # rows of which nobody can tell whom they are about


@dataclass
class _Seen:
    """What the files say of participants on record."""

    activities: set[str] = field(default_factory=set)
    there: set[tuple[int, str]] = field(default_factory=set)  # participant, activity
    rows: dict[int, Problem] = field(default_factory=dict)  # participant -> a row that does not count
    unread: list[Problem] = field(default_factory=list)


def missing_people(project: Project, files: Sequence[GivenFile]) -> MissingPeople:
    """Everybody who is on record for an activity of these files, and is not in them, with what they hold."""
    seen, listing = _Seen(), project.ledger.listing
    for file in files:
        if file.claims is None:  # every row of it was taken in
            there = listing.spoken_of(file.known)
            seen.there |= there
            seen.activities.update(activity for _, activity in there)
        else:
            _note(project, file.claims, seen)
    activities = sorted(seen.activities)
    lacking = [
        one
        for one in listing.claims(activities, project.today)
        if (one.participant_id, one.activity) not in seen.there
    ]
    held: dict[tuple[int, str], list[ListedCertificate]] = {}
    for participant, one in listing.of_people([claim.participant_id for claim in lacking], project.today):
        held.setdefault((participant, one.facts.activity), []).append(one)
    found = [
        MissingPerson(
            claim,
            tuple(held.get((claim.participant_id, claim.activity), ())),
            seen.rows.get(claim.participant_id),
        )
        for claim in lacking
    ]
    return MissingPeople(
        activities=tuple(activities),
        absent=tuple(one for one in found if one.row is None),
        unsure=tuple(one for one in found if one.row is not None),
        unread=tuple(seen.unread),
    )


def _note(project: Project, file: ClaimsFile, seen: _Seen) -> None:
    """Whom the rows of a file are about, as a run would tell."""
    people = project.ledger.people
    seen.activities.update(
        activity.slug for text in file.activities if (activity := file.judge.activities.find(text))
    )
    for row, verdict in judge_rows(file.rows, file.judge):
        if isinstance(verdict, Claim):
            holder = people.by_learner(verdict.learner_id)
            at_address = people.by_address(verdict.email)
            who = identify(verdict, holder, at_address)
            if isinstance(who, KnownParticipant):
                seen.there.add((who.id, verdict.activity))
            elif isinstance(who, str):
                problem = Problem(verdict.file, verdict.row, "email", who)
                _note_unsure(seen, [*at_address, *([holder] if holder else [])], problem)
        elif not isinstance(verdict, Expired):
            problem = verdict[0]
            if isinstance(row, Row):
                holder = people.by_learner(row.cells.get("learner_id", "").strip())
                some = [*people.by_address(row.cells.get("email", "")), *([holder] if holder else [])]
                _note_unsure(seen, some, problem)
            else:
                seen.unread.append(problem)


def _note_unsure(seen: _Seen, people: Iterable[KnownParticipant], problem: Problem) -> None:
    for one in people:
        seen.rows.setdefault(one.id, problem)


HEADER = (
    *("activity", "learner_id", "email", "name", "credentials", "in_the_file"),
    *("number", "kind", "standing", "cme_credits", "abim_moc_points", "abp_moc_points", "issued_on"),
)


def write_missing(project: Project, found: MissingPeople, to: Path, given: Sequence[Path]) -> None:
    """Write a row each certificate of those who are missing, and one each person without any, into a file
    that staff name; that people's data left the system is on record. `given`: the claims files. Raises
    CertsError where it may not."""
    check_own_place(project.settings, to, TABLES, given=given)
    with project.ledger.transaction():
        what = counted(len(found.absent) + len(found.unsure), "person", "people")
        project.on_record("export", f"{what} who are missing in a claims file, into {to.name}")
    write_table(to, "Missing", HEADER, (row for one in (*found.absent, *found.unsure) for row in _rows(one)))


def _rows(one: MissingPerson) -> Iterator[Cells]:
    claim = one.claim
    person = (claim.activity, claim.learner_id, claim.email, claim.name, claim.credentials)
    said = f"row {one.row.shown_row}: {one.row.reason}" if one.row else "no"
    for held in one.certificates:
        facts = held.facts
        what = (facts.number, facts.kind.value, held.standing.value)
        yield (*person, said, *what, facts.cme, facts.abim, facts.abp, facts.issued_on)
    if not one.certificates:
        yield (*person, said, *([None] * 7))
