"""What a message looks like to a mail program: headers, text and HTML, whatever a name or title holds."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import html
import re
from dataclasses import replace
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
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.awards import Standing
from pipeline.rules.messages.occasions import Event, Occasion
from pipeline.rules.text import one_line
from pipeline.rules.web.pages import WithheldEntry
from tests.support.mail_values import NOW, TOKEN, URL, course, entry, notice, outgoing, participation, waiting

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
    shown = re.sub(r'<div style="display:none.*?</div>|<!--.*?-->', " ", shown)
    shown = html.unescape(re.sub(r"<[^>]+>", " ", shown))
    return content(message, "plain").split(), shown.split()


def test_headers_are_those_of_a_considerate_sender() -> None:
    """Names, reply address, date and Message-ID of the notice; marked as automatic; no list, no tracking."""
    message = parsed()
    assert message["From"] == "ACR Office of Education <education@rheumatology.org>"
    assert message["Reply-To"] == "education@rheumatology.org"
    assert message["To"] == "Maria da Silva <maria@example.org>"
    assert message["Subject"] == "Your CME / ABIM MOC Certificate and 1 more: ACR Convergence 2025"
    assert message["Message-ID"] == "<20251114.k3j2h4g5@rheumatology.org>"
    assert message["Date"].datetime == NOW
    assert message["Auto-Submitted"] == "auto-generated"
    assert not [name for name in message if name.startswith("List-")]
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_two_activities_of_one_title_are_told_apart() -> None:
    """In subject, opening and heading, whatever else has to be shortened for it."""
    composer = Composer(EMAILS, SENDER, {"convergence-2025": "October 24–29, 2025"})
    for changes in ({}, {"title": "A title that fills the whole line of a subject by itself, and more"}):
        message = read(composer.compose(notice(entries=(entry(**changes), course()))))
        assert "… (October 24–29, 2025) and 1 more" in message["Subject"].replace(
            "ACR Convergence 2025 ", "… "
        )
        for shown in (content(message, "plain"), content(message, "html")):
            assert "(October 24–29, 2025)" in " ".join(shown.split())
    alone = read(composer.compose(notice(entries=(entry(),))))
    assert alone["Subject"] == "Your CME / ABIM MOC Certificate: ACR Convergence 2025 (October 24–29, 2025)"
    assert "for ACR Convergence 2025 (October 24–29, 2025) is ready" in " ".join(
        content(alone, "plain").split()
    )


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


REPLACED = entry(
    kind=Kind.CME,
    number="2222-3333-4444-5555",
    standing=Standing.REPLACED,
    file=None,
    download_until=None,
    changed_on=dt.date(2025, 12, 3),
    replaced_by="7K2M-9QX4-T0VB-3CDE",
)
GONE = {"standing": Standing.WITHDRAWN, "file": None, "download_until": None}
CASES: dict[str, dict[str, Any]] = {
    "new": {},
    "new, one": {"entries": (entry(),)},
    "new, several activities": {"entries": (entry(), participation(), course())},
    "new, download closed": {"entries": (entry(download_until=None, file=None),)},
    "corrected": {"occasion": Occasion.CORRECTED, "entries": (entry(**CORRECTED), participation())},
    "replaced": {
        "occasion": Occasion.REPLACED,
        "events": (Event(Occasion.REPLACED, REPLACED), Event(Occasion.NEW, entry())),
    },
    "withdrawn": {"occasion": Occasion.WITHDRAWN, "entries": (entry(**GONE, reason="Issued in error"),)},
    "reinstated": {"occasion": Occasion.REINSTATED, "entries": (entry(),)},
    "withheld": {
        "occasion": Occasion.WITHHELD,
        "entries": (waiting(claim_until=dt.date(2026, 3, 26)), waiting(kind=Kind.PARTICIPATION)),
    },
    "reminder": {"occasion": Occasion.REMINDER, "entries": (waiting(),)},
    "deletion": {"occasion": Occasion.DELETION, "entries": (entry(kept_until=dt.date(2026, 1, 2)),)},
    "new and withheld": {
        "events": (
            Event(Occasion.NEW, course()),
            Event(Occasion.WITHHELD, waiting()),
            Event(Occasion.DELETION, participation(activity="a-2019", title="A 2019")),
        )
    },
    "resent": {"occasion": Occasion.RESENT},
    "resent, all withheld": {"occasion": Occasion.RESENT, "entries": (waiting(),)},
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
    assert re.sub("(certificates?|page): https", r"\1 https", said) == read_aloud


@pytest.mark.parametrize(
    ("case", "subject", "opening"),
    [
        (
            "new",
            "Your CME / ABIM MOC Certificate and 1 more: ACR Convergence 2025",
            "Your certificates for ACR Convergence 2025 are ready.",
        ),
        ("new, one", "Your CME / ABIM MOC Certificate: ACR Convergence 2025", "Certificate for ACR"),
        (
            "new, several activities",
            "Your 3 certificates: ACR Convergence 2025 and 1 more",
            "Your certificates for 2 activities are ready.",
        ),
        (
            "new, download closed",
            "Your CME / ABIM MOC Certificate: ACR Convergence 2025",
            "has been issued.",
        ),
        (
            "corrected",
            "Corrected CME / ABIM MOC Certificate and 1 more: ACR Convergence 2025",
            "have been corrected.",
        ),
        (
            "replaced",
            "Replacement CME / ABIM MOC Certificate: ACR Convergence 2025",
            "Your CME Certificate for ACR Convergence 2025 was replaced by a CME / ABIM MOC Certificate. "
            "Please use the new one",
        ),
        (
            "withdrawn",
            "Withdrawn CME / ABIM MOC Certificate: ACR Convergence 2025",
            "has been withdrawn. It is not valid any more;",
        ),
        (
            "reinstated",
            "Reinstated CME / ABIM MOC Certificate: ACR Convergence 2025",
            "which had been withdrawn, is valid again.",
        ),
        (
            "withheld",
            "Still missing for your CME Certificate: ACR Convergence 2025",
            "Something is still missing for your certificates for ACR Convergence 2025.",
        ),
        (
            "reminder",
            "Reminder: your CME Certificate waits: ACR Convergence 2025",
            "your CME Certificate for ACR Convergence 2025 still waits for you.",
        ),
        (
            "deletion",
            "Save your CME / ABIM MOC Certificate: ACR Convergence 2025",
            "Please save a copy of your CME / ABIM MOC Certificate",
        ),
        (
            "new and withheld",
            "Your CME / ABP MOC Certificate: Lupus & Pregnancy: What's New",
            "Something is still missing for your CME Certificate for ACR Convergence 2025.",
        ),
        (
            "resent",
            "Link to your CME / ABIM MOC Certificate and 1 more: ACR Convergence…",
            "link to your ACR certificates again.",
        ),
        (
            "rotated",
            "New link to your CME / ABIM MOC Certificate and 1 more: ACR…",
            "no longer works",
        ),
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


def test_what_is_missing_says_what_to_do_where_and_until_when() -> None:
    """The college's own site, or the activity's address there; a day that has passed is not asked for."""
    composer = Composer(EMAILS, replace(SENDER, education_url="https://education.example.org"))

    def said(**changes: Any) -> str:
        about = notice(occasion=Occasion.WITHHELD, entries=(waiting(**changes),))
        return content(read(composer.compose(about)), "plain")

    text = said(claim_until=dt.date(2026, 3, 26))
    assert "    Waits: evaluation not completed" in text.splitlines()
    assert "https://education.example.org" in text.splitlines()
    flat = " ".join(text.split())
    assert "open this activity and complete the evaluation. The last day for this is March 26, 2026." in flat
    assert "https://learn.example.org/7" in said(url="https://learn.example.org/7").splitlines()
    late = " ".join(said(claim_until=dt.date(2025, 11, 13)).split())
    assert "The last day for this was November 13, 2025." in late
    assert "complete the evaluation" not in late


def test_a_record_that_goes_says_when() -> None:
    """A copy can be saved up to a day."""
    text = content(parsed(**CASES["deletion"]), "plain")
    assert "Deleted after January 2, 2026." in text.splitlines()


def test_there_is_a_second_way_in_and_the_warning_comes_before_the_link() -> None:
    """Whoever mistrusts a link knows another way; whoever is not meant reads so before they open it."""
    composer = Composer(EMAILS, replace(SENDER, education_url="https://education.example.org"))
    text = " ".join(content(read(composer.compose(notice())), "plain").split())
    assert text.index("do not open the link") < text.index(URL)
    assert "You need not use this link: the ACR Education Center (https://education.example.org)" in text
    assert "You need not use this link" not in content(parsed(**CASES["withdrawn"]), "plain")
    waits = " ".join(content(parsed(**CASES["withheld"]), "plain").split())
    assert "You need not use this link: you can also log in to the ACR Education Center as usual." in waits


def test_meetings_of_one_title_are_told_apart() -> None:
    """By their year, in subject and first sentence."""
    for year in (2024, 2025):
        days = {"start": dt.date(year, 10, 1), "end": dt.date(year, 10, 2)}
        message = parsed(entries=(entry(title="Annual Meeting", **days),))
        assert message["Subject"] == f"Your CME / ABIM MOC Certificate: Annual Meeting ({year})"
        assert f"for Annual Meeting ({year}) is ready" in " ".join(content(message, "plain").split())


def test_a_list_of_mails_shows_what_each_is_about() -> None:
    """What a mail program shows beside the subject is the first sentence, not our name."""
    page = content(parsed(), "html").partition("<body>")[2]
    shown = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())
    assert shown.startswith("Your certificates for ACR Convergence 2025 are ready.")


def test_mail_programs_without_our_styles_break_the_link_and_keep_the_sizes() -> None:
    """Gmail drops the style block of foreign accounts; Word-based Outlook knows no max-width."""
    page = content(parsed(), "html")
    assert f'<a href="{URL}" style="word-break:break-all">' in page
    assert re.search(r"<h1 style=\"[^\"]*font-size", page)
    assert re.search(r"<h2 style=\"[^\"]*font-size", page)
    assert re.search(r'<!--\[if mso\]><table role="presentation" width="560"', page)


@pytest.mark.parametrize("case", CASES)
def test_lines_are_broken_but_never_the_link(case: str) -> None:
    """Titles and places of any length stand in lines that a terminal shows."""
    title, place = (
        "An Update on Everything in Rheumatology and Immunology " * 5,
        "Hall of the Two Rivers, " * 9,
    )
    changed = CASES[case] | {"page_url": URL + "x" * 60}
    events = notice(**changed).events
    about = tuple(
        replace(one.about, title=title)
        if isinstance(one.about, WithheldEntry)
        else replace(one.about, facts=replace(one.about.facts, title=title, location=place))
        for one in events
    )
    changed["events"] = tuple(Event(one.occasion, it) for one, it in zip(events, about, strict=True))
    changed.pop("entries", None)
    message = parsed(**changed)
    lines = content(message, "plain").splitlines()
    assert max(len(line) for line in lines if "https://" not in line) <= 76
    assert (URL + "x" * 60 in lines) is (case != "moved")
    assert len(str(message["Subject"])) <= 70


def test_a_test_says_so_in_its_subject() -> None:
    """Staff must not take it for somebody's mail."""
    assert str(parsed(is_test=True)["Subject"]).startswith("[test] Your ")


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
    assert f"Dear {name}," in " ".join(content(message, "plain").split())
    assert f"Dear {name}," in html.unescape(content(message, "html"))
    assert "<b>" not in content(message, "html")


def test_long_titles_are_whole_in_the_body_and_folded_in_the_subject() -> None:
    """A subject of Japanese, or of one endless word, stays within the lines mail allows."""
    for title in ("リウマチ学会年次総会" * 20, "W" * 400, "Rheumatology & Immunology Update " * 12):
        data = COMPOSER.compose(notice(entries=(entry(title=title),)))
        message = read(data)
        shown = one_line(title)
        assert shown in " ".join(content(message, "plain").split())
        assert len(str(message["Subject"])) <= 70
        subject = (
            str(message["Subject"]).removeprefix("Your CME / ABIM MOC Certificate: ").replace(" (2025)", "")
        )
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
    greeting = " ".join(f"Dear {one_line(name)},".split())
    assert " ".join(content(message, "plain").split()).startswith(greeting)


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
    assert (
        "To: maria@example.org\nSubject: Your CME / ABIM MOC Certificate and 1 more: ACR Convergence 2025\n"
        in shown
    )
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
    (tmp_path / "subject.txt").write_text("{{ m.what_there_was_once }}")  # changed before an upgrade
    with pytest.raises(MailError, match=r"subject\.txt cannot be used: .*what_there_was_once"):
        Composer(tmp_path, SENDER).compose(notice())
    with pytest.raises(MailError, match="MAIL_FROM"):
        Composer(EMAILS, Sender("nobody", "", "https://c.example.org"))


def test_a_theme_is_read_anew_by_the_next_composer(tmp_path: Path) -> None:
    """The desk works for days in one process; what was compiled before is of what was written before."""
    for file in EMAILS.iterdir():
        (tmp_path / file.name).write_text(file.read_text())
    before, again = (Composer(tmp_path, SENDER).compose(notice()) for _ in range(2))
    assert before == again
    for words in ("Hello", "Good news"):
        (tmp_path / "subject.txt").write_text(words)
        composed = Composer(tmp_path, SENDER).compose(notice())
        assert f"Subject: {words}\r\n".encode() in composed
