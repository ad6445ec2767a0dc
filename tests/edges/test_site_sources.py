"""What a build takes from content/ and the theme: files that lie there, and nothing through them."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import SiteError
from pipeline.site import build
from tests.support.site_people import PNG, People, everyone, project

SECRET = "a private thing"


@pytest.fixture
def people(tmp_path: Path) -> People:
    return everyone(tmp_path / "vault")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project, with private data beside its public folders."""
    root = project(tmp_path / "project")
    (root / "var" / "vault").mkdir(parents=True)
    (root / "content" / "images").mkdir()
    for name in ("claims.md", "photo.png", "vault/a.pdf"):
        (root / "var" / name).write_text(f"Title: {SECRET}\n\n{SECRET}")
    return root


def refused(people: People, root: Path, words: str, **inputs: object) -> None:
    """One sentence that names the file, and output/ is as it was."""
    output = root / "output"
    before = list(output.rglob("*"))
    with pytest.raises(SiteError, match=words) as raised:
        build(replace(people.inputs(root, output), **inputs))  # type: ignore[arg-type]
    assert raised.value.hint
    assert list(output.rglob("*")) == before


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("content/images/data", "var"),
        ("content/images/deeper/down/data", "var/vault"),
        ("content/images/photo.png", "var/photo.png"),
        ("content/pages/claims.md", "var/claims.md"),
        ("content/pages/more", "var"),
        ("content/images/gone.png", "nowhere"),
        ("theme/static/data", "var"),
        ("theme/static/a.css", "var/claims.md"),
        ("theme/templates/claims.html", "var/claims.md"),
    ],
)
def test_no_link_is_followed(people: People, root: Path, link: str, target: str) -> None:
    """Of a folder or of a file, at the top or further down, relative or not: it is named."""
    place = root / link
    place.parent.mkdir(parents=True, exist_ok=True)
    for way in (root / target, os.path.relpath(root / target, place.parent)):
        place.symlink_to(way)
        refused(people, root, f"^{link} is a link")
        place.unlink()
    build(people.inputs(root, root / "output"))


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("content/images/b.tar", b"ustar", "of no kind that is shown"),
        ("content/images/ledger", b"SQLite format 3", "of no kind that is shown"),
        ("content/images/x/ledger.png", b"SQLite format 3", "not what its name says"),
        ("content/images/x.svg", b"<svg onload='x()'/>", "scripts"),
        ("content/images/evil.html", b"<p>", "of no kind that is shown"),
        ("theme/static/ledger.sqlite3", b"SQLite format 3", "of no kind that is shown"),
        ("theme/static/x.js", b"\x00", "not what its name says"),
    ],
)
def test_what_is_no_picture_is_not_shown(
    people: People, root: Path, name: str, data: bytes, words: str
) -> None:
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_bytes(data)
    refused(people, root, f"^{name} .*{words}")


def test_a_certificate_is_no_picture_of_the_colleges(people: People, root: Path) -> None:
    """A copy of an issued PDF, or a hard link to it, which is the same file, is told by its bytes."""
    pdf = b"%PDF-1.7 of somebody"
    (root / "content/images/a.pdf").write_bytes(pdf)
    refused(people, root, "a.pdf is somebody", is_issued={hashlib.sha256(pdf).hexdigest()}.__contains__)
    build(people.inputs(root, root / "output"))
    assert (root / "output/images/a.pdf").read_bytes() == pdf


@pytest.mark.parametrize(
    "line",
    [
        'STATIC_PATHS = ["images", "../var"]',
        'STATIC_PATHS = ["images/../../var"]',
        'STATIC_PATHS = ["{var}"]',
        'PAGE_PATHS = ["pages", "activities", "../var"]',
        'ARTICLE_PATHS = ["../var"]',
    ],
)
def test_no_setting_names_a_folder_elsewhere(people: People, root: Path, line: str) -> None:
    with (root / "pelicanconf.py").open("a") as conf:
        conf.write(f"\n{line.replace('{var}', str(root / 'var'))}\n")
    refused(people, root, "which is not in content/")


def test_no_setting_brings_private_data_into_the_site(people: People, root: Path) -> None:
    """Settings of Pelican's that copy, or read templates, from anywhere do nothing here."""
    with (root / "pelicanconf.py").open("a") as conf:
        conf.write(
            f"""
TEMPLATE_PAGES = {{"../var/claims.md": "claims.html"}}
THEME_TEMPLATES_OVERRIDES = [{str(root / "var")!r}]
THEME_STATIC_PATHS = [{str(root / "var")!r}]
OUTPUT_SOURCES = True
STATIC_CREATE_LINKS = True
THEME = "var"
PATH = "var"
"""
        )
    build(people.inputs(root, root / "output"))
    found = [path for path in (root / "output").rglob("*") if path.is_file()]
    assert [path for path in found if SECRET.encode() in path.read_bytes() or path.suffix == ".text"] == []


def test_a_page_links_to_nothing_outside(people: People, root: Path) -> None:
    page = root / "content/pages/privacy.md"
    page.write_text("Title: P\nSlug: privacy\n\n[x]({static}../../var/vault/a.pdf)")
    refused(people, root, "vault/a.pdf, which is not in content/")


def test_a_picture_may_stand_beside_its_page(people: People, root: Path) -> None:
    """{attach} moves it there, and a name that is taken is an error."""
    (root / "content/images/photo.png").write_bytes(PNG)
    page = root / "content/pages/privacy.md"
    page.write_text("Title: P\nSlug: privacy\n\n![x]({attach}../images/photo.png)")
    for _ in range(2):
        build(people.inputs(root, root / "output"))
        assert (root / "output/privacy/photo.png").read_bytes() == PNG
        assert not (root / "output/images").exists()


def test_a_picture_takes_nobodys_place(people: People, root: Path) -> None:
    (root / "content/images/photo.png").write_bytes(PNG)
    for place in ("c/x/photo.png", "index.html"):
        with (root / "pelicanconf.py").open("a") as conf:
            conf.write(f'\nEXTRA_PATH_METADATA["images/photo.png"] = {{"path": "{place}"}}\n')
        with pytest.raises(SiteError, match=place):
            build(people.inputs(root, root / "output"))
