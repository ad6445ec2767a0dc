"""The web host, asked as a browser and as a curious stranger would ask: a site's address in, answers out."""

from __future__ import annotations

import datetime as dt
import http.client
import ssl
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlsplit

from pipeline.rules.checks.web import Visit, WebAnswer
from pipeline.rules.places import site_root
from pipeline.rules.web.listings import READ, shows_names

SECONDS = 5.0  # for the connection and for each answer
PART = {"User-Agent": "certs", "Range": "bytes=0-0", "Connection": "keep-alive"}
PLAIN = {"User-Agent": "certs", "Accept-Encoding": "identity", "Connection": "keep-alive"}
PACKED = {"User-Agent": "certs", "Accept-Encoding": "br, gzip", "Connection": "keep-alive"}


def look_at_web(
    site_url: str, private: str, pdf: str, folders: Sequence[str], hidden: Sequence[str]
) -> Visit:
    """`private`, `pdf`: the paths of a page that was published and of a PDF beside it, empty for none;
    `folders`, `hidden`: names and paths that must not be shown. No exception, and no path of a page in what
    comes out."""
    parts, root = urlsplit(site_url), site_root(site_url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    host = kind(parts.hostname or "", parts.port, timeout=SECONDS)
    try:
        host.connect()
        ends = _end(host)
        return Visit(
            parts.netloc,
            ends=ends,
            front=_ask(host, f"{root}/"),
            private=_ask(host, f"{root}/{quote(private)}/") if private else None,
            pdf=_ask(host, f"{root}/{quote(pdf)}", PART) if pdf else None,
            folders={name: _ask(host, f"{root}/{name}/", PLAIN, name) for name in folders},
            hidden={path: _ask(host, f"{root}/{path}") for path in hidden},
        )
    except ssl.SSLCertVerificationError as error:
        return Visit(parts.netloc, distrusted=error.verify_message.rstrip("."))
    except (OSError, http.client.HTTPException) as error:
        return Visit(parts.netloc, failed=_reason(error))
    finally:
        host.close()


def _ask(
    host: http.client.HTTPConnection, address: str, headers: Mapping[str, str] = PACKED, folder: str = ""
) -> WebAnswer:
    """One question, perhaps for a folder of private pages. Where an answer is longer than is read of it, the
    next one takes a new connection."""
    host.request("GET", address, headers=headers)
    answer = host.getresponse()
    body = answer.read(1 << 20)
    if not answer.isclosed():
        host.close()
    lists = bool(folder) and answer.status == 200 and shows_names(folder, body[:READ])
    return WebAnswer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, lists)


def _end(host: http.client.HTTPConnection) -> dt.datetime | None:
    certificate = host.sock.getpeercert() if isinstance(host.sock, ssl.SSLSocket) else None
    end = (certificate or {}).get("notAfter")
    return dt.datetime.fromtimestamp(ssl.cert_time_to_seconds(end), dt.UTC) if isinstance(end, str) else None


def _reason(error: Exception) -> str:
    """The reason alone: an exception's text may hold the address that was asked for."""
    if isinstance(error, TimeoutError):
        return f"nothing within {SECONDS:.0f} seconds"
    return getattr(error, "strerror", None) or type(error).__name__
