"""What the public sees of a person and of a certificate: the values that pages and mails are made of."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from pipeline.rules.boards.records import BoardRefusal, RecordState
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.awards import Facts, Standing


@dataclass(frozen=True, slots=True)
class PageFile:
    """A PDF that lies beside its page."""

    name: str  # unique to the version: a corrected file has a new name
    size: int  # bytes
    sha256: str  # its name in the vault


class CreditFileKind(StrEnum):
    """What a PDF about all of a person's certificates is."""

    RECORD = "record"  # the Record of credits
    MERGED = "merged"  # all certificates that can be downloaded, one after the other


@dataclass(frozen=True, slots=True)
class CreditFile:
    """Such a PDF, made for the person's page and lying beside it."""

    file: PageFile
    kind: CreditFileKind
    year: int  # of which alone it is; 0: of all
    source: str  # a digest of all that it was made of


@dataclass(frozen=True, slots=True)
class BoardReport:
    """What a board or roster was told of a certificate, and what it answered."""

    board: str
    reported_on: dt.date
    state: RecordState
    refusal: BoardRefusal | None = None
    ended_on: dt.date | None = None  # taken back

    @property
    def is_unmatched(self) -> bool:
        """Whether the board knows nobody like the holder, who can mend that."""
        return self.refusal is BoardRefusal.MISMATCH and self.ended_on is None


@dataclass(frozen=True, slots=True)
class Entry:
    """One certificate on its holder's page, or on its verification page."""

    facts: Facts
    standing: Standing
    file: PageFile | None  # None: download closed, replaced or withdrawn
    download_until: dt.date | None  # last day of an open download; None where closed
    changed_on: dt.date | None = None  # of the last correction, replacement or withdrawal
    reason: str = ""  # of that change, for the reader
    replaced_by: str = ""  # number of the certificate that took its place
    digests: tuple[str, ...] = ()  # SHA-256 of every version issued, the current one last
    alike: int = 1  # of these, at the end, that say the same: versions since the last correction
    held: bool = False  # the holder's record is kept beyond its day, until it is released
    reports: tuple[BoardReport, ...] = ()  # to boards; shown to the holder alone


@dataclass(frozen=True, slots=True)
class WithheldEntry:
    """A certificate that waits for a requirement."""

    kind: Kind
    activity: str  # slug
    title: str
    date: dt.date  # the activity's date, for the order
    missing: tuple[str, ...]  # requirement column names; "paper" where the certificate could not be made
    start: dt.date | None = None  # the activity's days, place and format, where it has them
    end: dt.date | None = None
    location: str = ""
    format: str = ""
    url: str = ""  # where the activity is found at the college's
    claim_until: dt.date | None = None  # last day on which what is missing can be done


@dataclass(frozen=True, slots=True)
class PersonPage:
    """The page at c/<token>/: newest activity first."""

    token: str
    name: str
    credentials: str
    entries: tuple[Entry, ...]
    withheld: tuple[WithheldEntry, ...] = ()
    credits: tuple[CreditFile, ...] = ()  # the Record of credits of all years first

    @property
    def record_files(self) -> dict[int, PageFile]:
        """The Record of credits by year; 0: of all."""
        return {one.year: one.file for one in self.credits if one.kind is CreditFileKind.RECORD}

    @property
    def merged_file(self) -> PageFile | None:
        """All certificates in one PDF."""
        return next((one.file for one in self.credits if one.kind is CreditFileKind.MERGED), None)


@dataclass(frozen=True, slots=True)
class ForwardPage:
    """The page at c/<token>/ of a record that became part of another's: it leads to that one's page, and says
    nothing of a person."""

    token: str
    to: str  # the other's token

    def __repr__(self) -> str:  # a token must not reach a traceback
        return "ForwardPage()"


class LeftPage(NamedTuple):
    """How a build left a page and its folder; what is noted changes with whatever is changed there."""

    path: str  # below output/
    stamp: str = ""  # of what it shows; empty: it is not as it must be
    pdfs: int = 0  # that lie beside it
    folder: str = ""  # permissions and time of its folder
    file: str = ""  # permissions, time and size of the page
    sha256: str = ""  # of the page


class RequiredPage(NamedTuple):
    """A page that must exist, and how the last build left it. There are hundreds of thousands of them."""

    name: str  # a token or a number
    stamp: str  # of what it must show
    left: str | None = None  # the stamp with which the last build left it; None: none did
    pdfs: int | None = None  # this and the rest as of LeftPage, where one did
    folder: str | None = None
    file: str | None = None

    @property
    def is_stamped(self) -> bool:
        """Whether the last build left it as it must be."""
        return self.left == self.stamp


class DuePages(NamedTuple):
    """The pages in c/ or verify/ that must exist, held against what the last build left."""

    whole: int  # how many it left as they must be
    pdfs: int  # beside these
    due: dict[str, str]  # the others: name -> stamp
    left: int  # how many of these it left, too


def credit_file_name(kind: CreditFileKind, period: str, sha256: str) -> str:
    """The name of a PDF about all of a person's certificates: another for other bytes, and no text of theirs.

    `period`: the years that it is of, in words."""
    record = f"record-of-credits-{period.replace('–', '-')}"
    return f"acr-{record if kind is CreditFileKind.RECORD else 'all-certificates'}-{sha256[:8]}.pdf"


def is_credit_file(name: str) -> bool:
    """Whether a file beside a page is named as one of these: no certificate is."""
    return _CREDIT_FILE.fullmatch(name) is not None


_CREDIT_FILE = re.compile(r"acr-(?:record-of-credits-[0-9-]+|all-certificates)-[0-9a-f]{8}\.pdf")


def file_name(activity: str, kind: str, number: str, version: int) -> str:
    """The PDF's name on the page and in the holder's folder; no text of the participant's is in it."""
    suffix = f"-v{version}" if version > 1 else ""
    return f"acr-{activity}-{kind}-certificate-{number[:4].lower()}{suffix}.pdf"
