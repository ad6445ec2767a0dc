"""output/ brought to the web host, and the proof; mails and the forgetting of records wait for it."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline import publish, site
from pipeline.errors import PublishError
from pipeline.publish import Changes, Link, Proof, Record
from pipeline.rules.text import counted
from pipeline.rules.web.pages import PageFile
from pipeline.workflow.project import Project
from pipeline.workflow.recovery import places_of, take_back

NAMED = 3  # faults named one by one


def page_stamps(project: Project, people: Sequence[int] | None = None) -> dict[str, str]:
    """Every private page that must exist today, or these participants', with the stamp of what it shows."""
    settings = project.settings
    common = site.theme_digest(settings.root, settings.site_url)
    return project.ledger.pages.stamps(project.today, common, project.catalog_digest, people)


def publish_site(
    project: Project, full: bool = False, allow: int = 0, people: Sequence[int] | None = None
) -> Changes | None:
    """Bring the web host up to output/, then prove it; None where there is no host. `people`: only the pages
    of these participants, and those whose links were closed, are looked at.

    Each new link is fetched and its PDFs' digests compared; each removed one must be gone. What was proved
    is noted, so a run that is killed, or whose proof fails, proves the rest the next time.
    Raises PublishError where the host fails or something could not be proved.
    """
    settings, pages = project.settings, project.ledger.pages
    target = settings.publish_to
    for other, count in pages.elsewhere(target).items():
        now = f"now names {target}" if target else "is empty now"
        raise PublishError(
            f"PUBLISH_TO {now}, but {counted(count, 'private page was', 'private pages were')} published to "
            f"{other} and would stay there.",
            "Name the former host again, or take the site away there yourself and then run: "
            "certs publish --leave-old-host",
        )
    if not target:
        return None
    project.talk.step("publishing")
    lacking: set[str] = set()  # pages without a PDF that the vault lost: published without, and not noted

    def files(tokens: Sequence[str]) -> dict[str, list[PageFile]]:
        found = pages.files(tokens, project.today)
        for token, wanted in found.items():
            folder = settings.output_dir / "c" / token
            there = [
                file
                for file in wanted
                if project.vault.path(file.sha256).is_file() or (folder / file.name).is_file()
            ]
            if len(there) < len(wanted):
                lacking.add(f"c/{token}")
                found[token] = there
        return found

    must = page_stamps(project, people)
    noted = pages.published(target, None if people is None else [*must, *pages.gone()])
    record = Record(must=must, published=noted, files=files)
    changed, gone = record.changed(), record.gone()
    looked_at = [page.removeprefix("c/") for page in (record.must if full else changed) if page[:2] == "c/"]
    take_back(project, places_of(project, looked_at), gone)
    changes = publish.publish(
        settings.output_dir, target, record, full=full, allow=allow, tell=project.talk.step
    )
    links = [Link(page, tuple(files)) for page, files in record.files_of(changed)]
    live = publish.prove_live(
        settings.site_url,
        links,
        progress=lambda done: project.talk.progress(done, len(links), "links proved"),
    )
    away = publish.prove_gone(settings.site_url, {*changes.removed, *gone})
    with project.ledger.transaction():
        pages.record_published(
            target,
            {page: record.must[page] for page in changed if page not in live.failed | lacking},
            [page for page in gone if page not in away.failed],
        )
    _complain(live, "live")
    _complain(away, "gone")
    return changes


def leave_old_host(project: Project) -> dict[str, int]:
    """Pages at a former PUBLISH_TO are no business of ours from now on: former targets, with their pages."""
    pages, target = project.ledger.pages, project.settings.publish_to
    with project.ledger.transaction():
        left = pages.elsewhere(target)
        if left:
            pages.leave(target)
            words = "; ".join(
                f"{counted(count, 'page stays', 'pages stay')} at {other}" for other, count in left.items()
            )
            project.ledger.audit.write(project.at, project.actor, "leave-old-host", words)
    return left


def _complain(proof: Proof, what: str) -> None:
    if proof.faults:
        named = "; ".join(proof.faults[:NAMED])
        raise PublishError(
            f"{len(proof.failed)} of {counted(proof.checked, 'link is', 'links are')} not {what}: {named}.",
            "Mails wait. Mend the web host or SITE_URL, then go on with certs run: the rest is done.",
        )
