"""The excerpt that plans are tried on: what is planned there is what a run on the whole ledger does."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.ledger import Ledger
from pipeline.ledger.excerpt import LEFT_OUT, OF_PEOPLE, WHOLE
from pipeline.rules.messages.occasions import Fate, Occasion
from pipeline.workflow.award import award_files
from pipeline.workflow.load import load
from pipeline.workflow.opening import open_files
from pipeline.workflow.plan import RunPlan, plan_run
from pipeline.workflow.project import Project
from tests.support.college import TODAY, College

PEOPLE = [
    *((f"L{one}", f"p{one}@example.org", f"Pat {'ABCDEFGHIJ'[one]}ound") for one in range(10)),
    ("", "office@example.org", "Sam Shared"),
    ("L20", "office@example.org", "Max Shared"),
    ("L21", "p1@example.org", "Pia Later"),
]
ACTIVITIES = "meeting-2025", "old-meeting", "course"
LAST_WEEK = TODAY - dt.timedelta(days=7)  # when the old meeting was not past retention


@contextmanager
def whole(self: Ledger, _today: dt.date, _near: dt.date, _known: Iterable[int]) -> Iterator[Ledger]:
    """A copy of all, in the place of an excerpt."""
    path = self.path.with_name("whole.sqlite3")
    self.copy_to(path)
    with Ledger(path) as ledger:
        yield ledger
    path.unlink()


def rows(rng: random.Random, count: int) -> Iterator[str]:
    """Rows of a claims file about some of the people; some lack what the meeting requires."""
    for learner_id, email, name in rng.sample(PEOPLE, count):
        activity = rng.choice(ACTIVITIES)
        day = "2025-09-01" if activity == "course" else ""
        spelled = rng.choice((name, name, f"{name}-Smith"))
        evaluated = rng.choice(("yes", "yes", ""))
        yield f"{activity},{learner_id},{email},{spelled},MD,yes,{day},{rng.randint(1, 10)},,,{evaluated}"


def make(college: College, rng: random.Random) -> list[Path]:
    """A ledger on which much waits; the files that were read, some of which were right in every row."""
    files = [college.claims(*rows(rng, count)) for count in (4, 5, 6)]
    for path, send in zip(files, (True, False, rng.random() < 0.5), strict=True):
        college.run(path, today=LAST_WEEK, send=send, mail_advice=rng.random() < 0.5)
    with college.project(LAST_WEEK) as project:
        ledger = project.ledger
        people = [row[0] for row in ledger._db.execute("SELECT id FROM participant")]
        held, erased, corrected, cut_off = rng.sample(people, 4)
        with ledger.transaction():
            ledger.people.set_hold(held, "asked for")
            ledger.retention.erase(erased)
            ledger.people.set_email(corrected, "new@example.org", 0)
            ledger.claims.award_again(corrected)
            for one in ledger.messages.of(cut_off)[:1]:
                ledger.messages.step(one.id, Fate.SENDING, 1, project.now)
        if rng.random() < 0.5:  # a run that was killed before anybody was told
            more = open_files(project, [college.claims(*rows(rng, 3))])
            award_files(project, load(project, more, False).loads)
            rendered(project)
    return files


def rendered(project: Project) -> None:
    certificates = project.ledger.certificates
    with project.ledger.transaction():
        for one in certificates.pending():
            certificates.rendered(one, "0" * 64, 1)


def planned(college: College, files: list[Path], today: dt.date) -> RunPlan:
    """What would be done, without the numbers that the ledger gives."""
    with college.project(today, locked=False) as project:
        plan = plan_run(project, open_files(project, files), mail_corrections=True)
    letters = [replace(one, message=0, participant=0) for one in plan.post.letters]
    return replace(plan, post=replace(plan.post, letters=tuple(sorted(letters, key=repr))))


@pytest.mark.parametrize("seed", range(5))
def test_a_plan_is_that_of_the_whole_ledger(
    quick_college: College, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    rng = random.Random(seed)
    files = make(quick_college, rng)
    new = quick_college.claims(*rows(rng, 5))
    for given in ([], [new], [files[0], new], [files[2], files[1]]):
        for today in (LAST_WEEK, TODAY):
            found = planned(quick_college, given, today)
            with monkeypatch.context() as patch:
                patch.setattr(Ledger, "excerpt", whole)
                assert found == planned(quick_college, given, today)


def test_whose_address_somebody_else_has_now(quick_college: College) -> None:
    """Their mail waits, also where nothing of today is about that other person."""
    row = "meeting-2025,{},office@example.org,{},MD,yes,,5,,,yes"
    quick_college.run(quick_college.claims(row.format("L1", "Ann Lee")), send=False)
    with quick_college.project() as project:
        load(project, open_files(project, [quick_college.claims(row.format("L2", "Bo Kim"))]), False)
        award_files(project, [])
        rendered(project)
        with project.ledger.transaction():  # Bo was told, and Ann was not
            told = project.ledger.certificates.of_person(2, None)
            message = project.ledger.messages.queue(2, Occasion.NEW, "office@example.org", "x@y", project.now)
            project.ledger.mentions.add(message, told, Occasion.NEW)
            project.ledger.messages.step(message, Fate.SENT, 1, project.now)
    letters = planned(quick_college, [], TODAY).post.letters
    assert [(one.to, one.waits_for) for one in letters] == [
        (
            "Ann Lee <office@example.org>",
            "a newer file shows the address with somebody else; use certs correct --email",
        )
    ]


def test_a_file_that_is_read_again_speaks_of_what_it_says_now(
    quick_college: College, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that is set aside today tells nothing of the certificate that it once earned."""
    row = "{},L1,ann@example.org,Ann Lee,MD,yes,{},5,,,yes"
    claims = quick_college.claims(row.format("meeting-2025", ""), row.format("course", "2025-09-01"))
    quick_college.run(claims)
    course = quick_college.root / "content/activities/course.md"
    course.write_text(course.read_text().replace("CME_max: 10", "CME_max: 4"))
    found = planned(quick_college, [claims], TODAY)
    monkeypatch.setattr(Ledger, "excerpt", whole)
    assert found == planned(quick_college, [claims], TODAY)
    assert (found.loaded.set_aside, found.awarded.unchanged) == (1, 2)  # those of the meeting


def test_only_those_come_along_whom_it_is_about(quick_college: College) -> None:
    """So a plan costs what it changes."""
    quick_college.run(quick_college.claims(*rows(random.Random(1), 12)), today=LAST_WEEK)
    claims = quick_college.claims("meeting-2025,L3,p3@example.org,Pat Dound,MD,yes,,5,,,yes")
    with quick_college.project(LAST_WEEK, locked=False) as project:
        known = project.ledger.people.by_learner("L3")
        with project.ledger.excerpt(project.today, project.today, ()) as trial:
            waiting = trial._db.execute("SELECT count(*) FROM participant").fetchone()[0]
            load(replace(project, ledger=trial), open_files(project, [claims]), False, keeps_rejects=False)
            people = {row[0] for row in trial._db.execute("SELECT id FROM participant")}
        assert known is not None
        assert known.id in people
        assert waiting < len(people) < project.ledger.counts.totals()["participants"]


def test_nothing_is_written(quick_college: College) -> None:
    """Neither into the ledger nor beside it; what is tried is seen by nobody else."""
    quick_college.run(quick_college.claims(*rows(random.Random(2), 9)), today=LAST_WEEK)
    before = {path: path.read_bytes() for path in quick_college.data.rglob("*") if path.is_file()}
    claims = quick_college.claims(*rows(random.Random(3), 9), "meeting-2025,L99,nobody,X,MD,yes,,5,,,yes")
    with quick_college.project(TODAY, locked=False) as project:
        plan = plan_run(project, open_files(project, [claims]))
        assert plan.loaded.set_aside
        assert plan.planned
    after = {path: path.read_bytes() for path in quick_college.data.rglob("*") if path.is_file()}
    assert after == before


def test_another_command_may_write_meanwhile(quick_college: College) -> None:
    """A plan holds up nobody, and sees the ledger as it was when it began."""
    quick_college.run(quick_college.claims(*rows(random.Random(2), 9)), today=LAST_WEEK)
    with (
        quick_college.project(locked=False) as project,
        project.ledger.excerpt(TODAY, TODAY, ()) as trial,
        Ledger(project.ledger.path) as other,
    ):
        with other.transaction():
            other.people.set_hold(1, "meanwhile")
        assert [one.id for one in trial.people.by_address(other.people.get(1).email)] == [1]
        assert trial.people.get(1).held == ""


def test_every_table_is_copied_or_left_out_on_purpose(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite3") as ledger:
        tables = ledger._db.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite@_%' ESCAPE '@'"
        )
        assert sorted(row[0] for row in tables) == sorted([*OF_PEOPLE, *WHOLE, *LEFT_OUT])
