"""The page that checks a dropped PDF says what `certs verify-pdf` says, in Chromium and Firefox alike."""

from __future__ import annotations

import base64
import json
import os
import random
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pikepdf
import pypdfium2
import pytest
from click.testing import CliRunner
from playwright.sync_api import Page, sync_playwright

from pipeline.cli import main
from pipeline.rules.seals.form import DIGITS, HALF_ORDER, find_seals
from pipeline.rules.seals.public_keys import PublicKey, key_script, key_set, read_keys
from pipeline.rules.seals.standing_list import read_standing
from pipeline.sealing import fits
from tests.support.firefox import firefox
from tests.support.programs import program
from tests.support.seal_cases import STOLEN_KEY, STOLEN_SEALER, doubtful, fine, key_sets, lists, redated
from tests.support.seal_fuzz import mutants
from tests.support.seal_kit import (
    DAY,
    FIELD,
    FIELD_TEXT,
    FORM,
    INFO,
    KEY,
    METADATA,
    NUMBER,
    OTHER_UPDATES,
    XMP,
    filled,
    judged,
    new_sealer,
    sealed_pdf,
    small_pdf,
    stream_of,
    updated,
)
from tests.support.site_people import PROJECT

pytestmark = pytest.mark.starts

SEALED = sealed_pdf()
OTHER_SEALER, OTHER_KEY = new_sealer()
OLD_SEALER, _old = new_sealer()
OLD_KEY = PublicKey(_old.x, _old.y, DAY, until=DAY)
ALL = {key.id: key for key in (KEY, OLD_KEY, STOLEN_KEY)}


def cases(home: Path) -> dict[str, bytes]:
    """Files of every verdict, by name."""
    found = {
        "genuine": SEALED,
        "without a seal": small_pdf(),
        "another's": OTHER_SEALER.seal(small_pdf(), NUMBER, 1, DAY),
        "an old key": OLD_SEALER.seal(small_pdf(), NUMBER, 1, DAY),
        "a stolen key": STOLEN_SEALER.seal(small_pdf(), NUMBER, 1, DAY),
        "empty": b"",
        "no PDF": b"\x00\xff" * 50,
        "hours": updated(SEALED, filled()),
        "hours twice": updated(updated(SEALED, filled()), filled("<feff0031>", "")),
        "hours and what viewers write": updated(
            SEALED,
            {
                **filled(),
                INFO: "<</Title(Certificate of Ada)/Producer(A viewer)/ModDate(D:2026)>>",
                FORM: "<</Fields[4 0 R]/NeedAppearances false>>",
                METADATA: stream_of(XMP.replace(b"2025-11-05", b"2026-01-02"), "/Type/Metadata"),
            },
        ),
        "hours and metadata that are no XML": updated(
            SEALED, {**filled(), METADATA: stream_of(b"<a>", "/Type/Metadata")}
        ),
        "another look": updated(SEALED, {FIELD: FIELD_TEXT.replace("/V()", "/V(1)/AP<</N 5 0 R>>")}),
        "a trailer of another file": updated(SEALED, filled(), prev=17),
        "encrypted": updated(SEALED, filled(), "/Encrypt 20 0 R"),
        **{f"appended {more!r}": SEALED + more for more in (b"\n", b"%%EOF\n", b"hello", SEALED)},
    }
    for name, objects in OTHER_UPDATES.items():
        found[name] = updated(SEALED, objects)
        found[f"hours and {name}"] = updated(SEALED, {**filled(), **objects})
    with_hours = updated(SEALED, filled())
    hidden = b"3 0 obj\n<</Type/Page/Contents 20 0 R>>\nendobj\n"
    shelf = updated(SEALED, {**filled(), 20: stream_of(hidden, "/Type/XObject/Subtype/Form/BBox[0 0 50 14]")})
    at = shelf.index(hidden, len(SEALED))
    found |= {
        "a table that leads into a stream": shelf.replace(
            b"xref\n4 1\n", b"xref\n3 1\n%010d 00000 n \n4 1\n" % at
        ),
        "a table that takes an object away": with_hours.replace(
            b"xref\n4 1\n", b"xref\n3 1\n0000000000 65535 f \n4 1\n"
        ),
        "a generation": with_hours.replace(b"20 0 obj", b"20 1 obj"),
        "sealed on a day that is none": redated(SEALED, "20250230"),
    }
    found |= {f"fine {name}": pdf for name, pdf in fine(SEALED).items()}
    found |= {f"doubtful {name}": pdf for name, pdf in doubtful(SEALED).items()}
    found |= {f"hours cut at {end}": with_hours[:end] for end in range(len(SEALED) + 1, len(with_hours), 23)}
    found |= saved_anew(home)
    chance = random.Random(7)
    for at in sorted(chance.sample(range(len(SEALED)), 200)):
        found[f"bit flipped at {at}"] = (
            SEALED[:at] + bytes([SEALED[at] ^ 1 << chance.randrange(8)]) + SEALED[at + 1 :]
        )
    seal = next(iter(find_seals(SEALED)))
    order = 2 * HALF_ORDER + 1
    second = int.from_bytes(seal.signature[32:])
    digits = seal.signature[:32].hex() + f"{order - second:064x}"
    found["the other signature"] = SEALED[: seal.at] + digits.encode() + SEALED[seal.at + DIGITS :]
    return found


def saved_anew(home: Path) -> dict[str, bytes]:
    """The sealed file as other programs write it again."""
    source = home / "sealed.pdf"
    source.write_bytes(SEALED)
    with pikepdf.open(source) as pdf:
        pdf.save(home / "qpdf.pdf")
    with pypdfium2.PdfDocument(source) as document:
        document.save(home / "pdfium.pdf")
    for tool, command in {
        "mutool": ["clean", str(source), str(home / "mutool.pdf")],
        "gs": ["-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pdfwrite", f"-o{home / 'gs.pdf'}", str(source)],
    }.items():
        subprocess.run([program(tool), *command], check=True, capture_output=True)
    return {
        f"saved by {name}": (home / f"{name}.pdf").read_bytes() for name in ("qpdf", "pdfium", "mutool", "gs")
    }


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return cases(tmp_path_factory.mktemp("cases"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page with the script and the keys."""
    home = tmp_path_factory.mktemp("site")
    (home / "seal.js").write_bytes((PROJECT / "theme/static/seal.js").read_bytes())
    (home / "keys.js").write_bytes(key_script(ALL.values()))
    (home / "index.html").write_text(
        '<!DOCTYPE html><title>x</title><script src="keys.js"></script><script src="seal.js"></script>'
    )
    with served(home) as address:
        yield address


@pytest.fixture(scope="module")
def chromium(site: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program("chromium"), args=["--no-sandbox"])
        page = running.new_page()
        page.goto(site)
        yield page
        running.close()


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing of it."""

    def log_message(self, *_words: object) -> None:
        return


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The address of a folder on loopback, where a browser has WebCrypto."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(home))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()


JUDGE = """(async (files) => {
  const found = {}, keys = await certificateSeal.readKeys(certificateKeys);
  for (const [name, data] of Object.entries(files)) {
    const judged = await certificateSeal.judge(Uint8Array.from(atob(data), (one) => one.charCodeAt(0)), keys);
    const seal = judged.seal || { number: null, version: null };
    found[name] = [judged.verdict, seal.number, seal.version];
  }
  return found;
})"""


# What the script makes of lists of standings and of sets of keys: what they hold, or null.
READ = """(async (lists, sets) => {
  const found = {}, keys = await certificateSeal.readKeys(certificateKeys);
  for (const [name, text] of Object.entries(lists)) {
    found[name] = await certificateSeal.readStanding(text, keys);
  }
  for (const [name, text] of Object.entries(sets)) {
    const read = await certificateSeal.readKeys(JSON.parse(text)).catch(() => null);
    found["keys: " + name] = read && [...read].map(([id, key]) => [id, key.revoked]);
  }
  return found;
})"""


@pytest.fixture(scope="module")
def terminal(files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """What `certs verify-pdf` says of each file."""
    home = tmp_path_factory.mktemp("terminal")
    keys = home / "keys.json"
    keys.write_bytes(key_set(ALL.values()))
    names = {str(home / f"{at}.pdf"): name for at, name in enumerate(files)}
    for path, name in names.items():
        Path(path).write_bytes(files[name])
    result = CliRunner().invoke(main, ["verify-pdf", "--json", "--keys", str(keys), *names])
    assert result.exit_code == 3, result.output
    said = json.loads(result.stdout)
    return {names[one["file"]]: [one["verdict"], one["number"], one["version"]] for one in said}


def as_script(files: Mapping[str, bytes]) -> str:
    return f"{JUDGE}({json.dumps({name: base64.b64encode(data).decode() for name, data in files.items()})})"


def listed() -> dict[str, Any]:
    """What the terminal reads in lists and in keys, as READ shows it."""
    found: dict[str, Any] = {}
    for name, text in lists().items():
        try:
            read = read_standing(text, ALL, fits)
        except ValueError:
            found[name] = None
        else:
            found[name] = {
                number: {"standing": one.standing, "day": one.day.isoformat(), "version": one.version}
                for number, one in read.items()
            }
    for name, text in key_sets().items():
        try:
            keys = read_keys(text).values()
        except ValueError:
            found[f"keys: {name}"] = None
        else:
            revoked = [[key.id, key.revoked.isoformat() if key.revoked else None] for key in keys]
            found[f"keys: {name}"] = revoked
    return found


def test_each_case_has_the_verdict_that_it_was_made_for(terminal: dict[str, list[Any]]) -> None:
    assert {one[0] for one in terminal.values()} == {"genuine", "filled", "added", "changed", "not-ours"}
    made_for = {"fine": "filled", "doubtful": "added", "sealed": "changed"}
    for name, (verdict, *_) in terminal.items():
        assert verdict == made_for.get(name.split()[0], verdict), name


def test_chromium_says_what_the_terminal_says(
    chromium: Page, files: dict[str, bytes], terminal: dict[str, list[Any]]
) -> None:
    assert chromium.evaluate(as_script(files)) == terminal
    assert chromium.evaluate(f"{READ}({json.dumps(lists())}, {json.dumps(key_sets())})") == listed()
    assert chromium.evaluate(as_script(drawn())) == verdicts(drawn())


def test_firefox_says_what_the_terminal_says(
    site: str, files: dict[str, bytes], terminal: dict[str, list[Any]], tmp_path: Path
) -> None:
    with firefox(tmp_path / "profile") as window:
        window.goto(site)
        assert window.evaluate(as_script(files)) == terminal
        assert window.evaluate(f"{READ}({json.dumps(lists())}, {json.dumps(key_sets())})") == listed()
        assert window.evaluate(as_script(drawn())) == verdicts(drawn())


@pytest.mark.soak
def test_chromium_says_what_the_terminal_says_of_thousands(chromium: Page) -> None:
    """SEED=... make soak draws the same again."""
    for part in range(20):
        files = drawn(f"{os.environ.get('SEED', '0')}, {part}", 500)
        assert chromium.evaluate(as_script(files)) == verdicts(files), part


def drawn(seed: str = "1", count: int = 400) -> dict[str, bytes]:
    """Files by lot."""
    return {str(at): pdf for at, pdf in enumerate(mutants(SEALED, seed, count))}


def verdicts(files: Mapping[str, bytes]) -> dict[str, list[Any]]:
    found = {}
    for name, data in files.items():
        one = judged(data, ALL)
        found[name] = [str(one.verdict), one.seal and one.seal.number, one.seal and one.seal.version]
    return found
