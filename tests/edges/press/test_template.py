"""Pressed files are well formed, accessible, and speak of one person alone."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pikepdf
import pytest

from pipeline.documents.press.repertoire import repertoire_of
from pipeline.rules.certificates.activities import Kind
from tests.support.documents_kit import THEME
from tests.support.press_kit import SCRIPTS, by_press, pdf_ua_faults, person
from tests.support.programs import program


@pytest.mark.starts
def test_well_formed(tmp_path: Path) -> None:
    """qpdf finds nothing, there is one page, and each file has its own identifier."""
    first, second = by_press(person("Ida Brandt")), by_press(person("Ole Brandt"))
    for pdf in (first, second):
        path = tmp_path / "one.pdf"
        path.write_bytes(pdf)
        done = subprocess.run([program("qpdf"), "--check", path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        with pikepdf.open(io.BytesIO(pdf)) as document:
            assert not document.check_pdf_syntax()
            assert len(document.pages) == 1
    with pikepdf.open(io.BytesIO(first)) as one, pikepdf.open(io.BytesIO(second)) as other:
        assert one.trailer.ID[0] != other.trailer.ID[0]
        assert one.trailer.ID[1] != other.trailer.ID[1]


def test_validator() -> None:
    """page-validation finds nothing against PDF/UA-1 in any kind, and in one name of each repertoire."""
    names = {repertoire_of(name, THEME, serif=True): name for name in SCRIPTS.values()}
    assert len(names) == 7
    for facts in [*(person("Ida Brandt", kind=kind) for kind in Kind), *map(person, names.values())]:
        assert pdf_ua_faults(by_press(facts)) == []


def test_a_file_says_nothing_of_another_person() -> None:
    """Neither the made-up people of a template nor whoever was set before stand anywhere in a file."""
    by_press(person("Ottoline Zimmerdahl", "RN"))
    with pikepdf.open(io.BytesIO(by_press(person("Ida Brandt", "MD")))) as pdf:
        said = b"".join(
            each.read_bytes() if isinstance(each, pikepdf.Stream) else str(each).encode()
            for each in pdf.objects
        )
    for word in (b"Zimmerdahl", b"Wzxkv", b"JJJJ", b"WWWW"):
        assert word not in said
        assert word.decode().encode("utf-16-be").hex().encode() not in said
