"""PDFs about all of a person's certificates, for their page: the Record of credits, and all of them in one.

They are made for pages that are due, of what the ledger says and the vault holds, and lie in output/ alone.
What each was made of is on record, so that only those are made again of which that is something else.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from pipeline.rules.certificates.statements import PROVIDER, date_words
from pipeline.rules.places import page_of, verification_of
from pipeline.rules.web.credit_record import (
    FEWEST,
    MERGED_FORM,
    RECORD_FORM,
    CreditRecord,
    credit_records,
)
from pipeline.rules.web.pages import CreditFile, CreditFileKind, Entry, PageFile, PersonPage, credit_file_name
from pipeline.rules.web.wording import PersonRecord, by_year, took_place_on
from pipeline.site import MadePdf
from pipeline.vault import Vault, is_unchanged
from pipeline.workflow.making import Made, Make, made
from pipeline.workflow.project import Project

if TYPE_CHECKING:
    from pipeline.documents import Design


WORDS = {CreditFileKind.RECORD: "Record of credits", CreditFileKind.MERGED: "PDF of all certificates"}


@dataclass(frozen=True)
class _Wanted:
    """A file that belongs beside a page."""

    kind: CreditFileKind
    year: int
    period: str
    source: str  # a digest of all that it is made of
    known: CreditFile | None  # what is on record as such
    make: Make


@dataclass(frozen=True)
class _Due:
    """A page with what belongs beside it; of each, what lies there as it must be."""

    page: PersonPage
    files: Sequence[tuple[_Wanted, CreditFile | None]]


class CreditFileMaker:
    """Makes these files for the pages of one build, a portion after the other."""

    def __init__(self, project: Project, thorough: bool = False, workers: int | None = 0) -> None:
        """`workers`: as of `made`, for pages in several portions."""
        from pipeline.workflow.render import design_of  # what renders takes its time to load

        self._project, self._thorough, self._workers = project, thorough, workers
        self._design = design_of(project.settings)
        # Of the portion that is being built, by token: the files that were made, and the pages with them.
        self._made: dict[str, tuple[CreditFile, ...]] = {}
        self._pages: dict[str, PersonPage] = {}

    def persons(self, tokens: Sequence[str]) -> Iterator[PersonPage]:
        """These participants' pages, with the files that were just made for them, or else are on record."""
        yield from filter(None, map(self._pages.get, tokens))
        if rest := [token for token in tokens if token not in self._pages]:
            yield from self._read(rest)

    def make(self, portions: Sequence[Sequence[str]]) -> Iterator[dict[str, list[MadePdf]]]:
        """What belongs beside the pages of each portion, made where it is not there, or of something else."""
        asked = deque[list[_Due]]()  # of portions that are being made; itertools.tee would keep 57 of them

        def lacking() -> Iterator[list[Make]]:
            for tokens in portions:
                asked.append(self._due(tokens))
                yield [one.make for due in asked[-1] for one, there in due.files if not there]

        with closing(made(lacking(), self._workers if len(portions) > 1 else 0)) as results:
            for tokens in portions:
                # Beside a page that leads to another one there is none any more.
                self._pages, self._made = {}, dict.fromkeys(tokens, ())
                result, found = deque(next(results)), dict[str, list[MadePdf]]()
                for due in asked.popleft():
                    token, beside = due.page.token, list[MadePdf]()
                    for one, there in due.files:
                        file, pdf = (there, None) if there else self._named(one, result.popleft())
                        if file:
                            self._made[token] += (file,)
                            beside.append(MadePdf(file.file, pdf))
                    self._pages[token], found[token] = replace(due.page, credits=self._made[token]), beside
                yield found

    def look(self, portions: Sequence[Sequence[str]]) -> Iterator[dict[str, list[MadePdf]]]:
        """What ought to lie beside the pages of each portion; nothing is made. What is not on record as it
        ought to be has no digest, so that no file is it."""
        for tokens in portions:
            found: dict[str, list[MadePdf]] = {}
            for page in self._read(tokens):
                found[page.token] = []
                for one in self._wanted(page):
                    known = one.known.file if one.known else None
                    name = known.name if known else credit_file_name(one.kind, one.period, "0" * 8)
                    is_right = one.known and one.known.source == one.source
                    file = known if known and is_right else PageFile(name, -1, "")
                    found[page.token].append(MadePdf(file))
            yield found

    def note(self, paths: Sequence[str]) -> None:
        """On record: a build left what was made beside these pages."""
        made = {page_of(token): files for token, files in self._made.items()}
        self._project.ledger.credit_files.note({path: made[path] for path in paths if path in made})

    def _read(self, tokens: Sequence[str]) -> Iterator[PersonPage]:
        """These participants' pages, each with the files that are on record for it."""
        known = self._project.ledger.credit_files.of([page_of(token) for token in tokens])
        pages = self._project.ledger.pages.persons(tokens, self._project.catalog, self._project.today)
        return (replace(page, credits=tuple(known.get(page_of(page.token), ()))) for page in pages)

    def _due(self, tokens: Sequence[str]) -> list[_Due]:
        pages = ((page, self._wanted(page)) for page in self._read(tokens))
        return [_Due(page, [(one, self._there(page, one)) for one in wanted]) for page, wanted in pages]

    def _there(self, page: PersonPage, one: _Wanted) -> CreditFile | None:
        """The file, if it lies beside its page as it must be."""
        known = one.known
        if known is None or known.source != one.source:
            return None
        place = f"{self._project.settings.output_dir}/{page_of(page.token)}/{known.file.name}"
        return known if is_unchanged(place, known.file.sha256, known.file.size, self._thorough) else None

    def _named(self, one: _Wanted, result: Made) -> tuple[CreditFile | None, bytes | None]:
        """A file that was made, and what it holds; no file where none could be made."""
        if result.pdf is None:
            if result.problem:  # else the vault lacks a part, which whoever puts certificates there tells
                self._project.listener.step(f"a page is without its {WORDS[one.kind]}: {result.problem}")
            return None, None
        name = credit_file_name(one.kind, one.period, result.sha256)
        file = PageFile(name, len(result.pdf), result.sha256)
        return CreditFile(file, one.kind, one.year, one.source), result.pdf

    def _wanted(self, page: PersonPage) -> Iterator[_Wanted]:
        known = {(one.kind, one.year): one for one in page.credits}
        by_source = {one.source: one for one in page.credits if one.kind is CreditFileKind.RECORD}
        chosen = self._project.settings.credit_files
        if chosen == "none":
            return
        by = by_year(page)
        for year, record in credit_records(page, by).items():
            source = _digest(RECORD_FORM, self._project.record_look, record)
            make = partial(record_pdf, record, self._design, self._project.settings.site_url)
            kind, at = CreditFileKind.RECORD, year or 0
            there = known.get((kind, at))
            # The record of all was that of one year, until there was another year.
            if (there is None or there.source != source) and (same := by_source.get(source)):
                there = replace(same, year=at)
            yield _Wanted(kind, at, record.period, source, there, make)
        parts = [(entry.file.sha256, bookmark(entry)) for entry in open_entries(by) if entry.file]
        if chosen == "all" and len(parts) >= FEWEST:
            kind, source = CreditFileKind.MERGED, _digest(MERGED_FORM, page.name, parts)
            make = partial(merged_pdf, self._project.vault, page.name, parts)
            yield _Wanted(kind, 0, "", source, known.get((kind, 0)), make)


def record_pdf(record: CreditRecord, design: Design, site_url: str) -> bytes:
    """A Record of credits as PDF. Raises DocumentError where the design cannot be used."""
    from pipeline.documents.credits import draw_record

    return draw_record(record, design, f"{site_url.partition('://')[2]}/{verification_of('')}")


def open_entries(record: PersonRecord) -> list[Entry]:
    """The certificates that can be downloaded from a page, in its order."""
    groups = (group for year in record.years for group in year.groups)
    return [entry for group in groups for entry in group.entries if entry.file]


def merged_pdf(vault: Vault, name: str, files: Sequence[tuple[str, str]]) -> bytes:
    """A person's certificates in one PDF, by SHA-256 and title of each. Raises VaultError where the vault
    lacks one, DocumentError where they cannot be merged."""
    from pipeline.documents.merged import IssuedPdf, merge

    parts = (IssuedPdf(vault.read(sha256), title, sha256) for sha256, title in files)
    return merge(parts, f"All certificates: {name}", PROVIDER)


def bookmark(entry: Entry) -> str:
    """What a certificate is called in a file of several."""
    facts = entry.facts
    return f"{facts.kind.label}: {facts.title}, {date_words(took_place_on(facts))}"


def _digest(*values: object) -> str:
    return hashlib.sha256(repr(values).encode()).hexdigest()
