"""Programs that the tests start for themselves: where they are, and a port of loopback for them."""

from __future__ import annotations

import os
import shutil
import socket

import pytest


def program(*names: str) -> str:
    """The path of the first of `names` that is here. Without any the test is skipped; in CI it fails."""
    here = [place for place in os.environ.get("PATH", "").split(":") if not place.startswith("/snap/")]
    path = ":".join([*here, "/usr/sbin", "/usr/local/sbin"])  # a snap has a /tmp of its own, so no snaps
    for name in names:
        if found := shutil.which(name, path=path):
            return found
    missing = f"needs {names[0]}, which is not here: .ci/setup test installs it where it can"
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
