"""Who a claim is about: a known participant, a new one, or a question for staff; never a guess.

Identity is the learner id where the file has one, else the address (DESIGN 8). The outcomes:

- learner id on record: that participant, whatever the address or whatever the name
- learner id on record, but neither name nor address is theirs: a problem; ids are mistyped and given anew
- learner id on record, but address and name are those of another without learner id, and not both theirs: a
  problem; one person may have two records, and would get a second certificate
- learner id new, address known without a learner id, same name: that participant, who now has the id
- the same with another name: a problem
- learner id new, address and name of one who has another learner id: a problem (00123 and 123 are one)
- learner id new, address only of others with other learner ids: a new participant; the address is shared
- no learner id, address of one participant of that name: that participant
- no learner id, address known, but no such name or several: a problem
- nothing known: a new participant
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from pipeline.rules.claims.claim import Claim


@dataclass(frozen=True, slots=True)
class Known:
    """A participant on record, as far as identity needs it."""

    id: int
    learner_id: str  # empty where no file gave one
    email: str
    name: str
    credentials: str
    said_name: str = ""  # what files call them, where staff corrected the name
    bounced: str = ""  # what the mail system said of the address on record; empty: nothing

    def is_named(self, name: str) -> bool:
        """Whether a file may mean this participant by the name."""
        return name_key(name) in (name_key(self.name), name_key(self.said_name or self.name))


NEW = None


_APART = re.compile("[^A-Za-z0-9]+")
_ACCENTED = ("LATIN", "GREEK", "CYRILLIC")  # scripts whose marks are accents; elsewhere marks are vowels


def name_key(name: str) -> str:
    """A name as two files may spell it alike: case, accents, punctuation and white space folded.

    The signs that Indic, Thai, Japanese and other scripts write above, below and beside a letter stay:
    without them two names would become one.
    """
    if name.isascii():  # most names, and a tenth of the time
        key = _APART.sub(" ", name).casefold()
    else:
        key = name.translate(_ALONE)
        if _MARK in key:
            key = _folded(name)
    return " ".join(key.split()) or name.casefold()


def _folded(text: str) -> str:
    letters, bears_accents = [], True
    for char in unicodedata.normalize("NFKD", text):
        if unicodedata.category(char).startswith("M"):
            if not bears_accents:
                letters.append(char)
        elif char.isalnum():
            letters.append(char)
            bears_accents = char.isascii() or unicodedata.name(char, "").startswith(_ACCENTED)
        else:
            letters.append(" ")
            bears_accents = True  # a mark without a letter is none
    return "".join(letters).casefold()


class _Alone(dict[int, str]):
    """Each character folded by itself, once; a mark is none by itself, it goes with what stands before it."""

    def __missing__(self, code: int) -> str:
        first = unicodedata.normalize("NFKD", chr(code))[0]
        self[code] = _MARK if unicodedata.category(first).startswith("M") else _folded(chr(code))
        return self[code]


_MARK = "\0"
_ALONE = _Alone()


def identify(claim: Claim, by_learner: Known | None, by_address: Sequence[Known]) -> Known | str | None:
    """The participant meant, NEW (None) for a new one, or the reason why it takes a person to decide.

    `by_learner`: who has the claim's learner id; `by_address`: everybody who has, or had, its address.
    """
    if by_learner is not None:
        is_named = by_learner.is_named(claim.name)
        is_there = any(known.id == by_learner.id for known in by_address)
        if is_named != is_there and (other := _open_twin(claim, by_learner, by_address)):
            return _two_records(claim, by_learner, other)
        if is_named or is_there:
            return by_learner
        return (
            "the learner id is on record with another name and another address; if it is the same person, "
            "use: certs correct LEARNER_ID --email ... --reason ..., else mend the learner id"
        )
    same_name = [known for known in by_address if known.is_named(claim.name)]
    if claim.learner_id:
        open_ = [known for known in by_address if not known.learner_id]
        if len(open_) == 1 and open_[0] in same_name:
            return open_[0]
        if open_:
            return (
                "the address is on record for another name without a learner id; "
                "give that participant the learner id first, or mend the address"
            )
        if same_name:
            return (
                "the address and the name are on record with another learner id, "
                f"{same_name[0].learner_id}; mend the one that is wrong"
            )
        return NEW
    if len(same_name) == 1:
        return same_name[0]
    if by_address:
        return (
            "the address is on record for "
            + ("several participants" if same_name else "another name")
            + "; if it is the same person, use: certs correct ADDRESS --name ... --reason ..., "
            "else the row needs a learner id"
        )
    return NEW


def _open_twin(claim: Claim, holder: Known, by_address: Sequence[Known]) -> Known | None:
    """Somebody else of the claim's address and name, who has no learner id."""
    others = (known for known in by_address if known.id != holder.id and not known.learner_id)
    return next((known for known in others if known.is_named(claim.name)), None)


def _two_records(claim: Claim, holder: Known, other: Known) -> str:
    """Once staff give the holder of the learner id this address, or name, the row is plainly the holder's."""
    change = f"--email {claim.email}" if holder.is_named(claim.name) else "--name ..."
    return (
        f"the learner id is on record for {holder.name} <{holder.email}>, but the address and the name for "
        f"{other.name} <{other.email}>, without a learner id; if they are one person, use: "
        f"certs correct {claim.learner_id} {change} --reason ..., and certs withdraw NUMBER for what "
        "they have twice; else mend the learner id, or leave it empty"
    )


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a participant's name stands on record, beside what files last said of it.

    A name that staff corrected is not undone by the next export, which repeats what the last one said:
    only what a file says anew is news.
    """

    name: str
    credentials: str
    said_name: str
    said_credentials: str


def respell(record: Spelling, claim: Claim) -> Spelling:
    """The spelling after this row; a column the file lacks changes nothing."""
    credentials = record.said_credentials if claim.credentials is None else claim.credentials
    return Spelling(
        name=record.name if claim.name == record.said_name else claim.name,
        credentials=record.credentials if credentials == record.said_credentials else credentials,
        said_name=claim.name,
        said_credentials=credentials,
    )


@dataclass(frozen=True, slots=True)
class Trace:
    """What somebody who is forgotten may be known by in files that were set aside."""

    learner_id: str
    names: frozenset[str]  # case folded, as on record
    addresses: frozenset[str]  # keys of those that nobody else on record has
    shared: frozenset[str] = frozenset()  # keys of those that others have, too

    def is_meant(self, learner_id: str, name: str, addresses: Collection[str], lost: bool) -> bool:
        """Whether a row is about them; `lost`: it has no address, or one that cannot be read."""
        if learner_id and learner_id == self.learner_id:
            return True
        if not self.addresses.isdisjoint(addresses):
            return True
        # A name alone is evidence only where the row says nothing else.
        weak = (lost and not learner_id) or not self.shared.isdisjoint(addresses)
        return weak and name_key(name) in map(name_key, self.names)


_WITHOUT_ID = "without learner id: "


def erasure_marks(learner_id: str, names: Iterable[str], addresses: Iterable[tuple[str, bool]]) -> set[str]:
    """What the return of somebody erased is refused by; kept as keyed digests only.

    `addresses`: (key, whether others on record have it, too). Whoever had a learner id is known by that, by
    an address only in rows without one; an address that others have counts only beside the name.
    """
    only = _WITHOUT_ID if learner_id else ""
    keys = {name_key(name) for name in names}
    marks = {learner_id} if learner_id else set()
    for address, shared in addresses:
        marks |= {f"{only}{address}\n{key}" for key in keys} if shared else {only + address}
    return marks


def marks_of(learner_id: str, address: str, name: str) -> set[str]:
    """The marks by which a row, or a record, would be somebody erased; `address`: its key."""
    marks = {learner_id} if learner_id else set()
    if address:
        for only in ("",) if learner_id else ("", _WITHOUT_ID):
            marks |= {only + address, f"{only}{address}\n{name_key(name)}"}
    return marks
