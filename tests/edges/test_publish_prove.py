"""Mails wait for the proof: a new link answers with the very PDF that was issued, a removed one with 404.
Asked of a real nginx that serves what was published, and of servers that misbehave."""

from __future__ import annotations

import hashlib
import random
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pipeline.publish import Link, Proof, prove_gone, prove_live, publish
from pipeline.publish.prove import END, GIVE_UP, ONE_IN, STEP, Patience
from pipeline.rules.web.pages import PageFile
from tests.support.programs import free_port
from tests.support.publish_site import Host, Site, folder_host
from tests.support.site_hosts import nginx_host
from tests.support.site_people import number, token
from tests.support.wire import relay

pytestmark = pytest.mark.starts
ONCE = Patience(waits=())
NOWHERE = Path("nowhere")  # no PDF lies there: the host's is fetched whole


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
    proof = prove_live(address, site.links, output=site.output, patience=Patience(waits=(), timeout=5))
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
        patience = Patience(waits=(), concurrency=1)
        proof = prove_live(address, site.links, output=site.output, patience=patience)
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
        gone = [f"{page}" for page in site.record.gone]
        changes = publish(site.output, host.target, site.record)
        assert set(gone) == set(old[:2])
        assert prove_gone(address, [*gone, *changes.removed], patience=ONCE)
        assert prove_gone(address, old, patience=ONCE)
        assert live(address, site)

    @pytest.mark.parametrize("name", ["c/{}/copy", "verify/read_me", "LICENSE", "c/{}/a?b", "c/{}/.x"])
    def test_a_file_is_asked_for_by_its_own_name(self, address: str, host: Host, name: str) -> None:
        """Also one without a suffix, which is no folder: with a slash behind it any host answers 404."""
        path = name.format(token(1))
        (host.root / path).write_text("x")
        is_hidden = "/." in path
        assert bool(prove_gone(address, [path], patience=ONCE)) is is_hidden
        (host.root / path).unlink()
        assert prove_gone(address, [path], patience=ONCE)

    def test_many_links(self, address: str, site: Site, host: Host) -> None:
        """More links than connections: each is looked at once, progress counts to the end."""
        for index in range(4, 104):
            site.person(index)
        publish(site.output, host.target, site.record)
        seen: list[int] = []
        patience = Patience(waits=(), concurrency=4)
        proof = prove_live(address, site.links, output=site.output, patience=patience, progress=seen.append)
        assert proof
        assert seen == list(range(1, 207))


def chosen(site: Site, by_lot: bool) -> int:
    """Somebody whose PDF is fetched whole by lot, or not; neither the first nor the second person."""
    for index in range(3, 2000):
        (file,) = site.person(index).pdfs[token(index)]
        if (int(file.sha256[:8], 16) % ONE_IN == 0) is by_lot:
            return index
        site.without(index)
    raise AssertionError


class TestTheEndOfEachPdf:
    """Certificates of one design differ at their end alone: the host is asked for that and for the length."""

    @pytest.fixture
    def site(self, tmp_path: Path) -> Site:
        return Site(tmp_path / "output", paper=random.Random(7).randbytes(70_000)).start().person(1).person(2)

    def test_a_tenth_comes_back(self, site: Site, host: Host, tmp_path: Path) -> None:
        """Of 100 PDFs one is fetched whole, and those by lot; the pages are, all of them."""
        for index in range(3, 101):
            site.person(index)
        publish(site.output, host.target, site.record)
        files = [file for link in site.links for file in link.files]
        by_lot = sum(int(file.sha256[:8], 16) % ONE_IN == 0 for file in files)
        with (
            nginx_host(host.root, tmp_path / "nginx", "http://localhost") as running,
            relay(running.port) as wire,
        ):
            assert live(wire.url, site)
        least = (1 + by_lot) * 70_000 + 99 * END
        assert least < wire.down < least + 200 * 1500 + 100 * STEP
        assert wire.down < sum(file.size for file in files) / 5
        assert wire.connections <= 8

    @pytest.mark.parametrize(
        "change",
        [
            lambda pdf: pdf[:-1] + b"!",
            lambda pdf: pdf[: -END + 100] + b"!" + pdf[-END + 101 :],
            lambda pdf: pdf[1:],
            lambda pdf: b"%" + pdf,
            lambda pdf: pdf + b"%",
            lambda pdf: pdf[: -END // 2],
            lambda pdf: pdf[:0],
        ],
    )
    def test_another_end_or_length(
        self, site: Site, host: Host, address: str, change: Callable[[bytes], bytes]
    ) -> None:
        """Also where only the length tells."""
        index = chosen(site, by_lot=False)
        publish(site.output, host.target, site.record)
        site.note()
        alter(host, index, change)
        proof = live(address, site)
        assert proof.faults == ["1 of 6: the PDF is not the one that was issued"]
        assert proof.failed == {f"c/{token(index)}"}

    @pytest.mark.parametrize("which", ["first", "by lot"])
    def test_another_beginning(self, site: Site, host: Host, address: str, which: str) -> None:
        """The first with a beginning is read whole, and one in so many besides."""
        index = chosen(site, by_lot=True) if which == "by lot" else 1
        publish(site.output, host.target, site.record)
        alter(host, index, lambda pdf: pdf[:1000] + b"!" + pdf[1001:])
        order = Patience(waits=(), concurrency=1)
        links = sorted(site.links, key=lambda link: link.page != f"c/{token(1)}")
        assert prove_live(address, links, output=site.output, patience=order).failed == {f"c/{token(index)}"}

    @pytest.mark.parametrize("change", [lambda pdf: pdf[:1000] + b"!" + pdf[1001:], lambda _pdf: b""])
    def test_whose_first_is_wrong_are_read_whole(
        self, site: Site, host: Host, address: str, change: Callable[[bytes], bytes]
    ) -> None:
        """A right end proves nothing where nobody has seen the beginning: a host may alter all of them."""
        index = chosen(site, by_lot=False)
        publish(site.output, host.target, site.record)
        alter(host, 1, change)
        for other in (2, index):
            alter(host, other, lambda pdf: pdf[:1000] + b"!" + pdf[1001:])
        for concurrency in (1, 8):
            order = Patience(waits=(0.0,), concurrency=concurrency)
            proof = prove_live(address, site.links, output=site.output, patience=order)
            assert proof.failed == {f"c/{token(one)}" for one in (1, 2, index)}

    def test_each_design_once(self, site: Site, host: Host, address: str) -> None:
        """Each beginning has its first."""
        site.paper = site.paper[::-1]
        index = chosen(site, by_lot=False)
        publish(site.output, host.target, site.record)
        alter(host, index, lambda pdf: pdf[:1000] + b"!" + pdf[1001:])
        assert live(address, site).failed == {f"c/{token(index)}"}

    def test_our_own_copy_measures_nothing_once_it_is_altered(
        self, site: Site, host: Host, address: str
    ) -> None:
        """It went to the host as it was: both are alike, and neither is what was issued."""
        index = chosen(site, by_lot=False)
        pdf = site.output / "c" / token(index) / "certificate-v1.pdf"
        pdf.chmod(0o644)
        pdf.write_bytes(pdf.read_bytes()[:-1] + b"!")
        publish(site.output, host.target, site.record)
        assert live(address, site).failed == {f"c/{token(index)}"}

    @pytest.mark.parametrize("lie", ["200", "total", "start", "no range", "packed", "416", "multipart"])
    @pytest.mark.parametrize("is_right", [True, False])
    def test_who_cannot_answer_with_a_part_is_read_whole(
        self, site: Site, host: Host, lie: str, is_right: bool
    ) -> None:
        """Whatever a host makes of the question: what it sends whole decides."""
        del host
        index = chosen(site, by_lot=False)
        files = {}
        for link in site.links:
            files[f"/{link.page}/"] = (site.output / link.page / "index.html").read_bytes()
            for file in link.files:
                files[f"/{link.page}/{file.name}"] = (site.output / link.page / file.name).read_bytes()
        path = f"/c/{token(index)}/certificate-v1.pdf"
        if not is_right:
            files[path] = files[path][:1000] + b"!" + files[path][1001:]

        times: Counter[str] = Counter()

        def answer(asked: str, wanted: str) -> tuple[int, bytes, dict[str, str]]:
            body = files[asked]
            times[asked] += 1
            if not wanted or lie == "200":
                return 200, body, {}
            start, size = int(wanted.removeprefix("bytes=").rstrip("-")), len(body)
            said = {"total": f"bytes {start}-{size - 1}/{size + 1}", "start": f"bytes 0-{size - 1}/{size}"}
            more = {
                "no range": {},
                "packed": {"Content-Range": f"bytes {start}-{size - 1}/{size}", "Content-Encoding": "gzip"},
                "multipart": {"Content-Type": "multipart/byteranges; boundary=x"},
            }.get(lie, {"Content-Range": said.get(lie, "")})
            return (416, b"", {}) if lie == "416" else (206, body[start:], more)

        links = sorted(site.links, key=lambda link: link.page == f"c/{token(index)}")
        order = Patience(waits=(), concurrency=1)
        with answering(answer) as address:
            proof = prove_live(address, links, output=site.output, patience=order)
        assert proof.failed == (set() if is_right else {f"c/{token(index)}"})
        assert times[path] == (1 if lie == "200" else 2)


def alter(host: Host, index: int, change: Callable[[bytes], bytes]) -> None:
    """One PDF at the host."""
    pdf = host.root / "c" / token(index) / "certificate-v1.pdf"
    content = pdf.read_bytes()
    pdf.unlink()
    pdf.write_bytes(change(content))


def test_nobody_answers() -> None:
    """A host that is down is one sentence with the reason, not a time-out for each of thousands of links."""
    port = free_port()
    links = [Link(f"c/{token(index)}") for index in range(2000)]
    patience = Patience(waits=(0.0,), timeout=2)
    proof = prove_live(f"http://127.0.0.1:{port}", links, output=NOWHERE, patience=patience)
    assert len(proof.failed) == 2000
    assert all("does not answer" in fault for fault in proof.faults)
    gone = prove_gone(f"http://127.0.0.1:{port}", [link.page for link in links], patience=ONCE)
    assert len(gone.failed) == 2000  # no answer proves nothing


Answering = Callable[[str, str], tuple[int, bytes, dict[str, str]]]  # path and Range to status, body, headers


@contextmanager
def answering(answer: Answering) -> Iterator[str]:
    """A server that answers each question so; it closes each connection."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body, headers = answer(self.path, self.headers.get("Range", ""))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as made:
        made.handle_error = lambda *_: None  # type: ignore[method-assign]
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{made.server_address[1]}"
        finally:
            made.shutdown()
            thread.join()


def server(answers: list[tuple[int, bytes, dict[str, str]]], asked: list[str]) -> AbstractContextManager[str]:
    """A server that gives these answers in turn, the last one for ever."""

    def answer(path: str, _range: str) -> tuple[int, bytes, dict[str, str]]:
        asked.append(path)
        return answers.pop(0) if len(answers) > 1 else answers[0]

    return answering(answer)


class TestNobodyAnswers:
    """A host that cannot be reached is no late cache: it is asked once more after a second, then named."""

    @pytest.fixture
    def slept(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        waited: list[float] = []
        monkeypatch.setattr("time.sleep", waited.append)
        return waited

    @pytest.mark.parametrize(
        ("address", "why"),
        [
            ("http://127.0.0.1:{closed}", "Connection refused"),
            ("http://nowhere.invalid", ""),
            ("https://127.0.0.1:{plain}", "SSL"),
            ("http://127.0.0.1:{silent}", "time out"),
            ("http://127.0.0.1:{hangs_up}", ""),
        ],
        ids=["refused", "no such name", "no TLS", "no answer", "hangs up"],
    )
    def test_it_is_asked_twice(self, slept: list[float], address: str, why: str) -> None:
        patience = Patience(timeout=0.3)
        with (
            server([(200, b"", {})], []) as plain,
            socket.create_server(("127.0.0.1", 0)) as silent,
            socket.create_server(("127.0.0.1", 0)) as hangs_up,
        ):
            hung: list[int] = []
            threading.Thread(target=hang_up, args=(hangs_up, hung), daemon=True).start()
            url = address.format(
                closed=free_port(),
                plain=plain.rpartition(":")[2],
                silent=silent.getsockname()[1],
                hangs_up=hangs_up.getsockname()[1],
            )
            live = prove_live(url, [Link(f"c/{token(1)}")], output=NOWHERE, patience=patience)
            assert slept == [1.0]
            gone = prove_gone(url, [f"c/{token(1)}"], patience=patience)
            assert slept == [1.0, 1.0]
        for proof in (live, gone):
            (fault,) = proof.faults
            assert "does not answer (" in fault
            assert why in fault
            assert token(1) not in fault

    def test_a_host_that_comes_back_is_proved(
        self, slept: list[float], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It was started anew while it was asked, and its cache is late afterwards."""
        answers: list[tuple[int, bytes, dict[str, str]]] = [
            (404, b"", {}),
            (404, b"", {}),
            (200, b"page", {}),
        ]
        link = Link(f"c/{token(1)}", sha256=hashlib.sha256(b"page").hexdigest())
        with server(answers, []) as address, ExitStack() as stack:
            port = free_port()

            def sleep(seconds: float) -> None:
                if not slept:
                    stack.enter_context(relay(int(address.rpartition(":")[2]), port))
                slept.append(seconds)

            monkeypatch.setattr("time.sleep", sleep)
            assert prove_live(f"http://127.0.0.1:{port}", [link], output=NOWHERE, patience=Patience())
        assert slept == [1.0, 4.0, 15.0]

    def test_one_that_ends_midway(self, slept: list[float]) -> None:
        """Not one time-out for each of the links that are left."""
        asked: list[str] = []

        def answer(path: str, _range: str) -> tuple[int, bytes, dict[str, str]]:
            asked.append(path)
            if len(asked) > 30:
                raise ConnectionAbortedError
            return 404, b"", {}

        links = [f"c/{token(index)}" for index in range(2000)]
        with answering(answer) as address:
            proof = prove_gone(address, links, patience=Patience())
        assert len(proof.failed) == 2000 - 30
        assert len(asked) < 30 + 2 * (GIVE_UP + 8)
        assert slept == [1.0]

    def test_a_late_answer_does_not_count_as_one_of_now(self) -> None:
        """It was under way when the host ended: those that are left are not asked for another row."""
        asked, ended = list[str](), threading.Event()

        def answer(path: str, _range: str) -> tuple[int, bytes, dict[str, str]]:
            asked.append(path)
            place = asked.index(path)
            if place == 1:
                ended.wait(10)
            elif place > 1:
                if place > 20:
                    ended.set()
                raise ConnectionAbortedError
            return 404, b"", {}

        with answering(answer) as address:
            proof = prove_gone(address, [f"c/{token(index)}" for index in range(500)], patience=ONCE)
        assert len(proof.failed) == 500 - 2
        assert len(asked) <= 2 + GIVE_UP + ONCE.concurrency


def hang_up(listener: socket.socket, hung: list[int]) -> None:
    with suppress(OSError):
        while True:
            listener.accept()[0].close()
            hung.append(1)


def test_redirect_is_no_page() -> None:
    """A link that leads to a log-in page is not live, though a browser would end on a page."""
    asked: list[str] = []
    with server([(302, b"", {"Location": "/login"})], asked) as address:
        proof = prove_live(address, [Link(f"c/{token(1)}")], output=NOWHERE, patience=ONCE)
    assert proof.faults == ["1 of 1: the page answers 302 instead of 200"]
    assert asked == [f"/c/{token(1)}/"]


def test_late_host() -> None:
    """A host whose caches follow late is asked again, those links alone that were not proved."""
    asked: list[str] = []
    with server([(404, b"", {}), (503, b"", {}), (200, b"page", {})], asked) as address:
        link = Link(f"c/{token(1)}", sha256=hashlib.sha256(b"page").hexdigest())
        proof = prove_live(address, [link], output=NOWHERE, patience=Patience(waits=(0.0, 0.0, 0.0)))
    assert proof
    assert len(asked) == 3


def test_site_below_a_path() -> None:
    """SITE_URL may have a path; links are asked for below it."""
    asked: list[str] = []
    with server([(200, b"%PDF", {})], asked) as address:
        sha256 = hashlib.sha256(b"%PDF").hexdigest()
        link = Link(f"c/{token(1)}", (PageFile("a.pdf", 4, sha256),), sha256)
        prove_live(f"{address}/certificates", [link], output=NOWHERE, patience=ONCE)
        prove_gone(f"{address}/certificates", [f"verify/{number(1)}"], patience=ONCE)
    root = "/certificates"
    assert asked == [f"{root}/c/{token(1)}/", f"{root}/c/{token(1)}/a.pdf", f"{root}/verify/{number(1)}/"]


def test_410_is_gone() -> None:
    """Gone is 404 or 410; a server's failure proves nothing."""
    for status, proved in ((404, True), (410, True), (200, False), (500, False), (301, False)):
        with server([(status, b"", {})], []) as address:
            assert bool(prove_gone(address, ["c/x"], patience=ONCE)) is proved
