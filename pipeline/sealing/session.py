"""A session with a device that holds a key (PKCS#11): found, logged in to, and signed by.

A module keeps one state for the whole process, and to log in takes a device its time: a session stays open
for as long as the program runs, and all that it does shares it. Where something fails all is closed, so that
the next one begins anew. The only place that knows python-pkcs11.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

import pkcs11
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass, PKCS11Error, TokenFlag

from pipeline.errors import SealError, SignerLostError
from pipeline.sealing.certificates import those_above
from pipeline.sealing.cms import NULL, OCTETS, SEQUENCE, Signer, der, oid
from pipeline.sealing.device import KeyPlace, note_refused, note_taken, was_refused

PROBE = b"certs: is the device there?"  # no attributes of a signature: nobody can take it for a certificate's
DIGEST_ALGORITHM = der(SEQUENCE, oid("2.16.840.1.101.3.4.2.1"), NULL)  # of a DigestInfo (RFC 8017, 9.2)
REFUSALS = (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange)
UNLOCK = "Whoever administers it unlocks it, with the maker's program and the PUK or the SO PIN."

# python-pkcs11 makes the classes of what is on a device as it finds it.
Module: TypeAlias = Any
Thing: TypeAlias = Any

_turn = threading.RLock()  # a session does one thing at a time
_open: dict[KeyPlace, DeviceSession] = {}


def session_signer(place: KeyPlace, more: Sequence[x509.Certificate]) -> Signer:
    """As device_signer of the module device. One session is opened for all who ask."""
    with _turn:
        if place in _open:
            with suppress(SignerLostError):  # pulled out since: perhaps it is back
                return _open[place].signer()
        for other in [*_open.values()]:  # of former settings
            other.close()
        return DeviceSession(place, more).signer()


class DeviceSession:
    """Logged in to a device; raises SealError where that cannot be."""

    def __init__(self, place: KeyPlace, more: Sequence[x509.Certificate]) -> None:
        self._place, self._is_closed = place, False
        self._module = _load(place)
        try:
            token = _token_of(self._module, place)
            self._label = token.label
            session = _logged_in(token, place)
            on_device = list(session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}))
            self._key = _key_of(session, on_device, place, self._label)
            self._sign = _signing(self._key, token.slot.get_mechanisms(), place.pin)
            beside = [one for one in on_device if _id(one) == _id(self._key)]
            known = [*_read(on_device), *more]
            self._certificate = self._certificate_of([*_read(beside), *more])
            self._chain = those_above(self._certificate, known)
        except PKCS11Error as error:
            self.close()
            raise SealError(
                f"SIGNATURE_PKCS11: the device cannot be used: {_word(error)}.",
                "See that its maker's own program can use it here.",
            ) from error
        except SealError:
            self.close()
            raise
        _open[place] = self

    def signer(self) -> Signer:
        """What signs, and what a signature takes it. Raises SignerLostError."""
        began = time.perf_counter()
        self.sign(PROBE)
        took = time.perf_counter() - began
        is_repeatable = self._key.key_type == KeyType.RSA  # a device draws the nonce of ECDSA at random
        return Signer(self.sign, self._certificate, self._chain, self._label, took, is_repeatable)

    def sign(self, data: bytes) -> bytes:
        """The signature of the data's SHA-256. Raises SignerLostError."""
        with _turn:
            try:
                if self._is_closed:  # since a failure before: handles may mean something else by now
                    raise pkcs11.SessionClosed
                return self._sign(data)
            except PKCS11Error as error:
                self.close()
                raise SignerLostError(
                    f'The device "{self._label}" does not sign any more ({_word(error)}): it was pulled out, '
                    "or its reader or service has stopped.",
                    "Nothing is lost, and nothing was issued without its signature. Plug it in, then run the "
                    "same command again: it goes on where it was.",
                ) from error

    def _certificate_of(self, candidates: Iterable[x509.Certificate]) -> x509.Certificate:
        """The one that the key's signatures fit; of several, as after a renewal, what is valid longest."""
        signature = self._sign(PROBE)
        fitting = [one for one in candidates if _fits(one, PROBE, signature)]
        if not fitting:
            raise SealError(
                f'The device "{self._label}" has no certificate that goes with the key {_named(self._key)}.',
                "Import it there, or put it into the file that SIGNATURE_CHAIN names (PEM).",
            )
        return max(fitting, key=lambda one: one.not_valid_after_utc)

    def close(self) -> None:
        """Log out; nothing is signed any more."""
        if not self._is_closed:  # else the module's state is another session's by now
            self._is_closed = True
            _open.pop(self._place, None)
            with suppress(PKCS11Error):
                self._module.finalize()


def _load(place: KeyPlace) -> Module:
    try:
        return pkcs11.lib(str(place.module))
    except PKCS11Error as error:
        raise SealError(
            f"SIGNATURE_PKCS11: {place.module} is no PKCS#11 module that works here: {_word(error)}.",
            "Name the library that the device's maker delivers for this system and processor.",
        ) from error


def _token_of(module: Module, place: KeyPlace) -> pkcs11.Token:
    """The one that is meant, of those that are plugged in and set up. Raises SealError."""
    there: list[pkcs11.Token] = []
    for slot in module.get_slots(token_present=True):
        with suppress(PKCS11Error):  # another one that is damaged is no reason not to use this one
            token = slot.get_token()
            if TokenFlag.TOKEN_INITIALIZED in token.flags:
                there.append(token)
    meant = [one for one in there if place.device in ("", one.label, _serial(one))]
    if len(meant) == 1:
        return meant[0]
    listed = ", ".join(f'"{one.label}" (serial number {_serial(one)})' for one in meant or there)
    if meant:
        raise SealError(
            f"SIGNATURE_TOKEN: several devices may be meant: {listed}.",
            "Name one in SIGNATURE_TOKEN, by its label or its serial number.",
        )
    if there:
        raise SealError(
            f'SIGNATURE_TOKEN: no device here is named "{place.device}"; there is {listed}.',
            "Plug it in, or mend SIGNATURE_TOKEN.",
        )
    raise SealError(
        f"SIGNATURE_PKCS11: no signing device is plugged in that {place.module.name} knows.",
        "Plug it in, see that its reader's service runs (pcscd, or the maker's), then run it again.",
    )


def _logged_in(token: pkcs11.Token, place: KeyPlace) -> pkcs11.Session:
    """Raises SealError; a PIN that was refused before is not tried."""
    label = token.label
    mend = "Mend SIGNATURE_PIN, or the file that SIGNATURE_PIN_FILE names"
    if not place.pin:
        raise SealError(
            f'The device "{label}" asks for its PIN, and none is set.',
            "Put it into a file for you alone (chmod 600), and name that in SIGNATURE_PIN_FILE.",
        )
    if TokenFlag.USER_PIN_LOCKED in token.flags:
        raise SealError(f'The PIN of the device "{label}" is locked.', UNLOCK)
    if was_refused(place, token.serial):
        raise SealError(
            f'The device "{label}" refused this PIN before, so it was not tried again.',
            f"{mend}. Should it be the device's PIN by now: delete {place.refused}.",
        )
    if TokenFlag.USER_PIN_FINAL_TRY in token.flags:
        raise SealError(
            f'One more wrong PIN locks the device "{label}", so none was tried.',
            "Log in once by hand with the maker's program: with the right PIN it counts anew.",
        )
    try:
        session = token.open(user_pin=str(place.pin))
    except REFUSALS as error:
        note_refused(place, token.serial)
        raise SealError(
            f'The device "{label}" refuses the PIN.',
            f"{mend}. It is not tried again before it is another one: after a few wrong ones a device locks.",
        ) from error
    except pkcs11.PinLocked as error:
        raise SealError(f'The PIN of the device "{label}" is locked.', UNLOCK) from error
    note_taken(place)
    return session


def _key_of(session: pkcs11.Session, certificates: Sequence[Thing], place: KeyPlace, label: str) -> Thing:
    """The one that is meant, by its own label or id or its certificate's. Raises SealError."""
    keys: list[Thing] = list(
        session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.SIGN: True})
    )
    keys = [one for one in keys if one.key_type in (KeyType.RSA, KeyType.EC)]
    wanted = place.key
    named = [one for one in certificates if _is_named(one, wanted)]
    ids = {_id(one) for one in named}
    meant = [one for one in keys if not wanted or _is_named(one, wanted) or _id(one) in ids]
    if len(meant) == 1:
        return meant[0]
    listed = ", ".join(map(_named, meant or keys))
    if meant:
        raise SealError(
            f'SIGNATURE_KEY: several keys of the device "{label}" may be meant: {listed}.',
            "Name one in SIGNATURE_KEY, by its label or, where labels are alike, by its id.",
        )
    if named:
        raise SealError(
            f'SIGNATURE_KEY: the device "{label}" has the certificate {_named(named[0])} without its key.',
            "The key may be on another device: mend SIGNATURE_TOKEN or SIGNATURE_KEY.",
        )
    if keys:
        raise SealError(
            f'SIGNATURE_KEY: the device "{label}" has no key "{wanted}"; it has {listed}.',
            "Mend SIGNATURE_KEY: a label, or an id.",
        )
    raise SealError(
        f'The device "{label}" holds no key that signs, of RSA or an elliptic curve.',
        "See with the maker's program whether the certificate was issued to this one.",
    )


def _signing(key: Thing, mechanisms: Iterable[Mechanism], pin: str) -> Callable[[bytes], bytes]:
    """How the key signs: RSA by PKCS#1 v1.5, or ECDSA, of the SHA-256."""
    asks_each_time = bool(_attribute(key, Attribute.ALWAYS_AUTHENTICATE, False))
    again = {"pin": str(pin)} if asks_each_time else {}
    can_hash = Mechanism.SHA256_RSA_PKCS in mechanisms

    def sign_rsa(data: bytes) -> bytes:
        if can_hash:
            return bytes(key.sign(data, mechanism=Mechanism.SHA256_RSA_PKCS, **again))
        info = der(SEQUENCE, DIGEST_ALGORITHM, der(OCTETS, hashlib.sha256(data).digest()))
        return bytes(key.sign(info, mechanism=Mechanism.RSA_PKCS, **again))

    def sign_ec(data: bytes) -> bytes:
        numbers = key.sign(hashlib.sha256(data).digest(), mechanism=Mechanism.ECDSA, **again)
        half = len(numbers) // 2
        return utils.encode_dss_signature(int.from_bytes(numbers[:half]), int.from_bytes(numbers[half:]))

    return sign_rsa if key.key_type == KeyType.RSA else sign_ec


def _fits(certificate: x509.Certificate, data: bytes, signature: bytes) -> bool:
    key = certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(SHA256()))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _read(objects: Iterable[Thing]) -> list[x509.Certificate]:
    """Those that are certificates as X.509 has them."""
    found = []
    for one in objects:
        with suppress(ValueError):
            found.append(x509.load_der_x509_certificate(_attribute(one, Attribute.VALUE, b"")))
    return found


def _attribute(thing: Thing, name: Attribute, default: Any) -> Any:
    """What a device says of a thing; not each says everything."""
    try:
        return thing[name]
    except PKCS11Error:
        return default


def _id(thing: Thing) -> bytes:
    return bytes(_attribute(thing, Attribute.ID, b""))


def _is_named(thing: Thing, text: str) -> bool:
    return bool(text) and (
        text == _attribute(thing, Attribute.LABEL, "") or text.replace(":", "").lower() == _id(thing).hex()
    )


def _named(thing: Thing) -> str:
    return f'"{_attribute(thing, Attribute.LABEL, "")}" (id {_id(thing).hex()})'


def _serial(token: pkcs11.Token) -> str:
    return token.serial.decode("utf-8", "replace")


def _word(error: PKCS11Error) -> str:
    """What went wrong, as PKCS#11 names it."""
    if type(error) is PKCS11Error:  # no word of its own
        return str(error)
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
