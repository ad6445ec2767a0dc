"""What receivers write about a mail, and what is said of it."""

from __future__ import annotations

import pytest

from pipeline.rules.checks.check import CheckResult
from pipeline.rules.checks.seen import judge_seen
from pipeline.rules.messages.authentication import authentication_results

GOOD, FAULT, UNCHECKED = CheckResult.GOOD, CheckResult.FAULT, CheckResult.UNCHECKED
GMAIL = (
    "mx.google.com; dkim=pass header.i=@acr.example header.s=s1; dkim=fail header.i=@relay.example; "
    "spf=pass (google.com: domain of office@acr.example designates 192.0.2.1; dkim=fail) "
    "smtp.mailfrom=office@acr.example; dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=acr.example"
)
EXCHANGE = (
    "spf=fail (sender IP is 192.0.2.1) smtp.mailfrom=acr.example; dkim=none (message not signed) "
    "header.d=none;dmarc=fail action=quarantine header.from=acr.example;compauth=fail reason=000"
)


@pytest.mark.parametrize(
    ("fields", "server", "expected"),
    [
        ((GMAIL,), "", [GOOD, GOOD, GOOD]),
        ((EXCHANGE,), "", [FAULT, FAULT, FAULT]),
        (("m.example; spf=pass", "m.example; dkim=pass", "m.example; dmarc=pass"), "", [GOOD, GOOD, GOOD]),
        (("m.example; spf=pass", "forged.example; dkim=pass"), "", [GOOD, FAULT, UNCHECKED]),
        (("other.example; spf=fail", "m.example; spf=pass; dkim=pass"), "M.example", [GOOD, GOOD, UNCHECKED]),
        (("m.example; none",), "", [UNCHECKED] * 3),
        ((), "", [UNCHECKED] * 3),
    ],
)
def test_what_a_receiver_found(fields: tuple[str, ...], server: str, expected: list[CheckResult]) -> None:
    found = list(judge_seen(authentication_results(fields, server), "acr.example"))
    assert [one.name for one in found] == ["spf-seen", "dkim-seen", "dmarc-seen"]
    assert [one.result for one in found] == expected
