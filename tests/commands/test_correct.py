"""Corrections keep identity: same number, same page, next version; nothing is erased by what a file lacks."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from types import SimpleNamespace

import pytest

from pipeline.rules.certificates.awards import Standing
from pipeline.rules.web.pages import Entry
from pipeline.workflow import desk, run, send
from pipeline.workflow.award import award
from pipeline.workflow.project import Project
from pipeline.workflow.reissue import plan_reissue
from pipeline.workflow.render import Issued, render
from tests.support.college import ACTIVITIES, TODAY, College

HEADER = "activity,learner_id,email,name,credentials,cme_credits,abim_moc_points,evaluation\n"
LATER = TODAY + dt.timedelta(days=40)


def entries(college: College, who: str = "L1") -> dict[str, Entry]:
    """A person's certificates by kind."""
    with college.project(locked=False) as project:
        person = desk.one_person(project, who)
        return {entry.facts.kind.value: entry for entry in project.ledger.pages.entries(person.id, TODAY)}


@pytest.fixture
def issued(quick_college: College) -> College:
    """Ana Alva with Participation and CME of 12.25 credits, told of both."""
    quick_college.take("meeting-2025,L1,ana@example.org,Ana Alva,MD,12.25,,yes", header=HEADER)
    return quick_college


def test_a_later_file_corrects_a_name(issued: College) -> None:
    """Number, page and issue date stay; the file is a new one under a new name; nobody is mailed unasked."""
    before, token = entries(issued), issued.page("Ana Alva").name
    report = issued.take("meeting-2025,L1,ana@example.org,Ana Álva,MD,12.25,,yes", header=HEADER, today=LATER)
    after = entries(issued)
    assert (report.corrected, report.issued, report.sent) == (2, 0, 0)
    for kind in ("participation", "cme"):
        old, new = before[kind], after[kind]
        assert new.facts.number == old.facts.number
        assert new.facts.issued_on == old.facts.issued_on == TODAY
        assert new.facts.name == "Ana Álva"
        assert (new.standing, new.changed_on, new.reason) == ("corrected", LATER, "name corrected")
        assert (old.facts.version, old.facts.corrected_on) == (1, None)
        assert (new.facts.version, new.facts.corrected_on) == (2, LATER)
        assert new.file
        assert old.file
        assert new.file.name != old.file.name
        assert new.digests[0] == old.file.sha256
    page = issued.page("Ana Álva")
    assert page.name == token
    assert sorted(path.name for path in page.glob("*-certificate-*.pdf")) == sorted(
        entry.file.name for entry in after.values() if entry.file
    )
    assert "corrected" in (page / "index.html").read_text().casefold()
    verification = issued.output / "verify" / after["cme"].facts.number / "index.html"
    assert "name corrected" in verification.read_text().casefold()


def test_corrections_are_mailed_when_asked_and_once(issued: College) -> None:
    """One message about both certificates, in other words than the first."""
    row = "meeting-2025,L1,ana@example.org,Ana Álva,MD,12.25,,yes"
    issued.take(row, header=HEADER, mail_corrections=True)
    assert [mail["Subject"] for mail in issued.mails()][1:] == [
        subject for subject in [issued.mails()[-1]["Subject"]] if "correct" in subject.casefold()
    ]
    assert issued.take(row, header=HEADER, mail_corrections=True).sent == 0


def test_another_credit_kind_replaces_the_former_certificate(issued: College) -> None:
    """The former one's verification page says by which; the new one is mailed; Participation stays."""
    before = entries(issued)
    report = issued.take("meeting-2025,L1,ana@example.org,Ana Alva,MD,12.25,10,yes", header=HEADER)
    after = entries(issued)
    assert (report.issued, report.replaced, report.corrected, report.sent) == (1, 1, 0, 1)
    assert report.by_kind["cme-abim"] == 1
    new = after["cme-abim"].facts.number
    assert (after["cme"].standing, after["cme"].replaced_by, after["cme"].file) == ("replaced", new, None)
    assert after["participation"] == before["participation"]
    assert new in (issued.output / "verify" / after["cme"].facts.number / "index.html").read_text()
    assert len(list(issued.page("Ana Alva").glob("*-certificate-*.pdf"))) == 2


def test_an_absent_column_erases_nothing(issued: College) -> None:
    """A file without credits and credentials leaves both as they are."""
    before = entries(issued)
    report = issued.take(
        "meeting-2025,L1,ana@example.org,Ana Alva,yes", header="activity,learner_id,email,name,evaluation\n"
    )
    assert (report.issued, report.corrected, report.set_aside, report.unchanged) == (0, 0, 0, 2)
    assert entries(issued) == before


def test_an_empty_cell_does_not_remove_credit_unasked(issued: College) -> None:
    """It is a problem that says what to do; --allow-removals withdraws."""
    row = "meeting-2025,L1,ana@example.org,Ana Alva,MD,,,yes"
    report = issued.take(row, header=HEADER)
    assert report.set_aside == 1
    assert [(one.field, one.reason) for one in report.problems] == [
        ("cme_credits", "would remove 12.25 credits; use certs withdraw, or --allow-removals")
    ]
    assert entries(issued)["cme"].standing == "valid"
    report = issued.take(row, header=HEADER, allow_removals=True)
    assert report.set_aside == 0
    assert entries(issued)["cme"].standing == "withdrawn"
    assert entries(issued)["participation"].standing == "valid"


def test_staff_correct_and_no_old_or_new_export_undoes_it(issued: College) -> None:
    """The next export repeats what the last one said: that is no news, and the staff's spelling stays."""
    first = issued.root / "claims-1.csv"
    with issued.project() as project:
        change = desk.Change(name="Ana Álva-Ruiz", credentials="MD, PhD")
        done, messages = desk.correct(project, "ana@example.org", change, "asked by phone", True)
        assert done.corrected == 2
        assert len(messages) == 1
        assert [one.state for one in send.send_these(project, messages).messages] == ["sent"]
    again = issued.run(first)
    assert (again.corrected, again.unchanged) == (0, 2)
    export = issued.take(
        "meeting-2025,L1,ana@example.org,Ana Alva,MD,12.25,,yes",
        "course,,x@example.org,X Y,,,,",
        header=HEADER,
    )
    assert export.corrected == 0
    now = entries(issued)["cme"]
    assert (now.facts.name, now.facts.credentials, now.reason) == (
        "Ana Álva-Ruiz",
        "MD, PhD",
        "asked by phone",
    )


def test_an_older_file_does_not_undo_a_newer_one(issued: College) -> None:
    """The same bytes again are the same reading: what came after stays."""
    first = issued.root / "claims-1.csv"
    issued.take("meeting-2025,L1,ana@example.org,Ana Alva,MD,15,,yes", header=HEADER)
    report = issued.run(first)
    assert (report.corrected, report.set_aside) == (0, 0)
    assert str(entries(issued)["cme"].facts.cme) == "15"


def test_a_withheld_certificate_is_issued_by_a_later_file(quick_college: College) -> None:
    """As soon as a file shows the requirement met, and it is mailed then."""
    row = "meeting-2025,L1,ana@example.org,Ana Alva,MD,12.25,,"
    report = quick_college.take(row + "no", header=HEADER)
    assert (report.issued, report.withheld, report.sent) == (0, 2, 1)
    report = quick_college.take(row + "yes", header=HEADER)
    assert (report.issued, report.withheld, report.sent) == (2, 0, 1)


def test_a_changed_address_is_told_to_the_former_one_without_a_link(issued: College) -> None:
    """Whoever reads the former mailbox learns that something changed, and nothing else."""
    token = issued.page("Ana Alva").name
    with issued.project() as project:
        _, messages = desk.correct(
            project, "L1", desk.Change(email="ana@hospital.example.org"), "new hospital", False
        )
        send.send_these(project, messages)
        desk_message = desk.resend(project, "ana@example.org", None)[1]
        send.send_these(project, [desk_message])
    told, link = issued.mails()[1:]
    assert told["To"].addresses[0].addr_spec == "ana@example.org"
    assert token not in told.as_string().replace("=\n", "")
    assert "ana@hospital" not in told.as_string()
    assert link["To"].addresses[0].addr_spec == "ana@hospital.example.org"
    assert token in link.as_string().replace("=\n", "")


def ledger_dates(college: College) -> list[str]:
    with college.project(locked=False) as project:
        return [row[0] for row in project.ledger._db.execute("SELECT DISTINCT kept_until FROM claim")]


def edit_meeting(college: College, *changes: tuple[str, str]) -> None:
    text = ACTIVITIES["meeting-2025"]
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    college.write_activity("meeting-2025", text)


def correct_name(college: College) -> Issued:
    with college.project() as project:
        return desk.correct(project, "L1", desk.Change(name="Ana Alba"), "spelled wrong", False)[0]


def test_a_corrected_name_changes_nothing_else_on_paper(issued: College) -> None:
    """The activity's file was edited since: what was issued goes by what it stated, and is kept as long."""
    before = entries(issued)["cme"].facts
    edit_meeting(
        issued, ("Autumn Meeting 2025", "Other Title"), ("2025-10-29", "2025-11-09"), ("45.25", "50")
    )
    assert correct_name(issued).corrected == 2
    assert entries(issued)["cme"].facts == replace(before, name="Ana Alba", version=2, corrected_on=TODAY)
    assert ledger_dates(issued) == [before.kept_until.isoformat()] == ["2031-10-29"]


@pytest.mark.parametrize("end", ["2025-11-09", "2025-10-27"])
def test_a_reissue_keeps_what_it_prints(issued: College, end: str) -> None:
    """Where the last day moved, record and paper name the same day, and never an earlier one than before."""
    edit_meeting(issued, ("End: 2025-10-29", f"End: {end}"))
    with issued.project() as project:
        assert plan_reissue(project, "meeting-2025") == 2
        render(project, None)
    facts = entries(issued)["cme"].facts
    assert facts.end == dt.date.fromisoformat(end)
    assert facts.kept_until.isoformat() == max("2031-10-29", f"2031{end[4:]}")
    assert ledger_dates(issued) == [facts.kept_until.isoformat()]


def test_a_reissue_prints_where_the_site_is_today(issued: College) -> None:
    """The site moved, or its address was wrong: a reissue mends what paper says, and so does a correction."""
    number = entries(issued)["cme"].facts.number
    issued.environment["SITE_URL"] = "https://learn.example.org"
    assert correct_name(issued).corrected == 2
    assert entries(issued)["cme"].facts.verify_url == f"https://learn.example.org/verify/{number}/"
    issued.environment["SITE_URL"] = "https://cme.example.org"
    issued.do(make_anew)
    assert entries(issued)["cme"].facts.verify_url == f"https://cme.example.org/verify/{number}/"


def make_anew(project: Project) -> None:
    """All certificates, as `certs reissue` does."""
    plan_reissue(project, None)
    render(project, None)


def test_paper_tells_a_correction_for_good_and_a_new_design_never(issued: College) -> None:
    """What was never corrected says nothing of it; what was, says when, in every later version."""
    issued.do(make_anew)
    facts = entries(issued)["cme"].facts
    assert (facts.version, facts.corrected_on) == (2, None)
    issued.take("meeting-2025,L1,ana@example.org,Ana Álva,MD,12.25,,yes", header=HEADER, today=LATER)
    issued.do(make_anew)
    facts = entries(issued)["cme"].facts
    assert (facts.version, facts.corrected_on, facts.issued_on) == (4, LATER, TODAY)
    with issued.project(locked=False) as project:
        digests = project.ledger.certificates.digests()
        found = project.ledger.certificates.stating(digests)
        stated = [one for one, _ in found if one.number == facts.number]
    assert sorted((one.version, one.corrected_on) for one in stated if one.corrected_on) == [
        (3, LATER),
        (4, LATER),
    ]


def killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_reissue_keeps_a_correction_that_waits(issued: College, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed before it was rendered, and then reissued: paper says what the record says, and why."""
    with monkeypatch.context() as patch:
        patch.setattr(desk, "render_at_once", killed)
        with pytest.raises(KeyboardInterrupt):
            correct_name(issued)
    issued.do(make_anew)
    after = entries(issued)["cme"]
    assert (after.facts.name, after.standing, after.reason) == (
        "Ana Alba",
        Standing.CORRECTED,
        "spelled wrong",
    )


@pytest.mark.parametrize("where", ["award_files", "render"])
def test_a_reissue_tells_a_correction_by_file(
    issued: College, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """A file raises the credit, the run is killed before it is judged or rendered: still a correction."""
    claims = issued.claims("meeting-2025,L1,ana@example.org,Ana Alva,MD,15,,yes", header=HEADER)
    with monkeypatch.context() as patch:
        patch.setattr(run, where, killed)
        with pytest.raises(KeyboardInterrupt):
            issued.run(claims)
    issued.do(make_anew)
    after = entries(issued)["cme"]
    assert (str(after.facts.cme), after.standing, after.reason) == (
        "15",
        Standing.CORRECTED,
        "credits corrected",
    )


def test_a_correction_keeps_a_reissue_that_waits(issued: College) -> None:
    """Planned anew and killed, then corrected: the new paper has the activity's new texts as well."""
    edit_meeting(issued, ("Autumn Meeting 2025", "Autumn Meeting, Revised"))
    issued.do(plan_reissue, None)
    correct_name(issued)
    facts = entries(issued)["cme"].facts
    assert (facts.name, facts.title) == ("Ana Alba", "Autumn Meeting, Revised")


def test_a_later_file_never_shortens_what_paper_promised(issued: College) -> None:
    """The activity's last day moved forward since: more credit is a correction, the record stays as long."""
    edit_meeting(issued, ("End: 2025-10-29", "End: 2025-10-27"))
    issued.take("meeting-2025,L1,ana@example.org,Ana Alva,MD,15,,yes", header=HEADER)
    facts = entries(issued)["cme"].facts
    assert (str(facts.cme), facts.kept_until) == ("15", dt.date(2031, 10, 29))
    assert ledger_dates(issued) == ["2031-10-29"]


@pytest.mark.parametrize("gone", [True, False])
def test_certificates_of_an_activity_without_file_are_corrected(issued: College, gone: bool) -> None:
    """Removed or in draft: what was issued is corrected by what it states; nothing new is issued."""
    path = issued.root / "content" / "activities" / "meeting-2025.md"
    if gone:
        path.unlink()
    else:
        path.write_text("Status: draft\n" + path.read_text())
    before = entries(issued)["cme"].facts
    assert correct_name(issued).corrected == 2
    assert entries(issued)["cme"].facts == replace(before, name="Ana Alba", version=2, corrected_on=TODAY)
    assert issued.run().corrected == 0


def test_claims_that_wait_for_an_activitys_file_are_told(issued: College) -> None:
    """A run says which activity is missing as long as something of it waits to be issued; and the page of
    somebody whose certificates are all withheld stays."""
    issued.take("meeting-2025,L2,bo@example.org,Bo Berg,MD,5,,no", header=HEADER)
    page = issued.page("Bo Berg")
    (issued.root / "content" / "activities" / "meeting-2025.md").unlink()
    with issued.project() as project:
        desk.correct(project, "L2", desk.Change(name="Bo Borg"), "spelled wrong", False)
        assert issued.page("Bo Borg") == page
        heard: list[str] = []
        listener = SimpleNamespace(step=heard.append, progress=lambda *_: None)
        award(replace(project, listener=listener))
    assert heard == ["claims of meeting-2025 wait: it has no file in content/activities/, or one in draft"]
