"""SPF: look-ups are counted over all that is included, and what receivers would not heed is named."""

from __future__ import annotations

import pytest

from pipeline.rules.checks.check import Check, CheckResult
from pipeline.rules.checks.names import Told
from pipeline.rules.checks.spf import judge_spf, spf_questions, spf_terms

A = Told(("192.0.2.1",))


def judged(**records: str | tuple[str, ...] | Told) -> Check:
    """The SPF of `own.example`; each name's TXT records, dots written as __. Every address exists."""
    answers = {}
    for name, texts in records.items():
        told = (
            texts if isinstance(texts, Told) else Told((texts,) if isinstance(texts, str) else tuple(texts))
        )
        answers[f"{name}.example", "TXT"] = told
    for told in list(answers.values()):
        for text in told.records:
            for question in spf_questions("own.example", text):
                answers.setdefault(question, A if question[1] != "TXT" else Told())
    return judge_spf("own.example", answers)


def test_terms_are_counted_over_all_that_is_included() -> None:
    """include, a, mx, exists, ptr and redirect ask, and what is included asks, too; ip4 and all do not."""
    check = judged(
        own="v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 a mx include:one.example exists:%{i}.x.example ~all",
        one="v=spf1 a:mail.one.example/28 ptr redirect=two.example",
        two="v=spf1 mx:two.example//64 -all",
    )
    assert check.result is CheckResult.GOOD
    assert check.text == "own.example: one SPF record, 8 of 10 look-ups"


def includes(count: int, name: str = "i") -> str:
    return "v=spf1 " + " ".join(f"include:{name}{at}.example" for at in range(count)) + " -all"


@pytest.mark.parametrize(("count", "result"), [(10, CheckResult.GOOD), (11, CheckResult.FAULT)])
def test_ten_look_ups_are_allowed(count: int, result: CheckResult) -> None:
    check = judged(own=includes(count), **{f"i{at}": "v=spf1 ip4:192.0.2.1 -all" for at in range(count)})
    assert check.result is result
    assert str(count) in check.text


def test_a_record_that_includes_many_that_include_many_is_counted_within_bounds() -> None:
    """Ten times ten times ten would be a thousand look-ups."""
    level = {f"{name}{at}": includes(10, of) for name, of in ("ij", "jk", "kl") for at in range(10)}
    check = judged(own=includes(10), **level, **{f"l{at}": "v=spf1 -all" for at in range(10)})
    assert "needs 100 or more look-ups" in check.text


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ({"own": ("some text", "v=spf10 -all")}, "no SPF record"),
        ({"own": ("v=spf1 -all", "V=SPF1 a -all")}, "has 2 SPF records"),
        ({"own": "v=spf1 include:two.example -all"}, "two.example, which it includes, has no SPF record"),
        (
            {"own": "v=spf1 include:two.example -all", "two": ("v=spf1 -all", "v=spf1 a -all")},
            "two.example, which it includes, has 2 SPF records",
        ),
        (
            {"own": "v=spf1 include:two.example -all", "two": "v=spf1 include:own.example -all"},
            "includes itself: own.example > two.example > own.example",
        ),
        ({"own": "v=spf1 redirect=own.example"}, "includes itself"),
        ({"own": "v=spf1 ipv4:192.0.2.1 -all"}, '"ipv4:192.0.2.1"'),
        ({"own": "v=spf1 ip4:192.0.2.300 -all"}, '"ip4:192.0.2.300"'),
        ({"own": "v=spf1 ip4:2001:db8::1 -all"}, '"ip4:2001:db8::1"'),
        ({"own": "v=spf1 include: -all"}, '"include:"'),
        ({"own": "v=spf1 all:own.example"}, '"all:own.example"'),
        ({"own": "v=spf1 a +all"}, "+all"),
        ({"own": "v=spf1 all"}, "+all"),
        ({"own": Told(failed="no answer within 3 seconds")}, "no answer within 3 seconds"),
        (
            {"own": "v=spf1 include:two.example -all", "two": Told(failed="it refuses")},
            "could not be read to its end: two.example: it refuses",
        ),
    ],
)
def test_what_receivers_would_not_heed_is_named(records: dict[str, str | Told], words: str) -> None:
    check = judged(**records)
    assert check.result is CheckResult.FAULT
    assert words in check.text
    assert check.hint


@pytest.mark.parametrize(("void", "result"), [(2, CheckResult.GOOD), (3, CheckResult.FAULT)])
def test_two_look_ups_may_find_nothing(void: int, result: CheckResult) -> None:
    record = "v=spf1 " + " ".join(f"a:gone{at}.example" for at in range(void)) + " -all"
    answers = {question: Told() for question in spf_questions("own.example", record)}
    assert judge_spf("own.example", {**answers, ("own.example", "TXT"): Told((record,))}).result is result


def test_an_exchanger_with_more_than_ten_names_breaks_it() -> None:
    answers = {
        ("own.example", "TXT"): Told(("v=spf1 mx -all",)),
        ("own.example", "MX"): Told(tuple(f"10 m{at}.example" for at in range(11))),
    }
    assert "11 exchangers" in judge_spf("own.example", answers).text


def test_nothing_after_all_is_asked_for() -> None:
    """A redirect beside `all` does not count, wherever it stands (6.1)."""
    record = "v=spf1 redirect=two.example a ~all include:three.example exp=why.example"
    assert [term.text for term in spf_terms(record)] == ["a", "~all"]
    assert list(spf_questions("own.example", record)) == [("own.example", "A"), ("own.example", "AAAA")]
