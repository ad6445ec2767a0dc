"""Texts and addresses in; header lines and body parts out: ASCII, short, nothing breaks out."""

from __future__ import annotations

import base64
import binascii
import re

from email_validator import EmailNotValidError, validate_email

from pipeline.rules.text import one_line


class UnmailableError(ValueError):
    """No mail can be written to this address. The text never holds the private link."""


_PLAIN = re.compile(r"[!-~]{1,60}(?: [!-~]{1,60})*")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+(?: [A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)*")
_CHUNK = 39  # bytes of UTF-8 in an encoded word: 64 characters, so that a line stays within RFC 2047's 76


def encoded_words(text: str) -> list[str]:
    """The text as encoded words (RFC 2047, base64), none splitting a character."""
    words, chunk = [], b""
    for character in text:
        data = character.encode()
        if len(chunk) + len(data) > _CHUNK:
            words.append(chunk)
            chunk = b""
        chunk += data
    words.append(chunk)
    return [f"=?utf-8?B?{base64.b64encode(word).decode()}?=" for word in words]


def unstructured(name: str, text: str) -> str:
    """A header line of free text, folded to 76 columns, without the final line end."""
    text = one_line(text)
    if _PLAIN.fullmatch(text) and "=?" not in text:
        return _fold(f"{name}:", text.split(" "))
    return _fold(f"{name}:", encoded_words(text))


def mailbox(name: str, display: str, address: str) -> str:
    """A header line that holds one mailbox: `To: Maria Silva <maria@example.org>`."""
    display = one_line(display)
    if not display:
        return f"{name}: {address}"
    if len(display) <= 60 and _ATOMS.fullmatch(display) and "=?" not in display:
        words = [display]
    elif len(display) <= 60 and display.isascii() and "=?" not in display:
        quoted = display.replace("\\", "\\\\").replace('"', '\\"')
        words = [f'"{quoted}"']
    else:
        words = encoded_words(display)
    return _fold(f"{name}:", [*words, f"<{address}>"])


def _fold(line: str, words: list[str]) -> str:
    lines = []
    for word in words:
        if len(line) + 1 + len(word) > 76 and not line.endswith(":"):
            lines.append(line)
            line = ""
        line = f"{line} {word}"
    return "\r\n".join([*lines, line])


_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]{1,64}")
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.\-]{0,253}[A-Za-z0-9])?")


def wire_address(address: str) -> str:
    """The address as it goes into headers and commands: a domain beyond ASCII in its ASCII form.

    What is left beyond ASCII is the part before the @, and needs SMTPUTF8. Raises UnmailableError for
    whatever is not an address; nothing that could end a line or a command passes.
    """
    local, at, domain = address.strip().rpartition("@")
    if at and _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain):
        return f"{local}@{domain}"
    try:
        known = validate_email(address.strip(), check_deliverability=False, allow_smtputf8=True)
    except EmailNotValidError as error:
        raise UnmailableError(f"not an address that mail can be sent to: {error}") from error
    return f"{known.local_part}@{known.ascii_domain}"


def quoted_printable(text: str) -> bytes:
    """Whole lines in quoted-printable, none over 76; the text ends with a line end, so that parts join.

    binascii takes the kind of its soft line ends from the first line end it meets: there must be one.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
    return binascii.b2a_qp(lines.encode("utf-8", "replace"), quotetabs=False, istext=True)
