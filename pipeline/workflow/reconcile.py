"""Does it add up? Certificates = files = links = messages; whatever does not is named."""

from __future__ import annotations

import os

from pipeline.workflow.project import Project

NAMED = 5  # exceptions named one by one; of more, the number


def reconcile(project: Project) -> list[str]:
    """Every mismatch between ledger, vault, output and messages, as sentences; cheap enough for each run.

    Sizes and presence only: `certs verify` reads every byte.
    """
    faults: list[str] = []
    ledger = project.ledger
    for digest, size in ledger.certificates.digests():
        try:
            found = project.vault.path(digest).stat().st_size
        except OSError:
            found = -1
        if found != size:
            faults.append(f"the vault's file {digest[:12]}... is {'missing' if found < 0 else 'damaged'}")
    stamps = ledger.pages.stamps(project.today, "", "")
    tokens = [path.removeprefix("c/") for path in stamps if path.startswith("c/")]
    expected = 0
    for at in range(0, len(tokens), 500):
        expected += sum(map(len, ledger.pages.files(tokens[at : at + 500], project.today).values()))
    pages, links = _private_files(project.settings.output_dir / "c")
    verified, _ = _private_files(project.settings.output_dir / "verify")
    for found, wanted, what in (
        (links, expected, "download links"),
        (pages, len(tokens), "participants’ pages"),
        (verified, len(stamps) - len(tokens), "verification pages"),
    ):
        if found != wanted:
            faults.append(f"output/ has {found} {what}, the ledger {wanted}")
    if len(faults) > NAMED:
        faults[NAMED:] = [f"and {len(faults) - NAMED} more: certs verify lists all"]
    return faults


def _private_files(folder: os.PathLike[str]) -> tuple[int, int]:
    """(index pages, PDFs) in the folders below."""
    pages = pdfs = 0
    if not os.path.isdir(folder):
        return 0, 0
    with os.scandir(folder) as below:
        for one in below:
            for name in os.listdir(one.path):
                pages += name == "index.html"
                pdfs += name.endswith(".pdf")
    return pages, pdfs
