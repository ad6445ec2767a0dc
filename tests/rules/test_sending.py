"""The relay's daily limit; settings that contradict one another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pipeline.rules.checks.check import CheckResult
from pipeline.rules.checks.sending import MailSettings, contradictions, domain_of, judge_day

FINE = MailSettings(
    smtp_host="mail.example",
    smtp_port=587,
    smtp_user="office",
    has_password=True,
    smtp_tls="starttls",
    mail_from="Office <office@acr.example>",
    mail_reply_to="",
    retry_first=5,
    retry_most=240,
    is_public=True,
)


@pytest.mark.parametrize(
    ("host", "most", "result"),
    [
        ("smtp-relay.gmail.com", 0, CheckResult.FAULT),
        ("acr.mail.protection.outlook.com", 20_000, CheckResult.FAULT),
        ("smtp.office365.com", 10_000, CheckResult.GOOD),
        ("mail.example", 0, CheckResult.GOOD),
        ("notgmail.com", 0, CheckResult.GOOD),
    ],
)
def test_relays_with_a_known_limit_need_mail_day(host: str, most: int, result: CheckResult) -> None:
    assert judge_day(host, most, 15_000, 2).result is result


def test_how_many_days_it_takes_is_said() -> None:
    assert judge_day("mail.example", 10_000, 15_000, 2).text == (
        "15,000 messages wait, which takes 2 days by MAIL_DAY=10000"
    )


def test_settings_that_fit_one_another() -> None:
    assert list(contradictions(FINE)) == []
    assert list(contradictions(replace(FINE, smtp_host="", is_public=False))) == []
    assert list(contradictions(replace(FINE, smtp_port=465, smtp_tls="tls"))) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"mail_from": "Office"}, "MAIL_FROM"),
        ({"mail_reply_to": "a@acr.example, b@acr.example"}, "MAIL_REPLY_TO"),
        ({"has_password": False}, "SMTP_PASSWORD is empty"),
        ({"smtp_user": ""}, "SMTP_USER is empty"),
        ({"smtp_tls": "none"}, "cross the network openly"),
        ({"smtp_port": 465}, "port 465"),
        ({"smtp_tls": "tls"}, "port 587"),
        ({"is_public": False}, "no public https address"),
        ({"retry_first": 300}, "MAIL_RETRY_FIRST"),
    ],
)
def test_each_contradiction_is_named_alone(changed: dict[str, Any], words: str) -> None:
    (found,) = contradictions(replace(FINE, **changed))
    assert found.result is CheckResult.FAULT
    assert words in found.text
    assert found.hint


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("Office <office@ACR.example>", "acr.example"),
        ("office@acr.example", "acr.example"),
        ("office@localhost", ""),
        ("Office", ""),
        ("@acr.example", ""),
        ("a@acr.example, b@acr.example", ""),
        ("", ""),
    ],
)
def test_the_domain_of_an_address(text: str, domain: str) -> None:
    assert domain_of(text) == domain
