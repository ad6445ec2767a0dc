"""One request to the desk: whose it is, what it carries, and how it is answered.

Views are functions from a Call to a Response; they run in threads, and what they raise becomes a page.
"""

from __future__ import annotations

import hmac
import secrets
import threading
import traceback
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from pipeline.desk.office import Office
from pipeline.desk.screens import Screens
from pipeline.desk.sittings import Sitting, Sittings, is_same
from pipeline.desk.work import BUG, Work
from pipeline.errors import CertsError, LockedError, StoppedError
from pipeline.workflow.project import who_holds

ACCEPTED = "accepted"  # what the box of a stop says
MOST_FIELDS = 40
MOST_FILES = 10
MOST_NAMED = 20_000  # people who have a name in addresses of the desk


class Handles:
    """Names of participants in addresses of the desk: neither a person's data nor the ledger's own ids get
    into a browser's history. They end with the desk."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._ids: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, participant: int) -> str:
        """The name of the participant with this id, the same each time."""
        name = hmac.digest(self._key, str(participant).encode(), "sha256").hex()[:24]
        with self._lock:
            self._ids[name] = participant
            self._ids.move_to_end(name)
            if len(self._ids) > MOST_NAMED:
                self._ids.popitem(last=False)
        return name

    def read(self, name: str) -> int | None:
        """The id of a participant by that name; None for a name that was not given."""
        return self._ids.get(name)


@dataclass(frozen=True)
class Desk:
    """What all requests share."""

    office: Office
    screens: Screens
    sittings: Sittings
    place: (
        str  # what every address of the desk begins with: no other server of this machine is sent its cookie
    )
    cookie: str  # the cookie's name
    work: Work
    handles: Handles = field(default_factory=Handles)

    def address(self, path: str = "") -> str:
        """The path of one of the desk's pages."""
        return f"{self.place}/{path}"


@dataclass(frozen=True)
class Call:
    """One request of somebody who showed the key."""

    desk: Desk
    sitting: Sitting
    request: Request
    form: Mapping[str, str]
    files: Sequence[tuple[str, BinaryIO]] = ()  # that came with the form: what each is called, and its bytes

    @property
    def actor(self) -> str:
        return self.sitting.actor

    @property
    def accepted(self) -> frozenset[str]:
        """The names of the stops that were ticked."""
        return frozenset(name for name, text in self.form.items() if text == ACCEPTED)

    def query(self, name: str) -> str:
        """A value of the address; empty where it has none."""
        return self.request.query_params.get(name, "")

    def part(self, name: str) -> str:
        """A part of the path, by its name in the route."""
        return str(self.request.path_params[name])

    def page(self, template: str, status: HTTPStatus = HTTPStatus.OK, /, **values: object) -> Response:
        """A page of theme/desk, or a fragment of one."""
        shared = {
            "at": self.desk.address,
            "handle": self.desk.handles.of,
            "sitting": self.sitting,
            "held_by": who_holds(self.desk.office.settings),
            "now": self.desk.office.clock(),
            "here": "",
        }
        return HTMLResponse(self.desk.screens.page(template, {**shared, **values}), status)

    def go(self, path: str = "") -> Response:
        """To another page of the desk, by GET."""
        return RedirectResponse(self.desk.address(path), HTTPStatus.SEE_OTHER)

    def missing(self) -> Response:
        """There is no such page."""
        return self.page("missing.html", HTTPStatus.NOT_FOUND)


View = Callable[[Call], Response]
Endpoint = Callable[[Request], Coroutine[None, None, Response]]


def answered(desk: Desk, view: View, needs_name: bool = True, takes_files: bool = False) -> Endpoint:
    """The endpoint of a view. Who has no sitting is turned away; who has not said who they are is asked
    first, where the view `needs_name`. A form must carry the sitting's own token; files come with it only
    where the view `takes_files`."""

    async def endpoint(request: Request) -> Response:
        sitting = desk.sittings.get(request.cookies.get(desk.cookie, ""))
        if sitting is None:
            return _closed(desk, request)
        try:
            async with _form(request, MOST_FILES if takes_files else 0) as (form, files):
                call = Call(desk, sitting, request, form, files)
                if request.method == "POST" and not is_same(form.get("token", ""), sitting.form_token):
                    return call.page("refused.html", HTTPStatus.FORBIDDEN)
                if needs_name and not sitting.actor:
                    return call.go("who")
                with desk.sittings.at_work():
                    return await run_in_threadpool(_told, view, call)
        except (MultiPartException, ValueError):
            return _plain(desk, "The form cannot be read.", HTTPStatus.BAD_REQUEST)

    return endpoint


def _told(view: View, call: Call) -> Response:
    """What the view answers, or a page that says in a sentence why it cannot."""
    try:
        return view(call)
    except StoppedError as error:
        return _stopped(call, error)
    except CertsError as error:
        is_held = isinstance(error, LockedError)
        status = HTTPStatus.CONFLICT if is_held else HTTPStatus.UNPROCESSABLE_ENTITY
        return call.page("error.html", status, error=error)
    except Exception:  # noqa: BLE001 - a bug's apology; its traceback is for the terminal
        traceback.print_exc()
        return call.page("error.html", HTTPStatus.INTERNAL_SERVER_ERROR, error=BUG)


def _stopped(call: Call, error: StoppedError) -> Response:
    """What stops it, each with a box: the same form, with those ticked, does it."""
    if call.request.method != "POST":
        return call.page("error.html", HTTPStatus.CONFLICT, error=error)
    fields = {name: text for name, text in call.form.items() if name != "token"}
    to = call.request.url.path
    return call.page("stopped.html", HTTPStatus.CONFLICT, stops=error.stops, fields=fields, to=to)


@asynccontextmanager
async def _form(
    request: Request, most_files: int
) -> AsyncIterator[tuple[Mapping[str, str], Sequence[tuple[str, BinaryIO]]]]:
    """The fields and the files of a form; the files are there for as long as this lasts."""
    if request.method != "POST":
        yield {}, ()
        return
    async with request.form(max_files=most_files, max_fields=MOST_FIELDS) as form:
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        given = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
        yield fields, [(one.filename, one.file) for one in given if one.filename]


def _closed(desk: Desk, request: Request) -> Response:
    """For who has no sitting. A browser that was sent here from elsewhere, as by a file, keeps the cookie
    back this once: a page of our own leads it on."""
    if request.method == "GET" and request.headers.get("sec-fetch-site") == "cross-site":
        return HTMLResponse(desk.screens.page("onward.html", {"at": desk.address}))
    return _plain(
        desk, "Open the desk by the address that certs desk printed when it started.", HTTPStatus.FORBIDDEN
    )


def _plain(desk: Desk, text: str, status: HTTPStatus) -> Response:
    return HTMLResponse(desk.screens.page("closed.html", {"at": desk.address, "text": text}), status)


def download(content: bytes, name: str, kind: str) -> Response:
    """A file to be kept: never shown by the browser as a page of ours."""
    return Response(content, media_type=kind, headers=_kept_as(name))


def download_file(path: Path, kind: str, ends: Callable[[], None]) -> Response:
    """The same, sent piece by piece. `ends` is called once it was sent."""
    return FileResponse(path, media_type=kind, headers=_kept_as(path.name), background=BackgroundTask(ends))


def _kept_as(name: str) -> Mapping[str, str]:
    plain = "".join(
        sign if sign.isascii() and sign.isprintable() and sign not in '"\\%' else "_" for sign in name
    )
    return {"Content-Disposition": f'attachment; filename="{plain}"'}
