"""Issued PDFs at rest, content-addressed: bytes in, their SHA-256 out; linked from here into the site.

A file's time is no date: it is made of the SHA-256 when the bytes are written, so that whoever writes into
the file later changes it. What has its size and this time is taken for unchanged, what has not is read.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pipeline import files
from pipeline.errors import VaultError

DIGEST = re.compile(r"[0-9a-f]{64}")
FIRST = 978_307_200  # seconds: 2001-01-01, the earliest of these times
MODE = (
    0o444  # nobody writes, all who reach it may read: the same file lies beside its page, for the web server
)

ISSUED = stat.S_IFREG | MODE
NAMES = 2  # of a file, at most: here, and beside its page


@dataclass
class Faults:
    """Where the vault is not as it must be: paths below it."""

    altered: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)  # links, and files with a further name elsewhere
    modes: list[str] = field(default_factory=list)  # other permissions than it gives


@dataclass
class Stored:
    """Where the vault is not as it ought to be; nothing of what is as it ought to be."""

    missing: set[str] = field(default_factory=set)  # SHA-256 of those that are not there
    spoilt: set[str] = field(default_factory=set)  # of those that were changed since they were issued
    unknown: set[str] = field(default_factory=set)  # of those that ought not to be there


class Expected(Protocol):
    """What ought to be in the vault."""

    def stored(self) -> int:
        """How many files."""

    def digests(self, beginning: str) -> Mapping[str, int]:
        """Their sizes in bytes by SHA-256, of those that begin so."""


class Vault:
    """The folder of issued PDFs. Files are read-only and lie at ab/abcdef..., the folder is its owner's."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._counts: dict[str, tuple[int, int]] = {}  # of folders that were listed: time, entries

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
                if is_unchanged(path, digest, len(pdf)):
                    continue
                folder = os.path.dirname(path)
                if folder not in folders:
                    files.make_folder(folder, files.PRIVATE_FOLDER)
                    folders.add(folder)
                beside = f"{path}{files.BESIDE}"
                written.append((beside, path))
                files.write_new(beside, pdf, MODE)
                mark(beside, digest)
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
            with open(self._place(sha256), "rb") as file:
                pdf = file.read()
        except OSError as error:
            raise _missing(sha256) from error
        if hashlib.sha256(pdf).hexdigest() != sha256:
            raise _changed(sha256)
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

    def names(self, sha256: str, size: int, copy: str, thorough: bool) -> int:
        """How many names has the file at `copy`, if it is this PDF? 2: the vault's own, 1: a copy, 0: no.

        A copy on another disk is known by its size and time; where those differ, and where `thorough`, by its
        bytes.
        """
        with contextlib.suppress(OSError):  # the vault lost it
            if os.path.samestat(os.stat(self._place(sha256)), os.lstat(copy)):
                return 2
        return int(is_unchanged(copy, sha256, size, thorough))

    def digests(self) -> Iterator[str]:
        """What lies in the vault, by name."""
        return (entry.name for entry in self._entries())

    def look(self, expected: Callable[[str], Mapping[str, int]]) -> Stored:
        """Hold the vault against what ought to be in it, a folder at a time.

        `expected`: sizes in bytes by SHA-256, of those that begin so. Files that have their size and time are
        not read. What a killed run left half-written goes. What staff put there from a backup is given its
        permissions: the same file is offered on the web.
        """
        found = Stored()
        for beginning, folder in self._folders():
            known = expected(beginning)
            if not folder:
                found.missing |= known.keys()
                continue
            since, names = os.stat(folder).st_mtime_ns, os.listdir(folder)
            self._counts[folder] = since, len(names)
            doubtful = _not_as_issued(folder, known)
            if doubtful or not known.keys() >= set(names):
                _look_closely(found, folder, known, doubtful)
        return found

    def look_at_names(self, expected: Expected) -> Stored:
        """The same by names alone: nothing is looked into, and nothing is changed. Where as many lie there as
        ought to, names are not compared: to count takes a third of the time, and `look` compares them."""
        found = Stored()
        if sum(self._count(folder) for _, folder in self._folders() if folder) == expected.stored():
            return found
        for beginning, folder in self._folders():
            known, names = expected.digests(beginning), set(os.listdir(folder) if folder else ())
            found.missing |= known.keys() - names
            if others := names - known.keys():
                entries = files.scan(folder)
                found.unknown |= {
                    name for name in others & entries.keys() if _is_stored(beginning, entries[name])
                }
        return found

    def _count(self, folder: str) -> int:
        """How many entries it has: as before, where its own time says that none came or went since."""
        now = os.stat(folder).st_mtime_ns
        since, count = self._counts.get(folder, (0, 0))
        return count if since == now else len(os.listdir(folder))

    def faults(self, expected: Mapping[str, int]) -> Faults:
        """Read all: every difference between the vault and what ought to be in it, sizes by SHA-256."""
        found, there = self._strays(), set()
        for entry in self._entries():
            there.add(entry.name)
            if entry.name not in expected:
                found.strays.append(f"{entry.name[:2]}/{entry.name}")
            elif not is_unchanged(entry.path, entry.name, expected[entry.name], thorough=True):
                found.altered.append(f"{entry.name[:2]}/{entry.name}")
        found.missing += [f"{name[:2]}/{name}" for name in sorted(expected.keys() - there)]
        return found

    def _strays(self) -> Faults:
        found = Faults()
        for folder in files.scan(self._root).values():
            if not _is_folder(folder):
                (found.links if folder.is_symlink() else found.strays).append(folder.name)
                continue
            if stat.S_IMODE(folder.stat().st_mode) != files.PRIVATE_FOLDER:
                found.modes.append(folder.name)
            for entry in files.scan(folder.path).values():
                path = f"{folder.name}/{entry.name}"
                if not _is_stored(folder.name, entry):
                    (found.links if entry.is_symlink() else found.strays).append(path)
                    continue
                if stat.S_IMODE(entry.stat().st_mode) != MODE:
                    found.modes.append(path)
                if entry.stat().st_nlink > NAMES:
                    found.links.append(path)
        return found

    def _entries(self) -> Iterator[os.DirEntry[str]]:
        """The files of the vault. What is no file of its is nobody's, and left alone."""
        for beginning, folder in self._folders():
            for _, entry in sorted(files.scan(folder).items()) if folder else ():
                if _is_stored(beginning, entry):
                    yield entry

    def _folders(self) -> Iterator[tuple[str, str]]:
        """How names begin, each with the folder of the files whose names do; empty where there is none."""
        there = files.scan(self._root)
        for beginning in (f"{number:02x}" for number in range(256)):
            entry = there.get(beginning)
            yield beginning, entry.path if entry is not None and _is_folder(entry) else ""


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return len(entry.name) == 2 and entry.is_dir(follow_symlinks=False)


def _is_stored(folder: str, entry: os.DirEntry[str]) -> bool:
    name = entry.name
    return (
        name.startswith(folder)
        and DIGEST.fullmatch(name) is not None
        and entry.is_file(follow_symlinks=False)
    )


def _not_as_issued(folder: str, known: Mapping[str, int]) -> set[str]:
    """Those that have not their size, time and permissions. Almost all have, and one look tells: by a name in
    an open folder it takes three quarters of what it takes by a path."""
    there, found = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC), set[str]()
    try:
        for name, size in known.items():
            try:
                seen = os.stat(name, dir_fd=there, follow_symlinks=False)
            except OSError:
                found.add(name)
                continue
            if (seen.st_size, seen.st_mtime_ns, seen.st_mode) != (size, _time_of(name), ISSUED):
                found.add(name)
    finally:
        os.close(there)
    return found


def _look_closely(found: Stored, folder: str, known: Mapping[str, int], doubtful: set[str]) -> None:
    """Add to what was found in a folder: what is the matter with the doubtful, and what nobody knows."""
    entries = files.scan(folder)
    for name in doubtful:
        entry = entries.get(name)
        if entry is None or not entry.is_file(follow_symlinks=False):
            found.missing.add(name)
        elif not is_unchanged(entry.path, name, known[name], entry=entry):
            found.spoilt.add(name)
        elif stat.S_IMODE(entry.stat(follow_symlinks=False).st_mode) != MODE:
            with contextlib.suppress(PermissionError):  # of another owner: verify tells
                os.chmod(entry.path, MODE)
    for name in entries.keys() - known.keys():
        if name.endswith(files.BESIDE):
            files.remove(entries[name].path)
        elif _is_stored(os.path.basename(folder), entries[name]):
            found.unknown.add(name)


def is_unchanged(
    path: str, sha256: str, size: int, thorough: bool = False, entry: os.DirEntry[str] | None = None
) -> bool:
    """Whether a file has these bytes: by size and time, or else by reading it, which `thorough` always does.

    One that has them and another time gets the time. `entry`: of its folder, where that was read.
    """
    try:
        found = entry.stat(follow_symlinks=False) if entry else os.lstat(path)
        if not stat.S_ISREG(found.st_mode) or found.st_size != size:
            return False
        is_marked = found.st_mtime_ns == _time_of(sha256)
        if is_marked and not thorough:
            return True
        with open(path, "rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                return False
        if not is_marked:
            mark(path, sha256)
    except FileNotFoundError:
        return False
    return True


def mark(path: str, sha256: str) -> None:
    """Give a file with these bytes the time that says so."""
    time = _time_of(sha256)
    with contextlib.suppress(PermissionError):  # of another owner: it is read each time
        os.utime(path, ns=(time, time))


def write_marked(pdf: bytes, sha256: str, path: str) -> None:
    """Write a PDF that is not of the vault, with the time by which it is known; not durable."""
    files.write_new(path, pdf, MODE)
    mark(path, sha256)


def _time_of(sha256: str) -> int:
    """In nanoseconds, by full and even seconds, which all file systems keep; within 388 days."""
    return (FIRST + 2 * int(sha256[:6], 16)) * 10**9


def _changed(sha256: str) -> VaultError:
    return VaultError(
        f"The vault's file {sha256[:12]}... was changed since it was issued.",
        "Put it back from a backup: certs verify lists every such file.",
    )


def _missing(sha256: str) -> VaultError:
    return VaultError(
        f"The vault's file {sha256[:12]}... is missing.",
        "Put it back from a backup: certs verify lists every such file.",
    )
