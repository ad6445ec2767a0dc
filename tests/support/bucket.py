"""A bucket on loopback: moto's server, which is told every request by a gate that counts and closes it to
strangers, as S3 does; and a website in front of it, as S3, Google and Azure serve one."""

from __future__ import annotations

import http.client
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from pipeline.publish import Access
from tests.support.programs import free_port

SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=somebody/20250101/us-east-1/s3/aws4_request"}
DENIED = b"<Error></Error>"
LOUD = b"<Error><Code>SlowDown</Code></Error>"
SERVED: tuple[str, ...] = ("content-type", "cache-control", "etag")
HOP = {"connection", "transfer-encoding", "content-length", "server", "date"}


@dataclass
class Bucket:
    """What a test may say of it, and ask."""

    name: str = "certificates"
    prefix: str = "site"
    port: int = 0  # of moto
    gate: int = 0
    web: int = 0
    is_open: bool = False  # anybody may list it
    to_strangers: int = 403  # what anybody else is answered
    hands_on: str = ""  # the website hands on a question for a list with this word
    to_visitors: int = 200  # else the website answers so
    sends: Callable[[str], str] = lambda _path: ""  # where the website sends whoever asks for a path
    has_index: bool = True  # the website answers c/x/ with c/x/index.html
    refuses_second: bool = True  # it heeds the conditions of a write
    knows_conditions: bool = True  # it takes a write with a condition at all
    asked: Counter[str] = field(default_factory=Counter)  # put, delete, list, head, get
    # The status with which a request is answered instead of what would be; None: as it is.
    fault: Callable[[str, str], int | None] = lambda _kind, _path: None

    @property
    def target(self) -> str:
        return f"s3://{self.name}/{self.prefix}".rstrip("/")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.web}"

    @property
    def access(self) -> Access:
        return Access(f"http://127.0.0.1:{self.gate}", "us-east-1", "path", "somebody", "a secret")

    @property
    def environment(self) -> dict[str, str]:
        """As settings of a project."""
        access = self.access
        return {
            "PUBLISH_TO": self.target,
            "PUBLISH_ENDPOINT": access.endpoint,
            "PUBLISH_REGION": access.region,
            "PUBLISH_ACCOUNT": access.account,
            "PUBLISH_SECRET": access.secret,
            "SITE_URL": self.url,
        }

    def empty(self) -> None:
        """As it was made, and closed to strangers."""
        self.ask("POST", "/moto-api/reset")
        self.ask("PUT", f"/{self.name}")
        self.is_open, self.hands_on = False, ""
        self.to_strangers, self.to_visitors = 403, 200
        self.has_index = self.refuses_second = self.knows_conditions = True
        self.fault = lambda _kind, _path: None
        self.sends = lambda _path: ""
        self.asked.clear()

    def ask(
        self, method: str, path: str, body: bytes = b"", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """moto itself, as somebody who may do everything."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, {**SIGNED, **headers})
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def put(self, path: str, data: bytes, **headers: str) -> None:
        """An object that certs did not put there."""
        self.ask("PUT", self._key(path), data, **headers)

    def headers(self, path: str) -> dict[str, str]:
        return self.ask("HEAD", self._key(path))[1]

    def files(self) -> dict[str, bytes]:
        """Every object, by its path below the prefix."""
        import obstore
        from obstore.store import S3Store

        store = S3Store(
            self.name,
            prefix=self.prefix or None,
            endpoint=f"http://127.0.0.1:{self.port}",
            access_key_id="a",
            secret_access_key="b",
            client_options={"allow_http": True},
        )
        paths = [one["path"] for some in obstore.list(store, chunk_size=1000) for one in some]
        return {path: bytes(obstore.get(store, path).bytes()) for path in paths}

    def _key(self, path: str) -> str:
        return quote("/".join(filter(None, ("", self.name, self.prefix, path)))) if path else f"/{self.name}"


def kind_of(method: str, path: str) -> str:
    """put, delete, list, head or get."""
    parts = urlsplit(path)
    if method == "POST" and "delete" in parse_qs(parts.query, keep_blank_values=True):
        return "delete"
    if method == "GET" and "/" not in parts.path.strip("/"):
        return "list"
    return method.lower()


class Handler(BaseHTTPRequestHandler):
    """Both servers' manners."""

    protocol_version = "HTTP/1.1"

    def __init__(self, bucket: Bucket, *given: Any) -> None:
        self.bucket = bucket
        super().__init__(*given)

    def log_message(self, *_: object) -> None: ...

    def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name not in HOP:
                self.send_header(name, value)
        size = headers.get("content-length", "0") if self.command == "HEAD" else str(len(body))
        self.send_header("Content-Length", size)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class Gate(Handler):
    """The store's own address."""

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        bucket, kind = self.bucket, kind_of(self.command, self.path)
        bucket.asked[kind] += 1
        is_signed = "Authorization" in self.headers
        if not is_signed and not (bucket.is_open and kind == "list"):
            self.answer(bucket.to_strangers, {}, DENIED)
            return
        if status := bucket.fault(kind, self.path):
            self.answer(status, {}, LOUD)
            return
        if not bucket.knows_conditions and {"if-match", "if-none-match"} & {*map(str.lower, self.headers)}:
            self.answer(501, {}, b"<Error><Code>NotImplemented</Code></Error>")
            return
        conditions = () if bucket.refuses_second else ("if-match", "if-none-match")
        headers = {
            name: value
            for name, value in self.headers.items()
            if name.lower() not in ("host", "connection", "content-length", *conditions)
        }
        self.answer(*bucket.ask(self.command, self.path, body, **headers))

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _pass  # noqa: N815 - http.server's names


class Website(Handler):
    """The site's public address."""

    def do_GET(self) -> None:
        bucket, parts = self.bucket, urlsplit(self.path)
        if bucket.to_visitors != 200:
            self.answer(bucket.to_visitors, {}, b"")
            return
        if where := bucket.sends(self.path):
            self.answer(302, {"Location": where}, b"")
            return
        if bucket.hands_on and bucket.hands_on in parts.query:
            self.answer(*bucket.ask("GET", f"/{bucket.name}?{parts.query}"))
            return
        path = unquote(parts.path).lstrip("/")
        if bucket.has_index and (not path or path.endswith("/")):
            path += "index.html"
        status, headers, body = bucket.ask("GET", bucket._key(path)) if path else (404, {}, b"")
        if status != 200:
            status, headers, body = 404, {}, b"not found"
        kept = {name: headers[name] for name in SERVED if name in headers}
        self.answer(status, kept, body)


@contextmanager
def bucket_server() -> Iterator[Bucket]:
    """An empty bucket."""
    bucket = Bucket(port=free_port())
    command = [sys.executable, "-m", "moto.server", "-p", str(bucket.port)]
    moto = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), partial(kind, bucket)) for kind in (Gate, Website)]
    bucket.gate, bucket.web = (server.server_address[1] for server in servers)
    threads = [threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.01}) for one in servers]
    for thread in threads:
        thread.start()
    try:
        _wait_for(moto, bucket)
        bucket.empty()
        yield bucket
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
        for thread in threads:
            thread.join()
        moto.kill()
        moto.wait()


def _wait_for(moto: subprocess.Popen[bytes], bucket: Bucket) -> None:
    while moto.poll() is None:
        try:
            bucket.ask("GET", "/")
        except OSError:
            threading.Event().wait(0.05)
        else:
            return
    raise RuntimeError("moto's server did not start")
