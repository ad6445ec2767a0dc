"""What was issued and is not in the ledger comes back from pages and PDFs: same numbers, same links.

What no page tells, an address or a learner id, the claims file tells when it is read again: see recognise.
Nobody is mailed for it: a message that lies in the outbox was sent; of all others it is not known, and
messages of which that is not known are sent by staff alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from pipeline.ledger import Participant
from pipeline.rules.certificates.activities import Activity
from pipeline.rules.certificates.awards import ClaimContent, HolderName, Standing
from pipeline.rules.messages.occasions import Fate, Occasion
from pipeline.rules.text import counted
from pipeline.workflow.aside import keep_aside
from pipeline.workflow.findings import Findings, FoundCertificate, FoundPerson
from pipeline.workflow.merged_again import keep_links
from pipeline.workflow.project import Project

HELD = "the page said so when the ledger was lost"
DOUBT = "taken back from the page: whether it was sent is not known"


def take_in(project: Project, findings: Findings) -> None:
    """Put on record what was found, in one transaction; PDFs are in the vault before.

    The caller makes the pages anew, and has retention set aside what stays unknown.
    """
    _put_into_vault(project, findings)
    with project.ledger.transaction():
        for person in findings.people:
            _take_in(project, findings, person)
        keep_links(project, findings.forwards)
        project.ledger.rebuilding.join_replaced()
        project.on_record("rebuild", "; ".join(line.strip() for line in findings.plan()))


def _put_into_vault(project: Project, findings: Findings) -> None:
    """Also what no page tells of: retention sets it aside from there. A page of no use waits aside."""
    wanted = {digest for person in findings.people for one in person.certificates for digest in one.unknown}
    for digest in wanted.union(findings.alone):
        if digest in findings.stock:
            project.vault.put_many([findings.stock[digest][1].read_bytes()])
    for page, _ in findings.unread:
        if page.is_file() and not page.is_symlink():
            keep_aside(project, page.read_bytes(), ".html")


def _take_in(project: Project, findings: Findings, person: FoundPerson) -> None:
    ledger, me = project.ledger, person.on_record
    holder = HolderName(person.shown.name, person.shown.credentials)
    if me is None:
        email = person.mails[-1][1] if person.mails else ""
        held = HELD if person.is_held else ""
        participant = ledger.people.take_in(holder, person.said, email, person.token, held)
    else:
        participant = me.id
        if person.differs:
            _renew(project, person, me, holder)
    by_activity: dict[str, list[FoundCertificate]] = defaultdict(list)
    for one in person.certificates:
        by_activity[one.facts.activity].append(one)
    ids = {}
    for slug, found in by_activity.items():
        claim = _claim(project, participant, slug, found)
        for one in found:
            ids[_certificate(project, participant, claim, one, findings)] = one
    if ids:
        _tell(project, participant, ids, person.mails)
    homes = sorted({findings.home(digest) for one in person.certificates for digest in one.unknown})
    what = counted(len(person.certificates), "certificate")
    project.on_record(
        "rebuild", f"{what} taken back, page in output/, PDFs {', '.join(homes) or 'known'}", participant
    )


def _renew(project: Project, person: FoundPerson, me: Participant, holder: HolderName) -> None:
    """Link, name and hold as the page has them, which is newer than the ledger."""
    people = project.ledger.people
    if me.token != person.token:
        people.set_token(me.id, person.token)
    if (me.name, me.credentials) != (holder.name, holder.credentials):
        spelling, load = people.spelling(me.id)
        people.respell(me.id, replace(spelling, name=holder.name, credentials=holder.credentials), load)
    if person.is_held and not me.held:
        people.set_hold(me.id, HELD)


def _claim(project: Project, participant: int, slug: str, found: Sequence[FoundCertificate]) -> int:
    """The claim that these certificates were issued for, saying what those say that count."""
    claims = project.ledger.claims
    facts = [one.facts for one in found if one.shown.standing is not Standing.REPLACED]
    first = found[0].facts
    content = ClaimContent(
        completed_on=first.completed_on,
        cme=max((one.cme for one in facts), default=Decimal(0)),
        abim=max((one.abim for one in facts), default=Decimal(0)),
        abp=max((one.abp for one in facts), default=Decimal(0)),
    )
    dates = first.end or first.completed_on or first.issued_on, first.kept_until
    if (record := claims.of(participant, slug)) is not None:
        if any(one.unknown for one in found):
            merged = replace(record.content, cme=content.cme, abim=content.abim, abp=content.abp)
            claims.change(record.id, merged if facts else record.content, dates, record.said_load)
        return record.id
    activity = project.catalog.get(slug) or Activity(slug, first.title, first.format)
    project.ledger.advice.note_before(slug)
    claim = claims.add(participant, activity, content, dates, 0)
    until = [one.shown.download_until for one in found if one.shown.download_until]
    if until:
        claims.reopen(participant, slug, max(until))
    return claim


def _certificate(
    project: Project, participant: int, claim: int, one: FoundCertificate, findings: Findings
) -> int:
    rebuilding, shown, facts = project.ledger.rebuilding, one.shown, one.facts
    certificate = one.known.certificate_id if one.known else rebuilding.issued(claim, facts)
    corrected = len(one.digests) - one.alike + 1  # the version that says for the first time what it says now
    for version, digest in enumerate(one.digests, 1):
        if digest not in one.unknown:
            continue
        day = facts.issued_on if version == 1 else shown.changed_on or facts.issued_on
        reason = (shown.reason or "corrected") if 1 < version <= corrected else ""
        size = findings.stock[digest][1].stat().st_size if digest in findings.stock else 0
        rebuilding.add_version(certificate, participant, facts, (day, reason), (digest, size))
    rebuilding.set_standing(certificate, shown.standing, shown.changed_on, shown.reason, shown.replaced_by)
    return certificate


def _tell(
    project: Project, participant: int, ids: dict[int, FoundCertificate], mails: Sequence[tuple[str, str]]
) -> None:
    """Messages that tell of these certificates: those of the outbox, else one of which nothing is known.

    What was corrected is told by the message that tells of the certificate, where there is one.
    """
    ledger, email = project.ledger, project.ledger.people.get(participant).email
    told = {one: message for one in ids if (message := ledger.rebuilding.told_by(one)) is not None}
    if new := [one for one in ids if one not in told]:
        messages = [
            ledger.messages.queue(participant, Occasion.NEW, to, message_id, project.now)
            for message_id, to in mails or [(project.new_message_id(), email)]
        ]
        fate, why = (Fate.SENT, "found in the outbox") if mails else (Fate.UNKNOWN, DOUBT)
        for message in messages:
            ledger.messages.step(message, fate, 1, project.now, (None, "", why))
        if mails:
            ledger.undelivered.note_in_folder(messages)
        ledger.mentions.add(messages[0], new, Occasion.NEW)
        told.update(dict.fromkeys(new, messages[0]))
    for one, found in ids.items():
        if len(found.digests) > found.alike:
            version = len(found.digests) - found.alike + 1
            if ledger.rebuilding.is_told_corrected(one, version):  # before the backup was made
                continue
            ledger.mentions.add(told[one], [one], Occasion.CORRECTED, version)
