"""What it comes to when two records that are one person become one: what moves, stays and goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.errors import CertsError
from pipeline.ledger import ClaimOnRecord, ClaimToJoin, Participant, held_together
from pipeline.rules import stops
from pipeline.rules.addresses import address_key
from pipeline.rules.certificates.activities import Activity, Kind
from pipeline.rules.certificates.awards import ClaimContent, HolderName
from pipeline.rules.certificates.changes import content_words
from pipeline.rules.certificates.merging import OWN, Share, highest, placed, shares_of
from pipeline.rules.certificates.plan import CertificateOnRecord, CertificatePlan, plan_certificates
from pipeline.rules.certificates.undo import Undone, undone_of_both
from pipeline.rules.messages.occasions import Fate, Occasion
from pipeline.rules.messages.refusal_table import Cause
from pipeline.rules.stops import Stop
from pipeline.rules.text import counted
from pipeline.workflow.award import as_issued
from pipeline.workflow.desk import one_person
from pipeline.workflow.project import Project

WAITING = (Fate.QUEUED, Fate.DEFERRED, Fate.UNKNOWN)


@dataclass(frozen=True, slots=True)
class MergedField:
    """What both records say of one thing, and what it is afterwards."""

    field: str
    who: str
    into: str
    after: str
    activity: str = ""  # slug; empty where it is of the person

    def __str__(self) -> str:
        what = f"{self.field} of {self.activity}" if self.activity else self.field
        return f"{what}: {self.who or 'none'} and {self.into or 'none'} -> {self.after or 'none'}"


@dataclass(frozen=True, slots=True)
class MergedCertificate:
    """A certificate of either record that changes by it."""

    number: str  # empty of one that is issued by it
    kind: Kind
    activity: str  # slug
    moves: bool = False  # from the one record to the other
    corrected: str = ""  # what of it is stated anew, under its number
    replaced_by: str = ""  # number of the one that stays in its place, or the kind of the one that is issued

    def __str__(self) -> str:
        what = f"{self.kind.label}, {self.activity}"
        if not self.number:
            return f"is issued: {what}"
        what = f"{self.number} {what}"
        if self.replaced_by:
            return f"is replaced: {what}: by {self.replaced_by}"
        so = f"; made anew under its number: {self.corrected}" if self.corrected else ""
        return f"{'moves' if self.moves else 'stays'}: {what}{so}"


@dataclass(frozen=True)
class MergePlan:
    """What it comes to when the record `who` becomes part of `into`."""

    who: Participant
    into: Participant
    certificates: tuple[MergedCertificate, ...] = ()
    fields: tuple[MergedField, ...] = ()  # of which the records differ
    withheld: tuple[str, ...] = ()  # activities of which something waits afterwards
    addresses: tuple[str, ...] = ()  # by which the person is found as well, and where nothing is mailed
    messages: int = 0  # that went out, or failed: they are told of under the one record
    waiting: int = 0  # that wait, and go to the address on record that stays
    tells_former: bool = False  # the address that is on record no more is told so
    stops: tuple[Stop, ...] = ()
    is_done: bool = False  # they are one record already: what a merge that was killed left is finished
    joined: tuple[ClaimToJoin, ...] = ()

    def lines(self) -> Iterator[str]:
        """What would be done, old and new, a line each."""
        yield f"{_who(self.who)} becomes part of {_who(self.into)}"
        for field in self.fields:
            yield f"  {field}"
        for certificate in self.certificates:
            yield f"  {certificate}"
        for slug in self.withheld:
            yield f"  waits: {slug}: something is missing of it"
        if self.addresses:
            yield f"  found by as well, and not mailed to: {', '.join(self.addresses)}"
        if self.messages:
            yield f"  history of mail: {counted(self.messages, 'message')}"
        if self.waiting:
            what = counted(self.waiting, "message that waits goes", "messages that wait go")
            yield f"  {what} to {self.into.email}"
        yield f"  the link of {self.who.name} <{self.who.email}> leads to the page of {self.into.name}"
        if self.tells_former:
            yield f"  {self.who.email} is told that mail goes elsewhere from now on"


def _who(person: Participant) -> str:
    known = f", learner id {person.learner_id}" if person.learner_id else ""
    return f"{person.name} <{person.email or 'no address'}>{known}"


def foresee_merge(project: Project, who: str, into: str) -> MergePlan:
    """What merging would do; nothing is changed. Raises CertsError where it cannot be done, and says why.

    What staff should look at before is in `stops`.
    """
    other, mine = one_person(project, who), one_person(project, into)
    ledger = project.ledger
    if other.id == mine.id:
        if ledger.merging.has_formers(mine.id):
            return MergePlan(other, mine, is_done=True)
        raise CertsError(
            f"{who} and {into} are one record: {mine.name} <{mine.email}>.", "See it: certs find ADDRESS."
        )
    _refuse(project, other, mine)
    return plan_merge(project, other, mine)


def plan_merge(project: Project, other: Participant, mine: Participant) -> MergePlan:
    """What it comes to when `other` becomes part of `mine`, whether or not that should be."""
    ledger = project.ledger
    claims = {one.activity: one for one in ledger.merging.claims_of(mine.id)}
    plan = _Plan(project, HolderName(mine.name, mine.credentials))
    for claim in ledger.merging.claims_of(other.id):
        plan.note(other.id, claim, claims.get(claim.activity))
    messages = ledger.messages.of(other.id)
    waiting = sum(one.state in WAITING and one.occasion is not Occasion.MOVED for one in messages)
    known = {address_key(mine.email)}
    addresses = [one for one in ledger.people.addresses(other.id) if address_key(one) not in known]
    return MergePlan(
        who=other,
        into=mine,
        certificates=tuple(plan.certificates),
        fields=(*_fields(other, mine), *plan.fields),
        withheld=tuple(plan.withheld),
        addresses=tuple(addresses),
        messages=len(messages) - waiting,
        waiting=waiting,
        tells_former=_tells_former(project, other, mine),
        stops=tuple(
            filter(None, [stops.merged_names(other.name, mine.name, _share_address(project, other, mine))])
        ),
        joined=tuple(plan.joined),
    )


def _refuse(project: Project, who: Participant, into: Participant) -> None:
    ledger = project.ledger
    if ledger.merging.has_due([who.id, into.id], project.today):
        raise CertsError(
            f"Something of {who.name} or {into.name} is past its day, or is to be erased.",
            "That goes first: certs purge.",
        )
    if who.email and not into.email:
        raise CertsError(
            f"{into.name} has no address on record, and {who.name} has.",
            "Merge the other way round: the record that stays is named last.",
        )
    if ledger.people.in_doubt([into.id], but=who.id):
        raise CertsError(
            f"A newer claims file shows {into.email} with somebody else; nothing was done.",
            "Ask the participant, then put the right address on record: certs correct --email.",
        )


def _share_address(project: Project, one: Participant, other: Participant) -> bool:
    """Whether both were seen with one address."""
    keys, others = (
        {address_key(email) for email in project.ledger.people.addresses(each.id)} for each in (one, other)
    )
    return not keys.isdisjoint(others)


def _fields(who: Participant, into: Participant) -> Iterator[MergedField]:
    """What is of the person: the record that stays says it, but for a learner id that it lacks."""
    for field in ("name", "credentials", "email"):
        old, new = getattr(who, field), getattr(into, field)
        if old != new:
            yield MergedField(field, old, new, new)
    ids = tuple(filter(None, (into.learner_id, who.learner_id)))
    if who.learner_id:
        yield MergedField("learner_id", who.learner_id, into.learner_id, " and ".join(dict.fromkeys(ids)))
    if who.held:
        yield MergedField("held", who.held, into.held, held_together(into.held, who.held))


class _Plan:
    """The claims of the record that goes, one after the other."""

    def __init__(self, project: Project, holder: HolderName) -> None:
        self._project, self._holder = project, holder
        self.certificates: list[MergedCertificate] = []
        self.fields: list[MergedField] = []
        self.withheld: list[str] = []
        self.joined: list[ClaimToJoin] = []

    def note(self, who: int, claim: ClaimOnRecord, own: ClaimOnRecord | None) -> None:
        """`own`: the claim of the record that stays for the same activity."""
        ledger = self._project.ledger
        others = ledger.certificates.of_claim(claim.id)
        had = ledger.certificates.of_claim(own.id) if own else []
        activity = self._project.catalog.get(claim.activity) or as_issued(
            self._project, claim.activity, [*had, *others]
        )
        content, gives_way, undone = claim.standing_content, dict[int, int](), claim.undone
        if own is not None:
            shares = self._shares(who, claim, own, had, others)
            content, undone = highest(shares.values()), undone_of_both(own.undone, claim.undone)
            found = placed(had, others, content, activity.is_dated)
            gives_way = {one.certificate: one.by for one in found}
            self.joined.append(ClaimToJoin(own.id, claim.id, shares, tuple(found), undone))
            before, mine, after = (
                content_words(one) for one in (claim.standing_content, own.standing_content, content)
            )
            self.fields += [
                MergedField(name, before[name], mine[name], after[name], claim.activity)
                for name in after
                if not before[name] == mine[name] == after[name]
            ]
        self._foresee([*had, *others], {one.id for one in others}, gives_way, activity, content, undone)

    def _shares(
        self,
        who: int,
        claim: ClaimOnRecord,
        own: ClaimOnRecord,
        had: Sequence[CertificateOnRecord],
        others: Sequence[CertificateOnRecord],
    ) -> Mapping[int, Share]:
        """What the rows of all records say, where either may have become one of several before."""
        claims = self._project.ledger.claims
        mine, other = shares_of(own.standing_content, had, claim.standing_content, others)
        shares = claims.shares(own.id) or {OWN: mine}
        more = claims.shares(claim.id) or {OWN: other}
        shares = {
            one: replace(each, withdrawn=each.withdrawn or mine.withdrawn) for one, each in shares.items()
        }
        return shares | {
            one or who: replace(each, withdrawn=each.withdrawn or other.withdrawn)
            for one, each in more.items()
        }

    def _foresee(
        self,
        on_record: Sequence[CertificateOnRecord],
        moving: set[int],
        gives_way: Mapping[int, int],
        activity: Activity,
        content: ClaimContent,
        undone: Undone,
    ) -> None:
        """What becomes of the certificates of one activity."""
        numbers = self._project.ledger.merging.numbers(one.id for one in on_record)
        left = [one for one in on_record if one.issued and one.id not in gives_way]
        due = plan_certificates(self._holder, content, activity, left)
        if undone or not activity.active:  # as when it is awarded
            due = CertificatePlan(correct=due.correct)
        corrected, replaced = dict(due.correct), dict(due.replace)
        for one in on_record:
            if not one.issued:
                continue
            by = replaced[one.id].label if one.id in replaced else numbers.get(gives_way.get(one.id, 0), "")
            found = MergedCertificate(
                numbers[one.id], one.kind, activity.slug, one.id in moving, corrected.get(one.id, ""), by
            )
            self.certificates.append(found)
        kinds = (*due.issue, *replaced.values())
        self.certificates += [MergedCertificate("", kind, activity.slug) for kind in kinds]
        if due.withheld:
            self.withheld.append(activity.slug)


def _tells_former(project: Project, who: Participant, into: Participant) -> bool:
    """Whether the address that is on record no more is told so, as when an address is corrected: if the two
    were not one person after all, somebody hears of it."""
    same = address_key(who.email) == address_key(into.email)
    is_dead = who.mark is not None and who.mark.kind is Cause.DEAD
    return bool(who.email) and not same and not is_dead and not project.ledger.people.in_doubt([who.id])
