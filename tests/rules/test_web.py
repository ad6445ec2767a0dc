"""What is said of a web host, by what it answered."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from pipeline.rules.checks.check import CheckResult
from pipeline.rules.checks.web import Visit, WebAnswer, judge_web, told_time
from pipeline.rules.web.headers import headers_for

NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
WANTED = headers_for("/c/x/", "https://c.example")
OF_PDF = headers_for("/c/x/x.pdf", "https://c.example")
PRIVATE = {name.lower(): value for name, value in WANTED}
PDF = {**{name.lower(): value for name, value in OF_PDF}, "content-type": "application/pdf"}
LOST = WebAnswer(404)
HEALTHY = Visit(
    "c.example",
    ends=NOW + dt.timedelta(days=60),
    front=WebAnswer(200, {"content-encoding": "gzip"}),
    private=WebAnswer(200, PRIVATE),
    pdf=WebAnswer(206, PDF),
    folders={"c": LOST, "verify": WebAnswer(403)},
    hidden={".env": LOST, "mark.json": LOST},
)


def faults(visit: Visit) -> dict[str, str]:
    checks = judge_web(visit, WANTED, OF_PDF, NOW)
    return {one.name: one.text for one in checks if one.result is CheckResult.FAULT}


def without(name: str) -> WebAnswer:
    return WebAnswer(200, {key: value for key, value in PRIVATE.items() if key != name})


def test_of_a_healthy_host_nothing_is_said() -> None:
    """A host may write a header's values otherwise, and ask for https longer."""
    assert faults(HEALTHY) == {}
    assert faults(replace(HEALTHY, private=None, pdf=None)) == {}
    written = {
        **PRIVATE,
        "cache-control": "no-store,private",
        "strict-transport-security": "max-age=63072000; includeSubDomains",
        "x-frame-options": "deny",
    }
    assert faults(replace(HEALTHY, private=WebAnswer(200, written))) == {}


@pytest.mark.parametrize("name", sorted(PRIVATE))
def test_each_header_of_a_private_page_is_missed(name: str) -> None:
    assert name in faults(replace(HEALTHY, private=without(name)))["web-headers"].lower()


@pytest.mark.parametrize(
    ("visit", "name", "words"),
    [
        (Visit("c.example", failed="no route"), "web-host", "no route"),
        (Visit("c.example", distrusted="self-signed"), "web-certificate", "self-signed"),
        (replace(HEALTHY, ends=NOW + dt.timedelta(days=1)), "web-certificate", "1 more day"),
        (replace(HEALTHY, front=WebAnswer(503, {"content-encoding": "br"})), "web-host", "503"),
        (replace(HEALTHY, front=WebAnswer(200)), "web-compression", "unpacked"),
        (
            replace(HEALTHY, private=WebAnswer(200, {**PRIVATE, "cache-control": "public"})),
            "web-headers",
            "Cache-Control",
        ),
        (replace(HEALTHY, private=LOST), "web-headers", "404"),
        (replace(HEALTHY, pdf=LOST), "web-pdf", "404"),
        (replace(HEALTHY, pdf=WebAnswer(206, {**PDF, "content-type": "text/html"})), "web-pdf", "text/html"),
        (
            replace(
                HEALTHY,
                pdf=WebAnswer(206, {**PDF, "content-security-policy": PRIVATE["content-security-policy"]}),
            ),
            "web-pdf",
            "Safari",
        ),
        (
            replace(HEALTHY, pdf=WebAnswer(206, {**PDF, "cache-control": "public"})),
            "web-pdf",
            "Cache-Control",
        ),
        (replace(HEALTHY, pdf=WebAnswer(200, PDF)), "web-ranges", "whole"),
        (replace(HEALTHY, folders={"c": WebAnswer(200, lists=True), "verify": LOST}), "web-listing", "c/"),
        (replace(HEALTHY, hidden={".env": WebAnswer(200)}), "web-hidden", ".env"),
    ],
)
def test_each_fault_is_named_alone(visit: Visit, name: str, words: str) -> None:
    (found,) = faults(visit).items()
    assert found[0] == name
    assert words in found[1]


def test_the_time_of_an_answer() -> None:
    date = "Sun, 01 Nov 2026 00:00:00 GMT"
    assert told_time(WebAnswer(200, {"date": date})) == NOW
    assert told_time(WebAnswer(200, {"date": date, "age": "60"})) == NOW + dt.timedelta(minutes=1)
    assert told_time(WebAnswer(200, {"date": "soon"})) is None
    assert told_time(WebAnswer(200)) is None
    assert told_time(None) is None
