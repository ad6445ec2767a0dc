"""The container of a PDF's signature: a certificate and a digest in; CMS (RFC 5652) as PAdES has it, out.

DER (X.690) is written here, since the same certificate must give the same bytes: each length is known before
anything is signed, and the seal's digits stand at a place that does not move.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256

SEQUENCE, SET, OCTETS, INTEGER, NULL = b"\x30", b"\x31", b"\x04", b"\x02", b"\x05\x00"
CONTEXT_0, CONTEXT_1 = b"\xa0", b"\xa1"
HASHED = utils.Prehashed(SHA256())
# Bytes before the seal's, more where a signature is shorter: whatever its length, and whether a time stamp
# follows or not, all lengths around them are written in as many bytes.
FILLER = 256
SEAL_BYTES = 64  # of the seal's signature, which the container carries


def der(tag: bytes, *parts: bytes) -> bytes:
    """A value with its tag and length."""
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return tag + bytes([size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return tag + bytes([0x80 | len(length)]) + length + content


def oid(dotted: str) -> bytes:
    """An object identifier."""
    first, second, *rest = map(int, dotted.split("."))
    out = bytearray()
    for arc in (first * 40 + second, *rest):
        digits = [arc & 127]
        while arc := arc >> 7:
            digits.append(128 | arc & 127)
        out += bytes(reversed(digits))
    return der(b"\x06", bytes(out))


DATA, SIGNED_DATA = oid("1.2.840.113549.1.7.1"), oid("1.2.840.113549.1.7.2")
CONTENT_TYPE, MESSAGE_DIGEST = oid("1.2.840.113549.1.9.3"), oid("1.2.840.113549.1.9.4")
SIGNING_CERTIFICATE, TIME_STAMP = oid("1.2.840.113549.1.9.16.2.47"), oid("1.2.840.113549.1.9.16.2.14")
SHA_256 = der(SEQUENCE, oid("2.16.840.1.101.3.4.2.1"))
ECDSA, RSA = der(SEQUENCE, oid("1.2.840.10045.4.3.2")), der(SEQUENCE, oid("1.2.840.113549.1.1.11"), NULL)
SEAL = oid("2.25.190187330137236213170402471604286537321")  # of a UUID (X.667): of this program


def signs_by(private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> Callable[[bytes], bytes]:
    """What signs by this key: the same signature each time (RFC 6979; RFC 8017, 8.2)."""

    def sign(data: bytes) -> bytes:
        digest = hashlib.sha256(data).digest()
        if isinstance(private, rsa.RSAPrivateKey):
            return private.sign(digest, padding.PKCS1v15(), HASHED)
        return private.sign(digest, ec.ECDSA(HASHED, deterministic_signing=True))

    return sign


@dataclass(frozen=True)
class Signer:
    """A certificate, those above it, and what signs by its private key, wherever that is."""

    sign: Callable[[bytes], bytes]  # data in; the signature of their SHA-256 out
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()
    device: str = ""  # the label of the device that holds the key; empty: it is here
    seconds: float = 0.0  # what the device took for a signature
    is_repeatable: bool = True  # whether the same data have the same signature each time

    @cached_property
    def _key(self) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
        key = self.certificate.public_key()
        if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
            raise ValueError("the certificate of the signature has a key of another kind")
        return key

    @property
    def longest(self) -> int:
        """Bytes of a signature at most."""
        if isinstance(self._key, rsa.RSAPublicKey):
            return self._key.key_size // 8
        number = (self._key.key_size + 7) // 8 + 1
        return len(der(SEQUENCE, der(INTEGER, bytes(number)), der(INTEGER, bytes(number))))

    @property
    def _algorithm(self) -> bytes:
        return RSA if isinstance(self._key, rsa.RSAPublicKey) else ECDSA

    def signed_attributes(self, digest: bytes) -> bytes:
        """What is signed, as a SET: the digest of the file and which certificate signs (EN 319 122-1, 5.2.2).

        Without the time: PAdES has it in the PDF (EN 319 142-1, 6.3).
        """
        ours = hashlib.sha256(self.certificate.public_bytes(serialization.Encoding.DER)).digest()
        attributes = (
            der(SEQUENCE, CONTENT_TYPE, der(SET, DATA)),
            der(SEQUENCE, MESSAGE_DIGEST, der(SET, der(OCTETS, digest))),
            der(
                SEQUENCE,
                SIGNING_CERTIFICATE,
                der(SET, der(SEQUENCE, der(SEQUENCE, der(SEQUENCE, der(OCTETS, ours))))),
            ),
        )
        return der(SET, *sorted(attributes))

    def container(self, attributes: bytes, signature: bytes, stamp: bytes = b"") -> tuple[bytes, int]:
        """The CMS, and at which byte of it the seal's 64 begin, wherever the signature ends.

        `stamp`: a time stamp of the signature (RFC 3161), if any.
        """
        certificate = self.certificate
        filler = bytes(FILLER + self.longest - len(signature))
        seal = der(SEQUENCE, der(OCTETS, filler), der(OCTETS, bytes(SEAL_BYTES)))
        unsigned = [der(SEQUENCE, SEAL, der(SET, seal))]
        if stamp:
            unsigned.append(der(SEQUENCE, TIME_STAMP, der(SET, stamp)))
        serial = certificate.serial_number
        number = der(INTEGER, serial.to_bytes(serial.bit_length() // 8 + 1))
        info = der(
            SEQUENCE,
            der(INTEGER, b"\1"),
            der(SEQUENCE, certificate.issuer.public_bytes(), number),
            SHA_256,
            CONTEXT_0 + attributes[1:],
            self._algorithm,
            der(OCTETS, signature),
            der(CONTEXT_1, *unsigned),
        )
        listed = [one.public_bytes(serialization.Encoding.DER) for one in (certificate, *self.chain)]
        made = der(
            SEQUENCE,
            SIGNED_DATA,
            der(
                CONTEXT_0,
                der(
                    SEQUENCE,
                    der(INTEGER, b"\1"),
                    der(SET, SHA_256),
                    der(SEQUENCE, DATA),
                    der(CONTEXT_0, *listed),
                    der(SET, info),
                ),
            ),
        )
        return made, made.rindex(seal) + len(seal) - SEAL_BYTES
