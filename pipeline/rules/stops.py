"""Stops: what a command finds, before it does anything, that may cost a credit, a certificate or privacy.

A program believes its clock, its ledger and its folders. Before something that cannot be undone it asks here
whether the world can be as it seems. What is found is a value with a name; staff who know better accept it by
that name.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.rules.certificates.changes import ChangedField
from pipeline.rules.claims.name_keys import is_other_name
from pipeline.rules.text import counted, first_few

NAMES = (
    "clock",
    "large-purge",
    "empty-ledger",
    "older-ledger",
    "moved-ledger",
    "stray-output",
    "unread-pages",
    "damaged-backup",
    "unused-credit-column",
    "unused-requirement-column",
    "status-column",
    "more-sheets",
    "hidden-rows",
    "names-inverted",
    "older-file",
    "credit-lowered",
    "other-name",
    "reissue-above-maximum",
    "incomplete-learners",
    "large-withdrawal",
)
CLOCK_DAYS = 40  # without any entry in the audit trail, after which a deletion is asked about
PUT_BACK = "Put the newest back in its place; else certs restore FILE, or certs restore --rebuild."
FEW = 50  # certificates that may be deleted at once whatever their share
SHARE = 5  # a larger part of all certificates than one in so many is asked about


@dataclass(frozen=True, slots=True)
class Stop:
    """One reason to stop. `rows` are those of `file` that it is about, where it is about a file."""

    name: str  # what --accept names
    text: str  # what was found and what going on would do, in one sentence
    file: str = ""
    rows: tuple[int, ...] = ()


def accepting(stops: Sequence[Stop]) -> list[str]:
    """The words of a command that accept these by name."""
    return [f"--accept={','.join(dict.fromkeys(one.name for one in stops))}"] if stops else []


@dataclass(frozen=True, slots=True)
class LedgerPlace:
    """Where a ledger lies: two copies of one ledger must not both send."""

    computer: str
    path: str
    file: str  # what the file system calls it: another one after a copy or a move, the same after every write


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a ledger has come: its id, the number of entries in its audit trail, and the last one's hash.

    A copy is kept beside the vault, and one at the web host, so that an older ledger put back by hand is
    noticed. It names nobody.
    """

    ledger: str
    entries: int
    hash: str


def clock(today: dt.date, newest: dt.date | None, due: int) -> Stop | None:
    """Is today possible? `newest`: day of the audit trail's newest entry; `due`: certificates to be deleted.

    A clock that is years ahead would delete everything that is not six years old, one that is behind dates
    what is issued and mailed wrongly.
    """
    if newest is None:
        return None
    if today < newest:
        return Stop(
            "clock",
            f"Today is {today}, but the audit trail has an entry of {newest}: the clock of this machine is "
            "behind, or was ahead.",
        )
    if due and (today - newest).days > CLOCK_DAYS:
        return Stop(
            "clock",
            f"Today is {today}, {(today - newest).days} days after the newest entry of the audit trail "
            f"({newest}), and {counted(due, 'certificate')} would be deleted as past retention: is the clock "
            "right?",
        )
    return None


def large_purge(due: int, total: int) -> Stop | None:
    """Retention takes one activity at a time as a rule: more than a fifth of everything is asked about.

    `due`: certificates past retention, without those that were erased on request; `total`: all there are.
    """
    if due <= FEW or due * SHARE <= total:
        return None
    return Stop(
        "large-purge",
        f"Retention would delete {due:,} of {counted(total, 'certificate')} at once: are the clock and the "
        "activities' dates right?",
    )


def empty_ledger(certificates: int, stored: int, pages: int) -> Stop | None:
    """A ledger without certificates beside a vault or an output/ that has some was lost, not begun.

    `stored`: PDFs in the vault; `pages`: private pages in output/.
    """
    if certificates or not (stored or pages):
        return None
    there = " and ".join(
        text
        for count, text in (
            (stored, f"the vault holds {counted(stored, 'certificate')}"),
            (pages, f"output/ {counted(pages, 'private page')}"),
        )
        if count
    )
    return Stop(
        "empty-ledger",
        f"The ledger is empty, but {there}: put the ledger back with certs restore FILE; "
        "where there is no backup, certs restore --rebuild takes back what the pages tell.",
    )


def large_withdrawal(what: str, certificates: int, people: int) -> Stop | None:
    """Many people hold a copy of what would be withdrawn, and may have claimed credit by it.

    `what`: whose certificates they are, in words; `people`: those whom mail told of one of them.
    """
    if people <= FEW:
        return None
    return Stop(
        "large-withdrawal",
        f"{counted(certificates, 'certificate')} of {what} would be withdrawn, and "
        f"{counted(people, 'person was', 'people were')} told of them by mail and may have used them: is it "
        "the right one?",
    )


def damaged_backup(damage: str) -> Stop:
    """Some certificates of a backup cannot be read, its ledger can."""
    return Stop(
        "damaged-backup",
        f"{damage} Another backup may be whole, or may have them: certs restore BACKUP --lost. "
        "Going on restores the ledger and all other certificates.",
    )


def older_ledger(now: Mark, seen: Mark | None, is_ours: bool, place: str) -> Stop | None:
    """Is this the ledger that the mark `seen` was left by, and the newest?

    `is_ours`: its audit trail has the very entry that the mark names; `place`: where the mark lies, in words.
    """
    if seen is None or is_ours:
        return None
    if seen.ledger != now.ledger:
        what = f"is not the one that {place} belongs to"
    elif seen.entries > now.entries:
        what = (
            f"ends with entry {now.entries:,} of its audit trail, but had {seen.entries:,} when it was last "
            f"used with {place}"
        )
    else:
        what = f"went another way than the one that was last used with {place}: there are two copies of it"
    return Stop(
        "older-ledger",
        f"The ledger {what}. {PUT_BACK}",
    )


def unknown_files(unknown: int, batch: int) -> Stop | None:
    """A killed run leaves at most a batch of PDFs in the vault that the ledger does not know.

    More of them tell of an older ledger. `unknown`: how many there are.
    """
    if unknown <= batch:
        return None
    return Stop(
        "older-ledger",
        f"The vault holds {counted(unknown, 'certificate')} that the ledger does not know: it may be "
        f"an older ledger. {PUT_BACK}",
    )


def moved_ledger(before: LedgerPlace | None, here: LedgerPlace) -> Stop | None:
    """Was this ledger last used elsewhere? Two copies would both mail, and neither know of the other."""
    if before is None or before == here:
        return None
    changed = (
        f"on the computer {before.computer}"
        if before.computer != here.computer
        else f"in {before.path}"
        if before.path != here.path
        else "as another file of this name"
    )
    return Stop(
        "moved-ledger",
        f"This ledger was last used {changed}: two copies of it must not both send. Go on here only if the "
        "other one is not used any more.",
    )


def unread_pages(reasons: Sequence[str], pages: int) -> Stop | None:
    """A ledger is made again from pages: what becomes of those that cannot be used?

    `reasons`: the commonest first; `pages`: how many there are.
    """
    if not pages:
        return None
    return Stop(
        "unread-pages",
        f"{counted(pages, 'page')} of people in output/ cannot be used: {'; '.join(first_few(reasons, 3))}. "
        "Going on sets them and their PDFs aside, and their links die: mend what is wrong first.",
    )


def stray_output(names: Sequence[str]) -> Stop | None:
    """What lies in output/ and the build did not make would go to the world: a backup put there, say."""
    if not names:
        return None
    return Stop(
        "stray-output",
        f"output/ holds what the build did not make: {', '.join(first_few(names, 3))}. "
        "It would be shown to everybody, or deleted: move it away.",
    )


NAMED = 3  # people named one by one


def older_file(file: str, found: Sequence[ChangedField]) -> Stop:
    """A file that says again what an earlier one said before a later one corrected it."""
    return _of_differences(
        "older-file",
        found,
        f"{file} goes back to what an earlier file said, of {_people(found)}",
        "It may be an older export. Going on would undo what was corrected since.",
    )


def credit_lowered(file: str, found: Sequence[ChangedField]) -> Stop:
    """A file with less credit than certificates that were issued state."""
    return _of_differences(
        "credit-lowered",
        found,
        f"{file} has less credit than certificates state, of {_people(found)}",
        "Going on would correct the certificates to the lower credit.",
    )


def other_name(file: str, found: Sequence[ChangedField]) -> Stop:
    """A file with another person's name, by all appearances, beside a learner id on record."""
    return _of_differences(
        "other-name",
        found,
        f"{file} has a wholly different name beside a known learner id, of {_people(found)}",
        "It may be somebody else's id. Going on would put the new name on the certificates on record.",
    )


def merged_names(who: str, into: str, share_address: bool) -> Stop | None:
    """Two records with wholly different names and no address in common are two people, by all appearances."""
    if share_address or not is_other_name(who, into):
        return None
    return Stop(
        "other-name",
        f"{who} and {into} are wholly different names, and no file shows both with one address. They may be "
        "two people: going on would show the certificates of one to the other.",
    )


def _of_differences(name: str, found: Sequence[ChangedField], what: str, so: str) -> Stop:
    named = first_few([f"row {one.row}: {one}" for one in found], NAMED)
    rows = tuple(sorted({one.row for one in found}))
    return Stop(name, f"{what}: {'; '.join(named)}. {so}", found[0].file, rows)


def _people(found: Sequence[ChangedField]) -> str:
    return counted(len({one.who for one in found}), "person", "people")


def reissue_above_maximum(activity: str, maxima: Sequence[tuple[str, str, str, int]]) -> Stop:
    """An activity's file that allows less than its certificates state.

    `maxima`: for each credit that is exceeded its field, the maximum now (empty: not offered), the most that
    a certificate states, and how many certificates state more than the maximum.
    """
    exceeded = "; ".join(
        f"{field} is {now or 'not set'} now, but "
        f"{counted(count, 'certificate states', 'certificates state')} more, up to {most}"
        for field, now, most, count in maxima
    )
    return Stop(
        "reissue-above-maximum",
        f"{activity}: {exceeded}. Made anew they would name a maximum below their own credit: "
        "put the maximum right in the activity's file.",
        f"{activity}.md",
    )
