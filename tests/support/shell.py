"""The command line as staff and scripts use it: in process on any day, or as a program of its own."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pipeline.cli import main
from tests.support.college import HERE, TODAY, College

Env = Mapping[str, str]
NO_ENV: Env = MappingProxyType({})
COUNTS = [
    *("rows", "issued", "corrected", "replaced", "withheld", "unchanged"),
    *("set_aside", "expired", "purged"),
]
FATES = ["queued", "sent", "deferred", "failed", "unknown"]
KINDS = ["participation", "cme", "cme-abim", "cme-abp", "cme-abim-abp"]


class Shell:
    """A prompt in a college's folder."""

    def __init__(self, college: College, patch: pytest.MonkeyPatch) -> None:
        self.college, self._patch = college, patch
        patch.chdir(college.root)

    def __call__(
        self, *words: object, today: dt.date = TODAY, status: int | None = 0, env: Env = NO_ENV
    ) -> Result:
        """`certs WORDS` on that day, where nobody can be asked; its exit status must be `status`."""
        clock = SimpleNamespace(now=lambda zone: dt.datetime.combine(today, dt.time(9, 30), zone))
        self._patch.setattr("pipeline.cli.context.dt", SimpleNamespace(datetime=clock))
        result = CliRunner().invoke(
            main, [str(word) for word in words], env={**self.college.environment, **env}, prog_name="certs"
        )
        assert status is None or result.exit_code == status, result.output
        return result

    def json(self, *words: object, today: dt.date = TODAY, status: int = 0, env: Env = NO_ENV) -> Any:
        """What the command prints with --json: stdout holds that alone."""
        return json.loads(self(*words, "--json", today=today, status=status, env=env).stdout)

    def refused(
        self,
        *words: object,
        today: dt.date = TODAY,
        status: int = 1,
        env: Env = NO_ENV,
        planned: bool = False,
    ) -> str:
        """One sentence and one hint on stderr, nothing on stdout, but the plan where it was shown; the
        sentence."""
        result = self(*words, today=today, status=status, env=env)
        said = [line for line in result.stderr.splitlines() if line.startswith(("certs: ", "  "))]
        if planned:
            said = said[-2:]
        assert len(said) == 2, result.stderr
        assert said[0].startswith("certs: ")
        assert said[0].endswith((".", "?"))
        assert said[1].startswith("  ")
        assert planned or result.stdout == ""
        return said[0].removeprefix("certs: ")


def digest(folder: Path) -> dict[str, str]:
    """Every path below a folder with what it is and holds: equal when nothing at all was changed, but for the
    review, which every plan writes anew."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.name == "review" or path.parent.name == "review" or [*path.glob("*")] == [path / "review"]:
            continue
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = f"link to {path.readlink()}"
        elif path.is_dir():
            found[name] = "folder"
        else:
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def environment(college: College, **more: str) -> dict[str, str]:
    """For a process of its own."""
    return {**os.environ, **college.environment, "PYTHONPATH": str(HERE), **more}


def program(college: College, *words: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """`python -m pipeline WORDS` without a terminal. `options` as of `command`; the others are settings."""
    chosen = {name: options.pop(name) for name in ("today", "before") if name in options}
    return subprocess.run(
        command(*words, **chosen),
        cwd=college.root,
        env=environment(college, **options),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def command(*words: object, today: dt.date | None = TODAY, before: str = "") -> list[str]:
    """The argument list of that process. `today`: its day, None for the real one; `before`: Python that it
    runs first."""
    if today is not None:
        before += f"""
import datetime as dt, types, pipeline.cli.context
now = lambda zone: dt.datetime.combine(dt.date.fromisoformat("{today}"), dt.time(9, 30), zone)
pipeline.cli.context.dt = types.SimpleNamespace(datetime=types.SimpleNamespace(now=now))
"""
    module = ["-m", "pipeline"]
    if before:
        module = ["-c", before + "import runpy\nrunpy.run_module('pipeline', run_name='__main__')"]
    return [sys.executable, *module, *(str(word) for word in words)]
