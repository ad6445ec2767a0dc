"""certs merge: two records that are one person become one, and stay so whatever files say later."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.workflow.merge import foresee_parting, merge_records, part_records
from pipeline.workflow.merge_plan import foresee_merge
from pipeline.workflow.project import Project
from pipeline.workflow.verify import verify
from tests.support.college import TODAY, College
from tests.support.shell import Shell

MEETING = "meeting-2025"
OLD = f"{MEETING},L1,ana@old.example,Ana Alva,MD,yes,,10,,,yes"
NEW = f"{MEETING},L2,ana@new.example,Ana Alva-Lee,MD PhD,yes,,12,5,,yes"
COURSE = "course,L1,ana@old.example,Ana Alva,MD,yes,2025-03-01,4,,,"
LATER = TODAY + dt.timedelta(days=1)


@pytest.fixture
def two(quick_college: College) -> College:
    """One person with two records, who was told of both."""
    quick_college.take(OLD, NEW, COURSE)
    return quick_college


def merge(college: College, who: str = "L1", into: str = "L2", tell: bool = False) -> list[int]:
    def deed(project: Project) -> list[int]:
        return merge_records(project, foresee_merge(project, who, into), "one person", tell)[1]

    return college.do(deed)


def undo(college: College, who: str = "L2") -> list[int]:
    def deed(project: Project) -> list[int]:
        return part_records(project, foresee_parting(project, who), "two people")[1]

    return college.do(deed)


def pages(college: College) -> dict[str, str]:
    """The token of each person's page."""
    with college.project(locked=False) as project:
        found = project.ledger.pages.persons(college.tokens(project), project.catalog, TODAY)
        return {page.name: page.token for page in found}


def stated(college: College) -> list[tuple[str, str, str, str, str]]:
    """Holder, activity, kind, standing and CME credit of every certificate on a page."""
    with college.project(locked=False) as project:
        return sorted(
            (one.facts.name, one.facts.activity, one.facts.kind.value, one.standing.value, str(one.facts.cme))
            for page in project.ledger.pages.persons(college.tokens(project), project.catalog, TODAY)
            for one in page.entries
        )


def test_two_records_become_one(two: College) -> None:
    """The higher of what both claimed, once, under the name that stays; nothing is lost."""
    merge(two)
    assert stated(two) == [
        ("Ana Alva", MEETING, "cme", "replaced", "10"),
        ("Ana Alva", MEETING, "participation", "replaced", "0"),
        ("Ana Alva-Lee", "course", "cme", "corrected", "4"),
        ("Ana Alva-Lee", "course", "participation", "corrected", "0"),
        ("Ana Alva-Lee", MEETING, "cme-abim", "valid", "12"),
        ("Ana Alva-Lee", MEETING, "participation", "valid", "0"),
    ]
    assert two.do(verify) == []


def test_later_files_know_both_learner_ids(two: College) -> None:
    """The same export again, day after day, changes nothing; what either row says anew is taken over."""
    merge(two)
    before = stated(two)
    again = two.take(COURSE, OLD, NEW, today=LATER)
    assert (again.set_aside, again.corrected, again.issued, again.queued) == (0, 0, 0, 0)
    assert stated(two) == before
    more = two.take(COURSE, OLD.replace(",10,", ",20,"), NEW, today=LATER)
    assert more.corrected == 1
    assert ("Ana Alva-Lee", MEETING, "cme-abim", "corrected", "20") in stated(two)


def test_undone_the_same_day(two: College) -> None:
    """Everything is whose it was, under its number; whoever followed the one link has not the other's."""
    before, tokens = stated(two), pages(two)
    merge(two)
    undo(two)
    assert [one[:2] + one[2:3] + one[4:] for one in stated(two)] == [
        one[:2] + one[2:3] + one[4:] for one in before
    ]
    assert {one[3] for one in stated(two)} <= {"valid", "corrected"}
    after = pages(two)
    assert after["Ana Alva"] == tokens["Ana Alva"]
    assert after["Ana Alva-Lee"] not in tokens.values()
    assert two.do(verify) == []
    assert two.take(COURSE, OLD, NEW, today=LATER).corrected == 0


def test_the_command_shows_what_it_does_and_asks(two: College, shell: Shell) -> None:
    """Old and new of whatever differs, each certificate by its number; nothing is done unasked."""
    plan = shell("merge", "L1", "L2", "--reason", "one person", status=1).stderr
    for words in (
        "Ana Alva <ana@old.example>, learner id L1 becomes part of Ana Alva-Lee <ana@new.example>, learner",
        "credentials: MD and MD PhD -> MD PhD",
        "learner_id: L1 and L2 -> L2 and L1",
        "cme_credits of meeting-2025: 10 and 12 -> 12",
        "made anew under its number: name and credentials corrected",
        "ana@old.example is told that mail goes elsewhere",
        "Nobody can be asked here, so nothing was done.",
    ):
        assert words in plan
    assert "replaced" not in {one[3] for one in stated(two)}
    shell("merge", "L1", "L2", "--reason", "one person", "--yes", "--mail")
    told = [(mail["To"], mail["Subject"]) for mail in two.mails()[2:]]
    assert told == [
        ("Ana Alva-Lee <ana@old.example>", "Your address for ACR certificates was changed"),
        ("Ana Alva-Lee <ana@new.example>", "Link to your 4 certificates: Autumn Meeting 2025 and 1 more"),
    ]
    assert "learner id L1, merged 2025-11-14" in shell("find", "ana@old.example").stdout
    again = shell("merge", "L1", "L2", "--reason", "one person", "--yes")
    assert "one record already" in again.stdout
    assert shell.json("run", "--yes", "--mail-corrections", today=LATER)["queued"] == 0
