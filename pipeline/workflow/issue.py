"""From claims to certificates: what each claim is due is planned, and what is planned is rendered."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pipeline.ledger import Recorded
from pipeline.ledger.certificates import Pending
from pipeline.rules.certificates.activities import Activity, Kind
from pipeline.rules.certificates.awards import Facts, Standing, activity_date, facts, verify_url
from pipeline.rules.certificates.changes import Held, Plan, plan, printed, removal
from pipeline.rules.certificates.retention import kept_until
from pipeline.rules.claims.claim import Problem
from pipeline.rules.text import counted
from pipeline.settings import Settings
from pipeline.workflow.project import Project

if TYPE_CHECKING:
    from pipeline.documents import Design, Rendered

BATCH = 250  # certificates to one sync of the vault and one commit of the ledger
PLANNED = 2000  # planned certificates read at a time: memory stays flat


@dataclass
class Unmade:
    """Certificates that cannot be made."""

    certificates: int = 0
    _reasons: dict[tuple[int, str], list[Pending]] = field(default_factory=dict)  # participant, reason

    def add(self, pending: Pending, reason: str) -> None:
        self.certificates += 1
        self._reasons.setdefault((pending.participant_id, reason), []).append(pending)

    @property
    def problems(self) -> list[Problem]:
        """Each person and reason once, however many certificates it keeps from being made."""
        found = []
        for (_, reason), waiting in self._reasons.items():
            facts, many = waiting[0].facts, len(waiting)
            count = f" ({counted(many, 'certificate')})" if many > 1 else ""
            found.append(Problem(facts.activity, 0, "certificate", f"{facts.name}: {reason}{count}"))
        return found


@dataclass
class Issued:
    """What a run made, in certificates."""

    issued: int = 0
    corrected: int = 0
    replaced: int = 0
    laid_out: int = 0  # set by WeasyPrint itself, not by the press
    by_kind: dict[str, int] = field(default_factory=lambda: {kind.value: 0 for kind in Kind})
    unmade: Unmade = field(default_factory=Unmade)

    @property
    def problems(self) -> list[Problem]:
        """Why certificates could not be made."""
        return self.unmade.problems


def cautions(settings: Settings) -> list[str]:
    """What staff should know of their settings before certificates are issued: those on paper stay there."""
    found = []
    if settings.site_is_local:
        where = f"SITE_URL is {settings.site_url}"
        found.append(f"{where}: links in mails and on new certificates work on this machine only")
    if not settings.signatory_name:
        found.append("SIGNATORY_NAME is empty: the certificates name nobody who signs them")
    return found


def award(project: Project, participant_id: int | None = None) -> None:
    """Judge every claim, or one participant's, that changed or waits; plan what it is due. One transaction.

    Where the activity's file is away, or in draft, there are no rules to issue by: what was issued is still
    corrected, by what it states itself, and the rest of the claim waits for the file to come back.
    """
    ledger = project.ledger
    waiting: set[str] = set()
    with ledger.transaction():
        for activity in project.catalog.values() if participant_id is None else ():
            ledger.people.set_window(activity)
        for claim in ledger.people.open_claims(participant_id):
            person = ledger.people.get(claim.participant_id)
            held = ledger.certificates.held(claim.id)
            activity_ = project.catalog.get(claim.activity) or _as_issued(project, claim, held)
            due = plan(person.name, person.credentials, claim.standings, activity_, held)
            if activity_.active:
                _carry_out(project, claim, activity_, (person.name, person.credentials), due)
                ledger.people.settle(claim.id, due.withheld)
                continue
            _correct(project, claim, (person.name, person.credentials), due)
            if due.issue or due.replace or due.withdraw or due.drop:
                waiting.add(claim.activity)
    for slug in sorted(waiting):
        project.talk.step(f"claims of {slug} wait: it has no file in content/activities/, or one in draft")


def _as_issued(project: Project, claim: Recorded, held: Sequence[Held]) -> Activity:
    """A stand-in for an activity without a file: enough to see what on issued certificates is out of date."""
    end = None
    for one in held:
        if one.issued:
            end = project.ledger.certificates.stated(one.id).end
    return Activity(claim.activity, claim.activity, "", end=end, active=False)


def _carry_out(
    project: Project, claim: Recorded, activity: Activity, holder: tuple[str, str], due: Plan
) -> None:
    certificates = project.ledger.certificates
    for certificate in due.drop:
        certificates.drop(certificate)
    for kind in due.issue:
        certificates.plan(claim.id, _facts(project, kind, holder, claim, activity))
    for certificate, kind in due.replace:
        certificates.plan(claim.id, _facts(project, kind, holder, claim, activity), replaces=certificate)
    _correct(project, claim, holder, due)
    for certificate in due.withdraw:
        certificates.set_standing(certificate, Standing.WITHDRAWN, project.today, removal(claim.standings))


def _correct(project: Project, claim: Recorded, holder: tuple[str, str], due: Plan) -> None:
    for certificate, reason in due.correct:
        corrected = correct_facts(project, certificate, holder, claim)
        project.ledger.certificates.plan_version(certificate, corrected, project.today, reason)


def _facts(
    project: Project, kind: Kind, holder: tuple[str, str], claim: Recorded, activity: Activity
) -> Facts:
    number = project.new_number()
    return facts(kind, *holder, claim.standings, activity, number, project.today, project.settings.site_url)


def correct_facts(project: Project, certificate: int, holder: tuple[str, str], claim: Recorded) -> Facts:
    """The facts of a further version: what is the holder's is corrected; what the activity's file says today
    is not looked at, the record is kept as long as the claim is, and the site is where it is today."""
    stated = project.ledger.certificates.stated(certificate)
    paper = printed(stated.kind, claim.standings, stated.end is not None)
    name, credentials = holder
    return replace(
        stated,
        name=name,
        credentials=credentials,
        completed_on=paper.completed_on,
        cme=paper.cme,
        abim=paper.abim,
        abp=paper.abp,
        kept_until=claim.kept_until,
        verify_url=verify_url(project.settings.site_url, stated.number),
    )


def _facts_anew(project: Project, stated: Facts, claim: Recorded, activity: Activity) -> Facts:
    """The facts of a reissue: the activity's present texts, the site's present address; the holder's facts,
    number and dates as stated."""
    holder, number, day = (stated.name, stated.credentials), stated.number, stated.issued_on
    anew = facts(stated.kind, *holder, claim.standings, activity, number, day, project.settings.site_url)
    return replace(anew, kept_until=claim.kept_until)


def to_reissue(project: Project, activity: str | None) -> Counter[str]:
    """How many certificates a reissue makes anew, by activity's slug."""
    return Counter(one.facts.activity for one in _current(project, activity))


def _current(project: Project, activity: str | None) -> Iterator[Pending]:
    """What is issued and counts, of activities that are known; read while more is planned."""
    after = 0
    while some := project.ledger.certificates.current(activity, after, PLANNED):
        after = some[-1].certificate_id
        yield from (one for one in some if one.facts.activity in project.catalog)


def plan_reissue(project: Project, activity: str | None) -> int:
    """Plan every valid certificate anew, in today's design and with the activity's present texts.

    Deliberate: what was issued is frozen otherwise. Number, issue date and person's facts stay. Where the
    activity's last day moved, claims are kept by the new one, never to an earlier day than paper says.
    Corrections that a killed run left behind are planned first, and stay corrections. The count.
    """
    award(project)
    ledger, count = project.ledger, 0
    with ledger.transaction():
        for known in project.catalog.values():
            if known.is_dated and activity in (None, known.slug):
                day = activity_date(known, None)
                ledger.people.move(known.slug, day, kept_until(day))
        for one in _current(project, activity):
            count += 1
            claim = ledger.people.claim_of(one.certificate_id)
            anew = _facts_anew(project, one.facts, claim, project.catalog[one.facts.activity])
            ledger.certificates.plan_version(one.certificate_id, anew, project.today, one.reason)
        ledger.audit.write(
            project.at, project.actor, "reissue", f"{counted(count, 'certificate')} of {activity or 'all'}"
        )
    return count


def render_many(facts: Iterable[Facts], design: Design, executor: Executor | None) -> Iterator[Rendered]:
    """As documents.render_many. WeasyPrint takes a second to import: only who renders waits for it."""
    from pipeline import documents

    return documents.render_many(facts, design, executor)


def render(project: Project, executor: Executor | None) -> Issued:
    """Render what is planned, store it, and only then record it as issued; in batches, so that a run that
    is killed goes on where it was. A certificate that cannot be made is reported, the rest go on."""
    ledger, report = project.ledger, Issued()
    total, done = ledger.certificates.pending_count(), 0
    if not total:
        return report
    with ledger.transaction():
        ledger.certificates.date_pending(project.today)
    project.talk.step(f"making {counted(total, 'certificate')}")
    planned = _planned(project)
    ahead, behind = itertools.tee(planned)
    results = render_many((one.facts for one in ahead), project.design, executor)
    while batch := list(itertools.islice(zip(behind, results, strict=False), BATCH)):
        _record(project, batch, report)
        done += len(batch)
        project.talk.progress(done, total, "certificates")
    if report.laid_out:
        project.talk.step(
            f"{report.laid_out:,} of {done:,} were laid out one by one: a rare script, or a long name"
        )
    return report


def _planned(project: Project) -> Iterator[Pending]:
    after = (0, 0)
    while some := project.ledger.certificates.pending(PLANNED, after):
        yield from some
        after = (some[-1].certificate_id, some[-1].version)


def _record(project: Project, batch: list[tuple[Pending, Rendered]], report: Issued) -> None:
    ledger = project.ledger
    good = [(pending, result.pdf) for pending, result in batch if result.pdf is not None]
    digests = project.vault.put_many(pdf for _, pdf in good)
    with ledger.transaction():
        report.laid_out += sum(result.pdf is not None and not result.pressed for _, result in batch)
        for (pending, pdf), digest in zip(good, digests, strict=True):
            report.replaced += ledger.certificates.rendered(pending, digest, len(pdf))
            if pending.version == 1:
                report.issued += 1
                report.by_kind[pending.facts.kind.value] += 1
            else:
                report.corrected += 1
        for pending, result in batch:
            if result.pdf is None:
                ledger.certificates.failed(pending, result.problem)
                report.unmade.add(pending, result.problem)
