"""A deed for one person is shown before: what is shown is what happens, and to show it does nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.errors import CertsError
from pipeline.workflow import desk, send, standing
from pipeline.workflow.desk import Change
from pipeline.workflow.foresee import DeedResult, Foreseen, basis_of, foresee
from pipeline.workflow.project import Project
from tests.support.college import TODAY, College, body

HEADER = "activity,learner_id,email,name,cme_credits,evaluation\n"


@pytest.fixture
def issued(quick_college: College) -> College:
    """Ana Alva has two certificates of a course and another withheld; Bo Berg shares nothing with her."""
    quick_college.write_meeting("window", more="Download_until: 2025-11-10\n")
    quick_college.take(
        "window,L1,ana@example.org,Ana Alva,5,",
        "meeting-2025,L1,ana@example.org,Ana Alva,6,no",
        "window,L2,bo@example.org,Bo Berg,6,",
        header=HEADER,
    )
    return quick_college


def ana(project: Project) -> int:
    return desk.one_person(project, "L1").id


def number(project: Project) -> str:
    entries = project.ledger.pages.entries(ana(project), TODAY)
    return next(entry.facts.number for entry in entries if entry.facts.kind.is_credit)


def resend(project: Project) -> DeedResult:
    return DeedResult("", [desk.resend(project, "L1", None)[1]])


def correct(change: Change, tell: bool = True) -> Callable[[Project], DeedResult]:
    return lambda project: DeedResult("", desk.correct(project, "L1", change, "asked", tell)[1])


def rotate(project: Project) -> DeedResult:
    return DeedResult("", [desk.rotate(project, "L1", "leaked")[1] or 0])


def withdraw(project: Project) -> DeedResult:
    return DeedResult("", standing.withdraw(project, number(project), "issued in error", tell=True)[1])


def hold(project: Project) -> DeedResult:
    desk.hold(project, "L1", "a lawsuit")
    return DeedResult("")


def forget(project: Project) -> DeedResult:
    desk.forget(project, "L1", "asked", lambda _: True)
    return DeedResult("")


def foreseen(college: College, deed: Callable[[Project], DeedResult]) -> Foreseen:
    with college.project(locked=False) as project:
        return foresee(project, [ana(project)], deed)


def words(seen: Foreseen) -> set[tuple[str, str, str]]:
    return {(one.what, one.old, one.new) for one in seen.changes}


RESPELT = Change(name="Ana Alba")
MOVED = Change(email="ana@hospital.example")


@pytest.mark.parametrize(
    ("deed", "shown"),
    [
        pytest.param(resend, {("Download open until", "closed", "December 14, 2025")}, id="resend"),
        pytest.param(correct(RESPELT), {("Name", "Ana Alva", "Ana Alba")}, id="name"),
        pytest.param(correct(MOVED), {("Address", "ana@example.org", "ana@hospital.example")}, id="address"),
        pytest.param(rotate, {("Private link", "the present one", "a new one")}, id="rotate"),
        pytest.param(withdraw, {("Standing", "valid", "withdrawn")}, id="withdraw"),
        pytest.param(hold, {("Held beyond six years", "", "a lawsuit")}, id="hold"),
        pytest.param(forget, {("Name", "Ana Alva", ""), ("Standing", "valid", "")}, id="forget"),
    ],
)
def test_what_is_shown_is_what_happens(
    issued: College, deed: Callable[[Project], DeedResult], shown: set[tuple[str, str, str]]
) -> None:
    """The change, and every mail to the letter; once it is done it would not happen again."""
    seen = foreseen(issued, deed)
    assert shown <= words(seen)
    before = len(issued.mails())
    with issued.project() as project:
        person = ana(project)
        send.send_these(project, deed(project).messages)
        token = next((one.token for one in project.ledger.people.get_many([person]).values()), "?")
    sent = issued.mails()[before:]
    assert len(sent) == len(seen.mails)
    for mail, foretold in zip(sent, seen.mails, strict=True):
        heading, _, text = foretold.text.partition("\n\n")
        assert heading == f"To: {foretold.to}\nSubject: {mail['Subject']}"
        assert foretold.to in mail["To"]
        assert text.split() == body(mail).replace(token, "...").split()


@pytest.mark.parametrize("deed", [resend, correct(RESPELT), correct(MOVED), rotate, withdraw, hold, forget])
def test_showing_does_nothing(issued: College, deed: Callable[[Project], DeedResult]) -> None:
    """Neither in the ledger nor in any folder."""
    with issued.project(locked=False) as project:
        before = basis_of(project, [ana(project)])
    files = issued.snapshot()
    foreseen(issued, deed)
    with issued.project(locked=False) as project:
        assert basis_of(project, [ana(project)]) == before
    assert issued.snapshot() == files


def test_a_certificate_that_cannot_be_made_is_said_before(issued: College) -> None:
    """A name in letters that no font has: the deed would leave the certificate as it is, and staff see it."""
    seen = foreseen(issued, lambda project: problems_of(project, Change(name="Ana \U00030001lva")))
    assert any("Ana" in note for note in seen.notes)
    assert ("Name", "Ana Alva", "Ana \U00030001lva") in words(seen)  # of the person
    assert not [one for one in seen.changes if one.what == "Name" and one.about]


def problems_of(project: Project, change: Change) -> DeedResult:
    made, messages = desk.correct(project, "L1", change, "asked", False)
    return DeedResult("", messages, [str(one) for one in made.problems])


def test_what_the_deed_would_refuse_is_refused_before(issued: College) -> None:
    """More than RESEND_LIMIT a day."""
    for _ in range(issued.settings.resend_limit):
        with issued.project() as project:
            send.send_these(project, resend(project).messages)
    with pytest.raises(CertsError, match="today already"):
        foreseen(issued, resend)


def test_a_shared_address_is_named(issued: College) -> None:
    """Whoever corrects an address to somebody else's is told whose it is."""
    seen = foreseen(issued, correct(Change(email="bo@example.org")))
    assert any("Bo Berg" in note for note in seen.notes)


@pytest.mark.parametrize(
    "deed",
    [resend, correct(RESPELT), correct(MOVED), rotate, withdraw, hold],
    ids=lambda deed: str(deed)[:20],
)
def test_every_deed_makes_the_basis_another(issued: College, deed: Callable[[Project], DeedResult]) -> None:
    """So what was shown before it is shown again; a deed for somebody else does not count."""
    with issued.project() as project:
        before = basis_of(project, [ana(project)])
        desk.hold(project, "L2", "a lawsuit")
        assert basis_of(project, [ana(project)]) == before
        deed(project)
        assert basis_of(project, [ana(project)]) != before


def test_the_same_deed_again_makes_the_basis_another(issued: College) -> None:
    """The link sent twice changes no page: what was shown before the first is shown again all the same."""
    with issued.project() as project:
        resend(project)
        once = basis_of(project, [ana(project)])
        resend(project)
        assert basis_of(project, [ana(project)]) != once
