"""What the mail server says of itself: an opened session in, judgements out.

Source: RFC 3207 (STARTTLS), 1870 (SIZE), 6531 (SMTPUTF8), 3461 (DSN), 4954 (AUTH).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from pipeline.rules.checks.check import Check, fault, good, unchecked
from pipeline.rules.text import counted

DAYS = 14  # a certificate that ends sooner may end while a meeting is mailed
ASK = "Ask the mail administrator."
NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Conversation:
    """What a relay answered, as far as it came."""

    where: str  # host:port
    failed: str = ""  # why there was none, or why it ended
    distrusted: str = ""  # why its certificate is not trusted
    ends: dt.datetime | None = None  # of its certificate; None without TLS
    lacks_tls: bool = False  # STARTTLS is asked for and not offered
    offers: Mapping[str, str] = field(default_factory=lambda: NONE)  # by keyword in lower case, once secure
    login: str = ""  # why the log-in was refused
    said_at: dt.datetime | None = None  # the time in its greeting


def judge_relay(said: Conversation, tls: str, user: str, largest: int, now: dt.datetime) -> Iterator[Check]:
    """`tls`, `user`: the settings; `largest`: bytes of our largest mail. One check for each thing."""
    if said.failed:
        yield fault(
            "relay", f"{said.where}: {said.failed}", "Look at SMTP_HOST, SMTP_PORT and SMTP_TLS in .env."
        )
        return
    yield good("relay", f"{said.where} answers")
    if tls != "none":
        yield from _security(said, now)
    if said.lacks_tls or said.distrusted:
        return
    yield _size(said, largest)
    yield _utf8(said)
    if "dsn" in said.offers:
        yield good(
            "relay-dsn", "it offers DSN, so returned mail is matched although a Message-ID is rewritten"
        )
    else:
        yield good("relay-dsn", "it offers no DSN: returned mail is matched by its Message-ID alone")
    yield _login(said, user)


def _security(said: Conversation, now: dt.datetime) -> Iterator[Check]:
    if said.lacks_tls:
        yield fault(
            "relay-tls",
            f"{said.where} does not offer STARTTLS, so no mail is sent",
            "If the server speaks TLS from the start, set SMTP_TLS=tls (port 465).",
        )
        return
    yield good("relay-tls", "the connection is encrypted")
    if said.distrusted:
        yield fault(
            "relay-certificate",
            f"the certificate of {said.where} is not trusted: {said.distrusted}",
            f"{ASK} SMTP_HOST must be the name in the certificate.",
        )
    else:
        yield judge_days("relay-certificate", said.where, said.ends, now)


def judge_days(name: str, where: str, ends: dt.datetime | None, now: dt.datetime) -> Check:
    """A certificate that is trusted now, by how long it still is."""
    if ends is None:
        return unchecked(name, f"{where} does not say when its certificate ends")
    days = (ends - now).days
    text = f"the certificate of {where} is valid for {counted(days, 'more day')}"
    if days < 0:
        text = f"the certificate of {where} has ended, by this machine's clock"
    if days < DAYS:
        return fault(name, text, "Renew it before the meeting, and see why that did not happen by itself.")
    return good(name, text)


def _size(said: Conversation, largest: int) -> Check:
    limit = said.offers.get("size", "").strip()
    if not re.fullmatch(r"[0-9]{1,18}", limit) or int(limit) == 0:
        return good("relay-size", "it states no limit for the size of a mail")
    if int(limit) < largest:
        return fault(
            "relay-size",
            f"it takes mails of {int(limit):,} bytes, and ours may have {largest:,}",
            f"{ASK} The limit must be raised.",
        )
    return good("relay-size", f"it takes mails of {int(limit):,} bytes; ours have at most {largest:,}")


def _utf8(said: Conversation) -> Check:
    lacking = [name.upper() for name in ("smtputf8", "8bitmime") if name not in said.offers]
    if lacking:
        return fault(
            "relay-smtputf8",
            f"it does not offer {' and '.join(lacking)}: nobody with an address beyond ASCII can be mailed",
            f"{ASK} Until then messages to such addresses fail, all others go.",
        )
    return good("relay-smtputf8", "it takes addresses beyond ASCII (SMTPUTF8, 8BITMIME)")


def _login(said: Conversation, user: str) -> Check:
    if not user:
        return unchecked("relay-login", "SMTP_USER is empty")
    if "auth" not in said.offers:
        return fault(
            "relay-login",
            f"{said.where} offers no way to log in",
            "Leave SMTP_USER empty, or ask the mail administrator.",
        )
    if said.login:
        return fault(
            "relay-login",
            f"{said.where} refuses SMTP_USER and SMTP_PASSWORD: {said.login}",
            "Mend them in .env.",
        )
    return good("relay-login", "SMTP_USER logs in")
