"""What a network before a bucket must add, and what the bucket keeps, are together what every host sends."""

from __future__ import annotations

import pytest

from pipeline.rules.web.front import front_headers
from pipeline.rules.web.headers import headers_for
from pipeline.rules.web.objects import object_headers


@pytest.mark.parametrize("site_url", ["https://x.example", "https://x.example/certs"])
@pytest.mark.parametrize(
    "path", ["c/abc/index.html", "c/abc/one.pdf", "404.html", "theme/site.css", "index.html"]
)
def test_no_header_is_lacking(site_url: str, path: str) -> None:
    kept = object_headers(path)
    for name, value in headers_for(f"/{path}", site_url):
        wanted = value.partition("; connect-src")[0]  # which is not worth a rule of a console
        assert kept.get(name) == value or f"  {name}: {wanted}\n" in front_headers(site_url), name


def test_paths_have_the_sites_own() -> None:
    said = front_headers("https://x.example/certs")
    assert "/certs/c/*, /certs/verify/*, /certs/404.html\n  X-Robots-Tag" in said
    assert "/certs/*.pdf\n  Content-Security-Policy: frame-ancestors 'none'\n\n" in said


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a/one.JPG", "image/jpeg"),
        ("robots.txt", "text/plain; charset=utf-8"),
        ("theme/font.woff2", "font/woff2"),
        ("without", "application/octet-stream"),
    ],
)
def test_types(path: str, kind: str) -> None:
    assert object_headers(path)["Content-Type"] == kind
