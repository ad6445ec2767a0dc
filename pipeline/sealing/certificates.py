"""Certificates of signatures: read, the path above one found, looked at whether they are valid on a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import NameOID

from pipeline.errors import SealError


def read_chain(path: Path) -> list[x509.Certificate]:
    """Those in a PEM file. Raises SealError."""
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        raise SealError(
            f"SIGNATURE_CHAIN: {path.name} cannot be read as certificates: {error}.",
            "It must hold them as PEM, one after another, each from -----BEGIN CERTIFICATE----- on.",
        ) from error


def those_above(
    certificate: x509.Certificate, known: Sequence[x509.Certificate]
) -> tuple[x509.Certificate, ...]:
    """The certificates of those who issued it, of who issued theirs, and so on, as far as they are known. The
    root is left out: whoever checks has it, or trusts nothing below it."""
    found: list[x509.Certificate] = []
    while above := _issuer(certificate, known):
        if above.issuer == above.subject or above in found:
            break
        found.append(above)
        certificate = above
    return tuple(found)


def _issuer(certificate: x509.Certificate, known: Iterable[x509.Certificate]) -> x509.Certificate | None:
    for one in known:
        try:
            certificate.verify_directly_issued_by(one)
        except (ValueError, TypeError, InvalidSignature):
            continue
        return one
    return None


def check_valid(certificate: x509.Certificate, now: dt.datetime) -> None:
    """Raises SealError for a certificate that is not valid now: viewers would refuse what it signs."""
    name, hint = name_of(certificate), "Until there is another one, SIGNATURE=seal goes on without it."
    if now > certificate.not_valid_after_utc:
        raise SealError(
            f"The certificate of the signature, of {name}, is not valid any more: it was until "
            f"{certificate.not_valid_after_utc.date()}.",
            f"Have it renewed by whoever issued it. {hint}",
        )
    if now < certificate.not_valid_before_utc:
        raise SealError(
            f"The certificate of the signature, of {name}, is not valid before "
            f"{certificate.not_valid_before_utc.date()}.",
            f"See that the clock is right. {hint}",
        )


def name_of(certificate: x509.Certificate) -> str:
    """Whom a certificate names."""
    common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(common[0].value) if common else certificate.subject.rfc4514_string()
