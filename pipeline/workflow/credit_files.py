"""PDFs about all of a person's certificates, for their page: the Record of credits, and all of them in one.

They are made for pages that are due, of what the ledger says and the vault holds, and lie in output/ alone.
What each was made of is on record, so that only those are made again of which that is something else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from pipeline.errors import DocumentError, VaultError
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
from pipeline.rules.web.wording import by_year, took_place_on
from pipeline.site import MadePdf
from pipeline.vault import is_unchanged
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
    make: Callable[[], bytes]


class CreditFileMaker:
    """Makes these files for the pages of one build, a portion after the other."""

    def __init__(self, project: Project, thorough: bool = False) -> None:
        from pipeline.workflow.render import design_of  # what renders takes its time to load

        self._project, self._thorough = project, thorough
        self._design = design_of(project.settings)
        self._made: dict[str, list[CreditFile]] = {}  # of the portion that is being built, by token

    def persons(self, tokens: Sequence[str]) -> Iterator[PersonPage]:
        """These participants' pages, with the files that were just made for them, or else are on record."""
        pages = self._project.ledger.pages
        known = self._project.ledger.credit_files.of([page_of(token) for token in tokens])
        for page in pages.persons(tokens, self._project.catalog, self._project.today):
            files = self._made.get(page.token, known.get(page_of(page.token), []))
            yield replace(page, credits=tuple(files))

    def make(self, tokens: Sequence[str]) -> dict[str, list[MadePdf]]:
        """What belongs beside these pages, made where it is not there, or of something else."""
        self._made.clear()
        found: dict[str, list[MadePdf]] = {}
        for page, known in self._pages(tokens):
            beside = list(filter(None, (self._brought_up(page, one, known) for one in self._wanted(page))))
            self._made[page.token] = [file for file, _ in beside]
            found[page.token] = [MadePdf(file.file, pdf) for file, pdf in beside]
        for token in tokens:  # beside a page that leads to another one there is none any more
            self._made.setdefault(token, [])
        return found

    def look(self, tokens: Sequence[str]) -> dict[str, list[MadePdf]]:
        """What ought to lie beside these pages; nothing is made. What is not on record as it ought to be has
        no digest, so that no file is it."""
        found: dict[str, list[MadePdf]] = {}
        for page, known in self._pages(tokens):
            found[page.token] = []
            for one in self._wanted(page):
                file = known.get((one.kind, one.year))
                name = file.file.name if file else credit_file_name(one.kind, one.period, "0" * 8)
                right = file.file if file and file.source == one.source else PageFile(name, -1, "")
                found[page.token].append(MadePdf(right))
        return found

    def note(self, paths: Sequence[str]) -> None:
        """On record: a build left what was made beside these pages."""
        made = {page_of(token): files for token, files in self._made.items()}
        self._project.ledger.credit_files.note({path: made[path] for path in paths if path in made})

    def _pages(
        self, tokens: Sequence[str]
    ) -> Iterator[tuple[PersonPage, dict[tuple[CreditFileKind, int], CreditFile]]]:
        """These participants' pages, each with the files that are on record for it."""
        for page in self.persons(tokens):
            yield page, {(one.kind, one.year): one for one in page.credits}

    def _brought_up(
        self, page: PersonPage, one: _Wanted, known: Mapping[tuple[CreditFileKind, int], CreditFile]
    ) -> tuple[CreditFile, bytes | None] | None:
        """A file, and what it holds where it has to be written; None where the vault lacks a part of it."""
        file = known.get((one.kind, one.year))
        if file and file.source == one.source:
            place = f"{self._project.settings.output_dir}/{page_of(page.token)}/{file.file.name}"
            if is_unchanged(place, file.file.sha256, file.file.size, self._thorough):
                return file, None
        try:
            pdf = one.make()
        except VaultError:  # whoever puts certificates beside their page tells which
            return None
        except DocumentError as error:  # one person's file is not worth everybody's pages
            self._project.listener.step(f"a page is without its {WORDS[one.kind]}: {error.message}")
            return None
        digest = hashlib.sha256(pdf).hexdigest()
        name = credit_file_name(one.kind, one.period, digest)
        return CreditFile(PageFile(name, len(pdf), digest), one.kind, one.year, one.source), pdf

    def _wanted(self, page: PersonPage) -> Iterator[_Wanted]:
        chosen = self._project.settings.credit_files
        for year, record in (credit_records(page) if chosen != "none" else {}).items():
            source = _digest(RECORD_FORM, self._project.record_look, record)
            make = partial(record_pdf, record, self._design, self._project.settings.site_url)
            yield _Wanted(CreditFileKind.RECORD, year or 0, record.period, source, make)
        entries = open_entries(page)
        if chosen == "all" and len(entries) >= FEWEST:
            parts = [(entry.file and entry.file.sha256, bookmark(entry)) for entry in entries]
            make = partial(merged_pdf, self._project, page, entries)
            yield _Wanted(CreditFileKind.MERGED, 0, "", _digest(MERGED_FORM, page.name, parts), make)


def record_pdf(record: CreditRecord, design: Design, site_url: str) -> bytes:
    """A Record of credits as PDF. Raises DocumentError where the design cannot be used."""
    from pipeline.documents.credits import draw_record

    return draw_record(record, design, f"{site_url.partition('://')[2]}/{verification_of('')}")


def open_entries(page: PersonPage) -> list[Entry]:
    """The certificates that can be downloaded from a page, in its order."""
    groups = (group for year in by_year(page).years for group in year.groups)
    return [entry for group in groups for entry in group.entries if entry.file]


def merged_pdf(project: Project, page: PersonPage, entries: Sequence[Entry]) -> bytes:
    """These certificates of a person in one PDF. Raises VaultError where the vault lacks one."""
    from pipeline.documents.merged import IssuedPdf, merge

    files = [(entry.file.sha256, bookmark(entry)) for entry in entries if entry.file]
    parts = (IssuedPdf(project.vault.read(sha256), title) for sha256, title in files)
    return merge(parts, f"All certificates: {page.name}", PROVIDER)


def bookmark(entry: Entry) -> str:
    """What a certificate is called in a file of several."""
    facts = entry.facts
    return f"{facts.kind.label}: {facts.title}, {date_words(took_place_on(facts))}"


def _digest(*values: object) -> str:
    return hashlib.sha256(repr(values).encode()).hexdigest()
