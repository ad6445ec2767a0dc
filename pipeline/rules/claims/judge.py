"""Rows -> claims and problems: what staff's export says of one person and one activity, judged."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from pipeline.rules.addresses import address_key
from pipeline.rules.certificates.activities import Activity, column_name, folded
from pipeline.rules.certificates.awards import Standings, awards
from pipeline.rules.certificates.retention import is_due, kept_until
from pipeline.rules.claims.claim import Claim, Expired, Habits, Problem, Row, full_name, yes_no
from pipeline.rules.claims.columns import CREDITS, FIXED, canonical
from pipeline.rules.claims.credits import credit_problems
from pipeline.rules.claims.dates import DateOrder, read_date
from pipeline.rules.claims.names import clean, clean_credentials, clean_name, is_placeholder
from pipeline.rules.text import shown

Check = Callable[[str], str]  # an address in, what is wrong with its syntax out; empty: nothing
_NUMBER = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6})?|\.[0-9]{1,6}")
_COMMA = re.compile(r"[0-9]{1,6},[0-9]{1,2}")
_ROUNDED = re.compile(r"[0-9](?:[.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)
ID_LENGTH = 128
KEPT = 10_000  # combinations, and amounts, that are remembered


class Judge:
    """Judges rows one by one against the catalog; holds no state but what it was given and look-ups."""

    def __init__(
        self, catalog: Mapping[str, Activity], today: dt.date, habits: Habits, check_address: Check
    ) -> None:
        """`catalog`: slug to activity, drafts included; `today`: in the college's time zone."""
        self.catalog = catalog
        self.today = today
        self.habits = habits
        self.check_address = check_address
        self._known = _spellings(catalog)
        self._unknown: dict[str, str] = {}
        self._amounts: dict[str, Decimal] = {}  # a file writes the same few hundred amounts over and over
        self._required = frozenset(name for one in catalog.values() for name in one.requirements)
        names = {*self._required, *map(canonical, self._required)}
        self._earning = ("activity", "completed_on", "attended", "complete", *CREDITS, *sorted(names))
        # What such cells said in a good row: a file has the same few thousand combinations over and over.
        self._earned: dict[tuple[str | None, ...], Claim] = {}
        self._expired = {one.slug for one in catalog.values() if one.end and self._is_past(one.end)}

    def __call__(self, row: Row) -> Claim | Expired | list[Problem]:
        """The claim a row makes, or every problem it has at once.

        A row past retention is Expired whatever else is wrong with it: it must not even reach a rejects file.
        """
        cells = row.cells
        wrong: list[tuple[str, str]] = []
        earning = tuple(map(cells.get, self._earning))
        if (like := self._earned.get(earning)) is not None:
            learner_id, email, name, credentials = self._person(cells, wrong)
            if wrong:
                return _problems(row, wrong)
            return replace(
                like,
                file=row.file,
                row=row.number,
                learner_id=learner_id,
                email=email,
                name=name,
                credentials=credentials,
            )
        activity = self.find(cells.get("activity", ""))
        completed_on = self._completed_on(cells, activity, wrong)
        if activity and (
            activity.slug in self._expired
            or (completed_on and not activity.is_dated and self._is_past(completed_on))
        ):
            claimed = Standings(
                attended=_attended(cells, activity, []) is not False,
                cme=self._amount(cells, "cme_credits", []) or Decimal(0),
                abim=self._amount(cells, "abim_moc_points", []) or Decimal(0),
                abp=self._amount(cells, "abp_moc_points", []) or Decimal(0),
            )
            kinds = tuple(award.kind for award in awards(claimed, activity))
            return Expired(row.file, row.number, activity.slug, kinds)
        if activity is None:
            wrong.insert(0, ("activity", self.unknown(cells.get("activity", ""))))
        elif not activity.active:
            wrong.append(
                ("activity", f"{activity.slug} is a draft; publish it before claims are made for it")
            )
        elif activity.start and self.today < activity.start:
            wrong.append(("activity", f"{activity.slug} starts only on {activity.start}"))
        learner_id, email, name, credentials = self._person(cells, wrong)
        attended = _attended(cells, activity, wrong)
        amounts = {field: self._amount(cells, field, wrong) for field in CREDITS}
        met: tuple[tuple[str, bool], ...] = ()
        if activity:
            wrong.extend(credit_problems(activity, *amounts.values(), attended=attended is not False))
            met = _met(cells, activity, wrong)
            if (
                completed_on is None
                and not activity.is_dated
                and not any(w[0] == "completed_on" for w in wrong)
            ):
                wrong.append(_undated(activity, attended))
        if wrong or activity is None:
            return _problems(row, wrong)
        claim = Claim(
            file=row.file,
            row=row.number,
            activity=activity.slug,
            learner_id=learner_id,
            email=email,
            name=name,
            credentials=credentials,
            attended=attended,
            completed_on=completed_on,
            cme=amounts["cme_credits"],
            abim=amounts["abim_moc_points"],
            abp=amounts["abp_moc_points"],
            met=met,
        )
        if len(self._earned) < KEPT:
            self._earned[earning] = claim
        return claim

    def _person(
        self, cells: Mapping[str, str], wrong: list[tuple[str, str]]
    ) -> tuple[str, str, str, str | None]:
        """Learner id, address, name and credentials."""
        learner_id = _learner_id(cells.get("learner_id", ""), wrong)
        email = self._email(cells.get("email", ""), wrong)
        name = _name(cells, wrong)
        credentials = cells.get("credentials")
        if credentials:
            credentials, reasons = clean_credentials(credentials)
            wrong.extend(("credentials", reason) for reason in reasons)
        return learner_id, email, name, credentials

    def find(self, text: str) -> Activity | None:
        """The activity a cell names: its slug in any case, words joined or not, a learning system's id of it,
        or its title."""
        slug = self._known.get(text)
        if slug is None:
            slug = self._known.get(folded(text)) or self._known.get(column_name(text).replace("_", "-"))
        return self.catalog[slug] if slug else None

    def meaning(self, column: str, text: str) -> object:
        """What a cell says, however it is written (claims.Meaning); what cannot be read means its text."""
        if column == "activity":
            activity = self.find(text)
            return activity.slug if activity else text.strip()
        said = " ".join(unicodedata.normalize("NFC", text).split())
        try:
            if column == "email":
                return address_key(said)
            if column in CREDITS:
                amount = self._amount({column: text}, column, [])
                return said if amount is None else amount
            if column in ("attended", "complete"):
                return yes_no(said)
            if column == "completed_on":
                return read_date(said, self.habits.dates) if said else None
            if column in FIXED:
                return said
            return yes_no(said) is True if column in self._required else None
        except ValueError:
            return said

    def unknown(self, text: str) -> str:
        """Why a cell names no activity, with the nearest slug there is."""
        if not text.strip():
            return "is missing"
        if text not in self._unknown:
            if len(self._unknown) >= 1000:  # a file of nonsense must not fill the memory
                self._unknown.clear()
            near = difflib.get_close_matches(folded(text)[:80], self._known, 1, 0.6)
            hint = f"did you mean {self._known[near[0]]}?" if near else "content/activities/ has no such file"
            self._unknown[text] = f'"{shown(text)}" is not an activity; {hint}'
        return self._unknown[text]

    def none_known(self, activities: Iterable[str]) -> str:
        """Empty where at least one of a file's activities is known; else the sentence that says so.

        A file that names unknown activities only was made for another catalog: nothing of it is used.
        """
        texts = [text for text in activities if text.strip()]
        if not texts or any(self.find(text) for text in texts):
            return ""
        if len(texts) == 1:
            return self.unknown(texts[0])
        return f"none of its {len(texts)} activities is known; the first, {self.unknown(texts[0])}"

    def day_of(self, cells: Mapping[str, str], dates: DateOrder) -> dt.date | None:
        """The date that retention of a row counts from, whatever else is wrong with it; None: unreadable."""
        activity = self.find(cells.get("activity", ""))
        if activity and activity.end:
            return activity.end
        try:
            return min(read_date(cells.get("completed_on", "").strip(), dates), self.today)
        except ValueError:
            return None

    def _is_past(self, day: dt.date) -> bool:
        return is_due(kept_until(day), self.today)

    def _completed_on(
        self, cells: Mapping[str, str], activity: Activity | None, wrong: list[tuple[str, str]]
    ) -> dt.date | None:
        text = cells.get("completed_on", "").strip()
        if not text:
            return None
        try:
            day = read_date(text, self.habits.dates)
        except ValueError as error:
            wrong.append(("completed_on", str(error)))
            return None
        if day > self.today:
            wrong.append(("completed_on", f"{day} lies in the future"))
        elif activity and activity.start and day < activity.start:
            wrong.append(("completed_on", f"{day} lies before the activity's first day, {activity.start}"))
        return day

    def _email(self, text: str, wrong: list[tuple[str, str]]) -> str:
        email = unicodedata.normalize("NFC", text.strip())
        reason = self.check_address(email) if email else "is missing"
        if reason:
            wrong.append(("email", reason))
        return email

    def _amount(self, cells: Mapping[str, str], field: str, wrong: list[tuple[str, str]]) -> Decimal | None:
        text = cells.get(field)
        if text is None:
            return None
        if (known := self._amounts.get(text)) is not None:
            return known
        text = text.strip()
        if not text:
            return Decimal(0)
        if _NUMBER.fullmatch(text):
            if len(self._amounts) < KEPT:
                self._amounts[text] = Decimal(text)
            return Decimal(text)
        if _COMMA.fullmatch(text) and self.habits.decimal_comma:
            return Decimal(text.replace(",", "."))
        if _COMMA.fullmatch(text):
            reason = f'"{text}" has a comma; write it as {text.replace(",", ".")}'
        elif text.startswith("-") and _NUMBER.fullmatch(text[1:]):
            reason = f"{shown(text)} is less than zero"
        else:
            reason = f'"{shown(text)}" is not a number; write it as 12.25, or leave it empty'
        wrong.append((field, reason))
        return None


def _problems(row: Row, wrong: list[tuple[str, str]]) -> list[Problem]:
    return [Problem(row.file, row.number, field, reason) for field, reason in dict.fromkeys(wrong)]


def _spellings(catalog: Mapping[str, Activity]) -> dict[str, str]:
    """Everything an activity may be called, to its slug; a title that two activities share names neither."""
    titles: dict[str, set[str]] = {}
    for slug, activity in catalog.items():
        titles.setdefault(folded(activity.title), set()).add(slug)
    known = {title: next(iter(slugs)) for title, slugs in titles.items() if len(slugs) == 1}
    known.update((one, slug) for slug, activity in catalog.items() for one in activity.external_ids)
    known.update((slug, slug) for slug in catalog)
    return known


def _learner_id(text: str, wrong: list[tuple[str, str]]) -> str:
    learner_id, reasons = clean(text)
    if learner_id and (is_placeholder(learner_id) or not learner_id.strip("0-. ")):
        # Everyone who carries it would become one person, with everyone's certificates on one page.
        reasons.append(f'"{shown(learner_id)}" is a placeholder; leave the cell empty')
    elif _ROUNDED.fullmatch(learner_id):
        reasons.append(f'"{learner_id}" was rounded by a spreadsheet; export it as text')
    if len(learner_id) > ID_LENGTH:
        reasons.append(f"has {len(learner_id)} characters; at most {ID_LENGTH} fit")
    wrong.extend(("learner_id", reason) for reason in reasons)
    return learner_id


def _name(cells: Mapping[str, str], wrong: list[tuple[str, str]]) -> str:
    name, reasons = clean_name(full_name(cells))
    wrong.extend(("name", reason) for reason in reasons)
    return name


def _attended(
    cells: Mapping[str, str], activity: Activity | None, wrong: list[tuple[str, str]]
) -> bool | None:
    """Whether the person attended, or completed what has no days of its own; None where nothing is said.

    A meeting goes by `attended` and only without it by `complete`; anything else the other way
    round: learning systems leave `attended` at 0 for a course that nobody can attend.
    """
    said: dict[str, bool | None] = {}
    for field in ("attended", "complete"):
        try:
            said[field] = yes_no(cells.get(field, ""))
        except ValueError as error:
            wrong.append((field, str(error)))
            said[field] = None
    first, second = (
        ("attended", "complete") if activity is None or activity.is_dated else ("complete", "attended")
    )
    return said[first] if said[first] is not None else said[second]


def _met(
    cells: Mapping[str, str], activity: Activity, wrong: list[tuple[str, str]]
) -> tuple[tuple[str, bool], ...]:
    met = []
    for name in activity.requirements:
        text = cells.get(name)
        if text is None and (text := cells.get(canonical(name))) is None:
            continue
        try:
            met.append((name, yes_no(text) is True))
        except ValueError as error:
            wrong.append((name, str(error)))
    return tuple(met)


def _undated(activity: Activity, attended: bool | None) -> tuple[str, str]:
    if attended is False:
        return (
            "completed_on",
            f"is missing: {activity.slug} is not completed, so there is nothing to certify yet",
        )
    return "completed_on", f"is missing: {activity.slug} has no days of its own, so each person's day counts"
