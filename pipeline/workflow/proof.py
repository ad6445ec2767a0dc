"""Samples for sign-off: the five kinds with made-up names as PDF, PNG and one contact sheet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import DocumentError
from pipeline.workflow.project import Project
from pipeline.workflow.render import design_of


def proof(project: Project, activity: str | None, out: Path) -> Iterator[Path]:
    """Write the samples into the folder `out`; each path as it is written. Raises DocumentError."""
    from pipeline import documents

    project.check_activity(activity)
    design = design_of(project.settings)
    shown = project.catalog[activity] if activity else None
    out.mkdir(parents=True, exist_ok=True)
    pdfs = []
    for name, facts in documents.sample_sheets(project.settings.site_url, shown):
        rendered = documents.render(facts, design)
        if rendered.pdf is None:
            raise DocumentError(f"The proof {name} cannot be made: {rendered.problem}.", "Mend the design.")
        pdfs.append(rendered.pdf)
        for path, data in (
            (out / f"{name}.pdf", rendered.pdf),
            (out / f"{name}.png", documents.page_png(rendered.pdf)),
        ):
            path.write_bytes(data)
            yield path
    sheet = out / "contact-sheet.png"
    sheet.write_bytes(documents.contact_sheet(pdfs))
    yield sheet
