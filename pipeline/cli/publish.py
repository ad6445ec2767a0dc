"""certs build, publish: output/ made again; to the web host, and the proof that it is there."""

from __future__ import annotations

import click

from pipeline.cli.context import opened
from pipeline.cli.options import JSON
from pipeline.cli.output import print_json, say
from pipeline.errors import CertsError
from pipeline.rules.text import conjoined, counted, first_few
from pipeline.workflow.hosted import waiting_erasures
from pipeline.workflow.release import build_pages, leave_former_host, publish_site

NAMED = 3  # faults named one by one


@click.command()
def build_command() -> None:
    """Make pages and links again from ledger and vault; renders no certificate, mails nobody."""
    with opened(locked=True, reaches_out=False) as (project, console, _):
        built = build_pages(project, thorough=True)
        words = [
            f"{counted(count, noun)} {what}"
            for count, noun, what in (
                (len(built.written), "private page", "written"),
                (built.public_written, "public file", "written"),
                (built.linked, "PDF", "linked"),
                (built.unchanged, "page", "unchanged"),
                (built.removed, "file", "removed"),
            )
            if count
        ]
        console.print(f"{conjoined(words) if words else 'Nothing is to be built'}.")
        if built.faults:
            raise CertsError(
                " ".join(first_few(built.faults, NAMED)),
                "certs run takes back what the web host has; the rest needs a backup.",
            )


@click.command()
@click.option("--full", is_flag=True, help="Look at every file, byte for byte, not only at what changed.")
@click.option(
    "--allow-removals",
    "allow",
    type=click.IntRange(0),
    default=0,
    help="Agree to so many unexplained removals.",
)
@click.option(
    "--leave-old-host",
    is_flag=True,
    help="PUBLISH_TO was changed, and you have taken the site away from the former host yourself.",
)
@JSON
def publish_command(full: bool, allow: int, leave_old_host: bool, as_json: bool) -> None:
    """Build, bring output/ to the web host (PUBLISH_TO), prove that links are live and removed ones gone."""
    with opened(locked=True) as (project, console, _):
        left = leave_former_host(project) if leave_old_host else {}
        for target, count in left.items():
            line = (
                f"{counted(count, 'private page was', 'private pages were')} published to {target}: "
                "certs never removes them now, nor checks that they are gone."
            )
            say(line) if as_json else console.print(line, markup=False)
        if project.settings.publish_to:  # only what a build made goes out
            build_pages(project, thorough=full)
        changes = publish_site(project, full, allow)
        for line in waiting_erasures(project):
            say(line) if as_json else console.print(line, markup=False)
        if changes is None and left:
            return
        if changes is None:
            raise CertsError("PUBLISH_TO is empty: there is no web host to publish to.", "Name it in .env.")
        done = {"added": changes.added, "changed": changes.changed, "removed": len(changes.removed)}
        if as_json:
            print_json({**done, "stops": []})
            return
        words = [f"{counted(count, 'file')} {name}" for name, count in done.items() if count]
        console.print(f"{conjoined(words) if words else 'Nothing had changed'}; proved.")
