"""What caches before the web host must ask for anew: addresses that changed or went, for PUBLISH_PURGE."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline import publish
from pipeline.publish import PAGE, Record
from pipeline.rules.places import file_addresses
from pipeline.rules.web.headers import HEADERS_FILE
from pipeline.workflow.project import Project


def purge_caches(project: Project, record: Record, removed: Sequence[str]) -> None:
    """Have the command told, if there is one. `removed`: files that left the host and are not proved gone.

    It is told again of all that a run did not come to prove. Raises PublishError where it fails.
    """
    command = project.settings.publish_purge
    if command and (paths := _stale(record, removed)):
        addresses = {one: None for path in paths for one in file_addresses(project.settings.site_url, path)}
        project.listener.step(f"telling caches of {len(addresses):,} addresses")
        publish.purge_copies(command, addresses)


def _stale(record: Record, removed: Sequence[str]) -> list[str]:
    """Files whose former bytes a cache may have. Where nobody knows what was there, it may have any."""
    host = record.host
    is_unknown = host.mark is not None and not host.is_ours
    pages = [page for page in record.changed if is_unknown or page in record.sent]
    public = {path: sha256 for path, sha256 in record.public.items() if path != HEADERS_FILE}
    before = dict.fromkeys(public, "") if is_unknown else host.public
    return [
        *(f"{link.page}/{name}" for link in record.links(pages) for name in link.names),
        *(f"{page}/{PAGE}" for page in record.gone),
        *removed,
        *(path for path, sha256 in public.items() if before.get(path, sha256) != sha256),
    ]
