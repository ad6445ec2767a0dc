"""The help desk: one look-up, one command, to the address on record only, and all of it written down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import files
from pipeline.errors import CertsError
from pipeline.workflow import backup, desk, release, restore, retention, send, standing
from pipeline.workflow.load import ERASED
from tests.conftest import quick_paper
from tests.support.college import TODAY, College
from tests.support.shell import Shell

HEADER = "activity,learner_id,email,name,cme_credits,evaluation\n"
WINDOW = "Download_until: 2025-12-01\n"
CLOSED = dt.date(2025, 12, 2)


@pytest.fixture
def issued(quick_college: College) -> College:
    """Ana Alva and Bo Berg, told of their certificates of an activity with a download window."""
    quick_college.write_meeting("window", more=WINDOW)
    quick_college.take(
        "window,L1,ana@example.org,Ana Alva,5,",
        "window,L2,bo@example.org,Bo Berg,6,",
        "meeting-2025,L2,bo@example.org,Bo Berg,6,yes",
        header=HEADER,
    )
    return quick_college


def resend(college: College, who: str, today: dt.date = TODAY, activity: str | None = None) -> None:
    with college.project(today) as project:
        _, message = desk.resend(project, who, activity)
        send.send_these(project, [message])


def number_of(college: College, who: str, kind: str = "cme") -> str:
    with college.project(locked=False) as project:
        person = desk.one_person(project, who)
        return next(
            entry.facts.number
            for entry in project.ledger.pages.entries(person.id, TODAY)
            if entry.facts.kind == kind
        )


def test_the_window_closes_and_a_resend_opens_it_for_thirty_days(issued: College) -> None:
    """On the window's last day the file is there; a day later it is not, and whom to ask is; a resend brings
    it back, for that person alone."""
    page = issued.page("Ana Alva")
    issued.run(today=dt.date(2025, 12, 1))
    assert len(list(page.glob("*-certificate-*.pdf"))) == 2
    issued.run(today=CLOSED)
    assert list(page.glob("*-certificate-*.pdf")) == []
    text = (page / "index.html").read_text()
    assert "CME Certificate" in text
    assert "education@rheumatology.org" in text

    resend(issued, "ana@example.org", CLOSED)
    assert len(list(page.glob("*-certificate-*.pdf"))) == 2
    assert list(issued.page("Bo Berg").glob("acr-window-*.pdf")) == []
    assert page.name in issued.mails()[-1].as_string().replace("=\n", "")
    until = CLOSED + dt.timedelta(days=30)
    issued.run(today=until)
    assert len(list(page.glob("*-certificate-*.pdf"))) == 2
    issued.run(today=until + dt.timedelta(days=1))
    assert list(page.glob("*-certificate-*.pdf")) == []


@pytest.mark.parametrize("who", ["ANA@example.org", "L1", "number", "number without dashes and with O for 0"])
def test_who_is_an_address_a_learner_id_or_a_number(issued: College, who: str) -> None:
    """Whichever the participant has at hand; the mail goes to the address on record."""
    if who.startswith("number"):
        number = number_of(issued, "L1")
        who = number if who == "number" else number.replace("-", "").replace("0", "O").lower()
    resend(issued, who)
    assert issued.mails()[-1]["To"].addresses[0].addr_spec == "ana@example.org"


def test_a_person_is_written_to_only_so_often_a_day(issued: College) -> None:
    """The cap holds for a day; the next day it starts anew."""
    for _ in range(5):
        resend(issued, "L1")
    with pytest.raises(CertsError, match="5 times today"):
        resend(issued, "L1")
    resend(issued, "L1", TODAY + dt.timedelta(days=1))


def test_rotate_gives_a_new_link_and_kills_the_old_one(issued: College) -> None:
    """The old page is gone before the new link is mailed; files and numbers stay."""
    old, number = issued.page("Ana Alva"), number_of(issued, "L1")
    names = sorted(path.name for path in old.glob("*-certificate-*.pdf"))
    with issued.project() as project:
        _, message = desk.rotate(project, "L1", "link was forwarded")
        assert not old.exists()
        assert message is not None
        send.send_these(project, [message])
    new = issued.page("Ana Alva")
    assert new.name != old.name
    assert sorted(path.name for path in new.glob("*-certificate-*.pdf")) == names
    assert number_of(issued, "L1") == number
    mail = issued.mails()[-1].as_string().replace("=\n", "")
    assert new.name in mail
    assert old.name not in mail


def test_a_link_is_built_before_it_is_mailed(issued: College, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rotation killed before its pages were built: `certs send` opens the new link, shuts the old."""
    old = issued.page("Ana Alva")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, issued.project() as project:
        patch.setattr(desk, "release", killed)
        with pytest.raises(KeyboardInterrupt):
            desk.rotate(project, "L1", "link was forwarded")
    Shell(issued, monkeypatch)("send", "--yes")
    assert not old.exists()
    assert issued.page("Ana Alva").name in issued.mails()[-1].as_string().replace("=\n", "")


def test_withdraw_and_reinstate(issued: College) -> None:
    """A withdrawn certificate has no file and says so on both pages; no rerun brings it back; staff can."""
    number = number_of(issued, "L1")
    issued.do(standing.withdraw, number.lower().replace("-", " "), "claimed by mistake")
    page = issued.page("Ana Alva")
    verification = issued.output / "verify" / number / "index.html"
    assert "withdrawn" in verification.read_text().casefold()
    assert [path.name.split("-")[2] for path in page.glob("*-certificate-*.pdf")] == ["participation"]
    report = issued.run(issued.root / "claims-1.csv")
    assert (report.issued, report.mismatches) == (0, [])
    with issued.project() as project:
        with pytest.raises(CertsError, match="nothing to withdraw"):
            standing.withdraw(project, number, "again")
        standing.reinstate(project, number, "it was right after all")
    assert len(list(page.glob("*-certificate-*.pdf"))) == 2
    assert "is valid" in verification.read_text()


def test_what_was_corrected_while_it_was_withdrawn_shows_once_reinstated(issued: College) -> None:
    """At once, not with the next run: no page says that a certificate with the former name is valid."""
    number = number_of(issued, "L1")
    with issued.project() as project:
        standing.withdraw(project, number, "claimed by mistake")
        desk.correct(project, "L1", desk.Change(name="Ana Alba"), "spelled wrong", False)
        standing.reinstate(project, number, "it was right")
    text = (issued.output / "verify" / number / "index.html").read_text()
    assert "Ana Alva" not in text
    assert "Ana Alba" in text
    assert "is valid, as corrected" in text
    assert len(list(issued.page("Ana Alba").glob("*-certificate-*.pdf"))) == 2


def test_a_reinstated_correction_says_when_and_why_it_was_corrected(issued: College) -> None:
    """Not when and why it was reinstated: that is nobody's but the audit trail's."""
    number = number_of(issued, "L1")
    issued.do(desk.correct, "L1", desk.Change(name="Ana Alba"), "spelled wrong", False)
    later = TODAY + dt.timedelta(days=50)
    with issued.project(later) as project:
        standing.withdraw(project, number, "suspicion")
        standing.reinstate(project, number, "suspicion not confirmed")
        (entry,) = project.ledger.pages.verifications([number], later)
    assert (entry.standing, entry.changed_on, entry.reason) == ("corrected", TODAY, "spelled wrong")
    assert "suspicion" not in (issued.output / "verify" / number / "index.html").read_text()


def test_what_is_reinstated_after_the_site_moved_leads_to_where_it_is(issued: College) -> None:
    """A certificate that was withdrawn is passed over by the reissue, and catches up when it is valid again;
    as valid as it was, not corrected."""
    number = number_of(issued, "L1")
    issued.do(standing.withdraw, number, "suspicion")
    issued.environment["SITE_URL"] = "https://moved.example.org"
    with issued.project() as project:
        standing.reinstate(project, number, "suspicion not confirmed")
        (entry,) = project.ledger.pages.verifications([number], TODAY)
    assert entry.standing == "valid"
    assert entry.facts.verify_url == f"https://moved.example.org/verify/{number}/"
    assert entry.file is not None
    assert [path.name for path in issued.page("Ana Alva").glob("*-v2.pdf")] == [entry.file.name]
    assert issued.run().mismatches == []


def test_credit_that_was_removed_is_not_reinstated(issued: College) -> None:
    """The next look at the claim would withdraw it again: staff are told what to do instead."""
    issued.take("window,L1,ana@example.org,Ana Alva,,", header=HEADER, allow_removals=True)
    number = number_of(issued, "L1")
    with issued.project() as project, pytest.raises(CertsError, match="a claims file removed its credit"):
        standing.reinstate(project, number, "no")


def test_a_withdrawn_message_is_not_sent(issued: College) -> None:
    """What waits is looked at again when its turn comes: nothing is told that is not so any more."""
    issued.take("window,L4,dee@example.org,Dee Doe,,", header=HEADER, send=False)
    with issued.project() as project:
        standing.withdraw(project, number_of(issued, "L4", "participation"), "wrong person")
        send.send(project)
        assert project.ledger.messages.counts() == {"sent": 2, "failed": 1}
    assert len(issued.mails()) == 2


def test_a_hold_outlasts_retention_until_it_is_released(issued: College) -> None:
    """Six years and more later the record is there; released, it goes with the next run."""
    issued.do(desk.hold, "L1", "appeal before the board")
    late = dt.date(2031, 3, 3)
    report = issued.run(today=late)
    assert report.purged == 2
    assert (
        len(list(issued.page("Ana Alva").glob("*-certificate-*.pdf"))) == 0
    )  # the window is closed all the same
    resend(issued, "L1", late)
    assert len(list(issued.page("Ana Alva").glob("*-certificate-*.pdf"))) == 2
    with issued.project(late) as project:
        desk.end_hold(project, "L1", "appeal decided")
    assert issued.run(today=late).purged == 2
    assert [name for name, *_ in issued.certificates(late)] == ["Bo Berg", "Bo Berg"]


def test_a_held_record_names_no_day_that_is_over(issued: College) -> None:
    """Its pages say that it is kept until further notice, from the hold on; released, they name the day."""
    issued.take("course,L1,ana@example.org,Ana Alva,2,,2025-11-01", header=HEADER[:-1] + ",completed_on\n")
    page = issued.page("Ana Alva") / "index.html"
    verification = issued.output / "verify" / number_of(issued, "L1") / "index.html"
    assert "further notice" not in page.read_text() + verification.read_text()
    issued.do(desk.hold, "L1", "appeal before the board")
    assert "further notice" in verification.read_text()
    text = page.read_text()
    assert "Available until further notice" in text
    assert "Available until November 1, 2031" not in text
    assert "appeal" not in text
    issued.do(desk.end_hold, "L1", "appeal decided")
    issued.run()
    assert "further notice" not in page.read_text() + verification.read_text()


def test_a_resend_on_the_last_day_keeps_the_download_open(issued: College) -> None:
    """A link that was just mailed does not close overnight; a window that is open for longer stays."""
    last = dt.date(2025, 12, 1)
    resend(issued, "L1", last)
    issued.run(today=last + dt.timedelta(days=30))
    assert len(list(issued.page("Ana Alva").glob("*-certificate-*.pdf"))) == 2
    issued.run(today=last + dt.timedelta(days=31))
    assert list(issued.page("Ana Alva").glob("*-certificate-*.pdf")) == []


def test_forget_erases_and_refuses_the_return(issued: College) -> None:
    """Before the time, on request; an old file does not bring the person back, under id or address."""
    assert issued.do(desk.forget, "ana@example.org", "asked for erasure", lambda _: True) == 2
    for path, data in issued.bytes_under():
        for secret in (b"Ana Alva", b"ana@example.org"):
            assert secret not in data, path
    report = issued.run(issued.root / "claims-1.csv")
    assert (report.issued, report.set_aside) == (0, 1)
    report = issued.take("window,,ana@example.org,Ana Alva,5,", header=HEADER)
    assert (report.issued, report.set_aside) == (0, 1)
    assert {name for name, *_ in issued.certificates()} == {"Bo Berg"}


def test_deeds_are_in_the_audit_trail_and_tampering_shows(issued: College) -> None:
    """Who, what, why; a changed entry and a missing one are both found."""
    resend(issued, "L1")
    with issued.project() as project:
        desk.correct(project, "L1", desk.Change(name="Ana Alba"), "spelled wrong", False)
        person = desk.one_person(project, "L1")
        deeds = project.ledger.audit.of(person.id)
        assert [(deed.actor, deed.action) for deed in deeds] == [("tester", "resend"), ("tester", "correct")]
        assert 'name from "Ana Alva" to "Ana Alba"; spelled wrong' in deeds[1].detail
        assert list(project.ledger.audit.faults()) == []
        project.ledger._db.execute("UPDATE audit SET detail = 'to somebody else' WHERE seq = 1")
        assert list(project.ledger.audit.faults()) == ["audit entry 1 was changed after it was written"]
        project.ledger._db.execute("DELETE FROM audit WHERE seq = 1")
        assert "audit entry 1 is missing" in list(project.ledger.audit.faults())


def test_no_token_in_what_the_desk_sees(
    issued: College, shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    """find, status and the audit trail hold no link; --show-link shows it, and that is written down."""
    token = issued.page("Ana Alva").name
    for words in (("find", "alva"), ("find", "alva", "--json"), ("status",), ("status", "--json")):
        assert token not in shell(*words).output
    assert token in shell("--actor", "desk", "find", "L1", "--show-link").output
    with issued.project() as project:
        person = desk.one_person(project, "L1")
        deeds = project.ledger.audit.of(person.id)
        assert [(deed.actor, deed.action) for deed in deeds] == [("desk", "show-link")]
        assert token not in repr(person)
        release.build_pages(project)
    assert token not in capsys.readouterr().err


SHARED = ("meeting-2025,L1,fam@example.org,Ann Lee,5,yes", "meeting-2025,L2,fam@example.org,Bob Lee,6,yes")


def forget(college: College, who: str, today: dt.date = TODAY) -> int | None:
    with college.project(today) as project:
        return desk.forget(project, who, "asked", lambda _: True)


def holds(college: College, text: str) -> list[str]:
    """Files below DATA_DIR and OUTPUT_DIR that have the text anywhere."""
    return [path.name for path, content in college.bytes_under() if text.encode() in content]


def test_forgetting_one_leaves_whoever_shares_the_address(quick_college: College, tmp_path: Path) -> None:
    """The other goes on as before, by learner id or by name, and a restored backup erases the one alone."""
    college = quick_college
    both = college.claims(*SHARED, header=HEADER)
    college.run(both)
    college.do(backup.backup, tmp_path / "backup")
    assert forget(college, "L1") == 2
    more = ("window,L2,fam@example.org,Bob Lee,1,", "window,,fam@example.org,Bob Lee,1,")
    college.write_meeting("window", more=WINDOW)
    reports = [college.take(one, header=HEADER) for one in more]
    assert [(one.issued, one.set_aside, one.problems) for one in reports] == [(2, 0, []), (0, 0, [])]
    report = college.run(both)
    assert (report.issued, report.set_aside, report.rejects) == (0, 1, [])
    nameless = college.claims("meeting-2025,,fam@example.org,Ann Lee,5,yes", header=HEADER)
    assert college.run(nameless).problems[0].reason == ERASED
    assert holds(college, "Ann Lee") == []

    restore.put_back(college.settings, tmp_path / "backup", True, "2025-11-14T14:30:00+00:00", "tester")
    assert college.do(retention.purge) == 2
    assert {name for name, *_ in college.certificates()} == {"Bob Lee"}


def test_an_address_that_changed_hands_is_not_barred_by_its_former_holder(quick_college: College) -> None:
    """Who was erased is known by the learner id; by the address only where a row has no learner id."""
    college = quick_college
    college.take("meeting-2025,L1,desk@example.org,Ann Lee,5,yes", header=HEADER)
    forget(college, "L1")
    late = college.take("meeting-2025,,desk@example.org,Ann Lee,5,yes", header=HEADER)
    moved = college.take("meeting-2025,L1,new@example.org,Ann Lee,5,yes", header=HEADER)
    assert [late.set_aside, moved.set_aside] == [1, 1]
    assert college.take("meeting-2025,L2,desk@example.org,Bo Berg,5,yes", header=HEADER).issued
    college.take("meeting-2025,,solo@example.org,Cy Cole,5,yes", header=HEADER)
    forget(college, "solo@example.org")
    back = college.take("meeting-2025,L3,solo@example.org,Cy Cole,5,yes", header=HEADER)
    assert back.set_aside == 1


@pytest.mark.parametrize(
    "row",
    [
        "meeting-2025,L1,ann@example.org,Zerlina Quux,5,yes",
        "meeting-2025,L1,ann@example.org,Zerlina Quux,5.1,yes",
        "meeting-2025,,ann@example.org,Zerlina Quux,5.1,yes",
        "meeting-2025,L1,not an address,Zerlina Quux,5,yes",
        "meeting-2025,L1,ann@example.org,Zerlina,Quux,5,yes",
        "no-such-meeting,L1,ann@example.org,Zerlina Quux,5,yes",
    ],
    ids=["good", "bad credit", "no id", "bad address", "too many cells", "unknown activity"],
)
def test_nothing_of_the_erased_reaches_a_file(quick_college: College, row: str) -> None:
    """Right or wrong, their row is counted with the reason; no rejects file, no problem names them."""
    college = quick_college
    bo = "meeting-2025,L2,bo@example.org,Bo Berg,5.1,yes"
    college.take("meeting-2025,L1,ann@example.org,Zerlina Quux,5,yes", header=HEADER)
    forget(college, "L1")
    report = college.take(row, bo, header=HEADER)
    assert (report.issued, report.set_aside) == (0, 2)
    assert max(problem.reason for problem in report.problems) == ERASED
    assert "Zerlina" not in str(report.problems)
    assert "ann@" not in str(report.problems)
    assert holds(college, "Zerlina") == []
    assert holds(college, "ann@example.org") == []
    assert "Bo Berg" in report.rejects[0].read_text("utf-8-sig")


def test_forgetting_takes_rows_without_an_address(quick_college: College) -> None:
    """A row that was set aside for its missing or broken address is theirs by learner id or by name."""
    college = quick_college
    college.take("meeting-2025,L1,ann@example.org,Zerlina Quux,5,yes", header=HEADER)
    college.take(
        "course,L1,,Z. Quux,5,yes",
        "course,,,Zerlina QUUX,5,yes",
        "course,,ann@@example,Zerlina Quux,5,yes",
        "course,L1,other@example.org,Someone Else,5,yes",
        "course,L7,,Bo Berg,5,yes",
        header=HEADER,
    )
    forget(college, "L1")
    for text in ("Quux", "QUUX", "ann@", "Someone Else"):
        assert holds(college, text) == []
    assert len(holds(college, "Bo Berg")) == 1


def test_the_desk_looks_at_no_other_page(issued: College, monkeypatch: pytest.MonkeyPatch) -> None:
    """One person's change reads, writes and removes that person's folders alone, however many there are."""
    other, looked = issued.page("Bo Berg"), list[str]()
    scan = files.scan
    monkeypatch.setattr(files, "scan", lambda folder: scan(looked.append(str(folder)) or folder))  # type: ignore[func-returns-value]
    issued.do(desk.rotate, "L1", "link was forwarded")
    # The new link's folder is made and not looked for, and what certificates say is what it was.
    assert not [folder for folder in looked if "/c/" in folder or "/verify/" in folder]
    assert other.is_dir()
    assert issued.run().mismatches == []


def work(college: College) -> dict[str, int]:
    """What each command asks of SQLite, in hundreds of its instructions, beside a web host."""
    college.environment["PUBLISH_TO"] = str(college.root / "host")
    college.run()
    number, count = number_of(college, "L2", "participation"), 0

    def tick() -> int:
        nonlocal count
        count += 1
        return 0

    found = {}
    with college.project() as project:
        deeds: list[tuple[str, Callable[[], Any]]] = [
            ("resend", lambda: [desk.resend(project, "L1", None)[1]]),
            ("correct", lambda: desk.correct(project, "L1", desk.Change(name="Ana Alba"), "asked", True)[1]),
            ("rotate", lambda: [desk.rotate(project, "L1", "forwarded")[1]]),
            ("withdraw", lambda: standing.withdraw(project, number, "by mistake") and []),
            ("reinstate", lambda: standing.reinstate(project, number, "it was right") and []),
            ("hold", lambda: desk.hold(project, "L1", "asked") and []),
        ]
        for name, deed in deeds:
            count = 0
            project.ledger._db.set_progress_handler(tick, 100)
            assert all(one.state == "sent" for one in send.send_these(project, deed()).messages)
            project.ledger._db.set_progress_handler(None, 0)
            found[name] = count
    return found


@pytest.mark.usefixtures("proved")
def test_the_desk_does_not_slow_down_as_the_ledger_grows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each command asks the ledger of one person and reads no list of all: with thirty times as many people
    it does the same work."""
    monkeypatch.setattr("pipeline.workflow.render.render_many", quick_paper)
    works = []
    for people in (10, 300):
        (tmp_path / str(people)).mkdir()
        college = College(tmp_path / str(people))
        rows = (
            f"meeting-2025,L{at},p{at}@example.org,Ana {'abcdefghij'[at % 10] * (1 + at // 10)},5,"
            + ("yes" if at % 10 else "no")
            for at in range(1, people + 1)
        )
        college.take(*rows, header=HEADER, send=False)
        works.append(work(college))
    few, many = works
    assert {name: count for name, count in many.items() if count > few[name] * 1.5 + 5} == {}


@pytest.mark.parametrize("host", [False, True], ids=["no host", "a host"])
@pytest.mark.usefixtures("proved")
def test_a_closed_link_dies_although_the_command_was_killed(
    issued: College, monkeypatch: pytest.MonkeyPatch, host: bool
) -> None:
    """Killed after the new link was on record: the next command of the desk, whoever it is for, ends it."""
    if host:
        issued.environment["PUBLISH_TO"] = str(issued.root / "host")
        issued.run()
    old = issued.page("Ana Alva").name

    def killed(*_args: object, **_options: object) -> None:
        raise KeyboardInterrupt

    with issued.project() as project, monkeypatch.context() as patch:
        patch.setattr(release, "publish_site" if host else "build_pages", killed)
        with pytest.raises(KeyboardInterrupt):
            desk.rotate(project, "L1", "forwarded")
    hosted = issued.root / "host" / "current" / "c" / old
    assert hosted.is_dir() == host
    issued.do(desk.resend, "L2", None)
    assert not (issued.output / "c" / old).exists()
    assert not hosted.exists()
    with issued.project() as project:
        assert project.ledger.builds.gone() == []
    assert issued.run().mismatches == []
