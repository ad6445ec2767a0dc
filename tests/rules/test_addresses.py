"""One key an address: whatever way it is written, what compares addresses compares keys."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.rules.addresses import (
    address_key,
    bare_address,
    doubt_about_address,
    mixed_scripts,
)

LABELS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
ENCODED = LABELS.map(lambda text: "xn--" + text.encode("punycode").decode("ascii"))
DOMAINS = st.lists(LABELS | ENCODED | st.text().map("xn--{}".format)).map(".".join)
ADDRESSES = st.text() | st.builds("{}@{}".format, st.text(), DOMAINS)


@pytest.mark.parametrize(
    "written",
    [
        " Jörg@Bücher.example\n",
        "JÖRG@BÜCHER.EXAMPLE",
        unicodedata.normalize("NFD", "jörg@bücher.example"),
        "jörg@xn--bcher-kva.example",
        "Jörg@XN--BCHER-KVA.example",
    ],
    ids=["white space", "upper case", "decomposed", "encoded", "encoded in upper case"],
)
def test_one_address_has_one_key(written: str) -> None:
    """However a file, a mail or staff write it."""
    assert address_key(written) == "jörg@bücher.example"


@pytest.mark.parametrize(
    "label", ["xn--", "xn--plain-", "xn--a b-3ka", "xn--\N{KELVIN SIGN}", "xn--99999999"]
)
def test_what_only_looks_encoded_stays(label: str) -> None:
    """No other domain's address is taken for it."""
    assert address_key(f"a@{label}.example") == f"a@{label.casefold()}.example"


@given(ADDRESSES)
def test_the_key_of_a_key_is_the_key(text: str) -> None:
    """Whatever it is: what the ledger stores is found by itself, and by every form of the text."""
    key = address_key(text)
    key.encode()
    assert address_key(key) == key
    assert address_key(unicodedata.normalize("NFD", text)) == key
    assert address_key(unicodedata.normalize("NFC", text)) == key


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("Ana Lopez <p1@example.org>", "p1@example.org"),
        ('"Lopez Ana" <p1@example.org>', "p1@example.org"),
        ("<p1@example.org>", "p1@example.org"),
        ("mailto:p1@example.org", "p1@example.org"),
        ("Ana <MAILTO:p1@example.org>", "p1@example.org"),
        ("p1@example.org", "p1@example.org"),
        ("a@example.org; b@example.org", "a@example.org; b@example.org"),
        ("<a@example.org> <b@example.org>", "<a@example.org> <b@example.org>"),
        ("a@example.org <b@example.org>", "a@example.org <b@example.org>"),
        ("Ana <p1@example.org", "Ana <p1@example.org"),
    ],
)
def test_the_address_among_other_words(text: str, bare: str) -> None:
    """One address is unambiguous; two are a question."""
    assert bare_address(text) == bare


@pytest.mark.parametrize(
    ("address", "doubt"),
    [
        ("ana@gmial.com", "gmail.com"), ("ana@gmail.con", "gmail.com"), ("ana@clinic.con", "clinic.com"),
        ("none@none.com", "nobody"), ("noemail@clinic.org", "nobody"), ("www.ana@clinic.org", "web address"),
        ("аna@clinic.org", "Cyrillic and Latin"), ("ana@clinic.org", ""), ("josé@clinic.org", ""),
        ("山田a@clinic.org", ""), ("ana@clinic.co", ""),
    ],
)  # fmt: skip
def test_an_address_that_may_be_a_slip(address: str, doubt: str) -> None:
    found = doubt_about_address(address)
    assert bool(found) == bool(doubt)
    assert doubt in found


@pytest.mark.parametrize(
    ("text", "mixed"),
    [
        ("gmаil.com", "Cyrillic and Latin"),
        ("bücher.example", ""),
        ("пример.com", ""),
        ("例えば.jp", ""),
        ("αβc", "Greek and Latin"),
    ],
)
def test_letters_of_two_alphabets_in_one_word(text: str, mixed: str) -> None:
    assert mixed_scripts(text) == mixed
