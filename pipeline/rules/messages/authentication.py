"""What the office's own mail server found out about a mail's sender: its header fields in, a word out.

Source: RFC 8601 (Authentication-Results), RFC 7489 (DMARC).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

# A sender's domain may publish no policy; Exchange Online then says what it guesses.
GENUINE = ("pass", "bestguesspass", "none")
_RESULT = re.compile(r"\s*([a-z0-9-]+)\s*(?:/\s*[0-9]+\s*)?=\s*([a-z]+)", re.IGNORECASE)


def doubt_of_sender(fields: Sequence[str], server: str) -> str:
    """Why a sender may be forged; empty where nothing was found against it.

    `fields`: the mail's Authentication-Results, topmost first. `server`: the name that the office's own mail
    server gives itself in them (authserv-id). Only the topmost of its fields counts: whoever forges a mail
    can write more of them below. Without a name the topmost field counts where it speaks against the sender.
    """
    for name, found in map(_read, fields):
        if server and name != server.casefold():
            continue
        results = [result for method, result in found if method == "dmarc"]
        bad = [result for result in results if result not in GENUINE]
        if bad:
            return f"its sender may be forged (dmarc={bad[0]})"
        return "" if results or not server else f"{server} did not look who sent it (no dmarc)"
    return f"{server} did not look who sent it" if server else ""


def authentication_results(fields: Sequence[str], server: str) -> dict[str, list[str]]:
    """What a server found out about a mail that is known not to be forged, by method: spf, dkim, dmarc.

    `server`: as for `doubt_of_sender`; without it the one that wrote the topmost field. It may write several.
    """
    results: dict[str, list[str]] = {}
    for name, found in map(_read, fields):
        server = server or name
        if name == server.casefold():
            for method, result in found:
                results.setdefault(method, []).append(result)
    return results


def _read(field: str) -> tuple[str, list[tuple[str, str]]]:
    """The server's name, empty where it gives none, and its results as (method, result)."""
    first, *others = (part.strip() for part in _bare(field).split(";"))
    if "=" in first:  # Exchange Online begins with a result
        first, others = "", [first, *others]
    found = [match for part in others if (match := _RESULT.match(part))]
    words = first.split()
    return (words[0].casefold() if words else ""), [
        (match[1].casefold(), match[2].casefold()) for match in found
    ]


def _bare(field: str) -> str:
    """The field without comments, which nest, and without quoted texts: neither may pass for a result."""
    kept, depth, quoted, skipped = list[str](), 0, False, False
    for character in field:
        if skipped:
            skipped = False
        elif character == "\\" and (quoted or depth):
            skipped = True
        elif quoted:
            quoted = character != '"'
        elif character == "(":
            depth += 1
        elif depth:
            depth -= character == ")"
        elif character == '"':
            quoted = True
        else:
            kept.append(character)
    return "".join(kept)
