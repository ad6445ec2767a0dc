"""Public keys of seals as the site shows them: a JWK set (RFC 7517), read again, and a DID document."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

KEYS_FILE = ".well-known/certificate-keys.json"  # below the site's root
KEYS_SCRIPT = "seals/keys.js"  # the same for our pages: no script may ask for it
DID_FILES = (".well-known/did.json", "did.json")  # of a site at its host's root, and below a path
LENGTH = 32  # bytes of a coordinate of P-256


@dataclass(frozen=True)
class PublicKey:
    """A key on P-256 by which certificates are, or were, sealed."""

    x: bytes  # 32 bytes
    y: bytes
    since: dt.date
    until: dt.date | None = None  # when another took its place
    revoked: dt.date | None = None  # when it was known that others have it: what it sealed proves nothing

    @property
    def id(self) -> str:
        """Its thumbprint (RFC 7638): 43 letters."""
        return base64url(hashlib.sha256(json.dumps(self._numbers(), separators=(",", ":")).encode()).digest())

    @property
    def jwk(self) -> dict[str, Any]:
        """As JSON Web Key; from, until and revoked are days, or null."""
        days = {"from": self.since, "until": self.until, "revoked": self.revoked}
        named = {name: day.isoformat() if day else None for name, day in days.items()}
        return {**self._numbers(), "kid": self.id, "use": "sig", "alg": "ES256", **named}

    def _numbers(self) -> dict[str, str]:
        return {"crv": "P-256", "kty": "EC", "x": base64url(self.x), "y": base64url(self.y)}


def base64url(data: bytes) -> str:
    """base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """The bytes of base64url without padding. Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def key_set(keys: Iterable[PublicKey]) -> bytes:
    """The JWK set of all keys."""
    return _json({"keys": [key.jwk for key in keys]})


def key_script(keys: Iterable[PublicKey]) -> bytes:
    """The JWK set as our pages take it."""
    return b"self.certificateKeys = %b;\n" % key_set(keys).strip()


def read_keys(text: str | bytes) -> dict[str, PublicKey]:
    """The keys of a JWK set, by their thumbprint; what is no key on P-256 is passed over.

    Raises ValueError for what is no JWK set.
    """
    try:
        said = json.loads(text)
        found = said["keys"] if isinstance(said, Mapping) else None
        if not isinstance(found, list):
            raise ValueError("it has no list of keys")
        keys = [_read(one) for one in found if one.get("kty") == "EC" and one.get("crv") == "P-256"]
    except (LookupError, TypeError, AttributeError, RecursionError, ValueError) as error:
        raise ValueError(f"it is no JWK set: {error}") from error
    return {key.id: key for key in keys}


def _read(said: Mapping[str, Any]) -> PublicKey:
    x, y = from_base64url(said["x"]), from_base64url(said["y"])
    if (len(x), len(y)) != (LENGTH, LENGTH):
        raise ValueError("a key's coordinates are not of 32 bytes")
    since, until, revoked = (day_of(said[name]) if said.get(name) else None for name in _DAYS)
    return PublicKey(x, y, since or dt.date.min, until, revoked)


_DAYS = ("from", "until", "revoked")


def day_of(text: str) -> dt.date:
    """A day as 2025-03-01, in no other of ISO 8601's forms. Raises ValueError, TypeError."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        raise ValueError(f"{text} is no day")
    return dt.date.fromisoformat(text)


def did_of(site_url: str) -> str:
    """The site as did:web: its host, and its path where it has one (did:web method, 3.1)."""
    parts = urlsplit(site_url)
    return ":".join(["did:web", quote(parts.netloc, safe=""), *filter(None, parts.path.split("/"))])


def did_file(site_url: str) -> str:
    """Where the DID document lies below the site's root, as did:web has it."""
    return DID_FILES[bool(urlsplit(site_url).path.strip("/"))]


def did_document(site_url: str, keys: Iterable[PublicKey]) -> bytes:
    """The DID document: every key there ever was, and which of them may be believed."""
    did = did_of(site_url)
    listed = list(keys)
    return _json(
        {
            "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1"],
            "id": did,
            "verificationMethod": [
                {
                    "id": f"{did}#{key.id}",
                    "type": "JsonWebKey",
                    "controller": did,
                    "publicKeyJwk": key.jwk,
                    **({"revoked": f"{key.revoked}T00:00:00Z"} if key.revoked else {}),
                }
                for key in listed
            ],
            "assertionMethod": [f"{did}#{key.id}" for key in listed if not key.revoked],
        }
    )


def _json(value: object) -> bytes:
    return json.dumps(value, indent=1).encode() + b"\n"
