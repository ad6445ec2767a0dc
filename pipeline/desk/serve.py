"""The desk as a server: loopback alone, and gone after an hour in which nobody came."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp

from pipeline.desk.app import application, new_desk
from pipeline.desk.office import Office
from pipeline.desk.sittings import HOUR, Sittings
from pipeline.errors import CertsError
from pipeline.workflow.project import migrate, sweep_rehearsals

MOST_AT_ONCE = 40  # connections
LOOK = 60.0  # seconds after which it is looked again whether anybody came: to wait takes no note of a sleep
# That also passes while the machine sleeps: macOS's does, Linux has another one for it.
CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def seconds() -> float:
    """A clock that only grows, by which who shut the lid in the evening was away in the morning."""
    return time.clock_gettime(CLOCK)


def serve_desk(
    office: Office, port: int, ready: Callable[[str], None], waits: Callable[[], None] = lambda: None
) -> None:
    """Serve the desk until Ctrl-C, or until nobody came for an hour. `ready` is told the address with the key
    once it is open; port 0 takes a free one; `waits` is called where a run has to end first. Raises
    CertsError for a taken port, a theme without a desk."""
    sweep_rehearsals(office.settings.data_dir)
    sittings = Sittings(seconds)
    migrate(office.settings, office.clock(), "desk")
    try:
        desk = new_desk(office, sittings)
    except OSError as error:
        raise CertsError(
            f"The desk's look cannot be read: {error.strerror}: {error.filename}.",
            "Bring theme/desk/ over from the project.",
        ) from error
    with _bound(port) as listening:
        ready(f"http://127.0.0.1:{listening.getsockname()[1]}{desk.address()}?key={sittings.key}")
        server = uvicorn.Server(config_of(application(desk)))
        with suppress(KeyboardInterrupt):
            asyncio.run(_until_idle(server, listening, sittings))
    with suppress(KeyboardInterrupt):
        if desk.work.is_going_on():
            waits()
            desk.work.wait()


def _bound(port: int) -> socket.socket:
    """A socket that only this machine reaches."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", port))
        bound.listen(MOST_AT_ONCE)  # who comes before the server runs waits for it
    except OSError as error:
        bound.close()
        raise CertsError(
            f"Port {port} cannot be used: {error.strerror}.", "Give another with --port."
        ) from error
    return bound


def config_of(app: ASGIApp) -> uvicorn.Config:
    """No log: names of people stand in addresses that are searched for."""
    return uvicorn.Config(
        app,
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MOST_AT_ONCE,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
    )


async def _until_idle(server: uvicorn.Server, listening: socket.socket, sittings: Sittings) -> None:
    serving = asyncio.create_task(server.serve([listening]))
    watching = asyncio.create_task(watch(sittings, asyncio.sleep))
    await asyncio.wait({serving, watching}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    watching.cancel()
    await serving


async def watch(sittings: Sittings, wait: Callable[[float], Awaitable[None]]) -> None:
    """Returns once nobody has come for an hour. `wait`: for so many seconds."""
    while (left := HOUR - sittings.idle()) > 0:
        await wait(min(left, LOOK))
