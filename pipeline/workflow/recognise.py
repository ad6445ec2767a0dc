"""Participants who were taken back from their pages get the address that a claims file has for them.

A page tells a name and what was issued, and no address. Whoever in the file has the name of one of them and
claims what that one has is them, where this fits one person and one participant; of others staff decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.intake import ClaimsFile
from pipeline.rules.addresses import address_key
from pipeline.rules.certificates.awards import HolderName
from pipeline.rules.certificates.changes import merge_claim
from pipeline.rules.certificates.plan import plan_certificates
from pipeline.rules.claims.claim import Claim
from pipeline.rules.claims.name_keys import name_key
from pipeline.rules.claims.people import KnownParticipant
from pipeline.rules.claims.repeats import judge_rows
from pipeline.rules.text import counted
from pipeline.workflow.project import Project


def give_addresses(project: Project, file: ClaimsFile, load: int) -> Mapping[str, str]:
    """Give addresses to those whom the file tells of; of the others, the key of each name with a number.

    Belongs in the transaction of the load. `load`: the file's number in the ledger.
    """
    people = project.ledger.people
    nameless = people.without_address()
    if not nameless:
        return {}
    by_name = defaultdict(list)
    for one in nameless:
        for key in {name_key(one.name), name_key(one.said_name or one.name)}:
            by_name[key].append(one)
    seen = _Seen()
    for _, verdict in judge_rows(file.rows, file.judge):
        if not isinstance(verdict, Claim) or name_key(verdict.name) not in by_name:
            continue
        if people.by_learner(verdict.learner_id) or people.by_address(verdict.email):
            continue  # somebody who is known
        for one in by_name[name_key(verdict.name)]:
            if _has_it(project, one, verdict):
                seen.note(one, verdict)
    found = dict(seen.pairs())
    for participant, claim in found.items():
        people.set_email(participant, claim.email, load)
        project.ledger.messages.readdress(participant, claim.email)
        project.on_record("recognise", f"{claim.email}, by name and certificates in {file.name}", participant)
    if found:
        project.listener.step(
            f"recognised: {counted(len(found), 'person', 'people')} taken back from their pages"
        )
    left = (one for one in people.without_address())
    return {
        key: project.ledger.rebuilding.number_of(one.id)
        for one in left
        for key in {name_key(one.name), name_key(one.said_name or one.name)}
    }


@dataclass
class _Seen:
    """Who in the file may be which participant."""

    claims: dict[str, Claim] = field(default_factory=dict)  # learner id or address -> a claim of theirs
    of_participant: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    of_identity: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def note(self, one: KnownParticipant, claim: Claim) -> None:
        identity = claim.learner_id or address_key(claim.email)
        self.claims.setdefault(identity, claim)
        self.of_participant[one.id].add(identity)
        self.of_identity[identity].add(one.id)

    def pairs(self) -> list[tuple[int, Claim]]:
        """Those who fit each other and nobody else."""
        return [
            (participant, self.claims[identity])
            for participant, identities in self.of_participant.items()
            for identity in identities
            if len(identities) == 1 and len(self.of_identity[identity]) == 1
        ]


def _has_it(project: Project, one: KnownParticipant, claim: Claim) -> bool:
    """Whether the participant's certificates are those that this row earns, or some of them."""
    record = project.ledger.claims.of(one.id, claim.activity)
    activity = project.catalog.get(claim.activity)
    if record is None or activity is None:
        return False
    content, _ = merge_claim(record.content, claim, allow_removals=True)
    on_record = project.ledger.certificates.of_claim(record.id)
    plan = plan_certificates(HolderName(one.name, one.credentials), content, activity, on_record)
    return not (plan.correct or plan.replace or plan.withdraw)
