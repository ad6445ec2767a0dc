"""What the headers of an export mean: a header row in, the names of its columns and its layout out."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from pipeline.rules.certificates.activities import column_name
from pipeline.rules.text import did_you_mean

# The columns of credit, each with its name as an attribute of a claim.
CREDIT_COLUMNS = {"cme_credits": "cme", "abim_moc_points": "abim", "abp_moc_points": "abp"}

NAME_COLUMNS = ("name", "first_name", "last_name")  # one for all, or two

# Every column with a fixed meaning, and what other systems call it, written as `squashed` writes a header.
_ALIASES: dict[str, str] = {
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
FIXED = frozenset(_ALIASES)
NO_ACTIVITY = "it has no column activity"
UNUSED = "unused"  # what a header means that is to be passed over
_NAME_OF = {alias: name for name, aliases in _ALIASES.items() for alias in (name, *aliases.split())}
# Headers that name the activity only where no other column does: a long export has both an id and a title.
_TITLES = ("title", "course_title", "activity_title", "course_name", "activity_name")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one file, in order."""

    # One of FIXED where the header is known, else column_name of it; "" where the header's cell is empty.
    names: tuple[str, ...]
    long: bool  # each row has one type of credit, else all of them
    rejects: bool  # a rejects file of this program: its last two columns are `row` and `reason`
    understood: tuple[tuple[str, str], ...] = ()  # (header, name) of those that are no spelling on the list

    @property
    def others(self) -> tuple[str, ...]:
        """Columns without a fixed meaning: requirements of an activity, or of no use."""
        return tuple(name for name in self.names if name and name not in FIXED)


def read_column_map(text: str, requirements: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """The setting `Learner Mail=email, Points=cme_credits` as header -> name, and what is wrong with it.

    `requirements`: of all activities. A header may mean one of them, one of FIXED, or UNUSED.
    """
    found: dict[str, str] = {}
    wrong = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        header, equals, name = part.rpartition("=")
        if not equals or not header.strip() or not name.strip():
            wrong.append(f'"{part}" is not written as header=name')
        elif squashed(header) in found:
            wrong.append(f'"{header.strip()}" is given a meaning twice')
        elif reason := unknown_column(name, requirements):
            wrong.append(f'"{part}": {reason}')
        else:
            found[squashed(header)] = column_of(name)
    return found, wrong


def nearest_column(header: str) -> str:
    """The column whose usual headers are nearest to one that is not known; empty where none is near."""
    near = difflib.get_close_matches(squashed(header), _NAME_OF, 1, 0.7)
    return _NAME_OF[near[0]] if near else ""


def unknown_column(name: str, requirements: Iterable[str]) -> str:
    """Why a header cannot be given this meaning; empty where it can. `requirements`: of all activities."""
    known = (*FIXED, *requirements, UNUSED)
    if column_of(name) in map(column_of, known):
        return ""
    near = did_you_mean(column_name(name), known) or f"columns are {', '.join((*sorted(FIXED), UNUSED))}"
    return f"{column_name(name)} is no column and no activity's requirement; {near}"


def recognised(header: Sequence[str], column_map: Mapping[str, str]) -> int:
    """How many cells of a row are known headers: a file's delimiter and header row are chosen by it."""
    known = {*_NAME_OF, *_TITLES, *map(squashed, column_map)}
    return sum(squashed(cell) in known for cell in header)


def read_header(
    header: Sequence[str], column_map: Mapping[str, str], names_activity: bool = True
) -> tuple[Columns | None, list[str]]:
    """The columns a header row names, or everything that is wrong with it.

    `names_activity`: one of them must say which activity a row is about.
    """
    mapped = {squashed(key): name for key, name in column_map.items()}
    names = ["" if (name := column_of(cell, mapped)) == UNUSED else name for cell in header]
    if "activity" not in names:
        for at, cell in enumerate(header):
            if squashed(cell) in _TITLES:
                names[at] = "activity"
                break
    understood = _understand_credits(header, names)
    rejects = len(names) > 2 and names[-2:] == ["row", "reason"]
    if rejects:
        names[-2:] = ["", ""]
    long = "credit_type" in names
    wrong = [*_doubles(header, names), *_needed(names, long, names_activity), *_suspicious(header, names)]
    if wrong:
        return None, wrong
    return Columns(tuple(names), long, rejects, understood), []


def column_of(header: str, mapped: Mapping[str, str] = MappingProxyType({})) -> str:
    """The name of a header's column: one of FIXED where it is known, else in lower case with underscores.

    `mapped`: squashed header -> name; it wins over what is known.
    """
    compared = squashed(header)
    if compared in mapped:
        return mapped[compared]
    return _NAME_OF.get(compared) or column_name(header)


# Which words of a header say whose credit it is, and which others leave no doubt that the column has the
# amount that each person claimed. `CME Hours` is read; `CME maximum`, `CME fee` are not.
_CREDIT_WORDS = {
    "cme_credits": (
        re.compile(r"\b(?:cme|ama|pra)\b|\bcat(?:egory)? (?:1|i) (?:credit|hour)"),
        {"cme", "ama", "pra", "category", "cat", "1", "i"},
    ),
    "abim_moc_points": (re.compile(r"\babim\b"), {"abim", "moc"}),
    "abp_moc_points": (re.compile(r"\babp\b"), {"abp", "moc", "part", "2", "ii"}),
}
_AMOUNT_WORDS = {
    *("credit", "credits", "hour", "hours", "hr", "hrs", "point", "points", "unit", "units", "s", "tm", "r"),
    *("claimed", "earned", "awarded", "total", "amount", "of", "number"),
}


def _understand_credits(header: Sequence[str], names: list[str]) -> tuple[tuple[str, str], ...]:
    """Give `names` the columns of credit whose header leaves no doubt: where it is the one such header, and
    there is no other for this credit. Each with the name it got.
    """
    found: dict[str, list[int]] = {}
    if "credits" in names or "credit_type" in names:
        return ()
    for at, name in enumerate(names):
        if name and name not in FIXED and (column := credit_column(header[at])):
            found.setdefault(column, []).append(at)
    understood = []
    for column, places in found.items():
        if len(places) == 1 and column not in names:
            names[places[0]] = column
            understood.append((header[places[0]].strip(), column))
    return tuple(understood)


def credit_column(header: str) -> str:
    """The column of credit that a header can only mean, however it is spelt; empty where there is doubt."""
    words = squashed(header).split("_")
    said = [
        column
        for column, (sign, own) in _CREDIT_WORDS.items()
        if sign.search(" ".join(words)) and {*words} <= own | _AMOUNT_WORDS
    ]
    return said[0] if len(said) == 1 else ""


def squashed(header: str) -> str:
    """A header as headers are compared: case, white space and signs make no difference."""
    return re.sub(r"[\W_]+", "_", header.casefold()).strip("_")


def _doubles(header: Sequence[str], names: Sequence[str]) -> list[str]:
    wrong = []
    for name in dict.fromkeys(filter(None, names)):
        places = [header[at].strip() for at, other in enumerate(names) if other == name]
        if len(places) > 1:
            same = len({place.casefold() for place in places}) == 1
            wrong.append(
                f"{len(places)} columns are named {places[0]}; delete one"
                if same
                else f"the columns {' and '.join(places)} both mean {name}"
            )
    return wrong


def _needed(names: Sequence[str], long: bool, names_activity: bool) -> list[str]:
    wrong = [NO_ACTIVITY] if names_activity and "activity" not in names else []
    if "email" not in names:
        wrong.append("it has no column email")
    if "name" not in names and not {"first_name", "last_name"} <= set(names):
        wrong.append("it has no column name (nor first_name and last_name)")
    if long and "credits" not in names:
        wrong.append("it has a column credit_type but no column credits")
    if not long and "credits" in names:
        wrong.append("it has a column credits but no column credit_type, so nobody can tell which credits")
    if long and any(name in names for name in CREDIT_COLUMNS):
        wrong.append("it has both credit_type and a column for each credit; only one of them can be right")
    return wrong


def _suspicious(header: Sequence[str], names: Sequence[str]) -> list[str]:
    """A misspelt credit column would be passed over in silence, and the credits with it."""
    wrong = []
    for cell, name in zip(header, names, strict=True):
        if name in FIXED or not name:
            continue
        near = difflib.get_close_matches(name, CREDIT_COLUMNS, 1, 0.85)
        if near and near[0] not in names:
            wrong.append(f"the column {cell.strip()} looks like {near[0]}, misspelt")
    return wrong
