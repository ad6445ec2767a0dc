"""What a backup is on disk: a tar archive, compressed by zstd; docs/backup-format.md has it for readers.

manifest.json, then SHA256SUMS of all that belongs to the backup, ledger.sqlite3, and vault/ab/abcdef..., each
certificate under its SHA-256. In a folder of backups the certificates lie in packs instead, each a file with
SHA256SUMS and certificates: content never changes once it was issued, so many backups share them.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass
from itertools import zip_longest
from pathlib import Path
from types import MappingProxyType
from typing import IO, BinaryIO

import zstandard

from pipeline import files
from pipeline.errors import VaultError

FORMAT = 2
PLAIN_FORMAT = 1  # a tar archive that is not compressed, without SHA256SUMS: how backups were written before
MANIFEST, SUMS, LEDGER, VAULT = "manifest.json", "SHA256SUMS", "ledger.sqlite3", "vault"
MEMBER = re.compile(r"vault/([0-9a-f]{2})/(\1[0-9a-f]{62})")
# Keys of seals, after all else, where staff ask for them: each file of DATA_DIR/keys under its own name.
KEY_MEMBER = re.compile(r"keys/[A-Za-z0-9_-]{43}\.(?:key|crt)")
BLOCK = 1 << 17  # bytes read at once: what is left of a block is copied at each read of tarfile
SMALL = 1 << 16  # bytes a manifest may have
MAGIC = b"\x28\xb5\x2f\xfd"  # of a zstd frame: RFC 8878, 3.1.1
# Certificates of one design differ by some 3 kB of 77: a window holds a few hundred of them, and the last one
# that looks alike. A higher level takes longer and saves little.
LEVEL, WINDOW_LOG = 3, 24
UNREADABLE = (tarfile.TarError, EOFError, zstandard.ZstdError)  # what reading a damaged archive raises

Entry = tuple[str, int]  # SHA-256 and bytes of a certificate
NO_KEYS: Mapping[str, bytes] = MappingProxyType({})

Digests = Callable[[Path], Iterable[Entry]]


class MissingError(VaultError):
    """The vault lacks a PDF that the ledger knows, or knew until retention took both."""


@dataclass(frozen=True)
class Backup:
    """What a backup holds."""

    ledger_sha256: str
    ledger_size: int  # bytes
    pdfs: int
    pdf_size: int  # bytes, all together
    in_packs: bool = False  # its certificates lie in the packs beside it
    format: int = FORMAT


@contextmanager
def writing(path: Path) -> Iterator[tarfile.TarFile]:
    """A new archive, readable by its owner alone. Not durable."""
    parameters = zstandard.ZstdCompressionParameters.from_level(
        LEVEL, window_log=WINDOW_LOG, write_checksum=True
    )
    compressor = zstandard.ZstdCompressor(compression_params=parameters)
    with (
        os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, files.PRIVATE), "wb") as raw,
        compressor.stream_writer(raw, closefd=False) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        yield archive


@contextmanager
def reading(path: Path) -> Iterator[tarfile.TarFile]:
    """An archive, compressed or as they were before, to be read from its beginning to its end."""
    with open(path, "rb") as raw:
        is_compressed = raw.read(len(MAGIC)) == MAGIC
        raw.seek(0)
        reader = zstandard.ZstdDecompressor().stream_reader(raw, closefd=False) if is_compressed else None
        with (
            reader or nullcontext(),
            tarfile.open(fileobj=reader or raw, mode="r|", bufsize=BLOCK) as archive,
        ):
            yield archive


def add(archive: tarfile.TarFile, name: str, content: BinaryIO, size: int, mtime: int = 0) -> None:
    """One more member of an archive that is written."""
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = size, mtime, 0o400
    archive.addfile(member, content)
    _forget_members(archive)


def add_manifest(archive: tarfile.TarFile, backup: Backup) -> None:
    text = json.dumps(asdict(backup), indent=1).encode()
    add(archive, MANIFEST, io.BytesIO(text), len(text))


def add_sums(archive: tarfile.TarFile, digests: Iterable[str], ledger_sha256: str = "") -> None:
    """SHA256SUMS, as sha256sum(1) reads it: of a ledger where there is one, and of these certificates."""
    lines = [f"{ledger_sha256}  {LEDGER}\n"] if ledger_sha256 else []
    lines += [f"{digest}  {member_name(digest)}\n" for digest in digests]
    text = "".join(lines).encode()
    add(archive, SUMS, io.BytesIO(text), len(text))


def add_certificate(archive: tarfile.TarFile, digest: str, pdf: bytes, mtime: int) -> None:
    """`mtime`: of its file in the vault, in seconds."""
    add(archive, member_name(digest), io.BytesIO(pdf), len(pdf), mtime)


def member_name(digest: str) -> str:
    """The name of a certificate in an archive."""
    return f"{VAULT}/{digest[:2]}/{digest}"


def sums_of(archive: tarfile.TarFile) -> list[str]:
    """SHA-256 of each certificate that the next member, SHA256SUMS, lists. Raises VaultError."""
    text = member_content(archive, next_member(archive), SUMS).read().decode("ascii", "replace")
    return [line[:64] for line in text.splitlines() if not line.endswith(LEDGER)]


def read_manifest(archive: tarfile.TarFile, name: str) -> Backup:
    """The first member of a backup, `name` for the reader. Raises VaultError."""
    member = next_member(archive)
    if member is None or member.name != MANIFEST or not member.isreg() or member.size > SMALL:
        raise VaultError(f"{name} is no backup of certs.", "Name a file that certs backup wrote.")
    try:
        values = json.loads(member_content(archive, member, MANIFEST).read())
        version = values["format"]
        if version not in (PLAIN_FORMAT, FORMAT):
            raise VaultError(
                f"{name} has format {version}; this program knows {FORMAT}.",
                "It was written by a newer version of certs: use that one.",
            )
        return Backup(**values)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise damaged("its manifest cannot be read") from error


def next_member(archive: tarfile.TarFile) -> tarfile.TarInfo | None:
    """The next one of an archive that is read; None after the last."""
    member = archive.next()
    _forget_members(archive)
    return member


def member_content(archive: tarfile.TarFile, member: tarfile.TarInfo | None, name: str) -> IO[bytes]:
    """The content of a member that must be a file of this name. Raises VaultError where it is not."""
    content = archive.extractfile(member) if member is not None and member.isreg() else None
    if member is None or member.name != name or content is None:
        raise damaged("it holds what belongs in no backup")
    return content


def file_sha256(path: Path) -> str:
    """SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def stored_pdf(vault: Path, digest: str) -> tuple[int, bytes]:
    """Time in seconds and bytes of a certificate in the vault; the bytes are compared with their SHA-256.

    Raises MissingError, VaultError.
    """
    try:
        with open(vault / digest[:2] / digest, "rb") as file:
            pdf, mtime = file.read(), int(os.fstat(file.fileno()).st_mtime)
    except FileNotFoundError:
        raise MissingError(
            f"The vault lacks a certificate that the ledger refers to ({digest[:12]}...).",
            "certs verify names every such file; put it back from an older backup.",
        ) from None
    if hashlib.sha256(pdf).hexdigest() != digest:
        raise VaultError(
            f"The vault's file {digest[:12]}... was changed since it was issued, so no backup was written.",
            "Put it back from an older backup: certs verify lists every such file.",
        )
    return mtime, pdf


def manifest_of(path: Path) -> Backup:
    """What a backup says of itself. Raises VaultError."""
    with _told(path), reading(path) as archive:
        return read_manifest(archive, path.name)


def list_of(path: Path) -> list[str]:
    """The SHA-256 of the certificates that a backup has in packs. Raises VaultError."""
    with _told(path), reading(path) as archive:
        return sums_of(archive) if read_manifest(archive, path.name).in_packs else []


def pack_list(path: Path) -> list[str]:
    """The SHA-256 of the certificates that a pack lists. Raises VaultError."""
    with _told(path), reading(path) as archive:
        return sums_of(archive)


def certificates_in(path: Path) -> Iterator[tuple[str, int, bytes]]:
    """SHA-256 (computed here), time in seconds, bytes of each certificate, as far as a file can be read."""
    with suppress(*UNREADABLE), reading(path) as archive:
        while (member := next_member(archive)) is not None:
            if MEMBER.fullmatch(member.name) and (content := archive.extractfile(member)):
                pdf = content.read()
                yield hashlib.sha256(pdf).hexdigest(), int(member.mtime), pdf


def prove(
    path: Path, backup: Backup | None, digests: Sequence[str], keys: Mapping[str, bytes] = NO_KEYS
) -> None:
    """Read a file from the disk and hash all in it: a backup, or a pack (None), of these certificates and
    keys.

    Raises VaultError where it holds anything else.
    """
    _leave_memory(path)
    expected = [(LEDGER, backup.ledger_sha256)] if backup else []
    if backup is None or not backup.in_packs:
        expected += [(member_name(digest), digest) for digest in digests]
    expected += [(name, hashlib.sha256(data).hexdigest()) for name, data in keys.items()]
    with _told(path), reading(path) as archive:
        is_right = (
            (backup is None or read_manifest(archive, path.name) == backup)
            and sums_of(archive) == list(digests)
            and all(found == wanted for found, wanted in zip_longest(_hashes(archive), expected))
        )
    if not is_right:
        raise damaged(f"{path.name} does not hold what was written into it")


def prove_backup(path: Path) -> None:
    """Read the file of a backup from the disk, of any format, and hash all in it.

    Raises VaultError where it holds anything else than its manifest and its own names say.
    """
    _leave_memory(path)
    with _told(path), reading(path) as archive:
        backup = read_manifest(archive, path.name)
        listed = backup.pdfs if backup.format == PLAIN_FORMAT else len(sums_of(archive))
        ledger = next(_hashes(archive), None)
        certificates = [one for one in _hashes(archive) if not KEY_MEMBER.fullmatch(one[0])]
    if (
        ledger != (LEDGER, backup.ledger_sha256)
        or any(name != member_name(digest) for name, digest in certificates)
        or (listed, len(certificates)) != (backup.pdfs, 0 if backup.in_packs else backup.pdfs)
    ):
        raise damaged(f"{path.name} does not hold what it says")


def _leave_memory(path: Path) -> None:
    """Let the disk be read next, not what memory has of a file."""
    files.sync([path])
    with open(path, "rb") as file:
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _hashes(archive: tarfile.TarFile) -> Iterator[tuple[str, str]]:
    while (member := next_member(archive)) is not None:
        content = member_content(archive, member, member.name)
        yield member.name, hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except UNREADABLE as error:
        raise damaged(f"{path.name} cannot be read ({error})") from error


def damaged(what: str) -> VaultError:
    return VaultError(f"The backup is damaged: {what}.", "Take another backup.")


def _forget_members(archive: tarfile.TarFile) -> None:
    """tarfile remembers every member it has seen: half a gigabyte for a full vault."""
    archive.members = []  # type: ignore[attr-defined]
