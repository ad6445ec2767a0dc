"""Mail that came in, as mail systems and hostile people write it: read within bounds, or passed over."""

from __future__ import annotations

import base64
import mailbox
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import MailError
from pipeline.inbox import all_mail, read_mail
from pipeline.inbox.reading import MOST_BYTES, MOST_TEXT, mail_digest
from pipeline.rules.messages.asking import other_matter
from pipeline.rules.messages.automatic import Mail, automatic
from pipeline.rules.messages.refusal_table import GONE
from pipeline.rules.messages.reports import Action, Bounce, bounces_in
from pipeline.rules.messages.requests import unreadable
from tests.support.yardstick import in_million_steps

REPORT = """From: Mail Delivery System <MAILER-DAEMON@mail.example.org>
To: education@rheumatology.org
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="cut"

--cut
Content-Type: text/plain; charset=us-ascii

This is the mail system. I could not deliver.
--cut
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org
Arrival-Date: Fri, 14 Nov 2025 09:30:00 +0000

Final-Recipient: rfc822; maria@gmial.com
Original-Recipient: rfc822;maria@gmial.com
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.gmial.com
Diagnostic-Code: smtp; 550 5.1.1 <maria@gmial.com>: Recipient address
    rejected: User unknown

Final-Recipient: rfc822; second@example.org
Action: delayed
Status: 4.4.1 (no answer)
--cut
Content-Type: {kind}

Message-ID: <m1@rheumatology.org>
From: Office <education@rheumatology.org>
Subject: Your certificates

{tail}--cut--
"""
ABSENCE = """From: Maria da Silva <maria@example.org>
To: education@rheumatology.org
Subject: =?utf-8?q?Out_of_office=3A_back_on_M=C3=A4rz_1?=
Auto-Submitted: auto-replied (vacation)
In-Reply-To: <m2@rheumatology.org>

I am away.
"""
OWN_WORDS = """Return-Path: <>
From: postmaster@old.example.org
To: education@rheumatology.org
Subject: failure notice

Sorry, I could not deliver your message.

<jo@old.example.org>:
550 5.2.1 This mailbox is disabled

--- Below this line is a copy of the message.

Message-ID: <m3@rheumatology.org>
Subject: Your certificates
"""
ORDINARY = """From: Maria <maria@example.org>
To: education@rheumatology.org
Subject: Thank you
In-Reply-To: <m4@rheumatology.org>

Room 550 5.1.1 was fine.
"""


def failed(key: str, recipient: str, status: str, diagnostic: str) -> Bounce:
    """What a report of a dead address says."""
    return Bounce((key,), recipient, Action.FAILED, status, diagnostic, GONE)


EXPECTED = [
    failed(
        "m1@rheumatology.org",
        "maria@gmial.com",
        "5.1.1",
        "550 5.1.1 <maria@gmial.com>: Recipient address rejected: User unknown",
    ),
    Bounce(("m1@rheumatology.org",), "second@example.org", Action.DELAYED, "4.4.1", ""),
]


def read_bounces(path: Path) -> list[Bounce]:
    """What a mailbox of returned mail says."""
    return [bounce for mail in all_mail(str(path)) for bounce in bounces_in(mail)]


def report(kind: str = "message/rfc822") -> str:
    return REPORT.format(kind=kind, tail="body\n" if kind == "message/rfc822" else "")


@pytest.fixture
def maildir(tmp_path: Path) -> mailbox.Maildir:
    return mailbox.Maildir(tmp_path / "bounces", create=True)


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
def test_a_delivery_report_names_message_address_and_reason(maildir: mailbox.Maildir, kind: str) -> None:
    """RFC 3464, one bounce a recipient, with the original's Message-ID from its copy or its headers."""
    maildir.add(report(kind).encode())
    assert read_bounces(Path(maildir._path)) == EXPECTED


GLOBAL = """From: Mail Delivery System <MAILER-DAEMON@mx.example.org>
To: education@rheumatology.org
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=global-delivery-status; boundary="cut"

--cut
Content-Type: message/global-delivery-status
Content-Transfer-Encoding: {encoding}

{report}
--cut
Content-Type: message/global{kind}
Content-Transfer-Encoding: 8bit

Message-ID: <m5@rheumatology.org>
To: Zoë <zoë@bücher.example>
Subject: Your certificates

--cut--
"""
GLOBAL_REPORT = """Reporting-MTA: dns; mx.example.org

Final-Recipient: utf-8; {address}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user
"""


@pytest.mark.parametrize("address", ["zoë@bücher.example", r"zo\x{EB}@b\x{FC}cher.example"])
@pytest.mark.parametrize("encoding", ["8bit", "base64"])
@pytest.mark.parametrize("kind", ["", "-headers"])
def test_a_report_about_an_address_in_any_script(
    maildir: mailbox.Maildir, kind: str, encoding: str, address: str
) -> None:
    """RFC 6533: types of its own, in any transfer encoding, an address in its own letters or escaped."""
    report = GLOBAL_REPORT.format(address=address)
    if encoding == "base64":
        report = base64.encodebytes(report.encode()).decode()
    maildir.add(GLOBAL.format(kind=kind, encoding=encoding, report=report).encode())
    assert read_bounces(Path(maildir._path)) == [
        failed("m5@rheumatology.org", "zoë@bücher.example", "5.1.1", "550 5.1.1 no such user")
    ]


def test_absences_and_reports_in_own_words(maildir: mailbox.Maildir) -> None:
    """An auto-reply is no failure; a report without structure is read as far as it goes; letters are not."""
    for text in (ABSENCE, OWN_WORDS, ORDINARY):
        maildir.add(text.encode())
    found = {bounce.keys[0]: bounce for bounce in read_bounces(Path(maildir._path))}
    assert found == {
        "m2@rheumatology.org": Bounce(
            ("m2@rheumatology.org",),
            "maria@example.org",
            Action.AUTO_REPLY,
            "",
            "Out of office: back on März 1",
        ),
        "m3@rheumatology.org": failed(
            "m3@rheumatology.org",
            "jo@old.example.org",
            "5.2.1",
            "550 5.2.1 This mailbox is disabled",
        ),
    }


def test_an_mbox_is_read_as_well(tmp_path: Path) -> None:
    """One file, as mail programs export it; it is not changed."""
    path = tmp_path / "bounces.mbox"
    path.write_text(
        f"From MAILER-DAEMON Fri Nov 14 09:30:00 2025\n{report()}\nFrom x Fri Nov 14 2025\n{ABSENCE}"
    )
    before = path.read_bytes()
    assert [bounce.action for bounce in read_bounces(path)] == [
        Action.FAILED,
        Action.DELAYED,
        Action.AUTO_REPLY,
    ]
    assert path.read_bytes() == before


def test_what_is_no_mailbox_is_one_error(tmp_path: Path) -> None:
    """A missing path, an empty folder, a file of another kind; an empty file is an empty mailbox."""
    (tmp_path / "letter.txt").write_text("Dear all")
    (tmp_path / "empty").write_text("")
    for name in ("missing", "", "letter.txt"):
        with pytest.raises(MailError):
            read_bounces(tmp_path / name)
    assert read_bounces(tmp_path / "empty") == []


@pytest.mark.parametrize(
    "hostile",
    [
        b"Content-Type: message/rfc822\n\n" * 3000,
        b"Content-Type: message/global\n\n" * 3000,
        b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(900)),
        b"\xff\xfe\x00",
        report().replace("Message-ID", "X-Other").encode(),
    ],
    ids=["enclosed", "enclosed-global", "parts-in-parts", "rubbish", "no-original"],
)
def test_a_hostile_mail_does_not_hide_the_report_behind_it(maildir: mailbox.Maildir, hostile: bytes) -> None:
    """Mail within mail a thousand deep is passed over, and the rest of the mailbox is read."""
    maildir.add(hostile)
    maildir.add(report().encode())
    assert [bounce for bounce in read_bounces(Path(maildir._path)) if bounce.keys] == EXPECTED


def test_a_report_has_bounds(maildir: mailbox.Maildir) -> None:
    """Of each recipient an address as long as addresses get: what goes on record is shown."""
    block = "Final-Recipient: rfc822; {name}@example.org\nAction: failed\nStatus: 5.1.1\n\n"
    blocks = block.format(name="a" * 5000) + block.format(name="b") * 500
    text = report().replace("Final-Recipient: rfc822; maria@gmial.com\n", blocks + "X: y\n", 1)
    maildir.add(text.encode())
    found = read_bounces(Path(maildir._path))
    assert len(found) == 503
    assert max(len(one.recipient) for one in found) == 320


@pytest.mark.parametrize("kind", ["message/rfc822", "message/global"])
def test_an_enclosed_mail_may_be_encoded(maildir: mailbox.Maildir, kind: str) -> None:
    """The original's Message-ID is read in base64, too, and from its headers alone."""
    original = b"Message-ID: <m1@rheumatology.org>\nSubject: x\n\nMessage-ID: <other@example.org>\n"
    head, _, rest = report().partition("Content-Type: message/rfc822\n")
    body = base64.encodebytes(original).decode()
    text = f"{head}Content-Type: {kind}\nContent-Transfer-Encoding: base64\n\n{body}--cut--\n"
    assert rest
    maildir.add(text.encode())
    assert read_bounces(Path(maildir._path)) == EXPECTED


FAILED = b"X-Failed-Recipients: " + b"a@," * 650 + b"\n"


def filled(head: bytes, unit: bytes) -> bytes:
    """As much of a mail as is read."""
    return head + unit * ((MOST_BYTES - len(head)) // len(unit))


@pytest.mark.parametrize(
    "bomb",
    [
        pytest.param(filled(b"From: ", b'"'), id="quotes in a sender"),
        pytest.param(filled(b"From: ", b"a@b.example,"), id="many senders"),
        pytest.param(filled(b"", b"From: a@b.example\n"), id="many From fields"),
        pytest.param(filled(b"From: a@b.example\n", b"a:\n"), id="many fields"),
        pytest.param(filled(b"Subject: ", b"=?utf-8?q?a?= "), id="a long subject"),
        pytest.param(filled(b'Content-Type: text/plain; a="', b";"), id="an open quote in a type"),
        pytest.param(filled(b"Content-Type: text/plain", b";a*0=b"), id="a type in many pieces"),
        pytest.param(filled(b"Content-Type: multipart/mixed; boundary=b\n\n", b"--b\n\n"), id="many parts"),
        pytest.param(filled(b"Content-Type: text/html\n\n", b"<style "), id="HTML that never ends"),
        pytest.param(filled(b"Content-Type: text/plain; charset=punycode\n\na-", b"9"), id="a slow alphabet"),
        pytest.param(
            filled(b"Content-Type: text/plain; charset=unicode_escape\n\n", b"\\N{DIGIT ONE}"),
            id="names of letters",
        ),
        pytest.param(filled(b"From: a@b.example\n\n", b">\n"), id="quoted lines"),
        pytest.param(filled(b"From: MAILER-DAEMON@b.example\n\nuser ", b"]"), id="signs behind a word"),
        pytest.param(filled(b"From: MAILER-DAEMON@b.example\n\n", b"5user"), id="words without an end"),
        pytest.param(
            filled(
                b"Content-Type: multipart/mixed; boundary=b\n\n",
                b"--b\nContent-Type: " + b"(a)" * 650 + b"\n\n",
            ),
            id="types in many words",
        ),
        pytest.param(
            filled(
                b"Content-Type: multipart/mixed; boundary=b\n\n",
                b'--b\nContent-Type: "' + b";" * 1900 + b"\n\n",
            ),
            id="types in open quotes",
        ),
        pytest.param(
            filled(
                FAILED * 100
                + b"From: MAILER-DAEMON@b.example\n\nIt could not be delivered\n"
                + b">\n" * 20_000,
                b"x",
            ),
            id="many that failed",
        ),
        pytest.param(
            filled(
                FAILED.replace(b"@", b"a") * 60 + b"Content-Type: message/delivery-status\n\n",
                b"Final-Recipient:a\nStatus:5\n\n",
            ),
            id="many without an address",
        ),
        pytest.param(
            b"Content-Type: multipart/report; boundary=b\n\n--b\n\n"
            + b"user your host sender recipient not " * 1400
            + b"\n--b\nContent-Type: message/delivery-status\n\n"
            + b"".join(
                b"Final-Recipient:a@b\nStatus:5.0.%d\nDiagnostic-Code:%d\n\n" % (n, n) for n in range(3500)
            ),
            id="many with words of their own",
        ),
    ],
)
def test_a_mail_made_to_be_slow_takes_about_a_second(bomb: bytes) -> None:
    """Each took the standard library's parser from two seconds to minutes, 70 million steps and more."""

    def read() -> None:
        mail = read_mail("1", bomb)
        list(bounces_in(mail))
        assert automatic(mail) + other_matter(mail.subject, mail.text, mail.sender) + mail.fault

    assert in_million_steps(read) < 30


@pytest.mark.parametrize(
    ("head", "why"),
    [
        (
            "Authentication-Results: x; dkim=pass" + " header.b=a" * 500 + "; dmarc=fail\n",
            "a mail server says",
        ),
        ("X-More: x\n" * 1000 + "Authentication-Results: x; dmarc=fail\n", "too many header fields"),
        ("Reply-To: " + "x" * 3000 + "\n", ""),
    ],
)
def test_what_may_speak_against_a_sender_is_not_left_unread(head: str, why: str) -> None:
    """Whoever forges a mail can make the office's own mail server write fields as long as they like."""
    mail = read_mail("1", f"From: ana@example.org\n{head}\nPlease send my certificate\n".encode())
    assert why in unreadable(mail)
    assert bool(unreadable(mail)) == bool(why)


def test_a_sender_with_more_behind_what_is_read_has_a_fault() -> None:
    more = ", ".join(f"p{at}@example.org" for at in range(150))
    assert "too long" in read_mail("1", f"From: ana@example.org, {more}\n\nx\n".encode()).fault


def test_everybody_of_a_long_list_failed() -> None:
    named = ",\n ".join(f"colleague{at:03}@hospital.example" for at in range(80))
    mail = read_mail(
        "1", f"From: MAILER-DAEMON@b.example\nX-Failed-Recipients: {named}\n\nnot delivered\n".encode()
    )
    assert [one.recipient for one in bounces_in(mail)] == [
        f"colleague{at:03}@hospital.example" for at in range(80)
    ]


def test_every_returned_mail_of_those_passed_on_together_is_read() -> None:
    """A colleague passes sixty on in one mail."""
    parts = "".join(
        f"--o\nContent-Type: message/rfc822\n\n{report().replace('maria@', f'maria{at}@')}\n"
        for at in range(60)
    )
    mail = read_mail(
        "1", f"From: a@b.example\nContent-Type: multipart/mixed; boundary=o\n\n{parts}--o--\n".encode()
    )
    assert {one.recipient for one in bounces_in(mail)} >= {f"maria{at}@gmial.com" for at in range(60)}


@pytest.mark.parametrize("between", ["", "\n", "\n>\n> \n", "\n\n\u00a0\n"])
def test_what_a_server_said_ends_before_the_copy(between: str) -> None:
    """Also where its last word ends in a sign of a quotation."""
    said = "The mail could not be delivered to <ana@clinic.example>"
    mail = read_mail("1", f"From: MAILER-DAEMON@b.example\n\n{said}\n{between}> Received: from a\n".encode())
    assert [(one.recipient, one.diagnostic) for one in bounces_in(mail)] == [("ana@clinic.example", said)]


@pytest.mark.parametrize(
    ("kind", "encoding"),
    [("text/plain; charset=utf-8 (Plain text)", ""), ("TEXT/PLAIN;\n charset=UTF-8", "8bit")],
)
def test_a_text_is_read_by_its_type(kind: str, encoding: str) -> None:
    head = f"From: a@b.example\nContent-Type: {kind}\n" + (
        f"Content-Transfer-Encoding: {encoding}\n" * bool(encoding)
    )
    assert read_mail("1", f"{head}\nZoë\n".encode()).text == "Zoë\n"


@pytest.mark.parametrize("sign", ["-", ".", ">", "]", "_", "- ", "\n", ">\n", "1", "a", "届"])
def test_no_sign_over_and_over_takes_long(sign: str) -> None:
    """Behind words that patterns begin with, in as much as is read of a report and of a request."""
    report = Mail(
        "1", "", senders=(("", "postmaster@b.example"),), text="user " + sign * (MOST_TEXT // len(sign))
    )
    request = "certificate " + sign * (3_900 // len(sign))
    assert in_million_steps(lambda: list(bounces_in(report))) < 30
    assert in_million_steps(lambda: other_matter("", request, "a@b.example")) < 30


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=400), cut=st.integers(0, 1200))
def test_any_bytes_are_a_mail(data: bytes, cut: int) -> None:
    """A report cut anywhere and continued with anything is read or has a fault; the reading never stops."""
    whole = report().encode()
    for one in (data, whole[:cut] + data + whole[cut:], b"From: " + data + b"\n\nx"):
        mail = read_mail("1", one)
        assert all(address.count("@") == 1 for _, address in mail.senders)
        # Encoding raises where a lone surrogate is left.
        (mail.subject + mail.text + "".join(bounce.words("") for bounce in bounces_in(mail))).encode()


def test_two_copies_of_a_mail_are_one() -> None:
    """By Message-ID where there is one, else by its bytes; the digest holds neither."""
    assert mail_digest("<a@b>", b"x") == mail_digest("<a@b>", b"y") != mail_digest("<c@b>", b"x")
    assert mail_digest("", b"x") != mail_digest("", b"y")
    assert "a@b" not in mail_digest("<a@b>", b"x")
