"""The whole program with a bucket as web host: people are mailed once their pages are live, who goes is gone,
and what a cache kept is asked for anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.publish import prove, store
from pipeline.publish.prove import Patience
from tests.support.bucket import Bucket, bucket_server
from tests.support.college import College
from tests.support.shell import Shell

pytestmark = pytest.mark.starts

ROW = "meeting-2025,L{0},p{0}@example.org,Person {0},MD,yes,,10,,,yes"


@pytest.fixture(scope="module")
def server() -> Iterator[Bucket]:
    with bucket_server() as bucket:
        yield bucket


@pytest.fixture
def bucket(server: Bucket, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    server.empty()
    monkeypatch.setattr(store, "TRIES", 0)
    monkeypatch.setattr(prove, "PATIENCE", Patience(waits=()))
    return server


@pytest.fixture
def shell(quick_college: College, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Three people are on record; nothing is published yet."""
    quick_college.environment |= bucket.environment
    return Shell(quick_college, monkeypatch)


@pytest.fixture
def live(shell: Shell) -> Shell:
    """Who are live, and mailed."""
    issue(shell, 1, 2, 3)
    return shell


def issue(shell: Shell, *people: int, words: tuple[str, ...] = ("--yes",), status: int = 0) -> str:
    claims = shell.college.claims(*map(ROW.format, people))
    return shell("run", claims, *words, "--workers", 1, status=status).output


def output(college: College) -> set[str]:
    paths = (path for path in college.output.rglob("*") if path.is_file())
    return {path.relative_to(college.output).as_posix() for path in paths} - {"_headers"}


def there(bucket: Bucket) -> set[str]:
    return {*bucket.files()} - {".certs-mark.json"}


def test_a_meeting_and_the_day_after(live: Shell, bucket: Bucket) -> None:
    """What is at the bucket is what was built; the next run writes nothing there."""
    assert there(bucket) == output(live.college)
    assert len(live.college.mails()) == 3
    live("verify")
    bucket.asked.clear()
    live("publish")
    live("run", "--yes")
    assert not {"put", "delete", "list"} & {*bucket.asked}, bucket.asked


def test_who_goes_is_gone(live: Shell, bucket: Bucket) -> None:
    live("forget", "L2", "--reason", "asked", "--yes")
    assert there(bucket) == output(live.college)
    live("verify")


def test_nobody_is_mailed_while_anybody_can_list_it(shell: Shell, bucket: Bucket) -> None:
    bucket.is_open = True
    said = issue(shell, 1, status=1)
    assert "Anybody can list" in said
    assert shell.college.mails() == []
    assert bucket.files() == {}


def test_a_website_that_answers_no_folder(shell: Shell, bucket: Bucket) -> None:
    """It knows c/<token>/index.html and not c/<token>/, which is what people are mailed: so nobody is."""
    bucket.has_index = False
    said = issue(shell, 1, status=1)
    assert "the page answers 404 instead of 200" in said
    assert "docs/hosting.md" in said
    assert shell.college.mails() == []
    bucket.has_index = True
    shell("run", "--yes", "--workers", 1)
    assert len(shell.college.mails()) == 1


def test_verify_finds_what_was_changed_there(live: Shell, bucket: Bucket) -> None:
    page = next(path for path in there(bucket) if path.startswith("c/") and path.endswith("index.html"))
    bucket.put(page, b"other")
    bucket.put("verify/evil.html", b"")
    said = live("verify", status=1).output
    assert "holds 1 file otherwise" in said
    assert "holds 1 file that the site does not have" in said


def test_doctor_does_not_praise_what_it_cannot_see(shell: Shell) -> None:
    """Before the first publish nothing there shows whether former versions are kept."""
    said = json.loads(shell("doctor", "--json", status=None).stdout)
    (text,) = [one["text"] for one in said if one["name"] == "bucket-versions"]
    assert "not checked: whether s3://" in text


def test_doctor(live: Shell, bucket: Bucket) -> None:
    def checks() -> dict[str, tuple[bool, str]]:
        return {
            one["name"]: (one["ok"], one["text"])
            for one in json.loads(live("doctor", "--json", status=None).stdout)
        }

    found = checks()
    assert found["publish-to"] == (True, f"{bucket.target} can be reached")
    assert found["bucket-listing"] == (True, "nobody else can list the bucket")
    assert found["bucket-versions"][0]
    bucket.is_open = True
    versioned = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
    bucket.ask("PUT", f"/{bucket.name}?versioning", versioned)
    live("rotate", "L1", "--reason", "r", status=1)
    bucket.is_open = False
    live("publish")
    bucket.is_open = True
    found = checks()
    assert not found["bucket-listing"][0]
    assert not found["bucket-versions"][0]
    assert "a secret" not in str(found)


@pytest.fixture
def purged(live: Shell, tmp_path: Path) -> Path:
    """What PUBLISH_PURGE was told, a publish after another; it fails where a file says so."""
    script, told = tmp_path / "purge", tmp_path / "told"
    script.write_text(
        f'#!/bin/sh\ncat >> "{told}"\necho "$@" >> "{tmp_path}/arguments"\n[ ! -e "{tmp_path}/broken" ]\n'
    )
    script.chmod(0o755)
    live.college.environment["PUBLISH_PURGE"] = f"{script} --zone 'one two'"
    return told


def test_caches_are_told_what_changed(live: Shell, bucket: Bucket, purged: Path) -> None:
    """The page with and without its file's name, the PDF that is no more, and nobody else's."""
    before = there(bucket)
    live("correct", "L1", "--name", "Person One", "--reason", "typo")
    gone = before - there(bucket)
    told = purged.read_text().splitlines()
    assert {f"{bucket.url}/{path}" for path in gone} <= {*told}
    pages = {line.split("/c/")[1].split("/")[0] for line in told if "/c/" in line}
    assert len(pages) == 1
    assert f"{bucket.url}/c/{pages.pop()}/" in told
    assert (purged.parent / "arguments").read_text() == "--zone one two\n"
    purged.unlink()
    live("publish")
    assert not purged.exists()


def test_a_command_that_fails_is_told_again(live: Shell, bucket: Bucket, purged: Path) -> None:
    """The same addresses, also of what had left the bucket by then; nobody is told before."""
    before, mails = there(bucket), len(live.college.mails())
    broken = purged.parent / "broken"
    broken.touch()
    said = live("correct", "L1", "--name", "Person One", "--reason", "typo", "--mail", status=1).output
    assert "PUBLISH_PURGE did not do its work: it ended with status 1" in said
    first = {*purged.read_text().splitlines()}
    assert {f"{bucket.url}/{path}" for path in before - there(bucket)} <= first
    assert len(live.college.mails()) == mails
    purged.unlink()
    broken.unlink()
    live("run", "--yes")
    assert first <= {*purged.read_text().splitlines()}
    assert len(live.college.mails()) == mails + 1
