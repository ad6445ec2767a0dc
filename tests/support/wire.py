"""What passes over the wire: a relay in front of a server on loopback, which counts it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass


@dataclass
class Wire:
    """The relay's port, and what has passed it."""

    port: int
    connections: int = 0
    up: int = 0  # bytes to the server
    down: int = 0  # bytes from it

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def relay(port: int, at: int = 0) -> Iterator[Wire]:
    """In front of the server at that port of loopback; at a port of its own, or at a free one."""
    with socket.create_server(("127.0.0.1", at), backlog=64) as listener:
        wire = Wire(listener.getsockname()[1])
        open_now: list[socket.socket] = []
        threads = [threading.Thread(target=_accept, args=(listener, port, wire, open_now))]
        threads[0].start()
        try:
            yield wire
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            for one in open_now:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            threads[0].join()


def _accept(listener: socket.socket, port: int, wire: Wire, open_now: list[socket.socket]) -> None:
    threads = []
    with suppress(OSError):
        while True:
            client = listener.accept()[0]
            server = socket.create_connection(("127.0.0.1", port))
            wire.connections += 1
            open_now += [client, server]
            for source, sink, way in ((client, server, "up"), (server, client, "down")):
                threads.append(threading.Thread(target=_pass, args=(source, sink, wire, way)))
                threads[-1].start()
    for thread in threads:
        thread.join()
    for one in open_now:
        one.close()


def _pass(source: socket.socket, sink: socket.socket, wire: Wire, way: str) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            setattr(wire, way, getattr(wire, way) + len(data))
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
