"""The site: exactly what belongs in output/, written only when it changed, and no token out of its place."""

from __future__ import annotations

import datetime as dt
import html
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest

from pipeline.errors import SiteError
from pipeline.rules.certificates import awards, retention, statements
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.web import markup, pages, wording
from pipeline.rules.web.pages import LeftPage, RequiredPage, WithheldEntry
from pipeline.site import build, public_strays, theme_digest
from pipeline.site.output import is_folder
from tests.support.site_people import (
    MEETING,
    PNG,
    PROJECT,
    SEALS,
    TODAY,
    People,
    certificate,
    everyone,
    number,
    project,
    token,
)

PUBLIC_FILES = """
404.html _headers index.html verify/index.html seals/keys.js seals/standing.js
.well-known/certificate-keys.json .well-known/certificate-standing.jws theme/seal.js privacy/index.html
robots.txt activities/index.html
activities/convergence-2025/index.html activities/rheum-essentials-2026/index.html
activities/winter-symposium-2019/index.html
favicon.ico theme/favicon.ico theme/icon.svg theme/number.js theme/site.css theme/verify.js
"""
PUBLIC = set(PUBLIC_FILES.split())
CONSTANTS: dict[str, object] = {"COLLEGE_URL": "https://college.example"}
DECOYS = """
content/.secret content/claims.csv content/ledger.sqlite3 content/images/.x.sqlite3
content/images/.hidden/y.png content/images/claims.xlsx content/pages/x.md~ content/pages/.draft.md
content/pages/notes.txt content/pages/old.html content/activities/claims.csv theme/static/.DS_Store
theme/certificates/certificate.html .env
"""


def listing(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}


def state(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Of each file and folder: what changes when anybody touches it."""
    return {
        str(path): (path.lstat().st_mtime_ns, path.lstat().st_ino, path.lstat().st_size)
        for path in folder.rglob("*")
    }


@pytest.fixture
def people(tmp_path: Path) -> People:
    return everyone(tmp_path / "vault")


def private(people: People) -> set[str]:
    names = {f"{path}/index.html" for path in people.stamps()}
    for name, page in people.pages.items():
        names |= {f"c/{name}/{entry.file.name}" for entry in page.entries if entry.file}
        names |= {f"c/{name}/{one.file.name}" for one in page.credits}
    return names


def test_the_exact_list_of_files_with_decoys_in_content(tmp_path: Path, people: People) -> None:
    """Whatever lies about in content/ or theme/, output/ holds the pages and nothing else."""
    root, output = project(tmp_path / "project"), tmp_path / "output"
    for name in DECOYS.split():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("Title: decoy\n\ndecoy")
    (root / "content/images/photo.png").write_bytes(PNG)
    build(people.inputs(root, output))
    assert listing(output) == PUBLIC | private(people) | {"images/photo.png"}


def test_a_rerun_touches_nothing(tmp_path: Path, people: People) -> None:
    """With nothing new no file is written, replaced or linked, and nobody's page is asked for."""
    root, output = project(tmp_path / "project"), tmp_path / "output"
    (root / "content/images").mkdir()
    (root / "content/images/photo.png").write_bytes(PNG)
    build(people.inputs(root, output))
    people.asked.clear()
    before = state(output)
    built = build(people.inputs(root, output))
    assert state(output) == before
    assert (built.written, built.removed, built.linked, built.public_written) == ([], 0, 0, 0)
    assert built.unchanged == len(people.stamps())
    assert people.asked == []


def test_the_projects_folder_is_only_read(
    tmp_path: Path, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even compiled code lies beside pelicanconf.py afterwards; Python goes on as it did."""
    root = project(tmp_path / "project")
    before = listing(root)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    build(people.inputs(root, tmp_path / "output"))
    assert listing(root) == before
    assert not sys.dont_write_bytecode


def test_a_page_missing_or_emptied_on_disk_is_written_again(tmp_path: Path, people: People) -> None:
    """A recorded stamp does not hide that a page or PDF is gone or cut to nothing."""
    output = tmp_path / "output"
    build(people.inputs(PROJECT, output))
    gone = output / "c" / token(1) / "index.html"
    emptied = output / "verify" / number(1) / "index.html"
    pdf = next((output / "c" / token(2)).glob("*.pdf"))
    text, data = gone.read_bytes(), pdf.read_bytes()
    gone.unlink()
    pdf.unlink()
    pdf.write_bytes(b"another")
    os.truncate(emptied, 0)
    built = build(people.inputs(PROJECT, output))
    assert set(built.written) == {f"c/{token(1)}", f"verify/{number(1)}"}
    assert (gone.read_bytes(), pdf.read_bytes(), built.linked) == (text, data, 1)


def test_what_has_no_row_is_swept(tmp_path: Path, people: People) -> None:
    """Expired people, stray files, stale PDFs, links out of the folder and half-written files all go; what a
    link points to stays."""
    root, output = project(tmp_path / "project"), tmp_path / "output"
    build(people.inputs(root, output))
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    stray = ["c/stray.txt", "verify/AAAA/x", "old/page/index.html", f"c/{token(2)}/older.pdf", ".DS_Store"]
    stray += [f"c/{token(2)}/index.html.part", "theme/gone.css", f"verify/{number(3)}/x.pdf", "sitemap.xml"]
    for name in stray:
        (output / name).parent.mkdir(parents=True, exist_ok=True)
        (output / name).write_text("stray")
    (output / "c" / "link").symlink_to(outside, target_is_directory=True)
    (output / "link").symlink_to(outside, target_is_directory=True)
    people.drop(token(1))
    (root / "content/activities/winter-symposium-2019.md").unlink()
    build(people.inputs(root, output))
    gone = {"activities/winter-symposium-2019/index.html"}
    assert listing(output) == PUBLIC - gone | private(people)
    assert not (output / "c" / token(1)).exists()
    assert (outside / "kept").read_text() == "kept"


def test_with_nobody_left_no_private_folder_is_left(tmp_path: Path, people: People) -> None:
    """After the last expiry c/ is gone, and in verify/ is the page that checks, for good."""
    output = tmp_path / "output"
    build(people.inputs(PROJECT, output))
    build(People(tmp_path / "vault").inputs(PROJECT, output))
    assert listing(output) == PUBLIC
    assert not (output / "c").exists()
    assert os.listdir(output / "verify") == ["index.html"]


def test_a_folder_of_somebody_else_is_not_swept(tmp_path: Path, people: People) -> None:
    """An OUTPUT_DIR that holds other things is refused before anything is written or removed."""
    output = tmp_path / "home"
    output.mkdir()
    (output / "thesis.txt").write_text("years")
    with pytest.raises(SiteError, match=r"thesis\.txt"):
        build(people.inputs(PROJECT, output))
    assert listing(output) == {"thesis.txt"}


def test_no_token_outside_its_own_page(output: Path, people: People) -> None:
    """No file but the person's own folder's holds a token, not even the page itself; that of a former record
    has the one that it leads to."""
    leads = {f"c/{one.token}/index.html": [one.to] for one in people.forwards.values()}
    tokens = [*people.pages, *people.forwards]
    for name in listing(output):
        data = (output / name).read_bytes()
        assert [which for which in tokens if which.encode() in data] == leads.get(name, []), name


@pytest.mark.starts
def test_a_bare_pelican_run_publishes_nobody(tmp_path: Path, people: People) -> None:
    """`pelican` by itself makes the public pages, and knows of no person."""
    root = project(tmp_path / "project")
    done = subprocess.run(
        [sys.executable, "-m", "pelican", "--fatal=warnings"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert listing(root / "output") == PUBLIC - {"_headers", "robots.txt", "favicon.ico", *SEALS}
    build(people.inputs(root, root / "output"))  # and the folder it left is taken over
    assert listing(root / "output") == PUBLIC | private(people)


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("theme/templates/person.html", "{{ page.nme }}", "person.html"),
        ("theme/templates/person.html", "{% if %}", "person.html, line 1"),
        ("theme/templates/activity.html", "{{ nonsense }}", "activity.html"),
        ("theme/templates/verification.html", None, "verification"),
        ("content/pages/privacy.md", "Title: P\nSlug: privacy\n\n[x]({filename}nowhere.md)", "nowhere"),
        ("content/pages/privacy.md", "no title", "privacy.md"),
        ("content/pages/privacy.md", "Title: P\nSlug: privacy\nStatus: odd\n\nx", "odd"),
        ("content/pages/privacy.md", "Title: P\nSave_as: index.html\n\nx", "index.html"),
        ("content/pages/privacy.md", "Title: P\nSave_as: c/x/index.html\n\nx", "c/x/index.html"),
        ("content/activities/convergence-2025.md", "Title: A\nSlug: a\n\nx", "format: is missing"),
        ("pelicanconf.py", "PATH = (", "pelicanconf.py"),
        ("pelicanconf.py", "raise SystemExit(3)", "pelicanconf.py"),
    ],
)
def test_whatever_pelican_complains_of_is_an_error(
    tmp_path: Path, people: People, file: str, text: str | None, words: str
) -> None:
    """Pelican logs and goes on; here it is one sentence naming what to mend, again in each run."""
    root = project(tmp_path / "project")
    if text is None:
        (root / file).unlink()
    else:
        (root / file).write_text(text)
    for _ in range(2):
        with pytest.raises(SiteError, match=words):
            build(people.inputs(root, tmp_path / "output"))


def test_a_plugin_in_pelicanconf_sees_nothing(tmp_path: Path, people: People) -> None:
    """A plugin that the file names would learn of every page; it is not even loaded here."""
    root = project(tmp_path / "project")
    (tmp_path / "spy.py").write_text(
        "from pathlib import Path\n"
        f"def register():\n    Path({str(tmp_path / 'seen')!r}).write_text('loaded')\n"
    )
    with (root / "pelicanconf.py").open("a") as conf:
        conf.write(f'\nPLUGIN_PATHS = [{str(tmp_path)!r}]\nPLUGINS = ["spy"]\n')
    build(people.inputs(root, tmp_path / "output"))
    assert not (tmp_path / "seen").exists()
    assert list((tmp_path / "output" / "c").iterdir())


def test_pelican_says_nothing_of_its_own(
    tmp_path: Path, people: People, capfd: pytest.CaptureFixture[str]
) -> None:
    """Standard output belongs to data; nothing of Pelican's talk is on it, or on standard error."""
    build(people.inputs(PROJECT, tmp_path / "output"))
    assert capfd.readouterr() == ("", "")


def test_a_page_the_ledger_cannot_tell_is_an_error(tmp_path: Path, people: People) -> None:
    """A stamp without its page stops the build; no page is silently left out."""
    inputs = replace(people.inputs(PROJECT, tmp_path / "output"), persons=lambda _tokens: [])
    with pytest.raises(SiteError, match="7 page"):
        build(inputs)


@pytest.mark.parametrize("name", ["../x", "", "a/b", "..", "Ab"])
def test_an_unsafe_place_is_refused(tmp_path: Path, people: People, name: str) -> None:
    """No name can lead a page out of its folder."""
    required = [RequiredPage(name, "1")]
    inputs = people.inputs(
        PROJECT, tmp_path / "output", required=lambda kind: required if kind == "c" else []
    )
    with pytest.raises(SiteError, match="unsafe"):
        build(inputs)


def test_a_run_that_was_killed_is_made_whole(tmp_path: Path, people: People) -> None:
    """Killed between two portions: the next run writes the rest, and nothing that was recorded."""
    output = tmp_path / "output"
    recorded: dict[str, LeftPage] = {}

    class Killed(BaseException):
        pass

    def note(pages: Sequence[LeftPage]) -> None:
        if recorded:
            raise Killed
        recorded.update({page.path: page for page in pages})

    with pytest.raises(Killed):
        build(people.inputs(PROJECT, output, portion=2, note=note))
    people.noted = dict(recorded)
    built = build(people.inputs(PROJECT, output))
    assert recorded.keys().isdisjoint(built.written)
    assert listing(output) == PUBLIC | private(people)


def test_the_half_written_files_of_a_killed_run_stop_no_other(tmp_path: Path, people: People) -> None:
    """What it left bears the very names that the next run writes and renames away; no trace of it stays."""
    output = tmp_path / "output"
    build(people.inputs(PROJECT, output))
    before = listing(output)
    for page in [*output.glob("c/*/index.html"), *output.glob("verify/*/index.html")]:
        page.with_name("index.html.part").write_text("<p>half")
        page.unlink()
    build(people.inputs(PROJECT, output))
    assert listing(output) == before


def test_a_page_says_what_the_certificate_says(output: Path) -> None:
    """The facts of the PDF stand on the page, exact and in words."""
    page = (output / "c" / token(1) / "index.html").read_text()
    for words in (
        "Hello, <bdi>Maria O’Brien</bdi>",
        "CME / ABIM MOC / ABP MOC Certificate",
        "12.25 <i>AMA PRA Category 1 Credits™</i>",
        "12.25 ABIM MOC points (Medical Knowledge)",
        "1 ABP MOC Part 2 point<",
        '<time datetime="2025-10-24">October 24</time>–<time datetime="2025-10-29">29, 2025</time>',
        'Available until <time datetime="2031-10-29">October 29, 2031</time>',
        ' download type="application/pdf"',
        "84 kB",
    ):
        assert words in page, words
    participation = page.split("Certificate of Participation</h4>")[1]
    assert "AMA PRA" not in participation
    assert "noindex" in page
    verification = (output / "verify" / number(1) / "index.html").read_text()
    for words in (
        "<dt>American Medical Association (AMA)</dt><dd>12.25 <i>AMA PRA Category 1 Credits™</i></dd>",
        "<dt>American Board of Internal Medicine (ABIM)</dt><dd>12.25 ABIM MOC points (",
        "<dt>American Board of Pediatrics (ABP)</dt><dd>1 ABP MOC Part 2 point</dd>",
        "202512345",
        "is accredited by the Accreditation Council",
        f'<dd class="break">http://localhost:8000/verify/{number(1)}/</dd>',
    ):
        assert words in verification, words


def test_each_standing_is_said(output: Path) -> None:
    """Corrected, replaced, withdrawn, closed and withheld: what, when, why, and what to do."""
    page = (output / "c" / token(2) / "index.html").read_text()
    assert 'Corrected on <time datetime="2026-01-09">January 9, 2026</time>.</b> Reason: name spelled' in page
    assert f'by certificate <span class="nowrap">{number(4)}</span>' in page
    assert "Withdrawn on" in page
    for index, day, words in (
        (5, "2025-12-01", "It was replaced on December 1, 2025 and no longer counts. In its place stands"),
        (6, "2026-01-09", "It was withdrawn on January 9, 2026 and no longer counts. Reason: recorded by"),
    ):
        text = (output / "verify" / number(index) / "index.html").read_text()
        assert words in text.replace(f'<time datetime="{day}">', "").replace("</time>", "")
    assert "Withheld: post-test not completed; evaluation not completed." in page
    assert "complete the post-test and the evaluation" in page
    assert page.count('.pdf"') == 2  # to download, and to open
    closed = (output / "c" / token(3) / "index.html").read_text()
    assert "The download is closed." in closed
    assert "mailto:education@rheumatology.org" in closed
    assert ".pdf" not in closed


def test_without_a_key_no_page_offers_to_look_for_a_seal(
    tmp_path: Path, people: People, output: Path
) -> None:
    """It says so, and loads nothing for it; with one, these pages read a file, and may connect to nothing."""
    build(people.inputs(PROJECT, tmp_path / "output", extra={}))
    for name in ("verify/index.html", "404.html"):
        plain, sealed = ((folder / name).read_text() for folder in (tmp_path / "output", output))
        assert "Certificates are not sealed here yet" in plain
        assert "Certificates are not sealed" not in sealed
        for words in ("seal.js", "seals/keys.js", 'id="file"', "connect-src 'none'"):
            assert (words in plain, words in sealed) == (False, True), words
    texts = [(folder / "verify/index.html").read_text() for folder in (tmp_path / "output", output)]
    assert ["What the answer means" in text for text in texts] == [False, True]
    texts = [(folder / "index.html").read_text() for folder in (tmp_path / "output", output)]
    assert ["See whether it is genuine" in text for text in texts] == [False, True]


def test_digests_that_count_are_told_from_those_that_do_not(output: Path, people: People) -> None:
    """An earlier design of the same certificate counts; what stood before a correction does not."""
    first, second, third = people.entries[number(8)].digests
    text = (output / "verify" / number(8) / "index.html").read_text()
    newest, rest = text.split("The same certificate in an earlier design:")
    same, earlier = rest.split("Earlier versions, which no longer count:")
    assert newest.count(third) == 2  # for the box, and as the file that counts
    assert (second in same, first in same) == (True, False)
    assert (second in earlier, first in earlier) == (False, True)


def test_a_withheld_certificate_says_of_what(tmp_path: Path) -> None:
    """Days, place and format of its activity, as for a certificate that is there."""
    people = People(tmp_path / "vault")
    waits = WithheldEntry(
        Kind.CME,
        MEETING.slug,
        MEETING.title,
        dt.date(2025, 10, 29),
        ("evaluation",),
        MEETING.start,
        MEETING.end,
        MEETING.location,
        MEETING.format,
    )
    people.add(1, withheld=(waits,), name="Odalys Ferreira")
    build(people.inputs(PROJECT, tmp_path / "output"))
    text = re.sub("<[^>]*>", "", (tmp_path / "output" / "c" / token(1) / "index.html").read_text())
    assert "October 24–29, 2025 · Chicago, Illinois · live activity" in text


def test_a_dot_stands_between_facts(output: Path) -> None:
    """In a line of dates, place and format each fact but the first has its dot in a slot before it, which the
    style sheet cuts off at a line's start."""
    for page in (output / "activities/index.html", *(output / "c").glob("*/index.html")):
        for line in re.findall(r'<p class="facts">(.*)</p>', page.read_text()):
            assert line.count("·") == line.count("<span><i>· </i>") == line.count("<span>") - 1
    text = (output / "c" / token(1) / "index.html").read_text()
    assert (
        "29, 2025</time></span> <span><i>· </i>Chicago, Illinois</span> <span><i>· </i>live activity" in text
    )


GIVEN: dict[str, object] = {
    "COLLEGE_URL": "https://college.example",
    "EDUCATION_CENTER_URL": "https://education.example/?a=1&b=2",
    "LINKEDIN_ORGANIZATION_ID": 4711,
    "APART": {"convergence-2025": "October 24–29, 2025"},
    "HOURS": {"convergence-2025": Decimal("45.50")},
}


def test_pages_lead_to_the_college_where_it_is_known(tmp_path: Path) -> None:
    """Footer, verification page, article and the note of what is withheld; an activity's own address before
    the Education Center's. Without settings there is no empty link."""
    people, output = everyone(tmp_path / "vault"), tmp_path / "output"
    waits = replace(people.pages[token(4)].withheld[0], url="https://education.example/course")
    people.add(7, withheld=(waits, replace(waits, activity="other", missing=("attended",))))
    own, center = 'href="https://education.example/course"', 'href="https://education.example/?a=1&amp;b=2"'
    build(people.inputs(PROJECT, output, constants=GIVEN))
    texts = {page: (output / page / "index.html").read_text() for page in (f"c/{token(4)}", f"c/{token(7)}")}
    assert texts[f"c/{token(4)}"].count(center) == 1
    assert texts[f"c/{token(7)}"].count(own) == 1  # whose attendance is missing has nothing to do there
    assert (output / "index.html").read_text().count(center) == 2
    for page in output.rglob("*.html"):
        assert 'href="https://college.example">American College of Rheumatology</a>' in page.read_text(), page
    build(people.inputs(PROJECT, tmp_path / "bare"))
    for page in (tmp_path / "bare").rglob("*.html"):
        assert not re.search('href="[^"]*college|href=""|education-center:', page.read_text()), page


def test_what_pages_are_told_besides_stands_on_them(tmp_path: Path) -> None:
    """Words beside a title that two activities have; hours beside the blank to be filled in."""
    build(everyone(tmp_path / "vault").inputs(PROJECT, tmp_path / "output", constants=GIVEN))
    text = (tmp_path / "output" / "c" / token(1) / "index.html").read_text()
    assert ">ACR Convergence 2025 (October 24–29, 2025)</h3>" in text
    assert "for you to fill in (the activity had 45.5)" in text


def test_no_way_out_tells_of_the_private_page(output: Path, people: People) -> None:
    """LinkedIn is told of one certificate an activity, that for credit where it counts, by its number."""
    added: dict[str, list[str]] = {}
    for name in people.pages:
        text = html.unescape((output / "c" / name / "index.html").read_text())
        for link in re.findall(r'href="(https?:[^"]*)"', text):
            assert link.startswith("https://www.linkedin.com/profile/add?startTask=CERTIFICATION_NAME&")
            assert name not in link
            added.setdefault(name, []).append(link.rpartition("certId=")[2])
            assert f"certUrl=http://localhost:8000/verify/{added[name][-1]}/&" in link
    assert added[token(1)] == [number(3), number(1)]
    assert added[token(2)] == [number(4)]  # not what was replaced or withdrawn
    assert len(added[token(6)]) == 19
    assert token(4) not in added


def test_many_years_have_sums_and_a_way_to_each(output: Path) -> None:
    """38 certificates, one of them withdrawn: in all and by year, newest first; less than 50 kB."""
    page = output / "c" / token(6) / "index.html"
    text = page.read_text()
    assert page.stat().st_size < 50_000
    years = re.findall(r'<h2 id="y(\d+)" class="year">', text)
    assert years == sorted(set(years), reverse=True)
    assert re.findall(r'<a href="#y(\d+)">', text) == years
    said = [re.sub("<[^>]*>", "", line) for line in re.findall(r'<p class="facts sums">(.*)</p>', text)]
    assert len(said) == len(years) + 1
    assert said[0].strip() == (
        "In all: 37 certificates · 220.5 AMA PRA Category 1 Credits™"
        " · 98 ABIM MOC points (49 Medical Knowledge; 49 Medical Knowledge and Patient Safety)"
        " · 9 ABP MOC Part 2 points"
    )
    assert said[2].startswith("5 certificates · 24.5 AMA PRA Category 1 Credits™")


def test_a_window_that_ends_before_retention_is_told(tmp_path: Path) -> None:
    """Both days are said where the download ends before the certificate is deleted."""
    people = People(tmp_path / "vault")
    window = dt.date(2026, 3, 26)
    people.add(1, people.entry(certificate(Kind.CME, 1), download_until=window))
    build(people.inputs(PROJECT, tmp_path / "output"))
    page = (tmp_path / "output" / "c" / token(1) / "index.html").read_text()
    assert 'Download until <time datetime="2026-03-26">March 26, 2026</time>; kept until' in page


ARTICLE = (
    *(kind.label for kind in Kind),
    "How to Access Your Certificate From the link in your mail",
    "Types of Certificates The ACR provides five types of certificates",
    "completing an online activity or attending an educational meeting",
    "a blank for the number of hours you attended, should you submit it to the accreditation agency at home",
    "One that you download from the Education Center is printed first, then completed.",
    "Certificate Record Retention Policy Scope. This policy applies to all participants who attend "
    "educational activities coordinated by the ACR Office of Education and receive continuing education "
    "credits or certificates.",
    "The ACR Office of Education maintains secure records of participant attendance and earned credits for a "
    "period of six years from the date of the activity. These records are stored in a secure internal "
    "system to ensure confidentiality and integrity.",
    "Participants may request copies of their certificates within the six-year retention period. After this "
    "time, certificates may no longer be available for reproduction, and the ACR Office of Education cannot "
    "guarantee fulfillment of such requests",
    "Participants are strongly encouraged to retain personal copies of all certificates for their records.",
    "For questions or certificate requests, please contact the ACR Office of Education.",
    "mobile app. Log in and click Event Info. Materials & Resources",
    "Last day to download certificates there: March 26, 2026.",
    "Log in and go to the ACR Convergence 2025 activity.",
    "Go to the ACR Education Center and log in.",
    "If you have credit to claim, complete the steps to claim it.",
    "Find the activity by its name and open its page.",
    "Until they are all met, no certificate is made.",
    "In the File column, click the icon of the certificate you want to download.",
    "Contact Write to the ACR Office of Education at education@rheumatology.org: with any question, for",
)


def test_the_article_says_all_that_the_colleges_own_says(output: Path) -> None:
    """Clause by clause, in sentences that are right on any day: no "could", no "will" beside its one date."""
    page = (output / "index.html").read_text()
    plain = " ".join(re.sub(r"<[^>]*>", "", page).replace("&amp;", "&").split())
    assert [clause for clause in ARTICLE if clause not in plain] == []
    around = plain[plain.index("March 26, 2026") - 300 :][:400]
    assert not re.search(r"\b(could|was|were|will|are available|is available|no longer)\b", around)


def test_an_activitys_page_follows_its_days(tmp_path: Path) -> None:
    """Until when downloads run, that they are closed, and that all is deleted after six years."""
    root, people = project(tmp_path / "project"), People(tmp_path / "vault")
    file = root / "content/activities/convergence-2025.md"
    file.write_text(file.read_text().replace("Requirements:", "Download_until: 2026-03-26\nRequirements:"))
    page = tmp_path / "output/activities/convergence-2025/index.html"
    said = []
    for today in (TODAY, dt.date(2026, 3, 27), dt.date(2031, 10, 29), dt.date(2031, 10, 30)):
        build(people.inputs(root, tmp_path / "output", today=today))
        text = page.read_text()
        said.append(("Until <time" in text, "Closed since" in text, "are deleted" in text))
    assert said == [(True, False, False), (False, True, False), (False, True, False), (False, False, True)]


def test_pages_are_small_and_self_contained(output: Path) -> None:
    """Each page weighs under 50 kB with its style and scripts, one that reads seals under 60 kB, one with 38
    certificates under 50 kB without these; nothing is inline or from elsewhere."""
    for page in output.rglob("*.html"):
        text = page.read_text()
        named = {name for name in re.findall(r'(?:src|href)="[./]*/theme/([^"]+)"', text) if "." in name}
        theme = sum((output / "theme" / name).stat().st_size for name in named)
        assert "site.css" in named
        most = 60_000 if "seal.js" in named else 50_000
        assert page.stat().st_size + theme * (page.parent.name != token(6)) < most, page
        for inline in ("style=", "<style", "onclick", "<script>", 'src="http', 'src="//'):
            assert inline not in text, page


def test_the_404_page_works_at_any_depth_under_any_prefix(tmp_path: Path, people: People) -> None:
    """Its links begin at the site's root, whatever address it is output for."""
    for url, start in (("https://x.example", "/"), ("https://x.example/certs", "/certs/")):
        build(people.inputs(PROJECT, tmp_path / "output", site_url=url))
        text = (tmp_path / "output/404.html").read_text()
        assert f'href="{start}theme/site.css"' in text
        assert f'data-root="{start.rstrip("/")}"' in text
        assert 'href="."' not in text
        assert 'href="./' not in text


@pytest.mark.parametrize("module", [retention, awards, statements, pages, wording, markup])
def test_pages_are_stale_where_a_rule_says_something_else(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType
) -> None:
    """A reworded rule makes other stamps, so that every page that may show it is made anew."""
    before, read = theme_digest(PROJECT, "https://a.example", CONSTANTS), Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + b"#" * (str(path) == module.__file__))
    assert theme_digest(PROJECT, "https://a.example", CONSTANTS) != before


def test_the_digest_follows_templates_words_and_address(tmp_path: Path) -> None:
    """A changed template, address or constant makes other stamps; a changed style sheet does not."""
    root = project(tmp_path)
    first = theme_digest(root, "https://a.example", CONSTANTS)
    assert first == theme_digest(root, "https://a.example", CONSTANTS)
    assert first != theme_digest(root, "https://b.example", CONSTANTS)
    assert first != theme_digest(root, "https://a.example", {**CONSTANTS, "COLLEGE_URL": ""})
    (root / "theme/static/site.css").write_text("")
    assert first == theme_digest(root, "https://a.example", CONSTANTS)
    (root / "theme/templates/person.html").write_text("x")
    assert first != theme_digest(root, "https://a.example", CONSTANTS)


def test_what_a_build_made_is_known_without_a_note_of_it(tmp_path: Path, people: People) -> None:
    """A build that was killed noted nothing: what it put there is no stranger's, public keys included."""
    root, output = project(tmp_path / "project"), tmp_path / "output"
    build(people.inputs(root, output))
    assert public_strays(root, output, ()) == []
    (output / ".well-known/ledger.json").write_text("{}")
    assert public_strays(root, output, ["index.html"]) == [".well-known/ledger.json"]


def test_what_cannot_be_reached_is_no_folder(tmp_path: Path) -> None:
    """Where a folder above it leads in a circle, or nobody is let in: a build mends that, and goes on."""
    (tmp_path / "output").symlink_to("output")
    assert not is_folder(f"{tmp_path}/output/c")
