"""QR codes put together from patterns are those that segno draws, and a phone reads them."""

from __future__ import annotations

import random

import pytest
import zxingcpp

from pipeline.documents.codes import qr_modules
from pipeline.documents.press import qr
from pipeline.documents.samples import page_image
from tests.support.documents_kit import numbered
from tests.support.press_kit import by_press, person
from tests.support.worldwide import LETTERS, SEED, number


@pytest.mark.parametrize(
    ("before", "after"),
    [("https://certs.example.org/verify/", "/"), ("http://a.io/", ""), ("https://bücher.example/", "?x=ß")],
    ids=["long", "short", "letters beyond ASCII"],
)
def test_qr_codes_are_those_of_segno(monkeypatch: pytest.MonkeyPatch, before: str, after: str) -> None:
    """Every letter at every place of a number, and any number: every module is the one that segno draws."""
    monkeypatch.setattr(qr, "FEW", 0)
    chance = random.Random(6)
    turned = ["-".join(f"{LETTERS}{LETTERS}"[at + 4 * part :][:4] for part in range(4)) for at in range(32)]
    for drawn in [*turned, number(chance), "weird-number-of-other-shape"]:
        assert qr.operators(before, drawn, after) == qr_modules(f"{before}{drawn}{after}", drawn).operators()


def test_patterns_are_made_for_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A correction of one certificate does not wait for what makes thousands quick."""
    monkeypatch.setattr(qr, "FEW", 3)
    before = qr._patterns.cache_info().currsize
    sizes = []
    for _ in range(5):
        qr.operators("https://few.example.org/", number(random.Random(1)), "/")
        sizes.append(qr._patterns.cache_info().currsize - before)
    assert sizes == [0, 0, 0, 1, 1]


def test_an_address_of_capitals_is_left_to_segno(monkeypatch: pytest.MonkeyPatch) -> None:
    """QR codes such an address in pairs of letters, so that its bits do not add up."""
    monkeypatch.setattr(qr, "FEW", 0)
    address = "HTTPS://CERTS.EXAMPLE.ORG/7K3M-9QRT-X2VB-04HZ"
    drawn = address[-19:]
    assert qr.operators(address[:-19], drawn, "") == qr_modules(address, drawn).operators()


def test_qr_codes_are_read_by_a_phone() -> None:
    """A reader finds the address on the pressed page."""
    facts = numbered(person("Ida Brandt"), number(random.Random(8)))
    found = zxingcpp.read_barcodes(page_image(by_press(facts), 150))
    assert [code.text for code in found] == [facts.verify_url]


@pytest.mark.soak
def test_any_qr_code_is_read_by_a_phone() -> None:
    """Whatever the number."""
    chance = random.Random(SEED)
    for _ in range(100):
        facts = numbered(person("Ida Brandt"), number(chance))
        found = zxingcpp.read_barcodes(page_image(by_press(facts), 150))
        assert [code.text for code in found] == [facts.verify_url]
