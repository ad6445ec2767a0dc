"""Keys on a device, as SoftHSM is one: what its signatures are to others, and why there may be none."""

from __future__ import annotations

import stat
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pkcs11
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from pipeline.errors import SealError, SignerLostError
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.seals.device_time import device_words
from pipeline.sealing import KeyPlace, bought_signer, device_signer
from pipeline.sealing.certificates import those_above
from tests.edges.test_sealing import by_pdfsig, certificate, certify, is_signed, second_validator, small_paper
from tests.support.press_kit import pdf_ua_faults
from tests.support.seal_kit import judged
from tests.support.soft_device import PIN, Key, SoftDevice, issued, pem, soft_device

pytestmark = pytest.mark.starts

TOKEN = "College seal"
KEYS: dict[str, Key] = {
    "RSA": rsa.generate_private_key(65537, 2048),
    "P-256": ec.generate_private_key(ec.SECP256R1()),
    "P-384": ec.generate_private_key(ec.SECP384R1()),
}
ROOT_KEY, MIDDLE_KEY = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
ROOT = issued("Root", ROOT_KEY, is_authority=True)
MIDDLE = issued("Middle", MIDDLE_KEY, (ROOT, ROOT_KEY), is_authority=True)
SOLD = {name: issued(f"A college, {name}", key, (MIDDLE, MIDDLE_KEY)) for name, key in KEYS.items()}


@pytest.fixture
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoftDevice]:
    """One token, with nothing on it."""
    with soft_device(tmp_path / "device", monkeypatch) as made:
        made.add_token(TOKEN)
        yield made


@pytest.fixture
def place(device: SoftDevice, tmp_path: Path) -> KeyPlace:
    return KeyPlace(device.module, TOKEN, "", PIN, tmp_path / "keys" / "refused-pins")


def refusal(place: KeyPlace, *more: x509.Certificate) -> tuple[str, str]:
    with pytest.raises(SealError) as caught:
        device_signer(place, more)
    assert place.pin not in caught.value.message + caught.value.hint or not place.pin
    return caught.value.message, caught.value.hint


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.paper
def test_every_kind_is_signed_and_sealed(device: SoftDevice, place: KeyPlace, name: str) -> None:
    """pyHanko's judge, which knows the root alone, finds the way through the certificate between."""
    device.put(TOKEN, "seal", 1, key=KEYS[name], certificate=SOLD[name])
    device.put(TOKEN, "above", 2, certificate=MIDDLE)
    signer = device_signer(place)
    assert (signer.certificate, signer.chain, signer.device) == (SOLD[name], (MIDDLE,), TOKEN)
    for kind in Kind:
        pdf = certify(signer, certificate(kind))
        assert judged(pdf).verdict == "genuine", kind
        assert is_signed(pdf, replace(signer, certificate=ROOT)) == (True, True, "ENTIRE_FILE"), kind
        assert pdf_ua_faults(pdf) == [], kind


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.paper
def test_what_pdfsig_and_verapdf_say(device: SoftDevice, place: KeyPlace, tmp_path: Path, name: str) -> None:
    device.put(TOKEN, "seal", 1, key=KEYS[name], certificate=SOLD[name])
    paths = [tmp_path / f"{kind}.pdf" for kind in Kind]
    for kind, path in zip(Kind, paths, strict=True):
        path.write_bytes(certify(device_signer(place), certificate(kind)))
        said = by_pdfsig(path)
        assert "Signature is Valid" in said
        assert "Total document signed" in said
        assert f"A college, {name}" in said
    assert second_validator(paths) == [[]] * len(paths)


@pytest.mark.parametrize("name", KEYS)
def test_the_same_bytes_each_time_where_the_key_is_of_rsa(
    device: SoftDevice, place: KeyPlace, name: str
) -> None:
    """A device draws the nonce of ECDSA at random; whatever its length, the seal is where it says."""
    device.put(TOKEN, "seal", 1, key=KEYS[name], certificate=SOLD[name])
    signer = device_signer(place)
    made = [{certify(signer, small_paper(at)) for _ in range(4)} for at in range(4)]
    assert {len(same) for same in made} == ({1} if name == "RSA" else {4})
    assert signer.is_repeatable is (name == "RSA")
    assert {judged(pdf).verdict.value for same in made for pdf in same} == {"genuine"}


def test_a_key_that_signs_a_digest_alone(device: SoftDevice, place: KeyPlace) -> None:
    """Some devices cannot hash: the same signature comes of what was hashed here."""
    device.put(TOKEN, "seal", 1, key=KEYS["RSA"], certificate=SOLD["RSA"])
    hashed_there = device_signer(place).sign(b"x")
    pkcs11.unload(str(device.module))
    device.configure("slots.mechanisms = CKM_RSA_PKCS")
    assert device_signer(replace(place, device="")).sign(b"x") == hashed_there


def test_a_key_that_asks_for_its_pin_each_time(device: SoftDevice, place: KeyPlace) -> None:
    device.put(TOKEN, "seal", 1, key=KEYS["RSA"], certificate=SOLD["RSA"], always_authenticate=True)
    signer = device_signer(place)
    assert len({signer.sign(b"x") for _ in range(3)}) == 1


def test_one_session_for_all_who_ask(
    device: SoftDevice, place: KeyPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To log in takes a device its time, and each time the PIN."""
    device.put(TOKEN, "seal", 1, key=KEYS["RSA"], certificate=SOLD["RSA"])
    opened, load = list[str](), pkcs11.lib

    def counted(path: str) -> Any:
        opened.append(path)
        return load(path)

    monkeypatch.setattr(pkcs11, "lib", counted)
    for _ in range(3):
        device_signer(place).sign(b"x")
    assert len(opened) == 1
    device_signer(replace(place, key="01")).sign(b"x")  # other settings
    device_signer(place).sign(b"x")
    assert len(opened) == 3


# Which device, which key, which certificate.


def test_a_device_by_its_label_or_its_serial_number(device: SoftDevice, place: KeyPlace) -> None:
    device.add_token("Other")
    for token in (TOKEN, "Other"):
        device.put(token, "seal", 1, key=KEYS["RSA"], certificate=SOLD["RSA"])
    said, hint = refusal(replace(place, device=""))
    assert said.startswith("SIGNATURE_TOKEN: several devices may be meant: ")
    assert hint == "Name one in SIGNATURE_TOKEN, by its label or its serial number."
    label, serial = said.split(": ")[-1].split(", ")[0].removesuffix(")").split(" (serial number ")
    assert device_signer(replace(place, device=serial.strip("."))).device == label.strip('"')
    said, _ = refusal(replace(place, device="Colege seal"))
    assert 'no device here is named "Colege seal"; there is "' in said
    assert '"Other" (serial number ' in said


def test_no_device_is_plugged_in(device: SoftDevice, place: KeyPlace) -> None:
    device.put(TOKEN, "seal", 1, key=KEYS["RSA"], certificate=SOLD["RSA"])
    device.pull_out()
    said, hint = refusal(place)
    assert said == "SIGNATURE_PKCS11: no signing device is plugged in that libsofthsm2.so knows."
    assert "pcscd" in hint
    device.plug_in()
    assert device_signer(place).certificate == SOLD["RSA"]


def test_a_key_by_its_label_its_id_or_its_certificates_label(device: SoftDevice, place: KeyPlace) -> None:
    device.put(TOKEN, "seal", 0x0A, key=KEYS["RSA"], certificate=SOLD["RSA"])
    device.put(TOKEN, "seal", 0x0B, key=KEYS["P-256"])
    device.put(TOKEN, "sold to the college", 0x0B, certificate=SOLD["P-256"])
    said, hint = refusal(replace(place, key="seal"))
    said, _, listed = said.rpartition(": ")
    assert said == 'SIGNATURE_KEY: several keys of the device "College seal" may be meant'
    assert sorted(listed.removesuffix(".").split(", ")) == ['"seal" (id 0a)', '"seal" (id 0b)']
    assert hint == "Name one in SIGNATURE_KEY, by its label or, where labels are alike, by its id."
    assert "several keys" in refusal(place)[0]  # nor without a name
    for name in ("0A", "0a"):
        assert device_signer(replace(place, key=name)).certificate == SOLD["RSA"]
    for name in ("0b", "sold to the college"):
        assert device_signer(replace(place, key=name)).certificate == SOLD["P-256"]
    said, _ = refusal(replace(place, key="stamp"))
    assert said.startswith('SIGNATURE_KEY: the device "College seal" has no key "stamp"; it has "seal" (id 0')


def test_a_key_and_its_certificate_are_apart(device: SoftDevice, place: KeyPlace) -> None:
    assert refusal(place)[0] == (
        'The device "College seal" holds no key that signs, of RSA or an elliptic curve.'
    )
    device.put(TOKEN, "sold", 1, certificate=SOLD["RSA"])
    assert refusal(replace(place, key="sold"))[0] == (
        'SIGNATURE_KEY: the device "College seal" has the certificate "sold" (id 01) without its key.'
    )
    device.put(TOKEN, "seal", 2, key=KEYS["RSA"])
    said, hint = refusal(replace(place, key="seal"), SOLD["P-256"], MIDDLE)
    assert said == 'The device "College seal" has no certificate that goes with the key "seal" (id 02).'
    assert "SIGNATURE_CHAIN" in hint
    given = device_signer(replace(place, key="seal"), [ROOT, MIDDLE, SOLD["RSA"]])
    assert (given.certificate, given.chain) == (SOLD["RSA"], (MIDDLE,))


def test_a_certificate_of_another_key_is_not_taken(device: SoftDevice, place: KeyPlace) -> None:
    """Whoever imported it gave it the key's id."""
    device.put(TOKEN, "seal", 1, key=KEYS["RSA"], certificate=SOLD["P-256"])
    assert "no certificate that goes with the key" in refusal(place)[0]


def test_of_two_certificates_of_one_key_the_renewed_one(device: SoftDevice, place: KeyPlace) -> None:
    renewed = issued("A college", KEYS["RSA"], (MIDDLE, MIDDLE_KEY), (2025, 2040))
    device.put(TOKEN, "seal", 1, key=KEYS["RSA"], certificate=renewed)
    device.put(TOKEN, "seal", 1, certificate=SOLD["RSA"])
    assert device_signer(place).certificate == renewed


def test_a_key_that_only_decrypts_is_none(device: SoftDevice, place: KeyPlace) -> None:
    device.put(TOKEN, "mail", 1, key=KEYS["P-256"], sign=False)
    device.put(TOKEN, "seal", 2, key=KEYS["RSA"], certificate=SOLD["RSA"])
    assert device_signer(place).certificate == SOLD["RSA"]


def test_the_path_above_ends_below_the_root() -> None:
    """In order, whatever the file's; a certificate that only bears the name of another is passed over."""
    forged = issued("Middle", KEYS["P-384"], (ROOT, ROOT_KEY), is_authority=True)
    assert those_above(SOLD["RSA"], [ROOT, forged, MIDDLE]) == (MIDDLE,)
    assert those_above(SOLD["RSA"], [ROOT, forged]) == ()
    assert those_above(ROOT, [ROOT]) == ()


def test_the_path_above_a_certificate_that_comes_as_a_file(tmp_path: Path) -> None:
    """PKCS#12 without those above it, which the authority gave besides."""
    path = tmp_path / "bought.p12"
    plain = serialization.NoEncryption()
    for inside in ([], [MIDDLE]):
        path.write_bytes(pkcs12.serialize_key_and_certificates(b"x", KEYS["RSA"], SOLD["RSA"], inside, plain))
        assert bought_signer(path, "", [ROOT, MIDDLE]).chain == (MIDDLE,)


# PINs.


def test_a_wrong_pin_is_tried_once_however_often_one_asks(
    device: SoftDevice, place: KeyPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device locks after three, and a timer would be there each day; another PIN is tried."""
    device.put(TOKEN, "seal", 1, key=KEYS["RSA"], certificate=SOLD["RSA"])
    wrong = replace(place, pin="000000")
    assert refusal(wrong)[0] == 'The device "College seal" refuses the PIN.'
    tried = list[str]()
    monkeypatch.setattr("pipeline.sealing.session._word", tried.append)
    for _ in range(2):
        pkcs11.unload(str(device.module))  # the next command
        said, hint = refusal(wrong)
        assert said == 'The device "College seal" refused this PIN before, so it was not tried again.'
        assert str(place.refused) in hint
    assert refusal(replace(place, pin="111111"))[0] == 'The device "College seal" refuses the PIN.'
    assert "before" in refusal(wrong)[0]
    noted = place.refused.read_text()
    assert stat.S_IMODE(place.refused.stat().st_mode) == 0o600
    assert "000000" not in noted
    assert len(noted.splitlines()) == 2
    assert device_signer(place).certificate == SOLD["RSA"]
    assert not place.refused.exists()


def test_no_pin(place: KeyPlace) -> None:
    said, hint = refusal(replace(place, pin=""))
    assert said == 'The device "College seal" asks for its PIN, and none is set.'
    assert "SIGNATURE_PIN_FILE" in hint


@pytest.mark.parametrize(
    ("flag", "words"),
    [
        (pkcs11.TokenFlag.USER_PIN_LOCKED, 'The PIN of the device "College seal" is locked.'),
        (
            pkcs11.TokenFlag.USER_PIN_FINAL_TRY,
            'One more wrong PIN locks the device "College seal", so none was tried.',
        ),
    ],
)
def test_a_pin_that_is_locked_or_nearly(
    place: KeyPlace, monkeypatch: pytest.MonkeyPatch, flag: pkcs11.TokenFlag, words: str
) -> None:
    """SoftHSM never locks, so it is told what the flags would be."""
    real = pkcs11.TokenFlag

    class Flags:
        TOKEN_INITIALIZED = real.LOGIN_REQUIRED  # which it has
        USER_PIN_LOCKED, USER_PIN_FINAL_TRY = real(0x80000000), real(0x80000000)

    setattr(Flags, flag.name or "", real.LOGIN_REQUIRED)
    monkeypatch.setattr("pipeline.sealing.session.TokenFlag", Flags)
    assert refusal(place)[0] == words


def test_a_device_that_locks_at_this_pin(place: KeyPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.sealing.session.REFUSALS", ())
    monkeypatch.setattr(pkcs11, "PinLocked", pkcs11.PinIncorrect)  # as it would say
    said, hint = refusal(replace(place, pin="000000"))
    assert said == 'The PIN of the device "College seal" is locked.'
    assert "PUK" in hint


# Modules, and devices that go.


def test_a_file_that_is_no_module(place: KeyPlace, tmp_path: Path) -> None:
    other = tmp_path / "other.so"
    other.write_bytes(b"no")
    said, hint = refusal(replace(place, module=other))
    assert said.startswith(f"SIGNATURE_PKCS11: {other} is no PKCS#11 module that works here: ")
    assert "maker" in hint
    libc = next(Path("/lib").glob("*/libz.so.1"), None) or Path(sys.executable)
    assert "is no PKCS#11 module" in refusal(replace(place, module=libc))[0]


def test_a_module_that_cannot_start(
    device: SoftDevice, place: KeyPlace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pkcs11.unload(str(device.module))
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "nowhere"))
    assert "is no PKCS#11 module that works here: GeneralError" in refusal(place)[0]


def test_without_the_package_it_says_what_to_install(
    place: KeyPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    monkeypatch.delitem(sys.modules, "pipeline.sealing.session", raising=False)
    said, hint = refusal(place)
    assert said.startswith("SIGNATURE_PKCS11 needs python-pkcs11, which is not installed here: ")
    assert hint == "Install it: .venv/bin/pip install -e '.[pkcs11]'"


def test_a_device_that_is_pulled_out_signs_nothing_until_it_is_back(
    device: SoftDevice, place: KeyPlace
) -> None:
    device.put(TOKEN, "seal", 1, key=KEYS["RSA"], certificate=SOLD["RSA"])
    signer = device_signer(place)
    device.pull_out()
    for _ in range(2):
        with pytest.raises(SignerLostError, match='The device "College seal" does not sign any more'):
            certify(signer, small_paper(1))
    assert "no signing device is plugged in" in refusal(place)[0]
    device.plug_in()
    again = device_signer(place)
    with pytest.raises(SignerLostError):  # who had it before must ask again, and takes it from nobody
        signer.sign(b"x")
    assert again.sign(b"x")


def test_a_pin_is_in_no_text_of_its_place(place: KeyPlace) -> None:
    assert PIN not in repr(place)
    assert PIN not in str(place)


@pytest.mark.parametrize(
    ("seconds", "certificates", "words"),
    [
        (0.0017, 25, "less than 0.01 s for a signature, and less than a minute for 25 signatures"),
        (0.14, 25_000, "0.14 s for a signature, and about 58 minutes for 25,000 signatures"),
        (0.312, 25_000, "0.31 s for a signature, and about 2.2 hours for 25,000 signatures"),
        (1.5, 1, "1.5 s for a signature, and less than a minute for 1 signature"),
    ],
)
def test_how_long_it_takes(seconds: float, certificates: int, words: str) -> None:
    assert device_words("A", seconds, certificates) == f'the device "A" takes {words}'


def test_the_chain_as_a_file(tmp_path: Path) -> None:
    from pipeline.sealing import read_chain

    path = tmp_path / "chain.pem"
    path.write_bytes(pem(MIDDLE, ROOT))
    assert read_chain(path) == [MIDDLE, ROOT]
    path.write_bytes(b"no")
    with pytest.raises(SealError, match=r"SIGNATURE_CHAIN: chain\.pem cannot be read as certificates"):
        read_chain(path)
