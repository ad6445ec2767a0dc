"""QR codes put together from patterns are those that segno draws, and a phone reads them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest
import zxingcpp

from pipeline.documents.codes import _mask, qr_modules
from pipeline.documents.press import qr
from pipeline.documents.samples import page_image
from tests.support.documents_kit import numbered
from tests.support.press_kit import by_press, person
from tests.support.worldwide import LETTERS, SEED, number


@dataclass
class Kept:
    """What codes keep for the next run."""

    found: dict[str, bytes] = field(default_factory=dict)

    def codes(self) -> qr.Codes:
        """Of a run that knows no more than what was kept."""
        return qr.Codes(self.found.get, self.found.__setitem__)


@pytest.mark.parametrize(
    ("before", "after"),
    [("https://certs.example.org/verify/", "/"), ("http://a.io/", ""), ("https://bücher.example/", "?x=ß")],
    ids=["long", "short", "letters beyond ASCII"],
)
def test_qr_codes_are_those_of_segno(monkeypatch: pytest.MonkeyPatch, before: str, after: str) -> None:
    """Every letter at every place of a number, and any number: every module is the one that segno draws. So
    it is in the next run, which segno teaches nothing."""
    monkeypatch.setattr(qr, "FEW", 0)
    chance, kept = random.Random(6), Kept()
    turned = ["-".join(f"{LETTERS}{LETTERS}"[at + 4 * part :][:4] for part in range(4)) for at in range(32)]
    numbers = [*turned, number(chance), "weird-number-of-other-shape"]
    by_segno = [qr_modules(f"{before}{drawn}{after}", drawn).operators() for drawn in numbers]
    learnt = kept.codes()
    assert [learnt.operators(before, drawn, after) for drawn in numbers] == by_segno
    taught = kept.codes()
    monkeypatch.setattr("pipeline.documents.codes.segno", None)
    _mask.cache_clear()
    assert [taught.operators(before, drawn, after) for drawn in numbers[:-1]] == by_segno[:-1]


def test_patterns_are_made_for_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A correction of one certificate does not wait for what makes thousands quick."""
    monkeypatch.setattr(qr, "FEW", 3)
    kept, sizes = Kept(), []
    codes = kept.codes()
    for _ in range(5):
        codes.operators("https://few.example.org/", number(random.Random(1)), "/")
        sizes.append(len(kept.found))
    assert sizes == [0, 0, 0, 1, 1]


def test_an_address_of_capitals_is_left_to_segno(monkeypatch: pytest.MonkeyPatch) -> None:
    """QR codes such an address in pairs of letters, so that its bits do not add up."""
    monkeypatch.setattr(qr, "FEW", 0)
    kept = Kept()
    address = "HTTPS://CERTS.EXAMPLE.ORG/7K3M-9QRT-X2VB-04HZ"
    drawn = address[-19:]
    assert kept.codes().operators(address[:-19], drawn, "") == qr_modules(address, drawn).operators()
    assert not kept.found


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
