"""Made-up values for the tests of mail: facts, entries, notices, messages that are due; mail that came in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pipeline.mail import OutgoingMessage
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.awards import Facts, Standing
from pipeline.rules.messages.automatic import Mail
from pipeline.rules.messages.occasions import Event, Notice, Occasion
from pipeline.rules.messages.refusal_table import Cause
from pipeline.rules.messages.returned import AddressMark
from pipeline.rules.web.pages import Entry, PageFile, WithheldEntry

NOW = dt.datetime(2025, 11, 14, 9, 30, tzinfo=dt.UTC)
TOKEN = "k7m2p9q4r8s3t6u5v7w9x2y4z6a8b3c5d7e9f2g"
URL = f"https://certificates.example.org/c/{TOKEN}/"


def dead(words: str) -> AddressMark:
    """The mark of an address that is dead."""
    return AddressMark(Cause.DEAD, NOW.date(), None, words)


def facts(**changes: Any) -> Facts:
    values: dict[str, Any] = {
        "number": "7K2M-9QX4-T0VB-3CDE",
        "kind": Kind.CME_ABIM,
        "name": "Maria da Silva",
        "credentials": "MD",
        "activity": "convergence-2025",
        "title": "ACR Convergence 2025",
        "format": "live activity",
        "location": "Chicago, Illinois",
        "start": dt.date(2025, 10, 24),
        "end": dt.date(2025, 10, 29),
        "completed_on": None,
        "cme": Decimal("12.25"),
        "abim": Decimal(10),
        "abim_type": "Medical Knowledge",
        "abp": Decimal(0),
        "pars_id": "",
        "accreditation": "",
        "designation": "",
        "abim_statement": "",
        "abp_statement": "",
        "issued_on": dt.date(2025, 11, 14),
        "kept_until": dt.date(2031, 10, 29),
        "verify_url": "https://certificates.example.org/verify/7K2M-9QX4-T0VB-3CDE/",
    }
    return Facts(**(values | changes))


def entry(**changes: Any) -> Entry:
    outer = ("standing", "file", "download_until", "changed_on", "reason", "replaced_by")
    values: dict[str, Any] = {
        "standing": Standing.VALID,
        "file": PageFile("acr-certificate.pdf", 86_000, "0" * 64),
        "download_until": dt.date(2026, 3, 26),
    } | {name: changes.pop(name) for name in outer if name in changes}
    return Entry(facts=facts(**changes), **values)


def participation(**changes: Any) -> Entry:
    none = {"cme": Decimal(0), "abim": Decimal(0), "abim_type": ""}
    return entry(**({"kind": Kind.PARTICIPATION, "number": "1111-2222-3333-4444"} | none | changes))


def course(**changes: Any) -> Entry:
    values: dict[str, Any] = {
        "kind": Kind.CME_ABP,
        "number": "AAAA-BBBB-CCCC-DDDD",
        "activity": "lupus-online",
        "title": "Lupus & Pregnancy: What's New",
        "format": "enduring material",
        "location": "",
        "start": None,
        "end": None,
        "completed_on": dt.date(2025, 11, 2),
        "cme": Decimal(1),
        "abim": Decimal(0),
        "abim_type": "",
        "abp": Decimal("0.75"),
        "kept_until": dt.date(2031, 11, 2),
        "download_until": dt.date(2031, 11, 2),
    }
    return entry(**(values | changes))


def waiting(**changes: Any) -> WithheldEntry:
    """A certificate that waits for an evaluation."""
    values: dict[str, Any] = {
        "kind": Kind.CME,
        "activity": "convergence-2025",
        "title": "ACR Convergence 2025",
        "date": dt.date(2025, 10, 29),
        "missing": ("evaluation",),
        "start": dt.date(2025, 10, 24),
        "end": dt.date(2025, 10, 29),
        "location": "Chicago, Illinois",
        "format": "live activity",
    }
    return WithheldEntry(**(values | changes))


def notice(**changes: Any) -> Notice:
    values: dict[str, Any] = {
        "message_id": "20251114.k3j2h4g5@rheumatology.org",
        "occasion": Occasion.NEW,
        "to": "maria@example.org",
        "name": "Maria da Silva",
        "page_url": URL,
        "date": NOW,
    } | changes
    if "events" not in values:
        about = values.pop("entries", (entry(), participation()))
        values["events"] = tuple(Event(values["occasion"], one) for one in about)
    return Notice(**values)


def outgoing(number: int = 1, to: str = "", **changes: Any) -> OutgoingMessage:
    """A message that holds its number: in the address and the Message-ID."""
    about = notice(
        to=to or f"person{number}@example.org", message_id=f"m{number}@rheumatology.org", **changes
    )
    return OutgoingMessage(number, about, 0, NOW)


def received(headers: Mapping[str, str | tuple[str, ...]] | None = None, **changes: Any) -> Mail:
    """A mail that came in: Ana asks for her link."""
    values: dict[str, Any] = {
        "ref": "new/1",
        "digest": "d1",
        "senders": (("Ana Alva", "ana@example.org"),),
        "subject": "My certificate",
        "text": "I lost the link, please send it again.",
    }
    fields = {"from": "Ana Alva <ana@example.org>", **(headers or {})}
    given = {name: (said,) if isinstance(said, str) else said for name, said in fields.items()}
    return Mail(**(values | changes), headers=given)
