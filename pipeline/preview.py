"""The site on loopback: output/ in; a web host's answers out, with its headers and without listings."""

from __future__ import annotations

import os
import shutil
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pipeline.errors import PublishError
from pipeline.rules.places import site_root
from pipeline.rules.web import headers

TYPES = {
    f".{suffix}": f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
    for suffix, kind in headers.TYPES.items()
}


def serve(output: Path, port: int, site_url: str = "") -> ThreadingHTTPServer:
    """A server of `output` on 127.0.0.1, bound and ready for serve_forever(); port 0 takes a free one.

    Paths begin with the path part of `site_url`. Raises PublishError for a taken port and for no site.
    """
    if not (output / "index.html").is_file():
        raise PublishError(f"There is no site in {output}.", "Run certs build first.")
    handler = type("Preview", (_Handler,), {"output": output.resolve(), "root": site_root(site_url)})
    try:
        return _Server(("127.0.0.1", port), handler)
    except OSError as error:
        raise PublishError(
            f"Port {port} cannot be used: {error.strerror}.", "Give another with --port."
        ) from error


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: the traceback of a closed connection would hold a private path."""


class _Handler(BaseHTTPRequestHandler):
    output: Path
    root: str
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def __getattr__(self, name: str) -> object:
        """Any other method is refused with the same headers."""
        if name.startswith("do_"):
            return self._refuse
        raise AttributeError(name)

    def version_string(self) -> str:
        return "certs"

    def log_message(self, *_: object) -> None:
        """Log nothing: the paths of private pages are secrets."""

    def _refuse(self) -> None:
        self.close_connection = True
        self._begin(HTTPStatus.METHOD_NOT_ALLOWED, "/404.html", ("Allow", "GET, HEAD"))

    def _answer(self, body: bool) -> None:
        path = unquote(urlsplit(self.path).path)
        inside = path.removeprefix(self.root) if path.startswith(f"{self.root}/") else None
        if path == self.root and self.root:
            self._redirect(f"{self.root}/", "/")
            return
        file = self._find(inside) if inside is not None else None
        if file is not None and file.is_dir():
            self._redirect(f"{path}/", f"{inside}/")
            return
        status = HTTPStatus.OK
        if file is None:
            status, inside, file = HTTPStatus.NOT_FOUND, "/404.html", self.output / "404.html"
        try:
            with file.open("rb") as stream:
                kind = TYPES.get(file.suffix, "application/octet-stream")
                length = os.fstat(stream.fileno()).st_size
                self._begin(status, inside or "/", ("Content-Type", kind), length=length)
                if body:
                    shutil.copyfileobj(stream, self.wfile)
        except FileNotFoundError:  # a build replaces pages while we look
            self._begin(HTTPStatus.NOT_FOUND, "/404.html")

    def _find(self, path: str) -> Path | None:
        """The file of a path, a folder that has a page (to be redirected), or None. No listing, no dot-files,
        no way out of output/."""
        parts = path.split("/")[1:]
        if path in (f"/{headers.HEADERS_FILE}", "/404.html") or "\0" in path or "\\" in path:
            return None
        if any(len(os.fsencode(part)) > headers.LONGEST for part in parts):
            return None
        below = parts[1:] if parts[0] == headers.WELL_KNOWN and len(parts) > 1 else parts
        if any(part.startswith(".") for part in below) or not all(parts[:-1]):
            return None
        file = self.output.joinpath(*parts[:-1], parts[-1] or "index.html")
        if not file.resolve().is_relative_to(self.output):
            return None
        if file.is_file() or (file.is_dir() and (file / "index.html").is_file()):
            return file
        return None

    def _redirect(self, to: str, inside: str) -> None:
        """To the page itself, with the headers of that page: the address of a private one is a secret too."""
        location = to if not to.startswith("//") else "/"
        self._begin(HTTPStatus.MOVED_PERMANENTLY, inside, ("Location", location))

    def _begin(self, status: HTTPStatus, path: str, *own: tuple[str, str], length: int = 0) -> None:
        self.send_response(status)
        here = f"http://localhost:{self.connection.getsockname()[1]}"
        for name, value in (*own, *headers.headers_for(path, here), ("Content-Length", str(length))):
            self.send_header(name, value)
        self.end_headers()
