"""output/ in; the web host brought up to it, and the proof: new links are live, removed ones are gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pipeline.errors import PublishError
from pipeline.publish import refusals
from pipeline.publish.folder import fetch_folder, publish_folder
from pipeline.publish.prove import Link, Proof, prove_gone, prove_live
from pipeline.publish.record import Changes, Record
from pipeline.publish.remote import fetch_remote, is_remote, publish_remote

__all__ = ["Changes", "Link", "Proof", "Record", "fetch", "prove_gone", "prove_live", "publish"]


def publish(
    output: Path,
    target: str,
    record: Record,
    *,
    full: bool = False,
    allow: int = 0,
    tell: Callable[[str], None] = lambda _text: None,
) -> Changes:
    """Bring `target` to what `output` holds; what was changed there. It may be killed and called again.

    `target`: a folder (the web server's root is its link `current`), or an rsync destination (user@host:path,
    host::module, rsync://host/module). Looked at are the public files and those private pages whose stamp in
    `record` is not the published one; `full` looks at every file, byte for byte: after a restore, for a host
    that was never published to, and for an audit. `allow`: how many unexplained removals somebody agreed to.

    Raises PublishError for what `refusals` refuses, the host untouched, and where the host fails. No private
    path is in any message.
    """
    refusals.refuse_half_a_site(output, record, full)
    pages = None if full else record.due()
    try:
        if is_remote(target):
            return publish_remote(output, target, record, pages, allow, tell)
        return publish_folder(output, Path(target).expanduser(), record, pages, allow, tell)
    except OSError as error:
        # Its text would hold the path, and with it a token; so would the traceback's.
        raise PublishError(
            f"The site could not be published: {error.strerror or type(error).__name__}.",
            "Check space and permissions of PUBLISH_TO, then run certs publish: it goes on from there.",
        ) from None


def fetch(target: str, wanted: Sequence[tuple[str, int]], folder: Path) -> Iterator[bytes]:
    """The host's copies of these (path below output/, size in bytes), as far as it has files of that size.

    `folder`: an empty one, for its owner alone, that goes away soon; what comes over the network passes it.
    Raises PublishError where the host fails. No private path is in any message.
    """
    if is_remote(target):
        return fetch_remote(target, wanted, folder)
    return fetch_folder(Path(target).expanduser(), wanted)
