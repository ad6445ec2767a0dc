"""What staff should know of although no row is set aside for it: what was seen in, sentences out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields

from pipeline.rules.claims.claim import SHEET_ROWS, Claim
from pipeline.rules.claims.names import looks_like
from pipeline.rules.claims.people import KnownParticipant
from pipeline.rules.claims.sign_up_names import doubt_about
from pipeline.rules.text import counted, first_few, shown

MOST_SHOWN = 5  # of one sort on a terminal; scripts read all of them in --json


@dataclass
class Cautions:
    """The sentences by sort, in the order in which they are said."""

    bounced: list[str] = field(default_factory=list)  # another address than one that mail comes back from
    moved: list[str] = field(default_factory=list)  # another address than the one on record
    spelled: list[str] = field(default_factory=list)  # names that look like something else
    dates: list[str] = field(default_factory=list)  # instants whose day is another one here
    credit: list[str] = field(default_factory=list)  # awarded to others than physicians
    settings: list[str] = field(default_factory=list)

    def __add__(self, other: Cautions) -> Cautions:
        return Cautions(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    def note_address(self, claim: Claim, who: KnownParticipant, handle: str) -> None:
        """Takes a row that shows somebody on record with a new address; `handle`: how commands name them."""
        comes_back = f", which bounces ({shown(who.bounced, 160)})" if who.bounced else ""
        sentence = (
            f"{who.name}: the file shows {claim.email}, on record is {who.email}{comes_back}; mail goes to "
            f"the address on record; to change it: certs correct {handle} --email {claim.email} --reason ..."
        )
        (self.bounced if who.bounced else self.moved).append(sentence)

    def note_days(self, file: str, moved: int, zone: str) -> None:
        """Takes the number of completion dates of a file whose day in the zone is not the written one."""
        if moved:
            what = counted(moved, "completion date is", "completion dates are")
            self.dates.append(
                f"{file}: {what} of another day in {zone} than is written, as the time is in UTC; "
                "the day there counts; CLAIMS_TIMEZONE=as-written takes the written one"
            )

    def note_spelling(self, claim: Claim) -> None:
        """Takes a row that brings a new name or new credentials."""
        place = f"{claim.file}:{claim.row % SHEET_ROWS}"
        for column, text, doubt in doubts(claim.name, claim.credentials or ""):
            self.spelled.append(f'{place}: {column}: "{shown(text)}" {doubt}; it is printed as it stands')
        self.spelled += [f"{place}: {column}: {note}" for column, note in claim.notes]

    def all(self) -> list[str]:
        """Every sentence."""
        return [*self.bounced, *self.moved, *self.spelled, *self.dates, *self.credit, *self.settings]

    def few(self) -> list[str]:
        """The first of each sort, and how many more there are."""
        rest = "... and {} more like these: all of them with --json"
        return [
            *first_few([*self.bounced, *self.moved], MOST_SHOWN, rest),
            *first_few(self.spelled, MOST_SHOWN, rest),
            *self.dates,
            *self.credit,
            *self.settings,
        ]


def doubts(name: str, credentials: str) -> Iterator[tuple[str, str, str]]:
    """(column, text, what it looks like or holds) of texts that can be printed and may not be meant so."""
    for column, text in (("name", name), ("credentials", credentials)):
        doubt = f"looks like {appearance}" if (appearance := looks_like(text)) else ""
        if column == "name" and not doubt:
            doubt = doubt_about(text)
        if doubt:
            yield column, text, doubt
