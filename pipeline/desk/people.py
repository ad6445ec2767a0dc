"""Finding people, a person's card, and the way of a deed: what it asks, what it would come to, yes."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory

from starlette.responses import Response

from pipeline.desk.calls import Call
from pipeline.desk.sittings import Shown
from pipeline.desk.verbs import CORRECTED, VERBS, Typed, Verb
from pipeline.errors import CertsError, StoppedError
from pipeline.rules.text import one_line
from pipeline.workflow.card import Card, card, look_up
from pipeline.workflow.find import reveal_link
from pipeline.workflow.foresee import basis_of, foresee
from pipeline.workflow.send import SentNow, send_these
from pipeline.workflow.transcript import transcript, write_transcript

LONGEST_SOUGHT = 200  # characters of what is sought
LONGEST_TYPED = 2000
CHANGED = "Something happened to this person since you looked. This is what it would come to now."


def found(call: Call) -> Response:
    """Who fits, alone: for the script that asks while somebody types."""
    return call.page("found.html", **seek(call))


def seek(call: Call) -> Mapping[str, object]:
    """What is sought, and who fits it."""
    text = one_line(call.query("q"), LONGEST_SOUGHT)
    with call.desk.office.looking(call.actor) as project:
        return {"sought": text, "looked_up": look_up(project, text)}


def show_card(call: Call) -> Response:
    """Everything on record of one person."""
    if (one := _card(call)) is None:
        return call.missing()
    return _card_page(call, one)


def show_link(call: Call) -> Response:
    """The card with the private link: asked for, and on record."""
    if (one := _card(call)) is None:
        return call.missing()
    with call.desk.office.acting(call.actor, reaches_out=False, accepted=call.accepted) as project:
        link = reveal_link(project, one.person.participant)
    return _card_page(call, _card(call) or one, link)


def _card_page(call: Call, one: Card, link: str = "") -> Response:
    suiting = [verb for verb in VERBS.values() if not verb.of_certificate and verb.suits(one)]
    return call.page("card.html", card=one, verbs=suiting, link=link, said=said_of(call))


def said_of(call: Call) -> list[str]:
    """What was said of the deed after which the browser was sent here."""
    return call.sitting.done.get(call.query("done"), [])


def _id(call: Call) -> int | None:
    return call.desk.handles.read(call.part("handle"))


def _card(call: Call) -> Card | None:
    if (participant := _id(call)) is None:
        return None
    with call.desk.office.looking(call.actor) as project:
        return card(project, participant)


def take_record(call: Call) -> Response:
    """The person's Record of credits as PDF: it leaves the system, which is on record."""
    if (one := _card(call)) is None:
        return call.missing()
    with (
        call.desk.office.acting(call.actor, reaches_out=False, accepted=call.accepted) as project,
        TemporaryDirectory(prefix="certs-") as folder,
    ):
        person, record = transcript(project, one.who, None)
        file = Path(folder) / "record-of-credits.pdf"
        write_transcript(project, person, record, file)
        named = {"Content-Disposition": f'attachment; filename="{file.name}"'}
        return Response(file.read_bytes(), media_type="application/pdf", headers=named)


def begin_deed(call: Call) -> Response:
    """What a verb asks; where it asks nothing, what it would come to."""
    verb, one = VERBS.get(call.part("verb")), _card(call)
    if verb is None or one is None:
        return call.missing()
    typed = {"number": call.query("number")} if verb.of_certificate else {}
    if verb.asks:
        on_record = {name: getattr(one.person.participant, name, "") for name in CORRECTED}
        return _form_page(call, verb, one, {**on_record, **typed})
    return _preview_page(call, verb, one, typed)


def preview_deed(call: Call) -> Response:
    """What the deed would come to with what was typed; the form again where that is not enough."""
    verb, one = VERBS.get(call.part("verb")), _card(call)
    if verb is None or one is None:
        return call.missing()
    asked = {blank.name for blank in verb.asks} | ({"number"} if verb.of_certificate else set())
    given = {name: one_line(text, LONGEST_TYPED) for name, text in call.form.items() if name in asked}
    typed = verb.reads(one, given)
    if wrong := verb.missing(typed):
        return _form_page(call, verb, one, given, wrong)
    return _preview_page(call, verb, one, typed, given=given)


def confirm_deed(call: Call) -> Response:
    """Do what was shown, once. Where the person changed meanwhile it is shown again."""
    once, sitting = call.form.get("once", ""), call.sitting
    shown = sitting.shown.get(once)
    is_other = shown is not None and shown.participant != _id(call)
    if is_other or (once not in sitting.done and shown is None):
        return call.page("refused.html", HTTPStatus.GONE)
    if shown is not None:
        verb = VERBS[shown.action]
        try:
            if not _do(call, verb, shown, once):
                return _shown_again(call, verb, shown, CHANGED)
        except StoppedError:
            raise  # each stop is shown with a box, and the same form goes on
        except CertsError as error:
            return _shown_again(call, verb, shown, f"{error.message} {error.hint}".strip())
    is_gone = _card(call) is None
    return call.go(f"?done={once}" if is_gone else f"person/{call.part('handle')}?done={once}")


def _do(call: Call, verb: Verb, shown: Shown, once: str) -> bool:
    """Whether it is done, now or by a form sent twice."""
    with call.desk.office.acting(call.actor, accepted=call.accepted) as project:
        if once in call.sitting.done:
            return True
        one = card(project, shown.participant)
        if one is None or basis_of(project, shown.people) != shown.basis:
            return False
        outcome = verb.does(project, one.who, shown.typed)
        try:
            became = _became(send_these(project, outcome.messages))
        except CertsError as error:  # the deed is done all the same, and its mail waits
            became = [f"The mail waits: {error.message} {error.hint}"]
        call.sitting.finish(once, [outcome.said, *outcome.problems, *became])
    return True


def _became(sent: SentNow) -> list[str]:
    """What became of the messages of a deed, a sentence each."""
    said = []
    for message in sent.messages:
        how = "written into the folder of mail, not sent: no mail server is set"
        if not message.in_folder:
            how = f"{message.state}{': ' if message.response else ''}{message.response}"
        said.append(f"Mail to {message.email}: {how}.")
    return [*said, *(f"{count} waits: {why}" for why, count in sent.for_staff.items())]


def _shown_again(call: Call, verb: Verb, shown: Shown, why: str) -> Response:
    """The preview of what somebody said yes to, as it is now; nothing that was typed is lost."""
    one = _card(call)
    if one is None:
        return call.missing()
    return _preview_page(call, verb, one, shown.typed, why)


def _form_page(
    call: Call, verb: Verb, one: Card, typed: Typed, wrong: Mapping[str, str] | None = None, why: str = ""
) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong or why else HTTPStatus.OK
    return call.page("form.html", status, verb=verb, card=one, typed=typed, wrong=wrong or {}, why=why)


def _preview_page(
    call: Call, verb: Verb, one: Card, typed: Typed, why: str = "", given: Typed | None = None
) -> Response:
    participant = one.person.participant.id
    try:
        with call.desk.office.looking(call.actor) as project:
            people = [participant, *verb.touches(project, typed)]
            foreseen = foresee(project, people, lambda trial: verb.does(trial, one.who, typed))
    except CertsError as error:
        why = why or f"{error.message} {error.hint}".strip()
        return _form_page(call, verb, one, given or typed, why=why)
    once = call.sitting.show(Shown(participant, people, verb.name, typed, foreseen.basis))
    status = HTTPStatus.CONFLICT if why else HTTPStatus.OK
    return call.page(
        "preview.html", status, verb=verb, card=one, typed=typed, foreseen=foreseen, once=once, why=why,
        command=verb.command(one.who, typed, foreseen.stops),
    )  # fmt: skip
