"""Paths and addresses of private pages."""

from __future__ import annotations

import pytest

from pipeline.rules import places

TOKEN, NUMBER = "abc234", "0123-4567-89AB-CDEF"
PAGE, VERIFICATION = places.page_of(TOKEN), places.verification_of(NUMBER)


def test_addresses_and_paths_are_those_that_were_printed() -> None:
    """Certificates and mails of six years name them: they stay as they are."""
    site = "https://x.example/certs"
    assert places.page_address(site, TOKEN) == "https://x.example/certs/c/abc234/"
    assert places.verification_address(site, NUMBER) == f"https://x.example/certs/verify/{NUMBER}/"
    assert places.token_in(places.page_address(site, TOKEN)) == TOKEN
    assert places.token_in("") == ""


def test_a_file_is_asked_for_by_its_folder_too() -> None:
    site = "https://x.example/certs"
    assert places.file_addresses(site, f"{PAGE}/index.html") == [
        f"{site}/c/abc234/",
        f"{site}/c/abc234/index.html",
    ]
    assert places.file_addresses(site, "index.html") == [f"{site}/", f"{site}/index.html"]
    assert places.file_addresses(site, f"{PAGE}/a b.pdf") == [f"{site}/c/abc234/a%20b.pdf"]
    assert places.file_addresses(site, "theme/my-index.html") == [f"{site}/theme/my-index.html"]


@pytest.mark.parametrize(
    ("path", "page"),
    [
        (f"{PAGE}/acr.pdf", PAGE),
        (PAGE, PAGE),
        (f"{VERIFICATION}/index.html", VERIFICATION),
        ("index.html", None),
        ("activities/c/index.html", None),
        ("cme/x", None),
    ],
)
def test_a_file_is_known_to_be_private(path: str, page: str | None) -> None:
    """By the folder at the top, and by no other of its name."""
    assert places.private_page(path) == page


@pytest.mark.parametrize(
    "written",
    [
        'rsync: [receiver] mkstemp "/srv/{}/.x.pdf.aB3dEf" failed: File name too long',
        "cannot purge https://x.example/{}/",
        "cannot purge https%3A%2F%2Fx.example%2F{}%2F",
        r'{{"files":["https:\/\/x.example\/{}\/"]}}',
        r"https:\u002f\u002fx.example\u002f{}\u002f",
        "key={} not found",
        "tmp_{}_body",
    ],
)
@pytest.mark.parametrize("slash", ["/", "%2F", "%2f", "\\/", "\\u002F", "_"])
def test_what_programs_say_holds_no_private_path(written: str, slash: str) -> None:
    """However they write it, and the rest of their words stays."""
    token, number = "abcdefghijkmnpqrstuvwxyz23456789abcdefg", "0123-4567-89AB-CDEF"
    for secret, folder in ((token, places.PERSONS), (number, places.VERIFICATIONS)):
        said = places.without_private_paths(written.format(f"{folder}{slash}{secret}"))
        assert secret[4:14] not in said
        assert said.split()[0] == written.split()[0] or "{}" in written.split()[0]
    assert places.without_private_paths("a host of 2024-2025, port 22") == "a host of 2024-2025, port 22"


def test_pages_are_told_apart() -> None:
    """A participant's page has a token, a verification page a number."""
    assert (places.token_of(PAGE), places.token_of(VERIFICATION)) == (TOKEN, None)
    assert places.names([PAGE, VERIFICATION], places.PERSONS) == [TOKEN]
    assert places.names([PAGE, VERIFICATION], places.VERIFICATIONS) == [NUMBER]


@pytest.mark.parametrize("path", ["c/../x", "c/", "c/a/b", "verify/..", "x/y", "c/Ab", "c/a\n"])
def test_no_page_leads_elsewhere(path: str) -> None:
    """What is not exactly of the form is no page."""
    assert not places.is_page(path)
    assert places.is_page(PAGE)
    assert places.is_page(VERIFICATION)
