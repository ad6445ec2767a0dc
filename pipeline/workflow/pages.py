"""What the site is made of, and how staff are told of its pages, whose places are secrets."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from pipeline import site
from pipeline.ledger import Frame
from pipeline.rules.places import private_page, token_of
from pipeline.site import Inputs, Survey
from pipeline.workflow.credit_files import CreditFileMaker
from pipeline.workflow.project import Project
from pipeline.workflow.sealing import public_seal_files

SHOWN = 10  # paths that are looked up to be shown


def site_inputs(
    project: Project,
    frame: Frame,
    thorough: bool,
    people: Sequence[int] | None = None,
    maker: CreditFileMaker | None = None,
) -> Inputs:
    """What the site is made of, or these participants' pages alone; of what was made before nothing is known.

    `thorough`: PDFs beside pages are read where they are not the vault's own; `maker`: of those about all of
    a person’s certificates.
    """
    settings, ledger = project.settings, project.ledger
    maker = maker or CreditFileMaker(project, thorough)
    return Inputs(
        root=settings.root,
        output=settings.output_dir,
        site_url=settings.site_url,
        today=project.today,
        required=lambda kind: ledger.builds.required(frame, kind, people=people),
        persons=lambda tokens: itertools.chain(maker.persons(tokens), ledger.pages.forwards(tokens)),
        verifications=lambda numbers: ledger.pages.verifications(numbers, project.today),
        files=lambda tokens: ledger.pages.files(tokens, project.today),
        make=maker.look,
        link=project.vault.link,
        names=lambda file, copy: project.vault.names(file.sha256, file.size, copy.path, thorough),
        is_issued=lambda sha256: project.vault.path(sha256).is_file(),
        constants={**project.page_settings(), **project.page_words()},
        extra=public_seal_files(project),
        compiled=project.compiled,
        thorough=thorough,
    )


def survey_pages(project: Project) -> Survey:
    """All private pages held against what builds noted of them."""
    builds = project.ledger.builds
    return site.survey(
        project.settings.output_dir, builds.states_of_pages(), builds.left, builds.folder_states()
    )


def shown_paths(project: Project, paths: Sequence[str]) -> list[str]:
    """Paths below output/ for a person to read: a participant's page is named by a certificate on it."""
    return [_shown(project, path) if place < SHOWN else "" for place, path in enumerate(paths)]


def _shown(project: Project, path: str) -> str:
    page, file = private_page(path), path.rpartition("/")[2]
    token = token_of(page or "")
    if not token:
        return path
    if any(project.ledger.pages.forwards([token])):
        return f"{file} on a page that leads to another"
    (person,) = list(project.ledger.pages.persons([token], project.catalog, project.today)) or (None,)
    if person is None:
        return "a folder of nobody's in c/"
    whose = f"with certificate {person.entries[0].facts.number}" if person.entries else "without certificates"
    return f"{file} on the page {whose}"
