"""What operators run into: lost files, killed runs, other settings, full disks, careless options."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from pipeline.workflow import desk, keep
from tests.college import TODAY, College
from tests.shell import Shell

HEADER = "activity,learner_id,email,name,completed_on,cme_credits,evaluation\n"
ANA = "meeting-2025,L1,ana@example.org,Ana Alva,,10,yes"
ZED = "course,L2,zed@example.org,Zed Zzyzx,2019-11-14,5,"
NEXT_DAY = TODAY + dt.timedelta(days=1)  # Zed is past retention


@pytest.fixture
def issued(quick_college: College) -> College:
    """Ana Alva with two certificates; and Zed Zzyzx, whose two are past retention tomorrow."""
    quick_college.run(quick_college.claims(ANA, ZED, header=HEADER))
    return quick_college


def digest_of(college: College, name: str, kind: str = "cme") -> str:
    with college.project() as project:
        (found,) = project.ledger._db.execute(
            "SELECT sha256 FROM version v JOIN certificate x ON x.id = certificate_id"
            " WHERE name = ? AND kind = ?",
            (name, kind),
        ).fetchone()
        return str(found)


def in_vault(college: College, digest: str) -> Path:
    return college.data / "vault" / digest[:2] / digest


def holding(college: College, text: str) -> list[Path]:
    return [path for path, data in college.bytes_under() if text.encode() in data]


def test_a_lost_file_stops_neither_retention_nor_erasure(issued: College) -> None:
    """Where vault and output/ both lost it, the run says so, and does all the rest."""
    digest = digest_of(issued, "Ana Alva")
    in_vault(issued, digest).unlink()
    shutil.rmtree(issued.output)
    report = issued.run(today=NEXT_DAY)
    assert report.purged == 2
    assert [line for line in report.mismatches if digest[:12] in line]
    assert holding(issued, "Zed Zzyzx") == []
    assert len(list(issued.page("Ana Alva").glob("*.pdf"))) == 1
    with issued.project(NEXT_DAY) as project:
        assert desk.forget(project, "L1", "asked") == 2
    assert holding(issued, "Ana Alva") == []


def test_the_last_copy_of_a_file_in_output_mends_the_vault(issued: College) -> None:
    """It is never removed for want of the vault's; the next run puts it back, byte for byte."""
    path = in_vault(issued, digest_of(issued, "Ana Alva"))
    before = path.read_bytes()
    path.unlink()
    assert issued.run().mismatches == []
    assert path.read_bytes() == before
    assert len(list(issued.page("Ana Alva").glob("*.pdf"))) == 2


def test_another_file_in_its_place_does_not_mend_the_vault(issued: College) -> None:
    """Only the very bytes do; what is not what was issued is offered to nobody."""
    path = in_vault(issued, digest_of(issued, "Ana Alva"))
    path.unlink()
    for copy in issued.page("Ana Alva").glob("*-cme-certificate-*.pdf"):
        size = copy.stat().st_size
        copy.unlink()
        copy.write_bytes(b"x" * size)
    assert issued.run().mismatches
    assert not path.exists()
    assert len(list(issued.page("Ana Alva").glob("*.pdf"))) == 1
    path.write_bytes(b"put back from a backup")
    with issued.project() as project:
        keep.build(project)
    assert len(list(issued.page("Ana Alva").glob("*.pdf"))) == 2


def test_a_page_whose_file_is_lost_does_not_block_the_publish(
    issued: College, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Another page that is due goes away; the page is published anew once the file is back."""
    provable(monkeypatch)
    issued.environment["PUBLISH_TO"] = str(tmp_path / "host")
    path = in_vault(issued, digest_of(issued, "Ana Alva"))
    lost = path.read_bytes()
    path.unlink()
    shutil.rmtree(issued.output)
    assert issued.run(today=NEXT_DAY).purged == 2
    hosted = tmp_path / "host" / "current" / "c"
    assert len(list(hosted.glob("*/*.pdf"))) == 1
    path.write_bytes(lost)
    assert issued.run(today=NEXT_DAY).mismatches == []
    assert len(list(hosted.glob("*/*.pdf"))) == 2


def provable(monkeypatch: pytest.MonkeyPatch) -> None:
    """No web server: what is published counts as proved."""
    from pipeline.publish import Proof

    monkeypatch.setattr("pipeline.publish.prove_live", lambda *_args, **_options: Proof(0, []))
    monkeypatch.setattr("pipeline.publish.prove_gone", lambda *_args, **_options: Proof(0, []))


def test_what_a_killed_run_left_in_the_vault_goes(issued: College, monkeypatch: pytest.MonkeyPatch) -> None:
    """PDFs that no certificate refers to name people whom no rule of retention would ever see."""
    with issued.project() as project:
        (orphan,) = project.vault.put_many([b"%PDF- of somebody"])
    in_vault(issued, orphan).with_name(f"{orphan}.part").write_bytes(b"half of one")
    issued.run()
    with issued.project() as project:
        assert set(project.vault.digests()) == project.ledger.certificates.stored()
    assert Shell(issued, monkeypatch)("verify").stdout.startswith("Ledger, vault")
