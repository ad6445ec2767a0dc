"""What a web host must answer: one list of promises for our preview and the real nginx, Apache and Caddy."""

from __future__ import annotations

import datetime as dt
import gzip
import re
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import PublishError
from pipeline.preview import serve
from pipeline.publish import look_at_web
from pipeline.rules.checks.check import CheckResult
from pipeline.rules.checks.web import judge_web
from pipeline.rules.places import FOLDERS
from pipeline.rules.web.headers import headers_for, hosting_files, robots, underscore_headers
from pipeline.site import build
from pipeline.workflow.doctor import HIDDEN
from tests.support.site_hosts import HOSTS, Answer, Host, apache_host, caddy_host
from tests.support.site_people import PROJECT, SITE_URL, People, number, token

pytestmark = pytest.mark.starts


@pytest.fixture(scope="module", params=sorted(HOSTS))
def host(
    request: pytest.FixtureRequest, output: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Host]:
    home = tmp_path_factory.mktemp("host")
    with HOSTS[request.param](output, home, SITE_URL) as running:
        yield running


def pdf(people: People, index: int = 1) -> str:
    file = people.pages[token(index)].entries[0].file
    assert file
    return f"/c/{token(index)}/{file.name}"


def has_headers(host: Host, answer: Answer, path: str) -> None:
    """Every header of `path`, once and as written; none of those that only other paths have."""
    expected = {name.lower(): value for name, value in headers_for(path, host.address)}
    for name in (*expected, "x-robots-tag", "strict-transport-security"):
        assert answer.headers.get(name) == expected.get(name), name


SERVED = {
    "start": ("/", "text/html; charset=utf-8"),
    "activities": ("/activities/", "text/html; charset=utf-8"),
    "privacy": ("/privacy/", "text/html; charset=utf-8"),
    "style": ("/theme/site.css", "text/css; charset=utf-8"),
    "script": ("/theme/verify.js", "text/javascript; charset=utf-8"),
    "keys": ("/.well-known/certificate-keys.json", "application/json"),
    "keys for our pages": ("/seals/keys.js", "text/javascript; charset=utf-8"),
    "icon": ("/theme/icon.svg", "image/svg+xml"),
    "robots": ("/robots.txt", "text/plain; charset=utf-8"),
    "standing": ("/.well-known/certificate-standing.jws", "application/jose"),
    "page": ("/c/{token}/", "text/html; charset=utf-8"),
    "pdf": ("{pdf}", "application/pdf"),
    "verification": ("/verify/{number}/", "text/html; charset=utf-8"),
    "check of a PDF": ("/verify/", "text/html; charset=utf-8"),
}


@pytest.mark.parametrize("what", SERVED)
def test_what_is_served(host: Host, people: People, output: Path, what: str) -> None:
    """Right bytes, type and headers; HEAD has the headers of GET and no body."""
    pattern, kind = SERVED[what]
    path = pattern.format(token=token(1), number=number(1), pdf=pdf(people))
    file = output / path[1:] / "index.html" if path.endswith("/") else output / path[1:]
    get, head = host.ask(path), host.ask(path, "HEAD")
    assert (get.status, get.headers["content-type"]) == (200, kind)
    assert get.body == file.read_bytes()
    has_headers(host, get, path)
    assert (head.status, head.body) == (200, b"")
    has_headers(host, head, path)
    assert head.headers["content-length"] == get.headers["content-length"]


@pytest.mark.parametrize("what", ["page", "pdf", "verification"])
def test_private_headers_are_what_they_should_be(host: Host, people: People, what: str) -> None:
    """In no index, no cache, no referrer, no frame, no sniffing, nothing foreign: as literals, once."""
    path = SERVED[what][0].format(token=token(1), number=number(1), pdf=pdf(people))
    answer = host.ask(path).headers
    assert answer["cache-control"] == "private, no-store"
    assert "noindex" in answer["x-robots-tag"]
    assert answer["referrer-policy"] == "no-referrer"
    assert answer["x-content-type-options"] == "nosniff"
    policy = answer["content-security-policy"]
    if what == "pdf":  # a browser's own viewer is under its policy, and Safari's then shows nothing
        assert policy == "frame-ancestors 'none'"
    else:
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "connect-src" not in policy  # so the first holds: nothing at all


def test_what_may_be_in_an_index_may_ask_for_robots_txt(host: Host) -> None:
    """And for nothing else; at the root of the host, where it lies for crawlers."""
    for path in ("/", "/activities/", "/privacy/"):
        policy = host.ask(path).headers["content-security-policy"]
        assert policy.endswith(f"; connect-src {host.address}/robots.txt")
        assert policy.startswith("default-src 'none'; ")


def test_certs_doctor_finds_no_fault_with_it(
    host: Host, people: People, request: pytest.FixtureRequest
) -> None:
    """What `certs hosting` prints is what it asks for; the preview, for this machine alone, packs nothing and
    sends a file whole."""
    visit = look_at_web(host.url, f"c/{token(1)}", pdf(people)[1:], FOLDERS, HIDDEN)
    wanted, of_pdf = (headers_for(f"/c/x{name}", SITE_URL) for name in ("/", ".pdf"))
    checks = judge_web(visit, wanted, of_pdf, dt.datetime.now(dt.UTC))
    faults = [check.name for check in checks if check.result is CheckResult.FAULT]
    assert faults == (["web-ranges", "web-compression"] if "preview" in request.node.name else [])


@pytest.mark.parametrize("accepts", ["identity", "gzip, br, zstd"])
def test_a_part_of_a_pdf_can_be_had(
    host: Host, people: People, output: Path, request: pytest.FixtureRequest, accepts: str
) -> None:
    """The proof of a publish asks for the end; a browser may, too. The preview sends it whole."""
    whole, path = (output / pdf(people)[1:]).read_bytes(), pdf(people)
    answer = host.ask(path, fields={"Range": f"bytes={len(whole) - 9}-", "Accept-Encoding": accepts})
    has_headers(host, answer, path)
    assert "content-encoding" not in answer.headers
    if answer.status == 206:
        assert answer.body == whole[-9:]
        assert answer.headers["content-range"] == f"bytes {len(whole) - 9}-{len(whole) - 1}/{len(whole)}"
    else:
        assert "preview" in request.node.name
        assert (answer.status, answer.body) == (200, whole)


@pytest.mark.parametrize("path", ["/", "/c/{token}/", "/verify/{number}/"])
def test_pages_are_packed(host: Host, output: Path, request: pytest.FixtureRequest, path: str) -> None:
    path = path.format(token=token(1), number=number(1))
    answer = host.ask(path, fields={"Accept-Encoding": "gzip"})
    whole = (output / path[1:] / "index.html").read_bytes()
    if "preview" not in request.node.name:
        assert answer.headers["content-encoding"] == "gzip"
        assert len(answer.body) < len(whole) / 2
        answer = replace(answer, body=gzip.decompress(answer.body))
    assert answer.body == whole


MISSING = f"""
/c/ /theme/ /nothing /nothing/at/all/ /c/{"a" * 39}/ /c/{"a" * 39} /c/{token(1)}/gone.pdf
/c/{token(1)}/index.html/more /verify/{number(1)}/gone /.secret /.git/config /c/.secret
/c/{token(1)}/.htaccess /_headers /404.html
"""


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", MISSING.split())
def test_what_is_not_there(host: Host, output: Path, path: str, method: str) -> None:
    """Folders are not listed, hidden files not told from missing ones: 404, and the page that explains it."""
    answer = host.ask(path, method)
    assert answer.status == 404
    has_headers(host, answer, "/404.html")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.body == ((output / "404.html").read_bytes() if method == "GET" else b"")


WAYS_OUT = f"""
/../pelicanconf.py /%2e%2e/pelicanconf.py /c/..%2f..%2fvault /c/..%5c..%5cvault /c/%00 /c/{token(1)}/%00
//example.org/ /c/{"a" * 300}/ /{"a" * 5000}
"""


@pytest.mark.parametrize("path", WAYS_OUT.split())
def test_no_way_out(host: Host, people: People, output: Path, path: str) -> None:
    """Ways out and what no file can be called are refused, without content and without an error of ours."""
    answer = host.ask(path)
    assert answer.status in (400, 403, 404, 414)
    assert not [which for which in people.pages if which.encode() in answer.body]
    if answer.status in (403, 404):
        assert answer.body == (output / "404.html").read_bytes()
        has_headers(host, answer, "/404.html")


@pytest.mark.parametrize("path", ["/", "/c/{token}/", "/c/{token}", "/verify/{number}/", "/nothing"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_only_get_and_head(host: Host, method: str, path: str) -> None:
    """Any other method is refused, and changes nothing."""
    path = path.format(token=token(1), number=number(1))
    answer = host.ask(path, method)
    assert answer.status == 405
    assert b"person" not in answer.body
    if method != "TRACE" and path.startswith("/c/"):  # some refuse TRACE before they know of any path
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("name", ["", "foreign.example"])
@pytest.mark.parametrize(("method", "path"), [("GET", "/c/{token}"), ("HEAD", "/verify/{number}")])
def test_a_path_without_its_slash_leads_to_the_page(host: Host, method: str, path: str, name: str) -> None:
    """A mail program that cuts the last slash off does no harm: the redirect is as private as the page, and
    leads to this site, whatever name the client calls it by and whatever stands before it."""
    path = path.format(token=token(1), number=number(1))
    answer = host.ask(path, method, name)
    assert answer.status in (301, 308)
    assert answer.headers["location"] in (f"{path}/", f"{SITE_URL}{path}/")
    assert b"foreign" not in answer.body
    has_headers(host, answer, f"{path}/")


def test_fifty_prefetches_change_nothing(host: Host, people: People, output: Path) -> None:
    """Scanners that open the link do not consume it."""
    before = {str(path): path.stat().st_mtime_ns for path in output.rglob("*")}
    answers = {host.ask(pdf(people)).body for _ in range(50)}
    assert answers == {(output / pdf(people)[1:]).read_bytes()}
    assert {str(path): path.stat().st_mtime_ns for path in output.rglob("*")} == before


def ask_for_secrets(host: Host, people: People) -> None:
    """Private paths in every way that a server may find worth a line."""
    page, verification = f"/c/{token(1)}", f"/verify/{number(1)}"
    for path in f"""
        {page}/ {page} {pdf(people)} {page}/gone.pdf {page}/index.html/more {page}/.hidden {page}/%00
        {page}/{"a" * 300} {page.upper()}/ /C/{token(1)}/ //c//{token(1)} /%63/{token(1)}/gone {page}/%zz
        /%63/{token(1)}/%zz {page}/../../../x {page}/%2e%2e/%2e%2e/%2e%2e/x /%63/{token(1)}/../../../x
        //c//{token(1)}/../../../../../x {verification}/ {verification} {verification}/gone
    """.split():
        host.ask(path)
    for method in ("HEAD", "POST", "OPTIONS", "TRACE", "BREW"):
        host.ask(f"{page}/", method)
    large = {"Content-Length": "99999999", "Expect": "100-continue"}
    for fields in (large, {"Expect": "wonders"}, {"Misspelt Field": "x"}):
        for path in (f"{page}/", f"/C/{token(1)}/"):
            host.ask(path, "POST", fields=fields)
    for path in ("/theme/site.css", f"/{'a' * 300}"):
        for private in (f"{page}/", f"/C/{token(1)}/", f"{verification}/"):
            host.ask(path, fields={"Referer": f"{SITE_URL}{private}"})


def logged(host: Host) -> str:
    return "".join(path.read_text() for path in host.logs.rglob("*.log") if stat.S_ISREG(path.stat().st_mode))


def test_no_token_reaches_a_log(host: Host, people: People, capfd: pytest.CaptureFixture[str]) -> None:
    """Neither page, PDF nor a missing file below c/ leaves its path anywhere."""
    ask_for_secrets(host, people)
    said = ("".join(capfd.readouterr()) + logged(host)).casefold()
    assert token(1) not in said
    assert number(1).casefold() not in said


def test_apaches_own_log_without_private_paths(people: People, output: Path, tmp_path: Path) -> None:
    """Who wants a log in Apache adds what our file says to its line: public paths are in it, private not."""
    log = "CustomLog {home}/logs/own.log combined env=public"
    with apache_host(output, tmp_path / "host", SITE_URL, log) as host:
        ask_for_secrets(host, people)
        for path in ("/activities/", "/nothing"):
            host.ask(path)
    said = logged(host).casefold()
    assert '"get /activities/ http/1.1" 200' in said
    assert '"get /nothing http/1.1" 404' in said
    assert token(1) not in said
    assert number(1).casefold() not in said


def test_apaches_log_of_what_is_not_private(output: Path, tmp_path: Path) -> None:
    """A log that was set up with env=!private holds no page's address either, as path or as referrer."""
    page = f"/c/{token(1)}/"
    log = "CustomLog {home}/logs/own.log combined env=!private"
    with apache_host(output, tmp_path / "host", SITE_URL, log) as host:
        for path in (page, page.upper(), f"{page}%zz", "/activities/"):
            host.ask(path)
            host.ask(path, fields={"Referer": f"{SITE_URL}{page}"})
    said = logged(host).casefold()
    assert said.count('"get /activities/ http/1.1" 200') == 1
    assert token(1) not in said


def test_caddys_access_log_without_private_paths(people: People, output: Path, tmp_path: Path) -> None:
    """Caddy logs where its own file says so: public paths are in it, private not."""
    with caddy_host(output, tmp_path / "host", SITE_URL) as host:
        ask_for_secrets(host, people)
        host.ask("/activities/")
    said = logged(host)
    assert '"uri":"/activities/"' in said
    assert token(1) not in said.casefold()
    assert number(1).casefold() not in said.casefold()


@pytest.mark.parametrize("name", sorted(HOSTS))
def test_a_site_below_a_prefix(name: str, people: People, tmp_path: Path) -> None:
    """SITE_URL may have a path: pages, headers and the 404 page stand below it. Where it is https, each
    answer of a web host says that it stays so."""
    at, secure = "/certs+2025", name != "preview"
    url = f"http{'s' if secure else ''}://localhost:8000{at}"
    built = tmp_path / "root" / at[1:]
    build(people.inputs(PROJECT, built, site_url=url))
    root = built if name == "preview" else built.parent
    with HOSTS[name](root, tmp_path / "host", url) as host:
        for path in ("/", "/theme/site.css", f"/c/{token(1)}/", f"/verify/{number(1)}/"):
            answer = host.ask(f"{at}{path}")
            assert answer.status == 200
            has_headers(host, answer, path)
        for path in ("/x", f"/c/{token(1)}/x", "/_headers", "/404.html", "/.x"):
            answer = host.ask(f"{at}{path}")
            assert (answer.status, answer.body) == (404, (built / "404.html").read_bytes())
            has_headers(host, answer, "/404.html")
        for path in ("/", "/activities"):
            answer = host.ask(f"{at}{path}".rstrip("/"))
            wanted = f"{at}{path}".rstrip("/") + "/"
            assert answer.status in (301, 308)
            assert answer.headers["location"] in (wanted, url.removesuffix(at) + wanted)
        answer = host.ask(f"{at}/c/{token(1)}")
        assert answer.headers["location"].endswith(f"{at}/c/{token(1)}/")
        has_headers(host, answer, "/c/")
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
    for header, value in headers_for("/c/x/", url):
        assert header in text
        assert value in text


def test_headers_of_a_file_that_joins_rules(output: Path, people: People) -> None:
    """Whether a host joins the rules of `_headers` that fit a path or takes the narrowest: each page has our
    policy, whatever way it is asked for, and a PDF has its own alone."""
    said: dict[str, list[str]] = {}
    for block in underscore_headers(SITE_URL).split("\n\n")[1:]:
        path, *lines = block.splitlines()
        fits = re.escape(path).replace(r"\*", ".*")
        policies = [line.partition(": ")[2] for line in lines if "Content-Security-Policy" in line]
        said[re.sub(r":[a-z]+", "[^/]+", fits)] = policies

    def policies_of(path: str) -> list[str]:
        return [value for fits, values in said.items() if re.fullmatch(fits, path) for value in values]

    of_pdf, of_page = (
        dict(headers_for(f"/c/x{end}", SITE_URL))["Content-Security-Policy"] for end in (".pdf", "/")
    )
    for page in output.rglob("index.html"):
        path = f"/{page.relative_to(output).as_posix()}"
        for asked in (path, path.removesuffix("index.html")):
            assert policies_of(asked) == [of_pdf, of_page], asked
    assert policies_of("/theme/icon.svg") == [of_pdf, of_page]
    assert policies_of(pdf(people)) == [of_pdf]


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
