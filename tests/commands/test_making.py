"""PDFs made for many: by workers as by this process, in order, whatever becomes of one or of a worker."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial

import pytest

from pipeline.errors import DocumentError, VaultError
from pipeline.workflow.making import CHUNK, FEW, Made, Make, made

MANY = FEW + CHUNK + 5


def paper(number: int) -> bytes:
    if number % 7 == 3:
        raise DocumentError(f"number {number} is encrypted")
    if number % 7 == 5:
        raise VaultError("it is not there")
    return b"%%PDF-%d" % number


def paper_where_it_lives(home: int, number: int) -> bytes:
    if os.getpid() != home and number == CHUNK + 1:
        os._exit(9)
    return b"%%PDF-%d" % number


@pytest.mark.starts
def test_workers_make_the_same_in_the_same_order() -> None:
    makes: list[Make] = [partial(paper, number) for number in range(MANY)]
    portions = [makes, makes[:2], [], makes[1:]]
    alone = list(made(portions, 0))
    assert [len(one) for one in alone] == [len(one) for one in portions]
    assert [one.pdf for one in alone[0][:3]] == [b"%PDF-0", b"%PDF-1", b"%PDF-2"]
    assert alone[0][3] == Made(problem="number 3 is encrypted")
    assert alone[0][5] == Made()
    assert list(made(portions, 2)) == alone


@pytest.mark.starts
def test_workers_are_one_portion_ahead_and_no_more() -> None:
    """Else all pages of six years would be in memory."""
    asked = list[int]()

    def portions() -> Iterator[list[Make]]:
        for at in range(5):
            asked.append(at)
            yield [partial(paper, at)]

    results = made(portions(), 2)
    next(results)
    assert asked == [0, 1]
    results.close()


@pytest.mark.starts
def test_a_worker_that_is_ended_costs_nothing_but_time() -> None:
    makes: list[Make] = [partial(paper_where_it_lives, os.getpid(), number) for number in range(MANY)]
    for portion in made([makes, makes], 2):
        assert [one.pdf for one in portion] == [b"%%PDF-%d" % number for number in range(MANY)]


@pytest.mark.starts
def test_whoever_stops_taking_leaves_no_worker_behind() -> None:
    makes: list[Make] = [partial(paper, number) for number in range(MANY)]
    results = made([makes, makes], 2)
    next(results)
    results.close()
    with pytest.raises(StopIteration):
        next(results)


def test_what_is_made_shows_nobody() -> None:
    assert repr(Made(b"%PDF-Ana", "0" * 64)) == f"Made(sha256='{'0' * 64}', problem='')"
