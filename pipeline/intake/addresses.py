"""Is this text an e-mail address? Syntax only (RFC 5321, 6531); no name server is asked."""

from __future__ import annotations

import re
import unicodedata

from email_validator import EmailNotValidError, validate_email

from pipeline.rules.addresses import address_key, mixed_scripts
from pipeline.rules.text import quoted, shown

LOCAL_LENGTH = 64  # octets before the @-sign (RFC 5321, 4.5.3.1.1)

# What nearly every address looks like; the validator (90 microseconds) is asked about the rest.
_PLAIN = re.compile(
    r"(?=.{6,254}\Z)(?=[^@]{1,64}@)[A-Za-z0-9]+(?:[._+\-][A-Za-z0-9]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.)+(?:com|org|net|edu|gov|[A-Za-z]{2})"
)
_PUNYCODE = re.compile(r"@.*\bxn--|@..--|\...--", re.IGNORECASE)


def address_problem(address: str) -> str:
    """Why the text is no address mail can be sent to; empty where it is one. `.test` passes, for trials."""
    if _PLAIN.fullmatch(address) and not _PUNYCODE.search(address):
        return ""
    try:
        validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        return f"{quoted(address)} is not an e-mail address: {shown(_lower(str(error)), 160).rstrip('.')}"
    except Exception:  # noqa: BLE001 - the validator must never end a run: what breaks it is no address
        return f"{quoted(address)} is not an e-mail address"
    return _unsafe(address)


def _lower(sentence: str) -> str:
    """The validator's sentence as the end of ours."""
    first = sentence.partition(". ")[0]
    return f"{first[:1].lower()}{first[1:]}".replace("email address", "e-mail address")


def _unsafe(address: str) -> str:
    """Why an address that is well-formed can be nobody's, or somebody else's; empty where it can be."""
    local, _, domain = address_key(address).rpartition("@")
    if (octets := len(local.encode())) > LOCAL_LENGTH:
        return f"{quoted(address)} has {octets} octets before the @-sign; at most {LOCAL_LENGTH} fit"
    if any(unicodedata.category(sign)[0] in "SPCZ" for sign in local if not sign.isascii()):
        return f"{quoted(address)} holds a sign that is no letter"
    *_, last = labels = domain.split(".")
    if len(labels) < 2:
        return f"{quoted(address)} has no domain that mail can go to: it needs a dot"
    if len(last) < 2 or last.isdigit():
        return f"{quoted(address)} ends in .{last}, which is no domain"
    if mixed := mixed_scripts(domain):
        return (
            f"{quoted(address)} has letters of two alphabets in its domain ({mixed}): it is another's domain"
        )
    return ""
