"""The seal in a file's bytes: what it says in, its text out; a file in, the seals it may have out.

A seal is an entry of the PDF's catalog under PieceInfo (ISO 32000-1, 14.5), where programs keep data of their
own and no viewer looks. It says at which byte of the file its signature begins, 128 hexadecimal digits, and
signs all other bytes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

DIGITS = 128  # of a signature: two numbers of 32 bytes (IEEE P1363), as WebCrypto takes them
SIGNATURE = b"/Signature<"
END = b"%%EOF\n"
MOST = 4  # texts of one file that look like a seal: the file's maker writes one
# Half the order of the curve P-256 (FIPS 186-4, D.1.2.3). Of the two signatures that fit the same bytes
# the one with the lower second number is valid alone: else a file could be altered there and stay genuine.
HALF_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551 // 2
_SEAL = re.compile(
    rb"/PieceInfo<</CertificateSeal<</LastModified\(D:(\d{8})\)/Private<</Format 1"
    rb"/Number\(([0-9A-Z-]{1,40})\)/Version (\d{1,9})/Key\(([A-Za-z0-9_-]{43})\)/At (\d{10})"
)
_DIGITS = re.compile(rb"[0-9a-f]{128}")


@dataclass(frozen=True, slots=True)
class Seal:
    """What a seal says."""

    number: str  # of the certificate
    version: int  # of the certificate, from 1
    issued_on: dt.date
    key: str  # by which it was made: see PublicKey.id


@dataclass(frozen=True, slots=True)
class FoundSeal:
    """A text in a file that has the form of a seal; whether it is one, the signature tells."""

    seal: Seal
    signature: bytes  # 64 bytes
    at: int  # where its digits begin in the file
    end: int  # where the file ended when it was sealed


def seal_entry(seal: Seal, at: int = 0, *, holds_digits: bool = True) -> bytes:
    """The entry of the catalog, of the same length wherever the digits begin: `at`. It has zeros in their
    place where it holds them itself."""
    day = seal.issued_on.strftime("%Y%m%d")
    said = f"/Number({seal.number})/Version {seal.version}/Key({seal.key})/At {at:010}"
    digits = f"{SIGNATURE.decode()}{'0' * DIGITS}>" if holds_digits else ""
    private = f"/Private<</Format 1{said}{digits}>>"
    return f"/PieceInfo<</CertificateSeal<</LastModified(D:{day}){private}>>>>".encode()


def find_seals(pdf: bytes) -> Iterator[FoundSeal]:
    """What has the form of a seal, from the file's beginning on."""
    for found in islice(_SEAL.finditer(pdf), MOST):
        day, number, version, key, place = (part.decode() for part in found.groups())
        digits = _DIGITS.match(pdf, at := int(place))
        end = pdf.find(END, max(found.end(), at + DIGITS)) + len(END)
        if digits is None or end < at or int(digits[0][DIGITS // 2 :], 16) > HALF_ORDER:
            continue
        try:
            issued_on = dt.datetime.strptime(day, "%Y%m%d").date()  # noqa: DTZ007 - a day
        except ValueError:
            continue
        seal = Seal(number, int(version), issued_on, key)
        yield FoundSeal(seal, bytes.fromhex(digits[0].decode()), at, end)


def signed_digest(pdf: bytes, at: int, end: int) -> bytes:
    """SHA-256 of all that a seal signs, whose digits begin at `at`, in a file that ends at `end`."""
    view = memoryview(pdf)
    digest = hashlib.sha256(view[:at])
    digest.update(view[at + DIGITS : end])
    return digest.digest()
