"""What the documents say can be opened: every path they name is there."""

from __future__ import annotations

import re

import pytest

from pipeline.rules import stops
from pipeline.rules.certificates import activities
from pipeline.rules.claims import columns
from pipeline.settings import NAMES
from tests.support.college import HERE

DOCUMENTS = sorted(
    path.relative_to(HERE).as_posix()
    for path in (*HERE.glob("*.md"), *(HERE / "docs").rglob("*.md"), *(HERE / "pipeline").rglob("*.md"))
)
NAMED = re.compile(r"`((?:pipeline|tests|theme|content|docs|\.ci)/[\w./-]*)`")
LINKED = re.compile(r"\]\((?!https?:|#)([^)#\s]+)[^)]*\)")
MADE = re.compile(r"NAME|NNN|<")  # stands for a name that the reader chooses


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_path_a_document_names_is_there(name: str) -> None:
    """A file that is moved takes along the documents that point to it."""
    path = HERE / name
    text = path.read_text(encoding="utf-8")
    named = {HERE / one for one in NAMED.findall(text) if not MADE.search(one)}
    linked = {path.parent / one.replace("\\", "") for one in LINKED.findall(text)}
    assert sorted(str(one) for one in named | linked if not one.exists()) == []


def test_every_decision_is_listed() -> None:
    folder = HERE / "docs" / "decisions"
    listed = LINKED.findall((folder / "README.md").read_text(encoding="utf-8"))
    assert sorted(listed) == sorted(path.name for path in folder.glob("[0-9]*.md"))


@pytest.mark.parametrize(
    ("document", "names"),
    [
        ("docs/staff.md", NAMES),
        ("docs/staff.md", stops.NAMES),
        ("docs/staff.md", activities.FIELDS),
        ("docs/exports.md", sorted(columns.FIXED)),
    ],
    ids=["settings", "stops", "fields", "columns"],
)
def test_staff_find_every_name_explained(document: str, names: list[str]) -> None:
    """A setting, a stop, a field or a column that is new is told of where staff look for it."""
    tables = [line for line in (HERE / document).read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    said = set(re.findall(r"`([\w-]+)", "\n".join(tables)))
    assert sorted({*names} - said) == []
