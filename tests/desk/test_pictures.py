"""Certificates are seen at the desk as they are, drawn once, within a bound of memory."""

from __future__ import annotations

import io

import pypdfium2
import pytest
from PIL import Image

from pipeline.desk import pictures
from pipeline.desk.pictures import Pictures
from pipeline.workflow.card import issued_file
from tests.support.college import College
from tests.support.desk_kit import OpenDesk


def test_a_certificate_is_a_picture(college: College) -> None:
    """Small beside its facts, large to be read; of a withdrawn one, too."""
    college.take("course,L1,ana@example.org,Ana Alva,MD,yes,2025-10-01,5,,,")
    ida = OpenDesk(college).visitor()
    ida.get(ida.find("L1"))
    for path, width in zip(("", "?large"), pictures.WIDTHS, strict=True):
        number = ida.page.partition("/picture/")[2][:19]
        answer = ida.get(f"picture/{number}{path}")
        assert answer.headers["content-type"] == "image/png"
        assert Image.open(io.BytesIO(answer.content)).width == width
    assert ida.get("picture/0000-0000-0000-0000").status_code == 404


def test_the_record_of_credits_is_taken_away_on_record(college: College) -> None:
    """A PDF of today, by a form alone; who took it stands in the audit trail."""
    college.take("course,L1,ana@example.org,Ana Alva,MD,yes,2025-10-01,5,,,")
    ida = OpenDesk(college).visitor("Ida Lund")
    path = ida.find("L1")
    ida.get(path)
    answer = ida.post(f"{path}/record")
    assert answer.headers["content-disposition"] == 'attachment; filename="record-of-credits.pdf"'
    document = pypdfium2.PdfDocument(answer.content)
    assert "Ana Alva" in document[0].get_textpage().get_text_bounded()
    document.close()
    ida.get(path)
    assert "transcript by Ida Lund" in ida.words
    assert ida.get(f"{path}/record").status_code == 404


def test_pictures_are_drawn_once_and_forgotten_at_last(
    quick_college: College, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []

    def draw(_project: object, digest: str, _width: int) -> bytes:
        drawn.append(digest)
        return b"x" * 10

    monkeypatch.setattr(pictures, "certificate_picture", draw)
    monkeypatch.setattr(pictures, "MOST_BYTES", 25)
    quick_college.take("course,L1,ana@example.org,Ana Alva,MD,yes,2025-10-01,5,,,")
    with quick_college.project(locked=False) as project:
        kept = Pictures()
        for digest in ("a", "b", "a", "c", "a", "b"):
            kept.get(project, digest, 360)
        assert drawn == ["a", "b", "c", "b"]  # c took the place of b, which was asked for least lately
        with pytest.raises(Exception, match="There is no certificate"):
            issued_file(project, "0000-0000-0000-0000")
