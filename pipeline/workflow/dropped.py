"""Claims files that somebody hands over instead of naming a path, and a plan that waits for an answer."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pipeline import files
from pipeline.errors import CertsError
from pipeline.review import Review, review_page
from pipeline.rules.text import one_line
from pipeline.settings import Settings
from pipeline.workflow.alone import HeldProject
from pipeline.workflow.opening import digest_of, open_files
from pipeline.workflow.plan import RunPlan, plan_run
from pipeline.workflow.project import REHEARSAL, Project
from pipeline.workflow.release import check_host
from pipeline.workflow.review import review_of
from pipeline.workflow.run import Options, RunResult, run

LONGEST = 180  # bytes of a name: a system takes 255, and ours are made longer
LONGEST_SUFFIX = 8
ALLOWED = " ._-()&,+"  # in a name, beside letters and figures


@dataclass(frozen=True)
class KeptFiles:
    """Files that were handed over, in a folder of their own in DATA_DIR, for their owner alone. What a killed
    process leaves of them the next command removes, as it does rehearsals."""

    paths: tuple[Path, ...]
    folder: Path | None  # None where there is no file

    def let_go(self) -> None:
        """They are not needed any more."""
        if self.folder is not None:
            files.remove(self.folder)


def keep_files(settings: Settings, given: Sequence[tuple[str, BinaryIO]]) -> KeptFiles:
    """Keep what was handed over, each with the name that its giver has for it. Raises CertsError where the
    disk refuses."""
    if not given:
        return KeptFiles((), None)
    kept: list[Path] = []
    try:
        files.make_private(settings.data_dir)
        folder = Path(tempfile.mkdtemp(prefix=f"{REHEARSAL}{os.getpid()}-", dir=settings.data_dir))
        try:
            for name, stream in given:
                path = _free(folder, safe_name(name))
                files.write_new(path, b"")
                with open(path, "wb") as file:
                    shutil.copyfileobj(stream, file)
                kept.append(path)
        except BaseException:
            files.remove(folder)
            raise
    except OSError as error:
        raise CertsError(
            f"The file could not be kept: {error.strerror or error}.",
            "See that the disk has room and DATA_DIR can be written, then give it again.",
        ) from error
    return KeptFiles(tuple(kept), folder)


def safe_name(text: str) -> str:
    """The name of a file that somebody calls `text`: of no folder, not hidden, and without signs that a
    shell, a terminal or another system reads as more than a letter."""
    name = unicodedata.normalize("NFC", one_line(text).replace("\\", "/").rpartition("/")[2])
    name = "".join(sign if sign.isalnum() or sign in ALLOWED else "_" for sign in name).strip(" ._-")
    stem, dot, suffix = name.rpartition(".")
    if not dot or len(suffix) > LONGEST_SUFFIX:
        stem, dot, suffix = name, "", ""
    room = LONGEST - len(f"{dot}{suffix}".encode())
    stem = stem.encode()[:room].decode(errors="ignore").strip()
    return f"{stem or 'claims'}{dot}{suffix}"


def _free(folder: Path, name: str) -> Path:
    """The place of that name, or of the name with a number where several were handed over."""
    path, number = folder / name, 1
    while path.exists():
        number += 1
        path = folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
    return path


@dataclass(frozen=True)
class ShownPlan:
    """A plan that was shown, and the state of the world that it is true of."""

    plan: RunPlan
    review: Review
    world: str


def plan_to_show(project: Project, paths: Sequence[Path], options: Options) -> ShownPlan:
    """What a run on these files would do, with pictures. Raises CertsError where they cannot be read."""
    world = world_of(project)
    given = open_files(project, paths)
    check_host(project)
    plan = plan_run(
        project,
        given,
        options.allow_removals,
        options.mail_corrections,
        options.mail_advice,
        pictures=True,
    )
    return ShownPlan(plan, review_of(project, plan), world)


def run_as_shown(held: HeldProject, shown: ShownPlan, options: Options, send: bool) -> RunResult | None:
    """Do what was shown, nothing else; None where that is not any more what a run would do, and nothing was
    done. `held`: with the names of the plan's stops accepted. Raises CertsError as `run` does."""
    with held.looking() as project:
        if not _is_as_shown(project, shown):
            return None
    with held.acting(shown.plan.accepted) as project:
        return run(project, shown.plan.files, options, send)


def world_of(project: Project) -> str:
    """A digest of what a plan is made of beside its files: another one where anything happened since."""
    said = (project.ledger.origin.content(), project.today.isoformat(), project.catalog_digest())
    return hashlib.sha256(" ".join(said).encode()).hexdigest()


def _is_as_shown(project: Project, shown: ShownPlan) -> bool:
    if world_of(project) != shown.world:
        return False
    return all(digest_of(one.path, one.instructions) == one.sha256 for one in shown.plan.files)


def review_file(project: Project, shown: ShownPlan) -> bytes:
    """The review of a plan as the one file that `certs run` writes, for whoever approves."""
    return review_page(shown.review, project.settings.theme).encode()
