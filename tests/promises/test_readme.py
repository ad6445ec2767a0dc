"""The first meeting in README: each command is run as it stands there, and prints what stands there."""

from __future__ import annotations

import datetime as dt
import re
import shlex
from dataclasses import dataclass, field
from types import SimpleNamespace

import click
import pytest

from tests.commands.test_bounces import report
from tests.support.college import HERE
from tests.support.shell import Shell

DAY = dt.date(2026, 5, 18)
NUMBER = re.compile(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}\b")  # of a certificate: drawn at random


@dataclass
class Entry:
    """What stands below one `$ ` of a terminal's block; a line `...` is any number of lines."""

    command: str
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)


def entries() -> list[Entry]:
    """Every command in README's terminals, with what stands under it."""
    found: list[Entry] = []
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    for block in re.findall(r"^```console\n(.*?)^```", readme, re.DOTALL | re.MULTILINE):
        for line in block.replace(" \\\n", " ").splitlines():
            if line.startswith("$ "):
                found.append(Entry(" ".join(line[2:].split())))
            else:
                found[-1].lines.append(line)
    return found


@dataclass
class Person:
    """Somebody at a terminal, whose answer is seen where it is typed."""

    answer: str

    def isatty(self) -> bool:
        return True

    def readline(self) -> str:
        click.echo(self.answer, err=True)
        return f"{self.answer}\n"


def pattern(text: str) -> str:
    """What stands in README as a regular expression, whatever numbers the certificates have."""
    parts = re.split(r"^\.\.\.\n", NUMBER.sub("NUMBER", text), flags=re.MULTILINE)
    return "(?:.*\n)*?".join(map(re.escape, parts))


def test_the_first_meeting_goes_as_readme_says(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    college = shell.college
    for path in (college.root / "content" / "activities").iterdir():
        path.unlink()
    college.environment["SIGNATORY_NAME"] = "Dr. Made Up"
    monkeypatch.setenv("COLUMNS", "120")
    ran = []
    for entry in entries():
        name, *words = shlex.split(entry.command)
        if name == "cat":
            (college.root / words[0]).write_text(entry.text, encoding="utf-8")
            continue
        if words[0] == "bounces":
            (college.root / words[1]).mkdir()
            mail = report(college, "ben.ito@example.org", "ben.ito@example.org")
            (college.root / words[1] / "1.eml").write_bytes(mail)
        answer = re.search(r"mail later: (\w)$", entry.text, re.MULTILINE)
        person = Person(answer[1] if answer else "n")
        monkeypatch.setattr("pipeline.cli.run.sys", SimpleNamespace(stdin=person))
        result = shell(*words, today=DAY, status=None)
        printed = "".join(f"{line.rstrip()}\n" for line in result.output.splitlines())
        assert re.fullmatch(pattern(entry.text), NUMBER.sub("NUMBER", printed).rstrip("\n") + "\n"), (
            f"$ {entry.command}\n{printed}\nis not what README has:\n{entry.text}"
        )
        ran.append(words[0])
    assert ran[:2] == ["activities", "check"]
    assert {"run", "find", "bounces", "correct"} <= {*ran}
