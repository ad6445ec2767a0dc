"""Letters after a name, by literals: who is a physician."""

from __future__ import annotations

import pytest

from pipeline.rules.credentials import are_credentials, is_physician

PHYSICIANS = (
    "MD|M.D.|m.d.|M. D.|DO|D.O., MPH|MD, PhD|MD/PhD|MD-PhD|MDCM|MBBS|MB BS|MB, BS|MBChB|MB ChB|MBChB (Hons)|"
    "MB, BCh, BAO|BM BCh|BMBS|MUDr.|Dr. med.|Dr. med. univ.|lek. med.|Médico Cirujano|PhD, MBBS|RN, MD|"
    "MD, MPH candidate|MD†|FRCP|MD FACR|Physician"
)
OTHERS = (
    "|RN|RN, MSN|PharmD|PA-C|PA, MPH|DNP|NP|PhD|MSc|DPM|DDS|DMD|DVM|DC|OD|MD candidate|MD (c)|"
    "Medical Student|MD-PhD student|Physician Assistant|FACR|Dr.|MPH"
)


@pytest.mark.parametrize("credentials", PHYSICIANS.split("|"))
def test_a_physician(credentials: str) -> None:
    assert is_physician(credentials)


@pytest.mark.parametrize("credentials", OTHERS.split("|"))
def test_no_physician(credentials: str) -> None:
    assert not is_physician(credentials)


@pytest.mark.parametrize("text", ["MD", "M.D.", "MD PhD", "FNP-BC", "PharmD", "DO", "OTR/L"])
def test_letters_that_end_a_name(text: str) -> None:
    assert are_credentials(text)


@pytest.mark.parametrize("text", ["Do", "Ma", "Ana", "ANA", "Jr.", "III", "", "Pa"])
def test_what_is_part_of_a_name(text: str) -> None:
    assert not are_credentials(text)
