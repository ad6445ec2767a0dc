"""From claims file to pages and mails, on real parts: WeasyPrint, Pelican, SQLite, a Maildir."""

from __future__ import annotations

import datetime as dt
import re

from tests.support.college import TODAY, College, body
from tests.support.documents_kit import text_of

ANA = "meeting-2025,LRN-00417,ana@example.org,Ana María Núñez,MD,yes,,12.25,,,yes"
BO = 'meeting-2025,L2,bo@example.org,Bo O’Brien,"MD, PhD",yes,,20,10.5,5,yes'
CHI = "meeting-2025,L3,chi@example.org,Nguyễn Thị Ánh,,yes,,5,5,,no"
DEE = "meeting-2025,L4,dee@example.org,Dee Doe,RN,yes,,,,,yes"
EVE = "course,L5,eve@example.org,Eve Elm,DO,yes,2025-11-01,1,,,"


def test_from_claims_to_certificates_pages_and_mails(college: College) -> None:
    """One command makes what each claim earned, lays it on the person's page, and mails the link to it."""
    report = college.take(ANA, BO, CHI, DEE, EVE)

    assert report.rows == 5
    assert report.by_kind == {"participation": 4, "cme": 2, "cme-abim": 0, "cme-abp": 0, "cme-abim-abp": 1}
    assert (report.issued, report.withheld, report.sent, report.queued) == (7, 2, 5, 0)
    assert report.mismatches == []
    assert report.problems == []

    page = college.page("Ana María Núñez")
    files = sorted(path.name for path in page.iterdir())
    assert [re.sub("-certificate-....|-[0-9a-f]{8}", "", name) for name in files] == [
        "acr-all-certificates.pdf",
        "acr-meeting-2025-cme.pdf",
        "acr-meeting-2025-participation.pdf",
        "acr-record-of-credits-2025.pdf",
        "index.html",
    ]
    (cme,) = page.glob("*-cme-*.pdf")
    text = text_of(cme.read_bytes())
    for said in (
        "CME Certificate",
        "Ana María Núñez",
        "MD",
        "Autumn Meeting 2025",
        "live activity",
        "Chicago, Illinois",
        "October 24–29, 2025",
        "12.25 AMA PRA Category 1 Credits™",
        "for a maximum of 45.25 AMA PRA Category 1 Credits™",
        "November 14, 2025",
        "October 29, 2031",
        "education@rheumatology.org",
    ):
        assert said in text
    (participation,) = page.glob("*-participation-*.pdf")
    text = text_of(participation.read_bytes())
    assert "hours attended" in text
    assert "AMA PRA" not in text

    mails = {mail["To"].addresses[0].addr_spec: mail for mail in college.mails()}
    assert [one.partition("@")[0] for one in sorted(mails)] == ["ana", "bo", "chi", "dee", "eve"]
    assert "evaluation not completed" in body(mails["chi@example.org"])
    assert f"https://certificates.example.org/c/{page.name}/" in body(mails["ana@example.org"])
    html = (college.page("Nguyễn Thị Ánh") / "index.html").read_text()
    assert "evaluation not completed" in html
    assert not list(college.page("Nguyễn Thị Ánh").glob("*-certificate-*.pdf"))


def test_a_rerun_issues_writes_and_mails_nothing(college: College) -> None:
    """The same file again changes no file and sends no mail; a second file adds only what is new."""
    first = college.claims(ANA, CHI)
    college.run(first)
    before = college.snapshot()
    again = college.run(first)
    assert (again.issued, again.corrected, again.sent, again.queued) == (0, 0, 0, 0)
    assert (again.unchanged, again.withheld) == (2, 2)
    assert college.snapshot() == before

    more = college.take(ANA, CHI.replace(",no", ",yes"), EVE, today=TODAY + dt.timedelta(days=3))
    assert (more.issued, more.sent, more.unchanged) == (4, 2, 2)
    after = college.snapshot()
    untouched = {path for path in before if "/c/" in path and path.endswith(".pdf")}
    assert {path: after[path] for path in untouched} == {path: before[path] for path in untouched}
