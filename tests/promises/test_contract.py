"""Every command as staff and scripts meet it: words, JSON, exit status, and what it leaves alone."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.errors import CertsError
from pipeline.lock import lock
from pipeline.mail import Summary
from pipeline.rules.text import counted
from tests.support.college import HEADER, HERE, TODAY, College
from tests.support.documents_kit import text_of
from tests.support.shell import COUNTS, FATES, KINDS, Shell, digest, program

ANA = "meeting-2025,L1,ana@example.org,Ana Alva,MD,yes,,12.25,,,yes"
BO = "meeting-2025,L2,bo@example.org,Bo Berg,,yes,,20,10.5,5,yes"
CY = "meeting-2025,L3,cy@example.org,Cy Cole,,yes,,5,,,no"
BAD = "meeting-2025,L4,dee-at-example,Dee Doe,,yes,,7.1,,,yes"
OLD = "old-meeting,L5,eve@example.org,Eve Elm,,yes,,5,,,"
COURSE = "course,L1,ana@example.org,Ana Alva,MD,,2025-11-01,3,,,"


@pytest.fixture
def issued(shell: Shell) -> Shell:
    """Ana and Bo were told of their certificates; Cy's are withheld."""
    shell("run", shell.college.claims(ANA, BO, CY), "--yes", "--workers", 1)
    return shell


def number(shell: Shell, who: str, kind: str = "cme") -> str:
    (person,) = shell.json("find", who)
    return next(str(one["number"]) for one in person["certificates"] if one["kind"] == kind)


class TestRun:
    def test_json_is_the_contracts_object(self, shell: Shell) -> None:
        """Its keys, whole numbers, every kind, and each problem with file, row, field and reason."""
        claims = shell.college.claims(ANA, BO, CY, BAD, OLD)
        found = shell.json("run", claims, "--yes", "--workers", 1, status=3)
        assert set(found) == {
            *COUNTS,
            *FATES,
            "by_kind",
            "problems",
            "cautions",
            "mismatches",
            "stops",
            "not_taken",
            "not_awarded",
            "unmailed",
            "written_to",
        }
        assert all(type(found[name]) is int for name in (*COUNTS, *FATES))
        assert {name: found[name] for name in (*COUNTS, *FATES) if found[name]} == {
            "rows": 5,
            "issued": 4,
            "withheld": 2,
            "set_aside": 1,
            "expired": 2,  # Participation and CME of one row
            "sent": 3,
        }
        assert list(found["by_kind"]) == KINDS
        assert list(found["by_kind"].values()) == [2, 1, 0, 0, 1]
        assert {one["field"] for one in found["problems"]} == {"email", "cme_credits"}
        for one in found["problems"]:
            assert set(one) == {"file", "row", "field", "reason"}
            assert (one["file"], one["row"]) == (claims.name, 5)
        assert found["mismatches"] == []

    def test_scripts_are_told_too(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        """With --json, and by `certs send`: that nobody could be asked, or why sending stopped."""
        result = shell("run", shell.college.claims(ANA), "--json", "--workers", 1)
        assert "1 message waits: nobody could be asked" in result.stderr
        assert "nobody could be asked" in shell("send").stderr
        assert "nobody could be asked" in shell("send", "--json").stderr
        monkeypatch.setattr(
            "pipeline.workflow.transport.deliver_to_maildir", lambda *_: Summary(halted="the server is away")
        )
        for words in (("run", "--yes", "--json", "--workers", 1), ("send", "--yes", "--json")):
            result = shell(*words, status=3)
            assert json.loads(result.stdout)["queued"] == 1
            assert "Sending stopped: the server is away" in result.stderr

    def test_limit(self, shell: Shell) -> None:
        """So many messages and no more; the rest wait for the next time."""
        found = shell.json("run", shell.college.claims(ANA, BO), "--yes", "--limit", 1, "--workers", 1)
        assert (found["sent"], found["queued"]) == (1, 1)
        found = shell.json("send", "--yes", "--limit", 5)
        fates = {"queued": 0, "sent": 1, "deferred": 0, "failed": 0, "unknown": 0}
        assert found == {**fates, "stops": [], "written_to": "var/outbox"}
        assert len(shell.college.mails()) == 2

    def test_rejects_are_mended_and_given_back(self, shell: Shell) -> None:
        """Columns and cells as given, then row and reason; the mended file alone completes the run."""
        other = BAD.replace("dee-at-example", "dee@example.org").replace("L4", "L6")
        result = shell("run", shell.college.claims(ANA, BAD, other), "--yes", "--workers", 1, status=3)
        (rejects,) = (shell.college.data / "rejects").glob("*")
        assert rejects.name == f"claims-1-{TODAY}.csv"
        assert rejects.name in result.stdout.replace("\n", "")
        with rejects.open(encoding="utf-8-sig", newline="") as stream:
            header, *rows = list(csv.reader(stream))
        assert header == [*HEADER.strip().split(","), "row", "reason"]
        assert [row[:-2] for row in rows] == [BAD.split(","), other.split(",")]
        assert [row[-2] for row in rows] == ["3", "4"]
        assert "email: " in rows[0][-1]
        assert "cme_credits: " in rows[0][-1]
        assert "email: " not in rows[1][-1]

        text = rejects.read_text(encoding="utf-8-sig")
        text = text.replace("dee-at-example", "dora@example.org").replace("7.1", "7.25")
        rejects.write_text(text.replace("Dee", "Dora", 1), encoding="utf-8")
        found = shell.json("run", rejects, "--yes", "--workers", 1)
        assert (found["rows"], found["issued"], found["sent"], found["problems"]) == (2, 4, 2, [])


class TestNothingIsChanged:
    @pytest.mark.parametrize("words", [("check",), ("run", "--dry-run"), ("run", "--dry-run", "--yes")])
    def test_before_anything_is_on_record(self, shell: Shell, words: tuple[str, ...]) -> None:
        """The folder of private data holds the review, and nothing else."""
        words = (*words, str(shell.college.claims(ANA, CY, BAD)))
        before = digest(shell.college.root)
        shell(*words, status=3)
        found = shell.json(*words, status=3)
        assert digest(shell.college.root) == before
        assert os.listdir(shell.college.data) == ["review"]
        assert (found["issued"], found["withheld"], found["set_aside"]) == (2, 2, 1)

    def test_when_much_is(self, issued: Shell) -> None:
        """Every command that only looks leaves the whole folder, byte for byte."""
        issued("run", issued.college.claims(COURSE), "--no-send", "--workers", 1)
        more = issued.college.claims(CY.replace(",no", ",yes"), BAD, OLD)
        before = digest(issued.college.root)
        for words, status in (
            (("check", more), 3),
            (("run", more, "--dry-run"), 3),
            (("run", "--dry-run"), 0),
            (("find", "alva"), 0),
            (("find", "Nobody Atall"), 1),
            (("status",), 0),
            (("send", "--dry-run"), 0),
            (("purge", "--dry-run"), 0),
        ):
            issued(*words, status=status)
            assert digest(issued.college.root) == before, words
        for words in (("run", more, "--dry-run"), ("purge", "--dry-run"), ("status",)):
            issued(*words, today=dt.date(2033, 1, 1), status=None)  # everything is past retention, and stays
            assert digest(issued.college.root) == before, words

    @pytest.mark.parametrize("words", [("status",), ("find", "x", "--json"), ("send", "--dry-run")])
    def test_looking_makes_no_folder(self, shell: Shell, words: tuple[str, ...]) -> None:
        """Where there is no ledger yet they look at an empty one."""
        shell(*words)
        assert not shell.college.data.exists()

    def test_bad_input_stops_before_any_effect(self, issued: Shell) -> None:
        """Missing, empty, a folder, unknown activity, no needed column: a sentence that names it, a hint."""
        college = issued.college
        good = college.claims(COURSE)
        bad = {
            college.root / "none.csv": "none.csv",
            college.root: "college",
            college.claims(header="", name="empty.csv"): "empty.csv",
            college.claims(ANA.replace("meeting-2025", "unheard-of")): "unheard-of",
            college.claims("meeting-2025,Ana", header="activity,name\n", name="short.csv"): "email",
        }
        before = digest(college.root)
        for path, named in bad.items():
            for words in (("run", good, path, "--yes", "--workers", 1), ("check", path)):
                assert named in issued.refused(*words)
        after = digest(college.root)
        assert {name for name in {*before, *after} if before.get(name) != after.get(name)} <= {"var/lock"}


class TestCheck:
    def test_json_counts_what_a_run_would_do(self, issued: Shell) -> None:
        """The same figures that the run reports afterwards, without those of mail."""
        later = issued.college.claims(
            ANA.replace("Alva", "Álva"),
            BO,
            CY.replace(",no", ",yes"),
            OLD,
            COURSE.replace("Alva", "Álva"),
            BAD,
        )
        found = issued.json("check", later, status=3)
        details = {
            "stops",
            "to_mail",
            "planned",
            "sealed",
            "signed",
            "withheld_by",
            "set_aside_by_reason",
            "past_retention",
            "purged_by",
            "changes",
            "withheld_people",
            "would_mail",
            "sample_mail",
            "mail_days",
            "not_awarded",
            "files",
            "written_to",
        }
        assert set(found) == {*COUNTS, "by_kind", "problems", "cautions", "not_taken", *details}
        assert all(type(found[name]) is int for name in COUNTS)
        assert list(found["by_kind"]) == KINDS
        done = issued.json("run", later, "--no-send", "--workers", 1, status=3)
        assert {name: done[name] for name in found if name not in details} == {
            name: found[name] for name in found if name not in details
        }
        assert [found[name] for name in COUNTS] == [6, 4, 2, 0, 0, 2, 1, 2, 0]

    def test_says_what_and_why(self, shell: Shell) -> None:
        """Counts by activity and kind, what is withheld why, each problem as file:row: field: reason."""
        text = shell("check", shell.college.claims(ANA, BO, CY, COURSE, BAD), status=3).stdout
        assert re.search(r"meeting-2025 +Certificate of Participation +issue +2 *$", text, re.MULTILINE)
        assert re.search(r"course +CME Certificate +issue +1 *$", text, re.MULTILINE)
        assert re.search(r"meeting-2025 .*withheld: evaluation not completed +1 *$", text, re.MULTILINE)
        assert re.search(r"^claims-1.csv:6: email: .+$", text, re.MULTILINE)

    def test_says_who_would_be_mailed_about_what(self, shell: Shell) -> None:
        """Each person once, with what is new or missing; and what waits."""
        claims = shell.college.claims(ANA, BO, COURSE, CY)
        said = shell("run", claims, "--dry-run").stdout
        assert "3 people would get a mail, which is written to var/outbox" in said
        assert ": 2 new, 1 withheld:" in said
        lines = [line.strip() for line in said.splitlines() if ">: " in line]
        assert lines[0].startswith("Ana Alva <ana@example.org>: Certificate of Participation (course), ")
        assert lines[0].count("CME Certificate (course)") == 1
        shell("run", claims, "--no-send", "--workers", 1)
        assert shell.json("check", claims)["to_mail"] == 0
        assert "3 messages wait from before" in shell("run", claims, "--dry-run").stdout

    def test_says_how_many_of_what(self, issued: Shell) -> None:
        """Rows set aside by reason, the most frequent first, and what is past retention by activity and kind:
        in words, and in JSON beside what is planned and withheld, in figures that add up."""
        bare = [ANA.replace("L1", f"B{at}").replace("ana@example.org", "") for at in range(3)]
        later = issued.college.claims(
            BO.replace("10.5,5", "10.5,"),
            CY,
            BAD,
            OLD,
            OLD.replace("L5", "L6").replace(",5,", ",,"),
            COURSE,
            *bare,
        )
        removals = ("check", later, "--allow-removals")
        found = issued.json(*removals, status=3)
        assert found["set_aside_by_reason"][0] == {"field": "email", "reason": "is missing", "rows": 3}
        assert [one["rows"] for one in found["set_aside_by_reason"]] == [3, 1, 1]  # two of one row
        assert {(one["field"], one["reason"]) for one in found["set_aside_by_reason"]} == {
            (one["field"], one["reason"]) for one in found["problems"]
        }
        assert found["past_retention"] == [
            {"activity": "old-meeting", "kind": "cme", "certificates": 1},
            {"activity": "old-meeting", "kind": "participation", "certificates": 2},
        ]
        assert found["planned"] == [
            {"activity": "course", "kind": "cme", "action": "issue", "certificates": 1},
            {"activity": "course", "kind": "participation", "action": "issue", "certificates": 1},
            {"activity": "meeting-2025", "kind": "cme-abim", "action": "replace", "certificates": 1},
        ]
        missing = {"activity": "meeting-2025", "missing": ["evaluation"], "certificates": 1}
        assert found["withheld_by"] == [{**missing, "kind": kind} for kind in ("cme", "participation")]
        assert (found["set_aside"], found["expired"], found["issued"], found["withheld"]) == (4, 3, 3, 2)
        text = issued(*removals, status=3).stdout
        assert re.search(r"old-meeting +CME Certificate +nothing: past retention +1 *$", text, re.MULTILINE)
        assert re.search(r"^set aside: 3 rows: email: is missing\nset aside: 1 row: ", text, re.MULTILINE)

        much = [BAD.replace("7.1", f"{at}.1") for at in range(7, 29)]
        text = issued("check", issued.college.claims(*much), status=3).stdout
        assert "\n... and 3 more reasons: all of them with --json\n" in text
        late = dt.date(2031, 10, 30)
        found = issued.json("check", later, "--accept", "clock", today=late)
        assert found["purged_by"] == [
            {"activity": "meeting-2025", "activity_date": "2025-10-29", "certificates": 4}
        ]
        text = issued("check", later, "--accept", "clock", today=late).stdout
        assert "past retention, deleted by a run: 4 certificates of meeting-2025\n" in text

    def test_names_whom_it_withholds_from_as_a_run_does(self, shell: Shell) -> None:
        """Each person once for all certificates that wait for the same; of many the first."""
        others = [CY.replace("Cy", f"Cy {chr(65 + at)}").replace("L3", f"X{at}") for at in range(21)]
        others = [row.replace("cy@", f"cy{at}@") for at, row in enumerate(others)]
        claims = shell.college.claims(ANA, CY, *others)
        words = "withheld: meeting-2025: evaluation not completed: 22 people\n  Cy A Cole <cy0@example.org>\n"
        for command in (("check", claims), ("run", claims, "--no-send", "--workers", 1)):
            text = shell(*command).stdout
            assert words in text
            assert "\n  ... and 2 more\n" in text
        assert shell.json("status")["withheld"] == shell.json("run", claims, "--no-send")["withheld"] == 44

    def test_says_that_there_is_nothing_to_do(self, issued: Shell) -> None:
        """No empty table."""
        text = issued("check", issued.college.claims(ANA, name="again.csv", header=HEADER)).stdout
        assert "Nothing to do.\n" in text
        assert "What a run would do" not in text


class TestFindAndStatus:
    def test_find_json(self, issued: Shell) -> None:
        """The contract's keys and forms, and no link unless it is asked for."""
        (person,) = issued.json("find", "BERG")
        assert set(person) >= {"email", "name", "learner_id", "certificates", "messages"}
        assert "link" not in person
        assert (person["email"], person["name"], person["learner_id"]) == ("bo@example.org", "Bo Berg", "L2")
        assert {one["kind"] for one in person["certificates"]} == {"participation", "cme-abim-abp"}
        for one in person["certificates"]:
            assert set(one) >= {
                "number", "kind", "activity", "issued_on", "standing", "kept_until", "pdf_sha256"
            }  # fmt: skip
            assert (one["activity"], one["issued_on"]) == ("meeting-2025", "2025-11-14")
            assert (one["standing"], one["kept_until"]) == ("valid", "2031-10-29")
            assert re.fullmatch(r"[0-9a-f]{64}", one["pdf_sha256"])
            assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}", one["number"])
        (message,) = person["messages"]
        assert set(message) >= {"kind", "state", "at", "response"}
        assert (message["kind"], message["state"]) == ("new", "sent")
        assert dt.datetime.fromisoformat(message["at"]).tzinfo
        assert issued.json("find", "Nobody Atall") == []

    def test_status_json(self, issued: Shell) -> None:
        """What waits, what failed and why, what expires next: whole numbers and lists."""
        issued("run", issued.college.claims(COURSE), "--no-send", "--workers", 1)
        found = issued.json("status", today=dt.date(2031, 10, 20))
        assert set(found) >= {"messages", "waiting", "failed", "unknown", "problems", "expiring"}
        assert found["messages"] == {"queued": 1, "sent": 3}
        assert found["waiting"] == [{"activity": "course", "kind": "new", "messages": 1}]
        assert (found["failed"], found["unknown"], found["problems"]) == ([], [], [])
        assert found["expiring"] == {"30": 6, "90": 6, "365": 6}
        assert issued.json("status", today=dt.date(2031, 10, 30))["past_retention"] == 4

    def test_several_people_are_listed_and_nothing_is_done(self, issued: Shell) -> None:
        """WHO must be one person."""
        shared = issued.college.claims(ANA.replace("L1", "L9").replace("Ana Alva", "Al Alva"))
        issued("run", shared, "--yes", "--workers", 1)
        before = digest(issued.college.output), len(issued.college.mails())
        for words in (("resend",), ("rotate", "--reason", "r"), ("correct", "--name", "X", "--reason", "r")):
            text = issued(*words, "ana@example.org", status=1).stderr
            assert "Ana Alva" in text
            assert "Al Alva" in text
            assert not any(path.name in text for path in (issued.college.output / "c").iterdir())
        assert (digest(issued.college.output), len(issued.college.mails())) == before


class TestDesk:
    def test_every_deed_is_one_command(self, issued: Shell) -> None:
        """resend, correct, withdraw, reinstate, rotate: done, mailed where the contract says, on record."""
        college, who = issued.college, "ana@example.org"
        page = college.page("Ana Alva")
        assert "sent" in issued("--actor", "Desk One", "resend", "L1").stdout
        cme = number(issued, "L1")
        issued("correct", cme, "--name", "Ana Álva", "--reason", "accent", env={"CERTS_ACTOR": "Desk Two"})
        assert len(college.mails()) == 4
        issued("correct", who, "--credentials", "DO", "--reason", "asked", "--mail")
        assert len(college.mails()) == 5
        issued("withdraw", cme, "--reason", "mistake")
        assert {path.name.split("-")[3] for path in page.glob("*-certificate-*.pdf")} == {"participation"}
        issued("reinstate", cme, "--reason", "no mistake")
        assert len(list(page.glob("*-certificate-*.pdf"))) == 2
        issued("rotate", who, "--reason", "leaked")
        assert not page.exists()
        assert len(college.mails()) == 6
        told = [mail["To"].addresses[0].addr_spec for mail in college.mails()]
        assert sorted(told) == [*[who] * 4, "bo@example.org", "cy@example.org"]
        with college.project(locked=False) as project:
            trail = [(deed.actor, deed.action) for deed in project.ledger.audit.of(1)]
        assert trail[:2] == [("Desk One", "resend"), ("Desk Two", "correct")]
        assert [action for _, action in trail][2:] == ["correct", "withdraw", "reinstate", "rotate"]
        assert issued("verify").stdout.startswith("Ledger, vault, output and audit trail agree")

    @pytest.mark.parametrize(
        "words",
        [
            ("correct", "L1", "--name", "New Name"),
            ("correct", "L1", "--reason", "r"),
            ("correct", "L1", "--email", "no address", "--reason", "r"),
            ("correct", "L1", "--name", "A\u202eb", "--reason", "r"),
            ("rotate", "L1"),
            ("withdraw", "X"),
            ("check",),
            ("run", "--limit", "0"),
            ("run", "--frobnicate"),
            ("frobnicate",),
            ("send", "--only", "sent"),
        ],
        ids=" ".join,
    )
    def test_wrong_use_is_status_2_and_changes_nothing(self, issued: Shell, words: tuple[str, ...]) -> None:
        """A missing reason, an unknown option, a value that cannot be: how to write it, nothing done."""
        before = digest(issued.college.root)
        result = issued(*words, status=2)
        assert "Error:" in result.stderr
        assert result.stdout == ""
        assert digest(issued.college.root) == before


class TestRefusals:
    def test_another_run_holds_the_lock(self, issued: Shell) -> None:
        """Exit status 4 names who and since when; commands that only look go on."""
        claims = issued.college.claims(COURSE)
        with lock(issued.college.data, "Nora at the desk", "2025-11-14T08:00:00-05:00"):
            for words in (("run", claims), ("send",), ("build",), ("purge",), ("resend", "L1"), ("verify",)):
                said = issued.refused(*words, status=4)
                assert "Nora at the desk" in said
                assert "2025-11-14T08:00:00-05:00" in said
            (issued.college.data / "lock").unlink()  # whoever is impatient removes the file that names her
            assert "did not say who" in issued.refused("send", "--yes", status=4)
            for looks in (("check", claims), ("run", claims, "--dry-run"), ("find", "ana"), ("status",)):
                issued(*looks)
        issued("build")

    @pytest.mark.parametrize(
        "url", ["http://certs.example.org", "http://localhost:8000", "https://localhost", "https://127.0.0.1"]
    )
    def test_real_mail_needs_a_real_site(self, shell: Shell, url: str) -> None:
        """Nothing is sent while the links would lead nowhere or could be read on the way; all of it waits."""
        claims = shell.college.claims(ANA)
        env = {"SITE_URL": url, "SMTP_HOST": "127.0.0.1", "SMTP_PORT": "9"}
        for words in (("run", claims, "--yes", "--workers", 1), ("send", "--yes")):
            text = shell(*words, status=1, env=env).stderr
            assert f"SITE_URL is {url}" in text
        assert shell.json("status")["messages"] == {"queued": 1}

    def test_publish_needs_a_host(self, issued: Shell) -> None:
        """PUBLISH_TO is empty: a sentence, not a silence."""
        assert "PUBLISH_TO" in issued.refused("publish")

    def test_a_bug_is_owned_up_to(self, issued: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is no error of ours to tell gives an apology and a traceback on stderr, and exit status 1."""

        def broken(*_: object) -> None:
            raise ZeroDivisionError("the test's own")

        monkeypatch.setattr("pipeline.cli.status.status", broken)
        result = issued("status", status=1)
        assert "sorry" in result.stderr
        assert "ZeroDivisionError: the test's own" in result.stderr
        assert result.stdout == ""

    def test_not_in_a_project(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        """Started elsewhere: says where to start it."""
        monkeypatch.chdir(shell.college.root.parent)
        assert "is not a certificate project" in shell.refused("status")


class TestUpkeep:
    def test_build_brings_the_site_back(self, issued: Shell) -> None:
        """From nothing, the same files with the same bytes, no mail."""
        output = issued.college.output
        before = digest(output)
        shutil.rmtree(output)
        issued("build")
        assert digest(output) == before
        assert len(issued.college.mails()) == 3

    def test_purge(self, issued: Shell) -> None:
        """--dry-run lists, then the same is deleted."""
        late = dt.date(2031, 10, 30)
        told = issued("purge", "--dry-run", today=late).stdout
        assert "4 certificates of meeting-2025 (2025-10-29)" in told
        assert issued.college.page("Ana Alva").is_dir()
        assert "4 certificates deleted" in issued("purge", "--accept", "clock", today=late).stdout
        assert issued.json("find", "ana", today=late) == []
        assert not (issued.college.output / "c").exists()

    def test_backup_and_restore(self, issued: Shell, tmp_path: Path) -> None:
        """Back as it was, under today's rules: what expired meanwhile goes, mail that waited is unknown."""
        college, file = issued.college, tmp_path / "certs.backup"
        issued("run", college.claims(COURSE), "--no-send", "--workers", 1)
        assert "6 PDFs of certificates" in issued("backup", file).stdout
        file.write_bytes(b"another file")
        assert "certs.backup is there already" in issued.refused("backup", file)
        assert file.read_bytes() == b"another file"
        assert "6 PDFs of certificates" in issued("backup", file, "--force").stdout
        assert file.stat().st_mode & 0o077 == 0
        numbers = {one["number"] for one in issued.json("find", "L1")[0]["certificates"]}
        issued("correct", "L1", "--name", "Ana Other", "--reason", "since the backup")
        before = digest(college.data / "vault"), digest(college.output)
        assert "force" in issued("restore", file, status=1).stderr
        assert (digest(college.data / "vault"), digest(college.output)) == before
        assert issued.json("find", "L1")[0]["name"] == "Ana Other"

        result = issued("restore", file, "--force", today=dt.date(2031, 10, 30))
        assert "deleted again, as erased or past six years: 4 certificates" in result.stdout
        assert "1 message may have been sent" in result.stdout
        (person,) = issued.json("find", "L1", today=dt.date(2031, 10, 30))
        assert person["name"] == "Ana Other"  # as the page says, which was written since
        assert {one["activity"] for one in person["certificates"]} == {"course"}
        assert {one["number"] for one in person["certificates"]} < numbers
        assert issued.json("find", "bo@example.org", today=dt.date(2031, 10, 30)) == []
        assert [one["state"] for one in person["messages"] if one["state"] != "sent"] == ["unknown"]
        issued("send", "--yes", today=dt.date(2031, 10, 30))
        assert len(college.mails()) == 0  # what waited is not sent again unasked; older mail is forgotten
        found = issued.json("send", "--only", "unknown", "--yes", today=dt.date(2031, 10, 30))
        assert found["sent"] == 1
        issued("verify", today=dt.date(2031, 10, 30))

    @pytest.mark.parametrize("what", ["audit trail", "vault", "output"])
    def test_verify_names_a_flipped_byte(self, issued: Shell, what: str) -> None:
        """One byte, anywhere that is on record: found, named, exit status 1."""
        issued("withdraw", number(issued, "L2", "participation"), "--reason", "duplicate of paper")
        college = issued.college
        assert "agree" in issued("verify").stdout
        if what == "audit trail":
            file, words = college.data / "ledger.sqlite3", "audit entry"
            with closing(sqlite3.connect(file)) as ledger:
                ledger.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            at = file.read_bytes().rindex(b"duplicate of paper")
        elif what == "vault":
            file = next(path for path in (college.data / "vault").rglob("*") if path.is_file())
            at, words = 9, "vault"
        else:
            file = next(college.output.glob("c/*/*.pdf"))
            data = file.read_bytes()
            file.unlink()
            file.write_bytes(data)
            at, words = 9, "output/"
        spoilt = bytearray(file.read_bytes())
        spoilt[at] ^= 1
        file.chmod(0o600)
        file.write_bytes(spoilt)
        result = issued("verify", status=1)
        assert any(words in line for line in result.stdout.splitlines())
        assert issued.college.page("Ana Alva").name not in result.output

    def test_hosting_is_written_for_each_server(self, shell: Shell) -> None:
        """The headers of private pages, in the words of each."""
        for server in ("nginx", "apache", "caddy"):
            text = shell("hosting", server).stdout
            assert "noindex" in text
            assert "no-referrer" in text


@pytest.fixture
def designed(college: College, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Ana's Participation on real paper, with a theme of its own that can be changed."""
    (college.root / "theme").unlink()
    shutil.copytree(HERE / "theme", college.root / "theme")
    shell = Shell(college, monkeypatch)
    shell("run", college.claims("meeting-2025,L1,ana@example.org,Ana Alva,MD,yes,,,,,yes"), "--yes",
          "--workers", 1)  # fmt: skip
    return shell


@pytest.mark.starts
def test_only_reissue_follows_a_change_of_design(designed: Shell) -> None:
    """Reruns keep issued bytes whatever the theme; `reissue` changes them, number and issue
    date stay, nobody is mailed."""
    college = designed.college
    (before,) = designed.json("find", "L1")[0]["certificates"]
    for style in (college.root / "theme" / "certificates").rglob("*.css"):
        style.write_text(style.read_text() + "\nbody { letter-spacing: 0.01pt }\n")
    for template in (college.root / "theme" / "emails").iterdir():
        template.write_text(template.read_text().replace("Dear", "Hello"))
    year = TODAY + dt.timedelta(days=365)
    found = designed.json("run", college.root / "claims-1.csv", "--yes", "--workers", 1, today=year)
    assert (found["issued"], found["corrected"], found["sent"], found["unchanged"]) == (0, 0, 0, 1)
    assert designed.json("find", "L1")[0]["certificates"] == [before]

    # A process of its own, because a process reads the design once.
    result = program(college, "reissue", "--activity", "meeting-2025", "--yes", "--workers", 1, today=year)
    assert "1 certificate was made anew" in result.stdout, result.stderr
    (after,) = designed.json("find", "L1", today=year)[0]["certificates"]
    assert after["pdf_sha256"] != before["pdf_sha256"]
    assert (after["number"], after["issued_on"]) == (before["number"], "2025-11-14")
    (pdf,) = college.page("Ana Alva").glob("*-certificate-*.pdf")
    text = text_of(pdf.read_bytes())
    assert "November 14, 2025" in text
    assert "2026" not in text
    assert designed.json("run", "--yes", "--mail-corrections", "--workers", 1, today=year)["sent"] == 0
    assert len(college.mails()) == 1
    assert "no activity" in designed.refused("reissue", "--activity", "nope", "--yes", today=year)


def test_a_reissue_says_how_many_before_it_asks(college: College, monkeypatch: pytest.MonkeyPatch) -> None:
    """By activity, those that count; where nobody answers nothing is made."""
    shell = Shell(college, monkeypatch)
    rows = [
        "meeting-2025,L1,ana@example.org,Ana Alva,MD,yes,,2.5,,,yes",
        "meeting-2025,L2,bo@example.org,Bo Berg,,yes,,,,,yes",
        "course,L2,bo@example.org,Bo Berg,,yes,2025-10-01,,,,yes",
    ]
    shell("run", college.claims(*rows), "--yes", "--workers", 1)
    issued = shell.json("find", "L1")[0]["certificates"]
    shell("withdraw", issued[0]["number"], "--reason", "a made-up reason")
    asked = shell("reissue", status=1).stderr
    assert "course: 1 certificate\nmeeting-2025: 2 certificates\ncerts: Make 3 certificates anew?" in asked
    assert "Make 1 certificate anew?" in shell("reissue", "--activity", "course", status=1).stderr
    assert shell.json("find", "L1")[0]["certificates"][1:] == issued[1:]


def test_errors_say_what_and_what_next() -> None:
    """Every kind of error has an exit status of the contract."""
    kinds = [CertsError]
    for kind in kinds:
        kinds += kind.__subclasses__()
        assert kind.exit_status in (1, 3, 4, 5)


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 people wait"), (1, "1 person waits"), (2, "2 people wait"), (1200, "1,200 people wait")],
)
def test_numbers_agree_with_their_nouns(count: int, words: str) -> None:
    """In everything that staff read."""
    assert counted(count, "person waits", "people wait") == words
