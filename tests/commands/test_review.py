"""The review that every plan writes: where it lies, who may read it, what it says, and when it goes."""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import os
import re
import stat
from pathlib import Path

import pytest

from tests.support.college import TODAY, College
from tests.support.shell import Shell

ANN = "meeting-2025,O1,o1@example.org,Ann Lee,MD,yes,,30,,,yes"
BO = "meeting-2025,O2,o2@example.org,Bo 3 Kim,RN,yes,,12,,,yes"
CY = "meeting-2025,O3,o3@example.org,Cy Ray,MD,yes,,10,10,,no"
BAD = "meeting-2025,O4,nobody,Dee Fox,MD,yes,,10,,,yes"
QUICKLY = ("--workers", 1)


def usual(college: College) -> Path:
    return college.data / "review" / "index.html"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def real(college: College, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A prompt where certificates are real."""
    return Shell(college, monkeypatch)


def test_what_will_happen_for_whom_and_what_is_odd(shell: Shell) -> None:
    """Its owner's alone, and said where it lies; every list is whole."""
    told = shell("check", shell.college.claims(ANN, BO, CY, BAD), status=3)
    assert told.stderr.splitlines()[-1] == "Pictures and whole lists: var/review/index.html"
    place = usual(shell.college)
    assert (mode(place), mode(place.parent), os.listdir(place.parent)) == (0o600, 0o700, ["index.html"])
    text = place.read_text(encoding="utf-8")
    for words in (
        "<b>4</b> new certificates",
        "<b>2</b> certificates withheld",
        "<b>3</b> mails",
        "1 row set aside: email: &#34;nobody&#34; is not an e-mail address",
        "claims-1.csv:3: name: &#34;Bo 3 Kim&#34; has a digit",
        "meeting-2025: evaluation not completed",
        "<li>Ann Lee &lt;o1@example.org&gt;",
        "<li>Cy Ray &lt;o3@example.org&gt;",
        "<li>cme_credits → cme_credits",
    ):
        assert words in text, words


def test_pages_and_mails_as_people_will_see_them(real: Shell) -> None:
    """Beside the picture; without the token of anybody, on record or drawn for the plan."""
    college = real.college
    real("run", college.claims(ANN), "--yes", *QUICKLY)
    real("run", college.claims(ANN.replace("Ann Lee", "Ánn Lee"), BO), "--no-send", "--yes", *QUICKLY)
    text = usual(college).read_text(encoding="utf-8")
    assert text.count('<img src="data:image/png;base64,') >= 4
    assert text.count("srcdoc=") >= 4
    for words in ("name corrected", "<del><bdi>Ann Lee</bdi></del>", "caution: credit to somebody with RN"):
        assert words in text, words
    for words in ("Hello, &lt;bdi&gt;Ánn Lee", "Dear Bo 3 Kim", "No mail: people are told of corrections"):
        assert words in text, words
    tokens = [path.name for path in (college.output / "c").iterdir()]
    assert len(tokens) == 2
    assert not any(token in text for token in tokens)
    assert re.findall(r"/c/(?!\.\.\./)[^ ]*", re.sub(r"base64,[^\"&]*", "", text)) == []


def test_long_lists_are_packed_and_whole(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the file would be too large; the rest of it is the same."""
    claims = shell.college.claims(ANN, BO, CY, BAD)
    shell("check", claims, status=3)
    plain = usual(shell.college).read_text(encoding="utf-8")
    monkeypatch.setattr("pipeline.review.write.MOST", len(plain.encode()) - 1)
    shell("check", claims, status=3)
    text = usual(shell.college).read_text(encoding="utf-8")
    assert "<b>4</b> new certificates" in text
    assert "o1@example.org" not in text
    (packed,) = re.findall(r"<p hidden>([^<]+)</p>", text)
    lists = gzip.decompress(base64.b64decode(packed)).decode()
    assert "<li>Cy Ray &lt;o3@example.org&gt;" in lists
    assert lists in plain


def test_scripts_are_called_as_people_call_them(real: Shell) -> None:
    """A sign of a Latin name is none, and 々 is a Chinese character as the one that it repeats."""
    names = ("Keoni Kāneʻohe", "佐々木 一", "Mª José Gil", "Анна Петрова")
    rows = (f"meeting-2025,S{at},s{at}@example.org,{name},MD,yes,,10,,,yes" for at, name in enumerate(names))
    real("check", real.college.claims(*rows))
    text = usual(real.college).read_text(encoding="utf-8")
    assert {*re.findall("<li>letters: (.*?)</li>", text)} == {"Chinese", "Cyrillic"}


@pytest.mark.parametrize(
    "words",
    [
        ("send", "--yes"),
        ("forget", "o1@example.org", "--reason", "asked", "--yes"),
        ("purge", "--accept", "large-purge,clock"),
        ("build",),
    ],
)
def test_whatever_changes_something_removes_it(shell: Shell, words: tuple[str, ...]) -> None:
    shell("run", shell.college.claims(ANN), "--no-send", "--yes", *QUICKLY)
    assert usual(shell.college).is_file()
    shell("status")
    assert usual(shell.college).is_file()
    shell(*words, today=dt.date(2033, 1, 1) if words[0] == "purge" else TODAY, status=None)
    assert not usual(shell.college).parent.exists()


def test_the_next_plan_replaces_it_and_one_without_news_removes_it(shell: Shell) -> None:
    claims = shell.college.claims(ANN)
    shell("run", claims, "--yes", *QUICKLY)
    assert "Ann Lee" in usual(shell.college).read_text()
    shell("check", shell.college.claims(BO))
    assert "Ann Lee" not in usual(shell.college).read_text()
    assert "Pictures" not in shell("run", claims, "--yes", *QUICKLY).output
    assert not usual(shell.college).exists()


def test_what_is_past_retention_is_in_no_review_after_its_purge(shell: Shell) -> None:
    shell("run", shell.college.claims(ANN), "--yes", *QUICKLY)
    shell("run", "--yes", today=dt.date(2032, 1, 5), env={}, status=None)
    found = usual(shell.college)
    assert not found.exists() or "Ann Lee" not in found.read_text()


def test_elsewhere_for_somebody_to_approve(shell: Shell, tmp_path: Path) -> None:
    """There alone, and its owner's; a run then leaves no other one behind."""
    claims, place = shell.college.claims(ANN), tmp_path / "approve.html"
    shell("check", claims)
    told = shell("check", claims, "--review", place)
    assert told.stderr.splitlines()[-1] == f"Pictures and whole lists: {place}"
    assert (mode(place), "Ann Lee" in place.read_text()) == (0o600, True)
    assert usual(shell.college).is_file()
    shell("run", claims, "--yes", "--review", place, *QUICKLY)
    assert place.is_file()
    assert not usual(shell.college).parent.exists()


@pytest.mark.parametrize(
    "place",
    [
        "content/a.html",
        "theme/static/a.html",
        "output/a.html",
        "host/a.html",
        "var/vault/a.html",
        "claims-1.csv",
        "no/a.html",
        "content",
    ],
)
def test_never_where_it_is_shown_or_replaces_what_is_dear(shell: Shell, place: str) -> None:
    college = shell.college
    (college.root / "host").mkdir()
    (college.root / "output").mkdir()
    (college.data / "vault").mkdir(parents=True)
    claims = college.claims(ANN)
    before = claims.read_bytes()
    for words in (("check",), ("run", "--yes")):
        said = shell.refused(
            *words, claims, "--review", place, env={"PUBLISH_TO": str(college.root / "host")}
        )
        assert place.partition("/")[0] in said
    assert claims.read_bytes() == before
    assert not usual(college).exists()


def test_a_template_that_is_broken_stops_before_anything_is_done(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "theme" / "review").mkdir(parents=True)
    theme = shell.college.root / "theme"
    for name in ("certificates", "emails", "static", "templates"):
        (tmp_path / "theme" / name).symlink_to(theme.resolve() / name)
    for name in ("review.css", "review.js"):
        (tmp_path / "theme" / "review" / name).write_text("")
    (tmp_path / "theme" / "review" / "review.html").write_text("{{ review.nothing }}")
    (tmp_path / "theme" / "review" / "lists.html").write_text("")
    theme.unlink()
    theme.symlink_to(tmp_path / "theme")
    said = shell.refused("run", shell.college.claims(ANN), "--yes", *QUICKLY)
    assert "The review cannot be made: " in said
    assert not (shell.college.data / "ledger.sqlite3").exists()
