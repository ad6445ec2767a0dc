"""Letters by domain: pages of the journal in, one letter at a time out; no domain gets all at once."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence

from pipeline.mail.letters import Letter

MOST_WAITING = 1000  # letters held while every domain at hand has its share under way


class Lanes:
    """Takes turns between domains; at most `at_once` letters of a domain are under way."""

    def __init__(self, page: Callable[[int], Sequence[Letter]], at_once: int, limit: int | None) -> None:
        """`page`: due letters with ids above the given one, ascending; empty when there are no more.

        `limit`: letters to give out at most, None for all.
        """
        self._page, self._at_once, self._left = page, at_once, limit
        self._last = 0
        self._dry = False
        self._waiting: dict[str, deque[Letter]] = {}
        self._count = 0
        self._busy: Counter[str] = Counter()
        self._changed = asyncio.Event()
        self.resting: set[str] = set()
        self._closed = False

    @property
    def busy(self) -> int:
        """Letters given out and not settled."""
        return self._busy.total()

    async def take(self) -> Letter | None:
        """The next letter, None when there is none left or the lanes were closed."""
        while not self._closed:
            letter = self._pick()
            if letter is not None:
                self._busy[letter.domain] += 1
                return letter
            if not self._dry and self._count < MOST_WAITING:
                self._refill()
            elif self._count:
                self._changed.clear()
                await self._changed.wait()
            else:
                return None
        return None

    def done(self, letter: Letter) -> None:
        """The letter is settled: its domain has room for another."""
        self._busy[letter.domain] -= 1
        if not self._busy[letter.domain]:
            del self._busy[letter.domain]
        self._changed.set()

    def give_back(self, letter: Letter) -> None:
        """The letter was not tried; it is the next of its domain."""
        self.done(letter)
        if letter.domain not in self.resting:
            self._waiting.setdefault(letter.domain, deque()).appendleft(letter)
            self._count += 1

    def rest(self, domain: str) -> None:
        """Nothing more for this domain in this run; its letters stay in the journal."""
        self.resting.add(domain)
        self._count -= len(self._waiting.pop(domain, ()))
        self._changed.set()

    def close(self) -> None:
        """No more letters are given out."""
        self._closed = True
        self._changed.set()

    def _pick(self) -> Letter | None:
        for domain in list(self._waiting):
            if self._busy[domain] >= self._at_once:
                continue
            lane = self._waiting.pop(domain)
            letter = lane.popleft()
            if lane:
                self._waiting[domain] = lane  # behind the others
            self._count -= 1
            return letter
        return None

    def _refill(self) -> None:
        letters = self._page(self._last)
        if self._left is not None:
            letters = letters[: self._left]
            self._left -= len(letters)
        self._dry = not letters
        for letter in letters:
            self._last = letter.id
            if letter.domain not in self.resting:
                self._waiting.setdefault(letter.domain, deque()).append(letter)
                self._count += 1
