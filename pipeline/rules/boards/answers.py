"""What a board gives back: rows of its list in; which record was accepted or rejected, and why, out.

How PARS's list of learners is laid out is not known for certain: its screen shows Board, Name, DOB, Learner
ID, Activity, Completion, Submission, Credits Awarded and Status (ACCME, Reviewing CME Credit Data: Getting
Started in PARS). So columns are known by any of several headers, and what cannot be told is set aside. Birth
days and IDs in it are not read, and a board's own words are not kept: they may hold either.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.rules.boards.records import BoardRefusal, RecordState, ReportedRecord
from pipeline.rules.certificates.numbers import read_number
from pipeline.rules.claims.columns import squashed
from pipeline.rules.claims.formulas import formula_text
from pipeline.rules.claims.name_keys import name_key, name_words

# Unconfirmed, all of them: headers as `squashed` writes them, by what they mean.
ANSWER_HEADERS = {
    "status": "status record_status learner_status board_status learner_record_status submission_status",
    "reason": "reason rejection_reason reason_for_rejection error errors error_message message comments "
    "status_reason status_message",
    "number": "creditid credit_id certificate_number certificate certificate_no certificate_id",
    "board": "board certifying_board board_name",
    "activity": "accme_activity_id activity_id activity pars_id module_id moduleid",
    "name": "name learner_name learner full_name",
    "first_name": "first_name given_name givenname",
    "last_name": "last_name family_name familyname surname",
    "submitted": "submission submission_date submitted submitted_on date_submitted",
}
_MEANING = {alias: name for name, aliases in ANSWER_HEADERS.items() for alias in aliases.split()}
_STATUSES = {
    "accepted": "accepted approved complete completed success successful credited awarded",
    "rejected": "rejected declined denied failed error invalid",
    "pending": "pending submitted processing queued in_process in_progress sent",
    "deleted": "deleted removed withdrawn",
}
_STATUS = {word: status for status, words in _STATUSES.items() for word in words.split()}
_REASONS = (  # the first that fits; unconfirmed
    (BoardRefusal.DUPLICATE, r"duplicate|already|previously"),
    (BoardRefusal.INELIGIBLE, r"not (?:\w+ )?(?:certified|enrolled|participating)|inactive|ineligible"),
    (BoardRefusal.MISMATCH, r"match|not found|no (?:such )?(?:learner|diplomate|physician)|birth|dob|"
     r"invalid id|board id|diplomate|licen[sc]e|npi|last name|first name"),
    (BoardRefusal.CREDIT, r"exceed|maximum|credit type|credits|points"),
    (BoardRefusal.ACTIVITY, r"activity|regist|reporting year|closed|completion date"),
)  # fmt: skip


_BOARD_NAMES = {
    "american board of internal medicine": "ABIM",
    "american board of pediatrics": "ABP",
    "american board of anesthesiology": "ABA",
    "american board of otolaryngology head and neck surgery": "ABOHNS",
    "american board of orthopaedic surgery": "ABOS",
    "american board of pathology": "ABPATH",
    "american board of surgery": "ABS",
    "american board of thoracic surgery": "ABTS",
}
_Text = Callable[[str], str]  # what a row has in the column of this meaning


class AnswerStatus(StrEnum):
    """What an answer says of a record."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    PENDING = "pending"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class BoardAnswer:
    """One row that says what became of a record."""

    row: int
    record: ReportedRecord
    status: AnswerStatus
    refusal: BoardRefusal | None = None
    submitted: dt.date | None = None

    @property
    def is_stale(self) -> bool:
        """Whether it answers what was reported of this before: lists hold all that was ever submitted."""
        return self.submitted is not None and self.submitted < self.record.reported_on

    @property
    def state(self) -> RecordState:
        """The state that it leaves the record in."""
        states = {AnswerStatus.ACCEPTED: RecordState.ACCEPTED, AnswerStatus.REJECTED: RecordState.REJECTED}
        return states.get(self.status, RecordState.REPORTED)


@dataclass(frozen=True, slots=True)
class UnreadAnswer:
    """A row that tells nothing for certain."""

    row: int
    reason: str

    def __str__(self) -> str:
        return f"row {self.row}: {self.reason}"


def answer_header_meaning(header: str) -> str:
    """What a header of a list of answers means; empty for one that is not read."""
    return _MEANING.get(squashed(header), "")


def known_answer_headers(header: Sequence[str]) -> int:
    """How many cells of a row are known headers."""
    return sum(bool(answer_header_meaning(cell)) for cell in header)


def read_answer_header(header: Sequence[str]) -> tuple[dict[str, int] | None, list[str]]:
    """The columns of a list of answers: places by what they mean; or what is wrong with it."""
    places: dict[str, int] = {}
    for at, cell in enumerate(header):
        if (name := answer_header_meaning(cell)) and name not in places:
            places[name] = at
    wrong = [] if "status" in places else ["it has no column status"]
    if "number" not in places and not ({"name"} & {*places} or {"first_name", "last_name"} <= {*places}):
        wrong.append("it has no column of certificate numbers (CreditID), nor one of names")
    return (None, wrong) if wrong else (places, [])


class AnswerReader:
    """Reads rows of one list, against what was reported."""

    def __init__(
        self, places: Mapping[str, int], reported: Iterable[ReportedRecord], slugs: Mapping[str, str]
    ) -> None:
        """`slugs`: of activities, by their PARS id."""
        self._places, self._slugs = places, slugs
        self._by_number: dict[str, list[ReportedRecord]] = {}
        self._by_name: dict[str, list[ReportedRecord]] = {}
        for one in reported:
            self._by_number.setdefault(one.certificate.number, []).append(one)
            for word in name_words(one.certificate.name):
                self._by_name.setdefault(word, []).append(one)

    def read(self, cells: Sequence[str], row: int) -> BoardAnswer | UnreadAnswer:
        """What one row says. A reason quotes no cell."""

        def text(name: str) -> str:
            at = self._places.get(name)
            return formula_text(cells[at]).strip() if at is not None and at < len(cells) else ""

        status = _STATUS.get(squashed(text("status")))
        if status is None:
            return UnreadAnswer(row, "its status is none that is known: accepted, rejected, pending, deleted")
        found = self._about(text)
        if len(found) != 1:
            several = "several records of ours fit it" if found else "it fits no record that was reported"
            return UnreadAnswer(row, several)
        refusal = _refusal(text("reason")) if status == "rejected" else None
        submitted = _day(text("submitted"))
        if status == "deleted" and submitted is None:
            # What was corrected was deleted and added anew: it may be the former record that this is about.
            return UnreadAnswer(row, "it was deleted, and when is not said: see for yourself in PARS")
        return BoardAnswer(row, found[0], AnswerStatus(status), refusal, submitted)

    def _about(self, text: _Text) -> list[ReportedRecord]:
        number = read_number(text("number").rpartition(":")[2])
        found = self._by_number.get(number, []) if number else self._named(text)
        if board := text("board"):
            code = _BOARD_NAMES.get(squashed(board).replace("_", " "), board.upper())
            found = [one for one in found if one.credit.board.upper() == code]
        if slug := self._activity(text("activity")):
            found = [one for one in found if one.certificate.activity == slug]
        return found

    def _activity(self, text: str) -> str:
        """Of a cell with the activity's id, alone or beside its title."""
        return next((self._slugs[part] for part in re.findall(r"[0-9]{9}", text) if part in self._slugs), "")

    def _named(self, text: _Text) -> list[ReportedRecord]:
        """Who has this name; else who has all its words, as a middle name or a title is left out by a
        board."""
        name = text("name") or f"{text('first_name')} {text('last_name')}"
        last, comma, first = name.partition(",")
        name = f"{first} {last}" if comma else name
        words = name_words(name)
        lists = [self._by_name.get(word, []) for word in words]
        near = {one.id: one for some in lists for one in some}
        same = [one for one in near.values() if name_key(one.certificate.name) == name_key(name)]
        if same or len(words) < 2:
            return same
        return [one for one in near.values() if {*words} <= {*name_words(one.certificate.name)}]


def settle(answers: Iterable[BoardAnswer]) -> tuple[list[BoardAnswer], list[UnreadAnswer]]:
    """One answer a record: of several the one that was submitted last, where all say when; those that
    contradict one another are set aside, and those to an earlier report passed over."""
    by_record: dict[int, list[BoardAnswer]] = {}
    for one in (each for each in answers if not each.is_stale):
        by_record.setdefault(one.record.id, []).append(one)
    settled, aside = list[BoardAnswer](), list[UnreadAnswer]()
    for some in by_record.values():
        days = [one.submitted for one in some if one.submitted]
        newest = [one for one in some if one.submitted == max(days)] if len(days) == len(some) else some
        if len({(one.status, one.refusal) for one in newest}) == 1:
            settled.append(newest[-1])
        else:
            rows = ", ".join(str(one.row) for one in newest)
            aside += [
                UnreadAnswer(one.row, f"rows {rows} say different things of one record") for one in newest
            ]
    return settled, aside


def _refusal(reason: str) -> BoardRefusal:
    said = reason.casefold()
    return next((refusal for refusal, pattern in _REASONS if re.search(pattern, said)), BoardRefusal.OTHER)


def _day(text: str) -> dt.date | None:
    found = re.match(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", text)
    year, month, day = found.groups() if found else ("", "", "")
    if found is None and (american := re.match(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", text)):
        month, day, year = american.groups()
    try:
        return dt.date(int(year), int(month), int(day)) if year else None
    except ValueError:
        return None
