"""Mail that comes in: a Maildir, an mbox file, .eml files or an IMAP folder in; mails as values out.

`reading` makes a Mail of the bytes, within bounds, whatever they hold. `maildir`, `mbox` and `imap` find the
mails: those that wait, for requests, which are marked when they are answered; all of them, for returned mail,
where nothing is changed. What a mail means is decided in rules.messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from pipeline.errors import MailError
from pipeline.inbox.imap import ImapBox
from pipeline.inbox.maildir import MaildirBox, is_maildir
from pipeline.inbox.mbox import eml_mails, mbox_mails
from pipeline.inbox.reading import read_mail
from pipeline.rules.messages.automatic import Mail

__all__ = ["ImapBox", "Mailbox", "MaildirBox", "all_mail", "is_imap", "mails_about", "read_mail"]


Mailbox = ImapBox | MaildirBox  # where mails wait


def is_imap(where: str) -> bool:
    """Whether it is the address of a folder, and no path."""
    return re.match(r"[a-z]+://", where, re.IGNORECASE) is not None


def mails_about(where: str, word: str, password: str = "") -> list[Mail]:
    """The mails whose subject holds this word, wherever `all_mail` reads. Raises MailError."""
    if not is_imap(where):
        return [mail for mail in all_mail(where) if word in mail.subject]
    with closing(ImapBox(where, password)) as box:
        return list(box.about(word))


def all_mail(where: str, password: str = "") -> Iterator[Mail]:
    """Every mail of a Maildir, an mbox file, a folder of .eml files or an IMAP folder, one at a time.

    Raises MailError for anything else, and where it cannot be read.
    """
    path = Path(where)
    if is_imap(where):
        with closing(ImapBox(where, password)) as box:
            yield from box.all()
    elif is_maildir(path):
        yield from MaildirBox(path).all()
    elif path.is_dir():
        yield from eml_mails(path)
    elif path.is_file():
        yield from mbox_mails(path)
    else:
        raise MailError(
            f"There is no mailbox {where}.",
            "Name a Maildir, an mbox file, a folder of .eml files, or an IMAP folder: imaps://user@host/folder.",
        )
