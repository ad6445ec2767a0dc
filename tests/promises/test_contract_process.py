"""What only a process of its own can show: exit statuses, streams, terminals, signals, the served site."""

from __future__ import annotations

import datetime as dt
import http.client
import json
import os
import pty
import re
import select
import signal
import subprocess
from pathlib import Path

import pytest

from pipeline import documents
from tests.support.college import College
from tests.support.shell import Shell, command, digest, environment, program

DAN = "course,L7,dan@example.org,Dan Doyle,DO,,2025-11-03,,,,"
EVA = "meeting-2025,L8,eva@example.org,Eva Egede,,,,,,,yes"
BAD = "course,L9,fay@example.org,Fay Field,,,2025-31-31,,,,"
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u0080-\u009f]")  # all but tab and line end


@pytest.mark.starts
def test_piped_output_is_data_on_stdout_and_plain_talk_on_stderr(college: College) -> None:
    """No control codes, no bar, no question where there is no terminal; exit status 3 for a row set aside.
    Two worker processes make the certificates."""
    claims = college.claims(DAN, EVA, BAD)
    result = program(college, "run", claims, "--workers", 2, FORCE_COLOR="")
    assert result.returncode == 3, result.stderr
    assert not CONTROL.search(result.stdout + result.stderr)
    assert "claims-1.csv:4: completed_on: " in result.stdout
    assert "2 messages wait" in result.stdout
    assert "read as UTF-8, commas, wide" in result.stderr
    assert "read as" not in result.stdout
    assert college.mails() == []

    result = program(college, "run", claims, "--json", "--yes", "--workers", 1)
    assert result.returncode == 3
    found = json.loads(result.stdout)
    assert (found["issued"], found["unchanged"], found["sent"]) == (0, 2, 2)
    tokens = [path.name for path in (college.output / "c").iterdir()]
    assert not any(token in result.stdout + result.stderr for token in tokens)


HEAVY = (
    *("weasyprint", "pelican", "uharfbuzz", "pikepdf", "pypdfium2", "fontTools"),
    *("aiosmtplib", "jinja2", "email_validator", "python_calamine", "ssl"),
)


@pytest.mark.parametrize(
    "words", [("--help",), ("find", "dan"), ("status",), ("hosting", "nginx")], ids=" ".join
)
@pytest.mark.starts
def test_looking_does_not_wait_for_what_makes_certificates(
    quick_college: College, words: tuple[str, ...]
) -> None:
    """Who has somebody on the phone does not load the libraries that render and build."""
    quick_college.take(DAN, EVA)
    before = (
        "import atexit, sys\n"
        f"atexit.register(lambda: print('loaded', [one for one in {HEAVY} if one in sys.modules]))\n"
    )
    result = program(quick_college, *words, before=before)
    assert result.stdout.endswith("loaded []\n"), result.stderr


@pytest.mark.starts
def test_a_record_of_credits_drawn_anew_does_not_wait_for_weasyprint(quick_college: College) -> None:
    """A withdrawal changes the holder's Record of credits: letters side by side need no typesetter."""
    quick_college.take(DAN, EVA)
    before = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*(one in sys.modules for one in ('uharfbuzz', 'weasyprint'))))\n"
    )
    words = ("withdraw", "--activity", "course", "--reason", "by mistake", "--yes")
    result = program(quick_college, *words, before=before)
    assert result.stdout.endswith("withdrawn.\nTrue False\n"), result.stdout + result.stderr


@pytest.mark.starts
def test_the_program_as_it_is_started(college: College) -> None:
    """`python -m pipeline` on today's real date: help, a look, a refusal, each with its exit status."""
    result = program(college, "--help", today=None)
    assert (result.returncode, result.stderr) == (0, "")
    assert "restore" in result.stdout
    yesterday = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=2)
    row = DAN.replace("2025-11-03", str(yesterday))
    result = program(college, "check", college.claims(row), "--json", today=None)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["issued"] == 1
    result = program(college, "run", "none.csv", today=None)
    assert (result.returncode, result.stdout) == (1, "")
    assert "none.csv" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.starts
def test_interrupted_and_run_again(college: College) -> None:
    """Ctrl-C in the midst: one sentence, exit status 130, and the same command goes on from there."""
    claims = college.claims(DAN, EVA)
    before = (
        "import signal, pipeline.workflow.run as work\n"
        "award = work.award_files\n"
        "def interrupted(project, loads):\n"
        "    award(project, loads)\n"
        "    signal.raise_signal(signal.SIGINT)\n"
        "work.award_files = interrupted\n"
    )
    result = program(college, "run", claims, "--yes", "--workers", 1, before=before)
    assert result.returncode == 130, result.stderr
    assert "Run the same command again" in result.stderr
    assert "Traceback" not in result.stderr
    assert college.mails() == []
    report = college.run(claims)
    assert (report.issued, report.sent, report.mismatches) == (2, 2, [])


class Typist:
    """Somebody at a terminal: stdin and stderr are one, stdout goes to a file."""

    def __init__(self, college: College, *words: object) -> None:
        self._college, self._words = college, words

    def answers(self, answer: str) -> tuple[int, str, str]:
        """Exit status, stdout, and all that the terminal showed; the answer is typed at the question,
        Ctrl-C where it is empty."""
        ours, theirs = pty.openpty()
        out = self._college.root.parent / "stdout.txt"
        with out.open("wb") as stdout:
            process = subprocess.Popen(
                command(*self._words),
                cwd=self._college.root,
                env=environment(self._college, TERM="xterm", COLUMNS="120"),
                stdin=theirs,
                stdout=stdout,
                stderr=theirs,
                start_new_session=True,
            )
        os.close(theirs)
        shown, typed, presses = b"", False, 0
        try:
            while presses < 30:
                # A signal that comes just before the program waits for a key is seen at the next one only:
                # people press Ctrl-C again, and so does this.
                if not select.select([ours], [], [], 2 if presses else 60)[0]:
                    if not presses:
                        break
                    presses += 1
                    process.send_signal(signal.SIGINT)
                    continue
                try:
                    shown += os.read(ours, 65536)
                except OSError:  # the other end was closed: the program has ended
                    break
                if not typed and (b"[y/N]" in shown or b"Go on?" in shown):
                    typed = True
                    if answer:
                        os.write(ours, f"{answer}\n".encode())
                    else:
                        presses = 1
                        process.send_signal(signal.SIGINT)
            return process.wait(30), out.read_text(), shown.decode()
        finally:
            process.kill()
            process.wait()
            os.close(ours)


@pytest.mark.starts
def test_a_terminal_is_asked_once_before_anything_is_done(college: College) -> None:
    """With counts by activity and kind, rows set aside, and one message as it will be sent, but for the link.
    After no, and after Ctrl-C, nothing has changed, but that templates of certificates were kept, which hold
    nobody's data; later everything is done but the mail, or all."""
    claims = college.claims(DAN, EVA, BAD)
    before = digest(college.root)
    for answer in ("n", "what\nno", ""):
        status, out, shown = Typist(college, "run", claims, "--workers", 1).answers(answer)
        assert status == (0 if answer else 130), shown
        assert shown.rstrip().endswith("Nothing was done.")
        assert shown.count("Go on?") == (2 if "what" in answer else 1)
        after = {
            path: what
            for path, what in digest(college.root).items()
            if not f"{path}/".startswith("var/press/")
        }
        assert after.pop("var", None) in (None, "folder")
        assert after == before
    assert "course        CME" not in out
    assert re.search(r"course +Certificate of Participation +issue +1 *$", out, re.MULTILINE)
    assert "claims-1.csv:4: completed_on: " in out
    assert "2 people would get a mail, which is written to var/outbox" in out
    assert re.search(r"To: .*(dan|eva)@example\.org\nSubject: ", out)
    assert re.search(r"Dear (Dan Doyle|Eva Egede)", out)

    status, out, shown = Typist(college, "run", claims, "--workers", 1).answers("i")
    assert status == 3, shown
    assert "2 messages wait" in out
    assert college.mails() == []
    tokens = [path.name for path in (college.output / "c").iterdir()]
    assert len(tokens) == 2
    assert not any(token in shown + out for token in tokens)

    before = digest(college.root)
    status, out, shown = Typist(college, "run").answers("n")
    assert (status, digest(college.root)) == (0, before)
    assert "2 messages wait from before" in out
    status, out, shown = Typist(college, "run").answers("y")
    assert (status, len(college.mails())) == (0, 2), shown
    status, out, shown = Typist(college, "run").answers("y")
    assert (status, shown.count("Go on?")) == (0, 0)  # nothing is left to ask about


@pytest.mark.starts
def test_send_asks_once(college: College) -> None:
    """What waits, one message, and a yes."""
    college.take(DAN, EVA, send=None)
    status, out, shown = Typist(college, "send").answers("y")
    assert (status, shown.count("[y/N]")) == (0, 1)
    assert out.strip() == "2 sent"
    assert len(college.mails()) == 2


@pytest.mark.starts
def test_ctrl_c_at_the_question_sends_nothing(college: College) -> None:
    """The messages wait, and no traceback is shown."""
    college.take(DAN, send=None)
    status, _, shown = Typist(college, "send").answers("")
    assert status != 0
    assert "Traceback" not in shown
    assert college.mails() == []
    with college.project(locked=False) as project:
        assert project.ledger.messages.counts() == {"queued": 1}


@pytest.mark.starts
def test_preview_serves_with_the_hosts_headers(quick_college: College) -> None:
    """On loopback; nothing it says names a page; Ctrl-C ends it with exit status 0."""
    college = quick_college
    college.take(DAN)
    token = college.page("Dan Doyle").name
    with subprocess.Popen(
        command("preview", "--port", 0),
        cwd=college.root,
        env=environment(college),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            said = process.stderr.readline()
            found = re.search(r"http://localhost:(\d+)/", said)
            assert found, said
            connection = http.client.HTTPConnection("localhost", int(found[1]), timeout=20)
            connection.request("GET", f"/c/{token}/")
            answer = connection.getresponse()
            assert (answer.status, answer.headers["Referrer-Policy"]) == (200, "no-referrer")
            connection.close()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 0
    assert out == ""
    assert token not in err


def test_proof_shows_the_five_kinds(
    college: College, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PDF and PNG of each, and one sheet of all; nothing is put on record."""
    made = documents.sample_sheets
    monkeypatch.setattr(
        documents, "sample_sheets", lambda *args: list(made(*args))[1::3]
    )  # one a kind: it is slow
    out = tmp_path / "for sign-off"
    result = Shell(college, monkeypatch)("proof", "--activity", "meeting-2025", "--out", out)
    assert sorted(Path(line) for line in result.stdout.splitlines()) == sorted(out.iterdir())
    assert (out / "contact-sheet.png").read_bytes().startswith(b"\x89PNG")
    kinds = ["cme", "cme-abim", "cme-abim-abp", "cme-abp", "participation"]
    assert sorted(path.stem.rpartition("-")[0] for path in out.glob("*.pdf")) == kinds
    for path in out.glob("*.pdf"):
        assert path.read_bytes().startswith(b"%PDF-1.")
        assert path.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    assert not college.data.exists()


@pytest.mark.starts
def test_a_stale_lock_is_taken_over(college: College) -> None:
    """The holder died without a word: the next run does not wait for it."""
    before = (
        "import os, pipeline.workflow.run as work\n"
        "def dies(project, loads):\n"
        "    os.kill(os.getpid(), 9)\n"
        "work.award_files = dies\n"
    )
    claims = college.claims(EVA)
    assert program(college, "run", claims, "--workers", 1, before=before).returncode == -signal.SIGKILL
    assert (college.data / "lock").read_text()
    assert college.run(claims).issued == 1
