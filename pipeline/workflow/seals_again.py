"""What of seals a ledger lacks that came from a backup or was made again: keys, standings of deleted records.

Keys come from their files and from the site in output/; standings from the list that the site shows, which is
signed, so that the web host's copy will do as well.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline import publish
from pipeline.errors import PublishError
from pipeline.rules.seals.public_keys import KEYS_FILE, PublicKey, read_keys
from pipeline.rules.seals.standing_list import (
    STANDING_FILE,
    Kept,
    listed_as,
    read_standing,
)
from pipeline.rules.text import counted
from pipeline.workflow.marks import access_of
from pipeline.workflow.project import Project
from pipeline.workflow.sealing import FOLDER

UNKNOWN = (
    "caution: there is no list of standings that is signed by a key that is known: a certificate that was "
    "withdrawn and then deleted may be said to count"
)


def take_up_keys(project: Project) -> None:
    """Put on record what a ledger lacks that came from a backup or was lost: keys whose files are here, and
    those that the site in output/ shows, revoked ones as such. Every key there ever was stays on the site."""
    seals = project.ledger.seals
    known = {key.id: key for key in seals.all_keys()}
    here, shown = _keys_here(project), _keys_shown(project)
    for key in sorted((here | shown).values(), key=lambda key: key.since):
        if key.id not in known:
            with project.ledger.transaction():
                seals.take_up(key, project.today, can_seal=key.id in here)
                project.on_record("keys-taken-up", key.id)
        elif key.revoked and not known[key.id].revoked:  # an older ledger came back
            with project.ledger.transaction():
                seals.revoke(key.id, key.revoked)
                project.on_record("keys-revoke", key.id)


def take_up_standings(project: Project, shown: Kept) -> None:
    """Keep what the site's list says of certificates of which the ledger knows nothing."""
    if lost := lost_standings(project, shown):
        with project.ledger.transaction():
            project.ledger.seals.keep_listed(lost)
            project.on_record("standings-taken-up", counted(len(lost), "certificate"))


def lost_standings(project: Project, shown: Kept, besides: Collection[str] = ()) -> Kept:
    """What is listed of certificates that are not on record, and of which nothing is kept. Of all others the
    ledger knows better: one that was reinstated counts again. `besides`: numbers that it will know."""
    seals = project.ledger.seals
    kept = seals.standings()
    lost = {name: one for name, one in shown.items() if name not in kept}
    if lost:
        for number in (*seals.numbers(), *besides):
            lost.pop(listed_as(number), None)
    return lost


def shown_standings(project: Project) -> Kept:
    """What the site's list says in output/, or else at the web host; where neither has one that is signed by
    a key that is known, staff are told."""
    settings, found = project.settings, None
    with suppress(OSError):
        found = _read(project, (settings.output_dir / STANDING_FILE).read_bytes())
    if found is None and settings.publish_to:
        wanted = [(STANDING_FILE, 0)]
        with TemporaryDirectory(prefix="certs-") as folder, suppress(PublishError):
            for data in publish.fetch(settings.publish_to, wanted, Path(folder), access_of(settings)):
                found = _read(project, data)
    if found is None and _keys(project):
        project.listener.step(UNKNOWN)
    return found or {}


def _read(project: Project, data: bytes) -> Kept | None:
    keys = _keys(project)
    if not keys:
        return None
    from pipeline.sealing import fits

    try:
        return read_standing(data.decode("ascii"), keys, fits)
    except ValueError:
        return None


def _keys(project: Project) -> dict[str, PublicKey]:
    """What is on record counts: a key may be revoked there."""
    known = {key.id: key for key in project.ledger.seals.all_keys()}
    return {**_keys_here(project), **_keys_shown(project), **known}


def _keys_here(project: Project) -> dict[str, PublicKey]:
    folder = project.settings.data_dir / FOLDER
    if not folder.is_dir():
        return {}
    from pipeline.sealing import certified_keys

    return certified_keys(folder)


def _keys_shown(project: Project) -> dict[str, PublicKey]:
    with suppress(OSError, ValueError):
        return read_keys((project.settings.output_dir / KEYS_FILE).read_bytes())
    return {}
