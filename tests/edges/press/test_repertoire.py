"""Nearly all names of the world can be pressed, and a file holds no more letters than it needs."""

from __future__ import annotations

from collections import defaultdict

from pipeline.documents.press.order import Orders
from pipeline.documents.press.repertoire import ALL_LATIN, WESTERN, repertoire_of
from tests.support.documents_kit import LETTER, THEME, made_up
from tests.support.worldwide import PEOPLES, every_name


def test_few_names_of_the_world_are_not_pressed() -> None:
    """Of a worldwide meeting's participants at most one in fifty takes WeasyPrint's time."""
    orders = Orders(LETTER)
    refused: dict[str, list[bool]] = defaultdict(list)
    for people, name in every_name():
        refused[people].append(orders.order(made_up(name=name)) is None)
    shares = {people: PEOPLES[people][0] * sum(each) / len(each) for people, each in refused.items()}
    assert (
        950 <= sum(share for share, _, _ in PEOPLES.values()) <= 1050
    )  # PEOPLES says how many of a thousand
    assert 0 < sum(shares.values()) <= 1000 / 50


def test_the_smallest_repertoire_that_will_do() -> None:
    """A name of western letters does not make its file carry all of Latin's."""
    assert repertoire_of("Ida Brandt", THEME, serif=True) is WESTERN
    assert repertoire_of("Bořek Čáp", THEME, serif=True) is ALL_LATIN
