"""Claims files are recognised before anything of any is used, by what headers mean here; so are rejects."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

from pipeline import intake, rules
from pipeline.errors import IntakeError, SettingsError
from pipeline.intake import LONGEST_NAME, ClaimsFile, ToForget, forget_in_rejects, open_claims
from pipeline.intake.exports import load_sources
from pipeline.intake.source import CsvSource
from pipeline.rules.claims.activity_names import ActivityNames
from pipeline.rules.claims.claim import AS_GIVEN, Instructions
from pipeline.rules.claims.columns import read_column_map
from pipeline.rules.claims.export_source import Meanings
from pipeline.rules.claims.forgotten import ForgottenPerson
from pipeline.rules.stops import Stop
from pipeline.rules.text import shown
from pipeline.workflow.judged import NotTaken, rows_not_taken
from pipeline.workflow.project import Project


@dataclass(frozen=True)
class GivenFile:
    """A claims file that was given, and what it was read as."""

    path: Path
    instructions: Instructions
    name: str  # without its folder, as a sentence may have it
    sha256: str  # of its bytes and of how staff say that it is to be read: another sheet is another file
    description: str  # encoding, delimiter or sheet, layout, order of dates
    rows: int
    columns: tuple[tuple[str, str], ...]  # header as given, what it is taken for
    unused: tuple[str, ...]  # columns that nothing is made of
    missing: tuple[str, ...]  # what its activities require and no column says
    known: int = 0  # its number in the ledger, where reading its rows again would change nothing
    # None where not even the file had to be opened
    claims: ClaimsFile | None = field(default=None, compare=False, repr=False)
    stops: tuple[Stop, ...] = ()
    not_taken: NotTaken = field(default_factory=NotTaken, compare=False)  # of a known file's rows

    def __str__(self) -> str:
        """What the file was recognised as, for the person who gave it."""
        return f"{self.name}: {self.description}"

    def read_as(self, set_aside: str, names: Sequence[str]) -> str:
        """What is told of the file besides its rows, for the ledger; empty: it must be opened for that.

        `set_aside`: a digest of the rows that are not taken in, for which it must be, too; `names`: of
        activities, by which its rows are judged.
        """
        if self.stops:
            return ""
        told = {SET_ASIDE: set_aside, NAMES: names, **{one: getattr(self, one) for one in READ_AS}}
        return json.dumps(told)


NAMES, SET_ASIDE = "names", "set_aside"
MOST_NAMES = 1000  # of activities, that are noted of one file
READ_AS = ("description", "columns", "unused", "missing")


def open_files(project: Project, paths: Iterable[Path]) -> list[GivenFile]:
    """Recognise every file before anything of any is used; one that was read before is known by its digest.

    Raises IntakeError, SettingsError.
    """
    meanings = _meanings(project)
    files = [_known(project, path) or _opened(project, path, meanings) for path in paths]
    for file in files:
        project.listener.step(str(file))
        for name in file.missing:
            project.listener.step(
                f"the file has no column {name}: a certificate that needs it waits for a file that has"
            )
        if file.unused:
            project.listener.step(
                f"columns not used: {', '.join(file.unused)} "
                "(if one matters, say what it means: COLUMN_MAP in .env)"
            )
        if file.claims and (reason := file.claims.judge.activities.explain_none(file.claims.activities)):
            raise IntakeError(
                f"{file.name} cannot be used: {reason}{'' if reason.endswith('?') else '.'}",
                f"The activities are {', '.join(sorted(project.catalog))}: mend the file, or add the "
                "activity to content/activities/."
                if project.catalog
                else "There is no activity yet. To write one: certs activities new",
            )
    return files


def _known(project: Project, path: Path) -> GivenFile | None:
    """The file, where its very bytes were read before, by the rules of today, and all in it was right."""
    if not path.is_file():
        return None
    sha256 = digest_of(path, project.instructions)
    load = project.ledger.loads.already_read(sha256, project.today)
    said = json.loads(load.read_as) if load and load.read_as else {}
    if not load or said.get(SET_ASIDE) or NAMES not in said:
        return None
    if load.judged_by != judged_by(project, path, said[NAMES]):
        return None
    return GivenFile(
        path,
        project.instructions,
        shown(path.name, LONGEST_NAME),
        sha256,
        said["description"],
        load.rows,
        tuple((header, name) for header, name in said["columns"]),
        tuple(said["unused"]),
        tuple(said["missing"]),
        known=load.id,
    )


def _opened(project: Project, path: Path, meanings: Meanings) -> GivenFile:
    name = project.settings.zone_of_claims
    zone = ZoneInfo(name) if name else None
    claims = open_claims(path, meanings, project.catalog, project.today, project.instructions, zone)
    sha256, rows = digest_of(path, project.instructions), NotTaken()
    if load := project.ledger.loads.already_read(sha256, project.today):
        rows = rows_not_taken(claims)
        set_aside = json.loads(load.read_as).get(SET_ASIDE, "") if load.read_as else ""
        is_same = load.judged_by == judged_by(project, path, names_in(claims))
        if not is_same or rows.digest != set_aside:  # a day that was to come may have come
            load, rows = None, NotTaken()
    return GivenFile(
        path,
        project.instructions,
        claims.name,
        sha256,
        claims.description,
        claims.row_count,
        tuple(zip(claims.header, claims.columns.names, strict=False)),
        tuple(one for one in claims.columns.others if one not in claims.used),
        claims.missing,
        known=load.id if load else 0,
        claims=claims,
        stops=claims.stops,
        not_taken=rows,
    )


def digest_of(path: Path, instructions: Instructions) -> str:
    """Of a file's bytes as they are now, and of how staff say that it is to be read."""
    with open(path, "rb") as stream:
        digest = hashlib.file_digest(stream, "sha256")
    if instructions != AS_GIVEN:
        digest.update(repr(instructions).encode())
    return digest.hexdigest()


def names_in(claims: ClaimsFile) -> tuple[str, ...]:
    """What those rows of a file that were judged call their activities. Nothing where any activity may matter
    to how it is read: a sheet of a workbook is found by their names, and a file that is said to be about one
    must name no other."""
    names = claims.judge.activities.found
    is_said = claims.instructions.activity or (claims.export and claims.export.activity)
    is_free = isinstance(claims.source, CsvSource) and not is_said
    return tuple(sorted(names)) if is_free and len(names) <= MOST_NAMES else ()


def judged_by(project: Project, path: Path, names: Sequence[str]) -> str:
    """A digest of what a file is read and judged by besides its bytes: the activities that these names mean,
    or all of them without names, what its headers mean, and the rules, as they stand in the program."""
    settings, catalog = project.settings, ActivityNames(project.catalog)
    meaning = repr([(name, catalog.find(name)) for name in names])
    activities = meaning if names else project.catalog_digest()
    meant = f"{sorted(_requirements(project))} {settings.column_map} {settings.zone_of_claims}"
    digest = hashlib.sha256(f"{activities} {meant} {path.suffix}".encode())
    own = sorted((settings.content / "exports").glob("*.toml"))
    for source in (*own, *_program(intake), *_program(rules)):
        digest.update(b"\0" + source.name.encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()


def _program(package: ModuleType) -> Iterator[Path]:
    """The files that a package is made of."""
    for suffix in ("py", "toml"):
        yield from sorted(Path(str(package.__file__)).parent.rglob(f"*.{suffix}"))


def _requirements(project: Project) -> set[str]:
    return {name for activity in project.catalog.values() for name in activity.requirements}


def _column_map(project: Project) -> dict[str, str]:
    column_map, wrong = read_column_map(project.settings.column_map, _requirements(project))
    if wrong:
        raise SettingsError(
            f"COLUMN_MAP: {'; '.join(wrong)}",
            "Write it as Learner Mail=email, Points=cme_credits, Suffix=unused.",
        )
    return column_map


def _meanings(project: Project) -> Meanings:
    """What headers mean here. Raises CatalogError, SettingsError, and CertsError for an unknown activity."""
    project.check_activity(project.instructions.activity or None)
    sources = load_sources(project.settings.content, project.catalog)
    return Meanings(
        _column_map(project), sources, project.instructions.activity, tuple(sorted(_requirements(project)))
    )


def clean_rejects(project: Project, people: Collection[ForgottenPerson]) -> None:
    """Take rows of people who are forgotten, and rows past retention, out of the rejects files."""
    activities, meanings = ActivityNames(project.catalog), _meanings(project)
    folder = project.settings.data_dir / "rejects"
    forget_in_rejects(folder, ToForget(project.today, activities, people, meanings))
