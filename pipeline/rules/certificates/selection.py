"""Which certificates of a run staff see as pictures: those on which a fault would show first.

Every kind is seen, the longest name and title, the smallest type, each script, each sort of correction and
caution, and what the press leaves to WeasyPrint. The rest of the room goes to more of what may go wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.awards import Facts

MOST = 24  # certificates: what a person looks at with care
NAME, TITLE, TYPE = "the longest name", "the longest title", "the smallest type"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A certificate that a run would make, with what may be odd about it."""

    id: int
    facts: Facts
    correction: str = ""  # why it is made again; empty for a certificate that is new
    replaces: int = 0  # id of a certificate of another kind whose place it takes
    scripts: tuple[str, ...] = ()  # of the name and credentials, other than Latin
    laid_out: bool = False  # by WeasyPrint itself: the press cannot set it
    cautions: tuple[str, ...] = ()
    holder: int = 0  # id of the participant

    @property
    def length(self) -> int:
        """Characters that have to find room on the page."""
        facts = self.facts
        return len(facts.name) + len(facts.credentials) + len(facts.title) + len(facts.location)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A certificate to be shown, and why."""

    candidate: Candidate
    why: tuple[str, ...]


@dataclass(slots=True)
class _Sort:
    """Certificates that are alike in one thing: one for each holder, the first so many."""

    is_open: bool  # more than one of them is worth a look
    held: dict[int, Candidate] = field(default_factory=dict)


class Selection:
    """Takes in one certificate after the other, and holds those that may be shown: memory stays flat."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kinds: dict[Kind, Candidate] = {}
        self._sorts: dict[str, _Sort] = {}
        self._name: Candidate | None = None
        self._title: Candidate | None = None
        self._short = 0  # characters of the shortest title: where all are alike none is the longest
        self._long: list[Candidate] = []  # those in which the smallest type is looked for
        self.seen = 0

    def see(self, one: Candidate) -> None:
        """Take in a certificate."""
        self.seen += 1
        facts = one.facts
        self._kinds.setdefault(facts.kind, one)
        before = self._name
        is_same = before is not None and before.holder == one.holder and facts.kind.is_credit
        if before is None or is_same or len(facts.name) > len(before.facts.name):
            self._name = one
        self._short = min(self._short or len(facts.title), len(facts.title))
        if self._title is None or len(facts.title) > len(self._title.facts.title):
            self._title = one
        if len(self._long) < self._most or one.length > self._long[-1].length:
            self._long.append(one)
            self._long.sort(key=lambda each: -each.length)
            del self._long[self._most :]
        for words, is_open in sorts_of(one):
            self._hold(words, is_open, one)

    def _hold(self, words: str, is_open: bool, one: Candidate) -> None:
        held = self._sorts.setdefault(words, _Sort(is_open)).held
        before = held.get(one.holder)
        if before is None and len(held) < self._most:
            held[one.holder] = one
        elif before and one.facts.kind.is_credit and not before.facts.kind.is_credit:
            held[one.holder] = one  # it says more than the same person's certificate of participation

    def chosen(self, type_size: Callable[[Facts], float]) -> list[Chosen]:
        """What to show, in the order in which it was chosen. `type_size`: of the smallest text, in points."""
        reasons: dict[int, list[str]] = {}
        found: dict[int, Candidate] = {}
        for why, one in self._in_order(type_size):
            if one.id in found or len(found) < self._most:
                found[one.id] = one
                reasons.setdefault(one.id, []).append(why)
        return [
            Chosen(one, tuple(dict.fromkeys([*reasons[key], *(words for words, _ in sorts_of(one))])))
            for key, one in found.items()
        ]

    def _in_order(self, type_size: Callable[[Facts], float]) -> Iterator[tuple[str, Candidate]]:
        """What everybody looks for first; then one of each sort, then more of what may go wrong."""
        first = [(f"the first {kind.label}", self._kinds[kind]) for kind in Kind if kind in self._kinds]
        if self._name and self._title:
            smallest = min(self._long, key=lambda one: type_size(one.facts))
            first += [(NAME, self._name), (TYPE, smallest)]
            first += [(TITLE, self._title)] if len(self._title.facts.title) > self._short else []
        yield from first
        people = {one.holder for _, one in first}
        shown = {words for _, one in first for words, _ in sorts_of(one)}
        for turn in range(self._most):
            for why, sort in sorted(self._sorts.items(), key=lambda each: not each[1].is_open):
                left = [one for holder, one in sort.held.items() if holder not in people]
                if turn == 0 and why not in shown:
                    left = left or [*sort.held.values()]
                elif turn == 0 or not sort.is_open:
                    continue
                if left:
                    people.add(left[0].holder)
                    shown |= {words for words, _ in sorts_of(left[0])}
                    yield why, left[0]


def sorts_of(one: Candidate) -> list[tuple[str, bool]]:
    """What a certificate is an example of, in words, and whether more than one such is worth a look."""
    return [
        *([(one.correction, True)] if one.correction else []),
        *([("takes the place of another certificate", True)] if one.replaces else []),
        *((caution, True) for caution in one.cautions),
        *((f"letters: {script}", False) for script in one.scripts),
        *([("laid out on its own: the press cannot set it", True)] if one.laid_out else []),
    ]
