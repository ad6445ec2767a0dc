"""The staff's own command for caches: told by its standard input, and no secret in what is said of it."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from pipeline.errors import PublishError
from pipeline.publish import purge_copies
from tests.support.site_people import token

pytestmark = pytest.mark.starts
ADDRESS = f"https://x.example/c/{token(1)}/"


@pytest.mark.parametrize(
    ("does", "why"),
    [
        (
            'read line; echo "cannot purge $line." >&2; exit 3',
            "status 3 (cannot purge https://x.example/c/…).",
        ),
        (
            "read line; echo \"$line\" | sed 's#/#%2F#g' >&2; exit 1",
            "status 1 (https:%2F%2Fx.example%2Fc%2F…",
        ),
        ("cat >&2; printf '\\377\\n' >&2; exit 1", "status 1 (\N{REPLACEMENT CHARACTER})."),
        ("cat; exit 1", "status 1."),
        ("exec sleep 9", "it took longer than"),
        ("kill -9 $$", "status -9."),
    ],
)
def test_a_failure_is_told_without_an_address(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    does: str,
    why: str,
) -> None:
    """Not in the words, the traceback or what reaches the terminal; also of one that reads nothing."""
    monkeypatch.setattr("pipeline.publish.purge.LONGEST", 1)
    script = tmp_path / "purge"
    script.write_text(f"#!/bin/sh\n{does}\n")
    script.chmod(0o755)
    with pytest.raises(PublishError) as failed:
        purge_copies([str(script)], [ADDRESS] * 10_000)
    assert why in failed.value.message
    told = "".join(traceback.format_exception(failed.value)) + failed.value.hint + "".join(capfd.readouterr())
    assert token(1) not in told


@pytest.mark.parametrize("name", ["missing", "."])
def test_a_command_that_cannot_be_run(tmp_path: Path, name: str) -> None:
    with pytest.raises(PublishError, match=r"PUBLISH_PURGE did not do its work: (No such|Permission)"):
        purge_copies([str(tmp_path / name)], [ADDRESS])
