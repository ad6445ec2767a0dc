"""certs run and check: rows that contradict one another, files read again, withdrawals, figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipeline.cli.plan import plan_object
from pipeline.cli.run import run_object
from pipeline.documents import Design, Rendered, render
from pipeline.rules.certificates.awards import Facts
from pipeline.workflow import standing, status
from pipeline.workflow.opening import open_files
from pipeline.workflow.plan import plan_run
from pipeline.workflow.render import Renderers, design_of
from pipeline.workflow.run import Options, run
from tests.conftest import quick_paper
from tests.support.college import ACTIVITIES, TODAY, College
from tests.support.shell import COUNTS, Shell

QUICKLY = Options(renderers=Renderers(workers=1))
HEADER = "activity,learner_id,email,name,cme_credits,abim_moc_points,attended,evaluation\n"
ANN = "meeting-2025,L1,ann@example.org,Ann Lee,{},,yes,yes"


def figures(report: object, *names: str) -> tuple[int, ...]:
    return tuple(getattr(report, name) for name in names)


# Rows of one file


@pytest.mark.parametrize("turned", [False, True])
def test_one_person_with_and_without_id_contradicts_themselves(quick_college: College, turned: bool) -> None:
    """Which of the two amounts is right is never guessed, whichever row comes first."""
    rows = [ANN.format(10), ANN.format(12).replace("L1", "")]
    report = quick_college.take(*(rows[::-1] if turned else rows), header=HEADER)
    assert figures(report, "issued", "set_aside") == (0, 2)
    assert ["row 3" in one.reason for one in report.problems] == [True, False]
    assert ["row 2" in one.reason for one in report.problems] == [False, True]
    assert all(one.reason.endswith("cme_credits differs") for one in report.problems)


@pytest.mark.parametrize("turned", [False, True])
def test_one_person_with_and_without_id_saying_the_same(quick_college: College, turned: bool) -> None:
    """A repeat is a repeat, in other words, too; and somebody else at the address contradicts nobody."""
    rows = [ANN.format(10), ANN.format("10.00").replace("L1", "").replace("yes,yes", "Y,1")]
    bo = "meeting-2025,L2,ann@example.org,Bo Berg,3,,yes,yes"
    report = quick_college.take(*(rows[::-1] if turned else rows), bo, header=HEADER)
    assert figures(report, "issued", "set_aside") == (4, 0)
    assert {name for name, *_ in quick_college.certificates()} == {"Ann Lee", "Bo Berg"}


# The same file again


def test_the_same_file_after_the_activity_was_mended(quick_college: College) -> None:
    """A misspelt requirement withholds; once it is mended the very same file issues."""
    college = quick_college
    meeting = ACTIVITIES["meeting-2025"]
    college.write_activity("meeting-2025", meeting.replace("evaluation", "post_test"))
    claims = college.claims(ANN.format(10), header=HEADER)
    assert figures(college.run(claims), "issued", "withheld") == (0, 2)
    college.write_activity("meeting-2025", meeting)
    assert figures(college.run(claims), "issued", "withheld") == (2, 0)
    assert figures(college.run(claims), "issued", "corrected", "unchanged") == (0, 0, 2)


def test_the_same_file_after_its_headers_were_explained(quick_college: College) -> None:
    """COLUMN_MAP changes what a file says: it is read again."""
    college = quick_college
    header = HEADER.replace("evaluation", "Feedback sent")
    claims = college.claims(ANN.format(10), header=header)
    assert figures(college.run(claims), "issued", "withheld") == (0, 2)
    college.environment["COLUMN_MAP"] = "Feedback sent=evaluation"
    assert figures(college.run(claims), "issued", "withheld") == (2, 0)


def test_a_file_that_was_read_before_is_said_so(quick_college: College, shell: Shell) -> None:
    """In one line, by check and run; not of a new file, and neither a problem nor another exit status."""
    college = quick_college
    good = college.claims(ANN.format(10), header=HEADER, name="good.csv")
    mixed = college.claims(
        ANN.format(11), ANN.format("x").replace("L1", "L2"), header=HEADER, name="mixed.csv"
    )
    other = ANN.format(11).replace("Ann Lee", "Bo Berg").replace("ann@", "bo@")  # whose id is Ann's
    contrary = college.claims(other, header=HEADER, name="contrary.csv")
    late = dt.datetime(2025, 11, 14, 23, 30, tzinfo=ZoneInfo("America/New_York"))  # the 15th in the ledger
    with college.project() as project:
        run(replace(project, now=late), open_files(project, [good]), QUICKLY, send=False)
    for file in (mixed, contrary):
        shell("run", file, "--no-send", "--workers", 1, today=TODAY + dt.timedelta(days=1), status=3)
    later = TODAY + dt.timedelta(days=30)
    for words, exit_status, day, so in (
        ((good,), 0, "14", "nothing in it is new"),
        ((mixed,), 3, "15", "nothing in it is new"),  # a row is set aside, whoever is on record
        ((contrary,), 3, "15", "what later files have said since stays"),
    ):
        expected = [f"{words[0].name} was read on 2025-11-{day} already; {so}"]
        for command in (("check", *words), ("run", *words, "--no-send", "--workers", 1)):
            for more in ((), ("--json",)):
                told = shell(*command, *more, today=later, status=exit_status).stderr.splitlines()
                assert [line for line in told if "already" in line] == expected
    new = college.claims(ANN.format("11.00"), header=HEADER)
    assert "already" not in shell("check", new, today=later).output


# Withdrawn by a file


def standings(college: College) -> dict[str, str]:
    return {kind: standing for _, _, kind, standing in college.certificates()}


def test_a_withdrawal_by_a_file_is_never_silent(quick_college: College) -> None:
    """The run that withdraws names the certificate; while credit is claimed again, every run on such a file
    says that staff must reinstate; once they did it is quiet."""
    college = quick_college
    with_credit, without = (college.claims(ANN.format(text), header=HEADER) for text in ("10", ""))
    again = college.claims(ANN.format("10"), "course,,z@example.org,Zoe,,,no,", header=HEADER)
    college.run(with_credit)
    report = college.run(without, allow_removals=True)
    (problem,) = report.problems
    assert problem.reason.startswith("credit removed: certificate ")
    assert standings(college) == {"participation": "valid", "cme": "withdrawn"}
    assert figures(report, "unchanged", "set_aside") == (1, 0)
    assert college.run(without).problems == []

    report = college.run(again)
    number = problem.reason.split()[3]
    assert f"use: certs reinstate {number}" in str(report.problems)
    assert standings(college)["cme"] == "withdrawn"
    college.do(standing.reinstate, number, "claimed again")
    assert "reinstate" not in str(college.run(again).problems)
    assert standings(college) == {"participation": "valid", "cme": "valid"}


def test_a_withdrawal_by_staff_is_theirs_whatever_they_write(quick_college: College) -> None:
    """In the words of a file's withdrawal, too: no run asks for the certificate to be reinstated."""
    college = quick_college
    college.take(ANN.format("10"), header=HEADER)
    with college.project() as project:
        for entry in project.ledger.pages.entries(1, project.today):
            standing.withdraw(project, entry.facts.number, "credit removed")
    again = college.claims(ANN.format("10"), "course,,z@example.org,Zoe,,,no,", header=HEADER)
    assert "reinstate" not in str(college.run(again).problems)


def test_check_foretells_a_withdrawal(quick_college: College) -> None:
    """The same sentence, before it happens."""
    college = quick_college
    college.take(ANN.format(10), header=HEADER)
    without = college.claims(ANN.format(""), header=HEADER)
    with college.project(locked=False) as project:
        found = plan_run(project, open_files(project, [without]), allow_removals=True)
    assert found.problems == college.run(without, allow_removals=True).problems
    assert found.awarded.unchanged == 1


def test_attendance_that_is_removed_withdraws_everything(quick_college: College) -> None:
    """Who did not attend has no certificate of Participation either; unasked the row is set aside."""
    college = quick_college
    college.take(ANN.format(10), header=HEADER)
    absent = college.claims("meeting-2025,L1,ann@example.org,Ann Lee,,,no,yes", header=HEADER)
    assert figures(college.run(absent), "set_aside", "unchanged") == (1, 0)
    assert standings(college) == {"participation": "valid", "cme": "valid"}
    report = college.run(absent, allow_removals=True)
    assert [one.reason.partition(":")[0] for one in report.problems] == ["attendance removed"] * 2
    assert standings(college) == {"participation": "withdrawn", "cme": "withdrawn"}
    assert len(college.take(ANN.format(11), header=HEADER).problems) == 2


# Figures


def test_figures_are_of_the_claims_a_file_speaks_of(quick_college: College) -> None:
    """What was replaced is not unchanged; what is issued of other files' claims takes nothing away."""
    college = quick_college
    college.take(ANN.format(10), header=HEADER)
    upgrade = college.claims(ANN.format("10").replace("10,", "10,5"), header=HEADER)
    names = ("issued", "replaced", "corrected", "unchanged")
    assert figures(college.run(upgrade), *names) == (1, 1, 0, 1)
    assert figures(college.run(upgrade), *names) == (0, 0, 0, 2)

    waiting = [f"meeting-2025,W{i},w{i}@example.org,Wu {'abc'[i]},,,yes,no" for i in range(3)]
    assert figures(college.take(*waiting, header=HEADER), "withheld") == (3,)
    meeting = ACTIVITIES["meeting-2025"].replace("Requirements: evaluation\n", "")
    college.write_activity("meeting-2025", meeting)
    assert figures(college.run(upgrade), *names) == (3, 0, 0, 2)


def test_a_row_set_aside_now_is_not_unchanged(quick_college: College) -> None:
    """The same file, judged by a mended activity: what it spoke of before does not count."""
    college = quick_college
    claims = college.claims(ANN.format(10), header=HEADER)
    college.run(claims)
    text = ACTIVITIES["meeting-2025"].replace("45.25", "5").replace("ABP_max: 20", "ABP_max: 5")
    college.write_activity("meeting-2025", text)
    assert figures(college.run(claims), "set_aside", "unchanged") == (1, 0)


def test_what_is_past_retention_counts_in_certificates(quick_college: College) -> None:
    """CME and Participation of one row are two, Participation alone is one."""
    rows = ("old-meeting,L1,a@example.org,Ann Lee,5,,yes,", "old-meeting,L2,b@example.org,Bo Berg,,,yes,")
    assert quick_college.take(*rows, header=HEADER).expired == 3


def test_reasons_count_every_row_that_is_set_aside_for_them(quick_college: College) -> None:
    """Rows of a long file that were one claim are set aside together, whichever of them is wrong."""
    header = "activity,learner_id,email,name,credit_type,credits,evaluation\n"
    row = "meeting-2025,L1,ann@example.org,Ann Lee,{},{},yes"
    claims = quick_college.claims(row.format("CME", "5.1"), row.format("ABIM MOC", "5"), header=header)
    with quick_college.project(locked=False) as project:
        found = plan_run(project, open_files(project, [claims])).loaded
    assert (found.set_aside, list(found.reasons.values())) == (2, [2])


def test_check_knows_what_no_certificate_takes(college: College) -> None:
    """A picture in a name, a letter that no font has: check counts and says what the run will."""
    college.take(ANN.format(10), header=HEADER)
    claims = college.claims(
        ANN.format(10).replace("Ann Lee", "Ann \N{GRINNING FACE} Lee"),
        "meeting-2025,L2,bo@example.org,Bo \N{PARTY POPPER} Berg,5,,yes,yes",
        "meeting-2025,L3,cy@example.org,Cy Cole,5,,yes,yes",
        "meeting-2025,L4,bo@example.net,Bo \N{PARTY POPPER} Berg,5,,yes,yes",
        "meeting-2025,L5,di@example.org,Di \U00030001 Dorn,5,,yes,yes",
        header=HEADER,
    )
    with college.project(locked=False) as project:
        found: dict[str, Any] = plan_object(plan_run(project, open_files(project, [claims])))
    with college.project() as project:
        done: dict[str, Any] = run_object(run(project, open_files(project, [claims]), QUICKLY, send=False))
    both = found.keys() & done.keys()
    assert both >= {*COUNTS, "by_kind", "problems", "cautions"}
    assert {name: done[name] for name in both} == {name: found[name] for name in both}
    with college.project(locked=False) as project:
        assert status.status(project).totals["withheld"] == done["withheld"]
    assert [done[name] for name in ("issued", "corrected", "withheld", "unchanged")] == [2, 0, 8, 0]
    told = [one["reason"].partition(":")[0] for one in found["problems"]]  # each person once
    assert told == ["Ann \N{GRINNING FACE} Lee", *["Bo \N{PARTY POPPER} Berg"] * 2, "Di \U00030001 Dorn"]
    assert all(one["reason"].endswith("(2 certificates)") for one in found["problems"])


def test_an_export_with_the_learning_systems_own_course_ids(quick_college: College) -> None:
    """external_course_id as the activity's file states it; a row that names the slug is about the same."""
    college = quick_college
    college.write_activity("course", ACTIVITIES["course"] + "External_ids: 1042, EXT-7\n")
    header = (
        "external_course_id,external_user_id,external_mail,first_name,last_name,credit_type,credits,complete,"
        "date_completed\n"
    )
    rows = (
        "1042,L1,ana@example.org,Ana,Alva,CME,5,1,2025-03-01",
        "ext-7,L2,bo@example.org,Bo,Berg,CME,6,1,2025-03-01",
        "course,L2,bo@example.org,Bo,Berg,CME,7,1,2025-03-01",
        "1043,L3,cy@example.org,Cy,Cole,CME,5,1,2025-03-01",
    )
    report = college.take(*rows, header=header)
    assert {(one.row, one.field) for one in report.problems} == {
        (3, "cme_credits"),
        (4, "cme_credits"),
        (5, "activity"),
    }
    assert {(name, activity) for name, activity, _, _ in college.certificates()} == {("Ana Alva", "course")}


# What is printed


def test_a_files_own_name_is_obeyed_by_no_terminal(shell: Shell) -> None:
    """Its rows' problems, cautions and the rejects file name it; the terminal gets no code of it."""
    rows = [ANN.format("many"), ANN.format(3).replace("L1", "L2").replace("Ann Lee", "=Bo")]
    claims = shell.college.claims(*rows, header=HEADER, name="\x1b[2J\x9b31m\u2028\u202efiles.csv")
    for words in (("check", claims), ("check", claims, "--json"), ("run", claims, "--workers", 1)):
        said = shell(*words, status=3).output
        assert r"\u001b[2J\u009b31m\u2028\u202efiles.csv" in said.replace(r"\\u", r"\u")
        assert said.replace("\n", "").isprintable()
    assert "\x1b" not in shell("check", f"{claims}.gone", status=1).output
    assert "\x1b" not in shell("backup", shell.college.output / "\x1b[2J", status=1).output


# Who makes them


@pytest.mark.parametrize(("few", "starts"), [(1, 1), (2, 0)])
def test_a_few_certificates_start_no_processes(
    quick_college: College, monkeypatch: pytest.MonkeyPatch, few: int, starts: int
) -> None:
    """It would take longer than to make them."""
    begun: list[object] = []

    def paper(facts: Iterable[Facts], design: Design, executor: object) -> Iterator[Rendered]:
        begun.extend([executor] if executor else [])
        return quick_paper(facts, design)

    monkeypatch.setattr("pipeline.workflow.render.render_many", paper)
    monkeypatch.setattr("pipeline.workflow.render.FEW", few)
    report = quick_college.take(ANN.format(10), header=HEADER, renderers=Renderers(2))
    assert (report.issued, len(begun)) == (2, starts)


@pytest.mark.starts
def test_processes_make_what_this_one_does(college: College, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.workflow.render.FEW", 0)
    report = college.take(ANN.format(10), header=HEADER, renderers=Renderers(2))
    assert (report.issued, report.mismatches) == (2, [])
    with college.project() as project:
        ((digest, _), *_) = project.ledger.certificates.digests().items()
        ((facts, _),) = project.ledger.certificates.stating([digest])
        assert render(facts, design_of(project.settings)).pdf == project.vault.read(digest)
