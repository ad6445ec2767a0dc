"""What the site shows as it is: pictures and PDFs, known by their first bytes as by their names."""

from __future__ import annotations

import pytest

from pipeline.rules.web.statics import OF_THEME, fault_of_static

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}</svg>'
PNG = b"\x89PNG\r\n\x1a\nxx"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("photo.png", PNG),
        ("PHOTO.JPG", b"\xff\xd8\xff\xe0"),
        ("photo.jpeg", b"\xff\xd8\xff\xe1"),
        ("a.gif", b"GIF89a"),
        ("a.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 "),
        ("a.avif", b"\x00\x00\x00\x1cftypavif\x00\x00"),
        ("favicon.ico", b"\x00\x00\x01\x00\x01"),
        ("programme.2026.pdf", b"%PDF-1.7"),
        ("a.svg", SVG.format('<a xlink:href="https://x.example"><path d="M0 0"/></a>').encode()),
        ("a.svg", b'<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x">' + SVG.encode()),
    ],
)
def test_pictures_and_pdfs_are_shown(name: str, data: bytes) -> None:
    assert fault_of_static(name, data) is None


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("b.tar", b"ustar", "no kind"),
        ("claims.html", b"<p>", "no kind"),
        ("png", PNG, "no kind"),
        ("ledger.png", b"SQLite format 3\x00", "not what its name says"),
        ("vault.jpg", PNG, "not what its name says"),
        ("mail.pdf", b"From: x", "not what its name says"),
        ("empty.gif", b"", "not what its name says"),
        ("x.svg", SVG.format("<script>alert(1)</script>").encode(), "scripts"),
        ("x.svg", SVG.format('<g onload="alert(1)"/>').encode(), "scripts"),
        ("x.svg", SVG.format('<a xlink:href=" JavaScript:alert(1)"/>').encode(), "scripts"),
        ("x.svg", SVG.format("<foreignObject/>").encode(), "scripts"),
        ("x.svg", SVG.format('<set attributeName="href" to="javascript:x"/>').encode(), "scripts"),
        ("x.svg", b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG.encode(), "scripts"),
        ("x.svg", b"<html/>", "scripts"),
        ("x.svg", b"<svg", "scripts"),
        ("site.css", b"a {}", "no kind"),
    ],
)
def test_anything_else_is_not(name: str, data: bytes, words: str) -> None:
    assert words in str(fault_of_static(name, data))


def test_a_theme_is_made_of_more() -> None:
    assert fault_of_static("site.css", b"a {}", OF_THEME) is None
    assert fault_of_static("font.woff2", b"wOF2..", OF_THEME) is None
    assert fault_of_static("site.js", b"\x00\x01", OF_THEME) == "is not what its name says"
