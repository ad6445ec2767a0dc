"""Headers of any export -> the columns of CONTRACT: a header row in, the columns' names and layout out."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.rules.certificates.activities import column_name

CREDITS = ("cme_credits", "abim_moc_points", "abp_moc_points")

# Every column with a fixed meaning, and what other systems call it (squashed: letters, digits, underscores).
SPELLINGS: dict[str, str] = {
    "activity": "activity_id activity_slug activity_code course course_id course_code event event_id "
    "external_course_id external_activity_id",
    "learner_id": "learner user_id external_user_id external_uid external_id member_id member_number "
    "person_id participant_id",
    "email": "e_mail mail email_address e_mail_address mail_address external_mail external_email "
    "learner_email user_email",
    "name": "full_name display_name learner_name participant_name participant",
    "first_name": "firstname given_name given_names forename first",
    "last_name": "lastname surname family_name last",
    "credentials": "credential degree degrees suffix designation professional_suffix",
    "attended": "attendance attendee present",
    "complete": "completed is_complete",
    "completed_on": "completion_date date_completed completed_date completed_at date_of_completion "
    "complete_date",
    "cme_credits": "cme cme_credit cme_credits_claimed cme_claimed ama_pra_category_1_credits "
    "ama_pra_category_1_credit ama_pra_credits ama_pra_category_1_credits_claimed",
    "abim_moc_points": "abim abim_moc abim_points abim_moc_point abim_moc_credits abim_credits "
    "abim_moc_points_claimed",
    "abp_moc_points": "abp abp_moc abp_points abp_moc_point abp_moc_credits abp_credits "
    "abp_moc_points_claimed",
    "credit_type": "credittype type_of_credit",
    "credits": "credit credit_amount credits_earned credits_claimed",
}
FIXED = frozenset(SPELLINGS)
_ALIASES = {spelling: name for name, spellings in SPELLINGS.items() for spelling in spellings.split()}
# Words that name the activity only where no other column does: a long export has both an id and a title.
_WEAK = ("title", "course_title", "activity_title", "course_name", "activity_name")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one file, in order."""

    names: tuple[
        str, ...
    ]  # "" where the header cell is empty; a name of our own, or column_name of the header
    long: bool  # one row a credit type
    rejects: bool  # a rejects file of ours: its last two columns are `row` and `reason`

    @property
    def others(self) -> tuple[str, ...]:
        """Columns without a meaning of their own: requirements of an activity, or of no use."""
        return tuple(name for name in self.names if name and name not in FIXED)


def read_column_map(text: str) -> tuple[dict[str, str], list[str]]:
    """The setting `Learner Mail=email, Points=cme_credits` as header -> name, and what is wrong with it."""
    found: dict[str, str] = {}
    wrong = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        header, equals, name = part.rpartition("=")
        if not equals or not header.strip() or not name.strip():
            wrong.append(f'"{part}" is not written as header=name')
        else:
            found[_squash(header)] = column_name(name)
    return found, wrong


def recognised(header: Sequence[str], column_map: Mapping[str, str]) -> int:
    """How many cells of a row are headers we know: the delimiter and the header row are chosen by it."""
    mapped = {_squash(key) for key in column_map}
    return sum(_known(_squash(cell), mapped) for cell in header)


def read_header(header: Sequence[str], column_map: Mapping[str, str]) -> tuple[Columns | None, list[str]]:
    """The columns a header row names, or everything that is wrong with it."""
    mapped = {_squash(key): column_name(name) for key, name in column_map.items()}
    names = [_canonical(cell, mapped) for cell in header]
    if "activity" not in names:
        for at, cell in enumerate(header):
            if _squash(cell) in _WEAK:
                names[at] = "activity"
                break
    rejects = len(names) > 2 and names[-2:] == ["row", "reason"]
    if rejects:
        names[-2:] = ["", ""]
    long = "credit_type" in names
    wrong = [*_doubles(header, names), *_needed(names, long), *_suspicious(header, names)]
    if wrong:
        return None, wrong
    return Columns(tuple(names), long, rejects), []


def canonical(header: str) -> str:
    """The one name of a header: ours where we know it, else the header in lower case with underscores."""
    return _canonical(header, {})


def _squash(header: str) -> str:
    return re.sub(r"[\W_]+", "_", header.casefold()).strip("_")


def _known(squashed: str, mapped: set[str]) -> bool:
    return squashed in FIXED or squashed in _ALIASES or squashed in _WEAK or squashed in mapped


def _canonical(header: str, mapped: Mapping[str, str]) -> str:
    squashed = _squash(header)
    if squashed in mapped:
        return mapped[squashed]
    if squashed in FIXED:
        return squashed
    return _ALIASES.get(squashed) or column_name(header)


def _doubles(header: Sequence[str], names: Sequence[str]) -> list[str]:
    wrong = []
    for name in dict.fromkeys(filter(None, names)):
        places = [header[at].strip() for at, other in enumerate(names) if other == name]
        if len(places) > 1:
            wrong.append(f"the columns {' and '.join(places)} both mean {name}")
    return wrong


def _needed(names: Sequence[str], long: bool) -> list[str]:
    wrong = [f"it has no column {name}" for name in ("activity", "email") if name not in names]
    if "name" not in names and not {"first_name", "last_name"} <= set(names):
        wrong.append("it has no column name (nor first_name and last_name)")
    if long and "credits" not in names:
        wrong.append("it has a column credit_type but no column credits")
    if not long and "credits" in names:
        wrong.append("it has a column credits but no column credit_type, so nobody can tell which credits")
    if long and any(name in names for name in CREDITS):
        wrong.append("it has both credit_type and a column for each credit; only one of them can be right")
    return wrong


def _suspicious(header: Sequence[str], names: Sequence[str]) -> list[str]:
    """A misspelt credit column would be passed over in silence, and the credits with it."""
    wrong = []
    for cell, name in zip(header, names, strict=True):
        if name in FIXED or not name:
            continue
        near = difflib.get_close_matches(name, CREDITS, 1, 0.85)
        if near and near[0] not in names:
            wrong.append(f"the column {cell.strip()} looks like {near[0]}, misspelt")
    return wrong
