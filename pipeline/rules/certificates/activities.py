"""What an activity is and offers: metadata of an activity's file in, a frozen Activity out."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum

STEP = Decimal("0.25")  # AMA PRA: credit is awarded in quarter hours

EXTERNAL_IDS = ("external_ids", "external_id", "external_course_id")  # one name would do; people try others
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
        """The name as the ACR's article on certificates writes it."""
        return LABELS[self]

    @property
    def is_credit(self) -> bool:
        return self is not Kind.PARTICIPATION


LABELS = {
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
    end: dt.date | None = None  # last day of a live activity: its date for retention
    cme_max: Decimal | None = None  # AMA PRA Category 1 Credits; None: not offered
    abim_max: Decimal | None = None  # ABIM MOC points
    abim_type: str = ""  # "Medical Knowledge", "Practice Assessment", "Patient Safety", joined by " and "
    abp_max: Decimal | None = None  # ABP MOC Part 2 points
    abp_step: Decimal = STEP  # unsettled by ACCME: whole or quarter points
    pars_id: str = ""  # ACCME's identifier of the activity, on ABP certificates
    requirements: tuple[str, ...] = ()  # column names of the claims file, normalised
    download_until: dt.date | None = None  # last day of the download window
    accreditation: str = ""  # the four statements: empty means the standard text
    designation: str = ""
    abim_statement: str = ""
    abp_statement: str = ""
    active: bool = True  # an activity in draft accepts no claims
    external_ids: tuple[str, ...] = ()  # what learning systems call it in their exports, folded

    @property
    def is_dated(self) -> bool:
        """Whether the activity has days of its own; otherwise each person's completion date counts."""
        return self.end is not None


def folded(text: str) -> str:
    """A slug, title or id as files may write it: case and white space make no difference."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def column_name(text: str) -> str:
    """A header or requirement in the one spelling used inside: lower case, underscores."""
    return re.sub(r"[\s_\-]+", "_", text.strip().casefold()).strip("_")


def read_activity(metadata: Mapping[str, str]) -> tuple[Activity | None, list[str]]:
    """An activity from its metadata (names lower-cased), or the list of everything wrong with it."""
    wrong: list[str] = []

    def text(name: str) -> str:
        return str(metadata.get(name, "")).strip()

    def date(name: str) -> dt.date | None:
        if not text(name):
            return None
        try:
            return dt.date.fromisoformat(text(name))
        except ValueError:
            wrong.append(f'{name}: "{text(name)}" is not a date; write it as 2025-10-24')
            return None

    def credit(name: str) -> Decimal | None:
        if not text(name):
            return None
        try:
            value = Decimal(text(name))
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or value <= 0 or value > 9999:
            wrong.append(f'{name}: "{text(name)}" is not a number above zero')
            return None
        return value

    slug, title, format_ = text("slug"), text("title"), text("format")
    if not SLUG.fullmatch(slug) or len(slug) > 80:
        wrong.append(f'slug: "{slug}" must be lower-case words joined by hyphens, such as convergence-2025')
    if not title:
        wrong.append("title: is missing")
    if not format_:
        wrong.append('format: is missing; write "live activity", "enduring material" or another format')
    start, end, window = date("start"), date("end"), date("download_until")
    if (start is None) != (end is None):
        if start is None and end is not None:
            wrong.append("start: is missing although end is given")
        if end is None and start is not None:
            wrong.append("end: is missing although start is given")
    if start and end and end < start:
        wrong.append(f"end: {end} lies before start {start}")
    if format_.casefold() == "live activity" and not end and not text("end"):
        wrong.append("end: a live activity needs start and end dates")
    if format_.casefold() == "enduring material" and end:
        wrong.append("end: enduring material has no dates of its own; each person's completion date counts")
    if window and end and window < end:
        wrong.append(f"download_until: {window} lies before the activity's last day {end}")
    cme, abim, abp = credit("cme_max"), credit("abim_max"), credit("abp_max")
    if cme is None and (abim or abp):
        wrong.append("cme_max: is missing although MOC points are offered; MOC needs CME credit")
    step = credit("abp_step") or STEP
    if abim and not text("abim_type"):
        wrong.append("abim_type: is missing; write Medical Knowledge, Practice Assessment or Patient Safety")
    if abp and not text("pars_id"):
        wrong.append("pars_id: is missing; an ABP MOC certificate states it")
    status = text("status").casefold() or "published"
    if status not in ("published", "draft", "hidden"):
        wrong.append(f'status: "{status}" is not published, hidden or draft')
    if wrong:
        return None, wrong
    return Activity(
        slug=slug,
        title=title,
        format=format_,
        location="\n".join(line.strip() for line in re.split(r"\n|;", text("location")) if line.strip()),
        start=start,
        end=end,
        cme_max=cme,
        abim_max=abim,
        abim_type=text("abim_type"),
        abp_max=abp,
        abp_step=step,
        pars_id=text("pars_id"),
        requirements=tuple(column_name(part) for part in text("requirements").split(",") if part.strip()),
        download_until=window,
        accreditation=text("accreditation"),
        designation=text("designation"),
        abim_statement=text("abim_statement"),
        abp_statement=text("abp_statement"),
        active=status != "draft",
        external_ids=tuple(
            dict.fromkeys(
                folded(part)
                for name in metadata
                if column_name(name) in EXTERNAL_IDS
                for part in re.split(r"[,\n]", text(name))
                if part.strip()
            )
        ),
    ), []
