"""Mail as mail programs export it: an mbox file or a folder of .eml files in; mails out; nothing is
changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import MailError
from pipeline.inbox.reading import MOST_BYTES, read_mail
from pipeline.rules.messages.automatic import Mail

LINE = 65_536  # bytes read at a time: a file may be one line
HINT = "Name a Maildir, an mbox file, a folder of .eml files, or an IMAP folder: imaps://user@host/folder."


def eml_mails(folder: Path) -> Iterator[Mail]:
    """The mail in every .eml file of a folder, by name. Raises MailError for a folder without one."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".eml" and path.is_file())
        if not paths:
            raise MailError(f"{folder} is neither a Maildir nor an mbox file, and holds no .eml file.", HINT)
        for path in paths:
            with path.open("rb") as file:
                yield read_mail(path.name, file.read(MOST_BYTES))
    except OSError as error:
        raise MailError(f"{folder} cannot be read: {error.strerror}.") from error


def mbox_mails(path: Path) -> Iterator[Mail]:
    """Every mail in the file, in its order; an empty file holds none, an .eml file one. Raises MailError for
    another file."""
    try:
        with path.open("rb") as file:
            start = file.read(5)
            if path.suffix.lower() == ".eml":
                yield read_mail(path.name, start + file.read(MOST_BYTES))
                return
            if start and start != b"From ":
                raise MailError(
                    f"{path} is not an mbox file.", f"Its first line must begin with From. {HINT}"
                )
            file.readline(LINE)
            yield from _mails(iter(lambda: file.readline(LINE), b"")) if start else ()
    except OSError as error:
        raise MailError(f"{path} cannot be read: {error.strerror}.") from error


def _mails(lines: Iterator[bytes]) -> Iterator[Mail]:
    """The mails between lines that begin with From and follow a blank one (RFC 4155); of each the start."""
    data, number, blank = bytearray(), 0, False
    for line in lines:
        if blank and line.startswith(b"From "):
            yield read_mail(str(number), bytes(data))
            data, number = bytearray(), number + 1
        elif len(data) < MOST_BYTES:
            data += line
        blank = not line.strip()
    yield read_mail(str(number), bytes(data))
