"""What an activity is and offers: its file's metadata in; an Activity, or what is wrong with it, out."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from urllib.parse import urlsplit

from pipeline.rules.text import conjoined, did_you_mean

ANYONE, PHYSICIANS = "anyone", "physicians"  # whom an activity awards credit
STEP = Decimal("0.25")  # AMA PRA: credit is awarded in quarter hours

YEARS = range(2000, 2100)  # of activities: before and after is a slip of the keys
EXTERNAL_IDS = ("external_ids", "external_id", "external_course_id")  # spellings that people try
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

# The fields of an activity's file, as people write them: those that are read here ...
FIELDS = (
    *("Title", "Slug", "Format", "Location", "Start", "End", "CME_max", "ABIM_max", "ABIM_type", "ABP_max"),
    *("ABP_step", "PARS_id", "Requirements", "CME_for", "Claim_until", "Download_until", "Remind", "Hours"),
    *(
        "Url",
        "External_ids",
        "Boards",
        "CE_Broker_course",
        "CE_Broker_subject",
        "Status",
        "Accreditation",
        "Designation",
        "ABIM_statement",
        "ABP_statement",
    ),
)
# ... and those that Pelican or a theme reads.
PAGE_FIELDS = (
    *("Summary", "Description", "Keywords", "Date", "Modified", "Author", "Authors", "Category", "Tags"),
    *("Lang", "Template"),
)
# The learning formats of the AMA (PRA booklet), as the designation statement has them; "other" stands before
# a description in brackets.
FORMATS = (
    *("live activity", "enduring material", "journal-based CME activity", "test-item writing activity"),
    *("manuscript review activity", "PI CME activity", "internet point-of-care activity", "other activity"),
)
# Boards that PARS reports to and of whose points no certificate speaks: each credit is one of theirs, too
# (ACCME, CME for MOC Program Guide 3.3).
OTHER_BOARDS = ("ABA", "ABOHNS", "ABOS", "ABPATH", "ABS", "ABTS")
ABIM_TYPES = ("Medical Knowledge", "Practice Assessment", "Patient Safety")


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
    cme_for: str = ANYONE  # PHYSICIANS: of others a claim for credit earns participation alone
    claim_until: dt.date | None = None  # last day on which credit can be claimed in the learning system
    remind: bool | None = (
        None  # whether people are told what is missing, and of deletion; None: as by default
    )
    hours: Decimal | None = None  # of education, for those who count hours and no credit
    url: str = ""  # where the activity is found at the college's
    boards: tuple[str, ...] = ()  # further ones for which it is registered in PARS, of OTHER_BOARDS
    ce_broker_course: str = ""  # CE Broker's tracking number of it, without 20-
    ce_broker_subject: str = ""  # CE Broker's code of its subject area, for those who claimed a part

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
            day = dt.date.fromisoformat(text)
        except ValueError:
            self.wrong.append(f'{name}: "{text}" is not a date; write it as 2025-10-24')
            return None
        if day.year not in YEARS:
            self.wrong.append(f'{name}: "{text}" cannot be right: the year is {day.year}')
        return day

    def credit(self, name: str, step: Decimal = STEP) -> Decimal | None:
        text = self.text(name)
        if not text:
            return None
        value = Decimal(text) if _CREDIT.fullmatch(text) else Decimal(0)
        if not value:
            self.wrong.append(f'{name}: "{text}" is not a number above zero')
        elif value % step:
            self.wrong.append(f'{name}: "{text}" is not a multiple of {step}')
        return value or None

    def choice(self, name: str, choices: Sequence[str]) -> str:
        """One of the choices, in any case; the first where the field is empty."""
        text = self.text(name) or choices[0]
        if text.casefold() in choices:
            return text.casefold()
        near = did_you_mean(text, choices) or f"write {' or '.join(choices)}"
        self.wrong.append(f'{name}: "{text}" is none of {", ".join(choices)}; {near}')
        return choices[0]

    def format(self) -> str:
        """The learning format in the AMA's spelling."""
        text = " ".join(self.text("format").split())
        if spelt := next((one for one in FORMATS if one.casefold() == text.casefold()), ""):
            return spelt
        if not text:
            self.wrong.append(f"format: is missing; write {FORMATS[0]}, {FORMATS[1]} or another of the AMA's")
        elif not text.casefold().startswith(f"{FORMATS[-1]} ("):
            near = did_you_mean(text, FORMATS)
            known = f"formats are {', '.join(FORMATS)} (what it is)"
            self.wrong.append(f'format: "{text}" is no learning format of the AMA; {near or known}')
        return text

    def abim_type(self) -> str:
        """The types of ABIM MOC points, joined as a sentence has them."""
        names = {one.casefold(): one for one in ABIM_TYPES}
        types = self.parts(["abim_type"], r"[,;&\n]|\band\b")
        for one in types:
            if " ".join(one.casefold().split()) not in names:
                near = did_you_mean(one, ABIM_TYPES) or f"types are {', '.join(ABIM_TYPES)}"
                self.wrong.append(f'abim_type: "{one}" is no type of ABIM MOC points; {near}')
                return ""
        return conjoined([names[" ".join(one.casefold().split())] for one in dict.fromkeys(types)])

    def requirements(self) -> tuple[str, ...]:
        names = dict.fromkeys(map(column_name, self.parts(["requirements"], r"[,\n]")))
        for name in names:
            if not re.fullmatch(r"\w+", name) or name in ("none", "no"):
                self.wrong.append(
                    f'requirements: "{name}" cannot be a column of a claims file; separate the columns by '
                    "commas, or leave the field out where nothing is required"
                )
        return tuple(names)

    def boards(self) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(one.upper() for one in self.parts(["boards"], r"[,;\n]")))
        for one in names:
            if one not in OTHER_BOARDS:
                near = "has its own fields" if one in ("ABIM", "ABP") else f"write {', '.join(OTHER_BOARDS)}"
                self.wrong.append(f'boards: "{one}" is no further board that PARS reports to; {near}')
        return names

    def url(self) -> str:
        text = self.text("url")
        try:
            parts = urlsplit(text)
            is_web = parts.scheme in ("http", "https") and "." in (parts.hostname or "")
        except ValueError:
            is_web = False
        if text and (not is_web or re.search(r"\s", text)):
            self.wrong.append(
                f'url: "{text}" is not a web address; write it as https://www.example.org/meeting'
            )
        return text

    def parts(self, names: Iterable[str], separator: str) -> list[str]:
        """What stands in these fields between separators (a regular expression), empty parts left out."""
        parts = (part.strip() for name in names for part in re.split(separator, self.text(name)))
        return [part for part in parts if part]


_CREDIT = re.compile(r"[0-9]{1,4}(?:\.[0-9]+)?")


def unknown_fields(names: Iterable[str]) -> list[str]:
    """What is wrong with the names of fields: the value of a misspelt one would be lost in silence.

    `names`: lower-cased, as Pelican gives them.
    """
    known = {field.casefold(): field for field in (*FIELDS, *PAGE_FIELDS)}
    wrong = []
    for name in names:
        if name not in known and column_name(name) not in EXTERNAL_IDS:
            near = did_you_mean(name, list(known.values()))
            wrong.append(f"{name}: is no field of an activity; {near or 'fields are ' + ', '.join(FIELDS)}")
    return wrong


def read_activity(metadata: Mapping[str, str]) -> tuple[Activity | None, list[str]]:
    """An activity from its metadata (names lower-cased), or the list of everything wrong with it."""
    given = _Metadata(metadata)
    wrong, text = given.wrong, given.text
    slug, title, format_ = text("slug"), text("title"), given.format()
    if not SLUG.fullmatch(slug) or len(slug) > 80:
        wrong.append(f'slug: "{slug}" must be lower-case words joined by hyphens, such as convergence-2025')
    if not title:
        wrong.append("title: is missing")
    start, end = given.date("start"), given.date("end")
    wrong += _wrong_days(format_, start, end, has_end=bool(text("end")))
    until = {name: given.date(name) for name in ("claim_until", "download_until")}
    for name, day in until.items():
        if day and end and day < end:
            wrong.append(f"{name}: {day} lies before the activity's last day {end}")
    step = given.credit("abp_step") or STEP
    cme, abim, abp = given.credit("cme_max"), given.credit("abim_max"), given.credit("abp_max", step)
    wrong += _wrong_maxima(cme, {"abim_max": abim, "abp_max": abp}, has_cme=bool(text("cme_max")))
    abim_type = given.abim_type()
    if abim and not text("abim_type"):
        wrong.append("abim_type: is missing; write Medical Knowledge, Practice Assessment or Patient Safety")
    if abp and not text("pars_id"):
        wrong.append("pars_id: is missing; an ABP MOC certificate states it")
    status = given.choice("status", ("published", "draft", "hidden"))
    id_fields = [name for name in metadata if column_name(name) in EXTERNAL_IDS]
    activity = Activity(
        slug=slug,
        title=title,
        format=format_,
        location="\n".join(given.parts(["location"], "\n|;")),
        start=start,
        end=end,
        cme_max=cme,
        abim_max=abim,
        abim_type=abim_type,
        abp_max=abp,
        abp_step=step,
        pars_id=text("pars_id"),
        requirements=given.requirements(),
        download_until=until["download_until"],
        accreditation=text("accreditation"),
        designation=text("designation"),
        abim_statement=text("abim_statement"),
        abp_statement=text("abp_statement"),
        active=status != "draft",
        external_ids=tuple(dict.fromkeys(map(folded, given.parts(id_fields, "[,\n]")))),
        cme_for=given.choice("cme_for", (ANYONE, PHYSICIANS)),
        claim_until=until["claim_until"],
        remind=given.choice("remind", ("yes", "no")) == "yes" if text("remind") else None,
        hours=given.credit("hours"),
        url=given.url(),
        boards=given.boards(),
        ce_broker_course=text("ce_broker_course"),
        ce_broker_subject=text("ce_broker_subject"),
    )
    return (None, wrong) if wrong else (activity, [])


def _wrong_days(format_: str, start: dt.date | None, end: dt.date | None, *, has_end: bool) -> list[str]:
    """What contradicts itself in an activity's days; `has_end`: an end is given, if no date."""
    wrong = []
    if start is None and end is not None:
        wrong.append("start: is missing although end is given")
    if end is None and start is not None and not has_end:
        wrong.append("end: is missing although start is given")
    if start and end and end < start:
        wrong.append(f"end: {end} lies before start {start}")
    if format_ == "live activity" and not has_end:
        wrong.append("end: a live activity needs start and end dates")
    if format_ == "enduring material" and end:
        wrong.append("end: enduring material has no dates of its own; each person's completion date counts")
    return wrong


def _wrong_maxima(cme: Decimal | None, moc: Mapping[str, Decimal | None], *, has_cme: bool) -> Iterator[str]:
    """What cannot be of the most that is offered; `has_cme`: a CME maximum is given, if no number."""
    for name, most in moc.items():
        if most and cme is None and not has_cme:
            yield f"{name}: offers MOC points, but there is no CME_max; MOC needs CME credit"
        if most and cme and most > cme:
            yield f"{name}: {most} is more than CME_max, {cme}; points are claimed for CME credit"
