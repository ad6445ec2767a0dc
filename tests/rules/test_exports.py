"""What an exported PDF is called: unique, readable, and a name that every system takes."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.exports import export_name
from tests.support.mail_values import facts

NUMBER = "7XKQ-2M9F-04TZ-8PWA"
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)


def named(name: str, activity: str = "spring") -> str:
    return export_name(facts(name=name, activity=activity, number=NUMBER, kind=Kind.CME_ABIM))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ana Alva", "Ana Alva"),
        ("Seán O’Brien-Müller", "Seán O’Brien-Müller"),
        ("王小明", "王小明"),
        ("Bob J. Smith, Jr.", "Bob J Smith, Jr"),
        ("A/B: C? <D>", "A B C D"),
        ("Con. Aux", "Con Aux"),
        ("../../etc/passwd", "etc passwd"),
        ("???", "certificate"),
        ("\u202eevil\u202c", "evil"),
        ("Jose\u0301", "José"),
    ],
)
def test_names(name: str, expected: str) -> None:
    assert named(name) == f"spring/{expected} - cme-abim - {NUMBER}.pdf"


def test_an_activity_called_as_a_device() -> None:
    assert named("Ana", "con").startswith("con_/Ana - ")


@given(st.text(max_size=300))
@example("𝒜" * 200)
@example("e\u0301" * 150)
def test_whatever_somebody_is_called(name: str) -> None:
    """One folder, one file; no character, end or device that Windows refuses; within its lengths."""
    folder, _, file = named(name).partition("/")
    assert folder == "spring"
    assert not re.search(r'[<>:"/\\|?*\x00-\x1f]', file)
    assert not file.endswith((" ", "."))
    assert not file.startswith(" ")
    assert not RESERVED.match(file)
    assert file.endswith(f" - {NUMBER}.pdf")
    assert len(file.encode()) <= 255
    assert unicodedata.is_normalized("NFC", file)
