"""Lines of the press are WeasyPrint's: the same glyphs at the same places, byte for byte."""

from __future__ import annotations

from dataclasses import replace
from unicodedata import combining

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.documents import check
from pipeline.documents.press.press import Press
from pipeline.documents.press.repertoire import ALL_LATIN, WESTERN
from tests.support.documents_kit import LETTER, made_up
from tests.support.press_kit import differing_lines, person
from tests.support.worldwide import CREDENTIALS, SEED, every_name, people

MARKS = [char for char in ALL_LATIN.letters if combining(char)]
LETTERS = st.builds("".join, st.tuples(st.sampled_from(ALL_LATIN.letters), st.sampled_from(["", "", *MARKS])))
NAMES = st.text(st.sampled_from(WESTERN.letters), min_size=1, max_size=28) | st.builds(
    "".join, st.lists(LETTERS, min_size=1, max_size=20)
)


def test_every_name_of_the_world_equals_weasyprints() -> None:
    """Every name of the worldwide list, and every credential."""
    credentials = sorted(set(CREDENTIALS))
    drawn = [
        made_up(name=name, credentials=credentials[at % len(credentials)])
        for at, (_, name) in enumerate(every_name())
    ]
    assert differing_lines(drawn, at_least=200) == []


@pytest.mark.soak
def test_thousands_of_names_equal_weasyprints() -> None:
    """Names as they are put together in lists of participants, at all sizes."""
    assert differing_lines(people(15_000, SEED), at_least=2000) == []


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(names=st.lists(NAMES, min_size=60, max_size=90, unique=True))
def test_any_letters_equal_weasyprints(names: list[str]) -> None:
    """Letters in any order, marks on anything: either set exactly, or left to WeasyPrint."""
    drawn = (made_up(name=name, credentials="") for name in names)
    assert differing_lines((facts for facts in drawn if not check.unprintable(facts)), at_least=0) == []


def test_a_wrong_letter_would_be_refused() -> None:
    """What the glyphs read back as is compared with the text: a table that lies sets nothing."""
    facts = person("Ida Brandt")
    press = Press(LETTER)
    order = press._orders.order(facts)
    assert order is not None
    assert order.group.western is not None
    texts = order.group.western["name"].texts
    glyph = next(glyph for glyph, text in texts.items() if text == "d")
    texts[glyph] = "b"
    try:
        assert press.press(replace(facts, name="Edda Dahl")) is None
    finally:
        texts[glyph] = "d"
