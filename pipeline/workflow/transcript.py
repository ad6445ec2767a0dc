"""One person's Record of credits of today, for staff: to be shown, and as a PDF like that on their page."""

from __future__ import annotations

from pathlib import Path

from pipeline import files
from pipeline.errors import CertsError
from pipeline.ledger import Participant
from pipeline.rules.web.credit_record import CreditRecord, credit_record
from pipeline.workflow import credit_files
from pipeline.workflow.apart import check_own_place
from pipeline.workflow.desk import one_person
from pipeline.workflow.project import Project
from pipeline.workflow.render import design_of


def transcript(project: Project, who: str, year: int | None) -> tuple[Participant, CreditRecord]:
    """The one participant meant and what counts of theirs today, of a year or of all; one certificate is
    enough. Raises AmbiguousError for several people, CertsError for none and where nothing counts."""
    person = one_person(project, who)
    (page,) = project.ledger.pages.persons([person.token], project.catalog, project.today)
    record = credit_record(page, year, as_of=project.today)
    if record is None:
        when = f"of {year}" if year else "on record"
        raise CertsError(
            f"{person.name} has no certificate {when} that counts.", "See what there is: certs find TEXT."
        )
    return person, record


def check_transcript_place(project: Project, path: Path) -> None:
    """Raises CertsError where the PDF may not be written."""
    check_own_place(project.settings, path, (".pdf",))


def write_transcript(
    project: Project, person: Participant, record: CreditRecord, path: Path, reason: str = ""
) -> None:
    """Write it as PDF; that a person's data leave the system goes on record first. Raises OSError,
    DocumentError."""
    pdf = credit_files.record_pdf(record, design_of(project.settings), project.settings.site_url)
    why = f"; {reason}" if reason else ""
    with project.ledger.transaction():
        what = f"Record of credits {record.period}, into {path.name}{why}"
        project.on_record("transcript", what, person.id)
    with files.written_whole(path) as file:
        file.write(pdf)
