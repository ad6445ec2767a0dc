"""PDFs made for many people: by this process, or by workers for it, in the order asked for."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field

from pipeline import processes
from pipeline.errors import DocumentError, VaultError

CHUNK = 16  # PDFs that a worker is asked for at a time
FEW = 100  # of a portion that this process makes itself
MOST = 3  # workers: whoever takes what they make keeps up with no more

Make = Callable[[], bytes]  # raises VaultError where a part is lacking, DocumentError where it cannot be made


@dataclass(frozen=True, slots=True)
class Made:
    """A PDF, or why there is none."""

    pdf: bytes | None = field(default=None, repr=False)
    sha256: str = ""
    problem: str = ""  # in words; nothing where the vault lacks a part of it


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What is sent to a worker. A log that shows the arguments of its work shows no people."""

    makes: Sequence[Make] = field(repr=False)


_Sent = tuple[_Chunk, "Future[list[Made]] | None"]


def made(portions: Iterable[Sequence[Make]], workers: int | None) -> Generator[list[Made]]:
    """What comes of each, a portion after the other.

    `workers`: processes besides this one, 0 for none; None: one for each core. They are a portion ahead of
    whoever takes what they made. Where the system ends one, this process does the rest.
    """
    number = min(MOST, workers if workers is not None else os.cpu_count() or 1)
    if number < 2:
        yield from (_make_chunk(_Chunk(portion)) for portion in portions)
        return
    with processes.pool(number) as pool:
        try:
            before: list[_Sent] | None = None
            for portion in portions:
                sent = _sent(pool, portion)
                if before is not None:
                    yield _taken(before)
                before = sent
            if before is not None:
                yield _taken(before)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _sent(pool: ProcessPoolExecutor, portion: Sequence[Make]) -> list[_Sent]:
    """A portion on its way to workers; without a future, what this process makes itself."""
    if len(portion) < FEW:
        return [(_Chunk(portion), None)]
    chunks = [_Chunk(portion[at : at + CHUNK]) for at in range(0, len(portion), CHUNK)]
    try:
        return [(chunk, pool.submit(_make_chunk, chunk)) for chunk in chunks]
    except BrokenProcessPool:
        return [(chunk, None) for chunk in chunks]


def _taken(sent: list[_Sent]) -> list[Made]:
    """What came of them. Nothing of it is kept here: a portion is 20 MB."""
    found, sent[:] = list[Made](), sent[::-1]
    while sent:
        chunk, future = sent.pop()
        try:
            found += future.result() if future else _make_chunk(chunk)
        except BrokenProcessPool:
            found += _make_chunk(chunk)
    return found


def _make_chunk(chunk: _Chunk) -> list[Made]:
    return [_made(make) for make in chunk.makes]


def _made(make: Make) -> Made:
    try:
        pdf = make()
    except VaultError:
        return Made()
    except DocumentError as error:
        return Made(problem=error.message)
    return Made(pdf, hashlib.sha256(pdf).hexdigest())
