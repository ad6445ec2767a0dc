"""Mails wait for the proof: a new link answers with the very PDF that was issued, a removed one with 404.
Asked of a real nginx that serves what was published, and of servers that misbehave."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pipeline.publish import Link, Proof, prove_gone, prove_live, publish
from pipeline.publish.prove import Patience
from pipeline.rules.web.pages import PageFile
from tests.support.programs import free_port
from tests.support.publish_site import Host, Site, folder_host
from tests.support.site_hosts import nginx_host
from tests.support.site_people import number, token

pytestmark = pytest.mark.starts
ONCE = Patience(waits=())


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "output").start().person(1).person(2).person(3)


@pytest.fixture
def host(tmp_path: Path, site: Site) -> Host:
    """The site published to a folder."""
    made = folder_host(tmp_path)
    publish(site.output, made.target, site.record)
    site.note()
    return made


@pytest.fixture
def address(tmp_path: Path, host: Host) -> Iterator[str]:
    with nginx_host(host.root, tmp_path / "nginx", "http://localhost") as running:
        yield running.url


def live(address: str, site: Site) -> Proof:
    proof = prove_live(address, site.links, patience=Patience(waits=(), timeout=5))
    assert not [secret for secret in site.secrets if secret in repr(proof) + str(proof.faults)]
    return proof


class TestBehindNginx:
    def test_all_live(self, address: str, site: Site) -> None:
        """What was published is live: pages of people and of numbers, each PDF by its digest."""
        proof = live(address, site)
        assert proof
        assert (proof.checked, proof.faults, proof.failed) == (6, [], frozenset())

    def test_another_pdf(self, address: str, site: Site, host: Host) -> None:
        """One byte of one PDF at the host differs: that page is not proved, and no other is in doubt."""
        pdf = host.root / "c" / token(2) / "certificate-v1.pdf"
        content = pdf.read_bytes()
        pdf.unlink()
        pdf.write_bytes(content.replace(b"2", b"3"))
        proof = live(address, site)
        assert proof.faults == ["1 of 6: the PDF is not the one that was issued"]
        assert proof.failed == {f"c/{token(2)}"}

    def test_an_altered_page(self, address: str, site: Site, host: Host) -> None:
        """A page that says something else than the build made it say is not proved by being there."""
        page = host.root / "verify" / number(2) / "index.html"
        page.unlink()
        page.write_text("<p>void</p>")
        assert live(address, site).faults == ["1 of 6: the page is not the one that was built"]

    @pytest.mark.parametrize("change", [b"", b"%PDF", b"x" * 500_000])
    def test_cut_or_longer(self, address: str, site: Site, host: Host, change: bytes) -> None:
        """An empty, cut or endless file is found, and the connection goes on being of use."""
        pdf = host.root / "c" / token(2) / "certificate-v1.pdf"
        pdf.unlink()
        pdf.write_bytes(change)
        proof = prove_live(address, site.links, patience=Patience(waits=(), concurrency=1))
        assert proof.failed == {f"c/{token(2)}"}

    def test_missing(self, address: str, site: Site, host: Host) -> None:
        """A page and a PDF that did not arrive are counted by what they answer."""
        (host.root / "c" / token(1) / "certificate-v1.pdf").unlink()
        (host.root / "verify" / number(3) / "index.html").unlink()
        proof = live(address, site)
        assert sorted(proof.faults) == [
            "1 of 6: the PDF answers 404 instead of 200",
            "1 of 6: the page answers 404 instead of 200",
        ]

    def test_removed_is_gone(self, address: str, site: Site, host: Host) -> None:
        """Expired pages and a corrected PDF answer 404 once the site is published again, not before."""
        old = [f"c/{token(1)}", f"verify/{number(1)}", f"c/{token(2)}/certificate-v1.pdf"]
        assert prove_gone(address, old, patience=ONCE).faults == ["3 of 3: a removed link still answers 200"]
        site.without(1).person(2, version=2)
        gone = [f"{page}" for page in site.record.gone()]
        changes = publish(site.output, host.target, site.record)
        assert set(gone) == set(old[:2])
        assert prove_gone(address, [*gone, *changes.removed], patience=ONCE)
        assert prove_gone(address, old, patience=ONCE)
        assert live(address, site)

    def test_many_links(self, address: str, site: Site, host: Host) -> None:
        """More links than connections: each is looked at once, progress counts to the end."""
        for index in range(4, 104):
            site.person(index)
        publish(site.output, host.target, site.record)
        seen: list[int] = []
        patience = Patience(waits=(), concurrency=4)
        proof = prove_live(address, site.links, patience=patience, progress=seen.append)
        assert proof
        assert seen == list(range(1, 207))


def test_nobody_answers() -> None:
    """A host that is down is one sentence with the reason, not a time-out for each of thousands of links."""
    port = free_port()
    links = [Link(f"c/{token(index)}") for index in range(2000)]
    proof = prove_live(f"http://127.0.0.1:{port}", links, patience=Patience(waits=(0.0,), timeout=2))
    assert len(proof.failed) == 2000
    assert all("does not answer" in fault for fault in proof.faults)
    gone = prove_gone(f"http://127.0.0.1:{port}", [link.page for link in links], patience=ONCE)
    assert len(gone.failed) == 2000  # no answer proves nothing


@contextmanager
def server(answers: list[tuple[int, bytes, dict[str, str]]], asked: list[str]) -> Iterator[str]:
    """A server that gives these answers in turn, the last one for ever; it closes each connection."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            status, body, headers = answers.pop(0) if len(answers) > 1 else answers[0]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{made.server_address[1]}"
        finally:
            made.shutdown()
            thread.join()


def test_redirect_is_no_page() -> None:
    """A link that leads to a log-in page is not live, though a browser would end on a page."""
    asked: list[str] = []
    with server([(302, b"", {"Location": "/login"})], asked) as address:
        proof = prove_live(address, [Link(f"c/{token(1)}")], patience=ONCE)
    assert proof.faults == ["1 of 1: the page answers 302 instead of 200"]
    assert asked == [f"/c/{token(1)}/"]


def test_late_host() -> None:
    """A host whose caches follow late is asked again, those links alone that were not proved."""
    asked: list[str] = []
    with server([(404, b"", {}), (503, b"", {}), (200, b"page", {})], asked) as address:
        link = Link(f"c/{token(1)}", sha256=hashlib.sha256(b"page").hexdigest())
        proof = prove_live(address, [link], patience=Patience(waits=(0.0, 0.0, 0.0)))
    assert proof
    assert len(asked) == 3


def test_site_below_a_path() -> None:
    """SITE_URL may have a path; links are asked for below it."""
    asked: list[str] = []
    with server([(200, b"%PDF", {})], asked) as address:
        sha256 = hashlib.sha256(b"%PDF").hexdigest()
        link = Link(f"c/{token(1)}", (PageFile("a.pdf", 4, sha256),), sha256)
        prove_live(f"{address}/certificates", [link], patience=ONCE)
        prove_gone(f"{address}/certificates", [f"verify/{number(1)}"], patience=ONCE)
    root = "/certificates"
    assert asked == [f"{root}/c/{token(1)}/", f"{root}/c/{token(1)}/a.pdf", f"{root}/verify/{number(1)}/"]


def test_410_is_gone() -> None:
    """Gone is 404 or 410; a server's failure proves nothing."""
    for status, proved in ((404, True), (410, True), (200, False), (500, False), (301, False)):
        with server([(status, b"", {})], []) as address:
            assert bool(prove_gone(address, ["c/x"], patience=ONCE)) is proved
