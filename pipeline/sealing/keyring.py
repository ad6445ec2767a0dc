"""Private keys at rest, each a file for its owner alone: PKCS#8, encrypted where there is a passphrase.

Beside it lies a certificate that the key issued to itself (X.509), for programs that ask for one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from pipeline import files
from pipeline.errors import SealError
from pipeline.rules.seals.public_keys import LENGTH, PublicKey
from pipeline.sealing.certificates import those_above
from pipeline.sealing.cms import Signer, signs_by

SealKey = EllipticCurvePrivateKey  # on P-256
KEY, CERTIFICATE = ".key", ".crt"  # how the names of files end; before that stands the key's id
DAY_BEFORE = dt.timedelta(days=1)  # it is valid since: clocks and time zones differ
YEARS = 40  # for which a certificate of our own is valid: longer than any record is kept


def _generated(since: dt.date) -> tuple[SealKey, PublicKey]:
    private = ec.generate_private_key(ec.SECP256R1())
    return private, _public(private.public_key(), since)


def make_key(folder: Path, passphrase: str, since: dt.date, name: str) -> PublicKey:
    """A new key, on the disk when this returns. `name`: of the college, for its certificate."""
    private, key = _generated(since)
    while key.id.startswith("-"):  # staff type ids, and a command would take this one for an option
        private, key = _generated(since)
    encryption = (
        serialization.BestAvailableEncryption(passphrase.encode())
        if passphrase
        else serialization.NoEncryption()
    )
    pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    files.make_folder(folder, files.PRIVATE_FOLDER)
    written = []
    for ending, data in ((CERTIFICATE, _certificate(private, since, name)), (KEY, pem)):
        place = str(folder / f"{key.id}{ending}")
        files.write_new(f"{place}{files.BESIDE}", data)
        written.append((f"{place}{files.BESIDE}", place))
    files.put_in_place(written)
    return key


def _certificate(private: SealKey, since: dt.date, name: str) -> bytes:
    whose = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, name), x509.NameAttribute(NameOID.COMMON_NAME, name)]
    )
    begins = dt.datetime.combine(since, dt.time(), dt.UTC) - DAY_BEFORE
    uses = dict.fromkeys(
        (
            *("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign"),
            *("crl_sign", "encipher_only", "decipher_only"),
        ),
        False,
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(whose)
        .issuer_name(whose)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + dt.timedelta(days=YEARS * 365))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, content_commitment=True, **uses), critical=True)
        .sign(private, SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def _public(public: ec.EllipticCurvePublicKey, since: dt.date) -> PublicKey:
    numbers = public.public_numbers()
    return PublicKey(numbers.x.to_bytes(LENGTH), numbers.y.to_bytes(LENGTH), since)


def certified_keys(folder: Path) -> dict[str, PublicKey]:
    """Public keys by id, of the certificates that lie there beside their private halves."""
    found = {}
    for key_id in private_keys(folder):
        with suppress(OSError, ValueError):
            certificate = x509.load_pem_x509_certificate((folder / f"{key_id}{CERTIFICATE}").read_bytes())
            public = certificate.public_key()
            if isinstance(public, ec.EllipticCurvePublicKey):
                key = _public(public, (certificate.not_valid_before_utc + DAY_BEFORE).date())
                found[key.id] = key
    return found


def private_keys(folder: Path) -> set[str]:
    """The ids of the keys whose private half lies there."""
    return {name.removesuffix(KEY) for name in files.scan(folder) if name.endswith(KEY)}


def load_key(folder: Path, key: PublicKey, passphrase: str) -> SealKey:
    """The private half of a key. Raises SealError."""
    path = folder / f"{key.id}{KEY}"
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise SealError(
            f"The key that seals, {key.id}, is not in {folder}.",
            "Bring it back from where it is kept. Where it is lost: certs keys rotate (former seals hold).",
        ) from None
    try:
        private = serialization.load_pem_private_key(data, passphrase.encode() if passphrase else None)
    except TypeError:
        what = "needs a passphrase" if not passphrase else "has no passphrase"
        raise SealError(
            f"The key {path.name} {what}.", "Mend KEY_PASSPHRASE in .env or the environment."
        ) from None
    except ValueError as error:
        raise SealError(
            f"The key {path.name} cannot be read: its passphrase is another one, or the file is damaged.",
            "Mend KEY_PASSPHRASE, or bring the file back from where it is kept.",
        ) from error
    if (
        not isinstance(private, EllipticCurvePrivateKey)
        or _public(private.public_key(), key.since).id != key.id
    ):
        raise SealError(f"The file {path.name} holds another key.", "Bring the right one back.")
    return private


def own_signer(folder: Path, key: PublicKey, private: SealKey) -> Signer:
    """A key with the certificate that it issued to itself. Raises SealError."""
    path = folder / f"{key.id}{CERTIFICATE}"
    try:
        return Signer(signs_by(private), x509.load_pem_x509_certificate(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise SealError(f"The certificate {path.name} cannot be read.", "Bring it back.") from error


def bought_signer(path: Path, passphrase: str, more: Sequence[x509.Certificate] = ()) -> Signer:
    """A key with its certificate, as authorities sell them: PKCS#12. `more`: certificates among which those
    above it may be. Raises SealError."""
    try:
        private, certificate, above = pkcs12.load_key_and_certificates(
            path.read_bytes(), passphrase.encode() if passphrase else None
        )
    except (OSError, ValueError) as error:
        raise SealError(
            f"SIGNATURE_PKCS12: {path.name} cannot be read: {error}.", "Mend it, or SIGNATURE_PASSPHRASE."
        ) from error
    if certificate is None or not isinstance(private, EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise SealError(
            f"SIGNATURE_PKCS12: {path.name} has no certificate with its key, of RSA or an elliptic curve.",
            "Export both into one file.",
        )
    found = dict.fromkeys((*above, *those_above(certificate, (*above, *more))))
    return Signer(signs_by(private), certificate, tuple(found))
