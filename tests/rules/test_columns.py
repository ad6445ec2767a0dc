"""What the headers of a file mean, and what a header may be said to mean."""

from __future__ import annotations

import pytest

from pipeline.rules.claims.columns import credit_column, read_column_map, read_header


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Eval=evaluaton", "evaluaton is no column and no activity's requirement; did you mean evaluation?"),
        ("Post=emial", "did you mean email?"),
        ("Colour=favourite colour", "columns are abim_moc_points, abp_moc_points"),
        ("Kurs", '"Kurs" is not written as header=name'),
        ("Wer=name, wer = email", '"wer" is given a meaning twice'),
    ],
)
def test_a_header_means_a_column_or_nothing(text: str, words: str) -> None:
    """What nothing reads would be lost."""
    (wrong,) = read_column_map(text, ["evaluation"])[1]
    assert words in wrong


def test_a_header_that_is_passed_over() -> None:
    """Cadmium has both Suffix and Credentials, and both would mean credentials."""
    header = ["activity", "email", "name", "Suffix", "Credentials"]
    assert "both mean credentials" in read_header(header, {})[1][0]
    mapping, wrong = read_column_map("Suffix=unused", [])
    assert not wrong
    found, wrong = read_header(header, mapping)
    assert not wrong
    assert found is not None
    assert found.names == ("activity", "email", "name", "", "credentials")


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("CME Hours", "cme_credits"),
        ("AMA Credits", "cme_credits"),
        ("Category 1 Hours", "cme_credits"),
        ("AMA PRA Category 1 Credit(s)™", "cme_credits"),
        ("AMA PRA Category 1 Credit(s)(TM) Claimed", "cme_credits"),
        ("Total CME credits earned", "cme_credits"),
        ("ABIM Points Claimed", "abim_moc_points"),
        ("ABIM MOC", "abim_moc_points"),
        ("ABP MOC Part 2 Points", "abp_moc_points"),
        ("MOC", ""),  # of which board?
        ("CME / ABIM MOC", ""),
        ("AMA PRA Category 2 Credit", ""),
        ("CME maximum", ""),
        ("CME fee", ""),
        ("CME Date", ""),
        ("Contact Hours", ""),
        ("Credit Hours", ""),
        ("Category", ""),
        ("Hours", ""),
    ],
)
def test_a_header_that_can_only_mean_one_credit(header: str, column: str) -> None:
    assert credit_column(header) == column


def test_credit_is_understood_where_there_is_one_such_column() -> None:
    """And said; two of them, or one beside the usual one, are for staff to name."""
    needed = ["activity", "email", "name"]
    found, _ = read_header([*needed, "CME Hours", "ABIM Points Claimed"], {})
    assert found is not None
    assert found.names[3:] == ("cme_credits", "abim_moc_points")
    assert found.understood == (("CME Hours", "cme_credits"), ("ABIM Points Claimed", "abim_moc_points"))
    for header in (["CME Hours", "AMA Credits"], ["cme_credits", "CME Hours"]):
        found, _ = read_header([*needed, *header], {})
        assert found is not None
        assert not found.understood
