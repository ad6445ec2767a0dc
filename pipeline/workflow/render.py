"""What is planned is rendered: certificates made, stored in the vault, and noted in the ledger."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pipeline.cluster import ClusterExecutor
from pipeline.errors import SealError, SignerLostError
from pipeline.ledger.certificates import Pending
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.awards import Facts
from pipeline.rules.claims.claim import Problem
from pipeline.rules.text import counted
from pipeline.settings import Settings
from pipeline.workflow.project import Project
from pipeline.workflow.sealing import sealed, sealer_of

if TYPE_CHECKING:
    from pipeline.documents import Design, Rendered
    from pipeline.sealing import Sealer


TEMPLATES = "press"  # the folder of DATA_DIR with what the press has learnt; it may be deleted at any time
BATCH = 250  # certificates to one sync of the vault and one commit of the ledger
FEW = 500  # certificates that this process makes itself: to start others takes two seconds of a core


@dataclass(frozen=True)
class Unmade:
    """Certificates that cannot be made, each with the reason."""

    found: tuple[tuple[Pending, str], ...] = ()

    @property
    def certificates(self) -> int:
        """How many they are."""
        return len(self.found)

    @property
    def problems(self) -> list[Problem]:
        """Each person and reason once, however many certificates it keeps from being made."""
        reasons: dict[tuple[int, str], list[Pending]] = {}
        for pending, reason in self.found:
            reasons.setdefault((pending.participant_id, reason), []).append(pending)
        problems = []
        for (_, reason), waiting in reasons.items():
            facts, many = waiting[0].facts, len(waiting)
            count = f" ({counted(many, 'certificate')})" if many > 1 else ""
            problems.append(Problem(facts.activity, 0, "certificate", f"{facts.name}: {reason}{count}"))
        return problems


@dataclass(frozen=True)
class Issued:
    """What a run made, in certificates."""

    issued: int = 0
    corrected: int = 0
    replaced: int = 0
    laid_out: int = 0  # set by WeasyPrint itself, not by the press
    by_kind: Mapping[str, int] = field(default_factory=lambda: {kind.value: 0 for kind in Kind})
    unmade: Unmade = field(default_factory=Unmade)

    def __add__(self, other: Issued) -> Issued:
        return Issued(
            issued=self.issued + other.issued,
            corrected=self.corrected + other.corrected,
            replaced=self.replaced + other.replaced,
            laid_out=self.laid_out + other.laid_out,
            by_kind={kind: count + other.by_kind[kind] for kind, count in self.by_kind.items()},
            unmade=Unmade(self.unmade.found + other.unmade.found),
        )

    @property
    def problems(self) -> list[Problem]:
        """Why certificates could not be made."""
        return self.unmade.problems


@dataclass(frozen=True)
class Renderers:
    """Who renders."""

    workers: int | None = None  # local processes; None: one for each core
    cluster: str | None = None  # instead of them: the address of a Dask scheduler


def cautions(settings: Settings) -> list[str]:
    """What staff should know of their settings before certificates are issued: those on paper stay there."""
    found = []
    if settings.site_is_local:
        where = f"SITE_URL is {settings.site_url}"
        found.append(f"{where}: links in mails and on new certificates work on this machine only")
    if not settings.signatory_name:
        found.append("SIGNATORY_NAME is empty: the certificates name nobody who signs them")
    return found


def signed_words(settings: Settings) -> str:
    """Whether certificates bear a signature, and what stands there where they do not."""
    who = settings.signatory_name or settings.signatory_title
    if settings.signature_image:
        return f"Signature on paper: {settings.signature_image.name}{f', above {who}' if who else ''}"
    if who:
        return f"Signature on paper: none, as SIGNATURE_IMAGE is empty; {who} stands below an ornament"
    return "Signature on paper: none; the certificates say that they are issued electronically"


def design_of(settings: Settings) -> Design:
    """How the project's certificates look."""
    from pipeline.documents import Design

    return Design(
        theme=settings.theme / "certificates",
        paper=settings.paper,
        signatory_name=settings.signatory_name,
        signatory_title=settings.signatory_title,
        signature_image=settings.signature_image,
        logo_image=settings.logo_image,
        templates=settings.data_dir / TEMPLATES,
    )


def warn_of_missing_fonts(project: Project) -> None:
    """Say which fonts names may need and this machine lacks."""
    from pipeline import documents

    for family in documents.missing_fonts():
        project.listener.step(f"missing font: {family}; names that need it cannot be drawn")


def render_many(facts: Iterable[Facts], design: Design, executor: Executor | None) -> Iterator[Rendered]:
    """As documents.render_many. A cluster's machines have no part in this one's folders."""
    from pipeline import documents

    if isinstance(executor, ClusterExecutor):
        design = replace(design, templates=None)
    return documents.render_many(facts, design, executor)


def render(project: Project, executor: Executor | None) -> Issued:
    """Render what is planned, store it, and only then record it as issued; in batches, so that a run that
    is killed goes on where it was. A certificate that cannot be made is reported, the rest go on. In a trial
    nothing is made: what could be counts as issued."""
    ledger, issued = project.ledger, Issued()
    total, done = ledger.certificates.pending_count(), 0
    if not total:
        return issued
    if ledger.is_trial:
        return _tried(project)
    sealer = sealer_of(project)
    with ledger.transaction():
        ledger.certificates.date_pending(project.today)
        ledger.audit.write(project.at, project.actor, "issue", counted(total, "certificate"))
    project.listener.step(f"making {counted(total, 'certificate')}")
    if total <= FEW and not isinstance(executor, ClusterExecutor):
        executor = None
    ahead, behind = itertools.tee(ledger.certificates.pending())
    results = render_many((one.facts for one in ahead), design_of(project.settings), executor)
    while batch := list(itertools.islice(zip(behind, results, strict=False), BATCH)):
        issued += _record(project, batch, sealer)
        done += len(batch)
        project.listener.progress(done, total, "certificates")
    if issued.laid_out:
        project.listener.step(
            f"{issued.laid_out:,} of {done:,} were laid out one by one: a rare script, or a long name"
        )
    return issued


def render_at_once(project: Project) -> Issued:
    """As `render`, for a deed about some people. What cannot be sealed just now waits for the next run: a
    withdrawal must reach its page all the same."""
    try:
        return render(project, None)
    except SealError as error:
        waiting = counted(
            project.ledger.certificates.pending_count(), "certificate waits", "certificates wait"
        )
        project.listener.step(f"caution: {waiting} for certs run: {error.message}")
        return Issued()


def _tried(project: Project) -> Issued:
    """In a trial no paper is made: what could be made counts as issued."""
    from pipeline.documents.check import foreseen

    certificates, theme = project.ledger.certificates, design_of(project.settings).theme
    certificates.date_pending(project.today)
    unmade, replaced, new, corrected = list[tuple[Pending, str]](), 0, Counter[str](), 0
    for one in list(certificates.pending()):
        if problem := foreseen(one.facts, theme):
            certificates.failed(one, problem)
            unmade.append((one, problem))
            continue
        replaced += certificates.rendered(one, "", 0)
        new[one.facts.kind.value] += one.version == 1
        corrected += one.version > 1
    by_kind = {kind.value: new[kind.value] for kind in Kind}
    return Issued(new.total(), corrected, replaced, by_kind=by_kind, unmade=Unmade(tuple(unmade)))


def _record(project: Project, batch: list[tuple[Pending, Rendered]], sealer: Sealer | None) -> Issued:
    """Seal, store and record. Where what seals is lost on the way, those before are kept, and SignerLostError
    is raised: none goes on without."""
    ledger, replaced, lost = project.ledger, 0, None
    good, bad = list[tuple[Pending, bytes]](), list[tuple[Pending, str]]()
    for pending, result in batch:
        if result.pdf is None:
            bad.append((pending, result.problem))
            continue
        try:
            good.append((pending, sealed(result.pdf, pending.facts, pending.version, sealer)))
        except SignerLostError as error:
            lost = error
            break
        except SealError as error:
            bad.append((pending, error.message))
    digests = project.vault.put_many(pdf for _, pdf in good)
    with ledger.transaction():
        for (pending, pdf), digest in zip(good, digests, strict=True):
            replaced += ledger.certificates.rendered(pending, digest, len(pdf), project.run)
        for pending, problem in bad:
            ledger.certificates.failed(pending, problem)
    if lost:
        raise lost
    new = Counter(pending.facts.kind.value for pending, _ in good if pending.version == 1)
    return Issued(
        issued=new.total(),
        corrected=len(good) - new.total(),
        replaced=replaced,
        laid_out=sum(result.pdf is not None and not result.pressed for _, result in batch),
        by_kind={kind.value: new[kind.value] for kind in Kind},
        unmade=Unmade(tuple(bad)),
    )
