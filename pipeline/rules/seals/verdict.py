"""What a file is: its bytes and the college's public keys in; one of five verdicts out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from pipeline.rules.seals.filling import other_than_hours
from pipeline.rules.seals.form import Seal, find_seals, signed_digest
from pipeline.rules.seals.public_keys import PublicKey

# A key, the SHA-256 of what was signed, and 64 bytes of signature in: whether they fit.
Fits = Callable[[PublicKey, bytes, bytes], bool]


class SealVerdict(StrEnum):
    """In the words that scripts read."""

    GENUINE = "genuine"  # byte for byte as it was sealed
    FILLED = "filled"  # as it was sealed, and then hours were filled in and nothing else
    ADDED = "added"  # as it was sealed, and then something else was appended: what is seen may be another
    CHANGED = "changed"  # it names our key, and its bytes are not those that were sealed
    NOT_OURS = "not-ours"  # it has no seal of ours


@dataclass(frozen=True)
class Judged:
    """A verdict, why, and what the seal says where it holds."""

    verdict: SealVerdict
    why: str = ""
    seal: Seal | None = None


def judge(pdf: bytes, keys: Mapping[str, PublicKey], fits: Fits) -> Judged:
    """What the file is. `keys`: all that the college ever sealed by, by their ids."""
    revoked, strange = None, False
    for found in find_seals(pdf):
        key = keys.get(found.seal.key)
        strange = strange or key is None
        if key is None or not fits(key, signed_digest(pdf, found.at, found.end), found.signature):
            continue
        if key.revoked:
            revoked = Judged(SealVerdict.NOT_OURS, f"its key is in strangers' hands since {key.revoked}")
        elif found.end == len(pdf):
            return Judged(SealVerdict.GENUINE, "", found.seal)
        else:
            why = other_than_hours(pdf, found.end)
            return Judged(SealVerdict.ADDED if why else SealVerdict.FILLED, why, found.seal)
    if revoked:
        return revoked
    if any(key.encode() in pdf for key in keys):
        return Judged(SealVerdict.CHANGED, "its bytes are not those that were sealed")
    return Judged(
        SealVerdict.NOT_OURS, "sealed by a key that is not the college's" if strange else "without a seal"
    )
