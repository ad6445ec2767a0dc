"""What the press learns is kept between runs: used where it is whole and of this design, else made anew."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import re
import shutil
import signal
import stat
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from pipeline.cluster import ClusterExecutor
from pipeline.documents import Design, Rendered, press
from pipeline.documents.identity import identity_digest
from pipeline.documents.press import coding
from pipeline.documents.press.press import Press
from pipeline.documents.press.shelf import LOCK, Shelf, _head
from pipeline.documents.render import Chunk, _render_chunk
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.awards import Facts
from pipeline.workflow.render import render_many
from tests.support.documents_kit import LETTER, THEME, made_up
from tests.support.press_kit import SCRIPTS, by_press, person

pytestmark = pytest.mark.paper
ROOT = Path(__file__).resolve().parents[3]
IDA = person("Ida Brandt")


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shelf with the template of one certificate."""
    folder = tmp_path_factory.mktemp("stocked") / "press"
    assert Press(replace(LETTER, templates=folder)).press(IDA) == by_press(IDA)
    return folder


@pytest.fixture
def shelf(stocked: Path, tmp_path: Path) -> Path:
    """The same for a test to spoil."""
    shutil.copytree(stocked, tmp_path / "press")
    return tmp_path / "press"


def templates(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.name != LOCK)


def pressed(folder: Path, facts: Facts = IDA, design: Design = LETTER) -> tuple[bytes | None, int]:
    """A certificate made by a press that knows but what lies there; and how many templates it had to make."""
    fresh, made = Press(replace(design, templates=folder)), []
    learn = fresh._make

    def make(*words: Any) -> Any:
        made.append(words)
        return learn(*words)

    fresh._make = make  # type: ignore[assignment,method-assign]
    return fresh.press(facts), len(made)


def test_learnt_once(stocked: Path) -> None:
    """The next press learns nothing, and its file is the same."""
    assert pressed(stocked) == (by_press(IDA), 0)


@pytest.mark.parametrize("name", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_what_was_kept_presses_the_same(tmp_path: Path, name: str) -> None:
    """Every part of every template comes back as it was: the file is the same, byte for byte."""
    facts = person(name, "")
    assert pressed(tmp_path / "press", facts) == (by_press(facts), 1)
    assert pressed(tmp_path / "press", facts) == (by_press(facts), 0)


def test_that_there_can_be_no_template_is_kept(tmp_path: Path) -> None:
    """A theme that the press does not understand costs each design its trial once."""
    theme = tmp_path / "theme"
    shutil.copytree(THEME, theme)
    page = (theme / "certificate.html").read_text()
    (theme / "certificate.html").write_text(
        page.replace("{{ shown.name }}</h2>", "{{ shown.name[::-1] }}</h2>")
    )
    design = replace(LETTER, theme=theme)
    assert pressed(tmp_path / "press", IDA, design) == (None, 2)  # shared with others, and of its own
    assert pressed(tmp_path / "press", IDA, design) == (None, 0)


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "cut short": lambda data: data[: len(data) // 2],
    "empty": lambda _: b"",
    "longer": lambda data: data + b"\n",
    "another byte in a font": lambda data: _flipped(data, len(data) - 30_000),
    "another byte in the pieces": lambda data: _flipped(data, 400),
    "another byte in the digest": lambda data: _flipped(data, 70),
    "something else": lambda _: b"%PDF-1.7\n\n",
}


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.parametrize("how", SPOILT)
def test_a_damaged_template_is_made_anew(shelf: Path, how: str) -> None:
    """Never used; and whole again afterwards."""
    (path,) = templates(shelf)
    whole = path.read_bytes()
    path.write_bytes(SPOILT[how](whole))
    assert pressed(shelf) == (by_press(IDA), 1)
    assert path.read_bytes() == whole


def test_a_template_of_something_else_is_made_anew(shelf: Path) -> None:
    """Under another's name; as a folder; as a link to nothing."""
    pressed(shelf, person("Ida Brandt", kind=Kind.CME))
    one, other = templates(shelf)
    other.write_bytes(one.read_bytes())
    for kind in (Kind.CME, Kind.CME_ABIM):
        assert pressed(shelf, facts := person("Ida Brandt", kind=kind))[0] == by_press(facts)
    one.unlink()
    one.symlink_to("nowhere")
    assert pressed(shelf)[0] == by_press(IDA)


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


@pytest.mark.parametrize("put", [_pipe, _endless, _huge, Path.mkdir])
def test_what_is_no_file_of_ours_is_neither_waited_for_nor_read(
    shelf: Path, put: Callable[[Path], None]
) -> None:
    """Whatever lies in a template's place: the next one takes it, unless that is a folder."""
    (path,) = templates(shelf)
    whole = path.read_bytes()
    path.unlink()
    put(path)
    assert pressed(shelf) == (by_press(IDA), 1)
    assert path.is_dir() or path.read_bytes() == whole


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\xff",
        b"5",
        b'{"value": 5}',
        b'{"value": "ab"}',
        b'{"value": []}',
        b'{"value": [null]}',
        b'{"value": [1, 2]}',
        b'{"value": [{"part": "CodePlace"}, null]}',
        b'{"value": [{"part": "Shelf"}, null]}',
        b'{"value": [{"bytes": ["a", 1]}, null]}',
        b'{"value": [{"glyphs": "a"}, null], "letters": {"a": "[]"}}',
        b'{"value": ' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"value": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"value": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda said: said[:40].decode("latin-1"),
)
def test_what_says_it_is_a_template_and_is_none_is_made_anew(tmp_path: Path, said: bytes) -> None:
    """Its name and digest are right, and what stands in it is not."""
    shelf = Shelf(tmp_path, THEME, "1" * 64)
    shelf.put("a", (None, "too long"))
    assert shelf.get("a") == (None, "too long")
    (path,) = templates(tmp_path)
    path.write_bytes(_head(path.name, said) + b"\n\n" + said)
    assert shelf.get("a") is None


def test_another_face_is_no_face_for_these_glyphs(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed font that was replaced by one of the same name: its glyphs have other numbers."""
    coding._glyphs.cache_clear()
    monkeypatch.setattr(coding, "_digest", lambda *_: "another")
    assert pressed(shelf)[1] == 1
    coding._glyphs.cache_clear()


@pytest.mark.parametrize(
    "change",
    [
        {"signatory_name": "Somebody Else"},
        {"signatory_title": "Chair"},
        {"paper": "a4"},
        {"logo_image": THEME.parents[1] / "tests/approved/cme-letter.png"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_design_has_templates_of_its_own(shelf: Path, change: dict[str, Any]) -> None:
    """And the former one's go: they are of no more use."""
    former = templates(shelf)
    design = replace(LETTER, **change)
    assert pressed(shelf, IDA, design) == (Press(design).press(IDA), 1)
    assert not set(templates(shelf)) & set(former)


def test_a_change_in_the_theme_or_the_program_counts(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A comment in the style, a library's version."""
    theme = tmp_path / "theme"
    shutil.copytree(THEME, theme)
    assert pressed(shelf, IDA, replace(LETTER, theme=theme))[1] == 0  # moved, and no other design
    style = theme / "certificate.css"
    style.write_text(style.read_text() + "/* moved */")
    assert pressed(shelf, IDA, replace(LETTER, theme=theme))[1] == 1
    monkeypatch.setattr("pipeline.documents.identity._version", lambda name: f"1.0 of {name}")
    assert pressed(shelf, IDA, replace(LETTER, theme=theme))[1] == 1


def test_an_update_of_a_font_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of one that draws none of a person's letters, but a title's."""
    before = identity_digest(LETTER)
    monkeypatch.setattr("pipeline.documents.fonts.font_list", lambda _: ["Noto Serif CJK SC\tRegular\t0\t2"])
    assert identity_digest(LETTER) != before


def test_a_cluster_has_no_part_in_the_shelf(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its machines have other folders, and might have another's at the same path."""
    given: list[Design] = []
    monkeypatch.setattr("pipeline.documents.render_many", lambda _, design, __: given.append(design))
    design = replace(LETTER, templates=Path("press"))
    for executor in (None, object.__new__(ClusterExecutor)):
        render_many([], design, executor)
    assert given == [design, LETTER]


def test_a_design_that_changes_under_way_spoils_no_template(stocked: Path, tmp_path: Path) -> None:
    """A desk stays open while somebody tries another style, and takes it back: nothing of it is kept."""
    folder, theme = tmp_path / "press", tmp_path / "theme"
    shutil.copytree(stocked, folder)
    shutil.copytree(THEME, theme)
    design = replace(LETTER, theme=theme)
    desk = Press(replace(design, templates=folder))
    assert desk.press(IDA) == by_press(IDA)
    style = theme / "certificate.css"
    usual = style.read_text()
    style.write_text(usual + "p { color: red }")
    other = person("Ida Brandt", kind=Kind.CME)
    assert desk.press(other) != by_press(other)
    style.write_text(usual)
    third = person("Ida Brandt", kind=Kind.CME_ABP)
    assert desk.press(third) != by_press(third)  # it reads the style once
    for facts in (other, third):
        assert pressed(folder, facts) == (by_press(facts), 1)


def test_the_shelf_stays_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest stay; what is no template is nobody's to remove here."""
    monkeypatch.setattr("pipeline.documents.press.shelf.MOST", 3)
    folder = tmp_path / "press"
    former, now = Shelf(folder, THEME, "0" * 64), Shelf(folder, THEME, "1" * 64)
    former.put("old", ("too long", None))
    (folder / "notes.txt").write_text("mine")
    (folder / f"{templates(folder)[0].name}.part").write_bytes(b"of a run that was killed")
    for at in range(5):
        now.put(f"{at}", ("too long", f"{at}"))
        for age, path in enumerate(sorted(templates(folder), key=os.path.getmtime)):
            os.utime(path, (age, age))
    assert [now.get(f"{at}") for at in range(5)] == [None, None, *(("too long", f"{at}") for at in (2, 3, 4))]
    assert former.get("old") is None
    assert len(templates(folder)) == 4
    assert (folder / "notes.txt").read_text() == "mine"


def test_whoever_only_looks_leaves_nothing_behind(tmp_path: Path) -> None:
    """`certs proof` and `certs check` before the first run: there is no DATA_DIR, and none is made."""
    assert pressed(tmp_path / "data" / "press", IDA) == (by_press(IDA), 1)
    assert not (tmp_path / "data").exists()


def test_it_is_private_and_holds_no_person(tmp_path: Path) -> None:
    """Whoever finds it learns what the statements of activities say, which everybody knows."""
    folder = tmp_path / "press"
    pressed(
        folder,
        made_up(Kind.CME_ABIM, "Ottoline Zimmerdahl", credentials="RN, Xqvzk", number="7K3M-9QRT-X2VB-04HZ"),
    )
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for path in templates(folder):
        said = b"".join(_inflated(path.read_bytes()))
        assert b"American College of Rheumatology" in said
        assert b"Spring Course on Vasculitis" not in said
        for word in (b"Ottoline", b"Zimmerdahl", b"Xqvzk", b"7K3M", b"June 3, 2024", b"2024-06-03"):
            assert word not in said
            assert word.decode().encode("utf-16-be").hex().encode() not in said


def _inflated(data: bytes) -> Iterator[bytes]:
    """The file, and every stream in it as it was before it was deflated."""
    yield data
    for found in re.finditer(rb"stream\n", data):
        with suppress(zlib.error):
            yield zlib.decompressobj().decompress(data[found.end() :])


def test_a_disk_that_takes_nothing_stops_nobody(tmp_path: Path) -> None:
    """A file in the folder's place; a folder that cannot be made; a lock that cannot be had."""
    (tmp_path / "file").write_bytes(b"")
    for folder in (tmp_path / "file", tmp_path / "file" / "press"):
        assert pressed(folder) == (by_press(IDA), 1)
    (tmp_path / "locked" / LOCK).mkdir(parents=True)
    assert pressed(tmp_path / "locked") == (by_press(IDA), 1)


def _hold(folder: Path, held: Connection) -> None:
    with Shelf(folder, THEME, "1" * 64).turn("a template", wait=True):
        held.send("mine")
        signal.pause()


@pytest.mark.starts
def test_the_turn_of_a_worker_that_is_killed_ends(tmp_path: Path) -> None:
    """Meanwhile nobody else makes that template; others are made; and nobody waits for the dead."""
    shelf = Shelf(tmp_path, THEME, "1" * 64)
    here, there = multiprocessing.Pipe()
    worker = multiprocessing.get_context("spawn").Process(target=_hold, args=(tmp_path, there))
    worker.start()
    try:
        assert here.recv() == "mine"
        with pytest.raises(press.BusyError), shelf.turn("a template", wait=False):
            raise AssertionError("two of them")
        with shelf.turn("another template", wait=False):
            pass
    finally:
        worker.kill()
    with shelf.turn("a template", wait=True):
        pass
    worker.join()


def test_whoever_would_wait_does_the_others_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """And all come back in their order."""
    asked = []

    def busy(facts: Facts, _: Design, *, wait: bool = True) -> Rendered:
        asked.append((facts.name, wait))
        if facts.name == "Ida" and not wait:
            raise press.BusyError
        return Rendered(facts.name, b"")

    monkeypatch.setattr(sys.modules["pipeline.documents.render"], "render", busy)
    made = _render_chunk(Chunk([made_up(name=name) for name in ("Ida", "Ole", "Bo")]), LETTER)
    assert [each.number for each in made] == ["Ida", "Ole", "Bo"]
    assert asked == [("Ida", False), ("Ole", False), ("Bo", False), ("Ida", True)]


FEW = """
import pickle, sys
from pipeline.documents import render
facts, design = pickle.loads(bytes.fromhex(sys.argv[1]))
made = render(facts, design)
print(made.pressed, *sorted({"weasyprint", "jinja2", "pypdfium2", "PIL"} & set(sys.modules)))
"""


def _makings(folder: Path) -> int:
    return sum(pressed(folder, person("Ida Brandt", kind=kind))[1] for kind in Kind)


@pytest.mark.starts
def test_workers_make_each_template_once(tmp_path: Path) -> None:
    """Two that need the same five at the same time make five between them, not ten."""
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        assert sum(pool.map(_makings, [tmp_path / "press"] * 2)) == len(Kind)


@pytest.mark.starts
def test_a_certificate_of_a_known_kind_waits_for_no_library(stocked: Path) -> None:
    """WeasyPrint takes longer to import than a desk clerk's certificate to press."""
    given = pickle.dumps((IDA, replace(LETTER, templates=stocked))).hex()
    done = subprocess.run(
        [sys.executable, "-c", FEW, given], check=True, cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout.split() == ["True"]


def test_patterns_of_codes_are_kept_between_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the templates; damaged ones are made anew, and none are kept of a design that changed."""
    folder = tmp_path / "press"
    monkeypatch.setattr("pipeline.documents.press.qr.FEW", 0)
    assert pressed(folder) == (by_press(IDA), 1)
    (path,) = (path for path in templates(folder) if b"stream" not in path.read_bytes())
    whole = path.read_bytes()
    assert pressed(folder) == (by_press(IDA), 0)
    path.write_bytes(_flipped(whole, len(whole) - 200))
    assert pressed(folder) == (by_press(IDA), 0)
    assert path.read_bytes() == whole
    path.unlink()
    monkeypatch.setattr(Press, "_is_unchanged", lambda _: False)
    assert pressed(folder) == (by_press(IDA), 0)
    assert not path.exists()
