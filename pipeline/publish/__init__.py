"""output/ in; the web host brought up to it, and the proof: new links are live, removed ones are gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import PublishError
from pipeline.publish import folder, refusals, remote
from pipeline.publish.access import Access, is_bucket
from pipeline.publish.folder import (
    check_folder,
    compare_folder,
    fetch_folder,
    publish_folder,
    read_folder_mark,
    write_folder_mark,
)
from pipeline.publish.prove import Proof, prove_gone, prove_live
from pipeline.publish.purge import purge_copies
from pipeline.publish.record import PAGE, Changes, HostRecord, Link, Record
from pipeline.publish.remote import (
    check_remote,
    compare_remote,
    fetch_remote,
    is_remote,
    publish_remote,
    read_remote_mark,
    write_remote_mark,
)
from pipeline.publish.visit import look_at_web
from pipeline.rules.text import first_few

MARKS = (folder.MARK_FILE, remote.MARK_FILE)  # no web host shows them
ANYHOW = Access()  # where settings say nothing

__all__ = [
    "MARKS",
    "PAGE",
    "Access",
    "Changes",
    "HostRecord",
    "Link",
    "Proof",
    "Record",
    "check_access",
    "compare_host",
    "fetch",
    "is_bucket",
    "is_remote",
    "keeps_former_versions",
    "look_at_web",
    "open_listings",
    "prove_gone",
    "prove_live",
    "publish",
    "purge_copies",
    "read_mark",
    "write_mark",
]


def publish(
    output: Path,
    target: str,
    record: Record,
    mark: bytes = b"",
    *,
    access: Access = ANYHOW,
    site_url: str = "",
    full: bool = False,
    allow: int = 0,
    tell: Callable[[str], None] = lambda _text: None,
) -> Changes:
    """Bring `target` to what the build made in `output`; what was changed there. It may be killed and called
    again.

    `target`: a folder (the web server's root is its link `current`), an rsync destination (user@host:path,
    host::module, rsync://host/module), or a bucket, reached by `access` (s3://bucket/prefix, gs://, az://),
    which nobody may list, neither there nor through `site_url`.

    Looked at are the public files and those private pages whose stamp in `record` is not the published one;
    `full` looks at every file, byte for byte: after a restore, for a host that was never published to, and
    for an audit. `allow`: how many unexplained removals somebody agreed to.
    `mark`: how far the ledger has come, left at the host before anything else: see `read_mark`.

    Whatever else lies in `output` is not sent, and told. Raises PublishError for what `refusals` refuses, the
    host untouched, and where the host fails; EmptyHostError for a part of a site where nothing was published
    yet. No private path is in any message.
    """
    scope = record.scope(full)
    refusals.refuse_what_no_build_made(output, record, scope.links)
    for line in first_few(refusals.not_of_the_build(output, record, scope.links), 3, "and {} more"):
        tell(f"not published, as the build did not make it: {line}")
    with _in_words():
        if is_bucket(target):
            from pipeline.publish.bucket import publish_bucket

            return publish_bucket(output, target, access, site_url, record, scope, mark, allow, tell)
        if is_remote(target):
            return publish_remote(output, target, record, scope, mark, allow, tell)
        return publish_folder(output, _folder(target), record, scope, mark, allow, tell)


def compare_host(output: Path, target: str, record: Record, access: Access = ANYHOW) -> Changes:
    """What a full publish would change: what the host lacks, what differs there, what is none of the site's.

    Every byte is compared, or its digest, and nothing is changed. Raises PublishError.
    """
    with _in_words():
        if is_bucket(target):
            from pipeline.publish.bucket import compare_bucket

            return compare_bucket(output, target, access, record)
        if is_remote(target):
            return compare_remote(output, target, record)
        return compare_folder(output, _folder(target), record)


def read_mark(target: str, access: Access = ANYHOW) -> bytes | None:
    """What was last left at the host of how far the ledger had come; None where there is none.

    It lies beside the site and is not served: it names nobody, and nobody needs it. Raises PublishError.
    """
    with _in_words():
        if is_bucket(target):
            from pipeline.publish.bucket import read_bucket_mark

            return read_bucket_mark(target, access)
        return read_remote_mark(target) if is_remote(target) else read_folder_mark(_folder(target))


def check_access(target: str, seconds: int, access: Access = ANYHOW) -> None:
    """See that the host lets us in, within so many seconds; nothing is changed. Raises PublishError."""
    with _in_words():
        if is_bucket(target):
            from pipeline.publish.bucket import check_bucket

            check_bucket(target, access, seconds)
        elif is_remote(target):
            check_remote(target, seconds)
        else:
            check_folder(_folder(target))


def open_listings(target: str, access: Access, site_url: str, seconds: int) -> list[str]:
    """Where anybody can list a bucket, in words. Raises PublishError where that cannot be found out."""
    from pipeline.publish import listing

    return listing.shown_to_strangers(target, access, site_url, seconds)


def keeps_former_versions(target: str, access: Access, seconds: int) -> bool | None:
    """Whether a bucket keeps what is removed from it; None where that does not show. Raises PublishError."""
    from pipeline.publish import bucket

    return bucket.has_versions(target, access, seconds)


def write_mark(target: str, mark: bytes, access: Access = ANYHOW) -> None:
    """Leave at the host how far the ledger has come. Raises PublishError."""
    with _in_words():
        if is_bucket(target):
            from pipeline.publish.bucket import write_bucket_mark

            write_bucket_mark(target, access, mark)
        elif is_remote(target):
            write_remote_mark(target, mark)
        else:
            write_folder_mark(_folder(target), mark)


def fetch(
    target: str, wanted: Sequence[tuple[str, int]], folder: Path, access: Access = ANYHOW
) -> Iterator[bytes]:
    """The host's copies of these (path below output/, size in bytes), as far as it has files of that size;
    of any where it is 0, as it is not known.

    `folder`: an empty one, for its owner alone, that goes away soon; what comes over the network passes it.
    Raises PublishError where the host fails. No private path is in any message.
    """
    if is_bucket(target):
        from pipeline.publish.bucket import fetch_bucket

        return fetch_bucket(target, access, wanted)
    if is_remote(target):
        return fetch_remote(target, wanted, folder)
    return fetch_folder(_folder(target), wanted)


def _folder(target: str) -> Path:
    return Path(target).expanduser()


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        # Its text would hold the path, and with it a token; so would the traceback's.
        raise PublishError(
            f"The site could not be published: {error.strerror or type(error).__name__}.",
            "Check space and permissions of PUBLISH_TO, then run certs publish: it goes on from there.",
        ) from None
