"""output/ built from the ledger and brought to the web host and proved; mail and deletion wait for that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pipeline import publish, site
from pipeline.errors import EmptyHostError, PublishError
from pipeline.ledger import Frame
from pipeline.publish import Changes, HostRecord, Proof, Record
from pipeline.rules.places import PERSONS, names, page_of, private_page
from pipeline.rules.stops import stray_output
from pipeline.rules.text import counted
from pipeline.rules.web.objects import stamps_of_public
from pipeline.rules.web.pages import LeftPage, PageFile
from pipeline.site import Built, Survey
from pipeline.vault import write_marked
from pipeline.workflow.aside import keep_last
from pipeline.workflow.caches import purge_caches
from pipeline.workflow.credit_files import CreditFileMaker
from pipeline.workflow.marks import access_of, judge_mark, left_there, mark_at_host
from pipeline.workflow.pages import shown_paths, site_inputs, survey_pages
from pipeline.workflow.project import Project
from pipeline.workflow.recovery import rescue, rescue_all, take_back
from pipeline.workflow.seals_again import take_up_keys
from pipeline.workflow.stops import heed, mark_bytes

NAMED = 3  # faults named one by one


def release(
    project: Project,
    people: Sequence[int] | None = None,
    is_rescued: bool = False,
    survey: Survey | None = None,
    workers: int | None = None,
) -> Built:
    """Build output/, bring the web host up to it, prove every link, then forget the links that were closed.

    Whoever mails or deletes does so after this has returned. `people`: only their pages and the closed links
    are looked at: the help desk does not wait for six years of pages. `is_rescued`, `survey`, `workers`: as
    of `build_pages`. In a trial nothing is built. Raises SiteError, PublishError.
    """
    if project.ledger.is_trial:
        return Built()
    closed = project.ledger.builds.gone()
    built = build_pages(project, people=people, is_rescued=is_rescued, survey=survey, workers=workers)
    publish_site(project, people=people)
    with project.ledger.transaction():
        project.ledger.builds.forget(closed)
    return built


def publish_site(
    project: Project, full: bool = False, allow: int = 0, people: Sequence[int] | None = None
) -> Changes | None:
    """Bring the web host up to output/, then prove it; None where there is no host.

    `full`: look at every file there; `allow`: so many unexplained removals are agreed to; `people`: as of
    `build_pages`, which went before. What was proved is noted: a run that was killed, or whose proof failed,
    proves the rest the next time. Raises PublishError where the host fails or something could not be proved,
    StoppedError where a newer ledger published there.
    """
    settings, ledger = project.settings, project.ledger
    target = settings.publish_to
    check_host(project)
    if not target:
        return None
    project.listener.step("publishing")
    seen = mark_at_host(project)
    heed(project, judge_mark(project, seen))
    lacking: set[str] = set()
    host = HostRecord(
        seen, left_there(project, seen), ledger.hosts.public(target), lambda *files: _foresee(project, *files)
    )
    record = replace(site_record(project, lacking, people), host=host)
    changed, gone, mark = record.changed, record.gone, ledger.origin.mark()
    take_back(project, ledger.pages.places(names(record.all_pages() if full else changed, PERSONS)), gone)
    if changed:
        with ledger.transaction():
            ledger.builds.doubt(changed)
    project.marks.clear()  # until it is known to have been left
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
    if publish.is_remote(target):
        project.marks[target] = mark_bytes(mark)
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
        ledger.builds.record_published(
            target,
            [page for page in changed if page not in live.failed | lacking],
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
    hosts, gone = project.ledger.hosts, {*record.gone}
    leaving = hosts.leaving()
    staying = {*record.required_among([*{page for path in leaving if (page := private_page(path))}])}
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


def site_record(project: Project, lacking: set[str], people: Sequence[int] | None = None) -> Record:
    """What the ledger says of the site that is at the web host or must be, or of these participants' pages.

    Pages without a PDF that the vault lost are published without it, and added to `lacking`.
    """
    ledger, output, target = project.ledger, project.settings.output_dir, project.settings.publish_to
    builds, frame = ledger.builds, project.frame()

    def files(tokens: Sequence[str]) -> dict[str, list[PageFile]]:
        found = ledger.pages.files(tokens, project.today)
        made = ledger.credit_files.of([page_of(token) for token in tokens])
        for token, wanted in found.items():
            wanted += [one.file for one in made.get(page_of(token), ())]
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

    changed = builds.unpublished(target, None if people is None else builds.paths(frame, people))
    return Record(
        changed=changed,
        gone=builds.to_unpublish(target, frame, people),
        all_pages=lambda: sorted(builds.paths(frame)),
        required_among=lambda paths: builds.required_among(frame, paths, people),
        sent=builds.sent_among(target, changed),
        files=files,
        digests=builds.digests,
        public=builds.public(),
        is_part=people is not None,
    )


def check_host(project: Project) -> None:
    """Raises PublishError where pages lie on another web host than the one that is set now."""
    target = project.settings.publish_to
    for other, count in project.ledger.builds.elsewhere(target).items():
        now = f"now names {target}" if target else "is empty now"
        raise PublishError(
            f"PUBLISH_TO {now}, but {counted(count, 'private page was', 'private pages were')} published to "
            f"{other} and would stay there.",
            "Name the former host again, or take the site away there yourself and then run: "
            "certs publish --leave-old-host",
        )


def leave_former_host(project: Project) -> dict[str, int]:
    """Forget what was published to a former PUBLISH_TO; how many pages, by that target."""
    builds, target = project.ledger.builds, project.settings.publish_to
    with project.ledger.transaction():
        left = builds.elsewhere(target)
        if left:
            builds.leave(target)
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
            "Mails wait. Mend the web host or SITE_URL (docs/hosting.md says what each kind of host needs), "
            "then go on with certs run: the rest is done.",
        )


def build_pages(
    project: Project,
    thorough: bool = False,
    people: Sequence[int] | None = None,
    is_rescued: bool = False,
    survey: Survey | None = None,
    workers: int | None = None,
) -> Built:
    """Bring output/ to what the ledger says: pages, links to PDFs, nothing else. Renders no certificate.

    `thorough`: look at every file, not only at what changed. `people`: look only at the pages of these
    participants, and at closed links. What the vault lost is put back before anything goes from output/,
    where the last copy may lie; `is_rescued`: that was done already. `survey`: how all pages were
    found, so that they need not be looked at once more if that is a moment ago. `workers`: local processes
    that help, where there is much to do; None: one for each core.
    """
    take_up_keys(project)
    builds, frame = project.ledger.builds, project.frame()
    gone = None if people is None else builds.gone()
    if gone is not None:
        rescue(project, [*builds.paths(frame, people), *gone])
    elif not is_rescued:
        rescue_all(project)
    if people is None and not thorough and not (survey and survey.is_fresh):
        survey = survey_pages(project)
    maker = CreditFileMaker(project, thorough, workers)
    inputs = site_inputs(project, frame, thorough, people, maker)
    built = site.build(
        replace(
            inputs,
            make=maker.make,
            put=write_marked,
            required_among=lambda paths: builds.required_among(frame, paths),
            due=lambda kind, changed: builds.due(frame, kind, changed),
            left=builds.left,
            count_left=builds.count_left,
            states=builds.folder_states(),
            gone=gone,
            survey=survey,
            stray=lambda paths: heed(project, stray_output(shown_paths(project, paths))),
            leaves=lambda pdf: keep_last(project, Path(pdf)),
            note=lambda pages: _record(project, pages, frame, maker),
        )
    )
    project.compiled.keep()
    if built.mended:
        what = counted(built.mended, "private page was", "private pages were")
        project.listener.step(f"put right: {what} not as the last build had left it")
    with project.ledger.transaction():
        builds.note_public(built.public)
        builds.removed(gone or ())
        if gone is None:
            builds.note_folders(built.states)
            builds.keep_only(frame, sum(built.pages.values()))
            builds.note_built(frame)
    return built


def _record(project: Project, pages: Sequence[LeftPage], frame: Frame, maker: CreditFileMaker) -> None:
    with project.ledger.transaction():
        project.ledger.builds.record(pages, frame)
        maker.note([page.path for page in pages])
