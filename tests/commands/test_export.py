"""certs export: issued certificates as a table, as PDFs in an archive, as one PDF for printing."""

from __future__ import annotations

import csv
import datetime as dt
import os
import stat
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from pipeline.errors import VaultError
from pipeline.workflow import export as exporting
from tests.support.college import TODAY, College
from tests.support.shell import Shell, digest

HEADER = "activity,learner_id,email,name,credentials,cme_credits,abim_moc_points,evaluation\n"
ANA = "meeting-2025,L1,ana@example.org,Ana Alva,MD,12.25,10,yes"
BO = "meeting-2025,L2,bo@example.org,Bo Berg,,20,,yes"
CY = "spring,L3,cy@example.org,Cy Cole,,5,,"
WITHHELD = "meeting-2025,L4,dee@example.org,Dee Doe,,5,,no"
DAY_BEFORE = TODAY - dt.timedelta(days=1)


@pytest.fixture
def issued(shell: Shell) -> Shell:
    """Ana and Bo were at the meeting, Cy at another, a day later; Dee's certificates wait."""
    shell.college.write_meeting("spring")
    shell.college.take(ANA, BO, WITHHELD, header=HEADER, today=DAY_BEFORE)
    shell.college.take(CY, header=HEADER)
    return shell


def rows(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_row_each_certificate(issued: Shell, tmp_path: Path) -> None:
    """Exact credit, for its owner alone, by activity and name; no private link; what waits is not in it."""
    to = tmp_path / "all.csv"
    found = issued.json("export", "--to", to)
    assert found == {"certificates": 6, "people": 3, "valid": 6, "files": [str(to)], "stops": []}
    assert stat.S_IMODE(to.stat().st_mode) == 0o600
    assert [(one["activity"], one["name"], one["kind"], one["cme_credits"]) for one in rows(to)] == [
        ("meeting-2025", "Ana Alva", "participation", "0"),
        ("meeting-2025", "Ana Alva", "cme-abim", "12.25"),
        ("meeting-2025", "Bo Berg", "participation", "0"),
        ("meeting-2025", "Bo Berg", "cme", "20"),
        ("spring", "Cy Cole", "participation", "0"),
        ("spring", "Cy Cole", "cme", "5"),
    ]
    second = rows(to)[1]
    assert (second["learner_id"], second["email"], second["credentials"]) == ("L1", "ana@example.org", "MD")
    assert (second["abim_moc_points"], second["abim_type"]) == ("10", "Medical Knowledge")
    assert second["verification"].endswith(f"/verify/{second['number']}/")
    with issued.college.project(locked=False) as project:
        assert not any(token in to.read_text() for token in issued.college.tokens(project))


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (("--activity", "spring"), 2),
        (("--kind", "cme"), 2),
        (("--kind", "cme", "--kind", "cme-abim"), 3),
        (("--from", "2025-11-14"), 2),
        (("--until", "2025-11-13"), 4),
        (("--from", "2025-11-13", "--until", "2025-11-14", "--activity", "meeting-2025"), 4),
        (("--from", "2025-11-15"), 0),
    ],
    ids=str,
)
def test_some_of_them(issued: Shell, words: tuple[str, ...], count: int) -> None:
    """By activity, kind and day of issue; both days are within. Without a file nothing is changed."""
    before = digest(issued.college.root)
    assert issued.json("export", *words)["certificates"] == count
    assert digest(issued.college.root) == before


def test_what_does_not_count_is_left_out(issued: Shell, tmp_path: Path) -> None:
    """--withdrawn takes it into the table with its reason; no PDF of it is given."""
    number = issued.json("find", "L2")[0]["certificates"][1]["number"]
    issued("withdraw", number, "--reason", "claimed by mistake")
    table, archive = tmp_path / "t.csv", tmp_path / "t.zip"
    issued("export", "--activity", "meeting-2025", "--to", table)
    assert len(rows(table)) == 3
    issued("export", "--activity", "meeting-2025", "--to", table, "--zip", archive, "--withdrawn")
    last = rows(table)[3]
    assert (last["number"], last["standing"], last["reason"]) == (number, "withdrawn", "claimed by mistake")
    assert len(zipfile.ZipFile(archive).namelist()) == 3


def test_the_pdfs_under_readable_names(issued: Shell, tmp_path: Path) -> None:
    """As issued, byte for byte; the same again gives the same archive."""
    archive = tmp_path / "meeting.zip"
    issued("export", "--activity", "meeting-2025", "--zip", archive)
    ana = issued.json("find", "L1")[0]["certificates"][1]
    name = f"meeting-2025/Ana Alva - cme-abim - {ana['number']}.pdf"
    with zipfile.ZipFile(archive) as found:
        assert found.testzip() is None
        assert len(found.namelist()) == 4
        with issued.college.project(locked=False) as project:
            assert found.read(name) == project.vault.read(ana["pdf_sha256"])
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    before = archive.read_bytes()
    issued("export", "--activity", "meeting-2025", "--zip", archive)
    assert archive.read_bytes() == before


def test_one_pdf_for_printing(college: College, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that count, in the order of names."""
    college.take(BO, ANA, header=HEADER)
    merged = tmp_path / "meeting.pdf"
    Shell(college, monkeypatch)("export", "--activity", "meeting-2025", "--merged", merged)
    with pdfium.PdfDocument(merged) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    assert [name for page in pages for name in ("Ana Alva", "Bo Berg") if name in page] == [
        *("Ana Alva", "Ana Alva", "Bo Berg", "Bo Berg")
    ]
    assert stat.S_IMODE(merged.stat().st_mode) == 0o600


def test_a_workbook(issued: Shell, tmp_path: Path) -> None:
    """Text is text, credit a number, a day a day."""
    from python_calamine import CalamineWorkbook

    to = tmp_path / "all.xlsx"
    issued.college.take("spring,L9,eve@example.org,=1+2 Eve,,3,,", header=HEADER)
    issued("export", "--activity", "spring", "--to", to)
    header, *lines = CalamineWorkbook.from_path(to).get_sheet_by_index(0).to_python()
    found = [dict(zip(header, line, strict=True)) for line in lines]
    assert [(one["name"], one["cme_credits"]) for one in found if one["kind"] == "cme"] == [
        ("=1+2 Eve", 3.0),
        ("Cy Cole", 5.0),
    ]
    assert found[0]["issued_on"] == TODAY


def test_that_they_left_is_on_record(issued: Shell, tmp_path: Path) -> None:
    """What, how much, into which file, who and why; the file's folder is nobody's business."""
    issued(
        *("--actor", "ida", "export", "--activity", "spring", "--kind", "cme", "--to", tmp_path / "s.csv"),
        *("--reason", "asked by the board"),
    )
    with issued.college.project(locked=False) as project:
        row = project.ledger._db.execute("SELECT actor, detail FROM audit WHERE action = 'export'").fetchone()
    assert tuple(row) == (
        "ida",
        "spring, cme: 1 certificate of 1 person, into s.csv; asked by the board",
    )


def test_a_file_that_fails_leaves_what_was_there(
    issued: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A PDF that the vault lost: one sentence, and the former archive stays; nothing lies beside it."""
    archive = tmp_path / "a.zip"
    archive.write_bytes(b"former")

    def lost(*_: object) -> bytes:
        raise VaultError("The vault's file is missing.", "Put it back from a backup.")

    monkeypatch.setattr("pipeline.vault.Vault.read", lost)
    issued.refused("export", "--zip", archive)
    assert archive.read_bytes() == b"former"
    assert [name for name in os.listdir(tmp_path) if name.startswith("a.zip")] == ["a.zip"]


def test_what_cannot_be(issued: Shell, tmp_path: Path) -> None:
    """A place that is shown, an ending, an activity, nothing to write, days the wrong way round."""
    for to in (issued.college.output / "x.csv", issued.college.root / "content" / "x.csv"):
        assert "nothing was written" in issued.refused("export", "--to", to)
    assert "does not end with .zip" in issued.refused("export", "--zip", tmp_path / "x.rar")
    assert "no folder" in issued.refused("export", "--to", tmp_path / "none" / "x.csv")
    assert 'no activity "sprung"' in issued.refused("export", "--activity", "sprung")
    to = tmp_path / "x.csv"
    assert "No certificate fits" in issued.refused("export", "--from", "2030-01-01", "--to", to)
    assert not to.exists()
    days = issued("export", "--from", "2025-02-01", "--until", "2025-01-01", status=2)
    assert "comes after" in days.stderr


def test_they_are_read_one_by_one(issued: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifteen thousand PDFs are never all in memory: each is read when the one before is written."""
    order = []

    def read(*_: object) -> bytes:
        order.append("read")
        return b"%PDF"

    def write(_path: Path, members: Iterable[object]) -> None:
        order.extend("write" for _ in members)

    monkeypatch.setattr("pipeline.ledger.listing.PORTION", 2)
    monkeypatch.setattr("pipeline.vault.Vault.read", read)
    monkeypatch.setattr(exporting, "write_zip", write)
    issued("export", "--zip", tmp_path / "a.zip")
    assert order == ["read", "write"] * 6
