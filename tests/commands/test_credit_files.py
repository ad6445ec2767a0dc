"""The PDFs about all of a person's certificates on their page: they come, follow every change, and go."""

from __future__ import annotations

import datetime as dt
import io
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from weakref import ref

import pikepdf
import pytest

from pipeline.rules.web.credit_record import CreditRecord
from pipeline.workflow import desk, release, standing
from pipeline.workflow.credit_files import CreditFileMaker
from pipeline.workflow.verify import verify
from tests.support.college import TODAY, College, body
from tests.support.press_kit import pdf_ua_faults
from tests.support.shell import Shell

ANA, BO = "Ana Alva", "Bo Berg"
HEADER = "activity,learner_id,email,name,cme_credits,evaluation\n"
ROWS = (
    "window,L1,ana@example.org,Ana Alva,5,",
    "meeting-2024,L1,ana@example.org,Ana Alva,2.25,",
    "window,L2,bo@example.org,Bo Berg,6,",
    "meeting-2025,L3,cy@example.org,Cy Cole,,yes",
)


@pytest.fixture
def issued(quick_college: College) -> College:
    """Ana has four certificates in two years, Bo two of one activity, Cy one."""
    quick_college.write_meeting("window", more="Download_until: 2025-12-01\n")
    quick_college.write_meeting("meeting-2024", "2024-03-01", "2024-03-02")
    quick_college.take(*ROWS, header=HEADER)
    return quick_college


def beside(college: College, name: str) -> dict[str, bytes]:
    """These files on a person's page, without what tells their bytes, each offered there."""
    page = college.page(name)
    text, found = (page / "index.html").read_text(), {}
    for path in sorted(page.glob("*.pdf")):
        if "-certificate-" not in path.name:
            assert text.count(f'href="{path.name}" download') == 1
            found[path.stem.rpartition("-")[0]] = path.read_bytes()
    assert len(re.findall(r'href="acr-(?:record|all)[^"]*" download', text)) == len(found)
    return dict(sorted(found.items()))


def is_sound(college: College, today: dt.date = TODAY) -> bool:
    with college.project(today) as project:
        return verify(project) == []


def test_whoever_has_two_certificates_finds_both_files(issued: College) -> None:
    assert list(beside(issued, ANA)) == [
        "acr-all-certificates",
        "acr-record-of-credits-2024",
        "acr-record-of-credits-2024-2025",
        "acr-record-of-credits-2025",
    ]
    assert list(beside(issued, BO)) == ["acr-all-certificates", "acr-record-of-credits-2025"]
    assert beside(issued, "Cy Cole") == {}
    assert is_sound(issued)


def test_they_are_what_they_say(college: College) -> None:
    """With real paper: the pages as issued, what is credited, and no fault of accessibility in either."""
    college.write_meeting("meeting-2024", "2024-03-01", "2024-03-02")
    college.take(
        "meeting-2024,L1,ana@example.org,Ana Alva,2.25,", "course,L1,ana@example.org,Ana Alva,5.5,2025-02-14",
        header="activity,learner_id,email,name,cme_credits,completed_on\n",
    )  # fmt: skip
    files = beside(college, ANA)
    for pdf in files.values():
        assert not pdf_ua_faults(pdf)
    with pikepdf.open(io.BytesIO(files["acr-all-certificates"])) as merged:
        assert len(merged.pages) == len(list(college.page(ANA).glob("*-certificate-*.pdf")))
    assert is_sound(college)


def test_nothing_new_makes_nothing(issued: College, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> bytes:
        raise AssertionError("it was made again")

    for name in ("record_pdf", "merged_pdf"):
        monkeypatch.setattr(f"pipeline.workflow.credit_files.{name}", never)
    before = issued.snapshot()
    issued.take(*ROWS, header=HEADER)
    issued.do(release.build_pages, True)
    assert issued.snapshot() == before


def test_only_those_are_made_whose_certificates_changed(
    issued: College, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ana's new certificate changes no file of Bo's, and none of her former year."""
    ana, bo, made = beside(issued, ANA), beside(issued, BO), []

    def counted(record: object, *_: object) -> bytes:
        made.append(record)
        return b"%PDF-another"

    monkeypatch.setattr("pipeline.workflow.credit_files.record_pdf", counted)
    issued.take("meeting-2025,L1,ana@example.org,Ana Alva,7,yes", header=HEADER)
    assert len(made) == 2
    assert beside(issued, BO) == bo
    after = beside(issued, ANA)
    assert after["acr-record-of-credits-2024"] == ana["acr-record-of-credits-2024"]
    assert {name for name in ana if after[name] != ana[name]} == ana.keys() - {"acr-record-of-credits-2024"}


def test_the_record_of_what_was_the_only_year_stays_when_there_is_another(
    issued: College, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bo's record of all was that of 2025; it is now the record of that year, and the same file."""
    before, made = beside(issued, BO), list[str]()

    def counted(record: CreditRecord, *_: object) -> bytes:
        made.append(record.period)
        return b"%PDF-another"

    monkeypatch.setattr("pipeline.workflow.credit_files.record_pdf", counted)
    issued.take("meeting-2024,L2,bo@example.org,Bo Berg,2,", header=HEADER)
    assert sorted(made) == ["2024", "2024–2025"]
    assert beside(issued, BO)["acr-record-of-credits-2025"] == before["acr-record-of-credits-2025"]
    assert is_sound(issued)
    snapshot = issued.snapshot()
    issued.do(release.build_pages, True)
    assert issued.snapshot() == snapshot


def test_of_pages_that_are_done_nothing_stays_in_memory(
    issued: College, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many are made: what was made for one page goes when that of the next is there."""
    made = list[ref[CreditRecord]]()

    def noted(record: CreditRecord, *_: object) -> bytes:
        made.append(ref(record))
        return b"%PDF-another"

    monkeypatch.setattr("pipeline.workflow.credit_files.record_pdf", noted)
    monkeypatch.setattr("pipeline.workflow.credit_files.is_unchanged", lambda *_: False)
    with issued.project() as project:
        people = [issued.page(name).name for name in (ANA, BO)] * 50
        for _ in CreditFileMaker(project).make([[token] for token in people]):
            assert sum(one() is not None for one in made) <= 2 * 3
    assert len(made) == 50 * (3 + 1)


def test_a_correction_changes_them(issued: College, shell: Shell) -> None:
    before = beside(issued, BO)
    shell("correct", "L2", "--name", "Bo Björn Berg", "--reason", "as in the licence")
    after = beside(issued, "Bo Björn Berg")
    assert after.keys() == before.keys()
    assert not set(after.values()) & set(before.values())
    assert is_sound(issued)


def withdraw(college: College, number: str) -> None:
    with college.project() as project:
        standing.withdraw(project, number, "by mistake")
        release.release(project)


def test_a_withdrawal_leaves_one_certificate_and_no_files(issued: College) -> None:
    with issued.project(locked=False) as project:
        person = desk.one_person(project, "L2")
        number = project.ledger.pages.entries(person.id, TODAY)[0].facts.number
    withdraw(issued, number)
    assert beside(issued, BO) == {}
    assert len(list(issued.page(BO).iterdir())) == 2
    assert is_sound(issued)


def test_a_closed_window_takes_certificates_out_of_the_one_file(issued: College) -> None:
    """They are on record, and count; they cannot be downloaded in another file either."""
    before, closed = beside(issued, ANA), dt.date(2025, 12, 2)
    issued.run(today=closed)
    after = beside(issued, ANA)
    assert after.keys() == before.keys()
    assert {name for name in before if after[name] != before[name]} == {"acr-all-certificates"}
    assert list(beside(issued, BO)) == ["acr-record-of-credits-2025"]
    assert is_sound(issued, closed)


def test_what_is_past_retention_leaves_them(issued: College) -> None:
    before, late = beside(issued, ANA), dt.date(2030, 3, 3)
    issued.run(today=late)
    assert list(beside(issued, ANA)) == ["acr-record-of-credits-2025"]  # the window is closed by then
    assert beside(issued, ANA)["acr-record-of-credits-2025"] == before["acr-record-of-credits-2025"]
    assert is_sound(issued, late)
    issued.run(today=dt.date(2031, 3, 3))
    assert not list(issued.output.rglob("acr-record*"))
    with issued.project(dt.date(2031, 3, 3)) as project:
        assert project.ledger._db.execute("SELECT count(*) FROM credit_file").fetchone()[0] == 0


def test_a_new_link_has_them_and_the_old_one_nothing(issued: College) -> None:
    before, old = beside(issued, ANA), issued.page(ANA)
    with issued.project() as project:
        desk.rotate(project, "L1", "forwarded")
    assert not old.exists()
    assert beside(issued, ANA) == before
    with issued.project() as project:
        assert not project.ledger.credit_files.of([f"c/{old.name}"])


def test_erasure_takes_them(issued: College, shell: Shell) -> None:
    page = issued.page(ANA)
    shell("forget", "L1", "--reason", "asked", "--yes")
    assert not page.exists()
    assert not list((issued.data).rglob("aside/*"))
    assert len(list(issued.output.rglob("acr-record*"))) == 1  # Bo's


def test_output_is_made_again_the_same(issued: College) -> None:
    before, folder = beside(issued, ANA), issued.output
    shutil.rmtree(folder)
    issued.do(release.build_pages)
    assert beside(issued, ANA) == before
    assert is_sound(issued)


def alter(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(b"x" * path.stat().st_size)


ALTER: dict[str, Callable[[Path], object]] = {
    "altered": alter,
    "missing": lambda path: path.unlink(),
    "stray": lambda path: path.with_name("acr-all-certificates-00000000.pdf").write_bytes(b"%PDF"),
}


@pytest.mark.parametrize("how", ALTER)
def test_whoever_changes_one_is_seen_and_it_is_put_right(issued: College, how: str) -> None:
    before = beside(issued, ANA)
    ALTER[how](next(issued.page(ANA).glob("acr-all-*")))
    with issued.project() as project:
        faults = verify(project)
    assert [fault for fault in faults if fault.startswith("output/: 1 ")], faults
    assert not [fault for fault in faults if issued.page(ANA).name in fault]
    issued.do(release.build_pages, True)
    assert beside(issued, ANA) == before
    assert is_sound(issued)
    assert not list(issued.data.rglob("aside/*"))


@pytest.mark.usefixtures("proved")
def test_the_web_host_gets_them_and_gives_up_the_former(issued: College, tmp_path: Path) -> None:
    issued.environment["PUBLISH_TO"] = str(tmp_path / "host")
    issued.run()
    served = tmp_path / "host" / "current" / "c" / issued.page(ANA).name
    there = {path.name for path in issued.page(ANA).iterdir()}
    assert {path.name for path in served.iterdir()} == there
    issued.take("meeting-2025,L1,ana@example.org,Ana Alva,7,yes", header=HEADER)
    now = {path.name for path in issued.page(ANA).iterdir()}
    assert now != there
    assert {path.name for path in served.iterdir()} == now
    assert is_sound(issued)


@pytest.mark.usefixtures("proved")
def test_a_college_leaves_them_out_and_has_them_again(issued: College, tmp_path: Path) -> None:
    """Pages, the web host and mail follow the setting; certificates stay as they are."""
    issued.environment["PUBLISH_TO"] = str(tmp_path / "host")
    issued.run()
    before = beside(issued, ANA)
    records = {name: pdf for name, pdf in before.items() if "record" in name}
    for chosen, left in (("records", records), ("none", {}), ("all", before)):
        issued.environment["CREDIT_FILES"] = chosen
        issued.run()
        assert beside(issued, ANA) == left
        page = issued.page(ANA)
        served = tmp_path / "host" / "current" / "c" / page.name
        assert {path.name for path in served.iterdir()} == {path.name for path in page.iterdir()}
        assert len(list(page.glob("*-certificate-*.pdf"))) == 4
        assert is_sound(issued)
    said = "Your page also has your Record of credits"
    for chosen, who in (("none", "new"), ("all", "newer")):
        issued.environment["CREDIT_FILES"] = chosen
        issued.take(f"window,{who},{who}@example.org,{who.title()} One,6,", header=HEADER)
        (mail,) = (one for one in issued.mails() if f"{who}@example.org" in one["To"])
        assert (said in " ".join(body(mail).split())) == (chosen == "all")


def test_a_certificate_that_cannot_be_merged_costs_nobody_their_page(
    issued: College, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.errors import DocumentError

    def broken(*_: object) -> bytes:
        raise DocumentError("A PDF cannot be read: it is encrypted.")

    monkeypatch.setattr("pipeline.workflow.credit_files.merged_pdf", broken)
    said = shell("run", "--yes", issued.claims("meeting-2025,L2,bo@example.org,Bo Berg,6,yes", header=HEADER))
    assert "a page is without its PDF of all certificates: A PDF cannot be read" in said.output
    assert list(beside(issued, BO)) == ["acr-record-of-credits-2025"]


def test_another_paper_makes_records_anew_and_leaves_certificates(issued: College) -> None:
    """All certificates in one PDF are as they were issued."""
    before = beside(issued, ANA)
    issued.environment["PAPER"] = "a4"
    issued.run()
    after = beside(issued, ANA)
    assert {name for name in before if after[name] != before[name]} == before.keys() - {
        "acr-all-certificates"
    }
    assert is_sound(issued)
