"""Whether a new name beside a known learner id can be the same person's."""

from __future__ import annotations

import pytest

from pipeline.rules.claims.name_keys import is_other_name

SAME = [
    ("Ann Lee", "Ann Lee-Park"),
    ("Ann Lee", "Ann Smith"),  # married
    ("Bob O'Neill", "Robert O’Neill"),
    ("Lee, Ann", "Ann Lee"),
    ("Jon Smyth", "John Smith"),
    ("Catherine Maier", "Kathryn Mayer"),
    ("Jürgen Müller", "Juergen Mueller"),
    ("José Álvarez Núñez", "Jose Alvarez"),
    ("Juan de la Cruz", "Juan Delacruz"),
    ("J. Smith", "John Smith"),
    ("Smith", "Smiht"),
    ("김민수", "김 민수"),
    ("Dr. Ana Peña", "Ana Peña"),
]
OTHER = [
    ("Bo Kim", "Zoe Quist"),
    ("Bo Kim", "Tim Quist"),  # short words are alike by chance
    ("Juan de la Cruz", "Ana de la Torre"),
    ("J. Smith", "J. Doe"),
    ("Dr. Bo Kim Jr.", "Dr. Zoe Quist Jr."),
    ("Mohammed al Farsi", "Li al Wong"),
    ("田中太郎", "山本花子"),
    ("Ann Lee", "Bob Wu"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_persons_name(one: str, other: str) -> None:
    assert not is_other_name(one, other)
    assert not is_other_name(other, one)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_somebody_elses_name(one: str, other: str) -> None:
    assert is_other_name(one, other)
    assert is_other_name(other, one)
