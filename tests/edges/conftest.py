"""The site of everyone in tests/support/site_people, built once to be looked at and left as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.site import build
from tests.support.site_people import PROJECT, People, everyone


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> People:
    return everyone(tmp_path_factory.mktemp("vault"))


@pytest.fixture(scope="session")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """output/, and in it a file that no web host may show."""
    home = tmp_path_factory.mktemp("site")
    build(everyone(home / "vault").inputs(PROJECT, home / "output"))
    (home / "output" / ".secret").write_text("secret")
    return home / "output"
