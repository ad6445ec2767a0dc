"""Who may be answered by a program, and who never: mails and records as literals."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.rules.messages.automatic import Mail
from pipeline.rules.messages.requests import Decision, Holder, OnRecord, Outcome, decide
from tests.support.mail_values import received as mail

OURS = ("education@rheumatology.org",)
ANA = Holder(1, "Ana Alva", "ana@example.org")
KNOWN = OnRecord((ANA,), certificates=2)


def outcome(one: Mail, known: OnRecord = KNOWN) -> Outcome:
    return decide(one, OURS, known).outcome


def test_a_request_from_the_address_on_record_is_answered() -> None:
    """The holder of the address asks for the link: one answer, to that address."""
    assert decide(mail(), OURS, KNOWN) == Decision(Outcome.ANSWER, "the link goes to ana@example.org", ANA)
    assert outcome(mail(senders=(("", "ANA@Example.org"),))) is Outcome.ANSWER


@pytest.mark.parametrize(
    "known",
    [
        pytest.param(OnRecord(), id="nobody on record"),
        pytest.param(
            OnRecord((ANA, Holder(2, "Bo", "ana@example.org")), certificates=2), id="shared address"
        ),
        pytest.param(OnRecord((Holder(1, "Ana", "new@example.org"),), certificates=2), id="former address"),
        pytest.param(OnRecord((ANA,), certificates=1, in_doubt=True), id="address in doubt"),
        pytest.param(OnRecord((ANA,), certificates=0), id="no certificate"),
        pytest.param(OnRecord((ANA,), certificates=1, resent_today=True), id="second time today"),
        pytest.param(OnRecord((ANA,), certificates=1, answers_ours=True), id="an answer to our mail"),
    ],
)
def test_what_cannot_be_placed_stays_for_a_person(known: OnRecord) -> None:
    """No link is ever sent on a guess."""
    assert outcome(mail(), known) is Outcome.STAYS


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"senders": ()}, id="none"),
        pytest.param({"senders": (("", "ana@example.org"), ("", "eve@example.org"))}, id="two"),
        pytest.param({"fault": "it is malformed"}, id="malformed"),
    ],
)
def test_without_one_readable_sender_it_stays(changes: dict[str, Any]) -> None:
    """No sender, two senders, a mail that cannot be read: a person looks."""
    assert outcome(mail(**changes)) is Outcome.STAYS


OFFICE = "mx.office.example"
FORGED = f"{OFFICE}; dmarc=fail (p=none) header.from=example.org"


@pytest.mark.parametrize(
    ("fields", "server", "answered"),
    [
        pytest.param([], "", True, id="nothing is said, nothing is asked for"),
        pytest.param([FORGED], "", False, id="what speaks against it counts from anybody"),
        pytest.param([FORGED], OFFICE, False, id="forged"),
        pytest.param([FORGED.replace("fail", "FAIL").replace("mx", "MX")], OFFICE, False, id="in any case"),
        pytest.param(
            [f"{OFFICE} 1; spf=pass; dmarc=pass header.from=example.org"], OFFICE, True, id="genuine"
        ),
        pytest.param([f"{OFFICE}; spf=none; dmarc=none"], OFFICE, True, id="a domain without policy"),
        pytest.param([f"{OFFICE}; dmarc=temperror"], OFFICE, False, id="it could not be looked up"),
        pytest.param([f"{OFFICE}; spf=pass; dkim=pass"], OFFICE, False, id="nobody looked"),
        pytest.param([f"{OFFICE}; none"], OFFICE, False, id="nothing was done"),
        pytest.param([], OFFICE, False, id="it did not come through that server"),
        pytest.param(["mx.evil.example; dmarc=pass"], OFFICE, False, id="another server's word"),
        pytest.param(
            ["relay.example; dmarc=fail", f"{OFFICE}; dmarc=pass"], OFFICE, True, id="not ours, above"
        ),
        pytest.param([FORGED, f"{OFFICE}; dmarc=pass"], OFFICE, False, id="written below by the forger"),
        pytest.param([f"{OFFICE} (dmarc=pass); dmarc=fail"], OFFICE, False, id="in a comment"),
        pytest.param(
            [f'{OFFICE}; spf=fail reason="; dmarc=pass"; dmarc=fail'], OFFICE, False, id="in quotes"
        ),
        pytest.param([f"{OFFICE}; x=y (; (\\); dmarc=pass ;) ;); dmarc = fail"], OFFICE, False, id="nested"),
        pytest.param(
            ["spf=pass smtp.mailfrom=a.org; dmarc=fail action=oreject"], "", False, id="Exchange Online"
        ),
        pytest.param(["spf=pass; dmarc=bestguesspass action=none"], "", True, id="Exchange Online guesses"),
    ],
)
def test_what_the_offices_own_server_doubts_stays(fields: list[str], server: str, answered: bool) -> None:
    """A forged From costs its victim a mail; no field that the forger wrote counts for the mail."""
    one = mail({"authentication-results": tuple(fields)})
    found = decide(one, OURS, KNOWN, server)
    assert (found.outcome is Outcome.ANSWER) is answered
    assert answered or "dmarc" in found.reason or "did not look" in found.reason


def test_two_from_fields_are_two_senders() -> None:
    """Programs differ in which of two From fields they show; neither counts."""
    assert outcome(mail({"from": ("ana@example.org", "eve@example.org")})) is Outcome.STAYS


def test_what_a_program_wrote_is_never_answered() -> None:
    """Whoever is on record: an answer to an automatic mail may begin an endless exchange."""
    assert decide(mail({"precedence": "bulk"}), OURS, KNOWN) == Decision(
        Outcome.AUTOMATIC, "Precedence: bulk"
    )


def test_a_mail_that_was_answered_is_filed_and_no_more() -> None:
    """A killed run left it in new/: whatever else holds now, it is not answered again."""
    known = OnRecord((ANA,), certificates=0, answered=True, resent_today=True)
    assert outcome(mail(), known) is Outcome.ANSWERED


def test_a_request_that_says_more_stays_with_the_reason() -> None:
    assert decide(mail(text="I lost my link. My name is wrong, too."), OURS, KNOWN) == Decision(
        Outcome.STAYS, "it may want something else (“wrong”)", ANA
    )


def test_the_names_of_activities_may_stand_in_a_request() -> None:
    asked = mail(text="Please send the certificate of the Gouty Symposium")
    assert outcome(asked) is Outcome.STAYS
    assert outcome(asked, OnRecord((ANA,), certificates=2, words=frozenset({"gouty"}))) is Outcome.ANSWER
