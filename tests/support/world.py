"""A college where anything may go wrong; what is on record, on disk, on the web and in the mail there."""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from zoneinfo import ZoneInfo

from pipeline.files import remove
from tests.support.bucket import Bucket
from tests.support.college import TODAY, College
from tests.support.faults import FINE, Fault
from tests.support.forks import FRONT, Ended, Forks
from tests.support.smtp_server import Drop, Script, SmtpServer

# How the mail server behaves.
MOODS: dict[str, tuple[str, str | Drop]] = {
    "fine": ("", ""),
    "refuses": ("RCPT", "550 5.1.1 no such user"),
    "puts off": ("DATA", "451 4.3.0 later"),
    "hangs up before": ("DOT", Drop()),
    "hangs up after": ("TAKEN", Drop()),
}


def script(mood: str) -> Script:
    """For the mail server."""
    verb, answer = MOODS[mood]
    return lambda moment: answer if moment.verb == verb else None


ZONE = ZoneInfo("America/New_York")
TOKEN = re.compile(r"/c/([a-z0-9]{20,})")
USUAL = 60  # steps of a command that has not been seen yet


@dataclass(frozen=True)
class Certificate:
    """As the ledger has it."""

    number: str
    learner: str
    activity: str
    kind: str
    standing: str
    name: str  # as its newest version states it
    cme: str
    digests: str  # of each version that was made

    @property
    def files(self) -> list[str]:
        """Their names in the vault."""
        return self.digests.split(",")


@dataclass(frozen=True)
class Letter:
    """A message of the ledger."""

    id: str
    learner: str
    occasion: str
    state: str
    about: str

    @property
    def tells(self) -> list[str]:
        """Certificate number and event: "ACR-... new"."""
        return self.about.split(",") if self.about else []


@dataclass
class Seen:
    """What a ledger says; everything that was ever seen stays in `World.ever`."""

    tokens: dict[str, str] = field(default_factory=dict)  # -> learner id
    addresses: dict[str, set[str]] = field(default_factory=dict)  # learner id -> what they had
    certificates: dict[str, Certificate] = field(default_factory=dict)  # by number
    letters: dict[str, Letter] = field(default_factory=dict)  # by Message-ID
    forwards: dict[str, str] = field(
        default_factory=dict
    )  # tokens that lead to another page -> learner id there

    def add(self, other: Seen) -> None:
        """Who has no learner id, as their page alone told of them, is seen again later."""
        self.tokens |= {token: who for token, who in other.tokens.items() if who}
        self.certificates |= {number: one for number, one in other.certificates.items() if one.learner}
        self.letters |= other.letters
        for learner, addresses in other.addresses.items():
            if learner:
                self.addresses.setdefault(learner, set()).update(addresses)


PEOPLE = "SELECT coalesce(learner_id, ''), email, token FROM participant"
FORWARDS = """
    SELECT f.token, coalesce(p.learner_id, '') FROM former f JOIN participant p ON p.id = f.participant_id
    WHERE f.token IS NOT NULL
"""
CERTIFICATES = """
    SELECT x.number, coalesce(p.learner_id, ''), x.activity, x.kind, x.standing, v.name, v.cme,
        (SELECT group_concat(sha256) FROM version WHERE certificate_id = x.id)
    FROM certificate_and_claim x JOIN participant p ON p.id = x.participant_id
    JOIN version v ON v.certificate_id = x.id AND v.version = x.current
"""
LETTERS = """
    SELECT m.message_id, coalesce(p.learner_id, ''), m.occasion, m.state,
        coalesce(group_concat(x.number || ' ' || t.event), '')
    FROM message m JOIN participant p ON p.id = m.participant_id LEFT JOIN mention t ON t.message_id = m.id
    LEFT JOIN certificate x ON x.id = t.certificate_id GROUP BY m.id
"""


def look(path: Path) -> Seen:
    """The ledger at a path, read without the program."""
    seen = Seen()
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        for learner, email, token in db.execute(PEOPLE):
            seen.tokens[token] = learner
            seen.addresses[learner] = {email}
        seen.forwards = dict(db.execute(FORWARDS))
        seen.certificates = {row[0]: Certificate(*row) for row in db.execute(CERTIFICATES)}
        seen.letters = {row[0]: Letter(*row) for row in db.execute(LETTERS)}
    return seen


class World:
    """A college, its mail server, its web host, its clock; and all that was ever seen there."""

    def __init__(
        self, forks: Forks, server: SmtpServer, activities: dict[str, str], bucket: Bucket | None = None
    ) -> None:
        """`bucket`: the web host, instead of a folder."""
        self._forks, self.server, self._bucket = forks, server, bucket
        forks.count = 0
        self.folder = forks.root.parent
        remove(self.folder)
        self.folder.mkdir()
        self.college = College(
            self.folder,
            SMTP_HOST="localhost",
            SMTP_PORT=str(server.port),
            SMTP_TLS="none",
            MAIL_WORKERS="1",  # so that a story is the same each time
            PUBLISH_TO=str(self.folder / "host"),
            SIGNATORY_NAME="Dr. Made Up",
        )
        if bucket:
            bucket.empty()
            of_bucket = {name: text for name, text in bucket.environment.items() if name != "SITE_URL"}
            self.college.environment |= {**of_bucket, FRONT: bucket.url}
        for slug, text in activities.items():
            self.college.write_activity(slug, text)
        self.today = TODAY
        self.ever = Seen()
        self.usual: dict[str, int] = {}  # steps of a command that went well
        self.story: list[Ended] = []
        server.accepted.clear()

    @property
    def ledger(self) -> Path:
        return self.college.data / "ledger.sqlite3"

    def certs(self, *words: object, fault: Fault = FINE, ahead: int = 0) -> Ended:
        """A command, with what happens to it; the clock is `ahead` by so many days."""
        now = dt.datetime.combine(self.today + dt.timedelta(days=ahead), dt.time(9, 30), ZONE)
        ended = self._forks.certs(*words, now=now, env=self.college.environment, fault=fault)
        self.server.wait()
        self._look_into_bucket()
        self.story.append(ended)
        if fault == FINE:
            self.usual[str(words[0])] = len(ended.steps)
        if self.ledger.is_file() and self.ledger.stat().st_size:
            self.ever.add(look(self.ledger))
        return ended

    def step_of(self, command: str, percent: int) -> int:
        """The number of a step of that command, by how far it has come then."""
        return 1 + percent * self.usual.get(command, USUAL) // 100

    def warm_up(self, *words: object) -> None:
        """The command, by the process that forks the others."""
        now = dt.datetime.combine(self.today, dt.time(9, 30), ZONE)
        ended = self._forks.certs(*words, now=now, env=self.college.environment, warm=True)
        assert ended.status == 0, ended

    def on_record(self) -> Seen:
        """What the ledger says now: nothing where there is none."""
        return look(self.ledger) if self.ledger.is_file() and self.ledger.stat().st_size else Seen()

    def news(self) -> list[Ended]:
        """What has ended since this was asked before."""
        told, self.story = self.story, []
        return told

    @property
    def backup(self) -> Path:
        return self.folder / "backup.tar.zst"

    @property
    def backups(self) -> Path:
        """A folder of them."""
        return self.folder / "backups"

    def kept_backups(self) -> list[Path]:
        """What a restore may be given: the folder, if there is a backup in it, and the file."""
        in_folder = [self.backups] if any(self.backups.glob("certs-2*")) else []
        return in_folder + [self.backup] * self.backup.is_file()

    def _look_into_bucket(self) -> None:
        """What lies there, as a folder with the same files."""
        if self._bucket:
            remove(self.served)
            for path, data in self._bucket.files().items():
                if not path.startswith("."):
                    (self.served / path).parent.mkdir(parents=True, exist_ok=True)
                    (self.served / path).write_bytes(data)

    @property
    def served(self) -> Path:
        return self.folder / "host" / "current"

    def copy_of_ledger(self) -> bytes:
        """All of it in one file, as a careful person copies it."""
        if not self.ledger.is_file():
            return b""
        copy = self.folder / "copy.sqlite3"
        copy.unlink(missing_ok=True)
        with closing(sqlite3.connect(f"{self.ledger.as_uri()}?mode=ro", uri=True)) as db:
            db.execute("VACUUM INTO ?", (str(copy),))
        return copy.read_bytes()

    def put_ledger(self, data: bytes) -> None:
        """In the place of the one that is there; the same file as far as the file system knows."""
        for name in ("ledger.sqlite3-wal", "ledger.sqlite3-shm"):
            (self.college.data / name).unlink(missing_ok=True)
        with self.ledger.open("r+b" if self.ledger.is_file() else "wb") as file:
            file.truncate(0)
            file.write(data)

    def files_in(self, name: str) -> list[Path]:
        """The files of a folder of DATA_DIR."""
        return sorted(path for path in (self.college.data / name).rglob("*") if path.is_file())

    def files(self) -> set[str]:
        """What is issued, built and published, by path."""
        folders = (self.college.data / "vault", self.college.output, self.served)
        return {str(path) for folder in folders for path in folder.rglob("*") if path.is_file()}

    def mails(self) -> Iterator[tuple[str, str, set[str]]]:
        """(Message-ID, recipient, tokens in it) of what the mail server took."""
        for one in self.server.accepted:
            mail = message_from_bytes(one.data, policy=policy.default)
            text = "".join(part.get_content() for part in mail.walk() if not part.is_multipart())
            yield mail["Message-ID"].strip("<> "), one.recipient, set(TOKEN.findall(text))

    def private_files(self) -> Iterator[tuple[Path, bytes]]:
        """Every file of DATA_DIR, of output/ and of the web host."""
        for folder in (self.college.data, self.college.output, self.folder / "host"):
            for path in folder.rglob("*"):
                if path.is_file() and not path.is_symlink():
                    yield path, path.read_bytes()
