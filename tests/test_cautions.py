"""What staff should know of their settings before certificates are issued: one line each, and no more."""

from __future__ import annotations

import pytest

from tests.college import College
from tests.shell import Shell

ANA = "meeting-2025,L1,ana@example.org,Ana Alva,MD,yes,,10,,,yes"
LOCAL = "SITE_URL is {}: links in mails and on new certificates work on this machine only"
NOBODY = "SIGNATORY_NAME is empty: the certificates name nobody who signs them"
SIGNED = {"SIGNATORY_NAME": "Dr. Made Up"}


@pytest.fixture
def shell(quick_college: College, monkeypatch: pytest.MonkeyPatch) -> Shell:
    return Shell(quick_college, monkeypatch)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, [NOBODY]),
        (SIGNED, []),
        ({"SITE_URL": "http://localhost:8000"}, [LOCAL.format("http://localhost:8000"), NOBODY]),
        ({"SITE_URL": "http://127.0.0.1/certs", **SIGNED}, [LOCAL.format("http://127.0.0.1/certs")]),
        ({"SITE_URL": "https://[::1]:8000", **SIGNED}, [LOCAL.format("https://[::1]:8000")]),
        ({"SITE_URL": "https://localhost.example.org", **SIGNED}, []),
    ],
)
def test_said_before_anything_is_issued(shell: Shell, settings: dict[str, str], expected: list[str]) -> None:
    """`certs check` ends with it; `certs run` says it before the certificates are made, and so before the
    question; a run that issues nothing says nothing."""
    claims = shell.college.claims(ANA)
    checked = shell("check", claims, **settings).stdout.splitlines()
    assert [line for line in checked if line.startswith(("SITE_URL", "SIGNATORY"))] == expected
    assert checked[len(checked) - len(expected) :] == expected
    run = shell("run", claims, "--yes", "--workers", 1, "--json", **settings)
    said = run.stderr.splitlines()
    making = said.index("making 2 certificates")
    assert said[making - len(expected) : making] == expected
    assert [line for line in said if line.startswith(("SITE_URL", "SIGNATORY"))] == expected
    again = shell("run", claims, "--yes", "--workers", 1, **settings)
    assert not [line for line in again.output.splitlines() if line.startswith(("SITE_URL", "SIGNATORY"))]
    assert "SIGNATORY" not in shell("check", claims, **settings).output
