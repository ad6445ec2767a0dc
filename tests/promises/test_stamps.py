"""A page is written, sent and proved when it says something else, and only then: what its stamp promises."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipeline import publish
from pipeline.documents import Rendered
from pipeline.errors import PublishError, StoppedError
from pipeline.publish import Link, Proof
from pipeline.rules.boards.answers import AnswerStatus, BoardAnswer
from pipeline.rules.boards.records import BoardCredit, BoardRefusal, DueStep
from pipeline.rules.certificates.awards import Facts
from pipeline.rules.places import FOLDERS
from pipeline.site import Survey, compare_site, strays
from pipeline.workflow import desk, reissue, standing
from pipeline.workflow.board_status import PARS
from pipeline.workflow.pages import site_inputs, survey_pages
from pipeline.workflow.plan import plan_run
from pipeline.workflow.project import Project
from pipeline.workflow.release import build_pages, release
from pipeline.workflow.render import Renderers, render
from pipeline.workflow.run import Options, run
from tests.conftest import quick_paper
from tests.support.college import ACTIVITIES, TODAY, College

HEADER = "activity,learner_id,email,name,completed_on,cme_credits,evaluation\n"
ANA = "course,L1,ana@example.org,Ana Alva,2025-03-01,10,"
BO = "meeting-2025,L2,bo@example.org,Bo Berg,,10,"
CY = "meeting-2025,L3,cy@example.org,Cy Cole,,10,yes"
KINDS = ("participation", "cme")
WINDOW = dt.date(2026, 3, 1)

Deed = Callable[[College], object]


@pytest.fixture
def college(quick_college: College) -> College:
    """Its theme is its own; whatever a page is given stands on it."""
    theme = quick_college.root / "theme"
    source = theme.resolve()
    theme.unlink()
    shutil.copytree(source, theme)
    for name, value in (("person", "page"), ("verification", "entry")):
        add_to(theme / "templates" / f"{name}.html", f"<p>{{{{ {value} }}}}</p>")
    return quick_college


def add_to(template: Path, text: str) -> None:
    template.write_text(template.read_text().replace("{% block main %}", f"{{% block main %}}{text}", 1))


def number_of(college: College, name: str, kind: str, activity: str = "meeting-2025") -> str:
    with college.project(locked=False) as project:
        found = [
            entry.facts.number
            for page in project.ledger.pages.persons(college.tokens(project), project.catalog, TODAY)
            for entry in page.entries
            if (page.name, entry.facts.kind, entry.facts.activity) == (name, kind, activity)
        ]
    return found[0]


def stale(college: College, today: dt.date = TODAY) -> list[str]:
    """What a build by stamps leaves otherwise than a build of everything makes it."""
    with college.project(today) as project:
        assert_marked(project)
        build_pages(project)
        assert_marked(project)
        found = compare_site(site_inputs(project, project.frame(), thorough=True))
    return [*found.altered, *found.missing, *found.strays]


def assert_marked(project: Project) -> None:
    """What triggers marked is what looking at every page finds."""
    builds, frame = project.ledger.builds, project.frame()
    for kind in FOLDERS:
        assert builds.due(frame, kind, ()) == builds.due_of_all(frame, kind, ())


def meeting(**lines: str) -> Deed:
    """The meeting's file says something else."""

    def write(college: College) -> None:
        text = ACTIVITIES["meeting-2025"]
        for name, value in lines.items():
            kept = [line for line in text.splitlines() if not line.startswith(f"{name}:")]
            text = "\n".join([*kept, f"{name}: {value}", ""])
        college.write_activity("meeting-2025", text)
        college.run()

    return write


def unprintable(monkeypatch: pytest.MonkeyPatch, problem: str) -> None:
    """From now on certificates cannot be made, or again can."""

    def paper(facts: Iterable[Facts], *more: Any) -> Iterator[Rendered]:
        return (
            (Rendered(one.number, None, problem) for one in facts) if problem else quick_paper(facts, *more)
        )

    monkeypatch.setattr("pipeline.workflow.render.render_many", paper)


def size_becomes_known(project: Project) -> None:
    """A page was built while its PDF was nowhere and nobody knew its size; the next build finds it."""
    with project.ledger.transaction():
        digest, _ = project.ledger.certificates.digests().popitem()
        project.ledger.certificates.note_size(digest, 0)
    build_pages(project, is_rescued=True)


def told_to_board(project: Project) -> None:
    """A board is told of somebody's credit."""
    boards = project.ledger.boards
    certificate = boards.certificates("meeting-2025", project.today)[0]
    credit = BoardCredit("ABIM", project.today, Decimal(5), Decimal(5), ("Medical Knowledge",))
    with project.ledger.transaction():
        boards.note([DueStep(certificate, credit)], PARS, "", project.today)


def board_answers(project: Project) -> None:
    """It refuses it."""
    boards = project.ledger.boards
    (record,) = boards.reported(project.today)
    answer = BoardAnswer(1, record, AnswerStatus.REJECTED, BoardRefusal.MISMATCH)
    with project.ledger.transaction():
        assert boards.answer([answer], project.today) == 1


def read(*rows: str) -> Deed:
    return lambda college: college.take(*rows, header=HEADER)


DEEDS: dict[str, Deed] = {
    "first certificates": read(ANA, BO, CY),
    "the activity has another title": meeting(Title="Winter Meeting"),
    "a requirement is met": read(f"{BO}yes"),
    "another certificate of the same person": read("course,L2,bo@example.org,Bo Berg,2025-03-01,10,"),
    "other credit": read(CY.replace(",10,", ",12,")),
    "another name": lambda college: college.do(
        desk.correct, "L1", desk.Change(name="Ana Maria Alva", credentials="MD"), "as in the licence", False
    ),
    "withdrawn": lambda college: college.do(
        standing.withdraw, number_of(college, "Cy Cole", "cme"), "by mistake"
    ),
    "reinstated": lambda college: college.do(
        standing.reinstate, number_of(college, "Cy Cole", "cme"), "it was right"
    ),
    "held": lambda college: college.do(desk.hold, "L3", "asked by the board"),
    "a hold ends": lambda college: college.do(desk.end_hold, "L3", "answered"),
    "a window": meeting(Download_until=WINDOW.isoformat()),
    "another link": lambda college: college.do(desk.rotate, "L2", "forwarded"),
    "told to a board": lambda college: college.do(told_to_board),
    "a board answers": lambda college: college.do(board_answers),
    "made anew": lambda college: college.do(reissue.reissue, "course", Renderers(1)),
    "its size becomes known": lambda college: college.do(size_becomes_known),
    "other days": meeting(Start="2025-10-25", End="2025-10-30"),
    "erased": lambda college: college.do(desk.forget, "L1", "asked", lambda _: True),
}


def test_whatever_a_page_shows_is_in_its_stamp(college: College, monkeypatch: pytest.MonkeyPatch) -> None:
    """After each deed the pages that were left as they were are those that a build of everything makes."""
    for name, deed in DEEDS.items():
        deed(college)
        assert stale(college) == [], name
    unprintable(monkeypatch, "no letter for it")
    college.take("course,L4,di@example.org,Di Dorn,2025-03-01,10,", header=HEADER)
    assert stale(college) == [], "not made"
    unprintable(monkeypatch, "a disk that is full")
    college.do(render, None)
    assert stale(college) == [], "not made for another reason"
    meeting(Title="Spring Meeting")(college)
    assert stale(college) == [], "another title of what was not made"
    unprintable(monkeypatch, "")
    college.do(render, None)
    assert stale(college) == [], "made after all"
    for today in (WINDOW, WINDOW + dt.timedelta(days=1), dt.date(2031, 10, 29), dt.date(2031, 10, 30)):
        assert stale(college, today) == [], today
    college.do(desk.resend, "L2", None)
    assert stale(college) == [], "opened again"
    for today in (dt.date(2031, 2, 28), dt.date(2031, 3, 1), dt.date(2031, 3, 2), dt.date(2031, 11, 1)):
        college.run(today=today, send=False)
        assert stale(college, today) == [], today


@pytest.fixture
def proofs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """No web server: each page that is to be proved is noted, and counts as proved."""
    asked: list[str] = []

    def prove(_url: str, links: Sequence[Link], **_more: object) -> Proof:
        asked.extend(link.page for link in links)
        return Proof(len(links), [])

    monkeypatch.setattr(publish, "prove_live", prove)
    monkeypatch.setattr(publish, "prove_gone", lambda *_, **__: Proof(0, []))
    return asked


def times(folder: Path) -> dict[str, int]:
    """When each page was written, by its token or number."""
    pages = [path for kind in ("c", "verify") for path in folder.glob(f"{kind}/*/index.html")]
    return {path.parent.name: path.stat().st_mtime_ns for path in pages}


def test_a_new_certificate_touches_its_holders_page_and_its_own(
    quick_college: College, proofs: list[str]
) -> None:
    """Nobody else's page and no former certificate's is written, sent or proved."""
    college = quick_college
    college.environment["PUBLISH_TO"] = str(college.root / "host")
    college.take(ANA, CY, header=HEADER)
    served = college.root / "host" / "current"
    before = {folder: times(folder.resolve()) for folder in (college.output, served)}
    proofs.clear()
    college.take("course,L3,cy@example.org,Cy Cole,2025-03-01,10,", header=HEADER)
    own = {college.page("Cy Cole").name, *(number_of(college, "Cy Cole", kind, "course") for kind in KINDS)}
    assert {page.partition("/")[2] for page in proofs} == own
    for folder, former in before.items():
        now = times(folder.resolve())
        assert {page for page, time in now.items() if former.get(page) != time} == own


def test_a_change_of_the_program_that_changes_no_page_costs_nothing(
    college: College, proofs: list[str]
) -> None:
    """All pages are made and found to be what they were: none is written, sent or proved, and but once."""
    college.environment["PUBLISH_TO"] = str(college.root / "host")
    college.take(ANA, BO, CY, header=HEADER)
    served = college.root / "host" / "current"
    before = times(college.output), times(served)
    proofs.clear()
    add_to(college.root / "theme" / "templates" / "person.html", "{# a comment #}")
    with college.project() as project:
        built = release(project)
    assert (built.written, proofs) == ([], [])
    assert (times(college.output), times(served)) == before
    with college.project() as project:
        assert all(page.is_stamped for page in project.ledger.builds.required(project.frame(), "c"))


def test_an_activity_more_is_nothing_to_pages_of_others(college: College) -> None:
    """Its file is read by all, and stands on the pages of those who claim it."""
    college.take(ANA, BO, CY, header=HEADER)
    college.write_meeting("meeting-2026", more="Hours: 3\n")
    with college.project() as project:
        for kind in ("c", "verify"):
            assert all(page.is_stamped for page in project.ledger.builds.required(project.frame(), kind))
    meeting(Hours="12")(college)
    assert stale(college) == []


def test_a_page_that_says_something_else_is_proved_anew(college: College, proofs: list[str]) -> None:
    """Each of that kind is written, sent and proved; until then none counts as live."""
    college.environment["PUBLISH_TO"] = str(college.root / "host")
    college.take(ANA, BO, CY, header=HEADER)
    proofs.clear()
    add_to(college.root / "theme" / "templates" / "person.html", "<p>New</p>")
    with college.project() as project:
        people = project.ledger.builds.paths(project.frame())
        target = project.settings.publish_to
        everyone = [1, 2, 3]
        assert project.ledger.builds.not_live(target, project.frame(), everyone) == {*people}
        release(project)
        assert project.ledger.builds.not_live(target, project.frame(), everyone) == set()
    assert sorted(proofs) == sorted(page for page in people if page.startswith("c/"))


def test_what_was_sent_and_not_proved_is_sent_again(
    quick_college: College, proofs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a page comes to say what was proved before: nobody knows what the host has of it."""
    college = quick_college
    college.environment["PUBLISH_TO"] = str(college.root / "host")
    college.take(ANA, header=HEADER)
    number = number_of(college, "Ana Alva", "cme", "course")
    served = college.root / "host" / "current" / "verify" / number / "index.html"
    before, prove = served.read_text(), publish.prove_live
    monkeypatch.setattr(
        publish, "prove_live", lambda *_, **__: Proof(1, ["a cache"], frozenset({f"verify/{number}"}))
    )
    with pytest.raises(PublishError):
        college.do(standing.withdraw, number, "by mistake")
    assert served.read_text() != before
    monkeypatch.setattr(publish, "prove_live", prove)
    proofs.clear()
    college.do(standing.reinstate, number, "it was right")
    assert served.read_text() == before
    assert f"verify/{number}" in proofs


def test_pages_that_go_leave_although_their_folder_says_that_nothing_changed(college: College) -> None:
    """What lies in c/ and verify/ is listed where somebody added something, and where a page must go."""
    college.take(ANA, CY, header=HEADER)
    for _ in range(2):
        college.run()  # the second notes the folders as they are
    with college.project() as project:
        assert project.ledger.builds.folder_states().keys() == {"c", "verify"}
    college.run(today=dt.date(2031, 3, 2), send=False)
    assert len([*(college.output / "c").iterdir()]) == 1
    assert len([*(college.output / "verify").glob("*/")]) == 2


def run_after(college: College, meanwhile: Callable[[Project], Survey]) -> None:
    """A plan, something that happens, and the run that goes by the survey which is given."""
    with college.project() as project:
        plan_run(project, ())
        run(project, (), Options(renderers=Renderers(1)), True, meanwhile(project))


def test_plan_and_build_look_at_pages_once(college: College, monkeypatch: pytest.MonkeyPatch) -> None:
    """The build goes by what the plan saw a moment ago; where that was long ago it looks itself."""
    college.take(ANA, CY, header=HEADER)
    college.run()
    looked: list[str] = []
    look = strays.file_state

    def noted(file: str, below: int | None = None) -> str:
        looked.append(file)
        return look(file, below)

    monkeypatch.setattr(strays, "file_state", noted)
    pages = len([path for kind in FOLDERS for path in college.output.glob(f"{kind}/*/index.html")])
    run_after(college, survey_pages)
    assert len(looked) == 2 * pages  # the plan's, and the one that is handed on
    looked.clear()
    run_after(college, lambda project: replace(survey_pages(project), until=0.0))
    assert len(looked) == 3 * pages


@pytest.mark.parametrize("change", ["written into", "gone", "added to"])
def test_what_a_survey_saw_is_put_right_and_what_came_later_by_the_next_run(
    college: College, change: str
) -> None:
    college.take(ANA, CY, header=HEADER)
    college.run()
    folder = college.page("Ana Alva")
    page = folder / "index.html"
    right = page.read_text()

    def changed(_project: Project) -> None:
        if change == "gone":
            shutil.rmtree(folder)
        else:
            name = page if change == "written into" else folder / "old.pdf"
            name.write_text("something else")

    def before(project: Project) -> Survey:
        changed(project)
        return survey_pages(project)

    def after(project: Project) -> Survey:
        seen = survey_pages(project)
        changed(project)
        return seen

    run_after(college, before)
    assert page.read_text() == right
    assert not (folder / "old.pdf").exists()
    run_after(college, after)
    college.run()
    assert page.read_text() == right
    assert not (folder / "old.pdf").exists()


def test_as_many_entries_as_pages_are_no_proof_where_a_page_is_missing(college: College) -> None:
    """One name went and another came."""
    college.take(ANA, CY, header=HEADER)
    college.run()
    page = college.page("Ana Alva")
    page.rename(college.root / "moved")
    (page.parent / "evil.html").touch()
    with college.project() as project:
        assert survey_pages(project).strays == ("c/evil.html",)
        assert survey_pages(project).changed == {f"c/{page.name}"}
        with pytest.raises(StoppedError, match="what the build did not make"):
            build_pages(project)
