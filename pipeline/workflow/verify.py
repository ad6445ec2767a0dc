"""Whatever does not agree is named: after a run by names and numbers, for `certs verify` byte for byte."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pipeline.errors import VaultError
from pipeline.rules import places
from pipeline.rules.messages.occasions import Fate
from pipeline.rules.text import counted, first_few
from pipeline.rules.web.pages import PageFile
from pipeline.site import Built
from pipeline.workflow.project import Project

NAMED = 5  # exceptions named one by one; of more, the number


def verify(project: Project) -> list[str]:
    """Every fault that recomputing everything finds: audit trail, ledger, vault, output and web host, byte
    for byte; and who waits to be erased."""
    from pipeline.workflow.hosted import faults_at_host, waiting_erasures  # with TLS, as in `guarded`

    ledger, vault = project.ledger, project.vault
    faults = list(ledger.audit.faults())
    if not ledger.is_sound():
        faults.append("the ledger's file is damaged: SQLite finds it inconsistent")
    faults += vault.faults(ledger.certificates.digests())
    faults += _faults_of_output(project)
    faults += faults_at_host(project)
    faults += waiting_erasures(project)
    return faults


def _faults_of_output(project: Project) -> Iterator[str]:
    """Pages and PDFs that are missing, differ, or belong to nobody."""
    output, pages = project.settings.output_dir, project.ledger.pages
    stamps = pages.stamps(project.today, "", "")
    for kind in places.FOLDERS:
        names = sorted(places.names(stamps, kind))
        there = {path.name for path in (output / kind).iterdir()} if (output / kind).is_dir() else set()
        if stray := there.difference(names):
            yield f"output/{kind}/ has {counted(len(stray), 'folder')} of nobody's"
        lacking = sum(not (output / kind / name / "index.html").is_file() for name in names)
        if lacking:
            yield f"output/{kind}/ lacks {counted(lacking, 'page')}"
        if kind == places.PERSONS:
            for at in range(0, len(names), 500):
                for token, files in pages.files(names[at : at + 500], project.today).items():
                    yield from _faults_of_files(project, output / kind / token, files)


def _faults_of_files(project: Project, folder: Path, files: Sequence[PageFile]) -> Iterator[str]:
    for file in files:
        try:
            same = (folder / file.name).read_bytes() == project.vault.read(file.sha256)
        except (OSError, VaultError):
            same = False
        if not same:
            yield f"output/: the copy of {file.sha256[:12]}... differs or is missing"
    there = {path.name for path in folder.glob("*.pdf")} if folder.is_dir() else set()
    if stray := there.difference(file.name for file in files):
        what = counted(len(stray), "file that its page does", "files that their page does")
        yield f"output/ has {what} not offer"


def reconcile(project: Project, built: Built) -> list[str]:
    """Every mismatch between ledger, vault and what a build found or made in output/, as sentences.

    Names and numbers only, so that each run can afford it: `certs verify` reads every byte.
    """
    ledger = project.ledger
    missing = ledger.certificates.stored().difference(project.vault.digests())
    faults = [f"the vault's file {digest[:12]}... is missing" for digest in sorted(missing)]
    faults += [fault.rstrip(".") for fault in built.faults if not any(one[:12] in fault for one in missing)]
    stamps = ledger.pages.stamps(project.today, "", "")
    people, numbers = (places.names(stamps, one) for one in (places.PERSONS, places.VERIFICATIONS))
    for found, wanted, what in (
        (built.files, ledger.pages.open_files(project.today), "download links"),
        (built.pages[places.PERSONS], len(people), "participants’ pages"),
        (built.pages[places.VERIFICATIONS], len(numbers), "verification pages"),
    ):
        if found != wanted:
            faults.append(f"output/ has {found:,} {what}, the ledger {wanted:,}")
    return first_few(faults, NAMED, "and {} more: certs verify lists all")


def reconcile_mail(
    before: Mapping[str, int], after: Mapping[str, int], told: Mapping[Fate, int]
) -> list[str]:
    """Where the ledger's messages, by state before and after sending, are not those that the run tells of."""
    return [
        f"the run tells of {counted(count, 'message')} {fate}, the ledger of {found}"
        for fate, count in told.items()
        if (found := after.get(fate, 0) - before.get(fate, 0)) != count
    ]
