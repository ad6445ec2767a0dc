"""certs find: what the help desk is asked first, on one screen."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pipeline.cli.output import amount
from pipeline.workflow.load import load
from pipeline.workflow.opening import open_files
from tests.support.college import College
from tests.support.shell import Shell

HEADER = "activity,learner_id,email,name,cme_credits,abim_moc_points,abp_moc_points,evaluation,completed_on\n"
MEETING = "meeting-2025,L1,ana@example.org,Ana Alva,12.25,10.5,,yes,"
COURSE = "course,L1,ana@example.org,Ana Alva,3.5,,,,2025-11-01"
WAITS = "meeting-2025,L2,bo@example.org,Bo Berg,20,,5,no,"


def number(shell: Shell, kind: str) -> str:
    (person,) = shell.json("find", "L1")
    return str(next(one["number"] for one in person["certificates"] if one["kind"] == kind))


def test_credits_are_summed_over_what_counts(shell: Shell) -> None:
    """Exact, by type; one that was withdrawn is not in the sums, and shows why."""
    shell.college.take(MEETING, COURSE, header=HEADER)
    (ana,) = shell.json("find", "L1")
    assert ana["credits"] == {
        "cme": 15.75,
        "abim": 10.5,
        "abim_by_type": {"Medical Knowledge": 10.5},
        "abp": 0,
        "certificates": 4,
    }
    assert [(one["kind"], one["cme"], one["abim"]) for one in ana["certificates"]] == [
        ("participation", 0, 0),
        ("cme", 3.5, 0),
        ("participation", 0, 0),
        ("cme-abim", 12.25, 10.5),
    ]
    assert "  credits: 15.75 AMA PRA Category 1 Credits™; 10.5 ABIM MOC points (Medical Knowledge)\n" in (
        shell("find", "L1").stdout
    )
    shell("withdraw", number(shell, "cme-abim"), "--reason", "claimed by mistake")
    shown = shell("find", "L1").stdout
    assert "  credits: 3.5 AMA PRA Category 1 Credits™\n" in shown
    assert "withdrawn on 2025-11-14 (claimed by mistake)" in shown


def test_what_is_withheld_is_told_with_its_reason(shell: Shell) -> None:
    shell.college.take(WAITS, header=HEADER, send=False)
    (bo,) = shell.json("find", "L2")
    assert bo["withheld"][1] == {
        "kind": "cme-abp",
        "activity": "meeting-2025",
        "missing": ["evaluation"],
        "reason": "evaluation not completed",
    }
    shown = shell("find", "L2").stdout
    assert "withheld: CME / ABP MOC Certificate, Autumn Meeting 2025 (meeting-2025): evaluation not" in shown
    assert "credits" not in shown


def test_nobody_was_mailed_is_said(shell: Shell) -> None:
    shell.college.take(MEETING, header=HEADER)
    with shell.college.project() as project:
        project.ledger._db.execute("DELETE FROM message")
    assert "no mail was sent, and none waits" in shell("find", "L1").stdout


def test_many_mails_do_not_hide_the_rest(shell: Shell) -> None:
    """The newest stand there; --json has all."""
    shell.college.environment["RESEND_LIMIT"] = "20"
    shell.college.take(MEETING, header=HEADER)
    for _ in range(9):
        shell("resend", "L1")
    lines = [line for line in shell("find", "L1").stdout.splitlines() if "mail (" in line]
    assert len(lines) == 8
    assert "  2 earlier mails: certs find --json lists all" in shell("find", "L1").stdout
    assert len(shell.json("find", "L1")[0]["messages"]) == 10


class TestPage:
    def state(self, shell: Shell) -> str:
        return str(shell.json("find", "L1")[0]["page"])

    def test_without_a_web_host(self, shell: Shell) -> None:
        shell.college.take(MEETING, header=HEADER)
        assert self.state(shell) == "built"

    def test_behind_what_is_on_record(self, shell: Shell) -> None:
        """Whatever was changed and not built is told, with the command that builds."""
        college = shell.college
        college.take(MEETING, header=HEADER)
        with college.project() as project, project.ledger.transaction():
            project.ledger.claims.reopen(1, None, project.today)
            project.ledger.people.set_token(1, project.ledger.people.get(1).token)
        assert self.state(shell) == "behind"
        assert "page: not built since something changed: certs build" in shell("find", "L1").stdout
        shell("build")
        assert self.state(shell) == "built"

    def test_that_no_build_has_made(self, shell: Shell) -> None:
        with shell.college.project() as project:
            load(project, open_files(project, [shell.college.claims(MEETING, header=HEADER)]), False)
        assert self.state(shell) == "none"


def test_a_page_that_was_proved_is_live(college: College) -> None:
    """At the web host as it was built; what was not proved again since a change is not called so."""
    college.take(MEETING, header=HEADER)
    with college.project() as project:
        ledger = project.ledger
        token = ledger.people.get(1).token
        assert ledger.builds.state_of("host", token).value == "unproved"
        with ledger.transaction():
            ledger.builds.record_published("host", [f"c/{token}"], ())
        assert ledger.builds.state_of("host", token).value == "live"
        assert ledger.builds.state_of("another", token).value == "unproved"
        with ledger.transaction():
            ledger.builds.doubt([f"c/{token}"])
        assert ledger.builds.state_of("host", token).value == "unproved"


def test_an_address_in_doubt_is_said(shell: Shell) -> None:
    """A newer file shows it with somebody else: the desk knows before it resends."""
    shell.college.take(MEETING, header=HEADER)
    shell.college.take("meeting-2025,L9,ana@example.org,Zoe Quist,5,,,yes,", header=HEADER)
    ana = next(one for one in shell.json("find", "ana@example.org") if one["learner_id"] == "L1")
    assert ana["in_doubt"]
    assert "address in doubt: a newer file shows it with somebody else" in shell("find", "L1").stdout


@pytest.mark.parametrize(
    ("credit", "shown"), [("10", "10"), ("10.00", "10"), ("0.25", "0.25"), ("45.50", "45.5")]
)
def test_amounts_are_numbers(credit: str, shown: str) -> None:
    assert str(amount(Decimal(credit))) == shown
