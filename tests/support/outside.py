"""The world outside a college, in process: a name server, a mail server and a web host that know its names.

All is well there; a test spoils one thing. Names lead to loopback, certificates come from an authority of the
tests' own.
"""

from __future__ import annotations

import datetime as dt
import gzip
import http.server
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Self

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
import trustme

from pipeline.rules.web.headers import headers_for
from tests.support.smtp_server import SmtpServer

DOMAIN = "acr.example"
SITE, RELAY, MX = f"certificates.{DOMAIN}", f"smtp.{DOMAIN}", f"mx.{DOMAIN}"
USER, PASSWORD = "office", "open sesame"
OFFERS = ("SIZE 35882577", "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES")
RECORDS = {
    (DOMAIN, "TXT"): ["v=spf1 include:_spf.relay.example ~all", "some-service=verified"],
    ("_spf.relay.example", "TXT"): ["v=spf1 ip4:192.0.2.0/24 -all"],
    (f"_dmarc.{DOMAIN}", "TXT"): ["v=DMARC1; p=quarantine; rua=mailto:dmarc@acr.example"],
    (DOMAIN, "MX"): [f"10 {MX}."],
    (MX, "A"): ["192.0.2.25"],
}


class Names:
    """A name server on loopback. `records`: by name and type; what is not there does not exist."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], list[str]] = {}
        self.is_silent = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_silent = False
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self._socket.getsockname())
        self._thread.join(10)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            data, peer = self._socket.recvfrom(4096)
            if not data:
                return
            if not self.is_silent:
                self._socket.sendto(self._answer(dns.message.from_wire(data)).to_wire(), peer)

    def _answer(self, query: dns.message.Message) -> dns.message.Message:
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        (question,) = query.question
        name, kind = (
            question.name.to_text(omit_final_dot=True).lower(),
            dns.rdatatype.to_text(question.rdtype),
        )
        found = self.records.get((name, kind), [])
        if found:
            texts = [f'"{one}"' if kind == "TXT" else one for one in found]
            answer.answer.append(dns.rrset.from_text(question.name, 300, "IN", kind, *texts))
        elif all(known != name for known, _ in self.records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer


@dataclass
class Manner:
    """How the web host behaves."""

    root: Path = Path()
    lacks: frozenset[str] = frozenset()  # headers
    shows: frozenset[str] = frozenset()  # paths that it answers although nobody may read them
    packs: bool = True
    ahead: dt.timedelta = dt.timedelta()  # of its clock
    gives_parts: bool = True
    pdfs_are: str = "application/pdf"


class WebHost:
    """A web host on loopback over TLS that serves a folder with the headers that private pages need."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.manner = Manner()
        host = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                host.answer(self)

            def log_message(self, format: str, *_: Any) -> None: ...  # noqa: A002 - the library's name

            def date_time_string(self, timestamp: float | None = None) -> str:
                del timestamp
                return format_datetime(dt.datetime.now(dt.UTC) + host.manner.ahead, usegmt=True)

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def answer(self, to: http.server.BaseHTTPRequestHandler) -> None:
        manner, path = self.manner, to.path
        file = manner.root / path.lstrip("/") / "index.html" if path.endswith("/") else manner.root / path[1:]
        is_there = path in manner.shows or (file.is_file() and not file.name.startswith(("_", ".")))
        body = file.read_bytes() if is_there and file.is_file() else b"<p>Not here.</p>"
        wanted = to.headers.get("Range") if is_there and manner.gives_parts else None
        to.send_response(206 if wanted else 200 if is_there else 404)
        if file.suffix == ".pdf":
            to.send_header("Content-Type", manner.pdfs_are)
        if wanted:
            to.send_header("Content-Range", f"bytes 0-0/{len(body)}")
            body = body[:1]
        if manner.packs and "gzip" in to.headers.get("Accept-Encoding", ""):
            to.send_header("Content-Encoding", "gzip")
            body = gzip.compress(body)
        to.send_header("Content-Length", str(len(body)))
        for name, value in headers_for(path, "https://"):
            if name not in manner.lacks:
                to.send_header(name, value)
        to.end_headers()
        to.wfile.write(body)


@dataclass
class Outside:
    """The three servers, and the settings that lead to them."""

    names: Names
    relay: SmtpServer
    web: WebHost
    authority: trustme.CA
    environment: dict[str, str] = field(default_factory=dict)

    def restore(self, root: Path) -> None:
        """All is well again; the site lies at `root`."""
        self.names.records, self.names.is_silent = {key: list(texts) for key, texts in RECORDS.items()}, False
        self.web.manner = Manner(root)
        self.relay.extensions, self.relay.users = OFFERS, {USER: PASSWORD}
        self.relay.starttls = server_context(self.authority, RELAY)
        self.relay.script = lambda _: None
        self.relay.accepted.clear()
        self.environment = {
            "SITE_URL": f"https://{SITE}:{self.web.port}",
            "MAIL_FROM": f"Office of Education <education@{DOMAIN}>",
            "MAIL_REPLY_TO": f"education@{DOMAIN}",
            "SMTP_HOST": RELAY,
            "SMTP_PORT": str(self.relay.port),
            "SMTP_USER": USER,
            "SMTP_PASSWORD": PASSWORD,
            "NAMESERVER": self.names.address,
        }


def server_context(authority: trustme.CA, name: str, days: int = 90) -> ssl.SSLContext:
    """For a server of that name, whose certificate ends in so many days."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    end = dt.datetime.now(dt.UTC) + dt.timedelta(days=days, hours=1)
    authority.issue_cert(name, not_after=end).configure_cert(context)
    return context


@contextmanager
def outside(folder: Path) -> Iterator[Outside]:
    """The world, up and running; who trusts SSL_CERT_FILE trusts it."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    web = WebHost(server_context(authority, SITE))
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(folder / "authority.pem"))
        patch.setattr("socket.getaddrinfo", led_home(socket.getaddrinfo))
        relay = stack.enter_context(SmtpServer())
        yield Outside(stack.enter_context(Names()), relay, stack.enter_context(web), authority)


def led_home(ask: Callable[..., Any]) -> Callable[..., Any]:
    """Of the names of the college all lead here."""

    def lead(host: Any, *rest: Any, **more: Any) -> Any:
        return ask("127.0.0.1" if str(host).endswith(DOMAIN) else host, *rest, **more)

    return lead
