"""A Maildir: its folder in; the mails that wait, or all of them, out; answered ones moved to cur/."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import MailError
from pipeline.inbox.reading import MOST_BYTES, read_mail
from pipeline.rules.messages.automatic import Mail

FOLDERS = ("new", "cur")
DONE = frozenset("RST")  # replied, seen, trashed: a person or an earlier run has dealt with it


def is_maildir(path: Path) -> bool:
    """Whether the folder holds new/ and cur/."""
    return all((path / folder).is_dir() for folder in FOLDERS)


class MaildirBox:
    """The Maildir at a path. Mails in new/ wait, and those in cur/ that a mail program only looked at."""

    def __init__(self, path: Path) -> None:
        """Raises MailError for a folder that is no Maildir."""
        if not is_maildir(path):
            raise MailError(
                f"{path} is not a Maildir.",
                "Name the folder that holds new/ and cur/, or an IMAP folder as imaps://user@host/folder.",
            )
        self._path = path

    def all(self) -> Iterator[Mail]:
        """Every mail, whoever has dealt with it: those in new/ first, by name. Raises MailError."""
        for folder in FOLDERS:
            for _, name in sorted(self._files(folder), key=lambda file: file[1]):
                try:
                    yield from self._read(f"{folder}/{name}")
                except OSError as error:
                    raise self._unreadable(error) from error

    def unread(self) -> Iterator[Mail]:
        """The mails that wait, oldest first. Raises MailError where the folder cannot be read."""
        waiting = sorted(
            (at, name, folder)
            for folder in FOLDERS
            for at, name in self._files(folder)
            if not DONE.intersection(_flags(name))
        )
        for _, name, folder in waiting:
            try:
                yield from self._read(f"{folder}/{name}")
            except OSError as error:
                yield Mail(f"{folder}/{name}", "", fault=f"it cannot be read: {error.strerror}")

    def file(self, mail: Mail, is_answered: bool = True) -> None:
        """Move a mail to cur/ with the flags S and, if it was answered, R. Raises MailError."""
        folder, _, name = mail.ref.partition("/")
        flags = "".join(sorted({*_flags(name), "S", *("R" if is_answered else "")}))
        target = self._path / "cur" / f"{name.partition(':')[0]}:2,{flags}"
        try:
            os.rename(self._path / folder / name, target)
        except FileNotFoundError:
            return  # somebody else filed it
        except OSError as error:
            raise MailError(
                f"{self._path} cannot be written: {error.strerror}.",
                "Mend its permissions and run the command again: nobody is answered twice.",
            ) from error

    def close(self) -> None:
        """Nothing is held."""

    def _files(self, folder: str) -> list[tuple[int, str]]:
        """When each file was changed, in nanoseconds, and its name."""
        try:
            with os.scandir(self._path / folder) as entries:
                return [
                    (entry.stat().st_mtime_ns, entry.name)
                    for entry in entries
                    if entry.is_file(follow_symlinks=False) and not entry.name.startswith(".")
                ]
        except OSError as error:
            raise self._unreadable(error) from error

    def _read(self, ref: str) -> Iterator[Mail]:
        """The mail; none where a mail program moved it just now: somebody is reading it. Raises OSError."""
        try:
            with open(self._path / ref, "rb") as file:
                data = file.read(MOST_BYTES)
        except FileNotFoundError:
            return
        yield read_mail(ref, data)

    def _unreadable(self, error: OSError) -> MailError:
        return MailError(f"{self._path} cannot be read: {error.strerror}.")


def _flags(name: str) -> str:
    return name.partition(":2,")[2]
