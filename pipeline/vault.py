"""Issued PDFs at rest, content-addressed: bytes in, their SHA-256 out; linked from here into the site."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline.errors import VaultError


class Vault:
    """The folder of issued PDFs. Files are read-only and lie at ab/abcdef..., the folder is its owner's."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(parents=True, exist_ok=True)
        root.chmod(0o700)

    def path(self, sha256: str) -> Path:
        return Path(self._place(sha256))

    def _place(self, sha256: str) -> str:
        return f"{self._root}/{sha256[:2]}/{sha256}"

    def put_many(self, pdfs: Iterable[bytes]) -> list[str]:
        """Store PDFs and make sure they are on the disk; their digests, in order.

        One sync a batch: until this returns nothing says the files are there, and then they are.
        Raises VaultError where the disk refuses.
        """
        digests, written, folders = [], [], set()
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
                    os.makedirs(folder, exist_ok=True)
                    folders.add(folder)
                beside = f"{path}.part"
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(beside)  # of a run that was killed; it may be read-only
                with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444), "wb") as file:
                    file.write(pdf)
                written.append((beside, path))
            _sync([beside for beside, _ in written])
            for beside, path in written:
                os.replace(beside, path)
            _sync([*folders, str(self._root)] if written else [])
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
        source, beside = self._place(sha256), f"{destination}.part"
        try:
            os.link(source, destination)
            return
        except FileNotFoundError as error:
            raise _missing(sha256) from error
        except OSError:  # something lies there, which is said first, or no link leads there: seen below
            pass
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)  # of a run that was killed; it may be read-only
        try:
            os.link(source, beside)
        except OSError:  # another file system, or one without hard links
            shutil.copyfile(source, beside)
            os.chmod(beside, 0o444)
            _sync([beside])  # later builds look at its size alone: no power cut may leave it torn
        os.replace(beside, destination)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)  # replacing a link by another to the same file leaves it (rename(2))

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
        for folder in sorted(os.listdir(self._root)):
            yield from sorted(os.listdir(self._root / folder))

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


def _sync(paths: list[str]) -> None:
    """Wait until these are on the disk: one sync(2) where that waits (Linux), else one fsync(2) each."""
    if len(paths) > 20 and sys.platform == "linux":
        os.sync()
        return
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
