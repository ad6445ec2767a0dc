"""Whether certificates, files, links, pages and messages add up; whatever does not is named."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.rules.messages.occasions import Fate
from pipeline.rules.places import PERSONS, VERIFICATIONS, names
from pipeline.rules.text import counted, first_few
from pipeline.site import Built
from pipeline.workflow.project import Project

NAMED = 5  # exceptions named one by one; of more, the number


def reconcile(project: Project, built: Built) -> list[str]:
    """Every mismatch between ledger, vault and what a build found or made in output/, as sentences.

    Names and numbers only, so that each run can afford it: `certs verify` reads every byte.
    """
    ledger = project.ledger
    missing = ledger.certificates.stored().difference(project.vault.digests())
    faults = [f"the vault's file {digest[:12]}... is missing" for digest in sorted(missing)]
    faults += [fault.rstrip(".") for fault in built.faults if not any(one[:12] in fault for one in missing)]
    stamps = ledger.pages.stamps(project.today, "", "")
    for found, wanted, what in (
        (built.files, ledger.pages.open_files(project.today), "download links"),
        *(
            (built.pages[folder], len(names(stamps, folder)), what)
            for folder, what in ((PERSONS, "participants’ pages"), (VERIFICATIONS, "verification pages"))
        ),
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
