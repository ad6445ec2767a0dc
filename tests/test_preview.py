"""What a web host must answer: the same promises kept by our preview and by a real nginx."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import PublishError
from pipeline.preview import serve
from pipeline.rules.headers import headers_for, hosting_files, robots, underscore_headers
from pipeline.site import build
from tests.site_hosts import HOSTS, Host, nginx_host, preview_host
from tests.site_people import PROJECT, People, everyone, number, token


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> People:
    return everyone(tmp_path_factory.mktemp("vault"))


@pytest.fixture(scope="module")
def output(people: People, tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = tmp_path_factory.mktemp("site") / "output"
    build(people.job(PROJECT, built))
    (built / ".secret").write_text("secret")
    return built


@pytest.fixture(scope="module", params=sorted(HOSTS))
def host(
    request: pytest.FixtureRequest, output: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Host]:
    home = tmp_path_factory.mktemp("host")
    with HOSTS[request.param](output, home, "http://localhost:8000") as running:
        yield running


def pdf(people: People, index: int = 1) -> str:
    file = people.pages[token(index)].entries[0].file
    assert file
    return f"/c/{token(index)}/{file.name}"


def test_a_persons_page_and_pdf_are_served_and_closed_to_others(
    host: Host, people: People, output: Path
) -> None:
    """Right bytes and type; in no index, no cache, no referrer, no frame, no sniffing, nothing foreign."""
    for path, kind in ((f"/c/{token(1)}/", "text/html; charset=utf-8"), (pdf(people), "application/pdf")):
        answer = host.ask(path)
        assert (answer.status, answer.headers["content-type"]) == (200, kind)
        file = output / path[1:] / "index.html" if path.endswith("/") else output / path[1:]
        assert answer.body == file.read_bytes()
        for name, value in headers_for(path, secure=False):
            assert answer.headers[name.lower()] == value
        assert answer.headers["cache-control"] == "private, no-store"
        assert "noindex" in answer.headers["x-robots-tag"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/activities/", "/privacy/", "/theme/site.css", "/robots.txt"])
def test_public_pages_have_their_headers(host: Host, path: str) -> None:
    """Public pages may be found and kept, and are as closed to foreign code."""
    answer = host.ask(path)
    assert answer.status == 200
    assert "x-robots-tag" not in answer.headers
    for name, value in headers_for(path, secure=False):
        assert answer.headers[name.lower()] == value


@pytest.mark.parametrize(
    "path",
    [
        "/c/",
        "/verify/",
        "/theme/",
        "/nothing",
        "/nothing/at/all/",
        f"/c/{'a' * 39}/",
        "/.secret",
        "/_headers",
        "/../pelicanconf.py",
        "/%2e%2e/pelicanconf.py",
        "/c/..%2f..%2fvault",
        "/c/%00",
        "//example.org/",
        "/404.html",
    ],
)
def test_no_listing_and_nothing_but_the_site(host: Host, people: People, output: Path, path: str) -> None:
    """Folders are not listed, hidden files and ways out lead to an answer without content; no token leaks."""
    answer = host.ask(path)
    assert answer.status in (400, 403, 404), answer.body
    assert not [which for which in people.pages if which.encode() in answer.body]
    if answer.status != 400:
        assert answer.body == (output / "404.html").read_bytes()
        assert answer.headers["cache-control"] == "private, no-store"
        assert "noindex" in answer.headers["x-robots-tag"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_only_get_and_head(host: Host, method: str) -> None:
    """Any other method is refused; HEAD has the headers of GET and no body."""
    assert host.ask(f"/c/{token(1)}/", method).status == 405
    head, get = host.ask(f"/c/{token(1)}/", "HEAD"), host.ask(f"/c/{token(1)}/")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


def test_a_path_without_its_slash_leads_to_the_page(host: Host) -> None:
    """A mail program that cuts the last slash off does no harm."""
    answer = host.ask(f"/c/{token(1)}")
    assert answer.status == 301
    assert answer.headers["location"].endswith(f"/c/{token(1)}/")


def test_fifty_prefetches_change_nothing(host: Host, people: People, output: Path) -> None:
    """COMPLAINTS 12: scanners that open the link do not consume it."""
    before = {str(path): path.stat().st_mtime_ns for path in output.rglob("*")}
    answers = {host.ask(pdf(people)).body for _ in range(50)}
    assert answers == {(output / pdf(people)[1:]).read_bytes()}
    assert {str(path): path.stat().st_mtime_ns for path in output.rglob("*")} == before


def test_no_token_reaches_a_log(host: Host, people: People, capfd: pytest.CaptureFixture[str]) -> None:
    """COMPLAINTS 13: neither page, PDF nor a missing file below c/ leaves its path anywhere."""
    for path in (
        f"/c/{token(1)}/",
        pdf(people),
        f"/c/{token(1)}/gone.pdf",
        f"/c/{token(1)}",
        f"/verify/{number(1)}/",
    ):
        host.ask(path)
    host.ask(f"/c/{token(1)}/", "POST")
    said = "".join(capfd.readouterr())
    said += "".join(
        path.read_text() for path in host.logs.rglob("*.log") if stat.S_ISREG(path.stat().st_mode)
    )
    assert token(1) not in said
    assert number(1) not in said


@pytest.mark.parametrize("start", [preview_host, nginx_host], ids=["preview", "nginx"])
def test_a_site_below_a_prefix(start: object, people: People, tmp_path: Path) -> None:
    """SITE_URL may have a path: pages, headers and the 404 page stand below it."""
    url = "http://localhost:8000/certs"
    built = tmp_path / "root" / "certs"
    build(people.job(PROJECT, built, site_url=url))
    root = built if start is preview_host else built.parent
    with start(root, tmp_path / "host", url) as host:  # type: ignore[operator]
        assert host.ask("/certs/").status == 200
        page = host.ask(f"/certs/c/{token(1)}/")
        assert (page.status, page.headers["cache-control"]) == (200, "private, no-store")
        assert host.ask("/certs/x").body == (built / "404.html").read_bytes()
        assert host.ask(f"/c/{token(1)}/").status == 404


def test_https_is_kept_to() -> None:
    """Where the site is https, each host's file says so; a site on http does not."""
    for files in (hosting_files("https://x.example"), {"_headers": underscore_headers("https://x.example")}):
        for name, text in files.items():
            assert "Strict-Transport-Security" in text, name
    assert "Strict-Transport" not in "".join(hosting_files("http://localhost").values())


@pytest.mark.parametrize("name", ["nginx.conf", "apache.conf", "Caddyfile", "_headers"])
def test_every_host_is_told_every_header(name: str) -> None:
    """One structure, each host's words: no header of a page below c/ is missing in any of them."""
    url = "https://x.example"
    text = {**hosting_files(url), "_headers": underscore_headers(url)}[name]
    for header, value in headers_for("/c/x/", secure=True):
        assert header in text
        assert value in text


def test_robots_name_the_folders_alone() -> None:
    """robots.txt keeps crawlers out, below the site's own prefix."""
    assert robots("https://x.example/certs") == (
        "User-agent: *\nDisallow: /certs/c/\nDisallow: /certs/verify/\n"
    )


def test_preview_says_what_it_lacks(output: Path, tmp_path: Path) -> None:
    """No site, or a port that is taken: one sentence and what to do."""
    with pytest.raises(PublishError, match="no site"):
        serve(tmp_path, 0)
    taken = serve(output, 0)
    with pytest.raises(PublishError, match="Port"):
        serve(output, taken.server_address[1])
    taken.server_close()


def test_preview_is_on_loopback_alone(output: Path) -> None:
    """Nobody but this machine reaches the preview."""
    server = serve(output, 0)
    assert server.server_address[0] == "127.0.0.1"
    server.server_close()
