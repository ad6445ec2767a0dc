"""Compiled templates outlast the command, and only their owner's are run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from jinja2 import DictLoader, Environment

from pipeline.compiled import FOLDER, Compiled, identity_of, kept_in

SAYS = {"page": "{{ greeting }}, Ana"}


def said(folder: Path, templates: dict[str, str] = SAYS, identity: str = "a" * 16) -> str:
    """What the template says in a new process that changes something."""
    compiled = Compiled(folder, identity)
    environment = Environment(loader=DictLoader(templates), autoescape=True, bytecode_cache=compiled)
    found = environment.get_template("page").render(greeting="Good day")
    compiled.keep()
    return found


def compiles(monkeypatch: pytest.MonkeyPatch, folder: Path, templates: dict[str, str] = SAYS) -> bool:
    """Whether it is compiled once more."""
    asked: list[object] = []
    usual = Environment.compile

    def noting(*args: Any, **kwargs: Any) -> Any:
        asked.append(args)
        return usual(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(Environment, "compile", noting)
        assert said(folder, templates) == templates["page"].replace("{{ greeting }}", "Good day")
    return bool(asked)


def test_a_template_is_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "compiled"
    assert [compiles(monkeypatch, folder) for _ in range(3)] == [True, False, False]
    assert compiles(monkeypatch, folder, {"page": "{{ greeting }}, Bo"})  # its file was mended
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("trouble", ["torn", "another's bytes", "open to others", "a link", "empty"])
def test_what_another_may_have_written_is_not_run(
    trouble: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "compiled"
    said(folder)
    (file,) = folder.iterdir()
    match trouble:
        case "torn":
            file.write_bytes(file.read_bytes()[:-5])
        case "another's bytes":
            file.write_bytes(file.read_bytes()[:-5] + b"other")
        case "open to others":
            folder.chmod(0o770)
        case "a link":
            file.rename(tmp_path / "elsewhere")
            file.symlink_to(tmp_path / "elsewhere")
        case "empty":
            file.write_bytes(b"")
    assert compiles(monkeypatch, folder)
    assert not compiles(monkeypatch, folder)  # kept anew, for its owner alone
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_of_another_user_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a user for whom root runs a command."""
    folder = tmp_path / "compiled"
    said(folder)
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    user = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    assert [compiles(monkeypatch, folder) for _ in range(2)] == [True, True]
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_of_another_program_nothing_is_taken_and_nothing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "compiled"
    said(folder, identity="b" * 16)
    assert compiles(monkeypatch, folder)
    assert [path.name[:1] for path in folder.iterdir()] == ["a"]


def test_where_nothing_can_be_kept_all_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("no folder")
    assert [compiles(monkeypatch, tmp_path / "file") for _ in range(2)] == [True, True]


def test_who_only_looks_leaves_nothing(tmp_path: Path) -> None:
    compiled = Compiled(tmp_path / "compiled", "a" * 16)
    for _ in range(2):
        Environment(loader=DictLoader(SAYS), autoescape=True, bytecode_cache=compiled).get_template("page")
    assert not any(tmp_path.iterdir())


def test_the_settings_file_is_part_of_what_templates_are_compiled_with(tmp_path: Path) -> None:
    conf = tmp_path / "pelicanconf.py"
    before, kept = identity_of(conf), kept_in(tmp_path, conf)
    conf.write_text("JINJA_FILTERS = {}")
    assert identity_of(conf) != before
    assert kept_in(tmp_path, conf) is kept_in(tmp_path, conf)
    assert kept_in(tmp_path, conf) is not kept  # in one process, too: the desk runs for hours
    assert kept_in(tmp_path, conf)._folder == tmp_path / FOLDER
