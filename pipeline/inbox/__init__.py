"""Mail that comes in: a Maildir, an mbox file or an IMAP folder in; mails as values out.

`reading` makes a Mail of the bytes, within bounds, whatever they hold. `maildir`, `mbox` and `imap` find the
mails: those that wait, for requests, which are marked when they are answered; all of them, for returned mail,
where nothing is changed. What a mail means is decided in rules.messages.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipeline.inbox.imap import ImapBox
from pipeline.inbox.maildir import MaildirBox, is_maildir
from pipeline.inbox.mbox import mbox_mails
from pipeline.inbox.reading import read_mail
from pipeline.rules.messages.automatic import Mail

__all__ = ["ImapBox", "Mailbox", "MaildirBox", "all_mail", "read_mail"]


Mailbox = ImapBox | MaildirBox  # where mails wait


def all_mail(path: Path) -> Iterator[Mail]:
    """Every mail of a Maildir or an mbox file. Raises MailError where `path` is neither."""
    return MaildirBox(path).all() if is_maildir(path) else mbox_mails(path)
