"""One connection to the web host: a path in, its answer out."""

from __future__ import annotations

import http.client
import ssl
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from pipeline.rules.places import site_root

# Packed answers would be other bytes than those that were published, and so would a cache's.
AGENT = {"User-Agent": "certs", "Accept-Encoding": "identity", "Cache-Control": "no-cache"}
CHUNK = 1 << 16
FAILURES = (OSError, http.client.HTTPException)  # no answer: refused, no such host, TLS, time out, broken off


@dataclass(frozen=True)
class HostAnswer:
    """What a host answered."""

    status: int
    body: bytes = field(repr=False)  # one byte more than was wanted where the host has more
    part: str = ""  # of an unpacked 206: its Content-Range (RFC 9110 14.4)


class Client:
    """GETs below the site's address over one connection. Redirects are not followed: a link must be there.

    `timeout`: seconds for the connection and for each read. Each question raises one of FAILURES where the
    host does not answer it.
    """

    def __init__(self, site_url: str, timeout: float) -> None:
        parts = urlsplit(site_url)
        self._root = site_root(site_url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._http = kind(parts.hostname or "", parts.port, timeout=timeout)

    def get(self, path: str, most: int, start: int = 0) -> HostAnswer:
        """The answer for a path, of which `most` bytes are wanted; from `start` on, if the host can do that.

        Of an answer that is no success the body is passed over.
        """
        answer = self._ask(path, {"Range": f"bytes={start}-"} if start else {})
        if answer.status not in (200, 206):
            self._drain(answer)
            return HostAnswer(answer.status, b"")
        body = bytearray()
        while len(body) <= most and (chunk := answer.read(min(CHUNK, most + 1 - len(body)))):
            body += chunk
        if len(body) > most:
            self.close()  # there may be any amount more
        packed = answer.getheader("Content-Encoding", "identity").lower() != "identity"
        is_part = answer.status == 206 and not packed
        return HostAnswer(
            answer.status, bytes(body), answer.getheader("Content-Range", "") if is_part else ""
        )

    def close(self) -> None:
        self._http.close()

    def _ask(self, path: str, more: dict[str, str]) -> http.client.HTTPResponse:
        """A connection that was kept may have been closed by the host: then it is made anew, once."""
        address, headers = f"{self._root}/{quote(path)}", {**AGENT, **more}
        fresh = self._http.sock is None
        try:
            self._http.request("GET", address, headers=headers)
            return self._http.getresponse()
        except (ConnectionError, http.client.RemoteDisconnected, http.client.CannotSendRequest):
            self._http.close()
            if fresh:
                raise
        self._http.request("GET", address, headers=headers)
        return self._http.getresponse()

    def _drain(self, answer: http.client.HTTPResponse) -> None:
        """Read a page to its end, so that the connection can be used again."""
        for _ in range(64):
            if not answer.read(CHUNK):
                return
        self.close()


def reason(error: BaseException) -> str:
    """Why there was no answer: an exception's own text may hold the address that was asked for."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is refused: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return "time out"
    return getattr(error, "strerror", None) or type(error).__name__
