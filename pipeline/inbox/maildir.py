"""A Maildir of requests: files in; unread mails out, answered ones moved to cur/ as seen and replied to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import MailError
from pipeline.inbox.reading import MOST_BYTES, read_mail
from pipeline.rules.messages.requests import Mail

DONE = frozenset("RST")  # replied, seen, trashed: a person or an earlier run has dealt with it


class MaildirBox:
    """The Maildir at a path. Mails in new/ wait, and those in cur/ that a mail program only looked at."""

    def __init__(self, path: Path) -> None:
        """Raises MailError for a folder that is no Maildir."""
        if not (path / "new").is_dir() or not (path / "cur").is_dir():
            raise MailError(
                f"{path} is not a Maildir.",
                "Name the folder that holds new/ and cur/, or an IMAP folder as imaps://user@host/folder.",
            )
        self._path = path

    def unread(self) -> Iterator[Mail]:
        """The mails that wait, oldest first. Raises MailError where the folder cannot be read."""
        try:
            waiting = sorted(
                (entry.stat().st_mtime_ns, entry.name, folder)
                for folder in ("new", "cur")
                for entry in os.scandir(self._path / folder)
                if entry.is_file(follow_symlinks=False)
                and not entry.name.startswith(".")
                and not DONE.intersection(_flags(entry.name))
            )
        except OSError as error:
            raise MailError(f"{self._path} cannot be read: {error.strerror}.") from error
        for _, name, folder in waiting:
            try:
                with open(self._path / folder / name, "rb") as file:
                    data = file.read(MOST_BYTES)
            except FileNotFoundError:
                continue  # a mail program moved it just now: somebody is reading it
            except OSError as error:
                yield Mail(
                    f"{folder}/{name}", "", (), "", "", {}, fault=f"it cannot be read: {error.strerror}"
                )
                continue
            yield read_mail(f"{folder}/{name}", data)

    def file(self, mail: Mail) -> None:
        """Move an answered mail to cur/ with the flags R and S. Raises MailError."""
        folder, _, name = mail.ref.partition("/")
        flags = "".join(sorted({*_flags(name), "R", "S"}))
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


def _flags(name: str) -> str:
    return name.partition(":2,")[2]
