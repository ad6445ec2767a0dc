"""Keys of seals: made, listed, replaced; and what seals the certificates that a command makes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import CertsError, SealError
from pipeline.rules.certificates.awards import Facts
from pipeline.rules.certificates.statements import PROVIDER
from pipeline.rules.seals.device_time import device_words
from pipeline.rules.seals.public_keys import (
    KEYS_FILE,
    KEYS_SCRIPT,
    PublicKey,
    did_document,
    did_file,
    key_script,
    key_set,
)
from pipeline.rules.seals.standing_list import (
    STANDING_FILE,
    STANDING_SCRIPT,
    Kept,
    signing_input,
    standing_script,
)
from pipeline.rules.text import counted
from pipeline.settings import Settings
from pipeline.settings.readers import Secret
from pipeline.workflow.project import Project

if TYPE_CHECKING:  # cryptography takes its time to import
    from pipeline.sealing import Certified, KeyPlace, Sealer, SealKey

FOLDER = "keys"  # in DATA_DIR
REFUSED = "refused-pins"  # in that folder
NONE, SEAL, PADES = "none", "seal", "pades"  # what SIGNATURE may be


@dataclass(frozen=True)
class ListedKey:
    """A key, and whether this machine can seal by it."""

    key: PublicKey
    is_here: bool


def list_keys(project: Project) -> list[ListedKey]:
    """Every key there ever was, the one that seals first."""
    from pipeline.sealing import private_keys

    here = private_keys(project.settings.data_dir / FOLDER)
    return [ListedKey(key, key.id in here) for key in project.ledger.seals.all_keys()]


def key_files(folder: Path) -> dict[str, bytes]:
    """The files of the keys, by their names in a backup."""
    found = sorted(path for path in folder.glob("*") if path.suffix in (".key", ".crt"))
    return {f"{FOLDER}/{path.name}": path.read_bytes() for path in found}


def new_key(project: Project) -> PublicKey:
    """The first key, or the next one after all were ended. Raises CertsError where one seals already."""
    if current := project.ledger.seals.current():
        raise CertsError(
            f"There is a key that seals already: {current.id}.",
            "To have another in its place: certs keys rotate",
        )
    return _make(project, "keys-new")


def rotate_key(project: Project, is_stolen: bool) -> PublicKey:
    """Another key in place of the one that seals. `is_stolen`: others have the former one, so that its seals
    prove nothing any more. Raises CertsError where there is none."""
    former = project.ledger.seals.current()
    if former is None:
        raise CertsError("There is no key to replace.", "Make the first one: certs keys new")
    return _make(project, "keys-rotate", former if is_stolen else None)


def revoke_key(project: Project, key_id: str) -> None:
    """A former key is in strangers' hands: what it sealed proves nothing. Raises CertsError for a key that is
    unknown, or that still seals."""
    seals = project.ledger.seals
    if key_id not in {key.id for key in seals.all_keys()}:
        raise CertsError(f"There was never a key {key_id}.", "See them all: certs keys list")
    if (current := seals.current()) and current.id == key_id:
        raise CertsError("This key still seals.", "To have another in its place: certs keys rotate --stolen")
    with project.ledger.transaction():
        seals.revoke(key_id, project.today)
        project.on_record("keys-revoke", key_id)


def _make(project: Project, action: str, stolen: PublicKey | None = None) -> PublicKey:
    from pipeline.sealing import make_key

    settings = project.settings
    key = make_key(settings.data_dir / FOLDER, settings.key_passphrase, project.today, PROVIDER)
    with project.ledger.transaction():
        project.ledger.seals.add(key)
        if stolen:
            project.ledger.seals.revoke(stolen.id, project.today)
        project.on_record(action, f"{key.id}{f'; {stolen.id} is revoked' if stolen else ''}")
    return key


def sealer_of(project: Project) -> Sealer | None:
    """What seals the certificates that are made now; None where there is no key, or SIGNATURE is none.

    A device that signs besides has shown that it does, and a certificate that was bought is valid today.
    Raises SealError where a key is wanted and cannot be used: nothing is left unsealed by accident.
    """
    key = project.ledger.seals.current()
    if project.settings.signature == NONE or key is None:
        return None
    sealer = _load(project, key, project.settings.signature)
    if sealer.certified and _bought(project.settings):
        from pipeline.sealing import check_valid

        check_valid(sealer.certified.signer.certificate, project.now)
    return sealer


def check_sealing(project: Project) -> None:
    """Raises SealError where what is about to be made could not be sealed: before anything is on record."""
    if not project.ledger.is_trial:
        sealer_of(project)


def _load(project: Project, key: PublicKey, kind: str = SEAL) -> Sealer:
    """What seals by this key. Raises SealError."""
    from pipeline.sealing import Sealer, load_key

    settings = project.settings
    private = load_key(settings.data_dir / FOLDER, key, settings.key_passphrase)
    return Sealer(private, key.id, _certified(project, key, private) if kind == PADES else None)


def _certified(project: Project, key: PublicKey, private: SealKey) -> Certified:
    """By the certificate that was bought, else by that which the key issued to itself."""
    from pipeline.sealing import (
        Certified,
        TimeStamps,
        bought_signer,
        device_signer,
        own_signer,
        read_chain,
    )

    settings = project.settings
    more = read_chain(settings.signature_chain) if settings.signature_chain else ()
    if settings.signature_pkcs11:
        signer = device_signer(_place(settings, settings.signature_pkcs11), more)
    elif settings.signature_pkcs12:
        signer = bought_signer(settings.signature_pkcs12, settings.signature_passphrase, more)
    else:
        signer = own_signer(settings.data_dir / FOLDER, key, private)
    stamp = TimeStamps(settings.tsa_url, project.listener.step) if settings.tsa_url else None
    return Certified(signer, PROVIDER, stamp)


def _bought(settings: Settings) -> str:
    """The setting that names a certificate that was bought; empty where there is none."""
    if settings.signature_pkcs11:
        return "SIGNATURE_PKCS11"
    return "SIGNATURE_PKCS12" if settings.signature_pkcs12 else ""


def _place(settings: Settings, module: Path) -> KeyPlace:
    """Where the key of the signature is, with the PIN. Raises SealError."""
    from pipeline.sealing import KeyPlace

    pin = settings.signature_pin
    if settings.signature_pin_file:
        try:
            pin = Secret(settings.signature_pin_file.read_text(encoding="utf-8").strip())
        except (OSError, UnicodeDecodeError) as error:
            raise SealError(
                f"SIGNATURE_PIN_FILE cannot be read: {settings.signature_pin_file}.",
                "It holds the PIN alone, and whoever runs certs must be allowed to read it.",
            ) from error
    refused = settings.data_dir / FOLDER / REFUSED
    return KeyPlace(module, settings.signature_token, settings.signature_key, pin, refused)


def sealed(pdf: bytes, facts: Facts, version: int, sealer: Sealer | None) -> bytes:
    """The finished file of this version, sealed where something seals. Raises SealError."""
    return sealer.seal(pdf, facts.number, version, facts.issued_on) if sealer else pdf


def former_sealers(project: Project) -> list[Sealer]:
    """What may have sealed a certificate that was lost, by each key that is here; without what would give it
    other bytes each time."""
    settings = replace(project.settings, tsa_url="")
    found: list[Sealer] = []
    for one in list_keys(project):
        for kind in {SEAL, settings.signature} - {NONE} if one.is_here else ():
            with suppress(SealError):
                sealer = _load(replace(project, settings=settings), one.key, kind)
                if not sealer.certified or sealer.certified.signer.is_repeatable:
                    found.append(sealer)
    return found


def every_sealed(pdf: bytes, facts: Facts, version: int, sealers: Iterable[Sealer]) -> Iterator[bytes]:
    """The finished file as it may have been issued: without a seal, and by each of these."""
    yield pdf
    for sealer in sealers:
        with suppress(SealError):
            yield sealed(pdf, facts, version, sealer)


def seal_words(project: Project, certificates: int = 0) -> str:
    """Whether certificates that are made now are sealed, and how long a device signs so many; for the plan,
    which goes on where they cannot be."""
    try:
        sealer = sealer_of(project)
    except SealError as error:
        said = f"{error.message} {error.hint}".strip()
        return f"Seal: the certificates cannot be made, as their key cannot be used: {said}"
    if sealer and (by := sealer.certified):
        said = "Seal: each proves itself (certs verify-pdf), and has a signature that viewers show"
        device = by.signer.device
        return f"{said}; {device_words(device, by.signer.seconds, certificates)}" if device else said
    if sealer:
        unused = unused_key(project.settings)
        return f"Seal: each proves itself (certs verify-pdf){unused and f'; {unused}'}"
    if project.settings.signature == NONE:
        return "Seal: none, as SIGNATURE says so"
    return "Seal: none, as there is no key (certs keys new makes one)"


def signature_words(certified: Certified | None) -> str:
    """Who signs besides, by what, and until when; empty where nobody does."""
    if certified is None:
        return ""
    from pipeline.sealing import name_of

    signer = certified.signer
    where = f', on the device "{signer.device}"' if signer.device else ""
    above = f", with {counted(len(signer.chain), 'certificate')} above it" if signer.chain else ""
    until = signer.certificate.not_valid_after_utc.date()
    return f", and signed by {name_of(signer.certificate)}{where} (valid until {until}{above})"


def unused_key(settings: Settings) -> str:
    """What is wrong where a certificate was bought and SIGNATURE does not use it."""
    bought = _bought(settings)
    if not bought or settings.signature == PADES:
        return ""
    return f"{bought} signs nothing, as SIGNATURE is {settings.signature}"


def public_seal_files(project: Project) -> Mapping[str, bytes]:
    """What the site shows of seals for good, by path below output/; where there never was a key, that alone
    by which its pages know.

    Where the key cannot be used just now, the list of standings stays as the last build left it: that a
    certificate is withdrawn must reach its page all the same.
    """
    seals, settings = project.ledger.seals, project.settings
    keys = seals.all_keys()
    try:
        signed = _signed(project, seals.standings())
    except SealError as error:
        project.listener.step(f"caution: the list of standings was not renewed: {error.message}")
        signed = b""
        with suppress(FileNotFoundError):
            signed = (settings.output_dir / STANDING_FILE).read_bytes()
    shown = {KEYS_SCRIPT: key_script(keys), STANDING_SCRIPT: standing_script(signed)}
    if keys:
        shown[KEYS_FILE] = key_set(keys)
        shown[did_file(settings.site_url)] = did_document(settings.site_url, keys)
    if signed:
        shown[STANDING_FILE] = signed
    return shown


def _signed(project: Project, kept: Kept) -> bytes:
    """The list, by the key that seals; empty where there never was one. Raises SealError."""
    seals = project.ledger.seals
    key = seals.current()
    if key is None and seals.all_keys():
        raise SealError("No key seals any more.", "Make the next one: certs keys new")
    if key is None:
        return b""
    sealer = _load(project, key)
    return f"{sealer.jws(signing_input(kept, sealer.key_id))}\n".encode()
