"""Due messages in, files of a Maildir out: where no mail server is set, and for tests and demonstrations.

A message's file name follows from its Message-ID, so a run that was killed between the file and the record
finds the file and makes no second one: here nothing is ever unknown.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from email import message_from_bytes, policy
from email.utils import getaddresses
from pathlib import Path

from pipeline import files
from pipeline.errors import MailError
from pipeline.mail.mime import UnmailableError
from pipeline.mail.queue import OutgoingMessage, Queue, Step, Summary, Watcher
from pipeline.rules.messages.occasions import Fate, Notice
from pipeline.rules.places import PERSONS

_LINK = re.compile(rf"/{PERSONS}/([a-z0-9]+)/")
BATCH = 128  # files that share their syncs and their commit
FOLDERS = ("tmp", "new", "cur")


def deliver_to_maildir(
    queue: Queue,
    compose: Callable[[Notice], bytes],
    folder: Path,
    now: Callable[[], dt.datetime],
    limit: int | None = None,
    watch: Watcher | None = None,
) -> Summary:
    """Writes what is due, at most `limit` messages, into the Maildir at `folder` (made where it lacks).

    Each batch is on disk before it is on record. Raises MailError where the folder cannot be written, and
    what `queue` raises.
    """
    summary = Summary()
    after, left = 0, limit
    there: set[str] | None = None  # messages that were written before, perhaps by a run that was killed
    while left is None or left > 0:
        messages = queue.due(now(), after, BATCH if left is None else min(BATCH, left))
        if not messages:
            break
        after = messages[-1].id
        left = None if left is None else left - len(messages)
        try:
            if there is None:
                there = {_stem(name) for part in ("new", "cur") for name in files.scan(folder / part)}
            steps = _write(messages, compose, folder, now(), there)
        except OSError as error:
            raise MailError(
                f"The Maildir {folder} cannot be written: {error.strerror}.",
                "Mend DATA_DIR; nothing is lost.",
            ) from error
        queue.record(steps)
        for step in steps:
            summary.count(step)
            if watch is not None:
                watch(step)
    return summary


def maildir_remove(folder: Path, message_ids: Iterable[str]) -> int:
    """Removes these messages wherever a mail program moved them within the Maildir; the number removed."""
    names = {_name(message_id) for message_id in message_ids}
    return sum(
        files.remove(entry.path)
        for part in FOLDERS
        for name, entry in files.scan(folder / part).items()
        if _stem(name) in names
    )


def maildir_links(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """The private links in the mails of a Maildir: token -> (Message-ID, address) of each, oldest first."""
    found: dict[str, list[tuple[float, str, str]]] = {}
    for part in ("new", "cur"):
        for entry in files.scan(folder / part).values():
            mail = message_from_bytes(Path(entry.path).read_bytes(), policy=policy.default)
            body, to = mail.get_body(("plain",)), getaddresses([mail["To"] or ""])
            token = _LINK.search(body.get_content()) if body is not None else None
            if token and to and mail["Date"] and mail["Date"].datetime:
                line = mail["Date"].datetime.timestamp(), (mail["Message-ID"] or "").strip("<> "), to[0][1]
                found.setdefault(token[1], []).append(line)
    return {token: [line[1:] for line in sorted(lines)] for token, lines in found.items()}


def _write(
    messages: Sequence[OutgoingMessage],
    compose: Callable[[Notice], bytes],
    folder: Path,
    at: dt.datetime,
    there: Collection[str],
) -> list[Step]:
    for path in (folder, *(folder / part for part in FOLDERS)):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    steps, written = [], []
    for message in messages:
        where = f"{folder.parent.name}/{folder.name}"
        fate, text = Fate.SENT, f"into the folder {where}, as SMTP_HOST is empty: it reached nobody"
        name = _name(message.notice.message_id)
        if name not in there:
            try:
                data = compose(message.notice)
            except UnmailableError as error:
                fate, text = Fate.FAILED, f"5.1.3 {error}"
            else:
                written.append((folder / "tmp" / name, folder / "new" / name))
                # A Maildir's lines end in a bare line feed.
                files.write_new(written[-1][0], data.replace(b"\r\n", b"\n"), 0o600)
        enhanced = "5.1.3" if fate is Fate.FAILED else ""
        steps.append(Step(message.id, fate, message.attempt + 1, at, enhanced=enhanced, text=text))
    files.put_in_place(written)
    return steps


def _name(message_id: str) -> str:
    """A file name that holds nothing of the person's; the same for the same message."""
    return f"{hashlib.sha256(message_id.encode()).hexdigest()[:40]}.certs"


def _stem(name: str) -> str:
    """The name without the flags a mail program puts behind a colon."""
    return name.partition(":")[0]
