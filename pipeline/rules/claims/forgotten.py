"""People who were forgotten: what in a row, or in a later claim, shows that it is about one of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pipeline.rules.claims.claim import learner_key, learner_spellings
from pipeline.rules.claims.name_keys import name_key


@dataclass(frozen=True, slots=True)
class ForgottenPerson:
    """What somebody who is forgotten may be recognised by in rejects files."""

    learner_ids: frozenset[str]  # of all their records
    names: frozenset[str]  # case folded, as on record
    addresses: frozenset[str]  # keys of those that nobody else on record has
    shared: frozenset[str] = frozenset()  # keys of those that others have, too

    def is_meant(self, learner_id: str, name: str, addresses: Collection[str], lost: bool) -> bool:
        """Whether a row is about them; `addresses`: the keys of all that stand in it; `lost`: it has no
        address, or one that cannot be read."""
        if learner_id and learner_key(learner_id) in map(learner_key, self.learner_ids):
            return True
        if not self.addresses.isdisjoint(addresses):
            return True
        # A name alone is evidence only where the row says nothing else.
        weak = (lost and not learner_id) or not self.shared.isdisjoint(addresses)
        return weak and name_key(name) in map(name_key, self.names)


_WITHOUT_ID = "without learner id: "


def erasure_marks(
    learner_ids: Collection[str], names: Iterable[str], addresses: Iterable[tuple[str, bool]]
) -> set[str]:
    """The marks by which somebody who asked to be erased is refused later; kept as keyed digests only.

    `addresses`: (key, whether others on record have it, too). Whoever had a learner id is recognised by that,
    and by an address only in rows without one; an address that others have counts only beside the name.
    """
    only = _WITHOUT_ID if learner_ids else ""
    keys = {name_key(name) for name in names}
    marks = set(learner_ids)
    for address, shared in addresses:
        marks |= {f"{only}{address}\n{key}" for key in keys} if shared else {only + address}
    return marks


def marks_of(learner_id: str, address: str, name: str) -> set[str]:
    """The marks by which a row, or a record, would be somebody erased; `address`: its key."""
    marks = {*learner_spellings(learner_id)} if learner_id else set()
    if address:
        for only in ("",) if learner_id else ("", _WITHOUT_ID):
            marks |= {only + address, f"{only}{address}\n{name_key(name)}"}
    return marks
