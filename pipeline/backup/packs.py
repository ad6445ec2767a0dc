"""Packs: the certificates of a folder of backups, each once, some two thousand in a file.

A pack is never written into. Its name is its SHA-256 and its size, so that one which was cut off is seen by
looking, and one which was altered by hashing. What no backup of the folder holds any more leaves by writing
the rest of its pack anew.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

from pipeline import files
from pipeline.backup import archive
from pipeline.errors import CertsError, VaultError
from pipeline.lock import lock

PACKS = "certs-packs"  # beside the backups
NAME = re.compile(r"([0-9a-f]{64})-([0-9]+)\.tar\.zst")
PACK = 2048  # certificates: written anew in a second where one of them goes
SMALL_PACK, FEW_SMALL = 500_000, 16  # bytes; so many of them stay: a meeting's stragglers come by the dozen
BESIDE = f"new{files.BESIDE}"
UNTIDY = "untidy"  # what this file says: a certificate that no backup holds may still be in a pack
README = """\
Backups of certs. With the program itself: certs restore FOLDER --list, then certs restore FOLDER

Without it, with zstd, tar, sha256sum and sqlite3, in an empty folder; BACKUPS is the folder above this one,
and NAME the file of the backup that is wanted, certs-(date)T(time in UTC)Z-....tar.zst:

    for pack in BACKUPS/certs-packs/*.tar.zst; do zstd -dc "$pack" | tar -xf - vault; done
    zstd -dc BACKUPS/NAME | tar -xf -
    sha256sum --check --quiet SHA256SUMS
    sqlite3 ledger.sqlite3 "SELECT name, sha256 FROM version"

vault/ab/abcdef... are the certificates: PDF files, each named by its SHA-256.
It all holds personal data and private links.
"""


class Packs:
    """The packs beside the backups in a folder."""

    def __init__(self, folder: Path) -> None:
        self._root = folder / PACKS
        self.added = 0  # certificates that were new to the packs

    @contextmanager
    def held(self, actor: str, at: str) -> Iterator[None]:
        """Nobody else writes or reads here meanwhile. Raises LockedError, CertsError."""
        if self._root.is_symlink():
            raise CertsError(f"{self._root} is a link; nothing was written.", "Put a folder in its place.")
        self._root.mkdir(mode=files.PRIVATE_FOLDER, exist_ok=True)  # no chmod: a stick may not know it
        with lock(self._root, actor, at):
            files.remove(self._root / BESIDE)
            if not (self._root / "README.txt").is_file():
                files.replace(str(self._root / "README.txt"), README.encode())
            yield

    def paths(self) -> list[Path]:
        """Every pack, in an order that stays."""
        found = sorted(files.scan(self._root).items())
        return [Path(one.path) for name, one in found if NAME.fullmatch(name) and not one.is_symlink()]

    def mend(self, thorough: bool) -> list[str]:
        """Names of packs that are damaged; what can be read of them is in another pack now.

        `thorough`: hash each, where otherwise its size is compared and its list read.
        """
        found = [path for path in self.paths() if not _is_whole(path, thorough)]
        if found:
            self.note_untidy()
        for path in found:
            self._write_anew([path], ())
        return [path.name for path in found]

    def add(self, digests: Sequence[str], vault: Path) -> None:
        """Pack what is not there yet. Raises MissingError, VaultError for what the vault lacks."""
        missing = dict.fromkeys(digests)
        for path in self.paths():
            for digest in archive.pack_list(path):
                missing.pop(digest, None)
        new = list(missing)
        for at in range(0, len(new), PACK):
            part = new[at : at + PACK]
            self._store(part, ((digest, *archive.stored_pdf(vault, digest)) for digest in part))
            self.added += len(part)

    def note_untidy(self) -> None:
        """A backup is about to come or go: should this be killed, the next one tidies up."""
        (self._root / UNTIDY).touch(files.PRIVATE)
        files.sync([self._root])

    def is_untidy(self) -> bool:
        return (self._root / UNTIDY).exists()

    def tidy(self, backups: Iterable[Path], vault: Path) -> None:
        """Leave no byte of a certificate that none of these backups, oldest first, holds; join small packs.

        What turns out to be damaged is packed anew from the vault, as far as the last backup needs it.
        """
        unneeded, needed = (
            {digest for path in self.paths() for digest in archive.pack_list(path)},
            list[str](),
        )
        for backup in backups:
            with suppress(VaultError):  # whose list cannot be read holds nothing that anybody can restore
                needed = archive.list_of(backup)
                unneeded.difference_update(needed)
        lost = False
        for path in self.paths() if unneeded else ():
            listed = archive.pack_list(path)
            if unneeded.issuperset(listed):
                path.unlink()
            elif not unneeded.isdisjoint(listed):
                lost |= self._write_anew([path], unneeded)
        small = [path for path in self.paths() if path.stat().st_size < SMALL_PACK]
        if len(small) > FEW_SMALL:
            lost |= self._write_anew(small, ())
        if lost:
            self.add(needed, vault)
        (self._root / UNTIDY).unlink(missing_ok=True)

    def read(self, wanted: Collection[str]) -> Iterator[tuple[str, int, bytes]]:
        """SHA-256, time in seconds and bytes of what of these can be read, each once."""
        left = set(wanted)
        for path in self.paths():
            with suppress(VaultError):
                if left.isdisjoint(archive.pack_list(path)):
                    continue
            for digest, mtime, pdf in archive.certificates_in(path):
                if digest in left:
                    left.remove(digest)
                    yield digest, mtime, pdf

    def naming(self, digests: Collection[str]) -> list[str]:
        """Names of the packs that list one of these, or whose list cannot be read."""
        found = []
        for path in self.paths():
            try:
                if not set(digests).isdisjoint(archive.pack_list(path)):
                    found.append(path.name)
            except VaultError:
                found.append(path.name)
        return found

    def _write_anew(self, paths: Sequence[Path], dropped: Collection[str]) -> bool:
        """Put what can be read of these packs, but for what is dropped, into new ones in their place; whether
        something that they list could not be read."""
        kept = [digest for digest, _, _ in _survivors(paths, dropped)]
        survivors, made = _survivors(paths, dropped), set[Path]()
        for at in range(0, len(kept), PACK):
            part = kept[at : at + PACK]
            made.add(self._store(part, islice(survivors, len(part))))
        listed = set[str]()
        for path in paths:
            with suppress(VaultError):
                listed.update(archive.pack_list(path))
        for path in set(paths) - made:
            path.unlink()
        files.sync([self._root])
        return not listed.issubset({*kept, *dropped})

    def _store(self, digests: Sequence[str], certificates: Iterable[tuple[str, int, bytes]]) -> Path:
        """One pack, in its place once it was read back."""
        beside = self._root / BESIDE
        files.remove(beside)
        try:
            with archive.writing(beside) as pack:
                archive.add_sums(pack, digests)
                for digest, mtime, pdf in certificates:
                    archive.add_certificate(pack, digest, pdf, mtime)
            archive.prove(beside, None, digests)
            path = self._root / f"{archive.file_sha256(beside)}-{beside.stat().st_size}.tar.zst"
            files.put_in_place([(beside, path)])
        finally:
            files.remove(beside)
        return path


def _is_whole(path: Path, thorough: bool) -> bool:
    fits = NAME.fullmatch(path.name)
    if fits is None or path.stat().st_size != int(fits[2]):
        return False
    try:
        archive.pack_list(path)
    except VaultError:
        return False
    return not thorough or archive.file_sha256(path) == fits[1]


def _survivors(paths: Iterable[Path], dropped: Collection[str]) -> Iterator[tuple[str, int, bytes]]:
    """What can be read of these packs, each certificate once, but for what is dropped."""
    seen = set(dropped)
    for path in paths:
        for digest, mtime, pdf in archive.certificates_in(path):
            if digest not in seen:
                seen.add(digest)
                yield digest, mtime, pdf
