"""Which row of an export is about whom: by learner id, else by address and name; never by one of them alone
that somebody else may have, too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

from pipeline.rules.addresses import address_key
from pipeline.rules.boards.learners import Learner
from pipeline.rules.boards.records import CreditOnRecord
from pipeline.rules.claims.name_keys import is_other_name, name_key, name_words


@dataclass(frozen=True, slots=True)
class Matched:
    """The row that is about somebody, or why none can be told."""

    learner: Learner | None = None
    doubt: str = ""


@dataclass
class Learners:
    """All rows of an export."""

    rows: Sequence[Learner]
    trusts_ids: bool = False  # staff say that a learner id beside another name is right
    taken: set[int] = field(default_factory=set)  # rows that are about somebody on record

    def __post_init__(self) -> None:
        self._by_id: dict[str, list[Learner]] = {}
        self._by_address: dict[str, list[Learner]] = {}
        for one in self.rows:
            if one.learner_id:
                self._by_id.setdefault(one.learner_id, []).append(one)
            if one.email:
                self._by_address.setdefault(address_key(one.email), []).append(one)

    def of(self, person: CreditOnRecord, addresses: Iterable[str] = ()) -> Matched:
        """The row about this person; `addresses`: keys of those that they were seen with."""
        if person.learner_id and (found := self._by_id.get(person.learner_id)):
            return self._one(found, person)
        keys = dict.fromkeys((address_key(person.email), *addresses))
        rows = {one.row: one for key in keys if key for one in self._by_address.get(key, ())}
        # Another learner id is another person, whatever the address.
        near = [one for one in rows.values() if not (one.learner_id and person.learner_id)]
        alike = [one for one in near if name_key(one.full_name) == name_key(person.name)]
        same = alike or [one for one in near if _is_longer_form(one.full_name, person.name)]
        return self._one(same, person) if same else Matched()

    def _one(self, found: list[Learner], person: CreditOnRecord) -> Matched:
        self.taken.update(one.row for one in found)
        first, numbers = found[0], " and ".join(str(one.row) for one in found[:3])
        if any(_said(one) != _said(first) for one in found[1:]):
            return Matched(doubt=f"rows {numbers} of the export are about this person, and differ")
        if not self.trusts_ids and is_other_name(first.full_name, person.name):
            which = f"row {first.row} of the export has this learner id with another name"
            return Matched(doubt=f"{which}; --accept other-name takes it for the same person")
        return Matched(first)


def without_doubles(matched: Mapping[int, Matched]) -> dict[int, Matched]:
    """Who is whose, by claim; a row that would be about several people is about none for certain."""
    about = Counter(one.learner.row for one in matched.values() if one.learner)

    def sole(one: Matched) -> Matched:
        if one.learner is None or about[one.learner.row] == 1:
            return one
        return Matched(doubt=f"row {one.learner.row} of the export fits several people on record")

    return {claim: sole(one) for claim, one in matched.items()}


def _is_longer_form(one: str, other: str) -> bool:
    """Whether one name is the other with more to it, such as a middle name: John is not Jane at the address
    that they share, although both are Smith."""
    fewer, more = sorted(({*name_words(name)} for name in (one, other)), key=len)
    return len(fewer) > 1 and fewer <= more


def _said(one: Learner) -> Mapping[str, object]:
    """Everything of a row but where it stands."""
    same = replace(one, row=0)
    return {each.name: getattr(same, each.name) for each in fields(same)}
