"""Links that lead out of our pages: whole, exact, and none with the address of a private page."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from pipeline.rules.web.ways import asking_mail, led, linkedin
from tests.support.mail_values import facts

SITE = "https://certificates.example.org"


def test_linkedin_is_told_what_the_certificate_states() -> None:
    """The verification page is where it leads, though the PDF was made for another address."""
    one = facts(title="R&D – a “Symposium” #1", verify_url="https://former.example.org/verify/x/")
    address = urlsplit(linkedin(one, SITE, 0))
    assert (address.scheme, address.netloc, address.path) == ("https", "www.linkedin.com", "/profile/add")
    assert {name: value for name, (value,) in parse_qs(address.query, strict_parsing=True).items()} == {
        "startTask": "CERTIFICATION_NAME",
        "name": "CME / ABIM MOC Certificate: R&D – a “Symposium” #1",
        "organizationName": "American College of Rheumatology",
        "issueYear": "2025",
        "issueMonth": "11",
        "certUrl": f"{SITE}/verify/7K2M-9QX4-T0VB-3CDE/",
        "certId": "7K2M-9QX4-T0VB-3CDE",
    }
    numbered = parse_qs(urlsplit(linkedin(one, SITE, 123456)).query)
    assert numbered["organizationId"] == ["123456"]
    assert "organizationName" not in numbered


def test_a_mail_that_asks_is_written_as_such_addresses_are() -> None:
    """Blanks are %20 in it: a plus sign would stand in the mail (RFC 6068)."""
    assert asking_mail("education@rheumatology.org") == (
        "mailto:education@rheumatology.org?subject=Please%20send%20me%20the%20link%20to%20my%20certificates"
        "&body=Please%20send%20me%20the%20link%20to%20my%20certificates."
    )


def test_words_of_the_article_lead_where_the_settings_say() -> None:
    text = (
        '<p><a href="education-center:">the <b>Center</b></a>, '
        '<a href="college:" id="c">ours</a>, <a href="/">x</a>'
    )
    assert led(text, "https://e.example/?a=1&b=2", "https://c.example") == (
        '<p><a href="https://e.example/?a=1&amp;b=2">the <b>Center</b></a>, '
        '<a href="https://c.example">ours</a>, <a href="/">x</a>'
    )
    assert led(text, "", "") == '<p>the <b>Center</b>, ours, <a href="/">x</a>'
