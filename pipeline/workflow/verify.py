"""Whatever does not agree is named: after a run by names and numbers, for `certs verify` byte for byte."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from pipeline import files, site
from pipeline.rules.messages.occasions import Fate
from pipeline.rules.text import counted, first_few
from pipeline.site import Built
from pipeline.workflow.pages import shown_paths, site_inputs
from pipeline.workflow.project import Project
from pipeline.workflow.stops import look_around

NAMED = 5  # exceptions named one by one; of more, the number
# What is wrong with one entry of a folder, and with several.
ALTERED = "file is not what the ledger says", "files are not what the ledger says"
CHANGED = "file was changed since it was issued", "files were changed since they were issued"
MISSING = "file is missing", "files are missing"
STRAY = "entry belongs to nobody", "entries belong to nobody"
LINK = "entry is a link, or has another name elsewhere", "entries are links, or have another name elsewhere"
MODE = "entry has other permissions than it must", "entries have other permissions than they must"


def verify(project: Project) -> list[str]:
    """Every fault that recomputing everything finds: audit trail, ledger, vault, output and web host, byte
    for byte; and who waits to be erased.

    Every page is made anew, every PDF is read. One sentence a kind of fault.
    """
    from pipeline.workflow.hosted import faults_at_host, waiting_erasures  # with TLS, as in `guarded`

    ledger = project.ledger
    faults = list(ledger.audit.faults())
    if not ledger.is_sound():
        faults.append("the ledger's file is damaged: SQLite finds it inconsistent")
    faults += [stop.text for stop in look_around(project, reaches_out=False) if stop.name != "stray-output"]
    faults += _faults_of_data(project)
    faults += _faults_of_output(project)
    faults += faults_at_host(project)
    faults += waiting_erasures(project)
    return faults


def _faults_of_data(project: Project) -> Iterator[str]:
    """What is wrong in the vault; whatever of DATA_DIR others than its owner could read or write."""
    found = project.vault.faults(project.ledger.certificates.digests())
    modes = [f"vault/{path}" for path in found.modes]
    modes += open_to_others(project.settings.data_dir, ("vault",))
    yield from _sentences(
        "vault/",
        {CHANGED: found.altered, MISSING: found.missing, STRAY: found.strays, LINK: found.links},
    )
    yield from _sentences("DATA_DIR", {MODE: modes})


def open_to_others(folder: Path, but: Collection[str] = ()) -> list[str]:
    """Files and folders below this one, by their paths, whose permissions are not for their owner alone."""
    found = []
    for name, entry in sorted(files.scan(folder).items()):
        if name in but or entry.is_symlink():
            continue
        if entry.stat().st_mode & 0o077:
            found.append(name)
        if entry.is_dir():
            found += [f"{name}/{path}" for path in open_to_others(Path(entry.path))]
    return found


def _faults_of_output(project: Project) -> Iterator[str]:
    """What is altered, missing or too much in output/, and what others could do there."""
    found = site.compare_site(site_inputs(project, project.frame(), thorough=True))
    yield from _sentences(
        "output/",
        {
            words: shown_paths(project, paths)
            for words, paths in (
                (ALTERED, found.altered),
                (MISSING, found.missing),
                (STRAY, found.strays),
                (LINK, found.links),
                (MODE, found.modes),
            )
        },
    )


def _sentences(where: str, wrong: Mapping[tuple[str, str], Sequence[str]]) -> Iterator[str]:
    """What is wrong with how many files and folders, the first few of them named."""
    for words, paths in wrong.items():
        if paths:
            few = ", ".join(path or "the folder itself" for path in first_few(paths, NAMED))
            yield f"{where}: {counted(len(paths), *words)}: {few}"


def reconcile(project: Project, built: Built) -> list[str]:
    """Every mismatch between ledger, vault and what a build found or made in output/, as sentences.

    Names and numbers only, so that each run can afford it: `certs verify` reads every byte.
    """
    ledger = project.ledger
    missing = project.vault.look_at_names(ledger.certificates).missing
    faults = [f"the vault's file {digest[:12]}... is missing" for digest in sorted(missing)]
    faults += [fault.rstrip(".") for fault in built.faults if not any(one[:12] in fault for one in missing)]
    if built.files != (wanted := ledger.pages.open_files(project.today)):
        faults.append(f"output/ has {built.files:,} download links, the ledger {wanted:,}")
    return first_few(faults, NAMED, "and {} more: certs verify lists all")


def without_mail(project: Project) -> tuple[str, ...]:
    """Who has a page whose link nobody was ever mailed, nor will be by what waits, as Name <address>."""
    people = project.ledger.advice.unmailed(project.today)
    return tuple(f"{name} <{email or 'no address yet'}>" for name, email in people)


def reconcile_mail(
    before: Mapping[str, int], after: Mapping[str, int], told: Mapping[Fate, int]
) -> list[str]:
    """Where the ledger's messages, by state before and after sending, are not those that the run tells of."""
    return [
        f"the run tells of {counted(count, 'message')} {fate}, the ledger of {found}"
        for fate, count in told.items()
        if (found := after.get(fate, 0) - before.get(fate, 0)) != count
    ]
