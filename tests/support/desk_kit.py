"""The desk of a college, and who comes to it: a browser's requests in, answers out; no socket, no waiting."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import uvicorn

from pipeline.desk.app import application, new_desk
from pipeline.desk.office import Office
from pipeline.desk.serve import config_of
from pipeline.desk.sittings import Sittings
from tests.support.college import TODAY, College

ORIGIN = "http://127.0.0.1:8100"


@dataclass
class Clock:
    """Seconds that pass when a test says so."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


class OpenDesk:
    """The desk of a college on one day."""

    def __init__(self, college: College, today: dt.date = TODAY) -> None:
        self.clock = Clock()
        settings = college.settings
        self.now = dt.datetime.combine(today, dt.time(9, 30), ZoneInfo(settings.timezone))
        self.sittings = Sittings(self.clock)
        self.desk = new_desk(Office(settings, lambda: self.now), self.sittings)
        self.app = application(self.desk)

    def stranger(self) -> Browser:
        """A browser that knows the desk's place and nothing else."""
        return Browser(self)

    def visitor(self, actor: str = "Ida Lund") -> Browser:
        """A browser that was let in, and whose person said who they are."""
        browser = Browser(self)
        browser.get(f"?key={self.sittings.key}")
        browser.post("who", actor=actor)
        return browser


class Browser:
    """What a browser sends of itself with each request; the form's token is that of the page before."""

    def __init__(self, desk: OpenDesk) -> None:
        self.desk = desk
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(desk.app), base_url=ORIGIN)
        self.page = ""

    def get(self, path: str = "", headers: dict[str, str] | None = None) -> httpx.Response:
        """The page at a path below the desk's place."""
        own = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        return self.send("GET", path, headers={**own, **(headers or {})})

    def post(self, path: str, /, headers: Any = None, **fields: str) -> httpx.Response:
        """A form of the last page, filled in with these."""
        own = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}
        form = {"token": self.token, **fields}
        return self.send("POST", path, data=form, headers={**own, **(headers or {})})

    def send(self, method: str, path: str, follows: bool = True, **more: Any) -> httpx.Response:
        """A request as it is said; the last page is kept."""
        request = self.client.request(method, self.address(path), follow_redirects=follows, **more)
        answer = asyncio.run(request)
        if answer.headers.get("content-type", "").startswith("text/html"):
            self.page = answer.text
        return answer

    def address(self, path: str) -> str:
        """The path as the desk has it."""
        return path if path.startswith("/") else self.desk.desk.address(path)

    def find(self, text: str) -> str:
        """The path of the one person that the field finds."""
        self.get(f"?q={text}")
        path: str
        (path,) = dict.fromkeys(re.findall(r'<a href="([^"]*/person/[0-9a-f]+)"', self.page))
        return path

    def hidden(self, name: str) -> str:
        """The value of a hidden field of the last page."""
        return unescape(re.findall(rf'name="{name}" value="([^"]*)"', self.page)[-1])

    @property
    def token(self) -> str:
        found = re.findall(r'name="token" value="([^"]*)"', self.page)
        return found[0] if found else ""

    @property
    def words(self) -> str:
        """The last page without its markup."""
        return " ".join(unescape(re.sub("<[^>]*>", " ", self.page)).split())


@contextmanager
def served(desk: OpenDesk) -> Iterator[str]:
    """The desk on a port of this machine; the address with its key."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(config_of(desk.app))
        thread = threading.Thread(target=asyncio.run, args=(server.serve([listening]),))
        thread.start()
        try:
            port = listening.getsockname()[1]
            yield f"http://127.0.0.1:{port}{desk.desk.address()}?key={desk.sittings.key}"
        finally:
            server.should_exit = True
            thread.join()
