"""Issued certificates for staff to take away: as a table, as PDFs in an archive, as one PDF for printing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline import files
from pipeline.errors import CertsError
from pipeline.reports.archive import write_zip
from pipeline.reports.table import TABLES, write_table
from pipeline.rules.certificates.exports import (
    COLUMNS,
    ListedCertificate,
    ListingChoice,
    export_name,
    export_row,
)
from pipeline.rules.certificates.statements import PROVIDER
from pipeline.rules.text import conjoined, counted
from pipeline.workflow.apart import check_own_place
from pipeline.workflow.project import Project


@dataclass(frozen=True)
class ExportPlaces:
    """The files that staff name."""

    table: Path | None = None  # .csv or .xlsx: a row each certificate
    archive: Path | None = None  # .zip: a PDF each that counts
    merged: Path | None = None  # .pdf: all that count, one after the other

    def named(self) -> list[Path]:
        return [path for path in (self.table, self.archive, self.merged) if path is not None]


@dataclass(frozen=True)
class ExportPlan:
    """What would leave the system."""

    choice: ListingChoice
    certificates: int
    people: int
    countable: int  # of these certificates, those that count: of others no PDF is given


def preview_export(project: Project, choice: ListingChoice, places: ExportPlaces) -> ExportPlan:
    """How much is asked for; nothing is written. Raises CertsError for an activity that is not known, and
    for a place where nothing may be written."""
    if choice.activity and not project.ledger.withdrawals.is_known(choice.activity):
        project.check_activity(choice.activity)
    for path, endings in ((places.table, TABLES), (places.archive, (".zip",)), (places.merged, (".pdf",))):
        if path is not None:
            check_own_place(project.settings, path, endings)
    listing = project.ledger.listing
    certificates, people = listing.count(choice, project.today)
    countable, _ = listing.count(replace(choice, with_invalid=False), project.today)
    return ExportPlan(choice, certificates, people, countable)


def export(project: Project, plan: ExportPlan, places: ExportPlaces, reason: str = "") -> None:
    """Write what was previewed; that people's data leave the system goes on record first.

    Raises CertsError where nothing is asked for, VaultError for a PDF that is lost, OSError.
    """
    needs_pdfs = places.archive is not None or places.merged is not None
    if not plan.certificates or (needs_pdfs and not plan.countable):
        raise CertsError(
            f"No certificate fits ({plan.choice}); nothing was written.",
            "See what there is: certs export, without a file. Those withdrawn or replaced: --withdrawn.",
        )
    where = conjoined([path.name for path in places.named()])
    what = f"{counted(plan.certificates, 'certificate')} of {counted(plan.people, 'person', 'people')}"
    with project.ledger.transaction():
        why = f"; {reason}" if reason else ""
        project.on_record("export", f"{plan.choice}: {what}, into {where}{why}")
    if places.table is not None:
        found = project.ledger.listing.certificates(plan.choice, project.today)
        write_table(places.table, "Certificates", COLUMNS, map(export_row, found))
    if places.archive is not None:
        members = (
            (export_name(one.facts), pdf, one.facts.issued_on) for one, pdf in _pdfs(project, plan, "packed")
        )
        write_zip(places.archive, members)
    if places.merged is not None:
        _write_merged(project, plan, places.merged)


def _write_merged(project: Project, plan: ExportPlan, path: Path) -> None:
    from pipeline.documents.merged import IssuedPdf, merge_into  # only who prints waits for it

    activity = project.catalog.get(plan.choice.activity)
    title = f"Certificates: {activity.title}" if activity else "Certificates"
    issued = (
        IssuedPdf(pdf, f"{one.facts.name}, {one.facts.kind.label}")
        for one, pdf in _pdfs(project, plan, "merged")
    )
    with files.written_whole(path) as file:
        merge_into(file, issued, title, PROVIDER)


def _pdfs(project: Project, plan: ExportPlan, done: str) -> Iterator[tuple[ListedCertificate, bytes]]:
    """The certificates that count with their PDFs, one after the other."""
    choice = replace(plan.choice, with_invalid=False)
    for at, one in enumerate(project.ledger.listing.certificates(choice, project.today), 1):
        yield one, project.vault.read(one.sha256)
        project.listener.progress(at, plan.countable, f"certificates {done}")
