"""Wrong circumstances, which a program would believe: nothing is deleted or mailed until staff say so."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.backup import write_backup
from pipeline.ledger import copy_file
from tests.support.college import TODAY, College
from tests.support.shell import Shell, digest

ANA = "meeting-2025,L1,ana@example.org,Ana Lopez,MD,yes,,10,,,yes"
BEN = "meeting-2025,L2,ben@example.org,Ben Ode,MD,yes,,5,,,yes"
YEARS_AHEAD = dt.date(2032, 11, 14)


@pytest.fixture
def shell(quick_college: College, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Two people have their certificates."""
    shell = Shell(quick_college, monkeypatch)
    shell("run", quick_college.claims(ANA, BEN), "--yes", "--workers", 1)
    return shell


def stopped(shell: Shell, *words: object, today: dt.date = TODAY) -> list[str]:
    """The command stops, and nothing at all has changed; the names of what it says."""
    before = digest(shell.college.root)
    said = shell(*words, today=today, status=5)
    after = digest(shell.college.root)
    assert {name for name in {**before, **after} if before.get(name) != after.get(name)} <= UNTOLD
    assert "Nothing was done" in said.stderr
    return said.stderr.partition("--accept ")[2].strip().split(",")


UNTOLD = {"var/lock", "var/ledger.sqlite3-shm", "var/ledger.sqlite3-wal", "var/ledger.sqlite3"}


@pytest.mark.parametrize("words", [("run", "--yes"), ("run",), ("purge",), ("build",), ("send", "--yes")])
def test_a_clock_years_ahead_deletes_nothing(shell: Shell, words: tuple[str, ...]) -> None:
    assert stopped(shell, *words, today=YEARS_AHEAD) == ["clock"]
    assert "Nothing is past retention" in shell("purge").stdout


def test_a_clock_that_went_back_is_said(shell: Shell) -> None:
    assert stopped(shell, "run", "--yes", today=TODAY - dt.timedelta(days=1)) == ["clock"]


def test_what_is_accepted_is_done_and_on_record(shell: Shell) -> None:
    shell("purge", "--accept", "clock", today=YEARS_AHEAD)
    assert shell.college.certificates(YEARS_AHEAD) == []
    with shell.college.project(YEARS_AHEAD) as project:
        entries = project.ledger._db.execute("SELECT detail FROM audit WHERE action = 'accept'").fetchall()
    assert [row[0].split(":")[0] for row in entries] == ["clock"]


def test_a_name_that_is_no_stop_is_refused(shell: Shell) -> None:
    assert "there is no stop clok" in shell("purge", "--accept", "clok", status=2).stderr


def test_check_tells_what_a_run_would_stop_for(shell: Shell) -> None:
    claims = shell.college.root / "claims-1.csv"
    assert stopped(shell, "check", claims, today=YEARS_AHEAD) == ["clock"]
    found = json.loads(shell("check", claims, "--json", today=YEARS_AHEAD, status=5).stdout)
    assert [stop["name"] for stop in found["stops"]] == ["clock"]
    assert shell.json("check", claims, "--accept", "clock", today=YEARS_AHEAD)["stops"] == []
    assert shell.json("check", claims)["stops"] == []


def test_a_script_is_told_as_json(shell: Shell) -> None:
    said = json.loads(shell("run", "--json", today=YEARS_AHEAD, status=5).stdout)
    (stop,) = said["stops"]
    assert sorted(stop) == ["file", "name", "rows", "text"]
    assert stop["name"] == "clock"


def lose_ledger(shell: Shell, how: str) -> Path:
    """A failed copy leaves it empty; or it is gone."""
    ledger = shell.college.data / "ledger.sqlite3"
    for suffix in ("-wal", "-shm"):
        ledger.with_name(ledger.name + suffix).unlink(missing_ok=True)
    ledger.write_bytes(b"") if how == "emptied" else ledger.unlink()
    return ledger


@pytest.mark.parametrize("how", ["emptied", "gone"])
def test_an_empty_ledger_takes_nothing_along(shell: Shell, how: str) -> None:
    """A failed copy, or a file that was deleted: the vault holds the last copies."""
    ledger = lose_ledger(shell, how)
    for words in (("run", "--yes"), ("purge",), ("build",)):
        assert stopped(shell, *words) == ["empty-ledger"]
    assert len(list((shell.college.data / "vault").glob("*/*"))) == 4
    assert len(list((shell.college.output / "c").glob("*/*-certificate-*.pdf"))) == 4
    assert ledger.exists() is (how == "emptied")


@pytest.mark.parametrize("how", ["emptied", "gone"])
def test_a_backup_comes_back_over_a_ledger_with_nothing_in_it(shell: Shell, how: str, tmp_path: Path) -> None:
    """Neither a failed copy nor a command that was stopped since leaves what --force would be needed for."""
    shell("backup", tmp_path / "b.tar")
    lose_ledger(shell, how)
    stopped(shell, "run", "--yes")
    assert "What was done since the backup is not known" in shell("restore", tmp_path / "b.tar").stdout
    assert len(shell.college.certificates()) == 4
    assert "holds a ledger already" in shell.refused("restore", tmp_path / "b.tar")


def test_an_older_ledger_loses_nothing(shell: Shell, tmp_path: Path) -> None:
    """A snapshot of the file is put back by hand: what was issued since is the last copy of it."""
    college, ledger = shell.college, shell.college.data / "ledger.sqlite3"
    older = tmp_path / "older.sqlite3"
    shutil.copy(ledger, older)
    shell("run", college.claims("meeting-2025,L3,cy@example.org,Cy Ray,MD,yes,,4,,,yes"), "--workers", 1)
    shutil.copyfile(older, ledger)  # the same file as far as the file system knows
    assert stopped(shell, "run", "--yes") == ["older-ledger"]
    shell("run", "--accept", "older-ledger", "--no-send")
    assert len(list((college.data / "aside").iterdir())) == 2
    assert len(list((college.data / "vault").glob("*/*"))) == 4


def test_what_an_older_ledger_lacks_comes_back(shell: Shell, tmp_path: Path) -> None:
    """What was issued since, from the pages that the newer one made; nobody is told twice."""
    college, ledger = shell.college, shell.college.data / "ledger.sqlite3"
    shutil.copy(ledger, tmp_path / "older.sqlite3")
    shell("run", college.claims(CY), "--yes", "--workers", 1)
    before, pages, told = issued(shell), shown(shell), mails(shell)
    shutil.copyfile(tmp_path / "older.sqlite3", ledger)
    assert "restore --rebuild" in shell("run", "--yes", status=5).stderr
    shell("restore", "--rebuild")
    assert (issued(shell), shown(shell)) == (before, pages)
    shell("run", college.root / "claims-2.csv", "--yes", "--workers", 1)
    assert (issued(shell), shown(shell), mails(shell)) == (before, pages, told)


def test_who_was_erased_since_a_backup_is_named(shell: Shell, tmp_path: Path) -> None:
    """The ledger that knew of the erasure is lost: that the page is gone tells of it."""
    shell("backup", tmp_path / "b.tar")
    shell("forget", "L2", "--reason", "asked", "--yes")
    lose_ledger(shell, "gone")
    said = shell("restore", tmp_path / "b.tar").stderr
    assert "without a page in output/: Ben Ode <ben@example.org>; who was erased since is back" in said
    assert "Ana" not in said


@pytest.mark.parametrize("words", [("verify",), ("run", "--yes"), ("status",), ("backup", "b.tar")])
def test_a_foreign_trigger_in_the_ledger_is_named(shell: Shell, words: tuple[str, ...]) -> None:
    spoil(shell.college.data / "ledger.sqlite3")
    assert "is not as certs makes it: it has a foreign trigger spy." in shell.refused(*words)


def test_a_foreign_trigger_does_not_come_in_by_a_backup(shell: Shell, tmp_path: Path) -> None:
    """A well-formed one, of a ledger that somebody had at hand."""
    college = shell.college
    spoil(college.data / "ledger.sqlite3")
    digests = [(path.name, path.stat().st_size) for path in (college.data / "vault").glob("*/*")]
    write_backup(
        tmp_path / "b.tar",
        lambda path: copy_file(college.data / "ledger.sqlite3", path),
        lambda _: digests,
        college.data / "vault",
    )
    lose_ledger(shell, "gone")
    said = shell.refused("restore", tmp_path / "b.tar")
    assert "nothing was restored: The ledger ledger.sqlite3 is not as certs makes it" in said
    assert not (college.data / "ledger.sqlite3").exists()


def test_a_backup_in_place_of_a_changed_ledger_undoes_no_erasure(shell: Shell, tmp_path: Path) -> None:
    """A ledger that cannot be used can be read all the same."""
    ledger = shell.college.data / "ledger.sqlite3"
    shell("backup", tmp_path / "b.tar")
    shell("forget", "L2", "--reason", "asked", "--yes")
    spoil(ledger)
    said = shell("restore", tmp_path / "b.tar", "--force").stdout
    assert "is not known" not in said
    assert b"Ben Ode" not in ledger.read_bytes()


def spoil(ledger: Path) -> None:
    with closing(sqlite3.connect(ledger)) as connection:
        connection.execute("CREATE TRIGGER spy AFTER INSERT ON audit BEGIN DELETE FROM message; END")


def test_a_copy_on_another_computer_does_not_send(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.node", lambda: "another")
    assert stopped(shell, "send", "--yes") == ["moved-ledger"]
    shell("send", "--yes", "--accept", "moved-ledger")
    shell("send", "--yes")  # once is enough


def test_a_copy_in_another_folder_does_not_send(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(shell.college.root, copy, symlinks=True)
    shell.college.root = copy
    monkeypatch.chdir(copy)
    assert stopped(shell, "send", "--yes") == ["moved-ledger"]


CY = "meeting-2025,L3,cy@example.org,Cy Ray,MD,yes,,4,,,yes"


def issued(shell: Shell, today: dt.date = TODAY) -> dict[str, tuple[str, str, str]]:
    """Number -> kind, holder and link of every certificate on record."""
    with shell.college.project(today) as project:
        rows = project.ledger._db.execute(
            "SELECT x.number, x.kind, p.name, p.token FROM certificate_and_claim x"
            " JOIN participant p ON p.id = x.participant_id ORDER BY x.number"
        )
        return {row[0]: tuple(row[1:]) for row in rows}


def shown(shell: Shell) -> dict[str, str]:
    """Every private page and PDF in output/ with its SHA-256."""
    return {
        name: value
        for name, value in digest(shell.college.output).items()
        if name.startswith(("c/", "verify/")) and value != "folder"
    }


def mails(shell: Shell) -> int:
    return len(list((shell.college.data / "outbox").glob("*/*")))


def test_what_was_issued_since_a_backup_comes_back_with_it(shell: Shell, tmp_path: Path) -> None:
    """The disk took the ledger: numbers, links, a correction and a withdrawal are what pages say; nobody is
    mailed, and the claims file says nothing new."""
    shell("backup", tmp_path / "b.tar")
    college, claims = shell.college, shell.college.claims(CY)
    shell("run", claims, "--yes", "--workers", 1)
    shell("correct", "L1", "--name", "Ana Lopez-Ray", "--reason", "married")
    number = next(one for one, (kind, name, _) in issued(shell).items() if (kind, name) == ("cme", "Ben Ode"))
    shell("withdraw", number, "--reason", "issued in error")
    before, pages, told = issued(shell), shown(shell), mails(shell)
    lose_ledger(shell, "gone")
    said = shell("restore", tmp_path / "b.tar")
    assert "5 certificates of 3 people, 1 of them not on record" in said.stderr
    assert "Taken back from pages and PDFs: 5 certificates of 3 people." in said.stdout
    assert (issued(shell), shown(shell)) == (before, pages)
    for again in (claims, college.root / "claims-1.csv"):
        done = shell.json("run", again, "--yes", "--workers", 1)
        assert [done[name] for name in ("issued", "corrected", "replaced", "sent", "mismatches")] == [
            0,
            0,
            0,
            0,
            [],
        ]
    assert (issued(shell), shown(shell), mails(shell)) == (before, pages, told)
    assert "agree" in shell("verify").stdout
    assert not (college.data / "aside").exists()


def test_what_was_told_before_a_backup_is_told_by_no_other_message(
    shell: Shell, tmp_path: Path, redesign: Callable[[], None]
) -> None:
    """A correction was mailed, then a backup made, which lacks the version of a later reissue."""
    shell("correct", "L1", "--name", "Ana Lopez-Ray", "--reason", "married", "--mail")
    shell("backup", tmp_path / "b.tar")
    redesign()
    shell("reissue", "--yes", "--workers", 1)
    told = mails(shell)
    shell("restore", tmp_path / "b.tar", "--force")
    shell("run", "--yes", "--workers", 1)
    assert mails(shell) == told
    assert "agree" in shell("verify").stdout


def test_a_lost_ledger_comes_back_from_pages_alone(shell: Shell) -> None:
    """There is no backup. The outbox tells who was mailed and where: the same message, told once."""
    before, pages, told = issued(shell), shown(shell), mails(shell)
    lose_ledger(shell, "gone")
    seen = digest(shell.college.root)
    assert (
        "4 certificates of 2 people, 2 of them not on record"
        in shell("restore", "--rebuild", "--dry-run").stderr
    )
    assert {**digest(shell.college.root), "var/lock": ""} == {**seen, "var/lock": ""}
    said = shell("restore", "--rebuild")
    assert "Read the newest claims file" not in said.stdout
    assert (issued(shell), shown(shell)) == (before, pages)
    assert shell.json("status")["messages"] == {"sent": 2}
    done = shell.json("run", shell.college.root / "claims-1.csv", "--yes", "--workers", 1)
    assert [done[name] for name in ("issued", "corrected", "unchanged", "sent", "problems")] == [
        0,
        0,
        4,
        0,
        [],
    ]
    assert (issued(shell), shown(shell), mails(shell)) == (before, pages, told)
    assert "Nobody" not in shell("find", "L1").stdout
    assert "0 certificates of 0 people" in shell("restore", "--rebuild").stdout


def test_who_has_no_address_is_recognised_in_the_claims_file(shell: Shell) -> None:
    """Mail went to a server: no file tells the addresses. Nothing is sent until staff say so."""
    college = shell.college
    before, pages = issued(shell), shown(shell)
    lose_ledger(shell, "emptied")
    shutil.rmtree(college.data / "outbox")
    assert "Read the newest claims file" in shell("restore", "--rebuild").stdout
    assert shell.json("send", "--yes")["sent"] == 0
    assert shell.json("send", "--only", "unknown", "--yes")["sent"] == 0  # there is no address
    done = shell.json("run", college.root / "claims-1.csv", "--yes", "--workers", 1)
    assert [done[name] for name in ("issued", "corrected", "unchanged", "sent", "problems")] == [
        0,
        0,
        4,
        0,
        [],
    ]
    assert (issued(shell), shown(shell)) == (before, pages)
    assert shell.json("find", "ana@example.org")[0]["name"] == "Ana Lopez"
    assert shell.json("send", "--only", "unknown", "--yes")["sent"] == 2
    assert shell.json("run", college.root / "claims-1.csv", "--yes")["sent"] == 0


def test_a_name_that_staff_corrected_is_recognised_by_the_first_paper(
    college: College, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file still has the former name; it neither undoes the correction nor makes a second person."""
    shell = Shell(college, monkeypatch)
    claims = college.claims(ANA)
    shell("run", claims, "--yes", "--workers", 1)
    shell("correct", "L1", "--name", "Anna López-Ray", "--reason", "married")
    before, pages = issued(shell), shown(shell)
    lose_ledger(shell, "gone")
    shutil.rmtree(college.data / "outbox")
    shell("restore", "--rebuild")
    done = shell.json("run", claims, "--yes", "--workers", 1)
    assert [done[name] for name in ("issued", "corrected", "unchanged", "problems")] == [0, 0, 2, []]
    assert (issued(shell), shown(shell)) == (before, pages)


@pytest.mark.usefixtures("proved")
def test_the_web_host_takes_a_ledger_that_came_back_from_pages(shell: Shell, tmp_path: Path) -> None:
    """Staff did what the stop said: the former ledger's mark there must not stop them once more."""
    host = {"PUBLISH_TO": str(tmp_path / "host")}
    shell("run", "--yes", "--workers", 1, env=host)
    lose_ledger(shell, "gone")
    shell("restore", "--rebuild", env=host)
    shell("run", shell.college.root / "claims-1.csv", "--yes", "--workers", 1, env=host)


def test_of_two_who_are_alike_staff_decide(shell: Shell) -> None:
    """The same name and the same credit: which page is whose no file tells, so no link goes to either."""
    college = shell.college
    twins = college.claims(
        "course,L7,one@example.org,Wei Zhang,MD,yes,2025-11-03,4,,,",
        "course,L8,two@example.org,Wei Zhang,MD,yes,2025-11-03,4,,,",
    )
    shell("run", twins, "--yes", "--workers", 1)
    before = issued(shell)
    lose_ledger(shell, "gone")
    shutil.rmtree(college.data / "outbox")
    shell("restore", "--rebuild")
    done = shell.json("run", twins, "--yes", "--workers", 1, status=3)
    assert (done["issued"], done["sent"], done["set_aside"]) == (0, 0, 2)
    (number, *_) = done["problems"][0]["reason"].partition("certs correct ")[2].split()
    shell("correct", number, "--email", "one@example.org", "--reason", "they showed their paper")
    done = shell.json("run", twins, "--yes", "--workers", 1)
    assert (done["issued"], done["set_aside"]) == (0, 0)
    assert issued(shell) == before


@pytest.mark.parametrize("has_file", [True, False])
def test_closed_downloads_and_activities_without_a_file_come_back(shell: Shell, has_file: bool) -> None:
    """No PDF lies beside the page then, and no file in content/ tells of the activity."""
    college, later = shell.college, TODAY + dt.timedelta(days=40)
    college.write_meeting("spring", more="Download_until: 2025-12-01\n")
    college.write_meeting("summer", start="2025-06-01", end="2025-06-02")
    rows = [
        *(f"{slug},L1,ana@example.org,Ana Lopez,MD,yes,,10,,," for slug in ("spring", "summer")),
        "spring,L2,ben@example.org,Ben Ode,MD,yes,,10,,,",
    ]
    shell("run", college.claims(*rows), "--yes", "--workers", 1)
    shell("resend", "L2", today=later)  # opens his download again
    shell("run", "--yes", today=later)
    if not has_file:
        (college.root / "content" / "activities" / "summer.md").unlink()
    before, pages = issued(shell, later), shown(shell)
    lose_ledger(shell, "gone")
    shell("restore", "--rebuild", today=later)
    assert (issued(shell, later), shown(shell)) == (before, pages)


def test_whose_certificates_are_all_withheld_is_told_of(shell: Shell) -> None:
    """Their page tells of nothing that was issued: it goes, and with it the link that they may have."""
    claims = shell.college.claims("meeting-2025,L3,cy@example.org,Cy Ray,MD,yes,,4,,,no")
    shell("run", claims, "--yes", "--workers", 1)
    lose_ledger(shell, "gone")
    said = shell("restore", "--rebuild", "--dry-run")
    assert "without a certificate: 1 page, not taken back" in said.stderr
    said = shell("restore", "--rebuild")
    assert "Read the newest claims file" in said.stdout
    shell("run", claims, "--yes", "--workers", 1)
    shell("resend", "L3")
    assert "without a certificate" not in shell("restore", "--rebuild").stderr


def test_what_no_page_tells_of_is_kept_aside(shell: Shell) -> None:
    """A page was lost with the ledger: its PDFs wait until their day, and the plan names their numbers."""
    college, before = shell.college, issued(shell)
    token = next(token for _, name, token in before.values() if name == "Ben Ode")
    shutil.rmtree(college.output / "c" / token)
    lose_ledger(shell, "gone")
    said = shell("restore", "--rebuild").stderr
    assert "2 PDFs that no page of a person tells of" in said
    assert all(number in said for number, (_, name, _) in before.items() if name == "Ben Ode")
    assert token not in said
    assert len(list((college.data / "aside").glob("*.pdf"))) == 2
    assert {name for _, name, _ in issued(shell).values()} == {"Ana Lopez"}


def test_the_last_copies_lie_beside_their_pages(shell: Shell) -> None:
    """Vault and ledger are lost: what output/ has goes into the vault first. A page of no use waits aside."""
    college, before, pages = shell.college, issued(shell), shown(shell)
    shutil.rmtree(college.data)
    stranger = college.output / "c" / ("x" * 39)
    stranger.mkdir()
    (stranger / "index.html").write_text("<p>something else</p>")
    assert stopped(shell, "restore", "--rebuild") == ["unread-pages"]
    said = shell("restore", "--rebuild", "--dry-run").stderr
    assert "would stop: 1 page of people in output/ cannot be used: it has no <main>" in said
    shell("restore", "--rebuild", "--accept", "unread-pages")
    assert (issued(shell), shown(shell)) == (before, pages)
    assert len(list((college.data / "vault").glob("*/*"))) == 4
    (kept,) = (college.data / "aside").iterdir()
    assert kept.suffix == ".html"


@pytest.mark.usefixtures("proved")
@pytest.mark.parametrize("source", ["their facts", "a backup", "the web host"])
def test_pages_alone_are_enough_where_pdfs_can_be_had(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    """No page tells how many bytes a PDF has: that is learnt when it is back. Staff do what they are told."""
    college, before, pages = shell.college, issued(shell), shown(shell)
    shell("backup", tmp_path / "b.tar")
    if source == "the web host":
        college.environment["PUBLISH_TO"] = str(tmp_path / "host")
        shell("publish")
    shutil.rmtree(college.data)
    for path in college.output.glob("c/*/*.pdf"):
        path.unlink()
    with monkeypatch.context() as patch:
        if source != "their facts":
            patch.setattr("pipeline.workflow.render.render_many", lambda *_: iter(()))
        said = shell("restore", "--rebuild").stderr
        assert "their PDFs: 4 nowhere" in said
        if source == "a backup":
            assert "certs restore BACKUP --lost" in said
            assert "Put back into the vault: 4 PDFs" in shell("restore", tmp_path / "b.tar", "--lost").stdout
        shell("run", "--yes", "--workers", 1)
    assert (issued(shell), shown(shell)) == (before, pages)
    assert not (college.data / "aside").exists()
    assert "agree" in shell("verify").stdout
    shell("backup", tmp_path / "b2.tar")


def test_who_is_past_retention_or_held_stays_as_they_were(shell: Shell) -> None:
    shell("hold", "L2", "--reason", "court")
    lose_ledger(shell, "gone")
    later = dt.date(2031, 10, 30)
    said = shell("restore", "--rebuild", today=later)
    assert "past retention: 2 certificates, not taken back" in said.stderr
    assert {name for _, name, _ in issued(shell, later).values()} == {"Ben Ode"}
    assert "Nothing is past retention" in shell("purge", today=later).stdout


def test_an_older_page_undoes_nothing(shell: Shell, tmp_path: Path) -> None:
    """A link that was replaced, and a copy of the former page that somebody put back: it stays dead."""
    former = next(token for _, name, token in issued(shell).values() if name == "Ana Lopez")
    shutil.copytree(shell.college.output / "c" / former, tmp_path / "page", symlinks=True)
    shell("rotate", "L1", "--reason", "leaked")
    before = issued(shell)
    shutil.copytree(tmp_path / "page", shell.college.output / "c" / former)
    os.utime(shell.college.output / "c" / former / "index.html", (0, 0))
    for lost in (False, True):
        if lost:
            lose_ledger(shell, "gone")
        shell("restore", "--rebuild")
        assert issued(shell) == before
        assert not (shell.college.output / "c" / former).exists()
        shutil.copytree(tmp_path / "page", shell.college.output / "c" / former)
        os.utime(shell.college.output / "c" / former / "index.html", (0, 0))


def test_what_lies_aside_is_kept_as_long_as_paper_says_and_no_longer(college: College) -> None:
    """The file says itself until when: the ledger that knew it is lost."""
    college.take(ANA)
    with college.project() as project:
        project.ledger._db.execute("DELETE FROM certificate")
    with college.project() as project:
        from pipeline.workflow.retention import purge

        purge(project)
    (one, *_), names = sorted((college.data / "aside").iterdir()), []
    assert one.name.startswith("2031-10-29-")
    for day, left in (("2031-10-29", 2), ("2031-10-30", 0)):
        with college.project(dt.date.fromisoformat(day)) as project:
            purge(project)
        names = list((college.data / "aside").iterdir())
        assert len(names) == left


def test_a_backup_is_not_written_where_all_can_see_it(shell: Shell, tmp_path: Path) -> None:
    """It holds the ledger with every private link, and output/, content/ and theme/ are published."""
    for folder in ("output", "output/c", "content/images", "theme/static"):
        assert "shown to everybody" in shell.refused("backup", f"{folder}/b.tar")
    shown = {"PUBLISH_TO": str(tmp_path / "host")}
    assert "shown to everybody" in shell.refused("backup", tmp_path / "host" / "b.tar", env=shown)


@pytest.mark.parametrize("stray", ["b.tar", "old/ledger.sqlite3"])
def test_what_the_build_did_not_make_is_neither_shown_nor_deleted(shell: Shell, stray: str) -> None:
    path = shell.college.output / stray
    path.parent.mkdir(exist_ok=True)
    path.write_text("a private thing")
    for words in (("run", "--yes"), ("build",), ("publish",)):
        assert stopped(shell, *words) == ["stray-output"]
    shell("build", "--accept", "stray-output")
    assert not path.exists()
