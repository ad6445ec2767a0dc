"""The shape of the program: imports point one way, rules are pure, every command is documented."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli import COMMANDS, main
from pipeline.site.build import page_sources

HERE = Path(__file__).resolve().parents[2]
FLOORS = {
    "rules": 0,
    "errors": 0,
    "login": 0,
    "processes": 0,
    "files": 1,
    "settings": 1,
    "lock": 2,
    "workflow": 4,
    "desk": 5,
    "cli": 6,
    "__main__": 7,
}
EDGE = 3
FACES = {"cli", "desk"}  # on workflow: what they show, and ask, and nothing else
PURE = {"pipeline", "markupsafe", "rapidfuzz", *sys.stdlib_module_names}
WALL = {"datetime.now", "date.today", "datetime.today", "datetime.utcnow", "time.time"}


def modules() -> list[Path]:
    return sorted((HERE / "pipeline").rglob("*.py"))


def part(name: str) -> str:
    """`pipeline.rules.certificates.awards` belongs to `rules`."""
    return name.split(".")[1] if "." in name else ""


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(HERE)))
def test_imports_point_one_way(path: Path) -> None:
    """cli -> workflow -> edges -> rules; edges do not know one another, and none reads the settings.
    Only site/ knows Pelican; files knows nothing of what it writes; cli and desk ask and show, and use no
    edge; cli opens the desk by one command."""
    me = part(".".join(path.relative_to(HERE).with_suffix("").parts))
    floor = FLOORS.get(me, EDGE)
    for name in imported(path):
        assert me == "site" or name.split(".")[0] != "pelican", f"{me} imports Pelican"
        if not name.startswith("pipeline."):
            continue
        other = part(name)
        assert me != "files" or other == "errors", f"files imports {other}"
        if other == me or other == "__init__":
            continue
        opens_desk = path.name == "desk.py" and other == "desk"
        shared = {"workflow", "settings", "login", "errors", "rules"}
        assert me not in FACES or other in shared or opens_desk, f"{me} imports {other}"
        above = FLOORS.get(other, EDGE)
        assert above < floor, f"{me} imports {other}"
        assert not (floor == EDGE and other == "settings"), f"the edge {me} reads the settings"


@pytest.mark.parametrize(
    "path", sorted((HERE / "pipeline" / "rules").rglob("*.py")), ids=lambda path: path.name
)
def test_rules_are_pure(path: Path) -> None:
    """Of libraries only those that compute and do nothing else; no clock, no files, no randomness."""
    for name in imported(path):
        root = name.split(".")[0]
        assert root in PURE, name
        assert root != "pipeline" or part(name) == "rules", name
        assert root not in {"os", "pathlib", "random", "secrets", "time", "sqlite3", "socket", "io"}, name
    source = path.read_text()
    assert not any(f"{call}(" in source for call in WALL)
    assert "open(" not in source.replace("download_open(", "")


def test_the_places_of_private_pages_are_named_in_one_module() -> None:
    """Who needs c/<token> or verify/<number> asks rules/places."""
    naming = {
        str(path.relative_to(HERE))
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and re.match("/?(c|verify)/", str(node.value))
    }
    assert naming == set()


def test_every_module_that_shapes_pages_is_in_their_stamps() -> None:
    """Whatever the site imports, and what that imports: a page that one of them changes is made anew."""
    reached: set[Path] = set()
    ahead = list((HERE / "pipeline" / "site").glob("*.py"))
    while ahead:
        path = ahead.pop()
        if path not in reached:
            reached.add(path)
            ahead += [file for name in imported(path) if (file := file_of(name))]
    beside = {HERE / "pipeline" / "errors.py", HERE / "pipeline" / "files.py"}  # they say nothing on a page
    assert reached - set(page_sources(HERE)) == beside


def file_of(name: str) -> Path | None:
    """The file of a module of ours, or of the module that a name is imported from."""
    while name.startswith("pipeline."):
        path = HERE / name.replace(".", "/")
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.is_file():
                return file
        name = name.rpartition(".")[0]
    return None


def test_today_is_read_in_one_place() -> None:
    """No rule, template or edge asks the clock what day it is: only cli, through the settings' time zone."""
    asking = {
        str(path.relative_to(HERE))
        for path in modules()
        if "date.today(" in (source := path.read_text()) or ".now(ZoneInfo" in source
    }
    assert asking == {"pipeline/cli/context.py"}


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help_and_stands_in_the_readme(name: str) -> None:
    """What can be typed is explained, on the spot and in the README."""
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0
    assert "\n\n  " in result.stdout
    assert f"`certs {name}" in (HERE / "README.md").read_text()


def test_the_list_of_commands_fits_a_terminal() -> None:
    """80 columns hold each command and what it does on one line, and nothing is cut."""
    result = CliRunner().invoke(main, ["--help"], terminal_width=80)
    lines = result.stdout.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in lines] == sorted(COMMANDS)
    assert [line for line in lines if line.endswith("...") or len(line) > 80] == []


# A step of the workflow is called what the room that does it calls it.
TWICE = {"render", "render_many"}


def test_a_name_means_one_thing() -> None:
    """No public class or function has the name of another."""
    where: dict[str, list[str]] = {}
    for path in modules():
        for node in ast.parse(path.read_text()).body:
            if (
                isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
                and node.name[0] != "_"
            ):
                where.setdefault(node.name, []).append(str(path.relative_to(HERE)))
    assert {name: places for name, places in where.items() if len(places) > 1 and name not in TWICE} == {}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(HERE)))
def test_a_module_is_read_at_one_sitting(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 350
