"""The desk's addresses, all below one that nobody can guess, and the way in."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp

from pipeline.desk import history, people
from pipeline.desk.activities import ACTIVITY_VERBS, Activities
from pipeline.desk.board import Board, show_work
from pipeline.desk.calls import Call, Desk, View, answered
from pipeline.desk.claims import MOST_BYTES, ClaimsDesk
from pipeline.desk.guard import MOST, Guard
from pipeline.desk.large import LargeDeeds
from pipeline.desk.mailbox import RequestsDesk
from pipeline.desk.offers import Offers
from pipeline.desk.office import Office
from pipeline.desk.pictures import WIDTHS, Pictures
from pipeline.desk.screens import Screens
from pipeline.desk.sittings import Sittings
from pipeline.desk.work import Work
from pipeline.errors import CertsError
from pipeline.rules.text import one_line
from pipeline.workflow.card import issued_file

LONGEST_NAME = 60  # characters of an actor


def new_desk(office: Office, sittings: Sittings) -> Desk:
    """A desk with an address and a cookie of its own. Raises OSError where the theme lacks it."""
    place = f"/desk-{secrets.token_hex(12)}"
    name = f"desk-{hashlib.sha256(place.encode()).hexdigest()[:12]}"
    return Desk(office, Screens(office.settings.theme), sittings, place, name, Work(sittings))


def application(desk: Desk) -> ASGIApp:
    """The desk as a server runs it."""
    pictures, claims, offers = Pictures(), ClaimsDesk(desk.work), Offers()
    board, activities, mailbox = Board(offers), Activities(), RequestsDesk(offers)

    def gets(path: str, view: View) -> Route:
        return Route(path, answered(desk, view), methods=["GET"])

    def posts(path: str, view: View) -> Route:
        return Route(path, answered(desk, view), methods=["POST"])

    def large(under: str, deeds: LargeDeeds) -> list[Route]:
        path = f"{under}/{{about}}/{{verb}}"
        return [gets(path, deeds.ask), posts(path, deeds.preview), posts(f"{path}/yes", deeds.agree)]

    async def enter(request: Request) -> Response:
        if "key" in request.query_params:
            return _with_cookie(desk, request.query_params["key"])
        return await answered(desk, board.home)(request)

    routes = [
        Route("/", enter, methods=["GET"]),
        Route("/who", answered(desk, who, needs_name=False), methods=["GET"]),
        Route("/who", answered(desk, say_who, needs_name=False), methods=["POST"]),
        Route("/leave", answered(desk, leave, needs_name=False), methods=["POST"]),
        gets("/found", people.found),
        gets("/person/{handle}", people.show_card),
        posts("/person/{handle}/link", people.show_link),
        posts("/person/{handle}/record", people.take_record),
        posts("/person/{handle}/yes", people.confirm_deed),
        gets("/person/{handle}/{verb}", people.begin_deed),
        posts("/person/{handle}/{verb}", people.preview_deed),
        gets("/requests", mailbox.show),
        gets("/requests/count", mailbox.count),
        posts("/requests/yes", mailbox.answer_all),
        posts("/requests/answer", mailbox.answer),
        posts("/requests/seen", mailbox.seen),
        gets("/send", board.offer),
        posts("/send/yes", board.send),
        gets("/work/{id}", show_work),
        gets("/runs", history.show_runs),
        gets("/runs/{about}", history.show_run_on_record),
        *large("/runs", LargeDeeds(offers, "runs", {history.UNDO.name: history.UNDO})),
        gets("/activities", activities.listed),
        gets("/activities/{about}", activities.one),
        posts("/activities/{about}/take", activities.take_away),
        *large("/activities", LargeDeeds(offers, "activities", ACTIVITY_VERBS)),
        gets("/claims", claims.start),
        Route("/claims", answered(desk, claims.take, takes_files=True), methods=["POST"]),
        gets("/claims/{id}", claims.show),
        posts("/claims/{id}/again", claims.again),
        posts("/claims/{id}/leave", claims.leave),
        posts("/claims/{id}/yes", claims.agree),
        gets("/claims/{id}/review", claims.review),
        gets("/claims/{id}/rejects/{number}", claims.rejects),
        gets("/claims/{id}/{which}/{number}", claims.picture),
        gets("/picture/{number}", lambda call: picture(call, pictures)),
        *(Route(f"/static/{name}", _static(desk, name), methods=["GET"]) for name in desk.screens.files),
    ]
    most = {desk.address("claims"): MOST_BYTES}
    router = Router([Mount(desk.place, Router(routes, redirect_slashes=False))])
    return Guard(router, desk.address(), lambda path: most.get(path, MOST))


def _with_cookie(desk: Desk, key: str) -> Response:
    """The key is exchanged for a cookie, and leaves the address bar."""
    sitting = desk.sittings.enter(key)
    if sitting is None:
        page = desk.screens.page("closed.html", {"at": desk.address, "text": "This key is not the desk’s."})
        return HTMLResponse(page, HTTPStatus.FORBIDDEN)
    response = RedirectResponse(desk.address(), HTTPStatus.SEE_OTHER)
    response.set_cookie(desk.cookie, sitting.id, path=desk.address(), httponly=True, samesite="strict")
    return response


def who(call: Call) -> Response:
    """Asks who is at work."""
    return call.page("who.html", wrong="")


def say_who(call: Call) -> Response:
    """Takes the name under which deeds go on record."""
    name = one_line(call.form.get("actor", ""), LONGEST_NAME)
    if not name:
        return call.page("who.html", HTTPStatus.UNPROCESSABLE_ENTITY, wrong="Say who you are.")
    call.sitting.actor = name
    return call.go()


def leave(call: Call) -> Response:
    """Ends the sitting: this browser needs the key again."""
    call.desk.sittings.leave(call.sitting)
    text = "You have left the desk. To come back, open the address that certs desk printed."
    return HTMLResponse(call.desk.screens.page("closed.html", {"at": call.desk.address, "text": text}))


def picture(call: Call, pictures: Pictures) -> Response:
    """A certificate's first page, small or, with `?large`, to be read."""
    width = WIDTHS["large" in call.request.query_params]
    try:
        with call.desk.office.looking(call.actor) as project:
            digest, _ = issued_file(project, call.part("number"))
            return Response(pictures.get(project, digest, width), media_type="image/png")
    except CertsError as error:
        return PlainTextResponse(f"{error.message}\n", HTTPStatus.NOT_FOUND)


def _static(desk: Desk, name: str) -> Callable[[Request], Response]:
    content, kind = desk.screens.files[name]
    return lambda _request: Response(content, media_type=kind)
