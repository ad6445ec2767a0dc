"""certs activities: what there is, and what each lacks; certs activities new: asks, and writes a file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import click
from rich.console import Console

from pipeline.cli.context import opened
from pipeline.cli.options import JSON
from pipeline.cli.output import from_here, print_json, say, show_lines
from pipeline.rules.certificates.activities import read_activity
from pipeline.rules.certificates.activity_state import slug_for
from pipeline.rules.certificates.statements import span_words
from pipeline.rules.web.wording import offered, requirement
from pipeline.workflow.activities import ListedActivity, add_activity, list_activities

Answers = dict[str, str]  # field of an activity's file -> what it says
NOTHING = "-"  # what one types to leave a field out that has a default


@dataclass(frozen=True)
class Ask:
    """One question of `certs activities new`, and the option that answers it beforehand."""

    field: str
    help: str
    default: Callable[[Answers], str] = lambda _: ""
    applies: Callable[[Answers], bool] = lambda _: True
    is_needed: Callable[[Answers], bool] = lambda _: False

    @property
    def option(self) -> str:
        return f"--{self.field.casefold().replace('_', '-')}"


def _constant(text: str) -> Callable[[Answers], str]:
    return lambda _: text


def _has(field: str) -> Callable[[Answers], bool]:
    return lambda answers: bool(answers.get(field))


def _is_dated(answers: Answers) -> bool:
    return answers.get("Format", "").casefold() != "enduring material"


def _is_live(answers: Answers) -> bool:
    return answers.get("Format", "").casefold() == "live activity"


ASKS = (
    Ask("Title", "The activity's name, as it stands on certificates."),
    Ask("Slug", "Its short name in files and addresses.", lambda answers: slug_for(answers.get("Title", ""))),
    Ask(
        "Format",
        "The AMA's learning format: live activity, enduring material, or another.",
        _constant("live activity"),
    ),
    Ask("Location", "Where it took place: Chicago, Illinois", applies=_is_dated),
    Ask("Start", "Its first day: 2025-10-24", applies=_is_dated, is_needed=_is_live),
    Ask("End", "Its last day.", lambda answers: answers.get("Start", ""), _has("Start")),
    Ask("CME_max", "The most AMA PRA Category 1 Credits; none: no credit is offered."),
    Ask("ABIM_max", "The most ABIM MOC points.", applies=_has("CME_max")),
    Ask(
        "ABIM_type",
        "Medical Knowledge, Practice Assessment, Patient Safety, joined by and.",
        _constant("Medical Knowledge"),
        _has("ABIM_max"),
    ),
    Ask("ABP_max", "The most ABP MOC points.", applies=_has("CME_max")),
    Ask("PARS_id", "Its number in the ACCME's PARS.", applies=_has("CME_max")),
    Ask("Requirements", "Columns of the claims file that must say yes.", _constant("evaluation")),
    Ask("CME_for", "Who is awarded credit: anyone or physicians.", _constant("anyone"), _has("CME_max")),
    Ask("Claim_until", "The last day for claiming credit.", applies=_has("CME_max")),
    Ask("Download_until", "The last day for downloading certificates."),
    Ask("External_ids", "What learning systems call it, by comma."),
    Ask("Url", "Its page at the college's."),
    Ask("Summary", "One sentence for readers."),
)


@click.group(invoke_without_command=True)
@JSON
@click.pass_context
def activities_command(context: click.Context, as_json: bool) -> None:
    """List the activities of content/activities: dates, credit, requirements, and what each lacks."""
    if context.invoked_subcommand:
        return
    with opened(locked=False) as (project, console, _):
        listed = list_activities(project)
        if as_json:
            print_json([_object(one) for one in listed])
        else:
            for one in listed:
                _show(console, one)
            if not listed:
                say("There is no activity yet. To write one: certs activities new")


@activities_command.command("new")
def new_command(**given: str | None) -> None:
    """Write a new activity's file. What no option says is asked on a terminal."""
    answers = {
        ask.field: given[ask.field.casefold()] or ""
        for ask in ASKS
        if given[ask.field.casefold()] is not None
    }
    with opened(locked=False) as (project, console, _):
        if sys.stdin.isatty():
            taken = set(project.catalog)
            say(f"Enter takes what stands in brackets; {NOTHING} leaves a field out.")
            for ask in ASKS:
                if ask.field not in answers and ask.applies(answers):
                    answers[ask.field] = _answer(ask, answers, taken)
        answers.setdefault("Slug", slug_for(answers.get("Title", "")))
        path, added = add_activity(project, {ask.field: answers.get(ask.field, "") for ask in ASKS})
        _show(console, added)
        slug = added.activity.slug
        say(f"Written: {from_here(path)}. To see its certificates: certs proof --activity {slug}")


for _ask in ASKS:
    click.option(_ask.option, _ask.field.casefold(), help=_ask.help)(new_command)


def _answer(ask: Ask, answers: Answers, taken: set[str]) -> str:
    """Ask until the answer is one that the activity's file may have."""
    while True:
        default, words = ask.default(answers), f"{ask.field} ({ask.help.rstrip('.')})"
        text = str(click.prompt(words, default=default, show_default=bool(default), err=True)).strip()
        text = "" if text == NOTHING else text
        said = {name.casefold(): value for name, value in {**answers, ask.field: text}.items()}
        wrong = [one for one in read_activity(said)[1] if one.startswith(f"{ask.field.casefold()}:")]
        if not text and ask.is_needed(answers):
            wrong.append(f"{ask.field} is needed")
        if ask.field == "Slug" and text in taken:
            wrong.append(f"there is an activity {text} already")
        if not wrong:
            return text
        for one in wrong:
            say(f"  {one}")


def _show(console: Console, one: ListedActivity) -> None:
    activity = one.activity
    where = [activity.location.replace("\n", ", ")] if activity.location else []
    days = [span_words(activity.start, activity.end)] if activity.start and activity.end else []
    needs = [requirement(name) for name in activity.requirements]
    lines = [
        f"{activity.slug}: {activity.title}",
        f"  {', '.join([activity.format, *days, *where])}: {one.state}",
        f"  offers {'; '.join(offered(activity)) or 'participation alone'}",
        f"  requires {', '.join(needs) or 'nothing'}",
        *(f"  has no {field}: {why}" for field, why in one.lacks.items()),
    ]
    show_lines(console, lines)


def _object(one: ListedActivity) -> dict[str, object]:
    activity = one.activity
    plain = ("slug", "title", "format", "location", "abim_type", "pars_id", "cme_for", "remind", "url")
    days = ("start", "end", "claim_until", "download_until")
    amounts = ("cme_max", "abim_max", "abp_max", "hours")
    return {
        **{name: getattr(activity, name) for name in plain},
        **{name: day.isoformat() if (day := getattr(activity, name)) else None for name in days},
        **{name: None if (most := getattr(activity, name)) is None else float(most) for name in amounts},
        "requirements": list(activity.requirements),
        "external_ids": list(activity.external_ids),
        "kinds": [kind.value for kind in one.kinds],
        "state": one.state.value,
        "lacks": list(one.lacks),
    }
