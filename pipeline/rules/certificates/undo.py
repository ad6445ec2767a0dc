"""What undoing a run means for one claim: its certificates in, what is withdrawn, taken back or restored out.

A certificate that nobody can have seen, neither mailed nor at the web host nor taken out by staff, is taken
back: it was never issued. Any other is withdrawn under its number. One whose place it took is valid again. A
claim that a later file speaks of stays, as that file says the same or has corrected it; so does one that was
mailed, unless staff ask for that. What two records claimed that became one stays, too, unless that run
brought all of it for the one person: it is not known which of it each run said.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.awards import Standing


class Undone(StrEnum):
    """What is left of a claim whose run was undone; until a file says it again nothing more is issued."""

    NO = ""
    WAITS = "waits"  # what it said before that run stands
    VOID = "void"  # that run brought it: nothing of it stands


def undone_of_both(own: Undone, other: Undone) -> Undone:
    """What is left of the claim that two make: nothing where nothing of either stands; it waits where either
    that stands does."""
    if Undone.VOID in (own, other):
        return other if own is Undone.VOID else own
    return Undone.WAITS if Undone.WAITS in (own, other) else Undone.NO


class WhyLeft(StrEnum):
    """Why a claim is left as it is."""

    MAILED = "mailed"  # its holder was told
    LATER = "later"  # a later file speaks of it, or a later run issued something for it
    MERGED = "merged"  # several records of one person, which became one, speak of it


@dataclass(frozen=True, slots=True)
class RunCertificate:
    """A certificate of a claim that a run had a part in."""

    id: int
    participant_id: int
    number: str
    kind: Kind
    standing: Standing
    is_issued: bool
    by_run: bool  # that run made its first version
    told: bool  # mail told its holder of it
    shown: bool  # it is, or may be, at the web host; or a board was told of it, or staff took it out
    replaces: int | None  # id of the certificate whose place it took


@dataclass(frozen=True, slots=True)
class RunClaim:
    """A claim that a run brought, or for which it issued something."""

    id: int
    participant_id: int
    added: bool  # the run brought it
    changed: bool  # the run changed what it says, and nothing was made of that since
    later: bool  # a later file speaks of it
    told: bool  # mail told its person what it waits for
    joined: bool  # the rows of several records of its person speak of it
    certificates: tuple[RunCertificate, ...]  # all of it


@dataclass(frozen=True, slots=True)
class ClaimUndo:
    """What is done to one claim."""

    claim: RunClaim
    left: WhyLeft | None = None
    withdraw: tuple[RunCertificate, ...] = ()
    take_back: tuple[RunCertificate, ...] = ()
    restore: tuple[RunCertificate, ...] = ()  # valid again, as what took their place goes
    is_deleted: bool = False  # the claim itself, of which nothing is left
    becomes: Undone = Undone.NO


def undo_claim(claim: RunClaim, mailed_too: bool) -> ClaimUndo | None:
    """What undoing the run does to a claim; None where nothing of that run counts in it.

    `mailed_too`: also what its holder was told of.
    """
    counting = [one for one in claim.certificates if one.is_issued and one.standing.is_live]
    issued = [one for one in counting if one.by_run]
    if claim.joined and not (claim.added and all(map(_is_all_of_run, claim.certificates))):
        return ClaimUndo(claim, WhyLeft.MERGED)
    planned = [one for one in claim.certificates if not one.is_issued]
    if not (issued or planned or claim.added or claim.changed):
        return None
    if claim.later or (claim.added and len(issued) < len(counting)):
        return ClaimUndo(claim, WhyLeft.LATER) if issued else None
    was_told = (claim.added and claim.told) or any(one.told for one in issued)
    if was_told and not mailed_too:
        return ClaimUndo(claim, WhyLeft.MAILED) if issued else None
    take_back = [*planned, *(one for one in issued if not (one.told or one.shown))]
    former = {one.replaces for one in (*issued, *planned)}
    remaining = len(claim.certificates) - len(take_back)
    is_deleted = claim.added and not remaining and not claim.told
    if claim.added and not (issued or planned or is_deleted):
        return None  # what the run had issued went before, and nothing can be issued from it
    return ClaimUndo(
        claim,
        withdraw=tuple(one for one in issued if one not in take_back),
        take_back=tuple(take_back),
        restore=tuple(
            one for one in claim.certificates if one.id in former and one.standing is Standing.REPLACED
        ),
        is_deleted=is_deleted,
        becomes=Undone.VOID if claim.added else Undone.WAITS,
    )


def _is_all_of_run(one: RunCertificate) -> bool:
    return one.by_run and one.standing is not Standing.REPLACED
