"""What can be done for a person at the desk: each verb with what it asks, the workflow's function that
does it, and the command that does the same."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.rules.stops import Stop, accepting
from pipeline.rules.text import counted
from pipeline.workflow import desk, standing
from pipeline.workflow.card import Card
from pipeline.workflow.foresee import DeedResult
from pipeline.workflow.merge import foresee_parting, merge_records, part_records
from pipeline.workflow.merge_plan import foresee_merge
from pipeline.workflow.project import Project
from pipeline.workflow.stops import refuse

Typed = Mapping[str, str]  # what a form has, by field; a box that is not ticked is not in it

SHOWN = "In words for the holder: it stands on their page and on the public verification page."
KEPT = "Kept in the audit trail, shown to nobody else."


@dataclass(frozen=True)
class Blank:
    """One field of a form."""

    name: str
    label: str
    help: str = ""
    kind: str = "text"  # of an input in HTML: text, email, checkbox
    is_needed: bool = False
    suits: Callable[[Card], bool] = lambda _: True  # whether it is worth asking


@dataclass(frozen=True)
class Verb:
    """One thing that can be done."""

    name: str
    label: str  # of its button
    means: str  # one sentence
    does: Callable[[Project, str, Typed], DeedResult]  # with what names the person in a command
    says: Callable[[str, Typed], Sequence[str]]  # the words of the command that does the same
    asks: Sequence[Blank] = ()
    of_certificate: bool = False  # it is about one certificate, whose number comes with it
    faults: Callable[[Typed], Mapping[str, str]] = lambda _: {}  # what is wrong with what was typed, by field
    reads: Callable[[Card, Typed], Typed] = lambda _, typed: typed  # without what is on record already
    suits: Callable[[Card], bool] = lambda _: True  # whether there is anything to do
    touches: Callable[[Project, Typed], Sequence[int]] = lambda *_: ()  # ids of others whose records change
    is_grave: bool = False  # it cannot be undone

    def missing(self, typed: Typed) -> dict[str, str]:
        """What is wrong with what was typed, by field; nothing where it can be shown what it comes to."""
        empty = {
            one.name: "This is needed." for one in self.asks if one.is_needed and not typed.get(one.name)
        }
        return {**self.faults(typed), **empty}

    def command(self, who: str, typed: Typed, stops: Sequence[Stop] = ()) -> str:
        """The command that does the same, as it is typed in a shell."""
        return shlex.join(["certs", *self.says(who, typed), *accepting(stops)])


def _reason(help_: str) -> Blank:
    return Blank("reason", "Why", help_, is_needed=True)


def _because(typed: Typed) -> list[str]:
    return ["--reason", typed["reason"]] if typed.get("reason") else []


def _resend(project: Project, who: str, _typed: Typed) -> DeedResult:
    person, message = desk.resend(project, who, None)
    return DeedResult(f"The link of {person.name} goes to {person.email}.", [message])


CORRECTED = ("name", "credentials", "email", "learner_id")


def _change(typed: Typed) -> tuple[desk.Change, Mapping[str, str]]:
    change, faults = desk.read_change(*(typed.get(field) for field in CORRECTED))
    return replace(change, works="works" in typed), faults


def _wrong_change(typed: Typed) -> Mapping[str, str]:
    change, faults = _change(typed)
    if change == desk.Change():
        return {"name": "Nothing is changed here yet: say what to correct."}
    return faults


def _changed(card: Card, typed: Typed) -> Typed:
    on_record = {field: getattr(card.person.participant, field) for field in CORRECTED}
    return {name: text for name, text in typed.items() if on_record.get(name) != text}


def _correct(project: Project, who: str, typed: Typed) -> DeedResult:
    change, _ = _change(typed)
    issued, messages = desk.correct(project, who, change, typed.get("reason", ""), "mail" in typed)
    said = f"Corrected; {counted(issued.corrected, 'certificate was', 'certificates were')} made anew."
    return DeedResult(said, messages, [str(one) for one in issued.problems])


def _say_correct(who: str, typed: Typed) -> list[str]:
    options = {name: f"--{name.replace('_', '-')}" for name in CORRECTED if name in typed}
    said = [word for name, option in options.items() for word in (option, typed[name])]
    return [
        "correct",
        who,
        *said,
        *(f"--{box}" for box in ("works", "mail") if box in typed),
        *_because(typed),
    ]


def _merge(project: Project, who: str, typed: Typed) -> DeedResult:
    plan = foresee_merge(project, typed["other"], who)
    refuse(project, plan.stops)
    issued, messages = merge_records(project, plan, typed["reason"], "mail" in typed)
    said = f"{plan.who.name} <{plan.who.email}> is part of {plan.into.name} <{plan.into.email}> now."
    return DeedResult(said, messages, [str(one) for one in issued.problems], [*plan.lines()])


def _part(project: Project, who: str, typed: Typed) -> DeedResult:
    plan = foresee_parting(project, who)
    issued, messages = part_records(project, plan, typed["reason"])
    said = f"{plan.record.name} and {plan.into.name} have two records again."
    return DeedResult(said, messages, [str(one) for one in issued.problems], [*plan.lines()])


def _rotate(project: Project, who: str, typed: Typed) -> DeedResult:
    person, message = desk.rotate(project, who, typed["reason"])
    said = f"{person.name} has a new link; the old one is dead."
    return DeedResult(said, [message] if message else [])


def _withdraw(project: Project, _who: str, typed: Typed) -> DeedResult:
    number, messages = standing.withdraw(project, typed["number"], typed["reason"], "mail" in typed)
    return DeedResult(f"{number} is withdrawn.", messages)


def _reinstate(project: Project, _who: str, typed: Typed) -> DeedResult:
    number, messages = standing.reinstate(project, typed["number"], typed["reason"], "mail" in typed)
    return DeedResult(f"{number} is valid again.", messages)


def _say_standing(verb: str) -> Callable[[str, Typed], list[str]]:
    return lambda _, typed: [
        verb,
        typed["number"],
        *(["--mail"] if "mail" in typed else []),
        *_because(typed),
    ]


def _hold(project: Project, who: str, typed: Typed) -> DeedResult:
    return DeedResult(f"{desk.hold(project, who, typed['reason']).name} is held.")


def _end_hold(project: Project, who: str, typed: Typed) -> DeedResult:
    return DeedResult(f"{desk.end_hold(project, who, typed['reason']).name} is released.")


def _forget(project: Project, who: str, typed: Typed) -> DeedResult:
    gone = desk.forget(project, who, typed["reason"], lambda _: True)
    return DeedResult(f"Erased; {counted(gone or 0, 'certificate was', 'certificates were')} deleted.")


MAIL = Blank("mail", "Mail the holder that it is so", kind="checkbox")
VERBS = {
    one.name: one
    for one in (
        Verb(
            "resend",
            "Send the link again",
            "The link goes to the address on record alone; a closed download opens again.",
            _resend,
            lambda who, _: ["resend", who],
        ),
        Verb(
            "correct",
            "Correct",
            "Certificates are made anew under the same numbers, and the link stays. "
            "A former address is told of a new one.",
            _correct,
            _say_correct,
            (
                Blank("name", "Name", "As it shall stand on the certificates."),
                Blank("credentials", "Credentials", "As they shall stand; empty for none."),
                Blank("email", "Address", "Mail goes there from now on.", "email"),
                Blank("learner_id", "Learner id", "By which files are to know the person."),
                Blank(
                    "works",
                    "The address on record works, whatever came back from it",
                    kind="checkbox",
                    suits=lambda card: card.person.participant.mark is not None,
                ),
                Blank("mail", "Mail the person what was corrected", kind="checkbox"),
                _reason(SHOWN),
            ),
            faults=_wrong_change,
            reads=_changed,
        ),
        Verb(
            "rotate",
            "Give a new link",
            "The old link dies, and the new one is mailed to the address on record.",
            _rotate,
            lambda who, typed: ["rotate", who, *_because(typed)],
            (_reason(KEPT),),
        ),
        Verb(
            "withdraw",
            "Withdraw",
            "The file goes; the holder’s page and the verification page say so, and why.",
            _withdraw,
            _say_standing("withdraw"),
            (_reason(SHOWN), MAIL),
            of_certificate=True,
        ),
        Verb(
            "reinstate",
            "Make valid again",
            "The certificate is valid again, with what was corrected meanwhile.",
            _reinstate,
            _say_standing("reinstate"),
            (_reason(KEPT), MAIL),
            of_certificate=True,
        ),
        Verb(
            "merge",
            "Merge",
            "Another record of the same person becomes part of this one: its certificates, mail and link.",
            _merge,
            lambda who, typed: [
                *("merge", typed["other"], who),
                *(["--mail"] if "mail" in typed else []),
                *_because(typed),
            ],
            (
                Blank(
                    "other",
                    "The other record",
                    "Its address, learner id or a certificate number.",
                    is_needed=True,
                ),
                _reason(KEPT),
                Blank("mail", "Mail the person, at the address that stays", kind="checkbox"),
            ),
            touches=lambda project, typed: [desk.one_person(project, typed["other"]).id],
        ),
        Verb(
            "part",
            "Undo today’s merge",
            "The record that became part of this one today is one of its own again.",
            _part,
            lambda who, typed: ["merge", "--undo", who, *_because(typed)],
            (_reason(KEPT),),
            suits=lambda card: card.was_merged_today,
        ),
        Verb(
            "hold",
            "Hold",
            "The record is kept beyond six years, until it is released.",
            _hold,
            lambda who, typed: ["hold", who, *_because(typed)],
            (_reason(KEPT),),
            suits=lambda card: not card.person.participant.held,
        ),
        Verb(
            "release",
            "Release",
            "The hold ends; retention applies again from the next run on.",
            _end_hold,
            lambda who, typed: ["hold", who, "--release", *_because(typed)],
            (_reason(KEPT),),
            suits=lambda card: bool(card.person.participant.held),
        ),
        Verb(
            "forget",
            "Erase",
            "On the person’s request: all of theirs is deleted for good, and no file brings them back.",
            _forget,
            lambda who, typed: ["forget", who, *_because(typed)],
            (_reason(KEPT),),
            is_grave=True,
        ),
    )
}
