"""certs with a key on a device (SIGNATURE_PKCS11): the plan, the run, and what staff are told when it is not
there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from pipeline.sealing import session
from pipeline.workflow import render
from pipeline.workflow.sealing import sealed
from tests.commands.test_keys import ANA, BO, HEADER, LATER, pdfs, run, small_paper, verdicts
from tests.support.college import College
from tests.support.shell import Shell
from tests.support.soft_device import PIN, SoftDevice, issued, pem, soft_device

pytestmark = pytest.mark.starts

TOKEN = "College seal"
KEY = rsa.generate_private_key(65537, 2048)
SOLD = issued("A college", KEY)
MANY = [f"course,M{at},m{at}@example.org,Person {at},2025-03-01,," for at in range(7)]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch, quick_college: College) -> None:
    del quick_college  # whose paper is no PDF
    monkeypatch.setattr("pipeline.workflow.render.render_many", small_paper)


@pytest.fixture
def device(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoftDevice]:
    """The college has a key of seals, and a device with a certificate that it bought."""
    with soft_device(tmp_path / "device", monkeypatch) as made:
        made.add_token(TOKEN)
        made.put(TOKEN, "seal", 1, key=KEY, certificate=SOLD)
        shell.college.environment |= {
            "SIGNATURE": "pades",
            "SIGNATURE_PKCS11": str(made.module),
            "SIGNATURE_TOKEN": TOKEN,
            "SIGNATURE_PIN": PIN,
        }
        shell("keys", "new")
        yield made


def planned(shell: Shell, *rows: str, status: int = 0) -> str:
    """What the plan says of seals."""
    claims = shell.college.claims(*(rows or (ANA, BO)), header=HEADER)
    said = shell("check", claims, today=LATER, status=status).stdout
    assert PIN not in said
    (line,) = [line for line in said.splitlines() if line.startswith("Seal: ")]
    return line


def by_doctor(shell: Shell) -> tuple[bool, str, str]:
    found = json.loads(shell("doctor", "--json", today=LATER, status=None).stdout)
    (seal,) = [one for one in found if one["name"] == "seal"]
    return seal["ok"], seal["text"], seal["hint"]


def refused(shell: Shell, *rows: str) -> str:
    claims = shell.college.claims(*(rows or (BO,)), header=HEADER)
    return shell.refused("run", "--yes", claims, today=LATER, planned=True)


def are_signed(shell: Shell) -> list[bool]:
    return [b"/SubFilter/ETSI.CAdES.detached" in path.read_bytes() for path in pdfs(shell)]


def test_from_the_plan_to_the_proof(shell: Shell, device: SoftDevice) -> None:
    del device
    ok, said, _ = by_doctor(shell)
    assert ok
    assert said.endswith(', and signed by A college, on the device "College seal" (valid until 2036-01-01)')
    said = planned(shell)
    assert said.startswith(
        "Seal: each proves itself (certs verify-pdf), and has a signature that viewers show; "
    )
    assert 'the device "College seal" takes ' in said
    assert said.endswith("s for a signature, and less than a minute for 2 signatures")
    output = run(shell)
    assert PIN not in output
    assert are_signed(shell) == [True, True]
    assert verdicts(shell, *pdfs(shell)) == ["genuine"] * 2
    kept = [path.read_bytes() for path in pdfs(shell)]
    run(shell)
    assert [path.read_bytes() for path in pdfs(shell)] == kept
    assert shell("verify", today=LATER).exit_code == 0


def test_a_run_logs_in_once(shell: Shell, device: SoftDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its plan, its first look and all its certificates share what that gave."""
    del device
    logged_in, log_in = list[str](), session._logged_in

    def counted(token: Any, place: Any) -> Any:
        logged_in.append(token.label)
        return log_in(token, place)

    monkeypatch.setattr(session, "_logged_in", counted)
    run(shell, *MANY)
    assert are_signed(shell) == [True] * 7
    assert logged_in == [TOKEN]


def test_the_pin_in_a_file_and_the_path_above_in_another(shell: Shell, device: SoftDevice) -> None:
    del device
    pin, chain = shell.college.root / "pin", shell.college.root / "chain.pem"
    pin.write_text(f"{PIN}\n")
    pin.chmod(0o600)
    chain.write_bytes(pem(SOLD))
    shell.college.environment |= {
        "SIGNATURE_PIN": "",
        "SIGNATURE_PIN_FILE": str(pin),
        "SIGNATURE_CHAIN": str(chain),
    }
    assert by_doctor(shell)[0]
    assert "caution" not in shell("status", today=LATER).stderr
    pin.chmod(0o644)
    words = f"SIGNATURE_PIN_FILE: others on this machine may read it: chmod 600 {pin}"
    assert words in " ".join(shell("status", today=LATER).stderr.split())
    chain.write_bytes(b"no")
    assert by_doctor(shell)[1].startswith("SIGNATURE_CHAIN: chain.pem cannot be read as certificates")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"SIGNATURE_PIN": "000000"}, 'The device "College seal" refuses the PIN.'),
        ({"SIGNATURE_PIN": ""}, 'The device "College seal" asks for its PIN, and none is set.'),
        ({"SIGNATURE_TOKEN": "Other"}, 'SIGNATURE_TOKEN: no device here is named "Other"; there is "College'),
        ({"SIGNATURE_KEY": "stamp"}, 'SIGNATURE_KEY: the device "College seal" has no key "stamp"; it has'),
    ],
)
def test_what_is_wrong_is_said_by_all_before_anything_is_issued(
    shell: Shell, device: SoftDevice, settings: dict[str, str], words: str
) -> None:
    """And a wrong PIN is tried once by all of them."""
    del device
    shell.college.environment |= settings
    ok, said, hint = by_doctor(shell)
    assert not ok
    assert said.startswith(words)
    plan = planned(shell)
    assert plan.startswith("Seal: the certificates cannot be made, as their key cannot be used: ")
    again = refused(shell)
    if settings.get("SIGNATURE_PIN"):
        words = 'The device "College seal" refused this PIN before, so it was not tried again.'
    else:
        assert hint in plan
    assert words in plan
    assert again.startswith(words)
    assert pdfs(shell) == []
    assert "Bo" not in shell("find", "Bo", today=LATER, status=None).stdout
    shell.college.environment |= {"SIGNATURE_PIN": PIN, "SIGNATURE_TOKEN": TOKEN, "SIGNATURE_KEY": "seal"}
    run(shell)
    assert are_signed(shell) == [True, True]


@pytest.mark.parametrize(
    ("years", "words"),
    [
        (
            (2020, 2025),
            "The certificate of the signature, of A college, is not valid any more: it was until 2025-01-01.",
        ),
        ((2030, 2036), "The certificate of the signature, of A college, is not valid before 2030-01-01."),
    ],
)
def test_a_certificate_that_is_not_valid_today_stops_a_run(
    shell: Shell, device: SoftDevice, years: tuple[int, int], words: str
) -> None:
    device.put(TOKEN, "other", 2, key=KEY, certificate=issued("A college", KEY, years=years))
    shell.college.environment["SIGNATURE_KEY"] = "other"
    assert by_doctor(shell)[:2] == (False, words)
    assert words in planned(shell)
    assert refused(shell) == words
    assert pdfs(shell) == []


def test_a_device_that_is_pulled_out_in_the_middle_of_a_run(
    shell: Shell, device: SoftDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was signed before stays, nothing is issued without, and the same command goes on there."""
    monkeypatch.setattr(render, "BATCH", 2)
    seal, made = sealed, list[bytes]()

    def pulled_out_at_the_fourth(*args: Any) -> bytes:
        if len(made) == 3:
            device.pull_out()
        made.append(seal(*args))
        return made[-1]

    claims = shell.college.claims(*MANY, header=HEADER)
    with monkeypatch.context() as patch:
        patch.setattr(render, "sealed", pulled_out_at_the_fourth)
        said = shell.refused("run", "--yes", claims, today=LATER, planned=True)
    assert said.startswith('The device "College seal" does not sign any more (')
    assert shell.json("status", today=LATER)["certificates"] == 3
    assert "no signing device is plugged in" in refused(shell, *MANY)
    shell("build", today=LATER)
    (found, *_) = shell.json("verify-pdf", *pdfs(shell), today=LATER)
    said = shell("withdraw", found["number"], "--reason", "a test", today=LATER).stderr
    assert "caution: 4 certificates wait for certs run: " in " ".join(said.split())
    assert len(pdfs(shell)) == 2
    shell("reinstate", found["number"], "--reason", "a test", today=LATER)
    device.plug_in()
    assert shell.json("run", "--yes", claims, today=LATER)["issued"] == 4
    assert are_signed(shell) == [True] * 7
    assert verdicts(shell, *pdfs(shell)) == ["genuine"] * 7
    assert shell("verify", today=LATER).exit_code == 0


def test_retention_and_mail_need_no_device(shell: Shell, device: SoftDevice) -> None:
    """A timer's run has no files, and nobody plugs the device in for it."""
    run(shell)
    device.pull_out()
    shell("run", "--yes", today=LATER)
    (one, _) = shell.json("verify-pdf", *pdfs(shell), today=LATER)
    shell("withdraw", one["number"], "--reason", "a test", today=LATER)
    assert len(pdfs(shell)) == 1


def test_what_would_be_made_anew_is_refused_before_it_is_on_record(shell: Shell, device: SoftDevice) -> None:
    run(shell)
    device.pull_out()
    for deed in (
        ("correct", "L1", "--name", "Ana Alvarez", "--reason", "a test"),
        ("merge", "L1", "L2", "--reason", "a test", "--yes", "--accept", "other-name"),
        ("reissue", "--yes"),
    ):
        said = shell(*deed, today=LATER, status=1).stderr
        assert "no signing device is plugged in" in " ".join(said.split()), deed
    assert "Ana Alva" in shell("find", "L1", today=LATER).stdout
    shell("correct", "L1", "--email", "ana@example.net", "--reason", "a test", today=LATER)
    device.plug_in()
    shell("correct", "L1", "--name", "Ana Alvarez", "--reason", "a test", today=LATER)
    assert are_signed(shell) == [True, True]


@pytest.mark.parametrize("is_rsa", [True, False], ids=["RSA", "P-256"])
def test_a_lost_file_is_made_again_where_the_key_is_of_rsa(
    shell: Shell, device: SoftDevice, is_rsa: bool
) -> None:
    """ECDSA of a device has other digits each time: such a file comes from the site or from a backup."""
    if not is_rsa:
        key = ec.generate_private_key(ec.SECP256R1())
        device.put(TOKEN, "curve", 2, key=key, certificate=issued("A college", key))
        shell.college.environment["SIGNATURE_KEY"] = "curve"
    run(shell, ANA)
    (file,) = pdfs(shell)
    kept = file.read_bytes()
    shell("backup", "before.tar.zst", today=LATER)
    for path in [file, *shell.college.data.glob("vault/??/*")]:
        path.unlink()
    said = shell("build", today=LATER, status=None).stderr
    if not is_rsa:
        assert "made again" not in said
        assert "the rest needs a backup" in " ".join(said.split())
        shell("restore", "before.tar.zst", "--lost", today=LATER)
        shell("build", today=LATER)
    assert file.read_bytes() == kept


def test_settings_that_contradict_one_another(shell: Shell, device: SoftDevice) -> None:
    del device
    bought = shell.college.root / "bought.p12"
    bought.write_bytes(b"")
    for more, words in (
        ({"SIGNATURE_PKCS12": str(bought)}, "SIGNATURE_PKCS12 and SIGNATURE_PKCS11 are both set."),
        ({"SIGNATURE_PIN_FILE": str(bought)}, "SIGNATURE_PIN and SIGNATURE_PIN_FILE are both set."),
    ):
        assert shell.refused("status", env=more) == words
    shell.college.environment["SIGNATURE"] = "seal"
    words = "SIGNATURE_PKCS11 signs nothing, as SIGNATURE is seal"
    assert by_doctor(shell)[:2] == (False, words)
    assert planned(shell) == f"Seal: each proves itself (certs verify-pdf); {words}"


def test_samples_are_never_signed(shell: Shell, device: SoftDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signed made-up name would be a genuine certificate: nobody even asks the device."""
    device.pull_out()
    monkeypatch.setattr("pipeline.sealing.device.device_signer", None)
    shell("proof", today=LATER)
    found = [path.read_bytes() for path in shell.college.root.glob("proof/*.pdf")]
    assert found
    assert not any(b"CAdES" in pdf or b"CertificateSeal" in pdf for pdf in found)
