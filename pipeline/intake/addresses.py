"""Is this text an e-mail address? Syntax only (RFC 5321, 6531); no name server is asked."""

from __future__ import annotations

import re

from email_validator import EmailNotValidError, validate_email

from pipeline.rules.text import shown

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
        return f'"{shown(address)}" is not an e-mail address: {shown(str(error), 160)}'
    except Exception:  # noqa: BLE001 - the validator must never end a run: what breaks it is no address
        return f'"{shown(address)}" is not an e-mail address'
    return ""
