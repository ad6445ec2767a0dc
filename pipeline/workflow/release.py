"""output/ built from the ledger and brought to the web host and proved; mail and deletion wait for that."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline import publish, site
from pipeline.errors import EmptyHostError, PublishError
from pipeline.publish import PAGE, Changes, HostRecord, Proof, Record
from pipeline.rules.places import PERSONS, names, page_of, private_page
from pipeline.rules.stops import stray_output
from pipeline.rules.text import counted
from pipeline.rules.web.objects import stamps_of_public
from pipeline.rules.web.pages import PageFile
from pipeline.site import Built
from pipeline.workflow.aside import keep_last
from pipeline.workflow.caches import purge_caches
from pipeline.workflow.marks import access_of, judge_mark, left_there, mark_at_host
from pipeline.workflow.pages import shown_paths, site_inputs
from pipeline.workflow.project import Project
from pipeline.workflow.recovery import rescue, rescue_all, take_back
from pipeline.workflow.stops import heed, mark_bytes

NAMED = 3  # faults named one by one


def release(project: Project, people: Sequence[int] | None = None) -> Built:
    """Build output/, bring the web host up to it, prove every link, then forget the links that were closed.

    Whoever mails or deletes does so after this has returned. `people`: only their pages and the closed links
    are looked at: the help desk does not wait for six years of pages. Raises SiteError, PublishError.
    """
    stamps = project.page_stamps(people)
    pages, closed = project.ledger.pages, project.ledger.pages.gone()
    built = build_pages(project, people=people, stamps=stamps)
    publish_site(project, people=people, stamps=stamps)
    with project.ledger.transaction():
        pages.forget(closed)
    return built


def publish_site(
    project: Project,
    full: bool = False,
    allow: int = 0,
    people: Sequence[int] | None = None,
    stamps: Mapping[str, str] | None = None,
) -> Changes | None:
    """Bring the web host up to output/, then prove it; None where there is no host.

    `full`: look at every file there; `allow`: so many unexplained removals are agreed to; `people`, `stamps`:
    as `build_pages`. What was proved is noted: a run that was killed, or whose proof failed, proves the rest
    the next time. Raises PublishError where the host fails or something could not be proved, StoppedError
    where a newer ledger published there.
    """
    settings, ledger = project.settings, project.ledger
    target = settings.publish_to
    check_host(project)
    if not target:
        return None
    project.listener.step("publishing")
    seen = mark_at_host(project)
    heed(project, judge_mark(project, seen))
    must = project.page_stamps(people) if stamps is None else stamps
    lacking: set[str] = set()
    host = HostRecord(
        seen, left_there(project, seen), ledger.hosts.public(target), lambda *files: _foresee(project, *files)
    )
    record = replace(site_record(project, must, lacking, is_part=people is not None), host=host)
    changed, gone, mark = record.changed(), record.gone(), ledger.origin.mark()
    take_back(project, ledger.pages.places(names(must if full else changed, PERSONS)), gone)
    try:
        changes = publish.publish(
            settings.output_dir,
            target,
            record,
            mark_bytes(mark),
            access=access_of(settings),
            site_url=settings.site_url,
            full=full,
            allow=allow,
            tell=project.listener.step,
        )
    except EmptyHostError:  # all of it goes there, not one person's pages
        return publish_site(project, full, allow)
    left = _left(project, record)
    purge_caches(project, record, left)
    links = list(record.links(changed))
    live = publish.prove_live(
        settings.site_url,
        links,
        output=settings.output_dir,
        progress=lambda done: project.listener.progress(done, len(links), "links proved"),
    )
    away = publish.prove_gone(settings.site_url, {*left, *changes.removed, *gone})
    with ledger.transaction():
        ledger.origin.note_shown(mark)
        ledger.hosts.note_public(target, stamps_of_public(record.public))
        ledger.hosts.left([path for path in left if path not in away.failed])
        ledger.pages.record_published(
            target,
            {page: must[page] for page in changed if page not in live.failed | lacking},
            [page for page in gone if page not in away.failed],
        )
    _complain(live, "live")
    _complain(away, "gone")
    return changes


def _foresee(project: Project, sent: Sequence[str], removed: Sequence[str]) -> None:
    """Note what is about to happen to these files at the web host, for the run that follows a killed one."""
    pages = {page for path in sent if (page := private_page(path))}
    public = [path for path in sent if private_page(path) is None]
    with project.ledger.transaction():
        project.ledger.hosts.foresee(project.settings.publish_to, pages, public, removed)


def _left(project: Project, record: Record) -> list[str]:
    """Files that were removed from the web host and must be gone, also by a run that was killed before it
    proved that. What has come back rightly since is none of them."""
    hosts, gone = project.ledger.hosts, {*record.gone()}
    leaving = hosts.leaving()
    staying = {page for path in leaving if (page := private_page(path))} & {*record.must}
    there = {f"{link.page}/{name}" for link in record.links(sorted(staying)) for name in link.names}
    back = [path for path in leaving if path in there or path in record.public]
    if back:
        with project.ledger.transaction():
            hosts.left(back)
    return [
        path
        for path in leaving
        if path not in back
        and (not record.is_part or (page := private_page(path)) is None or page in staying | gone)
    ]


def site_record(
    project: Project, must: Mapping[str, str], lacking: set[str], is_part: bool = False
) -> Record:
    """What the ledger says of the site that is at the web host or must be.

    `must`: the pages, with their stamps; all there are, or with `is_part` those of some participants. Pages
    without a PDF that the vault lost are published without it, and added to `lacking`.
    """
    pages, output = project.ledger.pages, project.settings.output_dir

    def files(tokens: Sequence[str]) -> dict[str, list[PageFile]]:
        found = pages.files(tokens, project.today)
        for token, wanted in found.items():
            folder = output / page_of(token)
            there = [
                file
                for file in wanted
                if project.vault.path(file.sha256).is_file() or (folder / file.name).is_file()
            ]
            if len(there) < len(wanted):
                lacking.add(page_of(token))
                found[token] = there
        return found

    closed = pages.gone()
    return Record(
        must=must,
        published=pages.published(project.settings.publish_to, [*must, *closed] if is_part else None),
        files=files,
        digests=pages.digests,
        public=pages.public(),
        closed=closed,
        is_part=is_part,
    )


def check_host(project: Project) -> None:
    """Raises PublishError where pages lie on another web host than the one that is set now."""
    target = project.settings.publish_to
    for other, count in project.ledger.pages.elsewhere(target).items():
        now = f"now names {target}" if target else "is empty now"
        raise PublishError(
            f"PUBLISH_TO {now}, but {counted(count, 'private page was', 'private pages were')} published to "
            f"{other} and would stay there.",
            "Name the former host again, or take the site away there yourself and then run: "
            "certs publish --leave-old-host",
        )


def leave_former_host(project: Project) -> dict[str, int]:
    """Forget what was published to a former PUBLISH_TO; how many pages, by that target."""
    pages, target = project.ledger.pages, project.settings.publish_to
    with project.ledger.transaction():
        left = pages.elsewhere(target)
        if left:
            pages.leave(target)
            project.ledger.hosts.leave(target)
            words = "; ".join(
                f"{counted(count, 'page stays', 'pages stay')} at {other}" for other, count in left.items()
            )
            project.on_record("leave-old-host", words)
    return left


def _complain(proof: Proof, what: str) -> None:
    if proof.faults:
        named = "; ".join(proof.faults[:NAMED])
        raise PublishError(
            f"{len(proof.failed)} of {counted(proof.checked, 'link is', 'links are')} not {what}: {named}.",
            "Mails wait. Mend the web host or SITE_URL, then go on with certs run: the rest is done.",
        )


def build_pages(
    project: Project,
    thorough: bool = False,
    people: Sequence[int] | None = None,
    stamps: Mapping[str, str] | None = None,
) -> Built:
    """Bring output/ to what the ledger says: pages, links to PDFs, nothing else. Renders no certificate.

    `thorough`: look at every file, not only at what changed. `people`: look only at the pages of these
    participants, and at closed links; `stamps`: theirs, where they are known. What the vault lost is put back
    before anything goes from output/, where the last copy may lie.
    """
    ledger = project.ledger
    stamps = project.page_stamps(people) if stamps is None else stamps
    gone = None if people is None else ledger.pages.gone()
    if gone is None:
        rescue_all(project)
    else:
        rescue(project, [*stamps, *gone])
    noted = ledger.pages.built(None if gone is None else [*stamps, *gone])
    built = site.build(
        replace(
            site_inputs(project, stamps, thorough),
            noted=noted,
            gone=gone,
            stray=lambda paths: heed(project, stray_output(shown_paths(project, paths))),
            leaves=lambda pdf: keep_last(project, Path(pdf)),
            note=lambda written: _record(project, written),
        )
    )
    if built.mended:
        what = counted(built.mended, "private page was", "private pages were")
        project.listener.step(f"put right: {what} not as the last build had left it")
    with ledger.transaction():
        ledger.pages.note_public(built.public)
        if people is None:
            ledger.pages.keep_only(stamps)
    return built


def _record(project: Project, written: Mapping[str, str]) -> None:
    output = project.settings.output_dir
    with project.ledger.transaction():
        project.ledger.pages.record(written)
        project.ledger.pages.note_made({page: _digest(output / page / PAGE) for page in written})


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
