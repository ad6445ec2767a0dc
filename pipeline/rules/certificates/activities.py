"""What an activity is and offers: its file's metadata in; an Activity, or what is wrong with it, out."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum

STEP = Decimal("0.25")  # AMA PRA: credit is awarded in quarter hours

EXTERNAL_IDS = ("external_ids", "external_id", "external_course_id")  # spellings that people try
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class Kind(StrEnum):
    """The five kinds of certificate; the value is the code used in JSON, names and paths."""

    PARTICIPATION = "participation"
    CME = "cme"
    CME_ABIM = "cme-abim"
    CME_ABP = "cme-abp"
    CME_ABIM_ABP = "cme-abim-abp"

    @property
    def label(self) -> str:
        """The kind's name as the ACR's article on certificates writes it."""
        return _LABELS[self]

    @property
    def is_credit(self) -> bool:
        return self is not Kind.PARTICIPATION


_LABELS = {
    Kind.PARTICIPATION: "Certificate of Participation",
    Kind.CME: "CME Certificate",
    Kind.CME_ABIM: "CME / ABIM MOC Certificate",
    Kind.CME_ABP: "CME / ABP MOC Certificate",
    Kind.CME_ABIM_ABP: "CME / ABIM MOC / ABP MOC Certificate",
}


@dataclass(frozen=True, slots=True)
class Activity:
    """One educational activity, as its Markdown file under content/activities/ states it."""

    slug: str  # lower-case words joined by hyphens; stands in paths
    title: str
    format: str  # the learning format: "live activity", "enduring material", "other ..."
    location: str = ""  # lines joined by newlines; empty where there is none
    start: dt.date | None = None  # first day of a live activity
    end: dt.date | None = None  # last day of a live activity: retention counts from it
    cme_max: Decimal | None = None  # AMA PRA Category 1 Credits; None: not offered
    abim_max: Decimal | None = None  # ABIM MOC points
    abim_type: str = ""  # "Medical Knowledge", "Practice Assessment", "Patient Safety", joined by " and "
    abp_max: Decimal | None = None  # ABP MOC Part 2 points
    abp_step: Decimal = STEP  # ACCME does not say whether points are whole or in quarters
    pars_id: str = ""  # ACCME's identifier of the activity, on ABP certificates
    requirements: tuple[str, ...] = ()  # columns of the claims file, as column_name writes them
    download_until: dt.date | None = None  # last day of the download window
    accreditation: str = ""  # the four statements: empty means the standard text
    designation: str = ""
    abim_statement: str = ""
    abp_statement: str = ""
    active: bool = True  # False for a draft: no claims are accepted for it
    external_ids: tuple[str, ...] = ()  # what learning systems call it in their exports, folded

    @property
    def is_dated(self) -> bool:
        """Whether the activity has days of its own; otherwise each person's completion date counts."""
        return self.end is not None


def folded(text: str) -> str:
    """A slug, title or id as files may write it: case and white space make no difference."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def column_name(text: str) -> str:
    """A header or requirement in the one spelling used in the program: lower case, underscores."""
    return re.sub(r"[\s_\-]+", "_", text.strip().casefold()).strip("_")


class _Metadata:
    """The fields of an activity's file, read one by one; what is wrong with them gathers in `wrong`."""

    def __init__(self, metadata: Mapping[str, str]) -> None:
        self._metadata = metadata
        self.wrong: list[str] = []

    def text(self, name: str) -> str:
        return str(self._metadata.get(name, "")).strip()

    def date(self, name: str) -> dt.date | None:
        text = self.text(name)
        if not text:
            return None
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            self.wrong.append(f'{name}: "{text}" is not a date; write it as 2025-10-24')
            return None

    def credit(self, name: str) -> Decimal | None:
        text = self.text(name)
        if not text:
            return None
        try:
            value = Decimal(text)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or value <= 0 or value > 9999:
            self.wrong.append(f'{name}: "{text}" is not a number above zero')
            return None
        return value

    def parts(self, names: Iterable[str], separator: str) -> list[str]:
        """What stands in these fields between separators (a regular expression), empty parts left out."""
        parts = (part.strip() for name in names for part in re.split(separator, self.text(name)))
        return [part for part in parts if part]


def read_activity(metadata: Mapping[str, str]) -> tuple[Activity | None, list[str]]:
    """An activity from its metadata (names lower-cased), or the list of everything wrong with it."""
    given = _Metadata(metadata)
    wrong, text = given.wrong, given.text
    slug, title, format_ = text("slug"), text("title"), text("format")
    if not SLUG.fullmatch(slug) or len(slug) > 80:
        wrong.append(f'slug: "{slug}" must be lower-case words joined by hyphens, such as convergence-2025')
    if not title:
        wrong.append("title: is missing")
    if not format_:
        wrong.append('format: is missing; write "live activity", "enduring material" or another format')
    start, end, window = given.date("start"), given.date("end"), given.date("download_until")
    wrong += _wrong_days(format_.casefold(), start, end, window, has_end=bool(text("end")))
    cme, abim, abp = given.credit("cme_max"), given.credit("abim_max"), given.credit("abp_max")
    if cme is None and (abim or abp):
        wrong.append("cme_max: is missing although MOC points are offered; MOC needs CME credit")
    step = given.credit("abp_step") or STEP
    if abim and not text("abim_type"):
        wrong.append("abim_type: is missing; write Medical Knowledge, Practice Assessment or Patient Safety")
    if abp and not text("pars_id"):
        wrong.append("pars_id: is missing; an ABP MOC certificate states it")
    status = text("status").casefold() or "published"
    if status not in ("published", "draft", "hidden"):
        wrong.append(f'status: "{status}" is not published, hidden or draft')
    if wrong:
        return None, wrong
    id_fields = [name for name in metadata if column_name(name) in EXTERNAL_IDS]
    return Activity(
        slug=slug,
        title=title,
        format=format_,
        location="\n".join(given.parts(["location"], "\n|;")),
        start=start,
        end=end,
        cme_max=cme,
        abim_max=abim,
        abim_type=text("abim_type"),
        abp_max=abp,
        abp_step=step,
        pars_id=text("pars_id"),
        requirements=tuple(map(column_name, given.parts(["requirements"], ","))),
        download_until=window,
        accreditation=text("accreditation"),
        designation=text("designation"),
        abim_statement=text("abim_statement"),
        abp_statement=text("abp_statement"),
        active=status != "draft",
        external_ids=tuple(dict.fromkeys(map(folded, given.parts(id_fields, "[,\n]")))),
    ), []


def _wrong_days(
    format_: str, start: dt.date | None, end: dt.date | None, window: dt.date | None, *, has_end: bool
) -> list[str]:
    """What contradicts itself in an activity's days; `has_end`: an end is given, if no date."""
    wrong = []
    if start is None and end is not None:
        wrong.append("start: is missing although end is given")
    if end is None and start is not None:
        wrong.append("end: is missing although start is given")
    if start and end and end < start:
        wrong.append(f"end: {end} lies before start {start}")
    if format_ == "live activity" and not has_end:
        wrong.append("end: a live activity needs start and end dates")
    if format_ == "enduring material" and end:
        wrong.append("end: enduring material has no dates of its own; each person's completion date counts")
    if window and end and window < end:
        wrong.append(f"download_until: {window} lies before the activity's last day {end}")
    return wrong
