"""A certificate is withdrawn, or made valid again, on staff's word."""

from __future__ import annotations

from dataclasses import replace

from pipeline.errors import CertsError
from pipeline.rules.certificates.awards import Standing
from pipeline.rules.certificates.numbers import read_number
from pipeline.rules.messages.occasions import Occasion
from pipeline.rules.places import verification_address
from pipeline.workflow.award import award
from pipeline.workflow.project import Project
from pipeline.workflow.release import release
from pipeline.workflow.render import render_at_once
from pipeline.workflow.tell import queue


def withdraw(project: Project, number: str, reason: str, tell: bool = False) -> tuple[str, list[int]]:
    """The certificate is not valid any more: its page says so, the file goes. The number as printed, and the
    message that tells its holder, if that is asked for."""
    return _set_standing(project, number, Occasion.WITHDRAWN, reason, tell)


def reinstate(project: Project, number: str, reason: str, tell: bool = False) -> tuple[str, list[int]]:
    """A withdrawn certificate is valid again, with what was corrected meanwhile. Returns what withdraw does.

    Raises CertsError where the claim has no credit any more: it would be withdrawn again at once.
    """
    return _set_standing(project, number, Occasion.REINSTATED, reason, tell)


def _set_standing(
    project: Project, text: str, event: Occasion, reason: str, tell: bool
) -> tuple[str, list[int]]:
    ledger = project.ledger
    number = read_number(text)
    found = ledger.certificates.by_number(number) if number else None
    if number is None or found is None:
        raise CertsError(f'There is no certificate "{text}".', "Find its number: certs find TEXT.")
    certificate, participant, was = found
    standing = Standing.WITHDRAWN if event is Occasion.WITHDRAWN else None
    messages: list[int] = []
    if not (was.is_live if standing is Standing.WITHDRAWN else was is Standing.WITHDRAWN):
        raise CertsError(
            f"Certificate {number} is {was}: there is nothing to {'withdraw' if standing else 'reinstate'}.",
            f"See its history: certs find {number}",
        )
    if standing is None and (why := why_it_stays_withdrawn(project, certificate)):
        raise CertsError(f"Certificate {number} cannot be reinstated: {why[0]}.", why[1])
    with ledger.transaction():
        if standing is None:
            ledger.withdrawals.take_word(certificate)
            ledger.certificates.reinstate(certificate)
        else:
            ledger.certificates.withdraw(certificate, project.today, reason)
        ledger.claims.award_again(participant)
        action = "withdraw" if standing else "reinstate"
        project.on_record(action, f"{number}; {reason}", participant)
        if tell:
            messages.append(queue(project, ledger.people.get(participant), event))
            ledger.mentions.add(messages[0], [certificate], event)
    award(project, [participant])
    if standing is None:
        print_present_address(project, certificate, number)
    render_at_once(project)
    release(project, [participant])
    return number, messages


def why_it_stays_withdrawn(project: Project, certificate: int) -> tuple[str, str] | None:
    """Why a withdrawn certificate cannot be valid again, and what to do about that; None where it can."""
    withdrawals = project.ledger.withdrawals
    if not withdrawals.has_credit(certificate):
        return "a claims file removed its credit", "Give certs run a file with the credit first."
    if other := withdrawals.in_its_place(certificate):
        return f"{other} counts in its place", f"Only one can: certs withdraw {other} --reason ... first."
    return None


def print_present_address(project: Project, certificate: int, number: str) -> None:
    """The site may have moved while a certificate was withdrawn, and a reissue passed it over: the address
    that is printed on it must lead to the site as it is."""
    stated = project.ledger.certificates.stated(certificate)
    address = verification_address(project.settings.site_url, number)
    if stated.verify_url != address:
        with project.ledger.transaction():
            moved = replace(stated, verify_url=address)
            project.ledger.certificates.plan_version(certificate, moved, project.today, "")
