"""What every command works on: settings, one day, one actor, and the open stores."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import secrets
import string
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass, field
from functools import cached_property, partial
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Protocol

from pipeline import site
from pipeline.backup import sweep as sweep_restore
from pipeline.errors import CertsError, LockedError, StoppedError
from pipeline.files import make_private
from pipeline.ledger import Frame, Ledger, copy_file, is_older
from pipeline.lock import holder_of, lock
from pipeline.processes import is_running
from pipeline.review import remove_review
from pipeline.rules.certificates.activities import Activity
from pipeline.rules.certificates.numbers import NUMBER_BYTES, TOKEN_BYTES, certificate_number, page_token
from pipeline.rules.certificates.titles import told_apart
from pipeline.rules.claims.claim import AS_GIVEN, Instructions
from pipeline.settings import Settings
from pipeline.site.catalog import load_catalog
from pipeline.vault import Vault

if TYPE_CHECKING:
    from pipeline.compiled import Compiled

LEDGER = "ledger.sqlite3"
MARK = "mark.json"  # how far the ledger had come that filled the vault
REHEARSAL = ".rehearsal-"
ABANDONED = 3600  # seconds after which a backup that has written nothing was killed


class CatalogOnDemand(Mapping[str, Activity]):
    """The catalog, read when it is first asked for: Pelican takes half a second to import, and the help desk
    finds people also while an activity's file is being mended. Raises CatalogError then."""

    def __init__(self, content: Path) -> None:
        self._content = content

    @cached_property
    def _activities(self) -> dict[str, Activity]:
        return load_catalog(self._content)

    def __getitem__(self, slug: str) -> Activity:
        return self._activities[slug]

    def __iter__(self) -> Iterator[str]:
        return iter(self._activities)

    def __len__(self) -> int:
        return len(self._activities)


class Listener(Protocol):
    """How a workflow tells what it does; the terminal, a log or nobody listens."""

    def step(self, text: str) -> None:
        """A step begins, or something worth a line was found."""

    def progress(self, done: int, total: int, unit: str) -> None:
        """So many of so many; called often."""


@dataclass(frozen=True)
class Project:
    """One command's view of the project."""

    settings: Settings
    now: dt.datetime  # in the college's time zone; read once, by cli
    actor: str
    ledger: Ledger
    vault: Vault
    catalog: Mapping[str, Activity]
    listener: Listener
    accepted: frozenset[str] = frozenset()  # names of stops that staff accept
    instructions: Instructions = AS_GIVEN  # how claims files are to be read
    run: int | None = None  # the number of the run that is going on
    # The mark at the web host as this command last saw or left it, where a publish sees for itself whether it
    # is still that one.
    marks: dict[str, bytes | None] = field(default_factory=dict, repr=False)

    @property
    def today(self) -> dt.date:
        return self.now.date()

    @property
    def at(self) -> str:
        """The time as the ledger writes it: UTC, ISO 8601."""
        return self.now.astimezone(dt.UTC).isoformat(timespec="seconds")

    @property
    def midnight(self) -> dt.datetime:
        """When today began, in the college's time zone."""
        return self.now.replace(hour=0, minute=0, second=0, microsecond=0)

    def catalog_digest(self) -> str:
        """Changes when what an activity's file says changes."""
        values = [asdict(self.catalog[slug]) for slug in sorted(self.catalog)]
        return hashlib.sha256(json.dumps(values, default=str).encode()).hexdigest()[:16]

    def page_settings(self) -> dict[str, object]:
        """The settings that pages are told: part of each page's stamp."""
        settings = self.settings
        return {
            "COLLEGE_URL": settings.college_url,
            "EDUCATION_CENTER_URL": settings.education_center_url,
            "LINKEDIN_ORGANIZATION_ID": settings.linkedin_organization_id,
        }

    def page_words(self) -> dict[str, dict[str, object]]:
        """What participants' pages are told of activities, each by slug: part of the stamps of the pages that
        show one of these, so that a new activity leaves all others as they are."""
        hours = {slug: one.hours for slug, one in self.catalog.items() if one.hours}
        return {"APART": {**self.told_apart}, "HOURS": {**hours}}

    @property
    def compiled(self) -> Compiled:
        """Where templates are kept that were used before."""
        from pipeline.compiled import kept_in  # with Jinja, for which only those who use templates wait

        return kept_in(self.settings.data_dir, self.settings.root / "pelicanconf.py")

    @cached_property
    def told_apart(self) -> dict[str, str]:
        """Words beside the titles of activities that share one."""
        return told_apart(self.catalog.values())

    def frame(self) -> Frame:
        """What pages are made of today beside the ledger's rows."""
        made = (self.settings.credit_files, self.record_look)
        told = {**self.page_settings(), "record": made}
        look = site.theme_digest(self.settings.root, self.settings.site_url, told)
        return Frame(self.today, look, {slug: self._number_of(slug) for slug in self.catalog})

    @cached_property
    def record_look(self) -> str:
        """A digest of how a Record of credits looks: paper, faces, where numbers are verified."""
        fonts = sorted((self.settings.theme / "certificates" / "fonts").rglob("*.ttf"))
        faces = [hashlib.sha256(path.read_bytes()).hexdigest() for path in fonts]
        said = repr((self.settings.paper, self.settings.site_url, faces))
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    def _number_of(self, slug: str) -> int:
        """Another one when anything that pages may say of the activity is something else."""
        said = [asdict(self.catalog[slug]), *(words.get(slug) for words in self.page_words().values())]
        digest = hashlib.sha256(json.dumps(said, default=str).encode()).digest()
        return int.from_bytes(digest[:4])

    def on_record(self, action: str, detail: str = "", participant: int | None = None) -> None:
        """A deed of this command into the audit trail, in the transaction of the deed."""
        self.ledger.audit.write(self.at, self.actor, action, detail, participant)

    def check_activity(self, slug: str | None) -> None:
        """Raises CertsError for an activity that there is not."""
        if slug is not None and slug not in self.catalog:
            raise CertsError(
                f'There is no activity "{slug}".', f"There are {', '.join(sorted(self.catalog)) or 'none'}."
            )

    def new_number(self) -> str:
        return certificate_number(secrets.token_bytes(NUMBER_BYTES))

    def new_token(self) -> str:
        return page_token(secrets.token_bytes(TOKEN_BYTES))

    def new_message_id(self) -> str:
        """Random, at the sender's domain."""
        domain = self.settings.mail_from.rpartition("@")[2].strip("> ") or "localhost"
        return f"{secrets.token_hex(16)}@{domain}"

    def is_our_id(self, message_id: str) -> bool:
        """On record, or of the form that all of ours have: those of deleted messages are not on record."""
        local, _, domain = message_id.casefold().partition("@")
        ours = domain == self.new_message_id().partition("@")[2].casefold() and len(local) == 32
        return (ours and not local.strip(string.hexdigits)) or bool(
            self.ledger.messages.by_message_id(message_id)
        )


@contextmanager
def open_project(
    settings: Settings,
    now: dt.datetime,
    actor: str,
    listener: Listener,
    locked: bool,
    accepted: frozenset[str] = frozenset(),
    instructions: Instructions = AS_GIVEN,
) -> Iterator[Project]:
    """The project with its stores open. `locked`: the command may change something, so it runs alone.

    Raises CatalogError, LedgerError, LockedError.
    """
    held = held_alone(settings, now, actor) if locked else nullcontext(CatalogOnDemand(settings.content))
    with (
        held as catalog,
        open_stores(settings, catalog, now, actor, listener, locked, accepted, instructions) as project,
    ):
        yield project


@contextmanager
def held_alone(settings: Settings, now: dt.datetime, actor: str) -> Iterator[Mapping[str, Activity]]:
    """While this lasts no other command changes anything; the catalog. Raises CatalogError, LockedError.

    A folder that is made for it alone goes again, so that who only looked has changed nothing.
    """
    catalog = CatalogOnDemand(settings.content)
    len(catalog)  # what is wrong with it is said before anything is changed
    data = settings.data_dir
    is_new = not data.exists()
    make_private(data)
    if (data / "vault").is_dir():  # former versions left its folders to the umask
        make_private(data / "vault")
    try:
        with lock(data, actor, now.astimezone().isoformat(timespec="seconds")):
            yield catalog
    finally:
        if is_new and not os.listdir(data):
            data.rmdir()


def migrate(settings: Settings, now: dt.datetime, actor: str) -> None:
    """Bring a ledger of an older version up to this one, where nobody else is at work: whoever looks often
    would copy it each time. Raises LedgerError."""
    ledger = settings.data_dir / LEDGER
    if ledger.is_file() and is_older(ledger):
        at = now.astimezone().isoformat(timespec="seconds")
        with suppress(LockedError), lock(settings.data_dir, actor, at), Ledger(ledger):
            pass


def who_holds(settings: Settings) -> str:
    """Who changes something at this moment, process and time, in words; empty where nobody does."""
    return holder_of(settings.data_dir)


@contextmanager
def open_stores(
    settings: Settings,
    catalog: Mapping[str, Activity],
    now: dt.datetime,
    actor: str,
    listener: Listener,
    changes: bool,
    accepted: frozenset[str] = frozenset(),
    instructions: Instructions = AS_GIVEN,
    keeps_review: bool = False,
) -> Iterator[Project]:
    """The project with its stores open. `changes`: it may change something, and is held alone.
    `keeps_review`: what it does is what the review in DATA_DIR shows.

    Who only looks makes nothing: an empty ledger elsewhere is looked at where there is none, a migrated copy
    where it is of an older version. Who stops leaves no ledger where there was none. Raises CatalogError,
    LedgerError.
    """
    with ExitStack() as stack:
        data = settings.data_dir
        ledger = data / LEDGER
        if changes:
            _sweep(data, now)
            if not keeps_review:
                remove_review(data)  # it may name whom this command corrects, forgets or deletes
        elif not ledger.is_file():
            ledger = Path(stack.enter_context(TemporaryDirectory(prefix="certs-"))) / LEDGER
        elif is_older(ledger):
            copies = stack.enter_context(TemporaryDirectory(prefix=f"{REHEARSAL}{os.getpid()}-", dir=data))
            ledger = Path(copies) / LEDGER
            copy_file(data / LEDGER, ledger)
        if changes and not ledger.exists():
            stack.push(partial(_begun, ledger, settings.root, listener))
        yield Project(
            settings=settings,
            now=now,
            actor=actor,
            ledger=stack.enter_context(Ledger(ledger)),
            vault=Vault(data / "vault"),
            catalog=catalog,
            listener=listener,
            accepted=accepted,
            instructions=instructions,
        )


def _begun(
    ledger: Path, root: Path, listener: Listener, kind: type[BaseException] | None, *_: object
) -> None:
    """A new ledger is said, as DATA_DIR may be mistyped. One that was made for a command that was stopped
    goes: it would look like one that was lost."""
    if kind is StoppedError:
        ledger.unlink(missing_ok=True)
    elif ledger.exists():
        data = ledger.parent.relative_to(root) if ledger.is_relative_to(root) else ledger.parent
        listener.step(
            f"A new ledger was begun in {data}/. If people should be on record already, see DATA_DIR in .env."
        )


def sweep_rehearsals(data: Path) -> None:
    """Remove what killed processes left of rehearsals, and of files that the desk was given."""
    for folder in data.glob(f"{REHEARSAL}*"):
        process = folder.name.removeprefix(REHEARSAL).partition("-")[0]
        if not (process.isdigit() and is_running(int(process))):
            rmtree(folder, ignore_errors=True)


def _sweep(data: Path, now: dt.datetime) -> None:
    """Remove what a killed rehearsal, restore or backup left: it holds people whom retention does not see."""
    sweep_restore(data)
    sweep_rehearsals(data)
    for work in data.glob(
        ".*.part"
    ):  # of a backup, which takes no lock: one that goes on writes all the time
        written = max((path.stat().st_mtime for path in (work, *work.glob("*"))), default=0.0)
        if now.timestamp() - written > ABANDONED:
            rmtree(work, ignore_errors=True)
