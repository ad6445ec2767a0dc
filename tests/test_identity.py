"""Who a row is about: each outcome defined, and no page, file or mail ever mixes two people."""

from __future__ import annotations

import re

import pytest

from tests.college import College

HEADER = "activity,learner_id,email,name,cme_credits,evaluation\n"
NO_ID = "activity,email,name,cme_credits,evaluation\n"


def people(college: College) -> dict[str, tuple[str, list[str]]]:
    """Page greeting -> (address on record, activities), as the ledger has them."""
    with college.project(locked=False) as project:
        found = {}
        for token in college.tokens(project):
            (page,) = project.ledger.pages.persons([token], project.catalog, project.today)
            (person,) = list(
                project.ledger.people.who(page.entries[0].facts.number, page.entries[0].facts.number)
            )
            found[page.name] = (person.email, sorted({entry.facts.activity for entry in page.entries}))
        return found


def assert_never_mixed(college: College, *names: str) -> None:
    """No page, no verification page and no mail names two of these people."""
    texts = [path.read_text() for path in college.output.rglob("*/index.html")]
    texts += [mail.as_string() for mail in college.mails()]
    for text in texts:
        assert sum(bool(re.search(rf"\b{name}\b", text)) for name in names) <= 1


def test_one_person_with_two_addresses_under_one_learner_id(quick_college: College) -> None:
    """One page, one mail, to the address on record; the other address is known, too."""
    college = quick_college
    college.write_activity("second", MEETING.format(slug="second"))
    report = college.run(
        college.claims(
            "meeting-2025,L1,ana@example.org,Ana Alva,5,yes",
            "second,L1,ana@example.net,Ana Alva,2,yes",
            header=HEADER,
        )
    )
    assert (report.set_aside, report.sent) == (0, 1)
    assert people(college) == {"Ana Alva": ("ana@example.org", ["meeting-2025", "second"])}
    assert [mail["To"].addresses[0].addr_spec for mail in college.mails()] == ["ana@example.org"]
    with college.project(locked=False) as project:
        assert [one.name for one in project.ledger.people.who("ANA@example.net", None)] == ["Ana Alva"]


MEETING = """Title: Meeting {slug}
Slug: {slug}
Format: live activity
Location: Boston
Start: 2025-03-01
End: 2025-03-02
CME_max: 20
"""


def test_two_people_with_one_name(quick_college: College) -> None:
    """Two pages, two mails."""
    college = quick_college
    college.run(
        college.claims(
            "meeting-2025,L1,one@example.org,Kim Lee,5,yes",
            "meeting-2025,L2,two@example.org,Kim Lee,6,yes",
            header=HEADER,
        )
    )
    with college.project(locked=False) as project:
        assert len(college.tokens(project)) == 2
    assert len(college.certificates()) == 4
    assert sorted(mail["To"].addresses[0].addr_spec for mail in college.mails()) == [
        "one@example.org",
        "two@example.org",
    ]


def test_two_learner_ids_share_an_address(quick_college: College) -> None:
    """Each has a page and a mail of their own at the shared address; neither names the other."""
    college = quick_college
    report = college.run(
        college.claims(
            "meeting-2025,L1,office@example.org,Ana Alva,5,yes",
            "meeting-2025,L2,office@example.org,Bo Berg,6,yes",
            header=HEADER,
        )
    )
    assert (report.issued, report.sent, report.set_aside, report.problems) == (4, 2, 0, [])
    assert_never_mixed(college, "Ana Alva", "Bo Berg")
    links = {
        re.search(r"/c/(\w+)/", mail.as_string().replace("=\n", "")).group(1) for mail in college.mails()
    }
    assert len(links) == 2


@pytest.mark.parametrize("again", [False, True], ids=["in one file", "in two files"])
def test_without_learner_id_one_address_and_two_names_is_for_staff(
    quick_college: College, again: bool
) -> None:
    """Never a guess: in one file both are set aside, after a first file the second name is."""
    college = quick_college
    ana, bo = (
        "meeting-2025,office@example.org,Ana Alva,5,yes",
        "meeting-2025,office@example.org,Bo Berg,6,yes",
    )
    if again:
        college.run(college.claims(ana, header=NO_ID))
        report = college.run(college.claims(bo, header=NO_ID))
        assert report.set_aside == 1
        assert people(college) == {"Ana Alva": ("office@example.org", ["meeting-2025"])}
    else:
        report = college.run(college.claims(ana, bo, header=NO_ID))
        assert report.set_aside == 2
        assert college.certificates() == []
    assert sum(problem.field == "email" for problem in report.problems) == report.set_aside
    assert_never_mixed(college, "Ana Alva", "Bo Berg")


def test_an_address_that_changed_hands_gets_no_mail_of_its_former_holder(quick_college: College) -> None:
    """Bo now has Ana's former address: Ana's next link is not mailed there, staff are told."""
    college = quick_college
    college.write_activity("second", MEETING.format(slug="second"))
    college.run(college.claims("meeting-2025,L1,desk@example.org,Ana Alva,5,yes", header=HEADER))
    college.run(college.claims("meeting-2025,L2,desk@example.org,Bo Berg,6,yes", header=HEADER))
    before = len(college.mails())
    report = college.run(college.claims("second,L1,ana@example.net,Ana Alva,2,yes", header=HEADER))
    assert report.issued == 2
    assert report.sent == 0
    assert len(college.mails()) == before
    assert [problem.field for problem in report.problems] == ["email"]
    assert "certs correct --email" in report.problems[0].reason
    assert_never_mixed(college, "Ana Alva", "Bo Berg")

    from pipeline.workflow import desk, mailing

    with college.project() as project:
        desk.correct(project, "L1", desk.Change(email="ana@example.net"), "told us by phone", False)
        assert mailing.queue_new(project) == []
        mailing.send(project)
    after = [mail["To"].addresses[0].addr_spec for mail in college.mails()]
    assert sorted(after) == ["ana@example.net", "desk@example.org", "desk@example.org"]
    assert_never_mixed(college, "Ana Alva", "Bo Berg")


def test_a_learner_id_joins_a_participant_of_the_same_name_and_address(quick_college: College) -> None:
    """A first file without learner ids, a second with them: one person."""
    college = quick_college
    college.run(college.claims("meeting-2025,ana@example.org,Ana Alva,5,yes", header=NO_ID))
    report = college.run(college.claims("meeting-2025,L1,ana@example.org,Ana Alva,5,yes", header=HEADER))
    assert (report.issued, report.corrected, report.unchanged, report.set_aside) == (0, 0, 2, 0)
    report = college.run(college.claims("meeting-2025,L9,ana@example.org,Bo Berg,5,yes", header=HEADER))
    assert report.issued == 2
    assert_never_mixed(college, "Ana Alva", "Bo Berg")


def test_repeated_and_contradicting_rows(quick_college: College) -> None:
    """The same row twice counts once; two that differ are both set aside, each naming the other."""
    college = quick_college
    row = "meeting-2025,L1,ana@example.org,Ana Alva,5,yes"
    report = college.run(college.claims(row, row, header=HEADER))
    assert (report.rows, report.issued, report.set_aside) == (2, 2, 0)
    report = college.run(
        college.claims(
            "meeting-2025,L2,bo@example.org,Bo Berg,5,yes",
            "meeting-2025,L2,bo@example.org,Bo Berg,6,yes",
            header=HEADER,
        )
    )
    assert (report.issued, report.set_aside) == (0, 2)
    assert ["row 3" in problem.reason for problem in report.problems] == [True, False]
    assert ["row 2" in problem.reason for problem in report.problems] == [False, True]
