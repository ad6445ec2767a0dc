"""Certificates that a run would make, as pictures, each with the page and mail that its holder would see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.errors import VaultError
from pipeline.ledger.certificates import Pending
from pipeline.mail import Composer
from pipeline.review import Pictured, PicturedMail
from pipeline.rules.certificates.awards import Facts
from pipeline.rules.certificates.changes import stated_words
from pipeline.rules.certificates.selection import Candidate, Chosen, Selection
from pipeline.rules.claims.cautions import doubts
from pipeline.rules.credentials import is_physician
from pipeline.rules.messages.occasions import OF_A_RUN
from pipeline.rules.places import page_address
from pipeline.rules.text import shown
from pipeline.rules.web.pages import PersonPage
from pipeline.site import pictured_pages
from pipeline.workflow.due import Choice, due_messages
from pipeline.workflow.outgoing import notice
from pipeline.workflow.pages import site_inputs
from pipeline.workflow.project import Project
from pipeline.workflow.render import design_of

if TYPE_CHECKING:
    from pipeline.workflow.plan import Letter

WIDTH, BESIDE = 960, 720  # pixels of a picture that stands alone, and of each of two
PLAIN = 34  # characters of a Western name that the press takes for sure
# Scripts that are not called as the first word of their letters' names in Unicode. None: a letter that stands
# among Latin ones, as in Keoni Kāneʻohe and Mª José.
SCRIPTS = {
    **dict.fromkeys(("LATIN", "MODIFIER", "FEMININE", "MASCULINE")),
    **dict.fromkeys(("CJK", "IDEOGRAPHIC"), "Chinese"),  # 々 repeats the character before it
    "NKO": "N’Ko",
    "OL": "Ol Chiki",
    "MEETEI": "Meetei Mayek",
    "NEW": "New Tai Lue",
}
DEAD = "..."  # stands where the token of a link would


@dataclass(frozen=True)
class _Holder:
    """What is the same on all certificates of one person."""

    scripts: tuple[str, ...]
    laid_out: bool
    cautions: tuple[str, ...]


class Gallery:
    """Sees every certificate that a rehearsal makes, and shows those that matter."""

    def __init__(self, trial: Project) -> None:
        self._trial = trial
        self._design = design_of(trial.settings)
        self._selection = Selection()
        self._last: tuple[str, str] | None = None
        self._holder = _Holder((), False, ())

    @property
    def seen(self) -> int:
        """How many certificates there were."""
        return self._selection.seen

    def see(self, pending: Pending) -> None:
        """Take in a certificate that can be made."""
        facts = pending.facts
        if (facts.name, facts.credentials) != self._last:
            self._last, self._holder = (facts.name, facts.credentials), self._look(facts)
        cautions = self._holder.cautions
        if facts.kind.is_credit and not is_physician(facts.credentials):
            whose = f"with {shown(facts.credentials)}" if facts.credentials else "without credentials"
            cautions = (*cautions, f"caution: credit to somebody {whose}")
        candidate = Candidate(
            id=pending.certificate_id,
            facts=facts,
            correction=pending.reason,
            replaces=pending.replaces or 0,
            scripts=self._holder.scripts,
            laid_out=self._holder.laid_out,
            cautions=cautions,
            holder=pending.participant_id,
        )
        self._selection.see(candidate)

    def _look(self, facts: Facts) -> _Holder:
        from pipeline.documents import is_pressed
        from pipeline.documents.fonts import scripts

        text = f"{facts.name} {facts.credentials}"
        plain = text.isascii() and len(facts.name) <= PLAIN and len(facts.credentials) <= PLAIN
        named = (SCRIPTS.get(one, one.capitalize()) for one in scripts(text))
        return _Holder(
            scripts=tuple(dict.fromkeys(filter(None, named))),
            laid_out=not plain and not is_pressed(facts, self._design),
            cautions=tuple(
                f"caution: {column} {doubt}" for column, _, doubt in doubts(facts.name, facts.credentials)
            ),
        )

    def pictures(self, letters: Sequence[Letter], composer: Composer) -> tuple[Pictured, ...]:
        """The chosen ones. `letters`: what would be mailed. Raises SiteError, DocumentError."""
        from pipeline.documents import type_size

        made: list[tuple[Chosen, Pictured]] = []
        sizes: dict[str, int] = {}
        for one in self._selection.chosen(lambda facts: type_size(facts, self._design)):
            picture, size = self._picture(one)
            made.append((one, picture))
            sizes[one.candidate.facts.number] = size
        people = {one.candidate.holder for one, _ in made}
        pages, mails = self._pages([*people], sizes), dict(self._mails(people, letters, composer))
        return tuple(
            replace(
                picture,
                page=pages[one.candidate.holder],
                mail=mails.get(one.candidate.holder, _unmailed(one)),
            )
            for one, picture in made
        )

    def _picture(self, one: Chosen) -> tuple[Pictured, int]:
        """The certificate, old beside new, and the size of its PDF."""
        from pipeline.documents import page_picture, render

        facts = one.candidate.facts
        rendered = render(facts, self._design)
        before, changes = self._before(one.candidate) if rendered.pdf else (b"", ())
        width = BESIDE if before else WIDTH
        png, height = page_picture(rendered.pdf, width) if rendered.pdf else (b"", 0)
        return Pictured(
            name=facts.name,
            credentials=facts.credentials,
            kind=facts.kind.label,
            accent=facts.kind.value,
            activity=facts.title,
            why=one.why,
            picture=png,
            size=(width, height),
            problem=rendered.problem,
            before=before,
            changes=changes,
        ), len(rendered.pdf or b"")

    def _before(self, one: Candidate) -> tuple[bytes, tuple[tuple[str, str, str], ...]]:
        """The picture of what it takes the place of, and what that said otherwise: what, old, new."""
        from pipeline.documents import page_picture

        certificates = self._trial.ledger.certificates
        digest = certificates.former(one.replaces or one.id)
        if not digest:
            return b"", ()
        ((old, _),) = certificates.stating([digest])
        before, after = stated_words(old), stated_words(one.facts)
        changes = tuple((what, before[what], after[what]) for what in before if before[what] != after[what])
        try:
            return page_picture(self._trial.vault.read(digest), BESIDE)[0], changes
        except VaultError:
            return b"", changes  # certs verify tells of it

    def _pages(self, people: Sequence[int], sizes: dict[str, int]) -> dict[int, str]:
        """The pages of these participants. `sizes`: of the PDFs made for their pictures, by number."""
        trial = self._trial
        on_record = trial.ledger.people.get_many(people)
        tokens = [on_record[one].token for one in on_record]
        found = trial.ledger.pages.persons(tokens, trial.catalog, trial.today)
        pages = [_shown(page, sizes) for page in found]
        return dict(
            zip(
                on_record,
                pictured_pages(site_inputs(trial, trial.frame(), thorough=False), pages),
                strict=True,
            )
        )

    def _mails(
        self, people: set[int], letters: Sequence[Letter], composer: Composer
    ) -> Iterator[tuple[int, PicturedMail]]:
        """What these participants would be sent, by id."""
        ids = [one.message for one in letters if one.participant in people and one.occasion in OF_A_RUN]
        dead = page_address(self._trial.settings.site_url, DEAD)
        for due in due_messages(self._trial, self._trial.now, Choice(ids=ids)) if ids else ():
            if due.waits_for:
                yield due.person.id, PicturedMail(why_none=f"it waits: {due.waits_for}")
            else:
                told = replace(notice(self._trial, due), page_url=dead)
                yield due.person.id, PicturedMail(*composer.pictured(told))


def _unmailed(one: Chosen) -> PicturedMail:
    if one.candidate.correction:
        return PicturedMail(why_none="people are told of corrections with --mail-corrections alone")
    return PicturedMail(why_none="see the list of people who are not told")


def _shown(page: PersonPage, sizes: dict[str, int]) -> PersonPage:
    """The page without its token. A PDF that was not made for a picture is given the size of one that was."""
    usual = max(sizes.values(), default=0)
    entries = (
        replace(
            entry, file=replace(entry.file, size=entry.file.size or sizes.get(entry.facts.number) or usual)
        )
        if entry.file
        else entry
        for entry in page.entries
    )
    return replace(page, token=DEAD, entries=tuple(entries))
