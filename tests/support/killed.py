"""A program that somebody kills."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any


def dies_at(function: Callable[..., Any], call: int) -> Callable[..., Any]:
    """The function; at its call of this number, counted from 0, the program is killed."""
    calls = itertools.count()

    def dying(*arguments: Any, **options: Any) -> Any:
        if next(calls) == call:
            raise KeyboardInterrupt
        return function(*arguments, **options)

    return dying
