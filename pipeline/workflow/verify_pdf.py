"""Whether a PDF is a certificate of the college, unchanged: files in; a verdict for each, out."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import CertsError
from pipeline.rules.seals.public_keys import KEYS_FILE, PublicKey, read_keys
from pipeline.rules.seals.standing_list import (
    STANDING_FILE,
    Kept,
    listed_as,
    read_standing,
    standing_words,
)
from pipeline.rules.seals.verdict import Judged, SealVerdict, judge
from pipeline.workflow.project import Project

LARGEST = 1 << 26  # bytes of a file that is read: a certificate has some 60,000


@dataclass(frozen=True)
class Known:
    """By what files are judged."""

    keys: Mapping[str, PublicKey]
    standings: Kept | None = None  # None: not known
    project: Project | None = None  # whose ledger tells more than a file does, where there is one


@dataclass(frozen=True)
class Examined:
    """A file and what it is."""

    path: Path
    verdict: SealVerdict
    why: str = ""
    number: str = ""
    version: int = 0
    standing: str = ""  # in words; empty where nothing is known of it


def known_from(place: Path) -> Known:
    """What other people's scripts have: a JWK set, or a folder that holds the site, with the list of
    standings beside the keys in either. Raises CertsError."""
    from pipeline.sealing import fits

    path = place / KEYS_FILE if place.is_dir() else place
    try:
        keys = read_keys(_read(path))
    except (OSError, ValueError) as error:
        raise _unusable("keys", path, error) from error
    beside = path.parent / Path(STANDING_FILE).name
    try:
        return Known(keys, read_standing(_read(beside).decode("ascii"), keys, fits))
    except FileNotFoundError:
        return Known(keys)
    except (OSError, ValueError) as error:
        raise _unusable("standings", beside, error) from error


def _unusable(what: str, path: Path, error: OSError | ValueError) -> CertsError:
    words = error.strerror if isinstance(error, OSError) else error
    return CertsError(
        f"The {what} cannot be read from {path}: {words}.",
        f"Take them anew from the college's site: /{KEYS_FILE} and /{STANDING_FILE}",
    )


def known_to(project: Project) -> Known:
    """The project's own keys and ledger."""
    seals = project.ledger.seals
    return Known({key.id: key for key in seals.all_keys()}, seals.standings(), project)


def examine(path: Path, known: Known) -> Examined:
    """What one file is. Raises CertsError where it cannot be read."""
    from pipeline.sealing import fits

    try:
        pdf = _read(path)
    except ValueError as error:
        return Examined(path, SealVerdict.NOT_OURS, str(error))
    except OSError as error:
        raise CertsError(f"{path} cannot be read: {error.strerror}.") from error
    judged = judge(pdf, known.keys, fits)
    if judged.seal is None:
        return _on_record(path, pdf, judged, known)
    seal = judged.seal
    return Examined(
        path,
        judged.verdict,
        judged.why,
        seal.number,
        seal.version,
        _standing(known, seal.number, seal.version),
    )


def _on_record(path: Path, pdf: bytes, judged: Judged, known: Known) -> Examined:
    """Without a seal that holds. What was issued before there were seals, the ledger knows by its bytes."""
    digest = hashlib.sha256(pdf).hexdigest()
    found = known.project.ledger.seals.issued_as(digest) if known.project else None
    if found is None:
        return Examined(path, judged.verdict, judged.why)
    why = f"{judged.why}, but on record byte for byte"
    return Examined(path, SealVerdict.GENUINE, why, *found, _standing(known, *found))


def _standing(known: Known, number: str, version: int) -> str:
    if known.standings is None:
        return ""
    return standing_words(known.standings.get(listed_as(number)), version)


def _read(path: Path) -> bytes:
    """A file's bytes. Raises ValueError for what would be waited for, as a pipe, or would fill the memory."""
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST:
            raise ValueError("it is no certificate, or much too large for one")
        return file.read()
