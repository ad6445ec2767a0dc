"""Nearly all names of the world can be pressed, and a file holds no more letters than it needs."""

from __future__ import annotations

from collections import defaultdict

import pytest

from pipeline.documents.press.order import Orders
from pipeline.documents.press.repertoire import ALL_LATIN, WESTERN, repertoire_of
from tests.support.documents_kit import LETTER, THEME, made_up
from tests.support.press_kit import lines_by_press
from tests.support.worldwide import PEOPLES, every_name


def test_few_names_of_the_world_are_not_pressed() -> None:
    """Of a worldwide meeting's participants at most one in a hundred takes WeasyPrint's time."""
    orders = Orders(LETTER)
    refused: dict[str, list[bool]] = defaultdict(list)
    for people, name in every_name():
        refused[people].append(lines_by_press(orders, made_up(name=name)) is None)
    shares = {people: PEOPLES[people][0] * sum(each) / len(each) for people, each in refused.items()}
    assert (
        950 <= sum(share for share, _, _ in PEOPLES.values()) <= 1050
    )  # PEOPLES says how many of a thousand
    assert 0 < sum(shares.values()) <= 1000 / 100


@pytest.mark.parametrize(
    "name",
    [
        "Əliyev Ülkər", "Ɛnyonam Ɔfori", "Ƒoli Ɣekpo", "Kpaɩ Ʊyɛ", "Ɓeeɗo Ŋamna Ɗyɓa", "Մեխակ Թումանյան",
        "ՈՒՆԱՆՅԱՆ", "Сергій Дячук", "Қайрат Әлібек", "Ҷамшед Ғафуров", "Σοφία Αναστασιάδη",
        "MARÍA GARCÍA-LÓPEZ", "SMITH / JONES", "(ANN) LEE", "ИРИНА ПЕТРОВА-ВОДКИНА",
    ],
)  # fmt: skip
def test_alphabets_are_whole(name: str) -> None:
    """No letter of a living alphabet, and nothing that a face makes of letters and signs side by side."""
    lines = lines_by_press(Orders(LETTER), made_up(name=name))
    assert lines is not None, name


def test_the_smallest_repertoire_that_will_do() -> None:
    """A name of western letters does not make its file carry all of Latin's."""
    assert repertoire_of("Ida Brandt", THEME, serif=True) is WESTERN
    assert repertoire_of("Bořek Čáp", THEME, serif=True) is ALL_LATIN
