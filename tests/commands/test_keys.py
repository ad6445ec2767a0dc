"""certs keys and verify-pdf: what each key sealed is told from all else, with records and without."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import count
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from pipeline import publish
from pipeline.documents import Rendered
from pipeline.publish import Proof
from pipeline.rules.certificates.awards import Facts
from pipeline.rules.seals.public_keys import PublicKey
from pipeline.rules.seals.standing_list import KeptStanding, listed_as, signing_input
from pipeline.sealing import keyring
from tests.support.college import College
from tests.support.seal_kit import filled, new_sealer, small_pdf, updated
from tests.support.shell import Shell

HEADER = "activity,learner_id,email,name,completed_on,cme_credits,evaluation\n"
ANA = "course,L1,ana@example.org,Ana Alva,2025-03-01,,"
BO = "course,L2,bo@example.org,Bo Berg,2025-03-01,,"
LATER = date(2025, 12, 1)


def small_paper(facts: Iterable[Facts], *_: object) -> Iterator[Rendered]:
    """Certificates that are small PDFs of the kind that takes a seal."""
    for one in facts:
        yield Rendered(one.number, small_pdf(f"{one.name} {one.cme} {one.number}"))


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch, quick_college: College) -> None:
    del quick_college  # whose paper is no PDF
    monkeypatch.setattr("pipeline.workflow.render.render_many", small_paper)


def run(shell: Shell, *rows: str, today: date = LATER) -> str:
    claims = shell.college.claims(*(rows or (ANA, BO)), header=HEADER)
    return shell("run", "--yes", claims, today=today).output


def pdfs(shell: Shell) -> list[Path]:
    return sorted(shell.college.output.glob("c/*/*.pdf"))


def verdicts(shell: Shell, *words: object, status: int = 0) -> list[str]:
    lines = shell("verify-pdf", *words, today=LATER, status=status).stdout.splitlines()
    return [line.split()[0] for line in lines]


def copy(shell: Shell, data: bytes, name: str = "copy.pdf") -> Path:
    path = shell.college.root / name
    path.write_bytes(data)
    return path


def test_without_a_key_all_goes_as_ever_and_the_plan_says_so(shell: Shell) -> None:
    claims = shell.college.claims(ANA, header=HEADER)
    assert "Seal: none, as there is no key (certs keys new makes one)" in shell("check", claims).stdout
    run(shell)
    assert b"CertificateSeal" not in pdfs(shell)[0].read_bytes()
    assert not (shell.college.output / ".well-known").exists()
    assert "no key" in shell("keys", "list").stdout


def test_with_none_nothing_is_sealed_and_nothing_said(shell: Shell) -> None:
    shell("keys", "new")
    shell.college.environment["SIGNATURE"] = "none"
    assert "SIGNATURE says so" in shell("check", shell.college.claims(ANA, header=HEADER)).stdout
    run(shell)
    assert b"CertificateSeal" not in pdfs(shell)[0].read_bytes()


def test_what_a_key_sealed_is_genuine(shell: Shell) -> None:
    shell("keys", "new")
    assert "proves itself" in shell("check", shell.college.claims(ANA, header=HEADER)).stdout
    run(shell)
    assert verdicts(shell, *pdfs(shell)) == ["genuine"] * 2
    (one, _) = shell.json("verify-pdf", *pdfs(shell), today=LATER)
    assert (one["version"], one["standing"], one["why"]) == (1, "valid", "")
    assert one["number"] in shell("find", "Ana").output + shell("find", "Bo").output


def test_each_verdict_in_its_own_line_and_the_status_for_all(shell: Shell) -> None:
    shell("keys", "new")
    run(shell)
    sealed = pdfs(shell)[0].read_bytes()
    files = [
        copy(shell, sealed, "as-issued.pdf"),
        copy(shell, updated(sealed, filled()), "hours.pdf"),
        copy(shell, sealed.replace(b"0 0 m", b"0 1 m"), "altered.pdf"),
        copy(shell, sealed + b"\n", "longer.pdf"),
        copy(shell, small_pdf(), "other.pdf"),
        copy(shell, b"", "empty.pdf"),
    ]
    said = ["genuine", "filled", "changed", "added", "not-ours", "not-ours"]
    assert verdicts(shell, *files, status=3) == said
    assert verdicts(shell, *files[:2]) == said[:2]


def test_other_people_need_the_published_keys_alone(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No project, no ledger: the keys, as a file or with the whole site, and what is listed beside them."""
    shell("keys", "new")
    run(shell)
    withdrawn = shell.json("verify-pdf", pdfs(shell)[0], today=LATER)[0]["number"]
    file = copy(shell, pdfs(shell)[0].read_bytes())
    shell("withdraw", withdrawn, "--reason", "a test", today=LATER)
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(shell.college.output / ".well-known", elsewhere / ".well-known")
    shutil.copy(elsewhere / ".well-known" / "certificate-keys.json", elsewhere / "keys.json")
    monkeypatch.chdir(elsewhere)
    (whole,) = shell.json("verify-pdf", "--keys", elsewhere, file)
    assert (whole["verdict"], whole["standing"]) == ("genuine", "withdrawn on 2025-12-01")
    (alone,) = shell.json("verify-pdf", "--keys", elsewhere / "keys.json", file)
    assert (alone["verdict"], alone["standing"]) == ("genuine", None)
    assert "PDF" not in shell.refused("verify-pdf", "--keys", file, file)


def test_certificates_from_before_the_first_key_are_known_by_the_record_alone(shell: Shell) -> None:
    run(shell)
    shell("keys", "new", today=LATER)
    shell("build", today=LATER)
    (file, _) = pdfs(shell)
    line = shell("verify-pdf", file, today=LATER).stdout
    assert line.startswith("genuine")
    assert "without a seal" in line
    assert verdicts(shell, "--keys", shell.college.output, file, status=3) == ["not-ours"]
    assert shell("reissue", "--yes", today=LATER).exit_code == 0
    assert verdicts(shell, "--keys", shell.college.output, *pdfs(shell)) == ["genuine"] * 2


def test_a_former_key_holds_after_rotate_and_a_stolen_one_does_not(shell: Shell) -> None:
    shell("keys", "new", today=LATER)
    run(shell, ANA)
    old = copy(shell, pdfs(shell)[0].read_bytes(), "old.pdf")
    shell("keys", "rotate", today=LATER)
    run(shell, ANA, BO)
    assert verdicts(shell, old, *pdfs(shell)) == ["genuine"] * 3
    assert verdicts(shell, "--keys", shell.college.output, old) == ["genuine"]
    first, second = (key["kid"] for key in shell.json("keys", "list", today=LATER))
    assert first.encode() in b"".join(path.read_bytes() for path in pdfs(shell))
    shell("keys", "rotate", "--stolen", today=LATER)
    shell("build", today=LATER)
    keys = json.loads((shell.college.output / ".well-known" / "certificate-keys.json").read_text())["keys"]
    assert {key["kid"]: key["revoked"] for key in keys}[first] == "2025-12-01"
    assert {key["kid"]: key["revoked"] for key in keys}[second] is None
    bos = next(path for path in pdfs(shell) if first.encode() in path.read_bytes())
    assert verdicts(shell, "--keys", shell.college.output, old, bos, status=3) == ["genuine", "not-ours"]


def test_keys_are_their_owners_alone_and_encrypted_where_there_is_a_passphrase(shell: Shell) -> None:
    shell.college.environment["KEY_PASSPHRASE"] = "long and secret"
    shell("keys", "new")
    folder = shell.college.data / "keys"
    (key,) = folder.glob("*.key")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert b"ENCRYPTED" in key.read_bytes()
    run(shell, ANA)
    assert verdicts(shell, *pdfs(shell)) == ["genuine"]


@pytest.mark.parametrize("fault", ["gone", "passphrase", "damaged", "another"])
def test_a_key_that_cannot_be_used_stops_a_run_before_anything_is_done(shell: Shell, fault: str) -> None:
    """Nobody gets a certificate without a seal by accident, and what was issued stays provable."""
    shell("keys", "new")
    run(shell, ANA)
    (key,) = (shell.college.data / "keys").glob("*.key")
    kept = key.read_bytes()
    if fault == "gone":
        key.unlink()
    elif fault == "passphrase":
        shell.college.environment["KEY_PASSPHRASE"] = "wrong"
    elif fault == "damaged":
        key.write_bytes(kept[:100])
    else:
        shell("keys", "rotate", today=LATER)
        (other,) = [one for one in key.parent.glob("*.key") if one != key]
        other.write_bytes(kept)
    claims = shell.college.claims(BO, header=HEADER)
    said = shell.refused("run", "--yes", claims, today=LATER, planned=True)
    assert "key" in said
    assert "Bo" not in shell("find", "Bo", status=None).stdout
    assert verdicts(shell, *pdfs(shell)) == ["genuine"]


def test_a_withdrawal_reaches_the_page_also_where_the_key_is_gone(shell: Shell) -> None:
    shell("keys", "new")
    run(shell, ANA)
    (file,) = pdfs(shell)
    copied = copy(shell, file.read_bytes())
    (found,) = shell.json("verify-pdf", file, today=LATER)
    (key,) = (shell.college.data / "keys").glob("*.key")
    key.unlink()
    said = shell("withdraw", found["number"], "--reason", "a test", today=LATER)
    assert "not renewed" in said.stderr
    assert not file.exists()
    assert (shell.college.output / ".well-known" / "certificate-standing.jws").is_file()
    assert "withdrawn" in shell("verify-pdf", copied, today=LATER).stdout


def test_standing_outlives_the_record(shell: Shell) -> None:
    """Six years later nobody is on record; the file is genuine, and still withdrawn."""
    shell("keys", "new")
    run(shell)
    files = [copy(shell, path.read_bytes(), f"{at}.pdf") for at, path in enumerate(pdfs(shell))]
    (found, _) = shell.json("verify-pdf", *files, today=LATER)
    shell("withdraw", found["number"], "--reason", "a test", today=LATER)
    much_later = date(2033, 1, 1)
    shell("purge", "--accept", "clock", today=much_later)
    assert pdfs(shell) == []
    first, second = shell.json("verify-pdf", *files, today=much_later)
    assert (first["verdict"], first["standing"]) == ("genuine", "withdrawn on 2025-12-01")
    assert (second["verdict"], second["standing"]) == ("genuine", "valid")
    published = (shell.college.output / ".well-known" / "certificate-standing.jws").read_text()
    assert found["number"] not in published
    (alone,) = shell.json("verify-pdf", "--keys", shell.college.output, files[0])
    assert alone["standing"] == "withdrawn on 2025-12-01"


MUCH_LATER = date(2033, 1, 1)


def withdrawn_and_deleted(shell: Shell) -> Path:
    """A copy of a certificate that was withdrawn; then its six years were over."""
    run(shell)
    files = [copy(shell, path.read_bytes(), f"{at}.pdf") for at, path in enumerate(pdfs(shell))]
    (found, _) = shell.json("verify-pdf", *files, today=LATER)
    shell("withdraw", found["number"], "--reason", "a test", today=LATER)
    shell("purge", "--accept", "clock", today=MUCH_LATER)
    return files[0]


def standings(shell: Shell, file: Path) -> set[str]:
    """What the ledger, and what the site's files alone say of a file."""
    places: Iterable[list[object]] = (["--keys", shell.college.output], [])
    return {
        one["standing"]
        for words in places
        for one in shell.json("verify-pdf", *words, file, today=MUCH_LATER)
    }


@pytest.mark.parametrize("copy_of_the_list", ["output", "host"])
def test_standing_outlives_the_record_and_the_ledger(
    shell: Shell, copy_of_the_list: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ledger that is made again has it from the list that the site shows, here or at the web host."""
    for proof in ("prove_live", "prove_gone"):
        monkeypatch.setattr(publish, proof, lambda *_, **__: Proof(0, []))
    shell.college.environment["PUBLISH_TO"] = str(shell.college.root / "host")
    shell("keys", "new")
    file = withdrawn_and_deleted(shell)
    for path in shell.college.data.glob("ledger.sqlite3*"):
        path.unlink()
    if copy_of_the_list == "host":
        (shell.college.output / ".well-known" / "certificate-standing.jws").unlink()
    again = ("restore", "--rebuild", "--accept", "clock")
    said = shell(*again, "--dry-run", today=MUCH_LATER).stderr
    assert "to keep: the standing of 1 deleted certificate, from the site's list" in said
    for _ in range(2):
        shell(*again, today=MUCH_LATER)
        shell("build", today=MUCH_LATER)
        assert standings(shell, file) == {"withdrawn on 2025-12-01"}


def test_standing_outlives_a_backup_that_knows_nothing_of_it(shell: Shell) -> None:
    """The record comes back with a backup, and is deleted once more; it was withdrawn since that was made."""
    shell("keys", "new", today=LATER)
    run(shell)
    shell("backup", "before.tar.zst", today=LATER)
    file = withdrawn_and_deleted(shell)
    shell("restore", "before.tar.zst", "--force", "--accept", "clock", today=MUCH_LATER)
    assert pdfs(shell) == []
    assert standings(shell, file) == {"withdrawn on 2025-12-01"}


def test_a_list_by_another_key_says_nothing(shell: Shell) -> None:
    """Whoever can write into output/ cannot have certificates withdrawn for good."""
    shell("keys", "new")
    run(shell, ANA)
    file = copy(shell, pdfs(shell)[0].read_bytes())
    (found,) = shell.json("verify-pdf", file, today=LATER)
    shell("purge", "--accept", "clock", today=MUCH_LATER)
    stranger, _ = new_sealer()
    (key,) = shell.json("keys", "list", today=MUCH_LATER)
    listed = {listed_as(found["number"]): KeptStanding("withdrawn", LATER, 1)}
    forged = stranger.jws(signing_input(listed, key["kid"]))
    (shell.college.output / ".well-known" / "certificate-standing.jws").write_text(forged)
    for path in shell.college.data.glob("ledger.sqlite3*"):
        path.unlink()
    said = shell("restore", "--rebuild", "--accept", "clock", today=MUCH_LATER).stderr
    assert "no list of standings that is signed by a key that is known" in said
    assert standings(shell, file) == {"valid"}


def test_who_counts_again_is_not_kept_as_withdrawn(shell: Shell) -> None:
    """The list of the build before says otherwise, and the ledger knows better."""
    shell("keys", "new")
    run(shell, ANA)
    (file,) = pdfs(shell)
    kept = copy(shell, file.read_bytes())
    (found,) = shell.json("verify-pdf", file, today=LATER)
    shell("withdraw", found["number"], "--reason", "a test", today=LATER)
    shell("reinstate", found["number"], "--reason", "a test", today=LATER)
    shell("build", today=LATER)
    (again,) = shell.json("verify-pdf", "--keys", shell.college.output, kept, today=LATER)
    assert again["standing"].startswith("valid")


def test_a_list_stays_where_no_key_seals_any_more(shell: Shell) -> None:
    """The private half was lost with the ledger: what the last list said is still shown."""
    shell("keys", "new")
    file = withdrawn_and_deleted(shell)
    for path in (*shell.college.data.glob("ledger.sqlite3*"), *shell.college.data.glob("keys/*")):
        path.unlink()
    said = shell("restore", "--rebuild", "--accept", "clock", today=MUCH_LATER).stderr
    assert "not renewed: No key seals any more" in said
    assert standings(shell, file) == {"withdrawn on 2025-12-01"}


def test_a_former_version_is_genuine_and_said_to_be_out_of_date(shell: Shell) -> None:
    shell("keys", "new")
    run(shell, ANA)
    old = copy(shell, pdfs(shell)[0].read_bytes(), "old.pdf")
    shell("correct", "ana@example.org", "--name", "Ana Alvarez", "--reason", "a test", today=LATER)
    first, second = shell.json("verify-pdf", old, pdfs(shell)[0], today=LATER)
    assert (first["verdict"], "there is version 2" in first["standing"]) == ("genuine", True)
    assert second["standing"].startswith("valid, corrected on")


def test_a_lost_file_is_made_again_with_its_seal(shell: Shell) -> None:
    """By a key that seals no more, too."""
    shell("keys", "new")
    run(shell, ANA)
    (file,) = pdfs(shell)
    kept = file.read_bytes()
    shell("keys", "rotate", today=LATER)
    for path in [file, *shell.college.data.glob("vault/??/*")]:
        path.unlink()
    said = shell("build", today=LATER).stderr
    assert "made again" in said
    assert file.read_bytes() == kept


def test_one_certificate_that_cannot_be_sealed_keeps_no_other(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def odd_paper(facts: Iterable[Facts], *_: object) -> Iterator[Rendered]:
        for one in facts:
            yield Rendered(one.number, small_pdf() if "Ana" in one.name else b"%PDF-odd")

    monkeypatch.setattr("pipeline.workflow.render.render_many", odd_paper)
    shell("keys", "new")
    claims = shell.college.claims(ANA, BO, header=HEADER)
    done = shell.json("run", "--yes", claims, today=LATER, status=3)
    assert done["issued"] == 1
    assert any("cannot be sealed" in one["reason"] for one in done["problems"])


def test_no_token_is_printed(shell: Shell) -> None:
    shell("keys", "new")
    run(shell, ANA)
    (file,) = pdfs(shell)
    token = file.parent.name
    for path in (file, file.relative_to(shell.college.root)):
        assert token not in shell("verify-pdf", path, today=LATER).output
        assert token not in shell("verify-pdf", "--json", path, today=LATER).output


def test_a_file_that_is_no_pdf_or_no_file(shell: Shell) -> None:
    shell("keys", "new")
    large = copy(shell, b"", "large.pdf")
    with large.open("wb") as file:
        file.truncate(1 << 30)
    assert verdicts(shell, large, status=3) == ["not-ours"]
    for path in ("nowhere.pdf", shell.college.root):
        assert shell("verify-pdf", path, status=2).stdout == ""


def test_keys_are_in_a_backup_only_where_staff_ask_for_them(shell: Shell) -> None:
    """And come back with it, so that certificates are sealed on another machine, too."""
    shell("keys", "new", today=LATER)
    run(shell, ANA)
    for name, words in (("with.tar.zst", ["--with-keys"]), ("without.tar.zst", [])):
        shell("backup", name, *words, today=LATER)
    assert shell("backup", "folder/", "--with-keys", today=LATER, status=2).stdout == ""
    for name, is_here in (("without.tar.zst", False), ("with.tar.zst", True)):
        for path in shell.college.data.glob("keys/*"):
            path.unlink()
        shell("restore", name, "--force", today=LATER)
        (key,) = shell.json("keys", "list", today=LATER)
        assert key["private_key_is_here"] is is_here, name
        assert verdicts(shell, *pdfs(shell)) == ["genuine"]
    for path in shell.college.data.glob("keys/*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    run(shell, BO)
    assert verdicts(shell, *pdfs(shell)) == ["genuine"] * 2


def test_a_key_that_an_older_ledger_lacks_comes_back(shell: Shell) -> None:
    """With its file it seals again; without, what it sealed stays genuine, as output/ shows it."""
    run(shell, ANA)
    shell("backup", "before.tar.zst", today=LATER)
    shell("keys", "new", today=LATER)
    run(shell, BO)
    sealed = copy(shell, pdfs(shell)[0].read_bytes()), copy(shell, pdfs(shell)[1].read_bytes(), "other.pdf")
    (key,) = shell.json("keys", "list", today=LATER)
    for lost in (False, True):
        if lost:
            for path in shell.college.data.glob("keys/*"):
                path.unlink()
        shell("restore", "before.tar.zst", "--force", today=LATER)
        (again,) = shell.json("keys", "list", today=LATER)
        assert (again["kid"], again["private_key_is_here"]) == (key["kid"], not lost)
        assert (again["until"] is None) is not lost
        assert "genuine" in verdicts(shell, "--keys", shell.college.output, *sealed, status=3)


def test_a_revocation_outlives_an_older_ledger(shell: Shell) -> None:
    """What strangers have must not seal again because a backup knew nothing of it."""
    shell("keys", "new", today=LATER)
    run(shell, ANA)
    sealed = copy(shell, pdfs(shell)[0].read_bytes())
    shell("backup", "before.tar.zst", today=LATER)
    shell("keys", "rotate", "--stolen", today=LATER)
    shell("build", today=LATER)
    shell("restore", "before.tar.zst", "--force", today=LATER)
    new, old = shell.json("keys", "list", today=LATER)
    assert (new["until"], new["private_key_is_here"], old["revoked"]) == (None, True, "2025-12-01")
    assert verdicts(shell, "--keys", shell.college.output, sealed, status=3) == ["not-ours"]


def test_an_earlier_key_may_turn_out_to_be_stolen(shell: Shell) -> None:
    shell("keys", "new", today=LATER)
    run(shell, ANA)
    (key,) = shell.json("keys", "list", today=LATER)
    assert "still seals" in shell.refused("keys", "revoke", key["kid"], today=LATER)
    assert "never" in shell.refused("keys", "revoke", "another", today=LATER)
    shell("keys", "rotate", today=LATER)
    shell("keys", "revoke", key["kid"], today=LATER)
    assert verdicts(shell, "--keys", shell.college.output, *pdfs(shell)) == ["genuine"]  # not told yet
    shell("build", today=LATER)
    assert verdicts(shell, "--keys", shell.college.output, *pdfs(shell), status=3) == ["not-ours"]


def public(private: ec.EllipticCurvePrivateKey) -> PublicKey:
    return keyring._public(private.public_key(), date(2025, 1, 1))


def derived(fits: Callable[[str], bool]) -> ec.EllipticCurvePrivateKey:
    """The first of some private keys whose id is so."""
    keys = (ec.derive_private_key(secret, ec.SECP256R1()) for secret in count(1))
    return next(key for key in keys if fits(public(key).id))


DASHED = derived(lambda one: one.startswith("-") and "h" in one)
USUAL = derived(lambda one: not one.startswith("-"))


def test_no_id_looks_like_an_option(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """One key in 64 would have an id that begins with a dash, which no command would take."""
    drawn = iter([DASHED, DASHED, USUAL])
    monkeypatch.setattr(ec, "generate_private_key", lambda _curve: next(drawn))
    shell("keys", "new")
    (key,) = shell.json("keys", "list")
    assert key["kid"] == public(USUAL).id


def test_a_former_id_that_looks_like_an_option_is_revoked_all_the_same(shell: Shell) -> None:
    """With -h in it, too; and what is no id stays an option."""
    shell("keys", "new", today=LATER)
    with shell.college.project() as project, project.ledger.transaction():
        project.ledger.seals.take_up(public(DASHED), LATER, can_seal=False)
    assert "h" in public(DASHED).id
    shell("keys", "revoke", public(DASHED).id, today=LATER)
    keys = {key["kid"]: key["revoked"] for key in shell.json("keys", "list", today=LATER)}
    assert keys.pop(public(DASHED).id) == "2025-12-01"
    assert list(keys.values()) == [None]
    assert "Usage" in shell("keys", "revoke", "-h").stdout
    assert "No such option" in shell("keys", "revoke", "-x", status=2).output


def test_doctor_tells_of_the_key(shell: Shell) -> None:
    def said() -> str:
        checks = json.loads(shell("doctor", "--json", status=None).stdout)
        (seal,) = [check["text"] for check in checks if check["name"] == "seal"]
        return str(seal)

    assert "no key" in said()
    shell("keys", "new")
    assert "are sealed" in said()
    (key,) = (shell.college.data / "keys").glob("*.key")
    key.unlink()
    assert "is not in" in said()
