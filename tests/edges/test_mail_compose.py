"""What a message looks like to a mail program: headers, text and HTML, whatever a name or title holds."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import html
import re
from decimal import Decimal
from email.header import decode_header, make_header
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import MailError
from pipeline.mail import Composer, Sender
from pipeline.mail.mime import UnmailableError, quoted_printable, wire_address
from pipeline.rules.certificates.awards import Standing
from pipeline.rules.messages.occasions import Occasion
from pipeline.rules.text import one_line
from tests.support.mail_values import NOW, TOKEN, URL, course, entry, notice, outgoing, participation

EMAILS = Path(__file__).parents[2] / "theme" / "emails"
SENDER = Sender(
    "ACR Office of Education <education@rheumatology.org>",
    "education@rheumatology.org",
    "https://certificates.example.org",
)
COMPOSER = Composer(EMAILS, SENDER)
CORRECTED = {"standing": Standing.CORRECTED, "changed_on": dt.date(2025, 12, 3), "reason": "Name misspelt"}


def parsed(**changes: Any) -> EmailMessage:
    return read(COMPOSER.compose(notice(**changes)))


def read(data: bytes) -> EmailMessage:
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def content(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    assert not part.defects
    return str(part.get_content())


def words(message: EmailMessage) -> tuple[list[str], list[str]]:
    """The words of the text part and those of the HTML part as a reader sees them."""
    shown = content(message, "html").partition("<body>")[2]
    shown = html.unescape(re.sub(r"<[^>]+>", " ", shown))
    return content(message, "plain").split(), shown.split()


def test_headers_are_those_of_a_considerate_sender() -> None:
    """Names, reply address, date and Message-ID of the notice; marked as automatic; no list, no tracking."""
    message = parsed()
    assert message["From"] == "ACR Office of Education <education@rheumatology.org>"
    assert message["Reply-To"] == "education@rheumatology.org"
    assert message["To"] == "Maria da Silva <maria@example.org>"
    assert message["Subject"] == "Your certificates: ACR Convergence 2025"
    assert message["Message-ID"] == "<20251114.k3j2h4g5@rheumatology.org>"
    assert message["Date"].datetime == NOW
    assert message["Auto-Submitted"] == "auto-generated"
    assert not [name for name in message if name.startswith("List-")]
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_the_same_notice_gives_the_same_bytes() -> None:
    """Whatever was composed before: a fresh composer agrees with one that has composed others."""
    about = notice(entries=(entry(), course()))
    COMPOSER.compose(notice(name="Another", entries=(entry(cme=Decimal(3)), course())))
    assert COMPOSER.compose(about) == Composer(EMAILS, SENDER).compose(about)


def test_shared_shapes_never_mix_people_up() -> None:
    """Two people whose messages share a shape each find their own name, link, credits and dates."""
    one = parsed(entries=(course(),))
    other = parsed(
        to="bo@example.org",
        name="Bo <Larsson>",
        page_url="https://certificates.example.org/c/other/",
        entries=(
            course(
                completed_on=dt.date(2025, 3, 1),
                cme=Decimal("2.5"),
                abp=Decimal(2),
                kept_until=dt.date(2031, 3, 1),
                download_until=dt.date(2031, 3, 1),
            ),
        ),
    )
    for kind in ("plain", "html"):
        mine, theirs = content(one, kind), content(other, kind)
        assert "Larsson" not in mine
        assert "/c/other/" not in mine
        assert "Maria" not in theirs
        assert TOKEN not in theirs
        assert "Completed March 1, 2025" in theirs
        assert "March 1, 2031" in theirs
        assert "Completed November 2, 2025" in mine
    assert "2.5 AMA PRA Category 1 Credits™" in content(other, "plain")
    assert "2.5 <em>AMA PRA Category 1 Credits™</em>" in content(other, "html")
    assert "1 AMA PRA Category 1 Credit™" in content(one, "plain")
    assert "Bo &lt;Larsson&gt;" in content(other, "html")
    assert "Dear Bo <Larsson>," in content(other, "plain")


CASES: dict[str, dict[str, Any]] = {
    "new": {},
    "new, several activities": {"entries": (entry(), participation(), course())},
    "new, download closed": {"entries": (entry(download_until=None, file=None),)},
    "corrected": {"occasion": Occasion.CORRECTED, "entries": (entry(**CORRECTED), participation())},
    "withdrawn": {"occasion": Occasion.CORRECTED, "entries": (entry(standing=Standing.WITHDRAWN),)},
    "resent": {"occasion": Occasion.RESENT},
    "rotated": {"occasion": Occasion.ROTATED},
    "moved": {"occasion": Occasion.MOVED, "page_url": ""},
}


@pytest.mark.parametrize("case", CASES)
def test_text_and_html_say_the_same(case: str) -> None:
    """Word for word, but for the marks of a list, the line over the bare link, and the signature's dashes."""
    plain, shown = words(parsed(**CASES[case]))
    said = " ".join(word for word in plain if word not in ("*", "--"))
    read_aloud = " ".join(shown).removeprefix("American College of Rheumatology ")
    read_aloud = read_aloud.replace("Or copy this link into your browser: ", "")
    assert (
        said.replace("certificates: https", "certificates https")
        .replace("certificate: https", "certificate https")
        .replace("page: https", "page https")
        == read_aloud
    )


@pytest.mark.parametrize(
    ("case", "subject", "opening"),
    [
        (
            "new",
            "Your certificates: ACR Convergence 2025",
            "certificates for ACR Convergence 2025 are ready.",
        ),
        (
            "new, several activities",
            "Your certificates: ACR Convergence 2025 and 1 more",
            "Your certificates for 2 activities are ready.",
        ),
        ("new, download closed", "Your certificate: ACR Convergence 2025", "has been issued."),
        ("corrected", "Corrected certificates: ACR Convergence 2025", "have been corrected."),
        ("withdrawn", "Withdrawn certificate: ACR Convergence 2025", "has been withdrawn."),
        (
            "resent",
            "Your link to your certificates: ACR Convergence 2025",
            "link to your ACR certificates again.",
        ),
        ("rotated", "New link to your certificates: ACR Convergence 2025", "no longer works"),
        ("moved", "Your address for ACR certificates was changed", "we write to the new address only."),
    ],
)
def test_each_occasion_has_its_words(case: str, subject: str, opening: str) -> None:
    """The subject names the activity; the first sentence says why we write."""
    message = parsed(**CASES[case])
    assert message["Subject"] == subject
    assert opening in " ".join(content(message, "plain").split())


def test_what_is_in_it_and_until_when() -> None:
    """Kinds and credits as claimed, where and when, the last day of the download and of the record."""
    text = content(parsed(), "plain")
    for line in (
        URL,
        "October 24–29, 2025; Chicago, Illinois",
        "  * CME / ABIM MOC Certificate",
        "    12.25 AMA PRA Category 1 Credits™",
        "    10 ABIM MOC points (Medical Knowledge)",
        "  * Certificate of Participation",
        "Download until March 26, 2026. Kept on record until October 29, 2031.",
    ):
        assert line in text.splitlines()


def test_a_closed_download_says_how_to_have_it_opened() -> None:
    """The link leads to the page, not to a file; whom to write to is said."""
    text = " ".join(content(parsed(**CASES["new, download closed"]), "plain").split())
    assert "Open your page:" in text
    assert "The time to download this certificate has passed." in text
    assert "write to education@rheumatology.org and we will open it again" in text
    assert "Download until" not in text


def test_a_correction_says_when_and_why() -> None:
    """The holder learns what happened to which certificate."""
    text = content(parsed(**CASES["corrected"]), "plain")
    assert "    Corrected on December 3, 2025: Name misspelt" in text.splitlines()


def test_a_former_address_learns_no_link_and_no_certificate() -> None:
    """A hospital's mailbox may be somebody else's by now."""
    data = COMPOSER.compose(notice(**(CASES["moved"] | {"page_url": URL})))
    message = read(data)
    assert TOKEN not in content(message, "plain") + content(message, "html")
    assert "Convergence" not in content(message, "plain")


def test_no_pictures_no_tracking_no_attachment() -> None:
    """Nothing is loaded from anywhere when the mail is opened; one link to the page, said twice."""
    message = parsed()
    page = content(message, "html")
    assert not re.search(r"<img|<script|url\(|@import|<link|background=", page)
    assert set(re.findall(r'href="([^"]+)"', page)) == {
        URL,
        "mailto:education@rheumatology.org",
        "https://certificates.example.org/",
    }
    assert not list(message.iter_attachments())


@pytest.mark.parametrize(
    "name",
    [
        "O'Reilly-van Helsing, Jr.", 'Ann "Annie" Smith', "Back\\slash", "李小龍", "محمد بن سلمان",
        "Ngũgĩ wa Thiong’o", "R&D <b>", "=?utf-8?q?sneaky?=", "M" * 200, "é" * 200, "🦴 Bone", ".",
    ],
)  # fmt: skip
def test_names_survive_headers_and_bodies(name: str) -> None:
    """A name comes out of a mail program's parser as it went in: header, text, HTML."""
    message = parsed(name=name)
    raw = email.message_from_bytes(COMPOSER.compose(notice(name=name)))["To"]
    if (
        len(name) < 60
    ):  # CPython leaves a blank between the encoded words of a long one; RFC 2047 6.2 does not
        assert message["To"].addresses[0].display_name == name
    elif not raw.isascii() or "=?" in raw:
        assert str(make_header(decode_header(raw))) == f"{name} <maria@example.org>"
    assert message["To"].addresses[0].addr_spec == "maria@example.org"
    assert f"Dear {name}," in content(message, "plain")
    assert f"Dear {name}," in html.unescape(content(message, "html"))
    assert "<b>" not in content(message, "html")


def test_long_titles_are_whole_in_the_body_and_folded_in_the_subject() -> None:
    """A subject of Japanese, or of one endless word, stays within the lines mail allows."""
    for title in ("リウマチ学会年次総会" * 20, "W" * 400, "Rheumatology & Immunology Update " * 12):
        data = COMPOSER.compose(notice(entries=(entry(title=title),)))
        message = read(data)
        shown = one_line(title)
        assert shown in content(message, "plain")
        subject = str(message["Subject"]).removeprefix("Your certificate: ")
        assert subject.endswith("…")
        assert shown.startswith(subject[:-1])
        assert max(len(line) for line in data.split(b"\r\n")) <= 76


WILD = st.text(max_size=160) | st.text(alphabet='a \r\n\t\x00\x0b\x1c\u2028\u202e<>@:=?"\\,;é', max_size=60)


@settings(max_examples=150, deadline=None)
@given(name=WILD, title=WILD, place=WILD, reason=WILD)
def test_nothing_written_in_a_claim_breaks_a_message(name: str, title: str, place: str, reason: str) -> None:
    """No header is added, no line grows long, every byte is ASCII, lines end in CRLF, parts stay two."""
    changed = entry(
        title=title,
        location=place,
        standing=Standing.CORRECTED,
        reason=reason,
        changed_on=dt.date(2025, 12, 1),
    )
    data = COMPOSER.compose(notice(name=name, occasion=Occasion.CORRECTED, entries=(changed,)))
    assert data.isascii()
    assert b"\x00" not in data
    lines = data.split(b"\r\n")
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert max(len(line) for line in lines) <= 998
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert [header.casefold() for header in message] == EXPECTED
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert [address.addr_spec for address in message["To"].addresses] == ["maria@example.org"]
    assert TOKEN in content(message, "plain")
    assert f"Dear {one_line(name)}," in content(message, "plain")


EXPECTED = [header.casefold() for header in parsed()]


@settings(max_examples=200, deadline=None)
@given(address=st.text(alphabet='ab.@<>\r\n \x00"\\,;:é(ü', max_size=30) | st.emails())
def test_an_address_is_written_safely_or_refused(address: str) -> None:
    """What gets through holds nothing that ends a line, a path or a command."""
    try:
        wire = wire_address(address)
    except UnmailableError:
        return
    assert not re.search(r"[\x00-\x20\x7f<>\"(),:;\\]", wire)
    assert wire.count("@") == 1
    assert wire.rpartition("@")[2].isascii()


@settings(max_examples=100, deadline=None)
@given(
    text=st.text(
        alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=300
    ).map(lambda text: text + "\n")
)
def test_quoted_printable_loses_nothing(text: str) -> None:
    """Any text comes back, in lines of at most 76."""
    import quopri

    encoded = quoted_printable(text)
    assert encoded.isascii()
    assert all(len(line) <= 76 for line in encoded.split(b"\r\n"))
    assert quopri.decodestring(encoded).decode().replace("\r\n", "\n") == text


def test_a_preview_shows_the_message_without_the_token() -> None:
    """Staff see what will be sent; the terminal's scroll-back holds no key to anybody's page."""
    shown = COMPOSER.preview(notice())
    assert TOKEN not in shown
    assert "To: maria@example.org\nSubject: Your certificates: ACR Convergence 2025\n" in shown
    assert "Dear Maria da Silva," in shown


def test_errors_do_not_hold_the_token() -> None:
    """Neither an address refused nor a message printed."""
    with pytest.raises(UnmailableError) as caught:
        COMPOSER.compose(notice(to="nobody at all"))
    assert TOKEN not in str(caught.value)
    assert TOKEN not in repr(outgoing())


def test_a_broken_theme_is_one_error(tmp_path: Path) -> None:
    """A missing or malformed template is a sentence that names the folder."""
    with pytest.raises(MailError) as missing:
        Composer(tmp_path, SENDER)
    assert str(tmp_path) in missing.value.hint
    for file in EMAILS.iterdir():
        (tmp_path / file.name).write_text(file.read_text())
    (tmp_path / "subject.txt").write_text("{% if %}")
    with pytest.raises(MailError):
        Composer(tmp_path, SENDER)
    with pytest.raises(MailError, match="MAIL_FROM"):
        Composer(EMAILS, Sender("nobody", "", "https://c.example.org"))
