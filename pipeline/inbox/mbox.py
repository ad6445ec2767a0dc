"""An mbox file, as mail programs export it, in; its mails out. Nothing in it is changed."""

from __future__ import annotations

import mailbox
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from pipeline.errors import MailError
from pipeline.inbox.reading import MOST_BYTES, read_mail
from pipeline.rules.messages.automatic import Mail


def mbox_mails(path: Path) -> Iterator[Mail]:
    """Every mail in the file, in its order; an empty file holds none. Raises MailError for another file."""
    if not path.is_file():
        raise MailError(
            f"{path} is neither a Maildir nor an mbox file.", "Name the folder that holds new/ and cur/."
        )
    with path.open("rb") as file:
        start = file.read(5)
    if start and start != b"From ":
        raise MailError(f"{path} is not an mbox file.", "Its first line must begin with From and a space.")
    with closing(mailbox.mbox(path, create=False)) as box:
        for key in box.iterkeys():
            yield read_mail(str(key), box.get_file(key).read(MOST_BYTES))
