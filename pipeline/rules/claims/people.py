"""Who a claim is about: a participant on record, a new one, or a question for staff; never a guess.

Somebody is known by the learner id where the file has one, else by the address. The outcomes:

- learner id on record (00123 and 123 are one): that participant, whatever the address or whatever the name
- the same, but neither name nor address is theirs: a problem; ids are mistyped and given anew
- the same, but address and name are those of another without learner id: a problem; one person may have two
  records, and would get a second certificate
- learner id new, address known without a learner id: that participant, who now has the id; under another name
  a problem
- learner id new, address and name of one who has another learner id: a problem
- no learner id, address of one participant of that name: that participant; of none or several: a problem
- anything else: a new participant
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.rules.claims.claim import Claim, learner_key
from pipeline.rules.claims.name_keys import name_key


@dataclass(frozen=True, slots=True)
class FormerRecord:
    """A record that became part of a participant's, as both are one person."""

    id: int
    learner_id: str  # empty where it had none
    name: str
    said_name: str  # what files call it

    def is_named(self, name: str) -> bool:
        """Whether a file may mean it by the name."""
        return name_key(name) in (name_key(self.name), name_key(self.said_name))


@dataclass(frozen=True, slots=True)
class KnownParticipant:
    """A participant on record, as far as is needed to tell whether a claim is theirs."""

    id: int
    learner_id: str  # empty where no file gave one
    email: str
    name: str
    credentials: str
    said_name: str = ""  # what files call them, where staff have corrected the name
    bounced: str = ""  # what the mail system said of the address on record; empty: nothing
    formers: tuple[FormerRecord, ...] = ()

    def is_named(self, name: str) -> bool:
        """Whether a file may mean this participant by the name."""
        return self._is_own_name(name) or any(one.is_named(name) for one in self.formers)

    def _is_own_name(self, name: str) -> bool:
        return name_key(name) in (name_key(self.name), name_key(self.said_name or self.name))

    def record_of(self, claim: Claim) -> int:
        """Which of their records a row is about: the number of a former one, by its learner id, else by its
        name; 0 for the one that stayed."""
        if claim.learner_id:
            key = learner_key(claim.learner_id)
            known = (one.id for one in self.formers if one.learner_id and learner_key(one.learner_id) == key)
            return next(known, 0)
        if self._is_own_name(claim.name):
            return 0
        return next((one.id for one in self.formers if one.is_named(claim.name)), 0)


def identify(
    claim: Claim, by_learner: KnownParticipant | None, by_address: Sequence[KnownParticipant]
) -> KnownParticipant | str | None:
    """The participant meant, None for a new one, or the reason why it takes a person to decide.

    `by_learner`: who has the claim's learner id; `by_address`: everybody who has, or had, its address.
    """
    if by_learner is not None:
        is_named = by_learner.is_named(claim.name)
        is_there = any(one.id == by_learner.id for one in by_address)
        if is_named != is_there and (other := _without_id(claim, by_learner, by_address)):
            return _two_records(claim, by_learner, other)
        if is_named or is_there:
            return by_learner
        return (
            "the learner id is on record with another name and another address; if it is the same person, "
            f"use: certs correct {claim.learner_id} --email {claim.email} --reason ..., "
            "else mend the learner id"
        )
    same_name = [one for one in by_address if one.is_named(claim.name)]
    if claim.learner_id:
        open_ = [one for one in by_address if not one.learner_id]
        named = [one for one in open_ if one in same_name]
        if len(named) == 1:
            return named[0]
        if open_:
            return (
                "the address is on record for another name without a learner id; if it is the same person, "
                f"use: certs correct {claim.email} --learner-id {claim.learner_id} --reason ..., "
                "else mend the address"
            )
        if same_name:
            return (
                "the address and the name are on record with another learner id, "
                f"{same_name[0].learner_id}; if the person has this one now, use: certs correct "
                f"{same_name[0].learner_id} --learner-id {claim.learner_id} --reason ..., else mend it"
            )
        return None
    if len(same_name) == 1 or not by_address:
        return same_name[0] if same_name else None
    if len(by_address) > 1:
        return (
            "the address is on record for several participants; the row needs a learner id, or, if they are "
            "one person, use: certs merge WHO INTO --reason ..."
        )
    return (
        "the address is on record for another name; if it is the same person, "
        f"use: certs correct {claim.email} --name ... --reason ..., else the row needs a learner id"
    )


def _without_id(
    claim: Claim, holder: KnownParticipant, by_address: Sequence[KnownParticipant]
) -> KnownParticipant | None:
    """A participant without learner id, other than `holder`, who has the claim's address and name."""
    others = (one for one in by_address if one.id != holder.id and not one.learner_id)
    return next((one for one in others if one.is_named(claim.name)), None)


def _two_records(claim: Claim, holder: KnownParticipant, other: KnownParticipant) -> str:
    """The reason that tells staff how to make one record of two."""
    return (
        f"the learner id is on record for {holder.name} <{holder.email}>, but the address and the name for "
        f"{other.name} <{other.email}>, without a learner id; if they are one person, use: "
        f"certs merge {claim.email} {claim.learner_id} --reason ...; else mend the learner id, or leave it "
        "empty"
    )


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a participant's name and credentials are written on record, and how files last wrote them.

    A name that staff corrected is not undone by the next export, which repeats what the last one said: only
    where a file says something else than files did before is the record changed.
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
