"""certs merge: two records that are one person become one, and stay so whatever files say later."""

from __future__ import annotations

import datetime as dt
import os
import pkgutil
from pathlib import Path

import pytest

from pipeline.errors import CertsError
from pipeline.workflow import desk, standing
from pipeline.workflow import undo as undoing
from pipeline.workflow.merge import foresee_parting, merge_records, part_records
from pipeline.workflow.merge_plan import foresee_merge
from pipeline.workflow.project import Project
from pipeline.workflow.verify import verify
from tests.support.college import ACTIVITIES, TODAY, College
from tests.support.shell import Shell

MEETING = "meeting-2025"
OLD = f"{MEETING},L1,ana@old.example,Ana Alva,MD,yes,,10,,,yes"
NEW = f"{MEETING},L2,ana@new.example,Ana Alva-Lee,MD PhD,yes,,12,5,,yes"
COURSE = "course,L1,ana@old.example,Ana Alva,MD,yes,2025-03-01,4,,,"
LATER = TODAY + dt.timedelta(days=1)


@pytest.fixture
def two(quick_college: College) -> College:
    """One person with two records, who was told of both."""
    quick_college.take(OLD, NEW, COURSE)
    return quick_college


def merge(college: College, who: str = "L1", into: str = "L2", tell: bool = False) -> list[int]:
    def deed(project: Project) -> list[int]:
        return merge_records(project, foresee_merge(project, who, into), "one person", tell)[1]

    return college.do(deed)


def undo(college: College, who: str = "L2") -> list[int]:
    def deed(project: Project) -> list[int]:
        return part_records(project, foresee_parting(project, who), "two people")[1]

    return college.do(deed)


def pages(college: College) -> dict[str, str]:
    """The token of each person's page."""
    with college.project(locked=False) as project:
        found = project.ledger.pages.persons(college.tokens(project), project.catalog, TODAY)
        return {page.name: page.token for page in found}


def stated(college: College) -> list[tuple[str, str, str, str, str]]:
    """Holder, activity, kind, standing and CME credit of every certificate on a page."""
    with college.project(locked=False) as project:
        return sorted(
            (one.facts.name, one.facts.activity, one.facts.kind.value, one.standing.value, str(one.facts.cme))
            for page in project.ledger.pages.persons(college.tokens(project), project.catalog, TODAY)
            for one in page.entries
        )


def numbers_of(college: College, who: str) -> list[str]:
    """The certificates that count of the one with this learner id."""
    with college.project(locked=False) as project:
        entries = project.ledger.pages.entries(desk.one_person(project, who).id, TODAY)
        return sorted(one.facts.number for one in entries if one.standing.is_live)


def test_two_records_become_one(two: College) -> None:
    """The higher of what both claimed, once, under the name that stays; nothing is lost."""
    merge(two)
    assert stated(two) == [
        ("Ana Alva", MEETING, "cme", "replaced", "10"),
        ("Ana Alva", MEETING, "participation", "replaced", "0"),
        ("Ana Alva-Lee", "course", "cme", "corrected", "4"),
        ("Ana Alva-Lee", "course", "participation", "corrected", "0"),
        ("Ana Alva-Lee", MEETING, "cme-abim", "valid", "12"),
        ("Ana Alva-Lee", MEETING, "participation", "valid", "0"),
    ]
    assert two.do(verify) == []


def test_later_files_know_both_learner_ids(two: College) -> None:
    """The same export again, day after day, changes nothing; what either row says anew is taken over."""
    merge(two)
    before = stated(two)
    again = two.take(COURSE, OLD, NEW, today=LATER)
    assert (again.set_aside, again.corrected, again.issued, again.queued) == (0, 0, 0, 0)
    assert stated(two) == before
    more = two.take(COURSE, OLD.replace(",10,", ",20,"), NEW, today=LATER)
    assert more.corrected == 1
    assert ("Ana Alva-Lee", MEETING, "cme-abim", "corrected", "20") in stated(two)


def test_undone_the_same_day(two: College) -> None:
    """Everything is whose it was, under its number; whoever followed the one link has not the other's."""
    before, tokens = stated(two), pages(two)
    merge(two)
    undo(two)
    assert [one[:2] + one[2:3] + one[4:] for one in stated(two)] == [
        one[:2] + one[2:3] + one[4:] for one in before
    ]
    assert {one[3] for one in stated(two)} <= {"valid", "corrected"}
    after = pages(two)
    assert after["Ana Alva"] == tokens["Ana Alva"]
    assert after["Ana Alva-Lee"] not in tokens.values()
    assert two.do(verify) == []
    assert two.take(COURSE, OLD, NEW, today=LATER).corrected == 0


def test_the_command_shows_what_it_does_and_asks(two: College, shell: Shell) -> None:
    """Old and new of whatever differs, each certificate by its number; nothing is done unasked."""
    plan = shell("merge", "L1", "L2", "--reason", "one person", status=1).stderr
    for words in (
        "Ana Alva <ana@old.example>, learner id L1 becomes part of Ana Alva-Lee <ana@new.example>, learner",
        "credentials: MD and MD PhD -> MD PhD",
        "learner_id: L1 and L2 -> L2 and L1",
        "cme_credits of meeting-2025: 10 and 12 -> 12",
        "made anew under its number: name and credentials corrected",
        "ana@old.example is told that mail goes elsewhere",
        "Nobody can be asked here, so nothing was done.",
    ):
        assert words in plan
    assert "replaced" not in {one[3] for one in stated(two)}
    shell("merge", "L1", "L2", "--reason", "one person", "--yes", "--mail")
    told = [(mail["To"], mail["Subject"]) for mail in two.mails()[2:]]
    assert told == [
        ("Ana Alva <ana@old.example>", "Your address for ACR certificates was changed"),
        ("Ana Alva-Lee <ana@new.example>", "Link to your 4 certificates: Autumn Meeting 2025 and 1 more"),
    ]
    assert "learner id L1, merged 2025-11-14" in shell("find", "ana@old.example").stdout
    again = shell("merge", "L1", "L2", "--reason", "one person", "--yes")
    assert "one record already" in again.stdout
    assert shell.json("run", "--yes", "--mail-corrections", today=LATER)["queued"] == 0


def forwarding(college: College, token: str) -> str:
    """What stands at a link."""
    return (college.output / "c" / token / "index.html").read_text()


def test_the_former_link_leads_to_the_page_and_says_nothing(two: College) -> None:
    before = pages(two)
    merge(two)
    stays = pages(two)
    assert stays == {"Ana Alva-Lee": before["Ana Alva-Lee"]}
    text = forwarding(two, before["Ana Alva"])
    assert f'content="0; url=../{stays["Ana Alva-Lee"]}/"' in text
    assert f'href="../{stays["Ana Alva-Lee"]}/"' in text
    assert '<meta name="robots" content="noindex, nofollow, noarchive">' in text
    assert "<script" not in text
    assert "Alva" not in text
    assert "Autumn" not in text
    assert [path.name for path in (two.output / "c" / before["Ana Alva"]).iterdir()] == ["index.html"]


def test_a_new_link_closes_all_that_led_to_the_old_one(two: College) -> None:
    """A link is made anew as one leaked, and no former one may lead there."""
    before = pages(two)
    merge(two)
    two.do(desk.rotate, "L2", "leaked")
    after = pages(two)
    assert after["Ana Alva-Lee"] not in before.values()
    assert [path.name for path in (two.output / "c").iterdir()] == [after["Ana Alva-Lee"]]
    assert two.do(verify) == []


def test_both_links_go_with_the_last_certificate(two: College) -> None:
    """After six years nothing of either record is left, in any file."""
    before = pages(two)
    merge(two)
    over = dt.date(2031, 10, 30)  # the meeting's and the course's
    two.run(today=over, mail_advice=False)
    assert not (two.output / "c").exists()
    traces = [
        path
        for path, content in two.bytes_under()
        if any(word.encode() in content for word in (*before.values(), "ana@old.example", "Ana Alva"))
    ]
    assert traces == []


def test_who_was_merged_and_erased_does_not_come_back(two: College) -> None:
    """By either learner id, address or name."""
    merge(two)
    two.do(desk.forget, "ana@old.example", "asked", lambda _: True)
    again = two.take(OLD, NEW, COURSE, today=LATER)
    assert (again.rows, again.set_aside, again.issued) == (3, 3, 0)
    assert two.certificates(LATER) == []
    with two.project(LATER, locked=False) as project:
        assert list(project.ledger.audit.faults()) == []
        details = project.ledger._db.execute("SELECT detail FROM audit WHERE participant IS NOT NULL")
        assert {row[0] for row in details} == {None}


def test_what_was_noted_for_undoing_is_gone_the_next_day(two: College) -> None:
    merge(two)
    two.run(today=LATER)
    with two.project(LATER) as project:
        assert project.ledger._db.execute("SELECT undo FROM former").fetchone()[0] == ""
        with pytest.raises(CertsError, match="on the same day only"):
            foresee_parting(project, "L1")


def test_a_name_that_files_say_under_the_former_id_is_known(two: College) -> None:
    """What it said before says nothing new; what it says anew is taken over."""
    merge(two)
    assert two.take(COURSE, today=LATER).corrected == 0
    married = COURSE.replace("Ana Alva,", "Ana Alva-Lee-Smith,")
    assert two.take(married, today=LATER).corrected == 4
    assert two.take(NEW, COURSE.replace(",4,", ",5,"), today=LATER).set_aside == 0
    assert {one[0] for one in stated(two) if one[3] != "replaced"} == {"Ana Alva"}


def test_rows_without_learner_id_are_known_by_the_former_name(quick_college: College) -> None:
    college = quick_college
    header = "activity,email,name,credentials,completed_on,cme_credits,evaluation\n"
    ana = "course,ana@old.example,Ana Alva,MD,2025-03-01,4,"
    college.take(ana, header=header)
    college.take(NEW)
    merge(college, "ana@old.example")
    again = college.take(ana.replace(",4,", ",6,"), header=header, today=LATER)
    assert (again.set_aside, again.issued, again.corrected) == (0, 0, 1)
    assert ("Ana Alva-Lee", "course", "cme", "corrected", "6") in stated(college)


def test_a_later_file_has_both_rows_of_a_new_activity(two: College) -> None:
    """An activity that comes after the merge is one claim, the higher, whichever row stands first."""
    merge(two)
    two.write_meeting("second")
    rows = [
        "second,L1,ana@old.example,Ana Alva,MD,yes,,9,,,",
        "second,L2,ana@new.example,Ana Alva-Lee,MD PhD,yes,,7,,,",
    ]
    for order in (rows, rows[::-1]):
        report = two.take(*order, today=LATER)
        assert (report.set_aside, report.corrected) == (0, 0)
    assert ("Ana Alva-Lee", "second", "cme", "valid", "9") in stated(two)


@pytest.mark.parametrize("tell", [False, True])
def test_what_waits_goes_to_the_address_that_stays(quick_college: College, tell: bool) -> None:
    """A mail in the queue does not follow to an address that is on record no more; nothing is told twice."""
    college = quick_college
    college.take(OLD, NEW, COURSE, send=False)
    merge(college, tell=tell)
    college.run()
    told = [(mail["To"], mail["Subject"]) for mail in college.mails()]
    assert {to for to, subject in told if "address" not in subject} == {"Ana Alva-Lee <ana@new.example>"}
    with college.project(locked=False) as project:
        query = "SELECT certificate_id, count(*) FROM mention WHERE event = 'new' AND retired = 0 GROUP BY 1"
        assert {row[1] for row in project.ledger._db.execute(query)} == {1}
        assert list(project.ledger.mentions.untold()) == []


def test_a_message_of_which_nobody_knows_is_sent_again_to_the_address_that_stays(two: College) -> None:
    with two.project() as project, project.ledger.transaction():
        project.ledger._db.execute("UPDATE message SET state = 'sending'")
    merge(two)
    with two.project() as project:
        (person,) = project.ledger.people.who("L1", None)
        states = {(one.state.value, one.email) for one in project.ledger.messages.of(person.id)}
    assert states == {("unknown", "ana@new.example"), ("queued", "ana@old.example")}


def test_a_hold_of_either_holds_both_and_undoing_gives_it_back(two: College) -> None:
    two.do(desk.hold, "L1", "a law suit")
    merge(two)
    assert held(two) == {"Ana Alva-Lee": "a law suit"}
    undo(two)
    assert held(two) == {"Ana Alva": "a law suit", "Ana Alva-Lee": ""}


def held(college: College) -> dict[str, str]:
    with college.project(locked=False) as project:
        rows = project.ledger._db.execute("SELECT name, held FROM participant")
        return {row[0]: row[1] for row in rows}


@pytest.mark.parametrize("points", ["5", ""])
def test_withdrawn_credit_stays_withdrawn(quick_college: College, points: str) -> None:
    """The other record's stands, of whatever kind, at what it says; a file with both changes nothing and asks
    for nothing."""
    two, new = quick_college, NEW.replace(",12,5,", f",12,{points},")
    two.take(OLD.replace(",10,", ",40,"), new)
    with two.project() as project:
        (number,) = [
            entry.facts.number
            for page in project.ledger.pages.persons(two.tokens(project), project.catalog, TODAY)
            for entry in page.entries
            if entry.facts.cme == 40
        ]
        standing.withdraw(project, number, "not attended")
    merge(two)
    credit = [(one[3], one[4]) for one in stated(two) if one[1] == MEETING and one[2] != "participation"]
    assert credit == [("withdrawn", "40"), ("valid", "12")]
    report = two.take(OLD.replace(",10,", ",40,"), new, today=LATER)
    assert (report.corrected, report.problems) == (0, [])
    assert two.take(new.replace(",12,", ",13,"), today=LATER).corrected == 1
    with two.project() as project, pytest.raises(CertsError, match="counts in its place"):
        standing.reinstate(project, number, "after all")


def test_kinds_of_both_records_make_one_certificate_of_all(quick_college: College) -> None:
    """ABIM points from one, ABP points from the other: a new certificate takes the place of both."""
    college = quick_college
    college.take(OLD.replace(",10,,,", ",10,5,,"), NEW.replace(",12,5,,", ",10,,5,"))
    before = {one[2:] for one in stated(college)}
    merge(college)
    assert [one[2:] for one in stated(college) if one[3] == "valid"] == [
        ("cme-abim-abp", "valid", "10"),
        ("participation", "valid", "0"),
    ]
    undo(college)
    assert {one[2:] for one in stated(college) if one[3] in ("valid", "corrected")} == before
    assert college.do(verify) == []


def test_three_records_are_one_and_parted_in_turn(two: College) -> None:
    two.take("course,L3,ana@third.example,Ana Lee,MD,yes,2025-03-01,5,,,")
    before = {one[:3] + one[4:] for one in stated(two)}
    merge(two, "L1", "L2")
    merge(two, "L2", "L3")
    assert two.take(OLD, NEW, COURSE, today=TODAY).corrected == 0
    assert {one[0] for one in stated(two) if one[3] in ("valid", "corrected")} == {"Ana Lee"}
    undo(two, "L1")
    undo(two, "L1")
    assert {one[:3] + one[4:] for one in stated(two) if one[3] in ("valid", "corrected")} == before
    assert two.do(verify) == []


def test_three_records_are_parted_after_others_claimed(quick_college: College) -> None:
    """Others have the numbers of claims that were joined since; each has their own certificates again."""
    college = quick_college
    rows = [f"{MEETING},L{one},{one}@example.org,Ana Lee,MD,yes,,{one},,,yes" for one in (3, 1, 2)]
    college.take(*rows)
    holders = {number: numbers_of(college, number) for number in ("L1", "L2", "L3")}
    merge(college, "L1", "L2")
    merge(college, "L2", "L3")
    college.take(*(f"{MEETING},L{one},{one}@example.org,Bo Berg,MD,yes,,5,,,yes" for one in (4, 5)))
    undo(college, "L3")
    undo(college, "L2")
    assert {number: numbers_of(college, number) for number in ("L1", "L2", "L3")} == holders
    assert college.do(verify) == []
    again = college.take(*rows, today=LATER)
    assert (again.set_aside, again.issued, again.corrected) == (0, 0, 0)


def test_undoing_keeps_what_files_have_said_since(two: College) -> None:
    """Each record's rows are told apart by its learner id."""
    merge(two)
    two.take(OLD.replace(",10,", ",15,"), NEW.replace(",12,", ",13,"), COURSE.replace(",4,", ",6,"))
    undo(two)
    credit = {(one[0], one[1], one[4]) for one in stated(two) if one[2] != "participation"}
    assert credit == {
        ("Ana Alva", MEETING, "15"),
        ("Ana Alva", "course", "6"),
        ("Ana Alva-Lee", MEETING, "13"),
    }
    assert two.do(verify) == []


def test_what_cannot_be_merged_says_why(two: College) -> None:
    two.write_meeting("second")
    two.take("second,L9,ana@old.example,Bo Berg,MD,yes,,9,,,")
    with two.project() as project:
        for who, into, why in (
            ("L1", "L1", "one record"),
            ("L1", "nobody@example.org", "Nobody on record"),
            ("ana@old.example", "L2", "fits 2 people"),
            ("L2", "L1", "shows ana@old.example with somebody else"),
        ):
            with pytest.raises(CertsError, match=why):
                foresee_merge(project, who, into)
        with pytest.raises(CertsError, match="No other record"):
            foresee_parting(project, "L2")
    with two.project(dt.date(2031, 10, 30)) as project, pytest.raises(CertsError, match="past its day"):
        foresee_merge(project, "L1", "L2")


def test_wholly_different_names_stop_it(two: College, shell: Shell) -> None:
    """Two people who would see each other's certificates."""
    two.take("course,L3,bo@example.org,Bo Berg,MD,yes,2025-03-01,5,,,")
    words = ("merge", "L3", "L2", "--reason", "r", "--yes")
    assert [one["name"] for one in shell.json(*words, status=5)["stops"]] == ["other-name"]
    shell(*words, "--accept", "other-name")


def test_a_learner_id_is_given_and_changed(two: College, shell: Shell) -> None:
    """Later files know it; somebody else's is refused, and names the command that makes one of two."""
    two.take("course,,cy@example.org,Cy Cole,MD,yes,2025-03-01,5,,,")
    shell("correct", "cy@example.org", "--learner-id", " 0077 ", "--reason", "asked")
    moved = "course,77,cy@new.example,Cy Cole,MD,yes,2025-03-01,6,,,"
    assert two.take(moved).corrected == 1
    assert "L1 is the learner id of Ana Alva" in shell.refused(
        "correct", "cy@example.org", "--learner-id", "L1", "--reason", "asked"
    )
    assert (
        "certs merge L1 cy@example.org"
        in shell("correct", "cy@example.org", "--learner-id", "L1", "--reason", "asked", status=1).stderr
    )
    for wrong in ("", "n/a", "1.2E+10"):
        shell("correct", "cy@example.org", "--learner-id", wrong, "--reason", "asked", status=2)
    shell("correct", "cy@example.org", "--learner-id", "78", "--reason", "mistyped")
    with two.project(locked=False) as project:
        (person,) = project.ledger.people.who("78", None)
        assert 'learner_id from "0077" to "78"; mistyped' in project.ledger.audit.of(person.id)[-1].detail


def test_a_backup_from_before_it_comes_back_as_one_record(two: College, shell: Shell) -> None:
    """The former link says so; what was issued and corrected since is there, under both learner ids."""
    shell("backup", "../before.bak")
    merge(two)
    two.take(COURSE.replace(",4,", ",7,"))
    tokens, before = pages(two), stated(two)
    backdate(two)
    shell("restore", "--force", "../before.bak")
    assert pages(two) == tokens
    assert stated(two) == before
    assert two.take(OLD, NEW, COURSE.replace(",4,", ",7,"), today=LATER).corrected == 0
    assert shell("verify", today=LATER)


def test_a_backup_from_before_parting_comes_back_parted(two: College, shell: Shell) -> None:
    """It was made while two people had one record: neither finds the other's certificates at their link."""
    merge(two)
    shell("backup", "../merged.bak")
    undo(two)
    tokens, before = pages(two), stated(two)
    backdate(two)
    shell("restore", "--force", "../merged.bak")
    assert pages(two) == tokens
    assert stated(two) == before
    assert two.do(verify) == []


def backdate(college: College) -> None:
    """What the ledger noted lies a while back: pages were written after it."""
    for path in (college.output / "c").glob("*/index.html"):
        os.utime(path, (4e9, 4e9))


def test_a_link_that_led_to_a_page_outlives_a_lost_ledger(two: College, shell: Shell) -> None:
    before = pages(two)
    merge(two)
    (two.data / "ledger.sqlite3").unlink()
    shell("restore", "--rebuild")
    assert pages(two) == {"Ana Alva-Lee": before["Ana Alva-Lee"]}
    assert before["Ana Alva-Lee"] in forwarding(two, before["Ana Alva"])
    assert two.do(verify) == []


def test_a_link_that_was_closed_since_a_backup_stays_closed(two: College, shell: Shell) -> None:
    """Both were replaced as one leaked; a backup from before brings neither back."""
    shell("backup", "../before.bak")
    before = pages(two)
    merge(two)
    two.do(desk.rotate, "L2", "leaked")
    shell("restore", "--force", "../before.bak", status=None)
    assert not {*pages(two).values()} & {*before.values()}


class Killed(BaseException):
    """As a signal would: no `except Exception` catches it."""


@pytest.mark.parametrize(
    "step",
    [
        "pipeline.ledger.merging.Merging._join",
        "pipeline.ledger.merging.Merging.merge",
        "pipeline.workflow.merge.award",
        "pipeline.workflow.render._record",
        "pipeline.workflow.merge.render_at_once",
        "pipeline.workflow.release._record",
        "pipeline.workflow.merge.release",
    ],
)
def test_killed_anywhere_it_is_run_again(two: College, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """The same command ends where an undisturbed one does."""
    done = pkgutil.resolve_name(step)

    def deadly(*args: object, **more: object) -> object:
        done(*args, **more)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(step, deadly)
        with pytest.raises(Killed):
            merge(two)
    merge(two)
    assert ("Ana Alva-Lee", "course", "cme", "corrected", "4") in stated(two)
    assert len(stated(two)) == 6
    assert len(pages(two)) == 1
    assert two.do(verify) == []


@pytest.mark.usefixtures("proved")
def test_the_web_host_has_the_one_page_and_what_leads_there(quick_college: College, tmp_path: Path) -> None:
    """No file of the former page stays, and a new link takes both away."""
    college = quick_college
    college.environment["PUBLISH_TO"] = str(tmp_path / "host")
    college.take(OLD, NEW, COURSE)
    (home,) = (tmp_path / "host").rglob("c")
    host = home.parent
    before = pages(college)
    merge(college)
    assert {path.name for path in (host / "c").iterdir()} == {*before.values()}
    assert [path.name for path in (host / "c" / before["Ana Alva"]).iterdir()] == ["index.html"]
    here, there = (
        {path.name for path in (root / "c" / before["Ana Alva-Lee"]).iterdir()}
        for root in (college.output, host)
    )
    assert here == there
    with college.project(locked=False) as project:  # what leads there is proved, too, and not sent each day
        assert project.ledger.builds.unpublished(str(tmp_path / "host")) == []
    college.do(desk.rotate, "L1", "leaked")
    assert {path.name for path in (host / "c").iterdir()} == {*pages(college).values()}
    assert not {*pages(college).values()} & {*before.values()}


def test_from_a_claims_file_through_all_of_it(quick_college: College, shell: Shell) -> None:
    """Two rows of one file, a question for staff, one record, one page, one mail more, six years."""
    college = quick_college
    college.take("meeting-2025,,ana@new.example,Ana Alva,MD,yes,,5,,,yes")
    college.take("course,L1,ana@old.example,Ana Alva,MD,yes,2025-03-01,4,,,")
    both = college.claims("meeting-2025,L1,ana@new.example,Ana Alva,MD,yes,,6,,,yes")
    (problem,) = shell.json("check", both, status=3)["problems"]
    assert "certs merge ana@new.example L1 --reason" in problem["reason"]
    shell("merge", "ana@new.example", "L1", "--reason", "one person", "--yes", "--mail")
    assert college.run(both, mail_corrections=True).corrected == 1
    told = [(mail["To"], mail["Subject"]) for mail in college.mails()]
    assert told[2:] == [
        ("Ana Alva <ana@new.example>", "Your address for ACR certificates was changed"),
        ("Ana Alva <ana@old.example>", "Link to your 4 certificates: Autumn Meeting 2025 and 1 more"),
        ("Ana Alva <ana@old.example>", "Corrected CME Certificate: Autumn Meeting 2025"),
    ]
    college.run(today=dt.date(2031, 3, 2), mail_advice=False)  # the course is over, the meeting is not
    assert len(pages(college)) == 1
    college.run(today=dt.date(2031, 10, 30), mail_advice=False)
    assert not (college.output / "c").exists()
    assert not any(b"example" in content for path, content in college.bytes_under() if "ledger" in path.name)


def test_after_undoing_each_record_is_planned_for_itself(two: College, shell: Shell) -> None:
    """What told of both tells of one: a plan copies one person, and nobody is left to point at."""
    merge(two, tell=True)
    two.run()
    undo(two)
    two.run()
    two.write_meeting("second")
    claims = two.claims("second,L1,ana@old.example,Ana Alva,MD,yes,,9,,,")
    done = shell.json("run", "--yes", claims)
    assert (done["issued"], done["sent"]) == (2, 1)


def undo_run(college: College, number: int) -> None:
    def deed(project: Project) -> None:
        undoing.undo(project, undoing.preview_undo(project, number, mailed_too=True), "the wrong file")

    college.do(deed)


def counting(college: College) -> list[tuple[str, str, str, str]]:
    """Holder, activity, kind and CME credit of every certificate that counts."""
    found = [one for one in stated(college) if one[3] in ("valid", "corrected")]
    return [(name, activity, kind, cme) for name, activity, kind, _, cme in found]


MORE = OLD.replace(",10,,", ",20,20,")
ONE = [("Ana Alva-Lee", MEETING, "cme-abim", "12"), ("Ana Alva-Lee", MEETING, "participation", "0")]


@pytest.mark.parametrize(("who", "into"), [("L1", "L2"), ("L2", "L1")])
def test_what_a_run_said_that_was_undone_is_not_had_by_merging(
    quick_college: College, who: str, into: str
) -> None:
    """Nor by a later file, nor after parting; said again it counts."""
    college = quick_college
    college.take(MORE)
    college.take(NEW)
    undo_run(college, 1)
    assert counting(college) == ONE
    merge(college, who, into)
    name = "Ana Alva-Lee" if into == "L2" else "Ana Alva"
    ours = [(name, *rest) for _, *rest in ONE]
    assert counting(college) == ours
    college.take(NEW, "course,L2,ana@new.example,Ana Alva-Lee,MD PhD,yes,2025-03-01,4,,,")
    assert [one for one in counting(college) if one[1] == MEETING] == ours
    undo(college, into)
    assert [one for one in counting(college) if one[1] == MEETING] == ONE
    with college.project(locked=False) as project:
        rows = project.ledger._db.execute("SELECT undone, cme FROM claim WHERE activity = ?", (MEETING,))
        assert sorted(map(tuple, rows)) == [("", "12"), ("void", "0")]
    college.take(OLD, NEW)
    with college.project(locked=False) as project:
        rows = project.ledger._db.execute("SELECT undone, cme FROM claim WHERE activity = ?", (MEETING,))
        assert sorted(map(tuple, rows)) == [("", "10"), ("", "12")]


def test_a_claim_that_was_undone_and_moved_is_said_by_either_record(quick_college: College) -> None:
    """What the one says is not forgotten by what the other does not."""
    college = quick_college
    college.take(MORE)
    college.take(COURSE.replace("L1,ana@old.example,Ana Alva,", "L2,ana@new.example,Ana Alva-Lee,"))
    undo_run(college, 1)
    merge(college)
    assert [one for one in counting(college) if one[1] == MEETING] == []
    college.take(NEW)
    assert [one for one in counting(college) if one[1] == MEETING] == ONE
    college.take(OLD, NEW, today=LATER)
    assert [one for one in counting(college) if one[1] == MEETING] == ONE


@pytest.mark.parametrize("wrong", [1, 2])
def test_a_run_is_undone_after_parting_and_not_before(
    quick_college: College, shell: Shell, wrong: int
) -> None:
    """Which of it each run said is known of two records, and not of one."""
    college = quick_college
    college.take(MORE)
    college.take(NEW)
    merge(college)
    before = stated(college)
    said = shell.refused("undo", wrong, "--reason", "wrong", "--yes", "--mailed")
    assert said == f"All that is left of run {wrong} is of records that became one: 2 certificates."
    assert stated(college) == before
    undo(college)
    undo_run(college, wrong)
    assert {one[0] for one in counting(college)} == {"Ana Alva-Lee" if wrong == 1 else "Ana Alva"}


def test_a_run_that_brought_all_of_it_for_one_person_is_undone(two: College) -> None:
    """Nothing that either row said comes back with the other's."""
    two.write_meeting("second")
    merge(two)
    rows = [
        "second,L1,ana@old.example,Ana Alva,MD,yes,,9,,,",
        "second,L2,ana@new.example,Ana Alva-Lee,MD PhD,yes,,3,,,",
    ]
    two.take(*rows)
    assert ("Ana Alva-Lee", "second", "cme", "9") in counting(two)
    undo_run(two, 2)
    assert [one for one in counting(two) if one[1] == "second"] == []
    for day in (TODAY, LATER):
        two.take(rows[1].replace(",3,", ",4,"), COURSE if day == TODAY else OLD, today=day)
        assert [one[2:] for one in counting(two) if one[1] == "second"] == [
            ("cme", "4"),
            ("participation", "0"),
        ]


def test_what_a_run_changed_of_a_claim_that_moved_is_undone(two: College) -> None:
    """The next row says what it says, and not what the run said that was undone."""
    two.write_activity("third", ACTIVITIES[MEETING].replace(MEETING, "third").replace("202512345", "7"))
    row = "third,L1,ana@old.example,Ana Alva,MD,yes,,9,,,yes"
    two.take(row)
    merge(two)
    two.take(row.replace(",9,,", ",9,9,"))
    assert ("Ana Alva-Lee", "third", "cme-abim", "9") in counting(two)
    undo_run(two, 3)
    two.take(row, COURSE)
    third = [one[2] for one in counting(two) if one[1] == "third"]
    assert third == ["cme", "participation"]


def test_what_was_planned_and_not_made_is_no_certificate_of_either(
    quick_college: College, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that was killed had planned one; what both come to together is not theirs after parting."""
    college = quick_college
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.workflow.run.render", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            college.take(OLD, NEW)
    merge(college)
    assert counting(college) == ONE
    undo(college)
    assert counting(college) == [
        ("Ana Alva", MEETING, "cme", "10"),
        ("Ana Alva", MEETING, "participation", "0"),
        *ONE,
    ]
    assert college.do(verify) == []
