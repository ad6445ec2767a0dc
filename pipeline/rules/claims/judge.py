"""What a row of a claims file comes to: the row in; the claim it makes, or everything wrong with it, out."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from pipeline.rules.addresses import address_key, doubt_about_address
from pipeline.rules.certificates.activities import Activity
from pipeline.rules.certificates.awards import ClaimContent, awards
from pipeline.rules.certificates.retention import is_due, kept_until
from pipeline.rules.claims.activity_names import ActivityNames
from pipeline.rules.claims.claim import Claim, Conventions, Expired, Judged, Problem, Row, full_name, yes_no
from pipeline.rules.claims.columns import CREDIT_COLUMNS, FIXED, column_of
from pipeline.rules.claims.credits import credit_problems
from pipeline.rules.claims.dates import DateOrder, read_date
from pipeline.rules.claims.names import (
    character_name,
    clean_credentials,
    clean_name,
    clean_text,
    dropped_signs,
    is_placeholder,
    without_signs_at_ends,
)
from pipeline.rules.text import conjoined, quoted, shown

CheckAddress = Callable[[str], str]  # an address in, what is wrong with its syntax out; empty: nothing
Wrong = list[tuple[str, str]]  # (field, reason) of each problem of a row

TEXT_COLUMNS = ("name", "first_name", "last_name", "credentials")  # printed on certificates
ID_LENGTH = 128
MOST_REMEMBERED = 10_000  # good combinations of cells, and amounts
_NUMBER = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6})?|\.[0-9]{1,6}")
_COMMA = re.compile(r"[0-9]{1,6},[0-9]{1,2}")
_ROUNDED = re.compile(r"[0-9](?:[.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)


class Judge:
    """Judges the rows of one file, each by itself; what it remembers of them only saves time."""

    def __init__(
        self,
        catalog: Mapping[str, Activity],
        today: dt.date,
        conventions: Conventions,
        check_address: CheckAddress,
    ) -> None:
        """`catalog`: slug to activity, drafts included; `today`: in the college's time zone."""
        self.activities = ActivityNames(catalog)
        self.requirements = frozenset(name for one in catalog.values() for name in one.requirements)
        self._today = today
        self._conventions = conventions
        self._check_address = check_address
        self._expired = {one.slug for one in catalog.values() if one.end and self._is_past(one.end)}
        # A file has the same few hundred amounts, and few thousand combinations of the cells by which
        # certificates are awarded, over and over: what a good one says is looked at once.
        self._amounts: dict[str, Decimal] = {}
        names = {*self.requirements, *map(column_of, self.requirements)}
        fixed = ("activity", "completed_on", "attended", "complete", *CREDIT_COLUMNS)
        self._awarding = (*fixed, *sorted(names))
        self._good: dict[tuple[str | None, ...], Claim] = {}

    def __call__(self, row: Row) -> Judged:
        """The claim a row makes, or every problem it has at once.

        A row past retention is Expired whatever else is wrong with it: it must not even reach a rejects file.
        """
        cells = row.cells
        wrong: Wrong = list(row.unread)
        awarding = tuple(map(cells.get, self._awarding))
        if (like := self._good.get(awarding)) is not None:
            person = self._person(row, wrong)
            return _problems(row, wrong) or replace(like, file=row.file, row=row.number, **person)
        activity = self.activities.find(cells.get("activity", ""))
        completed_on = self._completed_on(cells, activity, wrong)
        if activity and self._is_expired(activity, completed_on):
            return self._expire(row, activity)
        self._check_activity(cells.get("activity", ""), activity, wrong)
        person = self._person(row, wrong)
        claim = self._claim(cells, activity, completed_on, wrong)
        if wrong or claim is None:
            return _problems(row, wrong)
        if len(self._good) < MOST_REMEMBERED:
            self._good[awarding] = claim
        return replace(claim, file=row.file, row=row.number, **person)

    def meaning(self, column: str, text: str) -> object:
        """What a cell says, however it is written (claim.CellMeaning); its text where it cannot be read."""
        if column == "activity":
            activity = self.activities.find(text)
            return activity.slug if activity else text.strip()
        said = " ".join(unicodedata.normalize("NFC", text).split())
        try:
            if column == "email":
                return address_key(said)
            if column in CREDIT_COLUMNS:
                amount = self._amount({column: text}, column, [])
                return said if amount is None else amount
            if column in ("attended", "complete"):
                return yes_no(said)
            if column == "completed_on":
                return read_date(said, self._conventions.dates, self._conventions.zone) if said else None
            if column in FIXED:
                return said
            return yes_no(said) is True if column in self.requirements else None
        except ValueError:
            return said

    def _is_past(self, day: dt.date) -> bool:
        return is_due(kept_until(day), self._today)

    def _is_expired(self, activity: Activity, completed_on: dt.date | None) -> bool:
        if activity.is_dated or completed_on is None:
            return activity.slug in self._expired
        return self._is_past(completed_on)

    def _expire(self, row: Row, activity: Activity) -> Expired:
        """The row counts as the certificates that it would have earned, as far as it can be read."""
        claimed = ClaimContent(
            attended=_attended(row.cells, activity, []) is not False,
            cme=self._amount(row.cells, "cme_credits", []) or Decimal(0),
            abim=self._amount(row.cells, "abim_moc_points", []) or Decimal(0),
            abp=self._amount(row.cells, "abp_moc_points", []) or Decimal(0),
        )
        kinds = tuple(award.kind for award in awards(claimed, activity))
        return Expired(row.file, row.number, activity.slug, kinds)

    def _check_activity(self, text: str, activity: Activity | None, wrong: Wrong) -> None:
        if activity is None:
            wrong.insert(0, ("activity", self.activities.explain(text)))
        elif not activity.active:
            wrong.append(
                ("activity", f"{activity.slug} is a draft; publish it before claims are made for it")
            )
        elif activity.start and self._today < activity.start:
            wrong.append(("activity", f"{activity.slug} starts only on {activity.start}"))

    def _person(self, row: Row, wrong: Wrong) -> dict[str, Any]:
        """The fields of a claim that say whose it is."""
        cells = row.cells
        learner_id, reasons = clean_learner_id(cells.get("learner_id", ""))
        wrong.extend(("learner_id", reason) for reason in reasons)
        email = self._email(cells.get("email", ""), wrong)
        name, reasons = clean_name(full_name(cells))
        wrong.extend(("name", reason) for reason in reasons)
        credentials = cells.get("credentials")
        if credentials:
            credentials, reasons = clean_credentials(credentials)
            wrong.extend(("credentials", reason) for reason in reasons)
        notes = (*row.notes, *_left_out(cells))
        if doubt := doubt_about_address(email):
            notes = (*notes, ("email", f"{quoted(email)}: {doubt}; it is used as it stands"))
        person = {"learner_id": learner_id, "email": email, "name": name, "credentials": credentials}
        return {**person, "notes": notes}

    def _claim(
        self, cells: Mapping[str, str], activity: Activity | None, completed_on: dt.date | None, wrong: Wrong
    ) -> Claim | None:
        """What a row claims, without the person, file and number; None where it names no activity."""
        attended = _attended(cells, activity, wrong)
        cme, abim, abp = (self._amount(cells, field, wrong) for field in CREDIT_COLUMNS)
        if activity is None:
            return None
        wrong += credit_problems(activity, cme, abim, abp, attended=attended is not False)
        met = _met(cells, activity, wrong)
        is_dateless = completed_on is None and not activity.is_dated
        if is_dateless and not any(field == "completed_on" for field, _ in wrong):
            wrong.append(("completed_on", _why_date_is_needed(activity, attended)))
        return Claim(
            file="",
            row=0,
            activity=activity.slug,
            learner_id="",
            email="",
            name="",
            attended=attended,
            completed_on=completed_on,
            cme=cme,
            abim=abim,
            abp=abp,
            met=met,
        )

    def _completed_on(
        self, cells: Mapping[str, str], activity: Activity | None, wrong: Wrong
    ) -> dt.date | None:
        text = cells.get("completed_on", "").strip()
        if not text:
            return None
        try:
            day = read_date(text, self._conventions.dates, self._conventions.zone)
            written = read_date(text, self._conventions.dates)
        except ValueError as error:
            wrong.append(("completed_on", str(error)))
            return None
        if day > self._today:
            wrong.append(("completed_on", f"{day} lies in the future"))
        elif activity and activity.start and max(day, written) < activity.start:
            wrong.append(("completed_on", f"{day} lies before the activity's first day, {activity.start}"))
        return day

    def _email(self, text: str, wrong: Wrong) -> str:
        email = unicodedata.normalize("NFC", text.strip())
        reason = self._check_address(email) if email else "is missing"
        if reason:
            wrong.append(("email", reason))
        return email

    def _amount(self, cells: Mapping[str, str], field: str, wrong: Wrong) -> Decimal | None:
        """An amount of credit; 0 for an empty cell, None where there is no column or the cell is wrong."""
        text = cells.get(field)
        if text is None:
            return None
        if (amount := self._amounts.get(text)) is not None:
            return amount
        text = text.strip()
        if not text:
            return Decimal(0)
        if _NUMBER.fullmatch(text):
            if len(self._amounts) < MOST_REMEMBERED:
                self._amounts[text] = Decimal(text)
            return Decimal(text)
        if _COMMA.fullmatch(text) and self._conventions.decimal_comma:
            return Decimal(text.replace(",", "."))
        if _COMMA.fullmatch(text):
            reason = f'"{text}" has a comma; write it as {text.replace(",", ".")}'
        elif text.startswith("-") and _NUMBER.fullmatch(text[1:]):
            reason = f"{shown(text)} is less than zero"
        else:
            reason = f"{quoted(text)} is not a number; write it as 12.25, or leave it empty"
        wrong.append((field, reason))
        return None


def retention_day(
    cells: Mapping[str, str], activities: ActivityNames, dates: DateOrder, today: dt.date
) -> dt.date | None:
    """The date that the retention of a row counts from, whatever else is wrong with it; None: unreadable."""
    activity = activities.find(cells.get("activity", ""))
    if activity and activity.end:
        return activity.end
    try:
        return min(read_date(cells.get("completed_on", "").strip(), dates), today)
    except ValueError:
        return None


def _problems(row: Row, wrong: Wrong) -> list[Problem]:
    """What is wrong with the row; of a cell that could not be read nothing else is said."""
    unread = {*row.unread, *((field, "") for field, _ in row.unread)}
    return [
        Problem(row.file, row.number, field, reason)
        for field, reason in dict.fromkeys(wrong)
        if (field, "") not in unread or (field, reason) in unread
    ]


def clean_learner_id(text: str) -> tuple[str, list[str]]:
    """The id as it is kept, empty where there is none, and what is wrong with it."""
    learner_id, reasons = clean_text(text)
    if learner_id and (is_placeholder(learner_id) or not learner_id.strip("0-. ")):
        # Everyone who carries it would become one person, with everyone's certificates on one page.
        reasons.append(f"{quoted(learner_id)} is a placeholder; leave the cell empty")
    elif _ROUNDED.fullmatch(learner_id):
        reasons.append(f'"{learner_id}" was rounded by a spreadsheet; export it as text')
    elif learner_id.startswith("="):
        reasons.append(f"{quoted(learner_id)} is a formula; export its value")
    if len(learner_id) > ID_LENGTH:
        reasons.append(f"has {len(learner_id)} characters; at most {ID_LENGTH} fit")
    return learner_id, reasons


def _left_out(cells: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The columns of texts for paper that lose a sign, and which."""
    for column in TEXT_COLUMNS:
        text = cells.get(column, "")
        if not text.isascii() and (signs := dropped_signs(without_signs_at_ends(text))):
            named = conjoined([character_name(sign) for sign in dict.fromkeys(signs)])
            yield column, f"{named} is left out: it draws nothing of its own"


def _attended(cells: Mapping[str, str], activity: Activity | None, wrong: Wrong) -> bool | None:
    """Whether the person attended, or completed what has no days of its own; None where the row does not say.

    A meeting goes by the column `attended`, and by `complete` only where that is empty. An activity without
    days goes the other way round: learning systems leave `attended` at 0 for what nobody can attend.
    """
    said: dict[str, bool | None] = {}
    for field in ("attended", "complete"):
        try:
            said[field] = yes_no(cells.get(field, ""))
        except ValueError as error:
            wrong.append((field, str(error)))
            said[field] = None
    is_dated = activity is None or activity.is_dated
    first, second = ("attended", "complete") if is_dated else ("complete", "attended")
    return said[first] if said[first] is not None else said[second]


def _met(cells: Mapping[str, str], activity: Activity, wrong: Wrong) -> tuple[tuple[str, bool], ...]:
    """The activity's requirements that the file has a column for, each with whether it is met."""
    met = []
    for name in activity.requirements:
        text = cells.get(name)
        if text is None and (text := cells.get(column_of(name))) is None:
            continue
        try:
            met.append((name, yes_no(text) is True))
        except ValueError as error:
            wrong.append((name, str(error)))
    return tuple(met)


def _why_date_is_needed(activity: Activity, attended: bool | None) -> str:
    if attended is False:
        return f"is missing: {activity.slug} is not completed, so there is nothing to certify yet"
    return f"is missing: {activity.slug} has no days of its own, so each person's day counts"
