"""Files and folders, each thing in one way: put in place whole, made durable, linked, listed, removed.

A file is written beside its place and then given its name, which rename(2) does in one step: readers, and
whoever comes after a kill, find the old file or the new one, never half of one. What a kill leaves is the
file beside it, its name ended by BESIDE; the next writer of the same file writes over it.

Durable is what outlives a power cut: the bytes of a file once it was synced, its name once its folder was.
Syncs are what writing costs, so there is one for many files, and none for output/, which can be made again
from ledger and vault.

Everything here raises OSError as the system says it; who calls it makes a sentence of that. Paths may be
text: there are hundreds of thousands of them, and to make a Path of each takes time.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import BinaryIO

BESIDE = ".part"
PRIVATE, PRIVATE_FOLDER = 0o600, 0o700  # permissions of what is its owner's alone
MANY = 20  # files beyond which one sync of everything costs less than one sync each
# What link(2) says where no hard link can be: on another file system, on one without links, or with too many.
NO_LINK = (errno.EXDEV, errno.EPERM, errno.EACCES, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS)

FICLONE = 0x40049409  # of linux/fs.h; elsewhere no such request is known, which is an OSError, too

NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL  # never what lies there already, nor where a link leads

AnyPath = str | PathLike[str]


def write_new(path: AnyPath, data: bytes, mode: int = PRIVATE) -> None:
    """Write a file anew, in place of one of that name that a killed run left: that may be read-only, or half.

    `mode`: its permissions, whatever the process's umask is. Not durable, and half-written for as long as it
    takes.
    """
    try:
        descriptor = os.open(path, NEW, PRIVATE)
    except FileExistsError:
        remove(path)
        descriptor = os.open(path, NEW, PRIVATE)
    try:  # Python's own file would ask the system four things more, of each of a hundred thousand files
        if mode != PRIVATE:
            os.fchmod(descriptor, mode)
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    finally:
        os.close(descriptor)


def replace(path: str, data: bytes, mode: int = PRIVATE) -> None:
    """Put `data` at `path`, whole or not at all. Not durable: after a power cut the file may be empty."""
    beside = f"{path}{BESIDE}"
    write_new(beside, data, mode)
    os.replace(beside, path)


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """A new file to write to, its owner's alone, which takes its place durably once all was written; nothing
    of it is left where that fails."""
    beside = path.with_name(f"{path.name}{BESIDE}")
    beside.unlink(missing_ok=True)  # of a killed run; a folder of that name is none of ours
    try:
        with open(os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE), "w+b") as file:
            yield file
        put_in_place([(beside, path)])
    finally:
        beside.unlink(missing_ok=True)


def make_new_folder(path: AnyPath, mode: int) -> bool:
    """Make a folder, in one that is there, unless something has that name. Whether it was made."""
    try:
        os.mkdir(path, PRIVATE_FOLDER)
    except FileExistsError:
        return False
    os.chmod(path, mode)
    return True


def make_folder(path: AnyPath, mode: int) -> bool:
    """Make a folder, with those above it; whether it is new. All that are new have these permissions,
    whatever the process's umask is, and the folder itself has them also where it was there."""
    try:
        is_new = make_new_folder(path, mode)
    except FileNotFoundError:
        make_folder(os.path.dirname(path), mode)
        is_new = make_new_folder(path, mode)
    if not is_new and stat.S_IMODE(os.stat(path).st_mode) != mode:
        os.chmod(path, mode)
    return is_new


def make_private(folder: Path) -> None:
    """Make a folder, and what lies in it, its owner's alone; nobody else gets further down."""
    make_folder(folder, PRIVATE_FOLDER)
    for entry in scan(folder).values():
        mode = PRIVATE_FOLDER if entry.is_dir(follow_symlinks=False) else PRIVATE
        if not entry.is_symlink() and stat.S_IMODE(entry.stat().st_mode) != mode:
            os.chmod(entry.path, mode)


def put_in_place(written: Sequence[tuple[AnyPath, AnyPath]]) -> None:
    """Give files that were written elsewhere their place: pairs of (where it is, its place).

    Each is on the disk before it takes its place, and all are in their places, durably, when this returns.
    A kill leaves some in place and the others where they were.
    """
    sync([here for here, _ in written])
    for here, place in written:
        os.replace(here, place)
    sync({os.path.dirname(place) or "." for _, place in written})


def sync(paths: Collection[AnyPath]) -> None:
    """Wait until these files and folders are on the disk: one sync(2) for many, where that waits (Linux)."""
    if len(paths) > MANY and sys.platform == "linux":
        os.sync()
        return
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def link_or_copy(source: AnyPath, destination: AnyPath) -> bool:
    """Give a file a second name, or make a copy of its bytes, time and permissions where it can have none.

    Whether it is a link. Nothing may lie there. A copy is not durable, and half-written as long as it takes.
    """
    try:
        os.link(source, destination)
    except OSError as error:
        if error.errno not in NO_LINK:
            raise
        shutil.copy2(source, destination)
        return False
    return True


def clone_or_copy(source: AnyPath, destination: AnyPath) -> None:
    """Give a file a twin of its own, at a place where nothing lies.

    They share their blocks until one of them is written to, where the file system can do that
    (ioctl_ficlone(2): btrfs, XFS); else it is a copy of the bytes.
    """
    with open(source, "rb") as here, open(destination, "xb") as there:
        try:
            fcntl.ioctl(there, FICLONE, here.fileno())
        except OSError:
            shutil.copyfileobj(here, there)


def scan(folder: AnyPath) -> dict[str, os.DirEntry[str]]:
    """The entries of a folder by name; none where there is no such folder."""
    try:
        with os.scandir(folder) as entries:
            return {entry.name: entry for entry in entries}
    except (FileNotFoundError, NotADirectoryError):
        return {}


def remove(path: AnyPath) -> bool:
    """Remove a file, a link (never what it points to) or a folder with all in it; whether one was there."""
    try:
        if stat.S_ISDIR(os.lstat(path).st_mode):
            shutil.rmtree(path)
        else:
            os.unlink(path)
    except FileNotFoundError:
        return False
    return True


def empty(folder: Path) -> None:
    """Make a folder for its owner alone, with nothing in it, whatever lay there."""
    remove(folder)
    folder.mkdir(mode=PRIVATE_FOLDER)
