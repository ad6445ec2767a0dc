"""What the headers of a file mean, and what a header may be said to mean."""

from __future__ import annotations

import pytest

from pipeline.rules.claims.columns import read_column_map, read_header


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
