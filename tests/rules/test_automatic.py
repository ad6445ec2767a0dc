"""What a program wrote, and what that means for a request and for returned mail: mails as literals."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.rules.messages.automatic import automatic
from pipeline.rules.messages.reports import Action, bounces_in
from tests.support.mail_values import received

OURS = ("education@rheumatology.org",)
NULL = {"return-path": "<>"}
ANSWERED = {"in-reply-to": "<m1@rheumatology.org>"}
ABSENT = {"subject": "Automatic reply: Your certificates", "text": "Until March, call 410 555-1234 instead."}


@pytest.mark.parametrize(
    "headers",
    [
        {"auto-submitted": "auto-replied"},
        {"auto-submitted": "auto-generated; owner-email=x"},
        {"auto-submitted": ("no", "auto-replied")},
        {"precedence": "bulk"},
        {"precedence": " List "},
        {"list-id": "<news.example.org>"},
        {"list-unsubscribe": "<mailto:x@example.org>"},
        NULL,
        {"x-auto-response-suppress": "All"},
        {"x-auto-response-suppress": "DR, OOF, AutoReply"},
        {"x-autoreply": "yes"},
        {"x-failed-recipients": "x@example.org"},
        {"x-spam-flag": "YES"},
    ],
    ids=str,
)
def test_programs_lists_and_servers_say_what_they_are(headers: dict[str, Any]) -> None:
    """RFC 3834, section 2: whatever says that no person waits for an answer; the second field, too."""
    assert automatic(received(headers), OURS)


@pytest.mark.parametrize(
    "changes",
    [
        {"senders": (("", "MAILER-DAEMON@example.org"),)},
        {"senders": (("", "no-reply@example.org"),)},
        {"senders": (("", "news-request@example.org"),)},
        {"senders": (("", "education@rheumatology.org"),)},
        {"content_type": "multipart/report"},
        {"subject": "Automatic reply: My certificate"},
        {"subject": "Abwesenheitsnotiz"},
        {"subject": "Undeliverable: Your certificates"},
    ],
    ids=str,
)
def test_senders_and_subjects_of_programs(changes: dict[str, Any]) -> None:
    """Where a program does not say what it is, its address or subject does; and what comes from ourselves."""
    assert automatic(received(**changes), OURS)


@pytest.mark.parametrize(
    "headers", [{"auto-submitted": "no"}, {"precedence": "normal"}, {"return-path": "<ana@example.org>"}]
)
def test_what_people_send_is_not_taken_for_automatic(headers: dict[str, Any]) -> None:
    """The same fields, saying that a person wrote."""
    assert automatic(received(headers), OURS) == ""


@pytest.mark.parametrize(
    ("headers", "changes", "action"),
    [
        pytest.param({"auto-submitted": "auto-replied (vacation)"}, {}, Action.AUTO_REPLY, id="RFC 3834"),
        pytest.param(NULL | {"auto-submitted": "auto-generated"}, ABSENT, Action.AUTO_REPLY, id="Exchange"),
        pytest.param(NULL | {"precedence": "auto_reply"}, ABSENT, Action.AUTO_REPLY, id="precedence"),
        pytest.param(NULL | {"x-mail-autoreply": "yes"}, {"text": "5.1.1"}, Action.AUTO_REPLY, id="a field"),
        pytest.param(NULL, {"text": "550 5.1.1 no such user"}, Action.FAILED, id="a server's own words"),
        pytest.param(
            {"auto-submitted": "auto-generated"},
            {"senders": (("", "postmaster@example.org"),), "text": "451 try later"},
            Action.DELAYED,
            id="a server that says so",
        ),
        pytest.param(NULL, {"text": "550 5.1.1", "is_plain": False}, Action.FAILED, id="HTML alone"),
        pytest.param(
            NULL, {"text": "Away. Call 410 555-1234, or 550 1200."}, Action.DELAYED, id="a telephone"
        ),
        pytest.param({"list-id": "<news>"}, {"text": "550 5.1.1"}, None, id="a newsletter"),
        pytest.param({}, {"text": "Room 550 5.1.1 was fine"}, None, id="a person"),
    ],
)
def test_an_absence_is_no_failure_and_a_servers_report_is_one(
    headers: dict[str, Any], changes: dict[str, Any], action: Action | None
) -> None:
    """Both are automatic. A telephone number in an absence marks no address, whichever field tells of it."""
    mail = received(headers | ANSWERED, **changes)
    assert [bounce.action for bounce in bounces_in(mail)] == ([action] if action else [])
    assert bool(automatic(mail, OURS)) is (headers != {})
