"""A college for tests: a project folder, activities, claims, and certs run on any day, in process."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Concatenate, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from pipeline.cli.run import run_object
from pipeline.ledger import Frame
from pipeline.settings import Settings, load_settings
from pipeline.workflow.opening import open_files
from pipeline.workflow.project import LEDGER, Project, open_project
from pipeline.workflow.render import Renderers
from pipeline.workflow.run import Options, run

HERE = Path(__file__).resolve().parents[2]
Given = ParamSpec("Given")
Outcome = TypeVar("Outcome")
TODAY = dt.date(2025, 11, 14)
FROM = "ACR Office of Education <education@example.org>"  # the site is below it

ACTIVITIES = {
    "meeting-2025": """Title: Autumn Meeting 2025
Slug: meeting-2025
Format: live activity
Location: Chicago, Illinois
Start: 2025-10-24
End: 2025-10-29
CME_max: 45.25
ABIM_max: 45.25
ABIM_type: Medical Knowledge
ABP_max: 20
PARS_id: 202512345
Requirements: evaluation
""",
    "course": """Title: Online Course
Slug: course
Format: enduring material
CME_max: 10
""",
    "old-meeting": """Title: Old Meeting
Slug: old-meeting
Format: live activity
Location: Boston
Start: 2019-11-08
End: 2019-11-13
CME_max: 20
""",
}
HEADER = (
    "activity,learner_id,email,name,credentials,attended,completed_on,cme_credits,abim_moc_points,"
    "abp_moc_points,evaluation\n"
)


def body(mail: EmailMessage, kind: str = "plain") -> str:
    """What the plain or the html part of a mail says."""
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


class Silence:
    """A listener who hears nothing."""

    def step(self, text: str) -> None: ...

    def progress(self, done: int, total: int, unit: str) -> None: ...


class College:
    """A project in a folder, and what staff do with it."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.root = folder / "college"
        self.root.mkdir()
        (self.root / "content").mkdir()
        shutil.copytree(HERE / "content" / "pages", self.root / "content" / "pages")
        (self.root / "content" / "activities").mkdir()
        for slug, text in ACTIVITIES.items():
            self.write_activity(slug, text)
        (self.root / "theme").symlink_to(HERE / "theme")
        shutil.copy(HERE / "pelicanconf.py", self.root)
        self.environment = {"SITE_URL": "https://certificates.example.org", "MAIL_FROM": FROM, **settings}
        self.files = 0

    @property
    def settings(self) -> Settings:
        return load_settings(self.root, self.environment)

    @property
    def data(self) -> Path:
        return self.settings.data_dir

    @property
    def output(self) -> Path:
        return self.settings.output_dir

    def write_activity(self, slug: str, text: str) -> None:
        (self.root / "content" / "activities" / f"{slug}.md").write_text(text + "\nFor readers.\n")

    def write_meeting(
        self, slug: str, start: str = "2025-03-01", end: str = "2025-03-02", more: str = ""
    ) -> None:
        """A meeting that asks nothing of who attended it; `more`: further lines of its file."""
        self.write_activity(
            slug,
            f"Title: Meeting {slug}\nSlug: {slug}\nFormat: live activity\nLocation: Boston\n"
            f"Start: {start}\nEnd: {end}\nCME_max: 20\n{more}",
        )

    def claims(self, *rows: str, header: str = HEADER, name: str = "") -> Path:
        """A claims file of these rows."""
        self.files += 1
        path = self.root / (name or f"claims-{self.files}.csv")
        path.write_text(header + "".join(f"{row}\n" for row in rows), encoding="utf-8")
        return path

    @contextmanager
    def project(self, today: dt.date = TODAY, locked: bool = True) -> Iterator[Project]:
        settings = self.settings
        now = dt.datetime.combine(today, dt.time(9, 30), ZoneInfo(settings.timezone))
        with open_project(settings, now, "tester", Silence(), locked) as project:
            yield project

    def run(self, *paths: Path, today: dt.date = TODAY, send: bool | None = True, **options: Any) -> Any:
        """`certs run` on a day; the answer to the question is `send`. What its JSON holds, and more."""

        with self.project(today) as project:
            chosen = replace(Options(renderers=Renderers(1)), **options)
            done = run(project, open_files(project, paths), chosen, send)
        more = {"problems": done.problems, "rejects": list(done.loaded.rejects)}
        return SimpleNamespace(**{**run_object(done), **more})

    def do(
        self, deed: Callable[Concatenate[Project, Given], Outcome], *args: Given.args, **kwargs: Given.kwargs
    ) -> Outcome:
        """What a step of the workflow gives, done today."""
        with self.project() as project:
            return deed(project, *args, **kwargs)

    def take(self, *rows: str, header: str = HEADER, name: str = "", **options: Any) -> Any:
        """`certs run` on a claims file of these rows; `options` as of `run`."""
        return self.run(self.claims(*rows, header=header, name=name), **options)

    def mails(self) -> list[EmailMessage]:
        """What lies in the outbox, oldest first: those of one moment in the ledger's order."""
        folder = self.data / "outbox" / "new"
        found = list[tuple[int, int, EmailMessage]]()
        numbers = self._numbers_of_messages()
        for path in folder.iterdir() if folder.is_dir() else ():
            message = message_from_bytes(path.read_bytes(), policy=policy.default)
            assert isinstance(message, EmailMessage)
            number = numbers.get(str(message["Message-ID"]).strip("<> "), 0)
            found.append((path.stat().st_mtime_ns, number, message))
        return [message for *_, message in sorted(found, key=lambda one: one[:2])]

    def _numbers_of_messages(self) -> dict[str, int]:
        ledger = self.data / LEDGER
        if not ledger.is_file():
            return {}
        # Whoever only reads leaves files beside a ledger that had none.
        how = "mode=ro" if ledger.with_name(f"{LEDGER}-wal").exists() else "immutable=1"
        with closing(sqlite3.connect(f"{ledger.as_uri()}?{how}", uri=True)) as connection:
            return dict(connection.execute("SELECT message_id, id FROM message"))

    def certificates(self, today: dt.date = TODAY) -> list[tuple[str, str, str, str]]:
        """(name, activity, kind, standing) of every certificate on a page, sorted."""
        with self.project(today, locked=False) as project:
            rows = [
                (page.name, entry.facts.activity, entry.facts.kind.value, entry.standing.value)
                for token in self.tokens(project)
                for page in project.ledger.pages.persons([token], project.catalog, today)
                for entry in page.entries
            ]
        return sorted(rows)

    def tokens(self, project: Project) -> list[str]:
        """Of people's pages, without those that lead to others."""
        names = [page.name for page in project.ledger.builds.required(Frame(project.today), "c")]
        forwards = {one.token for one in project.ledger.pages.forwards(names)}
        return [name for name in names if name not in forwards]

    def page(self, name: str) -> Path:
        """The folder of the page that greets `name`."""
        (found,) = [
            path.parent
            for path in (self.output / "c").glob("*/index.html")
            if f">{name}<" in path.read_text() or name in path.read_text()
        ]
        return found

    def listing(self) -> list[str]:
        """Every file below output/, secrets replaced by what they stand for, sorted."""
        names = []
        for path in self.output.rglob("*"):
            if path.is_file():
                parts = list(path.relative_to(self.output).parts)
                if parts[0] in ("c", "verify"):
                    parts[1] = "*"
                if parts[-1].endswith(".pdf"):  # without its number, or the digest of what is in it
                    mark = "-certificate-" if "-certificate-" in parts[-1] else "-"
                    parts[-1] = parts[-1].rpartition(mark)[0] + ".pdf"
                names.append("/".join(parts))
        return sorted(names)

    def snapshot(self) -> dict[str, tuple[int, int]]:
        """Inode and time of every file below output/ and the outbox: what a rerun must not touch."""
        return {
            str(path): (path.stat().st_ino, path.stat().st_mtime_ns)
            for folder in (self.output, self.data / "outbox", self.data / "vault")
            for path in folder.rglob("*")
            if path.is_file()
        }

    def bytes_under(self) -> Iterator[tuple[Path, bytes]]:
        """Every file below DATA_DIR and OUTPUT_DIR with its bytes."""
        for folder in (self.data, self.output):
            for parent, _, names in os.walk(folder):
                for name in names:
                    path = Path(parent) / name
                    yield path, path.read_bytes()
