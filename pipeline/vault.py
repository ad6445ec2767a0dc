"""Issued PDFs at rest, content-addressed: bytes in, their SHA-256 out; linked from here into the site."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline import files
from pipeline.errors import VaultError


class Vault:
    """The folder of issued PDFs. Files are read-only and lie at ab/abcdef..., the folder is its owner's."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, sha256: str) -> Path:
        return Path(self._place(sha256))

    def _place(self, sha256: str) -> str:
        return f"{self._root}/{sha256[:2]}/{sha256}"

    def put_many(self, pdfs: Iterable[bytes]) -> list[str]:
        """Store PDFs and make sure they are on the disk; their digests, in order.

        One sync a batch: until this returns nothing says the files are there, and then they are.
        Raises VaultError where the disk refuses.
        """
        digests, written, folders = [], [], set[str]()
        try:
            for pdf in pdfs:
                digest = hashlib.sha256(pdf).hexdigest()
                digests.append(digest)
                path = self._place(digest)
                try:
                    if os.stat(path).st_size == len(pdf):
                        continue
                except FileNotFoundError:
                    pass
                folder = os.path.dirname(path)
                if folder not in folders:
                    os.makedirs(self._root, 0o700, exist_ok=True)
                    os.makedirs(folder, exist_ok=True)
                    folders.add(folder)
                written.append((f"{path}{files.BESIDE}", path))
                files.write_new(written[-1][0], pdf, 0o444)
            files.put_in_place(written)
            files.sync([self._root] if folders else [])
        except OSError as error:
            for beside, _ in written:
                with contextlib.suppress(OSError):
                    os.unlink(beside)
            raise VaultError(
                f"A certificate could not be stored: {error.strerror}.",
                "Make room on the disk of DATA_DIR, then run again: what was stored stays, the rest follows.",
            ) from error
        return digests

    def read(self, sha256: str) -> bytes:
        """An issued PDF. Raises VaultError where it is missing or was changed."""
        try:
            pdf = self.path(sha256).read_bytes()
        except OSError as error:
            raise _missing(sha256) from error
        if hashlib.sha256(pdf).hexdigest() != sha256:
            raise VaultError(
                f"The vault's file {sha256[:12]}... was changed since it was issued.",
                "Put it back from a backup: certs verify lists every such file.",
            )
        return pdf

    def link(self, sha256: str, destination: Path | str) -> None:
        """Put an issued PDF at `destination`, as a hard link where the file system allows, else a copy."""
        source, beside = self._place(sha256), f"{destination}{files.BESIDE}"
        try:
            os.link(source, destination)  # one call, and enough for every PDF that is new to its page
        except FileNotFoundError as error:
            raise _missing(sha256) from error
        except OSError:  # something lies there, which Linux says first, or no link can lead there
            files.remove(beside)
            if not files.link_or_copy(source, beside):
                files.sync([beside])  # later builds look at its size alone: no power cut may leave it torn
            os.replace(beside, destination)
            files.remove(beside)  # replacing a link by another to the same file leaves it (rename(2))

    def delete(self, digests: Iterable[str]) -> int:
        """Remove issued PDFs; how many were there."""
        count = 0
        for digest in digests:
            path = self.path(digest)
            if path.is_file():
                path.unlink()
                count += 1
        return count

    def digests(self) -> Iterator[str]:
        """What lies in the vault, by name."""
        for folder in sorted(files.scan(self._root)):
            yield from sorted(files.scan(self._root / folder))

    def faults(self, expected: Iterable[tuple[str, int]]) -> Iterator[str]:
        """Every difference between the vault and the (SHA-256, size) that ought to be in it."""
        known = set()
        for sha256, _ in expected:
            known.add(sha256)
            try:
                self.read(sha256)
            except VaultError as error:
                yield error.message
        for name in self.digests():
            if name not in known:
                yield f"the vault's file {name[:12]}... belongs to no certificate"


def _missing(sha256: str) -> VaultError:
    return VaultError(
        f"The vault's file {sha256[:12]}... is missing.",
        "Put it back from a backup: certs verify lists every such file.",
    )
