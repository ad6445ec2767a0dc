"""certs transcript: a person's Record of credits for staff, of today, with who took it on record."""

from __future__ import annotations

from pathlib import Path

import pypdfium2 as pdfium
import pytest

from tests.support.college import College
from tests.support.shell import Shell

HEADER = "activity,learner_id,email,name,credentials,cme_credits,abim_moc_points,evaluation\n"


@pytest.fixture
def issued(quick_college: College) -> College:
    """Ana has certificates of two years, Bo one."""
    quick_college.write_meeting("meeting-2024", "2024-03-01", "2024-03-02")
    quick_college.take(
        "meeting-2024,L1,ana@example.org,Ana Alva,MD,2.25,,",
        "meeting-2025,L1,ana@example.org,Ana Alva,MD,7.5,3.25,yes",
        "meeting-2024,L2,bo@example.org,Bo Berg,MD,,,",
        header=HEADER,
    )
    return quick_college


def audited(college: College) -> list[str]:
    with college.project(locked=False) as project:
        rows = project.ledger._db.execute("SELECT detail FROM audit WHERE action = 'transcript'")
        return [row[0] for row in rows]


def test_it_says_how_many_credits_somebody_got(issued: College, shell: Shell) -> None:
    said = shell("transcript", "ana@example.org").stdout
    for line in (
        "Ana Alva, MD: 2024–2025, 4 certificates, as of November 14, 2025",
        "  9.75 AMA PRA Category 1 Credits™",
        "  3.25 ABIM MOC points (Medical Knowledge)",
        "2024: 2.25 AMA PRA Category 1 Credits™",
        "  March 1–2, 2024  Meeting meeting-2024",
    ):
        assert line in said.splitlines()
    assert issued.page("Ana Alva").name not in said
    assert audited(issued) == []  # nothing left the system


def test_a_script_gets_exact_figures(issued: College, shell: Shell) -> None:
    said = shell.json("transcript", "L1", "--year", "2025")
    assert (said["period"], said["certificates"], said["cme"]) == ("2025", 2, "7.5")
    assert said["abim"] == {"Medical Knowledge": "3.25"}
    (year,) = said["years"]
    (activity,) = year["activities"]
    assert [one["kind"] for one in activity["numbers"]] == ["Participation", "CME / ABIM MOC"]
    assert issued.page("Ana Alva").name not in str(said)


def test_the_pdf_is_written_and_who_took_it_and_why(
    college: College, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell, path = Shell(college, monkeypatch), tmp_path / "ana.pdf"
    college.write_meeting("meeting-2024", "2024-03-01", "2024-03-02")
    college.take("meeting-2024,L1,ana@example.org,Ana Alva,MD,,,", header=HEADER)
    said = shell("transcript", "L1", "--to", path, "--reason", "asked by  phone")
    assert "Written: " in said.stdout
    assert path.stat().st_mode & 0o077 == 0
    with pdfium.PdfDocument(path) as document:
        text = document[0].get_textpage().get_text_range()
    assert "Ana Alva" in text
    assert "as of November 14, 2025" in text
    assert college.page("Ana Alva").name not in text
    assert audited(college) == ["Record of credits 2024, into ana.pdf; asked by phone"]


def test_one_certificate_is_enough_and_none_is_said(issued: College, shell: Shell) -> None:
    assert "1 certificate" in shell("transcript", "bo@example.org").stdout
    assert "has no certificate of 2019 that counts" in shell.refused("transcript", "L1", "--year", "2019")
    assert "Nobody on record" in shell.refused("transcript", "nobody@example.org")
    inside = issued.output / "x.pdf"
    assert "nothing was written" in shell.refused("transcript", "L1", "--to", inside)
    assert not inside.exists()
    assert audited(issued) == []
