"""Made-up people for the tests of the site: every state a certificate can be in, on real dataclasses."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from pipeline.rules.boards.records import BoardRefusal, RecordState
from pipeline.rules.certificates import numbers
from pipeline.rules.certificates.activities import Activity, Kind
from pipeline.rules.certificates.awards import ClaimContent, Facts, HolderName, Standing, certificate_facts
from pipeline.rules.seals.public_keys import KEYS_FILE, KEYS_SCRIPT, key_script, key_set
from pipeline.rules.seals.standing_list import (
    STANDING_FILE,
    STANDING_SCRIPT,
    KeptStanding,
    listed_as,
    signing_input,
    standing_script,
)
from pipeline.rules.web.pages import (
    BoardReport,
    CreditFile,
    CreditFileKind,
    Entry,
    ForwardPage,
    LeftPage,
    PageFile,
    PersonPage,
    RequiredPage,
    WithheldEntry,
    credit_file_name,
    file_name,
)
from pipeline.rules.web.wording import by_year
from pipeline.site import Inputs, MadePdf
from tests.support.seal_kit import DAY, KEY, SEALER, small_pdf

PROJECT = Path(__file__).resolve().parents[2]
SITE_URL = "http://localhost:8000"
TODAY = dt.date(2026, 3, 2)
PNG = b"\x89PNG\r\n\x1a\n of a picture"

MEETING = Activity(
    slug="convergence-2025",
    title="ACR Convergence 2025",
    format="live activity",
    location="Chicago, Illinois",
    start=dt.date(2025, 10, 24),
    end=dt.date(2025, 10, 29),
    cme_max=Decimal("45.25"),
    abim_max=Decimal("45.25"),
    abim_type="Medical Knowledge",
    abp_max=Decimal(20),
    pars_id="202512345",
    requirements=("evaluation",),
)
COURSE = Activity(
    slug="rheum-essentials-2026",
    title="Rheumatology Essentials 2026",
    format="enduring material",
    cme_max=Decimal("18.5"),
    requirements=("evaluation", "post_test"),
)

# Certificates that were sealed, and have no page here.
SEALED, WITHDRAWN, CORRECTED = "7QFB-MRTD-JD3R-8EX6", "8EX6-7QFB-MRTD-JD3R", "JD3R-8EX6-7QFB-MRTD"
STANDINGS = {
    listed_as(WITHDRAWN): KeptStanding("withdrawn", dt.date(2026, 3, 2), 1),
    listed_as(CORRECTED): KeptStanding("corrected", dt.date(2026, 2, 1), 2),
}
# What the site shows of seals.
LISTED = SEALER.jws(signing_input(STANDINGS, KEY.id)).encode()
SEALS = {
    KEYS_FILE: key_set([KEY]),
    KEYS_SCRIPT: key_script([KEY]),
    STANDING_FILE: LISTED,
    STANDING_SCRIPT: standing_script(LISTED),
}

TITLES = ("ACR Convergence", "State of the Art Clinical Symposium", "Pediatric Rheumatology Course")
DAYS = [dt.date(2026, 2, 20) - dt.timedelta(days=112 * at) for at in range(19)]
MANY_YEARS = [
    replace(
        MEETING,
        slug=f"meeting-{at}",
        title=f"{TITLES[at % 3]} {end.year}",
        start=end - dt.timedelta(days=at % 4),
        end=end,
        abim_type=("Medical Knowledge", "Medical Knowledge and Patient Safety")[at % 4 // 2],
    )
    for at, end in enumerate(DAYS)
]


def token(index: int) -> str:
    """A page token, the same for the same index."""
    return numbers.page_token(hashlib.sha512(f"token {index}".encode()).digest()[:39])


def number(index: int) -> str:
    """A certificate number, the same for the same index."""
    return numbers.certificate_number(hashlib.sha256(f"number {index}".encode()).digest()[:16])


def certificate(kind: Kind, index: int, name: str = "Maria O’Brien", activity: Activity = MEETING) -> Facts:
    """The facts of a made-up certificate."""
    claim = ClaimContent(
        completed_on=None if activity.is_dated else dt.date(2026, 2, 14),
        cme=Decimal("12.25"),
        abim=Decimal("12.25" if "abim" in kind else 0),
        abp=Decimal(1 if "abp" in kind else 0),
    )
    holder, issued_on = HolderName(name, "MD, PhD"), dt.date(2025, 11, 14)
    return certificate_facts(kind, holder, claim, activity, number(index), issued_on, SITE_URL)


class People:
    """A ledger and a vault in memory, with the callbacks that a build asks for."""

    def __init__(self, vault: Path) -> None:
        self.vault = vault
        self.pages: dict[str, PersonPage] = {}
        self.forwards: dict[str, ForwardPage] = {}
        self.entries: dict[str, Entry] = {}
        self.noted: dict[str, LeftPage] = {}
        self.asked: list[str] = []

    def entry(self, stated: Facts, version: int = 1, pdf: bytes = b"", **changes: object) -> Entry:
        """An entry whose PDF lies in the vault."""
        data = pdf or b"%PDF-1.7 made up " + f"{stated.number} {version}".encode() + b" " * 84_000
        digest = hashlib.sha256(data).hexdigest()
        self.vault.mkdir(parents=True, exist_ok=True)
        (self.vault / digest).write_bytes(data)
        made = Entry(
            facts=stated,
            standing=Standing.VALID,
            file=PageFile(file_name(stated.activity, stated.kind, stated.number, version), len(data), digest),
            download_until=stated.kept_until,
            digests=(digest,),
        )
        return replace(made, **changes)  # type: ignore[arg-type]

    def add(
        self, index: int, *entries: Entry, withheld: tuple[WithheldEntry, ...] = (), name: str = ""
    ) -> str:
        """A person; their page's token."""
        who = name or (entries[0].facts.name if entries else "Someone")
        page = PersonPage(token(index), who, "MD, PhD", entries, withheld)
        self.pages[page.token] = page
        for entry in entries:
            self.entries[entry.facts.number] = entry
        return page.token

    def give_credit_files(self, index: int) -> None:
        """Beside a person's page: a Record of credits, of all years and of each, and all in one PDF."""
        page = self.pages[token(index)]
        years = [one.year for one in by_year(page).years if one.sums.certificates]
        of_all = [(CreditFileKind.RECORD, year, str(year or years[0])) for year in (0, *years)]
        made = []
        for kind, year, period in (*of_all, (CreditFileKind.MERGED, 0, "")):
            data = _credit_pdf(kind, year)
            digest = hashlib.sha256(data).hexdigest()
            file = PageFile(credit_file_name(kind, period, digest), len(data), digest)
            made.append(CreditFile(file, kind, year, digest))
        self.pages[page.token] = replace(page, credits=tuple(made))

    def drop(self, which: str) -> None:
        """Forget a person, as retention does."""
        for entry in self.pages.pop(which).entries:
            del self.entries[entry.facts.number]

    def required(self, kind: str) -> list[RequiredPage]:
        """The pages that must exist, with what was noted of them."""
        found = []
        for path, stamp in self.stamps().items():
            left = self.noted.get(path, LeftPage(path))
            if path.startswith(f"{kind}/"):
                name = path.partition("/")[2]
                found.append(
                    RequiredPage(
                        name,
                        stamp,
                        left.stamp if path in self.noted else None,
                        left.pdfs,
                        left.folder,
                        left.file,
                    )
                )
        return found

    def note(self, pages: Sequence[LeftPage]) -> None:
        self.noted |= {page.path: page for page in pages}

    def stamps(self) -> dict[str, str]:
        """A stamp of the facts of each page."""
        pages = {f"c/{name}": repr(page) for name, page in self.pages.items()}
        pages |= {f"c/{name}": page.to for name, page in self.forwards.items()}
        pages |= {f"verify/{name}": repr(entry) for name, entry in self.entries.items()}
        return {path: hashlib.sha256(text.encode()).hexdigest()[:16] for path, text in pages.items()}

    def persons(self, tokens: Sequence[str]) -> list[PersonPage | ForwardPage]:
        self.asked += tokens
        return [self.pages.get(name) or self.forwards[name] for name in tokens]

    def verifications(self, numbers: Sequence[str]) -> list[Entry]:
        self.asked += numbers
        return [self.entries[name] for name in numbers]

    def files(self, tokens: Sequence[str]) -> dict[str, list[PageFile]]:
        held = {name: self.pages[name].entries for name in tokens if name in self.pages}
        return {name: [entry.file for entry in entries if entry.file] for name, entries in held.items()}

    def make(self, tokens: Sequence[str]) -> dict[str, list[MadePdf]]:
        return {
            name: [
                MadePdf(one.file, None if f"c/{name}" in self.noted else _credit_pdf(one.kind, one.year))
                for one in self.pages[name].credits
            ]
            for name in tokens
            if name in self.pages
        }

    def link(self, digest: str, destination: str) -> None:
        beside = f"{destination}.beside"
        os.link(self.vault / digest, beside)
        os.replace(beside, destination)

    def inputs(self, root: Path, output: Path, **changes: object) -> Inputs:
        inputs = Inputs(
            root=root,
            output=output,
            site_url=SITE_URL,
            today=TODAY,
            required=self.required,
            required_among=lambda paths: self.stamps().keys() & set(paths),
            count_left=lambda kind: sum(path.startswith(f"{kind}/") for path in self.noted),
            left=lambda paths: {path: self.noted[path] for path in paths if path in self.noted},
            note=self.note,
            persons=self.persons,
            verifications=self.verifications,
            files=self.files,
            make=lambda portions: map(self.make, portions),
            link=self.link,
            extra=SEALS,
        )
        return replace(inputs, **changes)  # type: ignore[arg-type]


def everyone(vault: Path) -> People:
    """A person in each state that a page can show."""
    people = People(vault)
    told = BoardReport("ABIM", dt.date(2025, 12, 1), RecordState.ACCEPTED)
    unknown = BoardReport("ABP", dt.date(2025, 12, 1), RecordState.REJECTED, BoardRefusal.MISMATCH)
    all_three = people.entry(certificate(Kind.CME_ABIM_ABP, 1), reports=(told, unknown))
    attended = people.entry(
        certificate(Kind.PARTICIPATION, 2), pdf=SEALER.seal(small_pdf(), number(2), 1, DAY)
    )
    course = people.entry(certificate(Kind.CME, 3, activity=COURSE))
    waits = WithheldEntry(
        Kind.CME, COURSE.slug, COURSE.title, dt.date(2026, 2, 14), ("post_test", "evaluation")
    )
    people.add(1, course, all_three, attended)
    long = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh Maximiliana Konstantinopolitanskaya"
    corrected = people.entry(
        certificate(Kind.CME_ABIM, 4, long),
        version=2,
        standing=Standing.CORRECTED,
        changed_on=dt.date(2026, 1, 9),
        reason="name spelled as in the licence",
    )
    first = people.entry(certificate(Kind.CME_ABIM, 4, long))  # the version before; it lies in the vault, too
    corrected = replace(corrected, digests=(*first.digests, *corrected.digests))
    people.entries[corrected.facts.number] = corrected
    replaced = people.entry(
        certificate(Kind.CME, 5, long),
        standing=Standing.REPLACED,
        file=None,
        download_until=None,
        changed_on=dt.date(2025, 12, 1),
        replaced_by=corrected.facts.number,
        reason="ABIM MOC points claimed later",
    )
    withdrawn = people.entry(
        certificate(Kind.PARTICIPATION, 6, long),
        standing=Standing.WITHDRAWN,
        file=None,
        download_until=None,
        changed_on=dt.date(2026, 1, 9),
        reason="recorded by mistake",
    )
    people.add(2, corrected, replaced, withdrawn, withheld=(waits,))
    closed = people.entry(
        certificate(Kind.CME_ABP, 7, "أحمد <b>الحسن</b> & 山田太郎"), file=None, download_until=None
    )
    people.add(3, closed)
    people.add(4, withheld=(waits,), name="R&D O'Neil")
    made = [people.entry(certificate(Kind.CME, 8, "M" * 70), version) for version in (1, 2, 3)]
    again = replace(  # corrected once, then made again in another design
        made[-1],
        standing=Standing.CORRECTED,
        changed_on=dt.date(2026, 1, 9),
        reason="credits recounted",
        digests=tuple(each.digests[0] for each in made),
        alike=2,
    )
    people.add(5, again)
    people.add(6, *many_years(people), name="Renate Ålund-Õunapuu")
    for index in (1, 6):
        people.give_credit_files(index)
    people.forwards[token(7)] = ForwardPage(token(7), token(1))
    return people


def _credit_pdf(kind: CreditFileKind, year: int) -> bytes:
    return f"%PDF-1.7 made up {kind} {year}".encode() + b" " * 24_000


def many_years(people: People) -> list[Entry]:
    """38 certificates of 19 activities in six years; one of them was withdrawn."""
    found = []
    for at, meeting in enumerate(MANY_YEARS):
        credit = list(Kind)[1 + at % 4]
        told = tuple(
            BoardReport(board, meeting.end or TODAY, RecordState.ACCEPTED)
            for board in ("ABIM", "ABP")
            if board.lower() in credit
        )
        found.append(people.entry(certificate(credit, 100 + at, activity=meeting), reports=told))
        found.append(people.entry(certificate(Kind.PARTICIPATION, 200 + at, activity=meeting)))
    found[2] = replace(
        found[2], standing=Standing.WITHDRAWN, file=None, download_until=None, changed_on=TODAY
    )
    return found


def project(folder: Path) -> Path:
    """A project's public folders, copied so that a test can change them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("content", "theme/templates", "theme/static"):
        shutil.copytree(PROJECT / name, folder / name)
    shutil.copy(PROJECT / "pelicanconf.py", folder)
    return folder
