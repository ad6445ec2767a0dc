"""What became of messages that a command sends at once."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from pipeline.cli.output import show_lines
from pipeline.rules.messages.occasions import Fate
from pipeline.workflow.mail_settings import folder_of_mail
from pipeline.workflow.project import Project
from pipeline.workflow.send import SentNow, send_these
from pipeline.workflow.sentences import became_lines, lines_for_staff

TROUBLE = (Fate.FAILED, Fate.UNKNOWN, Fate.QUEUED)  # of a mail that was to go out now


def send_now(project: Project, console: Console, ids: Sequence[int], quiet: bool = False) -> SentNow:
    """Send these messages, and say what became of each, unless it is to be `quiet`."""
    sent = send_these(project, ids)
    if quiet:
        return sent
    folder = folder_of_mail(project)
    for message in sent.messages:
        said = f": {message.response}" if message.response else ""
        state = (
            f"written to {folder}, not sent: SMTP_HOST is not set"
            if message.in_folder
            else message.state + said
        )
        console.print(f"mail to {message.email}: {state}", markup=False)
    for line in lines_for_staff(sent.for_staff):
        console.print(line, markup=False)
    return sent


def show_sent_together(console: Console, sent: SentNow) -> None:
    """What became of messages about one thing, in figures; those that did not go out one by one."""
    show_lines(console, became_lines(sent))


def in_trouble(sent: SentNow) -> bool:
    """Whether one of these messages did not go out."""
    return any(message.state in TROUBLE for message in sent.messages)
