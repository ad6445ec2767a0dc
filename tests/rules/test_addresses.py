"""One key an address: whatever way it is written, what compares addresses compares keys."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.rules.addresses import address_key

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
