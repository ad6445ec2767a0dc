"""Returned mail as mail servers write it: what each file beside this one does to the message, and to whom."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pipeline.cli import main
from pipeline.workflow import desk
from tests.support.college import College

HERE = Path(__file__).parent / "returned"
HEADER = "activity,learner_id,email,name,cme_credits,evaluation\n"
DEAD, FULL, US, QUOTA = "address dead", "mailbox full", "refused us", "relay's quota"
# file: whom it is about, what is done, what the refusal is about
CASES = {
    "exim_auto_replied": ("ana", "bounced", DEAD),
    "from_empty": ("carla", "bounced", DEAD),
    "no_smtp_code": ("dov", "bounced", DEAD),
    "ip_blocklisted": ("gita", "failed", US),
    "sender_rate": ("ida", "failed", US),
    "full_mailbox": ("jo", "full", FULL),
    "status_4_hard_words": ("lea", "bounced", DEAD),
    "action_expired": ("max", "failed", US),
    "blank_line_in_block": ("ole", "bounced", DEAD),
    "html_only": ("pia", "bounced", DEAD),
    "folded_message_id": ("quin", "bounced", DEAD),
    "no_original_at_all": ("rui", "perhaps", DEAD),
    "relay_rewrote_id": ("sue", "bounced", DEAD),
    "base64_text": ("tim", "bounced", DEAD),
    "missing_action": ("ben", "bounced", DEAD),
    "dmarc": ("eva", "failed", US),
    "quota_of_the_relay": ("finn", "failed", QUOTA),
    "envelope_id": ("hal", "bounced", DEAD),
    "our_own_field": ("kai", "bounced", DEAD),
    "delayed": ("nia", "noted", ""),
    "qmail": ("una", "bounced", DEAD),
    "german": ("vic", "bounced", DEAD),
    "japanese_full": ("wyn", "full", FULL),
    "wrapped_by_a_colleague": ("xia", "bounced", DEAD),
    "absence": ("yan", "noted", ""),
    "relaying_denied": ("zoe", "failed", US),
    "no_reason_at_all": ("abe", "", ""),
    "a_persons_letter": ("abe", "", ""),
}


@pytest.fixture
def mailed(quick_college: College, monkeypatch: pytest.MonkeyPatch) -> College:
    """Everybody whom a case is about, mailed; the shell stands in the project."""
    names = sorted({name for name, _, _ in CASES.values()})
    rows = [
        f"meeting-2025,,{name}@clinic.example.org,{name.title()} Alva,{at + 1},yes"
        for at, name in enumerate(names)
    ]
    quick_college.take(*rows, header=HEADER)
    monkeypatch.chdir(quick_college.root)
    return quick_college


def filled(college: College, case: str, folder: Path) -> None:
    """The case with the Message-ID of the mail that its person got, as a file in the folder."""
    with college.project(locked=False) as project:
        person = desk.one_person(project, f"{CASES[case][0]}@clinic.example.org")
        (message,) = project.ledger.messages.of(person.id)
    text = (HERE / f"{case}.eml").read_text(encoding="utf-8")
    text = text.replace("MESSAGE-ID-OF-THE-MAIL", message.message_id)
    if "Content-Transfer-Encoding: base64" in text:
        head, _, body = text.partition("\n\n")
        text = f"{head}\n\n{base64.encodebytes(body.encode()).decode()}"
    (folder / f"{case}.eml").write_text(text, encoding="utf-8")


def heard(folder: Path) -> dict[str, Any]:
    """What `certs bounces` says of a folder of .eml files."""
    done = CliRunner().invoke(main, ["bounces", str(folder), "--json"])
    assert done.exit_code in (0, 3), done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_every_case(mailed: College, tmp_path: Path) -> None:
    """All in one folder: who is marked, whose message failed, what nobody could read; once."""
    for case in CASES:
        filled(mailed, case, tmp_path)
    answer = heard(tmp_path)
    found = {one["email"].partition("@")[0]: (one["meaning"], one["cause"]) for one in answer["reports"]}
    expected = {name: (meaning, cause) for name, meaning, cause in CASES.values() if meaning}
    assert found == expected
    assert [(one["from"], one["about"]) for one in answer["puzzles"]] == [
        ("postmaster@mx.example.net", ["abe@clinic.example.org"])
    ]
    with mailed.project(locked=False) as project:
        people = {name: desk.one_person(project, f"{name}@clinic.example.org") for name in expected}
        marks = {name: person.mark.kind for name, person in people.items() if person.mark}
        states = {name: project.ledger.messages.of(one.id)[0].state for name, one in people.items()}
    assert marks == {
        name: cause for name, (meaning, cause) in expected.items() if meaning in ("bounced", "full")
    }
    assert states == {
        name: "failed" if meaning in ("bounced", "full", "failed") else "sent"
        for name, (meaning, _) in expected.items()
    }
    assert set(CASES) == {path.stem for path in HERE.iterdir()}
    again = heard(tmp_path)
    assert again["known"] == len(expected)
    assert sum(again[name] for name in ("bounced", "full", "failed", "perhaps", "noted")) == 0
