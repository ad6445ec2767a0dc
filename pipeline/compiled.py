"""Compiled templates, kept from one command to the next: to compile those of the site, the mails and the
review takes longer than to use them.

They are code. So they are kept, and taken, only in a folder where nobody but the user who runs this can
write; and a file that is not whole, or of another program, library or template, counts as none. All may be
deleted at any time.
"""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import CodeType

import jinja2
from jinja2.bccache import Bucket, BytecodeCache

from pipeline import files

FOLDER = "compiled"  # of DATA_DIR
SUM = hashlib.sha256().digest_size  # bytes of a digest


class Compiled(BytecodeCache):
    """As Jinja asks for it. Where the disk fails less is kept, and that is no error."""

    def __init__(self, folder: Path, identity: str) -> None:
        """`identity`: of what templates are compiled with besides their own text; hexadecimal."""
        self._folder, self._identity = folder, identity[:16]
        self._here: dict[tuple[str, str], CodeType | None] = {}  # one command may use a template many times
        self._new: list[Bucket] = []  # compiled here, and not kept yet

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._here.get((bucket.key, bucket.checksum))
        if bucket.code is None and self._is_ours(self._folder):
            with suppress(OSError):
                path = self._path(bucket)
                whole = path.read_bytes() if self._is_ours(path) else b""
                if whole and hashlib.sha256(whole[SUM:]).digest() == whole[:SUM]:
                    bucket.bytecode_from_string(whole[SUM:])
                    self._here[bucket.key, bucket.checksum] = bucket.code

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._here[bucket.key, bucket.checksum] = bucket.code
        self._new.append(bucket)

    def keep(self) -> None:
        """Keep what this process compiled for the commands that follow. Whoever only looks leaves nothing
        behind, and does not ask for it."""
        new, self._new = self._new, []
        with suppress(OSError):
            if new:
                files.make_folder(self._folder, files.PRIVATE_FOLDER)
                self._tidy()
            for bucket in new if self._is_ours(self._folder) else ():
                data = bucket.bytecode_to_string()
                files.replace(str(self._path(bucket)), hashlib.sha256(data).digest() + data)

    def _path(self, bucket: Bucket) -> Path:
        given = bucket.environment
        options = (
            given.trim_blocks,
            given.lstrip_blocks,
            given.autoescape is not False,
            sorted(given.extensions),
        )
        name = hashlib.sha256(repr((bucket.key, options)).encode()).hexdigest()
        return self._folder / f"{self._identity}-{name[:32]}"

    def _tidy(self) -> None:
        """Of another program nothing stays."""
        if not self._is_ours(self._folder):
            return
        for name, entry in files.scan(self._folder).items():
            if not name.startswith(f"{self._identity}-"):
                files.remove(entry.path)

    @staticmethod
    def _is_ours(path: Path) -> bool:
        """Whether only the user who runs this can write there."""
        with suppress(OSError):
            found = os.lstat(path)
            return (
                found.st_uid == os.geteuid() and not stat.S_ISLNK(found.st_mode) and not found.st_mode & 0o077
            )
        return False


def kept_in(data: Path, settings: Path) -> Compiled:
    """The one of this process, for these settings as they are now: the desk runs for hours, and its user may
    change them. `data`: DATA_DIR; `settings`: the file that may have filters of templates."""
    return _kept(data / FOLDER, identity_of(settings))


@cache
def _kept(folder: Path, identity: str) -> Compiled:
    return Compiled(folder, identity)


def identity_of(settings: Path) -> str:
    """Another one for another program or library: what filters make of constants is compiled, too."""
    digest = _program().copy()
    with suppress(OSError):
        digest.update(settings.read_bytes())
    return digest.hexdigest()


@cache
def _program() -> hashlib._Hash:
    """A digest of the library, and of this program as it was when the process began to use it."""
    digest = hashlib.sha256(jinja2.__version__.encode())
    for folder, folders, names in os.walk(Path(__file__).parent):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(name for name in names if name.endswith(".py")):
            found = os.stat(f"{folder}/{name}")
            digest.update(f"{folder}/{name} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest
