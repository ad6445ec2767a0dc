"""Servers that the tests start for themselves: where they are, and a port of loopback for them."""

from __future__ import annotations

import os
import shutil
import socket

import pytest


def program(name: str, package: str) -> str:
    """The path of a server's program. Where it is missing the test is skipped; in CI that is a failure."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None and os.environ.get("CI"):
        pytest.fail(f"{package} is missing: .ci/setup test installs it")
    if found is None:
        pytest.skip(f"needs {package}: .ci/setup test installs it")
    return found


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
