"""Which pages may not be as the last build left them: what is marked is what looking at every page finds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest

from pipeline.ledger import Frame
from pipeline.rules.places import FOLDERS
from pipeline.rules.web.pages import LeftPage
from pipeline.workflow.project import Project
from pipeline.workflow.release import build_pages
from tests.support.college import College

HEADER = "activity,learner_id,email,name,completed_on,cme_credits,evaluation\n"
ROWS = (
    "meeting-2025,L1,ana@example.org,Ana Alva,,10,yes",
    "course,L1,ana@example.org,Ana Alva,2025-03-01,10,",
    "meeting-2025,L2,bo@example.org,Bo Berg,,10,yes",
    "meeting-2025,L3,cy@example.org,Cy Cole,,10,",  # all that is claimed waits
)


@pytest.fixture
def project(quick_college: College) -> Iterator[Project]:
    """All is built; Cy has no certificate, and a former link leads to Ana's page."""
    quick_college.take(*ROWS, header=HEADER)
    with quick_college.project() as project:
        project.ledger._db.executescript(
            "DELETE FROM certificate WHERE claim_id IN (SELECT id FROM claim WHERE participant_id = 3);"
            "INSERT INTO former (id, participant_id, turn, name, said_name, said_credentials, said_load,"
            " token, merged_on) VALUES (99, 1, 1, 'A. Alva', 'A. Alva', '', 0, 'former', '2025-01-01');"
        )
        build_pages(project)
        yield project


def assert_same(project: Project, frame: Frame | None = None) -> None:
    builds, frame = project.ledger.builds, frame or project.frame()
    for kind in FOLDERS:
        assert builds.due(frame, kind, ()) == builds.due_of_all(frame, kind, ())


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE participant SET revision = revision + 1 WHERE id = 1",
        "UPDATE participant SET held = 'asked for' WHERE id = 2",
        "UPDATE participant SET token = 'another' WHERE id = 2",
        "DELETE FROM participant WHERE id = 1",
        "INSERT INTO claim (participant_id, activity, activity_date, kept_until, attended, cme, abim, abp,"
        " met, said_load) VALUES (2, 'course', '2025-01-01', '2031-01-01', 1, '', '', '', '', 0)",
        "UPDATE claim SET kept_until = '2001-01-01' WHERE participant_id = 2",
        "UPDATE claim SET download_until = '2001-01-01' WHERE participant_id = 2",
        "UPDATE claim SET erased = 1 WHERE participant_id = 2",
        "UPDATE claim SET withheld = 0 WHERE participant_id = 3",
        "UPDATE claim SET activity = 'old-meeting' WHERE participant_id = 2",
        "UPDATE claim SET participant_id = 3 WHERE activity = 'course'",
        "DELETE FROM claim WHERE participant_id = 3",
        "INSERT INTO certificate (claim_id, number, kind, issued_on, current)"
        " SELECT id, 'AAAA-AAAA', 'cme', '2025-01-01', 1 FROM claim WHERE participant_id = 3",
        "UPDATE claim SET withheld = 0; DELETE FROM page WHERE path LIKE 'c/%';"
        "INSERT INTO certificate (claim_id, number, kind, issued_on)"
        " SELECT id, 'AAAA-AAAA', 'cme', '2025-01-01' FROM claim WHERE participant_id = 3",
        "UPDATE certificate SET revision = revision + 1 WHERE id = 1",
        "UPDATE certificate SET current = 0 WHERE id = 1",
        "UPDATE certificate SET number = 'AAAA-AAAA' WHERE id = 1",
        "UPDATE certificate SET claim_id = (SELECT max(id) FROM claim) WHERE id = 1",
        "DELETE FROM certificate WHERE id = 1",
        "DELETE FROM former",
        "UPDATE former SET token = NULL",
        "UPDATE former SET token = 'moved'",
        "UPDATE former SET participant_id = 2",
        "INSERT INTO former SELECT 98, 2, 2, NULL, name, said_name, said_credentials, 0, 'more',"
        " merged_on, '' FROM former",
        "DELETE FROM page WHERE path LIKE 'c/%'",
        "DELETE FROM page WHERE path LIKE 'verify/%'",
        "UPDATE page SET stamp = ''",
    ],
)
def test_whatever_changes_a_stamp_marks_its_page(project: Project, change: str) -> None:
    """By itself: triggers that tell of a further change are dropped."""
    assert_same(project)
    db = project.ledger._db
    for name in ("claim_open", "claim_moved", "claim_gone", "certificate_shown", "certificate_gone"):
        db.execute(f"DROP TRIGGER {name}")
    db.executescript(change)
    assert_same(project)


def test_a_day_turns_pages(project: Project) -> None:
    """Windows close, and records are past their six years; a clock that was set back is no exception."""
    frame, db = project.frame(), project.ledger._db
    db.execute("UPDATE claim SET download_until = '2025-11-20' WHERE activity = 'course'")
    build_pages(project)
    for days in (20, 2000, 5000):
        then = replace(project, now=project.now + dt.timedelta(days))
        assert_same(project, then.frame())
        build_pages(then)
        assert_same(project, frame)
        build_pages(project)


def test_other_words_of_an_activity_and_another_look_are_seen(project: Project) -> None:
    frame = project.frame()
    for activities in ({}, {**frame.activities, "course": 1}, {**frame.activities, "new": 1}):
        assert_same(project, replace(frame, activities=activities))
    assert_same(project, replace(frame, look="other"))


def test_a_page_left_in_another_frame_is_looked_at_again(project: Project) -> None:
    """The help desk builds one person's page while the theme is another; then that comes back."""
    builds, frame = project.ledger.builds, project.frame()
    page = next(page for page in builds.required(frame, "c") if page.is_stamped)
    builds.record([LeftPage(f"c/{page.name}", "other", 0, "", "", "")], replace(frame, look="other"))
    assert_same(project)
    assert page.name in builds.due(frame, "c", ()).due


def test_what_was_changed_meanwhile_is_due(project: Project) -> None:
    builds, frame = project.ledger.builds, project.frame()
    names = [page.name for page in builds.required(frame, "c")]
    seen = builds.due(frame, "c", names[:1])
    assert seen == builds.due_of_all(frame, "c", names[:1])
    assert [*seen.due] == names[:1]


class Names(list[str]):
    """Of very many pages nobody asks of each whether it is one of as many."""

    def __contains__(self, _name: object) -> bool:
        raise AssertionError("read through")


def test_names_of_what_was_changed_are_not_read_through_for_each_page(project: Project) -> None:
    builds, frame = project.ledger.builds, project.frame()
    names = Names(page.name for page in builds.required(frame, "c"))
    assert {*builds.due(frame, "c", names).due} == {*names}


def test_where_much_moved_every_page_is_looked_at(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.ledger.builds.FEW", 0)
    project.ledger._db.execute("UPDATE participant SET revision = revision + 1")
    monkeypatch.setattr(project.ledger.builds, "left", lambda _paths: pytest.fail("asked for some"))
    assert len(project.ledger.builds.due(project.frame(), "c", ()).due) == len(ROWS)
