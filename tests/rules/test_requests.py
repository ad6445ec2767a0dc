"""Who may be answered by a program, and who never: mails and records as literals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pipeline.rules.messages.requests import (
    Decision,
    Holder,
    Known,
    Mail,
    Outcome,
    automatic,
    decide,
    mail_digest,
    one_line,
    other_matter,
)
from pipeline.rules.messages.returned import Meaning, Returned, Sent, suggest_address, weigh

OURS = ("education@rheumatology.org",)
ANA = Holder(1, "Ana Alva", "ana@example.org")
KNOWN = Known((ANA,), certificates=2)


def mail(headers: dict[str, str] | None = None, **changes: Any) -> Mail:
    """Ana asks for her link."""
    values: dict[str, Any] = {
        "ref": "new/1",
        "digest": "d1",
        "senders": (("Ana Alva", "ana@example.org"),),
        "subject": "My certificate",
        "text": "I lost the link, please send it again.",
    }
    fields = {"from": "Ana Alva <ana@example.org>", **(headers or {})}
    return Mail(**(values | changes), headers={name: (text,) for name, text in fields.items()})


def outcome(one: Mail, known: Known = KNOWN) -> Outcome:
    return decide(one, OURS, known).outcome


def test_a_request_from_the_address_on_record_is_answered() -> None:
    """The holder of the address asks for the link: one answer, to that address."""
    assert decide(mail(), OURS, KNOWN) == Decision(Outcome.ANSWER, "the link goes to ana@example.org", ANA)
    assert outcome(mail(senders=(("", "ANA@Example.org"),))) is Outcome.ANSWER


@pytest.mark.parametrize(
    "headers",
    [
        {"auto-submitted": "auto-replied"},
        {"auto-submitted": "auto-generated; owner-email=x"},
        {"precedence": "bulk"},
        {"precedence": " List "},
        {"list-id": "<news.example.org>"},
        {"list-unsubscribe": "<mailto:x@example.org>"},
        {"return-path": "<>"},
        {"x-auto-response-suppress": "All"},
        {"x-auto-response-suppress": "DR, OOF, AutoReply"},
        {"x-autoreply": "yes"},
        {"x-failed-recipients": "x@example.org"},
        {"x-spam-flag": "YES"},
    ],
    ids=lambda headers: ":".join(*headers.items()),
)
def test_programs_lists_and_bounces_are_never_answered(headers: dict[str, str]) -> None:
    """RFC 3834, section 2: whatever says that no person waits for an answer gets none."""
    assert outcome(mail(headers)) is Outcome.AUTOMATIC


@pytest.mark.parametrize(
    "changes",
    [
        {"senders": (("", "MAILER-DAEMON@example.org"),)},
        {"senders": (("", "no-reply@example.org"),)},
        {"senders": (("", "news-request@example.org"),)},
        {"senders": (("", "education@rheumatology.org"),)},
        {"content_type": "multipart/report"},
        {"subject": "Automatic reply: My certificate"},
        {"subject": "Abwesenheitsnotiz"},
    ],
    ids=str,
)
def test_senders_and_subjects_of_programs(changes: dict[str, Any]) -> None:
    """Where a program does not say what it is, its address or subject does; ours is never answered."""
    assert outcome(mail(**changes)) is Outcome.AUTOMATIC


@pytest.mark.parametrize(
    "headers", [{"auto-submitted": "no"}, {"precedence": "normal"}, {"return-path": "<ana@example.org>"}]
)
def test_what_people_send_is_not_taken_for_automatic(headers: dict[str, str]) -> None:
    """The same fields, saying that a person wrote."""
    assert automatic(mail(headers), OURS) == ""
    assert outcome(mail(headers)) is Outcome.ANSWER


@pytest.mark.parametrize(
    "known",
    [
        pytest.param(Known(), id="nobody on record"),
        pytest.param(Known((ANA, Holder(2, "Bo", "ana@example.org")), certificates=2), id="shared address"),
        pytest.param(Known((Holder(1, "Ana", "new@example.org"),), certificates=2), id="former address"),
        pytest.param(Known((ANA,), certificates=1, in_doubt=True), id="address in doubt"),
        pytest.param(Known((ANA,), certificates=0), id="no certificate"),
        pytest.param(Known((ANA,), certificates=1, resent_today=True), id="second time today"),
        pytest.param(Known((ANA,), certificates=1, answers_ours=True), id="an answer to our mail"),
    ],
)
def test_what_cannot_be_placed_stays_for_a_person(known: Known) -> None:
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


def test_two_from_fields_are_two_senders() -> None:
    """Programs differ in which of two From fields they show; neither counts."""
    one = mail()
    twice = {**one.headers, "from": ("ana@example.org", "eve@example.org")}
    changed = Mail(**{name: getattr(one, name) for name in Mail.__dataclass_fields__} | {"headers": twice})
    assert outcome(changed) is Outcome.STAYS


def test_a_mail_that_was_answered_is_filed_and_no_more() -> None:
    """A killed run left it in new/: whatever else holds now, it is not answered again."""
    known = Known((ANA,), certificates=0, answered=True, resent_today=True)
    assert outcome(mail(), known) is Outcome.ANSWERED


@pytest.mark.parametrize(
    ("subject", "text", "link_alone"),
    [
        ("lost link", "", True),
        ("CME", "Where can I download it?", True),
        ("Hallo", "ich finde mein Zertifikat nicht mehr", True),
        ("hola", "necesito mi certificado", True),
        ("Certificate", "my name is wrong on it", False),
        ("Certificate", "Please update my email, I changed hospitals", False),
        ("Delete my data", "and the certificate", False),
        ("Hello", "How are you?", False),
        ("", "", False),
        ("Lost link", "Thanks\n-- \nConfidential. If received in error, delete.", True),
        ("Lost link", "Thanks\nThis e-mail and any attachment is intended for you; delete errors", True),
        ("Lost link", "Thanks\n> my name is wrong", True),
    ],
)
def test_only_mails_that_the_link_answers(subject: str, text: str, link_alone: bool) -> None:
    """An answered mail is filed as read: one that wants more stays. Footers and quotes do not count."""
    assert (other_matter(mail(subject=subject, text=text)) == "") is link_alone


def test_two_copies_of_a_mail_are_one() -> None:
    """By Message-ID where there is one, else by its bytes; the digest holds neither."""
    assert mail_digest("<a@b>", b"x") == mail_digest("<a@b>", b"y") != mail_digest("<c@b>", b"x")
    assert mail_digest("", b"x") != mail_digest("", b"y")
    assert "a@b" not in mail_digest("<a@b>", b"x")


def test_a_strangers_subject_cannot_write_to_the_terminal() -> None:
    """Escape codes, line ends and turned directions are taken out; length is bounded."""
    assert one_line("a\x1b[31mb\r\nc\u202ed") == "a [31mb c d"
    assert len(one_line("x" * 5000)) == 120


NONE: frozenset[str] = frozenset()
SENT = Sent("ana@gmial.com", "ana@gmial.com", NONE, NONE)
CORRECTED = replace(SENT, on_record="ana@gmail.com")
DOUBTED = replace(SENT, in_doubt=True, former=frozenset({"ana@gmial.com", "ana@old.example"}))
NO = Returned("ana@gmial.com", "failed", "5.1.1", "no")
WORDS = frozenset({"returned: failed: 5.1.1 no"})
FORMER = replace(NO, recipient="ana@old.example")


@pytest.mark.parametrize(
    ("returned", "sent", "meaning"),
    [
        (NO, SENT, Meaning.BOUNCED),
        (replace(NO, recipient="ANA@GMIAL.COM"), SENT, Meaning.BOUNCED),
        (Returned("", "failed", "", "550 no"), SENT, Meaning.BOUNCED),
        (Returned("", "failed", "", "550 no"), DOUBTED, Meaning.FAILED),
        (Returned("ana@gmial.com", "failed", "4.4.7", "expired"), SENT, Meaning.FAILED),
        (Returned("forwarded@example.org", "failed", "5.1.1", "no"), SENT, Meaning.FAILED),
        (FORMER, replace(SENT, former=DOUBTED.former), Meaning.FAILED),
        (FORMER, DOUBTED, Meaning.NOTED),
        (NO, CORRECTED, Meaning.REQUEUED),
        (NO, replace(CORRECTED, is_told=True), Meaning.NOTED),
        (Returned("ana@gmial.com", "delayed", "4.4.1", ""), SENT, Meaning.NOTED),
        (Returned("ana@gmial.com", "auto-reply", "", "Away"), SENT, Meaning.NOTED),
        (NO, None, Meaning.UNMATCHED),
        (NO, replace(SENT, heard=WORDS, news=WORDS), Meaning.KNOWN),
        (NO, replace(SENT, heard=WORDS), Meaning.BOUNCED),
        (FORMER, replace(DOUBTED, heard=WORDS), Meaning.KNOWN),
    ],
)
def test_what_a_report_means(returned: Returned, sent: Sent | None, meaning: Meaning) -> None:
    """The address is marked for a permanent failure of the address on record, and for nothing else; what
    failed at a former one goes to that on record, once; what was heard before is no news."""
    assert weigh(returned, sent) is meaning


def test_the_address_that_was_meant() -> None:
    """A slip in a common domain is guessed; a real one is never doubted."""
    assert suggest_address("ana@gmial.com") == "ana@gmail.com"
    assert suggest_address("ana@gmail.com") == suggest_address("@gmial.com") == suggest_address("x") == ""
