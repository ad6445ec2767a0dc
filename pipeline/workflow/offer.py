"""What `certs send` would send, shown before it is asked for; and sent, where it still is what was shown."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.rules.messages.occasions import Fate
from pipeline.workflow.due import Choice, only_in_folder, waiting_for_a_person
from pipeline.workflow.mail_settings import folder_of_mail
from pipeline.workflow.project import Project
from pipeline.workflow.send import Mailing, question, send_what_waits, take_from_folder, who_would_get_what

FOLDER = "folder"  # what was written into a folder, while no mail server was set
ONLY = ("", Fate.UNKNOWN.value, Fate.FAILED.value, FOLDER)  # what `certs send --only` takes; "": what waits
FIRST_FEW = 20  # people who are named


@dataclass(frozen=True)
class SendOffer:
    """What would be sent."""

    total: int  # messages
    waiting: tuple[tuple[str, str, int], ...]  # activity, occasion, messages
    first: tuple[tuple[str, str], ...]  # to whom, and about what, of the first of them
    sample: str  # one as it would go; empty where none can be shown before it waits again
    for_staff: Mapping[str, int]  # why messages wait for a person, and how many
    folder: str  # where they are written, as no mail server is set


def offer_to_send(project: Project, only: str) -> SendOffer:
    """What sending would come to; `only`: one of ONLY. Nothing is changed."""
    for_staff, folder = waiting_for_a_person(project), folder_of_mail(project)
    if only == FOLDER:
        written = only_in_folder(project)
        messages = [project.ledger.messages.get(one) for one in written[:FIRST_FEW]]
        first = tuple((one.email, str(one.occasion)) for one in messages)
        return SendOffer(len(written), (), first, "", for_staff, folder)
    choice = _choice(only)
    asked = question(project, choice)
    if asked is None:
        return SendOffer(0, (), (), "", for_staff, folder)
    some = itertools.islice(who_would_get_what(project, choice), FIRST_FEW)
    named = tuple((one.recipient, ", ".join(one.words)) for one in some)
    return SendOffer(asked.total, asked.waiting, named, asked.sample, for_staff, folder)


def send_offered(project: Project, only: str) -> Mailing:
    """Send it. Raises as `send` does."""
    choice = _choice(only)
    if only == FOLDER:
        written = only_in_folder(project)
        choice = Choice(ids=written)
        if written:
            take_from_folder(project, written)
    return send_what_waits(project, lambda _: True, choice)


def _choice(only: str) -> Choice:
    return Choice(Fate(only) if only and only != FOLDER else None)
