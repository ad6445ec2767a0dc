"""DMARC, exchangers and the host of the links, by what DNS says."""

from __future__ import annotations

import pytest

from pipeline.rules.checks.check import CheckResult
from pipeline.rules.checks.domain import (
    Dmarc,
    judge_dmarc,
    judge_exchangers,
    judge_link_host,
    read_dmarc,
)
from pipeline.rules.checks.names import Told, is_within, parents

POLICY = Told(("v=DMARC1; p=quarantine; sp=none; aspf=s",))


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("v=DMARC1; p=reject", Dmarc("reject", "reject")),
        ("v=DMARC1 ;P=Reject;sp=none;adkim=s;aspf=r", Dmarc("reject", "none", strict_dkim=True)),
        ("v=DMARC1; rua=mailto:a@b.example", Dmarc("", "")),
        ("v=DMARC1", Dmarc("", "")),
        ("v=DMARC2; p=reject", None),
        ("p=reject; v=DMARC1", None),
        ("v=spf1 -all", None),
    ],
)
def test_a_record_is_read_by_its_tags(text: str, read: Dmarc | None) -> None:
    assert read_dmarc(text) == read


@pytest.mark.parametrize(
    ("domain", "records", "result", "words"),
    [
        ("acr.example", {"acr": POLICY}, CheckResult.GOOD, "quarantine, what fails goes to spam"),
        ("acr.example", {"acr": POLICY}, CheckResult.GOOD, "aligned strictly"),
        ("mail.acr.example", {"acr": POLICY}, CheckResult.GOOD, "_dmarc.acr.example: none"),
        ("acr.example", {}, CheckResult.FAULT, "no DMARC record"),
        (
            "acr.example",
            {"acr": Told((*POLICY.records, "v=DMARC1; p=none"))},
            CheckResult.FAULT,
            "2 DMARC records",
        ),
        ("acr.example", {"acr": Told(("v=DMARC1; p=refuse",))}, CheckResult.FAULT, 'the policy is "refuse"'),
        ("acr.example", {"acr": Told(failed="no answer")}, CheckResult.FAULT, "no answer"),
    ],
)
def test_dmarc_is_found_at_the_domain_or_above_it(
    domain: str, records: dict[str, Told], result: CheckResult, words: str
) -> None:
    check = judge_dmarc(domain, {(f"_dmarc.{name}.example", "TXT"): told for name, told in records.items()})
    assert check.result is result
    assert words in check.text


ADDRESS = Told(("192.0.2.1",))


@pytest.mark.parametrize(
    ("answers", "result", "words"),
    [
        (
            {("a.example", "MX"): Told(("10 m.a.example.",)), ("m.a.example", "A"): ADDRESS},
            CheckResult.GOOD,
            "m.a",
        ),
        (
            {("a.example", "MX"): Told(("10 M.a.example.",)), ("m.a.example", "AAAA"): ADDRESS},
            CheckResult.GOOD,
            "m.a",
        ),
        ({("a.example", "A"): ADDRESS}, CheckResult.GOOD, "by its own address"),
        ({("a.example", "MX"): Told(("0 .",))}, CheckResult.FAULT, "takes no mail at all"),
        (
            {("a.example", "MX"): Told(("10 gone.example.",))},
            CheckResult.FAULT,
            "gone.example has no address",
        ),
        ({}, CheckResult.FAULT, "neither MX nor address"),
        ({("a.example", "MX"): Told(failed="no answer")}, CheckResult.FAULT, "no answer"),
    ],
)
def test_mail_must_be_able_to_arrive(
    answers: dict[tuple[str, str], Told], result: CheckResult, words: str
) -> None:
    check = judge_exchangers("MAIL_REPLY_TO", "a.example", answers)
    assert check.result is result
    assert words in check.text
    assert "MAIL_REPLY_TO" in check.text


@pytest.mark.parametrize(
    ("host", "sender", "result"),
    [
        ("certificates.acr.example", "acr.example", CheckResult.GOOD),
        ("acr.example", "acr.example", CheckResult.GOOD),
        (
            "certificates.acr.example",
            "mail.acr.example",
            CheckResult.GOOD,
        ),  # acr.example has the policy of both
        ("certificates.other.example", "mail.acr.example", CheckResult.FAULT),
        ("myacr.example", "acr.example", CheckResult.FAULT),
        ("acr.pages.example", "acr.example", CheckResult.FAULT),
    ],
)
def test_links_lead_to_the_senders_own_domain(host: str, sender: str, result: CheckResult) -> None:
    assert judge_link_host(host, sender, {("_dmarc.acr.example", "TXT"): POLICY}).result is result


def test_the_names_around_a_domain() -> None:
    assert parents("a.b.example.org") == ["a.b.example.org", "b.example.org", "example.org"]
    assert parents("org") == ["org"]
    assert is_within("A.example.org.", "example.org")
    assert not is_within("badexample.org", "example.org")
