"""What an export of people says of one person: a row in; a Learner, or what is wrong with its cells, out.

These are the only values of the program that it must never keep or show: no message, no representation and no
exception of this module holds a cell, only the number of its row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.rules.boards.birth_days import is_day_first, read_birth_day
from pipeline.rules.boards.states import state_name
from pipeline.rules.claims.claim import NO_WORDS, YES_WORDS
from pipeline.rules.claims.columns import column_of, squashed
from pipeline.rules.claims.formulas import formula_text

# Headers as `squashed` writes them, by what they mean. Names, addresses and learner ids have the headers that
# they have in claims files. A header is taken only where it can mean nothing else: what else an export holds
# is neither read nor named, as it may be a person's.
HEADERS = {
    "birth": "date_of_birth birth_date birthdate birthday dob dob_mm_dd date_of_birth_mm_dd birth_mm_dd "
    "birth_date_mm_dd birth_day_and_month birth_month_and_day month_and_day_of_birth birth_month_day",
    "birth_month": "birth_month month_of_birth dob_month",
    "birth_day": "birth_day day_of_birth dob_day",
    "state": "licensing_state license_state licence_state licensure_state state_licensed "
    "state_of_licensure state_of_license",
    "licence": "license_number licence_number license_no licensing_id license_id license state_license "
    "state_license_number medical_license_number",
    "licence_or_npi": "licensing_id_or_npi license_id_or_npi license_number_or_npi",
    "npi": "npi npi_number national_provider_identifier",
    "profession": "profession_code ce_broker_profession profession",
    "board": "certifying_board board",
    "board_id": "certifying_board_id board_id",
    "consent": "consent consent_to_share consent_to_share_data consent_to_report permission "
    "permission_to_share permission_to_share_data permission_to_report share_with_boards share_with_board",
}
BOARDS = ("ABIM", "ABP", "ABA", "ABOHNS", "ABOS", "ABPATH", "ABS", "ABTS")  # that PARS reports to
_MEANING = {alias: name for name, aliases in HEADERS.items() for alias in aliases.split()}
_BOARD_ID = re.compile(
    rf"(?P<board>{'|'.join(BOARDS)})(?:_(?:moc|board|diplomate|candidate|certification))*_(?:id|number|no)",
    re.IGNORECASE,
)
_UNREADABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffd]")  # controls, and bytes of another encoding
LONGEST = 200  # characters of a cell
_PERSON = ("learner_id", "email", "name", "first_name", "last_name")


@dataclass(frozen=True, repr=False, slots=True)
class Learner:
    """One row of an export of people. Whoever prints one sees where it stands, and nothing of the person."""

    row: int
    learner_id: str = ""
    email: str = ""
    name: str = ""  # where the export has names in one column alone
    first: str = ""
    last: str = ""
    birth: str = ""  # MM/DD
    birth_year: str = ""  # YYYY, where the export has it
    ids: Mapping[str, str] = field(default_factory=dict)  # by board
    state: str = ""  # of the licence: its full name
    licence: str = ""
    npi: str = ""
    profession: str = ""
    consent: bool | None = None  # to share all this; None: not said, or not clearly
    wrong: Mapping[str, str] = field(default_factory=dict)  # what is wrong with a cell, by what it means

    def __repr__(self) -> str:
        return f"<learner of row {self.row}>"

    @property
    def full_name(self) -> str:
        return self.name or f"{self.first} {self.last}".strip()


@dataclass(frozen=True, slots=True)
class LearnerColumns:
    """Where in a row what stands: places by what they mean."""

    places: Mapping[str, int]

    @property
    def has_consent(self) -> bool:
        """Whether the export says who agreed to be reported."""
        return "consent" in self.places

    def cell(self, cells: Sequence[str], name: str) -> str:
        at = self.places.get(name)
        return formula_text(cells[at]).strip() if at is not None and at < len(cells) else ""


def header_meaning(header: str) -> str:
    """What a header of an export of people means; empty for one that is not read."""
    known = squashed(header)
    if known in _MEANING:
        return _MEANING[known]
    if found := _BOARD_ID.fullmatch(known):
        return f"id {found['board'].upper()}"
    name = column_of(header)
    return name if name in _PERSON else ""


def read_learner_header(header: Sequence[str]) -> tuple[LearnerColumns | None, list[str]]:
    """The columns of an export of people, or what is wrong with them; no header that is not known is
    named."""
    places: dict[str, int] = {}
    wrong: list[str] = []
    for at, cell in enumerate(header):
        name = header_meaning(cell)
        if name and name in places:
            wrong.append(f"two columns mean {said(name)}; delete one")
        elif name:
            places[name] = at
    if not {"learner_id", "email"} & {*places}:
        wrong.append("it has no column learner id, nor email: nobody can be told by it")
    if not {"name", "first_name", "last_name"} & {*places}:
        wrong.append("it has no column of names")
    return (None, wrong) if wrong else (LearnerColumns(places), [])


def known_headers(header: Sequence[str]) -> int:
    """How many cells of a row are known headers: a file's header row and delimiter are chosen by it."""
    return sum(bool(header_meaning(cell)) for cell in header)


def said(name: str) -> str:
    """What a column means, for people."""
    words = {
        "birth": "birth day",
        "licence": "licence number",
        "npi": "NPI",
        "licence_or_npi": "licence or NPI",
    }
    return words.get(name) or (f"{name[3:]} ID" if name.startswith("id ") else name.replace("_", " "))


def read_learner(columns: LearnerColumns, cells: Sequence[str], row: int) -> Learner:
    """One row of the export. What is wrong with a cell is said by what it means, in words without the
    cell."""
    wrong: dict[str, str] = {}

    def text(name: str) -> str:
        cell = " ".join(columns.cell(cells, name).split())
        if _UNREADABLE.search(cell):
            wrong[name] = "holds characters that cannot be read"
        elif len(cell) > LONGEST:
            wrong[name] = "is longer than anything that is meant"
        else:
            return cell
        return ""

    if "birth_month" in columns.places and "birth_day" in columns.places and "birth" not in columns.places:
        birth = read_birth_day("/".join(filter(None, (text("birth_month"), text("birth_day")))))
    else:
        birth = read_birth_day(text("birth"))
    if birth is None:
        wrong["birth"] = "is no month and day; write it as 09/10 for September 10"
    ids = {name[3:]: value for name in columns.places if name.startswith("id ") and (value := text(name))}
    board, board_id = text("board").upper(), text("board_id")
    if board and board_id and ids.setdefault(board, board_id) != board_id:
        wrong[f"id {board}"] = "two columns give two IDs"
    npi, licence = text("npi"), text("licence")
    if either := text("licence_or_npi"):
        npi, licence = (either, licence) if is_npi(either) and not text("state") else (npi, either)
    if npi and not is_npi(npi):
        wrong["npi"] = "is no NPI: ten digits, the last of which checks the others"
    state = state_name(text("state"))
    if text("state") and not state:
        wrong["state"] = "is no state of the United States; write its name, or its two letters"
    consent = text("consent").casefold()
    if consent and consent not in YES_WORDS | NO_WORDS:
        wrong["consent"] = "is neither yes nor no"
    return Learner(
        row=row,
        learner_id=text("learner_id"),
        email=text("email"),
        name=text("name"),
        first=text("first_name"),
        last=text("last_name"),
        birth=birth.month_day if birth else "",
        birth_year=birth.year if birth else "",
        ids=ids,
        state=state,
        licence=licence,
        npi=npi,
        profession=text("profession"),
        consent=True if consent in YES_WORDS else False if consent in NO_WORDS else None,
        wrong=wrong,
    )


def day_first_row(columns: LearnerColumns, rows: Iterable[tuple[int, Sequence[str]]]) -> int:
    """The first row whose birth day can only be written day first, 25/12; 0 where there is none. The rest of
    such a file would be read wrongly."""
    return next((row for row, cells in rows if is_day_first(columns.cell(cells, "birth"))), 0)


def is_npi(text: str) -> bool:
    """Whether this is a National Provider Identifier: ten digits whose last is the Luhn check digit of the
    others behind 80840 (CMS, NPI check digit)."""
    if not re.fullmatch(r"[0-9]{10}", text):
        return False
    digits = [int(digit) for digit in f"80840{text}"]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
