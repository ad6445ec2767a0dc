"""What is said of a mail server, by what it answered."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from pipeline.rules.checks.check import CheckResult
from pipeline.rules.checks.relay import Conversation, judge_relay

NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
OFFERS = {"size": "35882577", "8bitmime": "", "smtputf8": "", "dsn": "", "auth": "PLAIN LOGIN"}
HEALTHY = Conversation("mail.example:587", ends=NOW + dt.timedelta(days=60), offers=OFFERS)


def faults(said: Conversation, user: str = "office", tls: str = "starttls") -> dict[str, str]:
    found = judge_relay(said, tls, user, 100_000, NOW)
    return {one.name: one.text for one in found if one.result is CheckResult.FAULT}


def test_of_a_healthy_relay_nothing_is_said() -> None:
    assert faults(HEALTHY) == {}
    assert faults(replace(HEALTHY, ends=None), "", "none") == {}
    assert faults(replace(HEALTHY, offers={**OFFERS, "size": "0"})) == {}  # no limit (RFC 1870, 4)
    assert (
        faults(replace(HEALTHY, offers={key: value for key, value in OFFERS.items() if key != "dsn"})) == {}
    )


@pytest.mark.parametrize(
    ("said", "name", "words"),
    [
        (Conversation("m:25", failed="no answer within 5 seconds"), "relay", "no answer within 5 seconds"),
        (Conversation("m:587", lacks_tls=True), "relay-tls", "does not offer STARTTLS"),
        (Conversation("m:587", distrusted="certificate has expired"), "relay-certificate", "has expired"),
        (replace(HEALTHY, ends=NOW + dt.timedelta(days=13)), "relay-certificate", "13 more days"),
        (replace(HEALTHY, ends=NOW - dt.timedelta(days=3)), "relay-certificate", "has ended"),
        (replace(HEALTHY, offers={**OFFERS, "size": "99999"}), "relay-size", "99,999"),
        (replace(HEALTHY, offers={"8bitmime": "", "auth": ""}), "relay-smtputf8", "SMTPUTF8"),
        (replace(HEALTHY, offers={"smtputf8": "", "auth": ""}), "relay-smtputf8", "8BITMIME"),
        (replace(HEALTHY, offers={"smtputf8": "", "8bitmime": ""}), "relay-login", "no way to log in"),
        (replace(HEALTHY, login="535 5.7.8 no"), "relay-login", "535 5.7.8 no"),
    ],
)
def test_each_fault_is_named_alone(said: Conversation, name: str, words: str) -> None:
    (found,) = faults(said).items()
    assert found[0] == name
    assert words in found[1]
