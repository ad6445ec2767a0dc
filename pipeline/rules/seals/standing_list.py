"""Which certificates do not count, or not as first issued: a signed list that the site shows for good.

It names no certificate: each stands under the SHA-256 of its number. Whoever has a certificate can look it
up; nobody can make a list of numbers of it, which would lead to the pages that confirm certificates by name.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.rules.seals.public_keys import PublicKey, base64url, day_of, from_base64url

STANDING_FILE = ".well-known/certificate-standing.jws"  # below the site's root
STANDING_SCRIPT = "seals/standing.js"  # the same for our pages: no script may ask for it
DIGITS_KEPT = 32  # of the SHA-256, which are 128 bits
STANDINGS = ("corrected", "replaced", "withdrawn")


@dataclass(frozen=True, slots=True)
class KeptStanding:
    """Of a certificate, whether its record is there or not."""

    standing: str  # corrected, replaced or withdrawn
    day: dt.date
    version: int  # the newest


Kept = Mapping[str, KeptStanding]  # by `listed_as` of the number


def listed_as(number: str) -> str:
    """What a certificate stands under."""
    return hashlib.sha256(number.encode()).hexdigest()[:DIGITS_KEPT]


def signing_input(kept: Kept, key_id: str) -> str:
    """The list as a JWS (RFC 7515) without its signature. The same standings give the same text."""
    head = {"alg": "ES256", "kid": key_id}
    said = {
        "format": 1,
        "certificates": {
            name: {"standing": one.standing, "day": one.day.isoformat(), "version": one.version}
            for name, one in sorted(kept.items())
        },
    }
    return ".".join(base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (head, said))


def standing_script(jws: bytes) -> bytes:
    """The signed list as our pages take it; `jws` may be empty."""
    return b"self.certificateStanding = %b;\n" % json.dumps(jws.decode().strip()).encode()


def read_standing(
    text: str, keys: Mapping[str, PublicKey], fits: Callable[[PublicKey, bytes, bytes], bool]
) -> dict[str, KeptStanding]:
    """What the list says. Raises ValueError for what is none, or is not signed by one of the keys."""
    try:
        signed, _, signature = text.strip().rpartition(".")
        head, said = (json.loads(from_base64url(part)) for part in signed.split("."))
        key = keys.get(head["kid"])
        digest = hashlib.sha256(signed.encode()).digest()
        if (
            key is None
            or key.revoked
            or head["alg"] != "ES256"
            or not fits(key, digest, from_base64url(signature))
        ):
            raise ValueError("it is not signed by a key of the college")
        if said["format"] != 1:
            raise ValueError("it is of a later form")
        return {name: _read(one) for name, one in said["certificates"].items()}
    except (LookupError, TypeError, AttributeError, RecursionError, ValueError) as error:
        raise ValueError(f"it is no list of standings: {error}") from error


def _read(one: Mapping[str, Any]) -> KeptStanding:
    if one["standing"] not in STANDINGS or type(one["version"]) is not int or one["version"] < 1:
        raise ValueError("a standing in it is none")
    return KeptStanding(one["standing"], day_of(one["day"]), one["version"])


def standing_words(kept: KeptStanding | None, version: int) -> str:
    """What is to be said of a certificate in this version; valid where the list does not name it."""
    if kept is None:
        return "valid"
    if kept.standing != "corrected":
        return f"{kept.standing} on {kept.day}"
    if version < kept.version:
        return f"corrected on {kept.day}: this is version {version}, and there is version {kept.version}"
    return f"valid, corrected on {kept.day}"


def of_numbers(found: Iterable[tuple[str, KeptStanding]]) -> dict[str, KeptStanding]:
    """Standings by what their numbers are listed as."""
    return {listed_as(number): one for number, one in found}
