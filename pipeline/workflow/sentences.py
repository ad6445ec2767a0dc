"""Sentences and figures that the terminal and the desk say alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.undo import WhyLeft
from pipeline.rules.messages.delivery import advice
from pipeline.rules.messages.occasions import Fate
from pipeline.rules.text import counted, first_few

if TYPE_CHECKING:
    from pipeline.workflow.run import RunResult
    from pipeline.workflow.send import Mailing, SentNow
    from pipeline.workflow.together import StandingPlan
    from pipeline.workflow.undo import UndoPlan

FIRST = 20  # of many lines of a kind
LOST = (Fate.FAILED, Fate.UNKNOWN)
OCCASIONS = {  # of mail: what it tells
    "new": "of new certificates",
    "corrected": "of a correction",
    "replaced": "of a certificate that took the place of another",
    "withdrawn": "that a certificate was withdrawn",
    "reinstated": "that a certificate is valid again",
    "board": "that a board could not match them",
    "withheld": "what is missing",
    "reminder": "again what is missing",
    "deletion": "that a record will be deleted",
    "resent": "their link again",
    "rotated": "their new link",
    "moved": "at the former address that mail goes elsewhere",
}


def lines_for_staff(for_staff: Mapping[str, int]) -> Iterator[str]:
    """How many messages must wait, and why, a sentence each."""
    for why, count in for_staff.items():
        yield f"{counted(count, 'message waits', 'messages wait')}: {why}"


def who_waits(occasion: str, count: int, activity: str) -> str:
    """How many people are to be told what, of which activity."""
    what = OCCASIONS.get(occasion)
    about = f": {activity}" if activity else ""
    if what is None:
        return f"{counted(count, 'message')} ({occasion}){about}"
    return f"{counted(count, 'person is', 'people are')} to be told {what}{about}"


def unmailed_lines(people: Sequence[str]) -> list[str]:
    """Who has a page whose link nobody was ever mailed, and what to do."""
    lines = [f"never mailed: {who}" for who in people]
    if lines:
        lines = first_few(lines, FIRST, "... and {} more: all of them with certs status --json")
        lines.append(
            "To mail a link: certs resend WHO; what is missing, too: Remind: yes in the activity's file"
        )
    return lines


def fates(done: Mailing) -> dict[str, int]:
    """What became of the messages, by the names that JSON has for it."""
    sending = done.sending
    return {
        "queued": done.left.queued,
        "sent": sending.sent,
        "deferred": sending.deferred,
        "failed": sending.failed,
        "unknown": sending.unknown,
    }


def is_trouble(done: Mailing) -> bool:
    """Whether somebody must look at what was sent."""
    return bool(done.sending.failed or done.sending.unknown or done.sending.halted)


def certificate_counts(done: RunResult) -> dict[str, int]:
    """What became of rows and certificates, by the names that JSON has for it."""
    return {
        "rows": done.loaded.rows,
        "issued": done.issued.issued,
        "corrected": done.issued.corrected,
        "replaced": done.issued.replaced,
        "withheld": done.withheld,
        "unchanged": done.awarded.unchanged,
        "set_aside": done.loaded.set_aside,
        "expired": done.loaded.expired,
        "purged": done.purged,
    }


def unsent(done: Mailing, only: str | None = None) -> Iterator[str]:
    """What failed and what to do about it, why sending stopped, what waits and for what; a sentence each.

    `only`: what was asked for with `certs send --only`.
    """
    sending, left = done.sending, done.left
    if sending.folder and sending.sent:
        what = counted(sending.sent, "mail")
        yield f"{what} written to {sending.folder}; nobody was mailed, as SMTP_HOST is not set."
    if left.in_folder:
        what = counted(left.in_folder, "message was", "messages were")
        yield f"{what} written to a folder before SMTP_HOST was set, not sent: certs send --only folder"
    failed = [f"failed: {one.email}: {one.response}. {advice(one.response)}" for one in sending.refused]
    yield from first_few(failed, FIRST, "... and {} more that failed: certs status --json lists all")
    if left.failed > 0:
        what = counted(
            left.failed,
            "message that failed earlier still needs",
            "messages that failed earlier still need",
        )
        yield f"{what} somebody: certs status says what to do"
    if left.unknown > 0:
        what = counted(left.unknown, "message")
        yield f"{what} of before may have been sent or not: certs status; else certs send --only unknown"
    if sending.halted:
        yield f"Sending stopped: {sending.halted}"
    yield from first_few(sending.dropped, FIRST, "... and {} more that are no longer due: see certs status")
    yield from lines_for_staff(sending.for_staff)
    if left.deferred:
        what = counted(left.deferred, "message is", "messages are")
        when = f", the first at {left.next_due:%Y-%m-%d %H:%M %Z}" if left.next_due else ", some at once"
        yield f"{what} to be tried again by certs send{'' if sending.halted else when}."
    free = left.queued - sending.for_staff_untried
    waiting = counted(free, "message waits", "messages wait")
    if done.nobody_answered:
        again = f" --only {only}" if only else ""
        what = waiting if free > 0 and not only else "Messages to be tried again wait"
        yield f"{what}: nobody could be asked. To send: certs send{again} --yes"
    elif free > 0:
        yield f"{waiting}. To send: certs send"


def became_lines(sent: SentNow) -> list[str]:
    """What became of messages about one thing, in figures; those that did not go out one by one."""
    states = Counter("written to a folder" if one.in_folder else str(one.state) for one in sent.messages)
    said = ", ".join(f"{count:,} {state}" for state, count in states.items())
    lines = [f"{counted(len(sent.messages), 'mail')}: {said}"] if states else []
    lost = [f"{one.state}: {one.email}: {one.response}" for one in sent.messages if one.state in LOST]
    lines += first_few(lost, FIRST, "... and {} more: certs status")
    return [*lines, *lines_for_staff(sent.for_staff)]


def plan_lines(plan: StandingPlan, tell: bool) -> list[str]:
    """What it comes to, for staff to see before they say yes."""
    lines = [f"{plan.activity}: {count:,} {Kind(kind).label}" for kind, count in plan.by_kind.items()]
    told = counted(len(plan.told), "was", "were")
    lines.append(f"{counted(len(plan.people), 'person', 'people')}, of whom {told} told by mail")
    if tell:
        lines.append(f"{counted(len(plan.told), 'mail goes', 'mails go')} out, one to each of these")
    return [*lines, *left_lines(plan)]


def left_lines(plan: StandingPlan) -> list[str]:
    """What stays withdrawn although the activity comes back."""
    stays = [f"{number} stays withdrawn: {why}" for number, why in plan.left]
    lines = first_few(stays, FIRST, "... and {} more stay withdrawn")
    if plan.more:
        taken = counted(plan.more, "certificate", "certificates")
        lines.append(f"{taken} that an earlier withdrawal took: give the command once more")
    return lines


def undo_lines(plan: UndoPlan) -> list[str]:
    """What undoing a run comes to, a line each."""
    lines = []
    for count, what in (
        (len(plan.withdrawn), "withdrawn"),
        (len(plan.taken_back), "taken back: neither mailed nor published"),
        (len(plan.restored), "valid again, as what took their place goes"),
        (plan.left[WhyLeft.MAILED], "left, as their holders were told: to undo these, too, --mailed"),
        (plan.left[WhyLeft.LATER], "left, as a later file or run has them, too: certs withdraw NUMBER"),
        (plan.left[WhyLeft.MERGED], "left, as their records became one with others: certs withdraw NUMBER"),
        (
            plan.run.figures.get("withdrawn", 0),
            "left withdrawn, as its file removed their credit: certs reinstate NUMBER",
        ),
        (plan.corrected, "left corrected: give certs run a file that is right, or certs correct WHO"),
    ):
        if count:
            lines.append(f"{counted(count, 'certificate')} {what}")
    if plan.deleted:
        lines.append(f"{counted(plan.deleted, 'claim')} deleted: it brought them, and nothing is left")
    if plan.put_back:
        what = counted(plan.put_back, "claim says", "claims say")
        lines.append(f"{what} again what was on record before: nothing was made of what it said")
    if plan.told:
        lines.append(f"{counted(len(plan.told), 'person is', 'people are')} told by mail")
    return lines
