"""Who a row is about: each outcome defined, and no page, file or mail ever mixes two people."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.rules.claims.claim import learner_key, learner_spellings
from pipeline.rules.claims.name_keys import _fold, name_key
from pipeline.workflow import desk
from pipeline.workflow.merge import merge_records
from pipeline.workflow.merge_plan import foresee_merge
from tests.support.college import College, body

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
    college.write_meeting("second")
    report = college.take(
        "meeting-2025,L1,ana@example.org,Ana Alva,5,yes",
        "second,L1,ana@example.net,Ana Alva,2,yes",
        header=HEADER,
    )
    assert (report.set_aside, report.sent) == (0, 1)
    assert people(college) == {"Ana Alva": ("ana@example.org", ["meeting-2025", "second"])}
    assert [mail["To"].addresses[0].addr_spec for mail in college.mails()] == ["ana@example.org"]
    with college.project(locked=False) as project:
        assert [one.name for one in project.ledger.people.who("ANA@example.net", None)] == ["Ana Alva"]


def test_two_people_with_one_name(quick_college: College) -> None:
    """Two pages, two mails."""
    college = quick_college
    college.take(
        "meeting-2025,L1,one@example.org,Kim Lee,5,yes",
        "meeting-2025,L2,two@example.org,Kim Lee,6,yes",
        header=HEADER,
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
    report = college.take(
        "meeting-2025,L1,office@example.org,Ana Alva,5,yes",
        "meeting-2025,L2,office@example.org,Bo Berg,6,yes",
        header=HEADER,
    )
    assert (report.issued, report.sent, report.set_aside, report.problems) == (4, 2, 0, [])
    assert_never_mixed(college, "Ana Alva", "Bo Berg")
    links = [re.findall(r"/c/(\w+)/", body(mail)) for mail in college.mails()]
    assert len({link for (link,) in links}) == 2


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
        college.take(ana, header=NO_ID)
        report = college.take(bo, header=NO_ID)
        assert report.set_aside == 1
        assert people(college) == {"Ana Alva": ("office@example.org", ["meeting-2025"])}
    else:
        report = college.take(ana, bo, header=NO_ID)
        assert report.set_aside == 2
        assert college.certificates() == []
    assert sum(problem.field == "email" for problem in report.problems) == report.set_aside
    assert_never_mixed(college, "Ana Alva", "Bo Berg")


def test_a_learner_id_joins_a_participant_of_the_same_name_and_address(quick_college: College) -> None:
    """A first file without learner ids, a second with them: one person."""
    college = quick_college
    college.take("meeting-2025,ana@example.org,Ana Alva,5,yes", header=NO_ID)
    report = college.take("meeting-2025,L1,ana@example.org,Ana Alva,5,yes", header=HEADER)
    assert (report.issued, report.corrected, report.unchanged, report.set_aside) == (0, 0, 2, 0)
    report = college.take("meeting-2025,L9,ana@example.org,Bo Berg,5,yes", header=HEADER)
    assert report.issued == 2
    assert_never_mixed(college, "Ana Alva", "Bo Berg")


@pytest.mark.parametrize("second", ["meeting-2025", "second"], ids=["same activity", "another activity"])
def test_a_known_learner_id_with_somebody_elses_name_and_address_is_for_staff(
    quick_college: College, second: str
) -> None:
    """Ana on record with a learner id and, at another address, without: nobody gets a certificate twice by a
    guess. Staff make one record of both, and the same file goes through."""
    college = quick_college
    college.write_meeting("second")
    college.take("meeting-2025,ana@example.org,Ana Alva,5,yes", header=NO_ID)
    college.take("second,L1,ana@example.net,Ana Alva,2,yes", header=HEADER)
    before = college.certificates()
    both = college.claims(f"{second},L1,ANA@example.org,ana alva,5,yes", header=HEADER)
    report = college.run(both)
    assert (report.issued, report.corrected, report.set_aside, report.sent) == (0, 0, 1, 0)
    (problem,) = report.problems
    assert problem.field == "learner_id"
    for words in (
        "for Ana Alva <ana@example.net>",
        "for Ana Alva <ana@example.org>, without a learner id",
        "certs merge ANA@example.org L1 --reason",
    ):
        assert words in problem.reason
    assert college.certificates() == before

    with college.project() as project:
        merge_records(project, foresee_merge(project, "ANA@example.org", "L1"), "told us", False)
    assert college.run(both).set_aside == 0
    assert set(people(college)) == {"ana alva"}  # as the row writes it
    (page,) = {
        page for page in college.output.glob("c/*") if "Meeting second" in (page / "index.html").read_text()
    }
    assert "Autumn Meeting" in (page / "index.html").read_text()


def test_a_learner_id_mistyped_as_that_of_somebody_at_the_same_address(quick_college: College) -> None:
    """Ana's learner id in Bo's row: her record does not become his."""
    college = quick_college
    college.take("meeting-2025,office@example.org,Bo Berg,6,yes", header=NO_ID)
    college.take("meeting-2025,L1,ana@example.org,Ana Alva,5,yes", header=HEADER)
    college.do(desk.correct, "L1", desk.Change(email="office@example.org"), "moved", False)
    report = college.take("meeting-2025,L1,office@example.org,Bo Berg,6,yes", header=HEADER)
    assert (report.issued, report.corrected, report.set_aside) == (0, 0, 1)
    assert "mend the learner id" in report.problems[0].reason
    assert set(people(college)) == {"Ana Alva", "Bo Berg"}
    report = college.take("meeting-2025,L1,office@example.org,Ana Alva,5.25,yes", header=HEADER)
    assert (report.corrected, report.set_aside) == (1, 0)  # id, name and address are hers


def test_a_learner_id_given_anew_or_mistyped_swallows_nobody(quick_college: College) -> None:
    """Neither name nor address is that of the learner id's holder: for staff, and nothing is re-issued."""
    college = quick_college
    college.take("meeting-2025,L1,ann@example.org,Ann Lee,5,yes", header=HEADER)
    report = college.take("meeting-2025,L1,bob@example.net,Bob Ray,6,yes", header=HEADER)
    assert (report.issued, report.corrected, report.set_aside, report.sent) == (0, 0, 1, 0)
    assert [problem.field for problem in report.problems] == ["learner_id"]
    assert {name for name, *_ in college.certificates()} == {"Ann Lee"}
    married = college.take("meeting-2025,L1,ann@example.org,Ann Ray,5,yes", header=HEADER)
    moved = college.take("meeting-2025,L1,ann@example.com,Ann Ray,5,yes", header=HEADER)
    assert (married.corrected, moved.set_aside) == (2, 0)
    assert people(college) == {"Ann Ray": ("ann@example.org", ["meeting-2025"])}


def test_a_name_that_staff_corrected_is_known_under_both_spellings(quick_college: College) -> None:
    """The next export still has the former spelling, and perhaps another address: the same person."""
    college = quick_college
    college.take("meeting-2025,L1,ann@example.org,Ann Lee,5,yes", header=HEADER)
    college.do(desk.correct, "L1", desk.Change(name="Anne-Marie Leigh"), "by phone", False)
    report = college.take("meeting-2025,L1,ann@example.com,Ann Lee,5,yes", header=HEADER)
    assert (report.set_aside, report.corrected) == (0, 0)
    assert set(people(college)) == {"Anne-Marie Leigh"}


def test_a_learner_id_that_lost_its_zeros_makes_no_second_person(quick_college: College) -> None:
    """A spreadsheet turned 00123 into 123: the same name and address are not somebody new."""
    college = quick_college
    college.take("meeting-2025,00123,ann@example.org,Ann Lee,5,yes", header=HEADER)
    report = college.take("meeting-2025,123,ann@example.org,Ann Lee,5,yes", header=HEADER)
    assert (report.issued, report.sent, report.set_aside) == (0, 0, 0)
    assert set(people(college)) == {"Ann Lee"}


@pytest.mark.parametrize(
    ("one", "other"),
    [("राम शर्मा", "रमा शर्मा"), ("কমল", "কামাল"), ("ราตรี", "ราตรา"), ("が", "か"), ("バ", "ハ"), ("דָּן", "דֵן")],
)
def test_vowels_are_no_accents(one: str, other: str) -> None:
    """Signs above, below and beside a letter tell names apart where they are not accents."""
    assert name_key(one) != name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("José Müller", "JOSE MULLER"),
        ("Nguyễn Thị Hương", "Nguyen Thi Huong"),
        ("Αθηνά", "ΑΘΗΝΑ"),
        ("Чайковський", "чаиковськии"),
        ("が", "か\u3099"),
    ],
)
def test_accents_are_fold(one: str, other: str) -> None:
    """Latin, Greek and Cyrillic names are often written without them."""
    assert name_key(one) == name_key(other)


JOSES = (
    "meeting-2025,L1,jose@example.org,Jose Alvarez,MD,5,yes",
    'second,L1,jose@example.org,José Álvarez,"MD, PhD",2,yes',
    "third,L2,bad address,Bo Berg,,2,yes",  # so that the file is read again, not skipped
)
WITH_CREDENTIALS = "activity,learner_id,email,name,credentials,cme_credits,evaluation\n"


@pytest.mark.parametrize("by_id", [True, False], ids=["by learner id", "by address"])
def test_two_spellings_in_one_file_settle_on_the_last_one(quick_college: College, by_id: bool) -> None:
    """Reading the file again is no correction, and does not undo what staff corrected since."""
    college = quick_college
    for slug in ("second", "third"):
        college.write_meeting(slug)
    rows = JOSES if by_id else [row.replace("L1", "") for row in JOSES]
    file = college.claims(*rows, header=WITH_CREDENTIALS)
    assert (college.run(file).set_aside, spelling(college)) == (1, ("José Álvarez", "MD, PhD"))
    pages = college.snapshot()
    assert college.run(file).corrected == 0
    assert {path: at for path, at in college.snapshot().items() if path in pages} == pages
    college.do(desk.correct, "jose@example.org", desk.Change(name="José Álvarez Ruiz"), "asked", False)
    assert (college.run(file).corrected, spelling(college)[0]) == (0, "José Álvarez Ruiz")


def spelling(college: College) -> tuple[str, str]:
    with college.project(locked=False) as project:
        (person,) = project.ledger.people.who("jose@example.org", None)
        return person.name, person.credentials


def test_a_spelling_that_cannot_be_printed_says_nothing(quick_college: College) -> None:
    """Its row is set aside; the other rows keep the last good spelling."""
    college = quick_college
    for slug in ("second", "third"):
        college.write_meeting(slug)
    hidden = "third,L1,jose@example.org,José\u202e Álvarez,MD,2,yes"
    report = college.take(*JOSES[:2], hidden, header=WITH_CREDENTIALS)
    assert (report.set_aside, spelling(college)) == (1, ("José Álvarez", "MD, PhD"))


def test_names_that_contradict_one_another_lend_no_spelling(quick_college: College) -> None:
    """A good row beside rows that may be of another person keeps its own name."""
    college = quick_college
    for slug in ("second", "third"):
        college.write_meeting(slug)
    rows = (
        "meeting-2025,L1,ana@example.org,Ana Alva,5,yes",
        "second,L1,bo@example.org,Ana Alva,2,yes",
        "third,L1,bo@example.org,Bo Berg,2,yes",
    )
    report = college.take(*rows, header=HEADER)
    assert report.set_aside == 2
    assert [name for name, _, _, _ in college.certificates()] == ["Ana Alva", "Ana Alva"]


@given(st.text(max_size=12))
@example("Dvo\u0159a\u0301k")
@example("\u304b\u3099\u00e9\u0323")
def test_names_fold_alike_by_characters_and_as_a_whole(name: str) -> None:
    """Folding a character at a time, the quick way, never tells apart or joins what the whole would not."""
    assert name_key(name) == (" ".join(_fold(name).split()) or name.casefold())


@pytest.mark.parametrize(
    ("learner_id", "key"),
    [("00123", "123"), ("123", "123"), ("A0012", "A0012"), ("0A1", "0A1"), ("٠١٢", "٠١٢")],
)
def test_a_number_is_one_id_with_zeros_or_without(learner_id: str, key: str) -> None:
    """A spreadsheet shows 00123 and saves 123."""
    assert learner_key(learner_id) == key
    assert {key, learner_id} <= {*learner_spellings(learner_id)}
    assert ("0123" in learner_spellings(learner_id)) == (key == "123")
