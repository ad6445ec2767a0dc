"""SoftHSM, a device of software: tokens in a folder, with keys and certificates, that can be pulled out."""

from __future__ import annotations

import datetime as dt
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pkcs11
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from pkcs11 import Attribute
from pkcs11.util.ec import decode_ec_private_key
from pkcs11.util.rsa import decode_rsa_private_key
from pkcs11.util.x509 import decode_x509_certificate

from tests.support.programs import program

PIN, SO_PIN = "482915", "55555555"
NUMBERS = count(1 << 150)  # of certificates: longer than most
PLACES = (
    "/usr/lib*/softhsm/libsofthsm2.so",
    "/usr/lib/*/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def issued(
    name: str,
    private: Key,
    by: tuple[x509.Certificate, Key] | None = None,
    years: tuple[int, int] = (2024, 2036),
    is_authority: bool = False,
) -> x509.Certificate:
    """A certificate of this key, valid from one new year to another; without `by` its own issuer."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    begins, ends = (dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in years)
    issuer, key = (by[0].subject, by[1]) if by else (subject, private)
    uses = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
    )
    uses |= dict.fromkeys(("digital_signature", "content_commitment"), not is_authority)
    uses |= dict.fromkeys(("key_cert_sign", "crl_sign"), is_authority)
    return (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=private.public_key())
        .serial_number(next(NUMBERS))
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**uses), critical=True)
        .sign(key, SHA256())
    )


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in certificates)


class SoftDevice:
    """Tokens in a folder. What is put there is seen by whoever opens a session afterwards."""

    def __init__(self, folder: Path, module: Path) -> None:
        self.module, self._folder, self._config = module, folder / "tokens", folder / "softhsm2.conf"
        self._folder.mkdir(parents=True)
        self.configure()

    def configure(self, *more: str) -> None:
        """Write its configuration, with these lines besides."""
        lines = (f"directories.tokendir = {self._folder}", "objectstore.backend = file", *more)
        self._config.write_text("".join(f"{line}\n" for line in lines))

    @property
    def environment(self) -> dict[str, str]:
        return {"SOFTHSM2_CONF": str(self._config)}

    def add_token(self, label: str, pin: str = PIN) -> None:
        given = ("--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", SO_PIN)
        subprocess.run([program("softhsm2-util"), *given], check=True, capture_output=True)

    def put(
        self,
        token: str,
        label: str,
        number: int,
        *,
        key: Key | None = None,
        certificate: x509.Certificate | None = None,
        **more: Any,
    ) -> None:
        """A key, a certificate, or both, under a label and an id of one byte. `more`: of the key."""
        named = {Attribute.LABEL: label, Attribute.ID: bytes([number]), Attribute.TOKEN: True}
        with self._writing(token) as session:
            if key:
                marks = {Attribute.SIGN: True, Attribute.SENSITIVE: True, Attribute.PRIVATE: True}
                own = {getattr(Attribute, name.upper()): value for name, value in more.items()}
                session.create_object({**_private(key), **named, **marks, **own})
            if certificate:
                der = certificate.public_bytes(serialization.Encoding.DER)
                session.create_object({**decode_x509_certificate(der), **named})

    def pull_out(self) -> None:
        self._folder.rename(self._folder.with_name("elsewhere"))
        self._folder.mkdir()

    def plug_in(self) -> None:
        self._folder.rmdir()
        self._folder.with_name("elsewhere").rename(self._folder)

    @contextmanager
    def _writing(self, token: str) -> Iterator[Any]:
        pkcs11.unload(str(self.module))  # what softhsm2-util made is seen by who begins anew
        module = pkcs11.lib(str(self.module))
        with module.get_token(token_label=token).open(rw=True, user_pin=PIN) as session:
            yield session
        pkcs11.unload(str(self.module))


def _private(key: Key) -> dict[Attribute, Any]:
    form = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    der = key.private_bytes(serialization.Encoding.DER, *form)
    return decode_rsa_private_key(der) if isinstance(key, rsa.RSAPrivateKey) else decode_ec_private_key(der)


@contextmanager
def soft_device(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[SoftDevice]:
    """One for this process alone; skips where SoftHSM is not installed, and fails in CI."""
    program("softhsm2-util")
    found = [path.resolve() for place in PLACES for path in Path("/").glob(place[1:])]
    device = SoftDevice(folder, found[0])
    for name, value in device.environment.items():
        patch.setenv(name, value)
    try:
        yield device
    finally:
        pkcs11.unload(str(device.module))
