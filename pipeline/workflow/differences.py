"""What a file changes of what is on record, old and new, and which of it is a reason to stop."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from pipeline.ledger import ClaimOnRecord, Ledger
from pipeline.rules import stops
from pipeline.rules.certificates.awards import ClaimContent
from pipeline.rules.certificates.changes import ChangedField, content_words
from pipeline.rules.claims.claim import Claim
from pipeline.rules.claims.columns import CREDIT_COLUMNS
from pipeline.rules.claims.name_keys import is_other_name
from pipeline.rules.claims.people import KnownParticipant, Spelling
from pipeline.rules.stops import Stop


class Differences:
    """Those of one file, gathered row by row before the rows are stored."""

    def __init__(self, ledger: Ledger, file: str) -> None:
        self._ledger, self._file = ledger, file
        self._found: dict[tuple[int, str, str], ChangedField] = {}  # participant, activity, field
        self._who: dict[int, str] = {}  # as on record before
        self._older: list[ChangedField] = []  # what goes back to an earlier file
        self._lowered: list[ChangedField] = []  # less credit than a certificate states
        self._renamed: list[ChangedField] = []  # wholly different names

    @property
    def found(self) -> tuple[ChangedField, ...]:
        """Every difference, in the order of the rows."""
        return tuple(self._found.values())

    def stops(self) -> Iterator[Stop]:
        """Why staff should look before anything of the file is taken over; each difference is in one stop."""
        if self._older:
            yield stops.older_file(self._file, self._older)
        if self._lowered:
            yield stops.credit_lowered(self._file, self._lowered)
        if self._renamed:
            yield stops.other_name(self._file, self._renamed)

    def note_identity(self, claim: Claim, who: KnownParticipant, field: str, old: str, new: str) -> None:
        """The row shows somebody with an address or learner id that was not known of them."""
        self._note(claim, who, field, old, new, "")

    def note_spelling(self, claim: Claim, who: KnownParticipant, before: Spelling, after: Spelling) -> None:
        """The row spells somebody's name or credentials otherwise than files did."""
        for field in ("name", "credentials"):
            said, says = (getattr(one, f"said_{field}") for one in (before, after))
            old, new = getattr(before, field), getattr(after, field)
            if said == says:
                continue
            goes_back = self._goes_back(who.id, None, field, said, says)
            if old == new:
                continue
            found = self._note(claim, who, field, old, new, "")
            if goes_back:
                self._older.append(found)
            elif field == "name" and is_other_name(old, new) and is_other_name(said, new):
                self._renamed.append(found)

    def note_content(
        self, claim: Claim, who: KnownParticipant, record: ClaimOnRecord, after: ClaimContent
    ) -> None:
        """The row claims something else than is on record."""
        before, new = content_words(record.content), content_words(after)
        for field, old in before.items():
            if old == new[field]:
                continue
            found = self._note(claim, who, field, old, new[field], record.activity)
            if self._goes_back(who.id, record.id, field, old, new[field]):
                self._older.append(found)
            elif field in CREDIT_COLUMNS and self._is_lowered(record, after, CREDIT_COLUMNS[field]):
                self._lowered.append(found)

    def _goes_back(self, participant: int, claim: int | None, field: str, old: str, new: str) -> bool:
        superseded = self._ledger.superseded
        superseded.note(participant, claim, field, old)
        return superseded.holds(participant, claim, field, new)

    def _is_lowered(self, record: ClaimOnRecord, after: ClaimContent, credit: str) -> bool:
        """Whether a certificate that counts states more than is left; that all of it goes was agreed to."""
        left: Decimal = getattr(after, credit)
        certificates = self._ledger.certificates.of_claim(record.id)
        return bool(left) and any(
            one.issued and one.standing.is_live and getattr(one.stated, credit) > left for one in certificates
        )

    def _note(
        self, claim: Claim, who: KnownParticipant, field: str, old: str, new: str, activity: str
    ) -> ChangedField:
        key = who.id, activity, field
        if key in self._found:  # an earlier row of this file has said so, or something else
            old = self._found[key].old
        whose = self._who.setdefault(who.id, f"{who.name} <{who.email}>")
        found = ChangedField(whose, field, old, new, activity, self._file, claim.row)
        self._found[key] = found
        return found
