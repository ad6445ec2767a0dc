"""Keys that never leave a device, a USB token, a card or an HSM: where one is in; what signs by it, out.

Devices lock themselves after a few wrong PINs, and a timer would try the same one each day. So a PIN that was
refused is remembered, as a digest beside the keys, and not tried again.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509

from pipeline import files
from pipeline.errors import SealError
from pipeline.sealing.cms import Signer

SALT = 16  # bytes
WORK = 1 << 14  # of scrypt: a PIN is a few digits, and a wrong one may be nearly right


@dataclass(frozen=True)
class KeyPlace:
    """Where the key of signatures is, as PKCS#11 has it."""

    module: Path  # the library that the device's maker delivers
    device: str  # its label or serial number; empty: the only one there is
    key: str  # label or id (hexadecimal) of the key or its certificate; empty: the only one there is
    pin: str = field(repr=False)
    refused: Path  # a file of PINs that were refused


def device_signer(place: KeyPlace, more: Sequence[x509.Certificate] = ()) -> Signer:
    """What signs by the key there, once the device has made a signature that its certificate fits. `more`:
    certificates among which that one, and those above it, may be.

    Raises SealError; what it gives raises SignerLostError where the device is there no more.
    """
    try:
        from pipeline.sealing.session import session_signer  # few colleges need what it imports
    except ImportError as error:
        raise SealError(
            f"SIGNATURE_PKCS11 needs python-pkcs11, which is not installed here: {error}.",
            "Install it: .venv/bin/pip install -e '.[pkcs11]'",
        ) from error
    return session_signer(place, more)


def was_refused(place: KeyPlace, serial: bytes) -> bool:
    """Whether the device of this serial number refused this PIN before."""
    with suppress(OSError, ValueError):
        for line in place.refused.read_text(encoding="ascii").splitlines():
            salt, digest = map(bytes.fromhex, line.split())
            if secrets.compare_digest(_digest(salt, serial, place.pin), digest):
                return True
    return False


def note_refused(place: KeyPlace, serial: bytes) -> None:
    """It refused this PIN."""
    salt, said = secrets.token_bytes(SALT), ""
    with suppress(OSError):
        said = place.refused.read_text(encoding="ascii")
    said += f"{salt.hex()} {_digest(salt, serial, place.pin).hex()}\n"
    with suppress(OSError):  # what is to be told is that the PIN was refused
        files.make_folder(place.refused.parent, files.PRIVATE_FOLDER)
        files.replace(str(place.refused), said.encode())


def note_taken(place: KeyPlace) -> None:
    """It took the PIN: what was refused before is past."""
    with suppress(OSError):
        place.refused.unlink()


def _digest(salt: bytes, serial: bytes, pin: str) -> bytes:
    return hashlib.scrypt(serial + b"\0" + pin.encode(), salt=salt, n=WORK, r=8, p=1)
