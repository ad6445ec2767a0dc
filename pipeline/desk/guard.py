"""What may reach the desk at all: requests in; those of its own pages through, everything else refused.

The desk listens on loopback, where any page in the browser and any program of the machine can knock. So the
name it is called by must be a loopback name (a foreign one may have been made to lead here: DNS rebinding),
what a foreign page asks for is refused before it is looked at, and bodies are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# The names that a browser may call us by. Any port: with SSH port forwarding it is another one than ours.
NAMES = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?")
MOST = 64 * 1024  # bytes of a form
OWN = ("same-origin", "none")  # Sec-Fetch-Site of our own pages, and of an address that was typed
HEADERS = (
    (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    ("Cache-Control", "no-store"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("X-Robots-Tag", "noindex"),
)


class TooLargeError(Exception):
    """A body is larger than it may be."""


class Guard:
    """Stands before the whole desk. `most`: the bytes a body at this path may have; `entrance`: the path that
    may be come to from elsewhere, as by a link in a terminal or a file."""

    def __init__(self, app: ASGIApp, entrance: str, most: Callable[[str], int] = lambda _: MOST) -> None:
        self._app = app
        self._entrance = entrance
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request. Anything but HTTP is not answered."""
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                ours = MutableHeaders(scope=message)
                for name, value in HEADERS:
                    ours[name] = value
            await send(message)

        if refused := self._refusal(scope, headers):
            status, why = refused
            response = PlainTextResponse(f"{why}\n", status, {"Connection": "close"})
            await response(scope, receive, answer)
            return
        await self._bounded(scope, receive, answer)

    def _refusal(self, scope: Scope, headers: Headers) -> tuple[HTTPStatus, str] | None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not NAMES.fullmatch(hosts[0]):
            return HTTPStatus.MISDIRECTED_REQUEST, "This name is not ours."
        method, site = scope["method"], headers.get("sec-fetch-site")
        if method not in ("GET", "HEAD", "POST"):
            return HTTPStatus.METHOD_NOT_ALLOWED, "GET and POST alone."
        if method == "POST":
            origin = headers.get("origin")
            # Where pages send no referrer, browsers say "null" even of their own; but also which site it is.
            is_ours = origin == f"http://{hosts[0]}" or (origin in (None, "null") and site == "same-origin")
            if not is_ours or site not in (None, "same-origin"):
                return HTTPStatus.FORBIDDEN, "This form is not ours."
            if len(headers.getlist("content-length")) != 1:
                return HTTPStatus.LENGTH_REQUIRED, "Say how long the form is."
            length = headers["content-length"]
            if not length.isdecimal() or int(length[:12]) > self._most(scope["path"]):
                return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "That is too large."
        elif site is not None and site not in OWN:
            how = headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")
            if scope["path"] != self._entrance or how != ("navigate", "document"):
                return HTTPStatus.FORBIDDEN, "Open the desk by the address it printed."
        return None

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A server counts against Content-Length, too; but this does not depend on which one it is."""
        left = self._most(scope["path"])

        async def counted_receive() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise TooLargeError
            return message

        try:
            await self._app(scope, counted_receive, send)
        except TooLargeError:
            response = PlainTextResponse("That is too large.\n", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            await response(scope, receive, send)
