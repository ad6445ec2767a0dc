"""Firefox, driven by what it brings itself: Marionette's JSON over a socket. Pages in, values out."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Any

from tests.support.programs import free_port, program

PATIENCE = 60.0  # seconds, on a machine that is busy


class Firefox:
    """One window. Source of the protocol: Firefox Source Docs, Marionette."""

    def __init__(self, connection: socket.socket, answers: IO[bytes]) -> None:
        self._socket, self._file, self._count = connection, answers, 0
        self._read()  # it says hello
        self._ask("WebDriver:NewSession", {})

    def _read(self) -> Any:
        length = b""
        while (digit := self._file.read(1)) != b":":
            assert digit, "Firefox has gone"
            length += digit
        return json.loads(self._file.read(int(length)))

    def _ask(self, command: str, values: dict[str, object]) -> Any:
        self._count += 1
        message = json.dumps([0, self._count, command, values]).encode()
        self._socket.sendall(b"%d:%s" % (len(message), message))
        _, _, error, result = self._read()
        assert not error, error
        return result

    def goto(self, url: str) -> None:
        self._ask("WebDriver:Navigate", {"url": url})

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        return self._ask("WebDriver:ExecuteScript", {"script": f"return {expression}", "args": []})["value"]

    def set(self, width: int, letters: int) -> None:
        """A page so many pixels wide, in letters of so many per cent, as its user sets them.

        The window itself cannot be as narrow as a phone; what it shows can.
        """
        self._ask("Marionette:SetContext", {"value": "chrome"})
        self.evaluate(
            f"[Services.prefs.setIntPref('font.size.variable.x-western', {16 * letters // 100}),"
            f" Object.assign(gBrowser.selectedBrowser.style, {{minWidth: 0, width: '{width}px',"
            f" maxWidth: '{width}px'}}).width]"
        )
        self._ask("Marionette:SetContext", {"value": "content"})
        until = monotonic() + PATIENCE
        while self.evaluate("innerWidth") != width and monotonic() < until:
            sleep(0.02)


@contextmanager
def firefox(home: Path) -> Iterator[Firefox]:
    """A Firefox with a profile in `home`, which ends with the block."""
    port = free_port()
    home.mkdir()
    (home / "user.js").write_text(
        f'user_pref("marionette.port", {port});\nuser_pref("ui.useOverlayScrollbars", 1);\n'  # as on phones
        'user_pref("accessibility.blockautorefresh", true);\n'  # a page that leads on can be looked at
    )
    command = [program("firefox-esr", "firefox"), "--headless", "--no-remote", "--profile", str(home)]
    running = subprocess.Popen(
        [*command, "--marionette", "--remote-allow-system-access"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with _connected(port) as connection, connection.makefile("rb") as answers:
            yield Firefox(connection, answers)
    finally:
        running.terminate()
        running.wait(PATIENCE)


def _connected(port: int) -> socket.socket:
    until = monotonic() + PATIENCE
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            assert monotonic() < until, "Firefox does not listen"
            sleep(0.05)
