"""A link never goes to an address that a newer file shows with somebody else, however it is written."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from click.testing import Result

from tests.support.college import College
from tests.support.shell import Shell

HEADER = "activity,learner_id,email,name,completed_on,cme_credits,evaluation\n"
DECOMPOSED = unicodedata.normalize("NFD", "jörg@example.org")
SPELLINGS = [
    pytest.param(("jorg@xn--exmple-cua.org", "jorg@exämple.org"), id="encoded, then in its own letters"),
    pytest.param(("jorg@exämple.org", "jorg@xn--exmple-cua.org"), id="in its own letters, then encoded"),
    pytest.param(("jörg@example.org", DECOMPOSED), id="NFC, then NFD"),
    pytest.param((DECOMPOSED, "jörg@example.org"), id="NFD, then NFC"),
    pytest.param(("JORG@Exämple.org", "jorg@exämple.org"), id="other case"),
]
IN_DOUBT = "shows {} with somebody else"


@pytest.fixture(params=SPELLINGS)
def address(request: pytest.FixtureRequest) -> tuple[str, str]:
    """The address as it was Jorg's, and as the newer file has it."""
    spellings: tuple[str, str] = request.param
    return spellings


@pytest.fixture
def shell(quick_college: College, monkeypatch: pytest.MonkeyPatch, address: tuple[str, str]) -> Shell:
    """Jorg, whose address staff corrected; then Lee, whom a newer file shows with that address."""
    certs = Shell(quick_college, monkeypatch)
    claims(certs, "meeting-2025,L1,jorg@former.example,Jorg Berg,,5,yes")
    certs("correct", "L1", "--email", address[0], "--reason", "asked")
    claims(certs, f"meeting-2025,L2,{address[1]},Lee Moss,,6,yes")
    return certs


def claims(shell: Shell, *rows: str, status: int = 0) -> Result:
    return shell("run", "--yes", shell.college.claims(*rows, header=HEADER), status=status)


def mails(shell: Shell) -> int:
    return len(shell.college.mails())


def test_the_link_is_not_sent_again(shell: Shell, address: tuple[str, str]) -> None:
    """resend refuses, and says why; for who has the address now it works."""
    before = mails(shell)
    assert IN_DOUBT.format(address[0]) in shell.refused("resend", "L1")
    assert mails(shell) == before
    shell("resend", "L2")
    assert mails(shell) == before + 1


def test_who_writes_from_it_is_not_answered(shell: Shell, address: tuple[str, str], tmp_path: Path) -> None:
    """It may be either: that is for staff, whichever spelling the mail has."""
    for name in ("new", "cur", "tmp"):
        (tmp_path / "inbox" / name).mkdir(parents=True)
    for number, sender in enumerate(address):
        mail = f"From: {sender}\nTo: education@rheumatology.org\nSubject: my certificate link\n\nPlease.\n"
        (tmp_path / "inbox" / "new" / f"{number}.host").write_text(mail)
    before = mails(shell)
    found = shell.json("requests", tmp_path / "inbox", "--yes")
    assert [one["outcome"] for one in found["mails"]] == ["stays", "stays"]
    assert mails(shell) == before


def test_new_certificates_wait(shell: Shell, address: tuple[str, str]) -> None:
    """A later file gives Jorg a certificate more: the run mails nothing and says whose address to ask for."""
    before = mails(shell)
    said = claims(shell, "course,L1,jorg@former.example,Jorg Berg,2025-11-01,1,", status=3)
    assert IN_DOUBT.format(address[0]) in " ".join(said.output.split())
    assert mails(shell) == before


def test_a_new_link_waits_for_the_right_address(shell: Shell) -> None:
    """rotate closes the old link; the new one is mailed once staff have corrected the address. Who has the
    former one now is not told of that."""
    before = mails(shell)
    shell("rotate", "L1", "--reason", "leaked", status=None)
    assert mails(shell) == before
    shell("correct", "L1", "--email", "jorg@new.example", "--reason", "asked", status=None)
    shell("send", "--yes", status=None)
    assert [str(mail["To"]) for mail in shell.college.mails()[before:]] == ["Jorg Berg <jorg@new.example>"]
