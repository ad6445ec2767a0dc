"""A bucket as web host: one object a file, under its path below output/. PDFs go before the pages that offer
them; removals come last.

What lies there is known from the ledger: a bucket is listed only below the pages that change, and as a whole
where the mark there says that it is not as the ledger left it, or where staff ask for it. Where nothing
changed, nothing is written, removed or listed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import EmptyHostError, PublishError
from pipeline.publish import refusals
from pipeline.publish.access import Access
from pipeline.publish.listing import refuse_open_listing
from pipeline.publish.record import PAGE, Changes, Link, Record, Scope
from pipeline.publish.store import SHA256, Bucket, Kept, StoredObject
from pipeline.rules.text import counted
from pipeline.rules.web.headers import HEADERS_FILE
from pipeline.rules.web.objects import object_headers, rules_digest, stamps_of_public

MARK_FILE = ".certs-mark.json"  # how far the ledger had come; it names nobody


@dataclass
class Errand:
    """What is to be done to a bucket, as paths below it."""

    pdfs: dict[str, str] = field(default_factory=dict)  # with the SHA-256 of each file
    public: dict[str, str] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    there: int = 0  # of those that are sent, how many take another's place

    @property
    def sent(self) -> list[str]:
        return [*self.pdfs, *self.public, *self.pages]

    def add(self, path: str, sha256: str, *, is_public: bool, is_there: bool) -> None:
        kind = self.public if is_public else self.pages if path.endswith(f"/{PAGE}") else self.pdfs
        kind[path] = sha256
        self.there += is_there

    def changes(self, is_site: bool) -> Changes:
        new = len(self.sent) - self.there
        return Changes(new, self.there, tuple(self.removed), len(self.removed), is_site)


def publish_bucket(
    output: Path,
    target: str,
    access: Access,
    site_url: str,
    record: Record,
    scope: Scope,
    mark: bytes,
    allow: int,
    tell: Callable[[str], None],
) -> Changes:
    """Bring the bucket to `output`, as far as `scope` says."""
    bucket, host = Bucket(target, access), record.host
    former = bucket.read(MARK_FILE)
    if (former and former.data) != host.mark:
        raise _another_publisher(target)
    is_known = host.is_ours and host.public.get(HEADERS_FILE) == rules_digest()
    if not is_known:
        if record.is_part:
            raise EmptyHostError(target)
        scope = record.everything()
    if scope.is_whole:
        errand = _whole(bucket, output, record, scope, former)
    else:
        errand = _part(bucket, output, record, scope)
    changes = errand.changes(is_site=former is not None)
    refusals.refuse_unexplained_removals(changes, record, allow)
    if is_known and not changes:
        return changes
    if errand.pdfs or errand.pages:
        refuse_open_listing(target, access, site_url)
    if changes:
        tell(f"{counted(len(errand.sent), 'file')} to {target}, {len(errand.removed)} removed")
    host.foresee(errand.sent, errand.removed)
    _leave_mark(bucket, mark, former, tell)
    for kind in (errand.pdfs, errand.public, errand.pages):
        _send(bucket, output, kind)
    bucket.remove(errand.removed)
    return changes


def compare_bucket(output: Path, target: str, access: Access, record: Record) -> Changes:
    """What a publish of everything would change there; nothing is changed."""
    bucket = Bucket(target, access)
    return _whole(bucket, output, record, record.everything(), bucket.read(MARK_FILE)).changes(is_site=True)


def fetch_bucket(target: str, access: Access, wanted: Iterable[tuple[str, int]]) -> Iterator[bytes]:
    """Copies of these (path, size) in the bucket; what it lacks is left out."""
    bucket = Bucket(target, access)
    for name, size in wanted:
        found = bucket.read(name)
        if found and size in (0, len(found.data)):
            yield found.data


def read_bucket_mark(target: str, access: Access) -> bytes | None:
    """What was last left there of how far the ledger had come."""
    found = Bucket(target, access).read(MARK_FILE)
    return found.data if found else None


def write_bucket_mark(target: str, access: Access, mark: bytes) -> None:
    """Leave it there."""
    bucket = Bucket(target, access)
    _leave_mark(bucket, mark, bucket.read(MARK_FILE), lambda _text: None)


def check_bucket(target: str, access: Access, seconds: int) -> None:
    """See that it lets us in, and may be listed by us. Raises PublishError."""
    Bucket(target, access, seconds).can_list()


def has_versions(target: str, access: Access, seconds: int) -> bool | None:
    """Whether the bucket keeps what is removed from it, as the mark there shows; None where there is no mark
    yet, and of Google, which names a version always."""
    found = Bucket(target, access, seconds).read(MARK_FILE)
    if found is None or target.startswith("gs:"):
        return None
    return found.version.get("version") not in (None, "null")


def _leave_mark(bucket: Bucket, mark: bytes, former: Kept | None, tell: Callable[[str], None]) -> None:
    """In the place of the former one alone: of two machines that publish at once one is refused."""
    if former and former.data == mark:
        return
    is_ours = bucket.replace(MARK_FILE, mark, former)
    if is_ours and not bucket.refuses_a_second(MARK_FILE, mark):
        tell(f"{bucket.target} knows no conditional writes: see to it that no two machines publish at once")
    now = bucket.read(MARK_FILE)  # also one of ours whose answer was lost on the way
    if now is None or now.data != mark:
        raise _another_publisher(bucket.target)


def _another_publisher(target: str) -> PublishError:
    return PublishError(
        f"Another machine publishes to {target} at this moment; nothing was sent from here.",
        "Find out which, and wait until it is done; then run certs publish.",
    )


def _send(bucket: Bucket, output: Path, files: Mapping[str, str]) -> None:
    """Each is read when its turn comes; what is not what the build made, or was issued, is not sent."""

    async def send(path: str) -> None:
        data = (output / path).read_bytes()
        if hashlib.sha256(data).hexdigest() != files[path]:
            raise PublishError(
                "A file changed in output/ while it was published.", "Run certs build, then publish again."
            )
        await bucket.put(path, data, files[path])

    bucket.each(files, send)


def _part(bucket: Bucket, output: Path, record: Record, scope: Scope) -> Errand:
    """By what the ledger says, and by what lies below the pages that change or go."""
    errand, known, stamps = Errand(), record.host.public, stamps_of_public(record.public)
    for path, stamp in stamps.items():
        if path != HEADERS_FILE and known.get(path) != stamp:
            errand.add(path, stamp, is_public=True, is_there=bool(known.get(path)))
    errand.removed += [path for path in known if path not in stamps]
    below: dict[str, dict[str, StoredObject]] = {}

    async def look(page: str) -> None:
        below[page] = await bucket.below(page)

    bucket.each([*(page for page in scope.pages if page in record.sent), *scope.gone], look)
    for link in scope.links:
        there = below.get(link.page, {})
        for name, sha256 in _belongs(link):
            # A PDF's name is new with each version, so its size tells; a page's name is not.
            path, other = f"{link.page}/{name}", there.get(name)
            is_same = other is not None and (
                other.e_tag == _md5(output / path)
                if name == PAGE
                else other.size == os.path.getsize(output / path)
            )
            if not is_same:
                errand.add(path, sha256, is_public=False, is_there=other is not None)
        errand.removed += [f"{link.page}/{name}" for name in there if name not in link.names]
    for page in scope.gone:
        errand.removed += [f"{page}/{name}" for name in below[page]]
    return errand


def _whole(bucket: Bucket, output: Path, record: Record, scope: Scope, former: Kept | None) -> Errand:
    """By all that lies there: size, digest and headers of each file. Where the store's ETag is no MD5, the
    digest is the one that was left beside the file. What begins with a dot at the top is the host's own."""
    errand, there = Errand(), bucket.everything()
    wanted = {path: sha256 for path, sha256 in record.public.items() if path != HEADERS_FILE}
    for link in scope.links:
        wanted |= {f"{link.page}/{name}": sha256 for name, sha256 in _belongs(link)}
    is_md5 = (
        former is not None and former.e_tag == hashlib.md5(former.data, usedforsecurity=False).hexdigest()
    )

    sizes = {path: os.path.getsize(output / path) for path in wanted}

    async def look(path: str) -> None:
        stored = None
        if path in there and there[path].size == sizes[path]:
            stored = await bucket.ask(path)
        if stored is None or not (
            (stored.e_tag == _md5(output / path) if is_md5 else stored.headers.get(SHA256) == wanted[path])
            and object_headers(path).items() <= stored.headers.items()
        ):
            errand.add(path, wanted[path], is_public=path in record.public, is_there=path in there)

    bucket.each(wanted, look)
    errand.removed += [path for path in there if path not in wanted and not path.startswith(".")]
    return errand


def _belongs(link: Link) -> Iterator[tuple[str, str]]:
    """Each file of a page, with its SHA-256."""
    yield from ((file.name, file.sha256) for file in link.files)
    yield PAGE, link.sha256


def _md5(path: Path) -> str:
    """As many stores name a file's bytes; it protects nothing."""
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
