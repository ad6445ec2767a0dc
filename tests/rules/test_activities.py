"""What an activity's file may say: every field that decides something is exact, or refused with a hint."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from pipeline.rules.certificates.activities import read_activity, unknown_fields

GOOD = {
    "title": "A Meeting", "slug": "a-meeting", "format": "live activity", "start": "2025-05-01",
    "end": "2025-05-02", "cme_max": "10", "abim_max": "10", "abim_type": "Medical Knowledge", "abp_max": "8",
    "pars_id": "2025",
}  # fmt: skip


def faults(**fields: str) -> str:
    activity, wrong = read_activity({**GOOD, **fields})
    assert (activity is None) == bool(wrong)
    return "\n".join(wrong)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"cme_max": "6.3"}, '"6.3" is not a multiple of 0.25'),
        ({"cme_max": "4_5"}, '"4_5" is not a number above zero'),
        ({"cme_max": "0"}, '"0" is not a number above zero'),
        ({"cme_max": "1e1"}, '"1e1" is not a number above zero'),
        ({"abim_max": "5.1"}, '"5.1" is not a multiple of 0.25'),
        ({"abp_max": "7.5", "abp_step": "1"}, '"7.5" is not a multiple of 1'),
        ({"abp_max": "50"}, "abp_max: 50 is more than CME_max, 10"),
        ({"abim_max": "10.25"}, "abim_max: 10.25 is more than CME_max, 10"),
        ({"cme_max": ""}, "abp_max: offers MOC points, but there is no CME_max"),
        ({"abim_type": "Medical Knowlege"}, "did you mean Medical Knowledge?"),
        ({"abim_type": "Medical Knowledge and Safety"}, '"Safety" is no type of ABIM MOC points'),
        ({"abim_type": ""}, "abim_type: is missing"),
        ({"pars_id": ""}, "pars_id: is missing"),
        ({"format": "Live"}, "did you mean live activity?"),
        ({"format": "enduring materials", "start": "", "end": ""}, "did you mean enduring material?"),
        ({"format": "webinar"}, '"webinar" is no learning format of the AMA'),
        ({"start": "", "end": ""}, "a live activity needs start and end dates"),
        ({"start": "2025-05-03"}, "end: 2025-05-02 lies before start 2025-05-03"),
        ({"download_until": "2025-05-01"}, "download_until: 2025-05-01 lies before the activity's last day"),
        ({"claim_until": "2025-05-01"}, "claim_until: 2025-05-01 lies before the activity's last day"),
        ({"end": "2925-05-02"}, "end: \"2925-05-02\" cannot be right: the year is 2925"),
        ({"claim_until": "June"}, 'claim_until: "June" is not a date'),
        ({"cme_for": "physician"}, "did you mean physicians?"),
        ({"cme_for": "MD"}, "write anyone or physicians"),
        ({"remind": "never"}, '"never" is none of yes, no'),
        ({"hours": "six"}, 'hours: "six" is not a number'),
        ({"url": "www.example.org"}, "is not a web address"),
        ({"url": "https://example"}, "is not a web address"),
        ({"url": "javascript:alert(1)"}, "is not a web address"),
        ({"status": "drafft"}, "did you mean draft?"),
        ({"requirements": "evaluation; post test"}, "separate the columns by commas"),
        ({"requirements": "none"}, "leave the field out where nothing is required"),
        ({"requirements": "-"}, "cannot be a column"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_what_would_be_right(fields: dict[str, str], words: str) -> None:
    assert words in faults(**fields)


@pytest.mark.parametrize(
    ("fields", "attribute", "value"),
    [
        ({"format": "Live  Activity"}, "format", "live activity"),
        ({"format": "pi cme activity"}, "format", "PI CME activity"),
        ({"format": "other activity (blended)"}, "format", "other activity (blended)"),
        ({"abim_type": "medical knowledge & Patient  safety"}, "abim_type",
         "Medical Knowledge and Patient Safety"),
        ({"abim_type": "Medical Knowledge, Practice Assessment, and Patient Safety"}, "abim_type",
         "Medical Knowledge, Practice Assessment and Patient Safety"),
        ({"cme_max": "45.250"}, "cme_max", Decimal("45.25")),
        ({"abp_max": "10"}, "abp_max", Decimal(10)),
        ({"requirements": "Post-test, evaluation\nPost Test"}, "requirements", ("post_test", "evaluation")),
        ({"claim_until": "2025-06-30"}, "claim_until", dt.date(2025, 6, 30)),
        ({"cme_for": "Physicians"}, "cme_for", "physicians"),
        ({}, "cme_for", "anyone"),
        ({"remind": "No"}, "remind", False),
        ({}, "remind", None),
        ({"remind": "yes"}, "remind", True),
        ({"hours": "6.5"}, "hours", Decimal("6.5")),
        ({"url": "https://www.example.org/a?b=1"}, "url", "https://www.example.org/a?b=1"),
        ({"status": "Draft"}, "active", False),
    ],
)  # fmt: skip
def test_what_is_right_is_read(fields: dict[str, str], attribute: str, value: object) -> None:
    """In any case, and in the one spelling that stands on paper."""
    activity, wrong = read_activity({**GOOD, **fields})
    assert not wrong
    assert getattr(activity, attribute) == value


def test_everything_wrong_is_said_at_once() -> None:
    said = faults(title="", cme_max="6.3", format="Live", remind="x")
    assert [line.partition(":")[0] for line in said.splitlines()] == [
        "format", "title", "cme_max", "abim_max", "abp_max", "remind",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("requirments", "requirments: is no field of an activity; did you mean Requirements?"),
        ("download_untill", "did you mean Download_until?"),
        ("cme-max", "did you mean CME_max?"),
        ("sumary", "did you mean Summary?"),
        ("save_as", "is no field of an activity"),
        ("colour", "fields are Title, Slug, Format"),
    ],
)
def test_a_misspelt_field_is_named(name: str, words: str) -> None:
    """Its value would be lost: `Requirments: evaluation` would take the gate away."""
    (wrong,) = unknown_fields(["title", name, "summary", "external-id", "cme_max"])
    assert words in wrong
