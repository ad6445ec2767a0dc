"""Templates on disk: what one run has learnt, the next one, and every worker, need not learn again.

Each lies in a file of its own, named by the identity of the design and by what it is a template of; beside
them lie the patterns of QR codes. A file begins with that name and a digest of the rest; where either differs
it counts as none, and is made anew. All may be deleted at any time. Its texts are activities' and made-up
people's: no person's data.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from pipeline import files
from pipeline.documents.press import coding
from pipeline.documents.press.template import Found

MOST = 192  # files kept, some 150 kB each: those of twelve activities at least
LARGEST = 1 << 27  # bytes of a file that is read; its two templates hold the design's pictures and fonts
MARK = b"certs template\n"
LOCK = "lock"
NAME = re.compile(rf"[0-9a-f]{{16}}-[0-9a-f]{{32}}({re.escape(files.BESIDE)})?")


class BusyError(Exception):
    """Another process is making this template."""


class Shelf:
    """The templates of one design. Where the disk fails, there is less on the shelf, and no error."""

    def __init__(self, folder: Path, theme: Path, identity: str) -> None:
        """`identity`: of all that templates depend on besides what they are templates of; hexadecimal."""
        self._folder, self._theme, self._prefix = folder, theme, identity[:16]

    def get(self, key: str) -> tuple[Found, Found] | None:
        """The template that was put under this key; None where there is nothing that can be used."""
        try:
            data = self.read(key)
            return None if data is None else coding.decoded(data, self._theme)
        except (OSError, ValueError, TypeError, LookupError, RecursionError):
            return None

    def put(self, key: str, value: tuple[Found, Found]) -> None:
        """Keep a template for the next run."""
        self.write(key, coding.encoded(value, self._theme))

    def read(self, key: str) -> bytes | None:
        """The bytes that were written under this key, if they lie there whole."""
        name = self._name(key)
        try:
            head, _, data = _read(self._folder / name).partition(b"\n\n")
        except (OSError, ValueError):
            return None
        return data if head == _head(name, data) else None

    def write(self, key: str, data: bytes) -> None:
        """Keep bytes for the next run; drop what is stale or too much."""
        name = self._name(key)
        with suppress(OSError):
            self._make_folder()
            files.replace(str(self._folder / name), _head(name, data) + b"\n\n" + data)
            self._tidy()

    @contextmanager
    def turn(self, key: str, *, wait: bool) -> Iterator[None]:
        """Hold the right to make this template: nobody else makes it meanwhile.

        The system ends the turn of a process that ends. Where files cannot be locked, everybody has it.
        Raises BusyError where another has it and `wait` is not set.
        """
        with ExitStack() as stack:
            with suppress(OSError):
                self._make_folder()
                flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
                descriptor = os.open(self._folder / LOCK, flags, files.PRIVATE)
                stack.callback(os.close, descriptor)
                at = int.from_bytes(bytes.fromhex(self._name(key)[-8:]), "big") >> 1  # one byte a template
                try:
                    fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, at)
                except (BlockingIOError, PermissionError) as error:
                    if not wait:
                        raise BusyError from error
                    fcntl.lockf(descriptor, fcntl.LOCK_EX, 1, at)
            yield

    def _make_folder(self) -> None:
        """None where DATA_DIR is not there yet: whoever only looks leaves nothing behind."""
        if self._folder.parent.is_dir():
            files.make_folder(self._folder, files.PRIVATE_FOLDER)

    def _name(self, key: str) -> str:
        return f"{self._prefix}-{hashlib.sha256(key.encode()).hexdigest()[:32]}"

    def _tidy(self) -> None:
        """Of other designs nothing stays; of this one the newest do. What is no template is left alone."""
        kept = []
        for name, entry in files.scan(self._folder).items():
            if name.startswith(self._prefix):
                kept.append((entry.stat().st_mtime_ns, entry.path))
            elif NAME.fullmatch(name):
                files.remove(entry.path)
        for _, path in sorted(kept)[:-MOST]:
            files.remove(path)


def _read(path: Path) -> bytes:
    """A file's bytes. Raises ValueError for what would be waited for, as a pipe, or would fill the memory."""
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST:
            raise ValueError(f"{path} is no template")
        return file.read()


def _head(name: str, data: bytes) -> bytes:
    return MARK + f"{name}\n{hashlib.sha256(data).hexdigest()}".encode()
