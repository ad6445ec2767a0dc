"""Where no mail server is set: messages as files of a Maildir, each once, whatever is killed or rerun."""

from __future__ import annotations

import email
import email.policy
import mailbox
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import LedgerError, MailError
from pipeline.mail import Composer, Sender, Step, Summary, deliver_to_maildir, maildir_remove
from tests.support.college import body
from tests.support.mail_queue import SqliteQueue
from tests.support.mail_values import NOW, TOKEN

COMPOSER = Composer(
    Path(__file__).parents[2] / "theme" / "emails",
    Sender("Office <office@example.org>", "office@example.org", "https://c.example.org"),
)


def write(queue: Any, folder: Path, **options: Any) -> Summary:
    return deliver_to_maildir(queue, COMPOSER.compose, folder, lambda: NOW, **options)


def files(folder: Path) -> list[str]:
    return sorted(name for part in ("new", "cur") for name in os.listdir(folder / part))


def test_each_message_lies_in_the_maildir_once_and_a_mail_program_reads_it(tmp_path: Path) -> None:
    """Three hundred messages in three batches; recorded as sent; private to their owner."""
    queue, folder = SqliteQueue(count=300), tmp_path / "outbox"
    steps: list[Step] = []
    assert write(queue, folder, watch=steps.append) == Summary(sent=300)
    assert len(steps) == 300
    assert queue.commits == 3
    assert set(queue.states().values()) == {"sent"}
    box = mailbox.Maildir(folder, create=False)
    found = {message["To"].rpartition("<")[2].rstrip(">") for message in box}
    assert found == set(queue.states())
    assert folder.stat().st_mode & 0o777 == 0o700
    some = next((folder / "new").iterdir())
    assert some.stat().st_mode & 0o777 == 0o600
    assert b"\r" not in some.read_bytes()
    message = email.message_from_bytes(some.read_bytes(), policy=email.policy.default)
    assert TOKEN in body(message, "html")
    assert not os.listdir(folder / "tmp")
    assert write(queue, folder) == Summary()


class Forgetful(SqliteQueue):
    """A queue whose process is killed after the files were written and before the record."""

    forgets = True

    def record(self, steps: Sequence[Step]) -> set[int]:
        if self.forgets:
            raise LedgerError("killed")
        return super().record(steps)


def test_killed_between_file_and_record_there_is_no_second_copy(tmp_path: Path) -> None:
    """The rerun finds the files, also where a mail program has moved and flagged them, and records them."""
    queue = Forgetful(count=20)
    with pytest.raises(LedgerError):
        write(queue, tmp_path)
    before = files(tmp_path)
    assert len(before) == 20
    (tmp_path / "new" / before[0]).rename(tmp_path / "cur" / f"{before[0]}:2,RS")
    queue.forgets = False
    assert write(queue, tmp_path) == Summary(sent=20)
    assert len(files(tmp_path)) == 20


def test_half_a_file_left_in_tmp_is_written_anew(tmp_path: Path) -> None:
    """What a crash left half written is never shown as mail."""
    queue = SqliteQueue(count=1)
    write(queue, tmp_path)
    name = files(tmp_path)[0]
    whole = (tmp_path / "new" / name).read_bytes()
    (tmp_path / "new" / name).unlink()
    (tmp_path / "tmp" / name).write_bytes(b"x" * 20_000)
    write(SqliteQueue(count=1), tmp_path)
    assert (tmp_path / "new" / name).read_bytes() == whole


def test_limit_and_addresses_that_are_none(tmp_path: Path) -> None:
    """`limit` messages and no more; what is no address is failed with the reason."""
    queue = SqliteQueue(addresses=["a@example.org", "nobody", "b@example.org", "c@example.org"])
    assert write(queue, tmp_path, limit=3) == Summary(sent=2, failed=1)
    assert queue.states()["c@example.org"] == "queued"
    assert queue.steps(2)[0][0::2] == ("failed", "5.1.3")


def test_removal_finds_messages_wherever_they_were_moved(tmp_path: Path) -> None:
    """Retention: the mails named go, from new, cur with flags and tmp; the others stay."""
    queue = SqliteQueue(count=5)
    write(queue, tmp_path)
    ids = {}
    for name in files(tmp_path):
        head = (tmp_path / "new" / name).read_text()
        ids[head.partition("Message-ID: <")[2].partition(">")[0]] = name
    moved = ids["m2@rheumatology.org"]
    (tmp_path / "new" / moved).rename(tmp_path / "cur" / f"{moved}:2,S")
    (tmp_path / "tmp" / ids["m1@rheumatology.org"]).write_bytes(b"half")
    gone = ["m1@rheumatology.org", "m2@rheumatology.org", "never@example.org"]
    assert maildir_remove(tmp_path, gone) == 3
    assert files(tmp_path) == sorted(ids[f"m{number}@rheumatology.org"] for number in (3, 4, 5))
    assert maildir_remove(tmp_path / "not there", gone) == 0


def test_file_names_tell_nothing(tmp_path: Path) -> None:
    """No address, name or Message-ID stands in a path."""
    queue = SqliteQueue(addresses=["secret.person@example.org"])
    write(queue, tmp_path)
    assert files(tmp_path)[0].endswith(".certs")
    assert "secret" not in files(tmp_path)[0]


def test_where_no_maildir_can_be(tmp_path: Path) -> None:
    """A file in its place: a sentence that names it, and only where there is something to write."""
    folder = tmp_path / "outbox"
    folder.write_text("")
    queue = SqliteQueue(count=1)
    with pytest.raises(MailError, match="outbox cannot be written"):
        write(queue, folder)
    assert list(queue.states().values()) == ["queued"]
    folder.unlink()
    assert write(queue, folder) == Summary(sent=1)
    folder.joinpath("new").rename(folder / "elsewhere")
    folder.joinpath("new").write_text("")
    assert write(queue, folder) == Summary()
