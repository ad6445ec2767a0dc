"""Issued certificates as staff take them out: which are chosen, what a row says, what a PDF is called."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.awards import Facts, Standing
from pipeline.rules.text import one_line

COLUMNS = (
    *("activity", "title", "start", "end", "number", "kind", "standing"),
    *("learner_id", "email", "name", "credentials"),
    *("cme_credits", "abim_moc_points", "abim_type", "abp_moc_points"),
    *("completed_on", "issued_on", "changed_on", "reason", "replaced_by", "kept_until", "verification"),
)
# What Windows allows in no name (Naming Files, Paths, and Namespaces), and the dot, which ends
# the name of a device there.
_FORBIDDEN = re.compile(r'[<>:"/\\|?*.]+')
_DEVICES = {"con", "prn", "aux", "nul", *(f"{one}{at}" for one in ("com", "lpt") for at in range(10))}
MOST_BYTES = 120  # of a person's name in a file's: with the rest it stays within 255, and a path within 260


@dataclass(frozen=True, slots=True)
class ListingChoice:
    """Which certificates are asked for; a field that is empty asks for any."""

    activity: str = ""  # slug
    kinds: tuple[Kind, ...] = ()
    since: dt.date | None = None  # first and last day of issue
    until: dt.date | None = None
    with_invalid: bool = False  # those that were replaced or withdrawn, too

    def __str__(self) -> str:
        """In words, for the audit trail."""
        said = [
            self.activity or "all activities",
            *(kind.value for kind in self.kinds),
            f"from {self.since}" if self.since else "",
            f"until {self.until}" if self.until else "",
            "also those that do not count" if self.with_invalid else "",
        ]
        return ", ".join(filter(None, said))


@dataclass(frozen=True, slots=True)
class ListedCertificate:
    """One issued certificate with its holder, as of its newest version."""

    id: int
    facts: Facts
    standing: Standing
    changed_on: dt.date | None  # of the last correction, replacement or withdrawal
    reason: str  # of that
    replaced_by: str  # number of the certificate that took its place
    email: str
    learner_id: str  # empty where there is none
    sha256: str  # its name in the vault


def export_row(one: ListedCertificate) -> tuple[str | Decimal | dt.date | None, ...]:
    """What is said of a certificate, in the order of COLUMNS. No private link is in it."""
    facts = one.facts
    return (
        *(facts.activity, facts.title, facts.start, facts.end),
        *(facts.number, facts.kind.value, one.standing.value),
        *(one.learner_id, one.email, facts.name, facts.credentials),
        *(facts.cme, facts.abim, facts.abim_type, facts.abp),
        *(facts.completed_on, facts.issued_on, one.changed_on, one.reason, one.replaced_by),
        *(facts.kept_until, facts.verify_url),
    )


def export_name(facts: Facts) -> str:
    """What a certificate's PDF is called among others: `spring-forum/Ana Alva - cme - 7XKQ-....pdf`.

    Unique by the number, in any case of its letters; every system can make a file of this name.
    """
    folder = f"{facts.activity}_" if facts.activity in _DEVICES else facts.activity
    name = unicodedata.normalize("NFC", _FORBIDDEN.sub(" ", one_line(facts.name)))
    cut = name.encode()[:MOST_BYTES].decode(errors="ignore")
    return f"{folder}/{' '.join(cut.split()) or 'certificate'} - {facts.kind.value} - {facts.number}.pdf"
