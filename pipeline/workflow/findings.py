"""What output/, the vault and DATA_DIR/aside tell that the ledger does not know; nothing is changed here.

A participant's page tells what each certificate states, its folder's name is the link, and a verification
page names the bytes of every version.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from pipeline.ledger import Frame, KnownCertificate, Participant
from pipeline.mail import maildir_links
from pipeline.rules.addresses import address_key
from pipeline.rules.certificates.awards import Facts, HolderName
from pipeline.rules.certificates.retention import is_due
from pipeline.rules.places import PERSONS, VERIFICATIONS, is_page, names, page_of, verification_of
from pipeline.rules.stops import Stop, unread_pages
from pipeline.rules.text import counted, first_few
from pipeline.rules.web.pages import is_credit_file
from pipeline.rules.web.shown import (
    ShownLine,
    ShownPerson,
    as_in_catalog,
    first_name,
    read_digests,
    read_forward_page,
    read_person_page,
    read_verification_page,
)
from pipeline.workflow.aside import aside_folder
from pipeline.workflow.project import Project

PAGE = "index.html"
SECOND = 1.0  # the audit trail's times are cut to the second
NAMED = 5  # numbers and reasons named one by one


@dataclass(frozen=True)
class FoundCertificate:
    """A certificate of which a page tells more than the ledger."""

    shown: ShownLine
    facts: Facts  # what it states, as its verification page says
    known: KnownCertificate | None
    digests: tuple[str, ...]  # SHA-256 of all its versions
    alike: int  # of these, at the end, that say the same

    @property
    def unknown(self) -> tuple[str, ...]:
        """The versions that the ledger lacks."""
        return self.digests[len(self.known.digests) if self.known else 0 :]

    @property
    def has_other_standing(self) -> bool:
        """Whether the page says otherwise than the ledger whether it counts, or why."""
        shown = self.shown
        return self.known is not None and (self.known.standing, self.known.reason) != (
            shown.standing,
            shown.reason,
        )


@dataclass(frozen=True)
class FoundPerson:
    """A participant's page that tells more than the ledger."""

    token: str = field(repr=False)
    shown: ShownPerson
    said: HolderName  # how files name them: a name that staff corrected is not undone by the next file
    on_record: Participant | None  # None: the ledger does not know the person
    is_newer: bool  # the page was written after the ledger's last entry
    certificates: tuple[FoundCertificate, ...]
    mails: tuple[tuple[str, str], ...] = ()  # (Message-ID, address) of mails in the outbox with this link

    @property
    def is_held(self) -> bool:
        """Whether the page says that the record is kept beyond its day."""
        return any(one.is_held for one in self.shown.certificates)

    @property
    def differs(self) -> bool:
        """Whether link, name or hold on record are older than the page."""
        me = self.on_record
        return (
            me is not None
            and self.is_newer
            and (
                (me.token, me.name, me.credentials) != (self.token, self.shown.name, self.shown.credentials)
                or (self.is_held and not me.held)
            )
        )


@dataclass
class Findings:
    """What can be taken back, and what cannot."""

    people: list[FoundPerson] = field(default_factory=list)
    stock: dict[str, tuple[str, Path]] = field(
        default_factory=dict
    )  # digest -> where its PDF lies, in words too
    expired: int = 0  # certificates past retention: they stay away
    erased: int = 0  # people whose erasure is on record: they stay away
    pageless: list[str] = field(
        default_factory=list
    )  # people on record without a page: erased since, perhaps
    bare: int = 0  # pages of people not on record that tell of no certificate: all of theirs are withheld
    forwards: dict[str, str] = field(default_factory=dict, repr=False)  # tokens of pages that lead to others
    unread: list[tuple[Path, str]] = field(default_factory=list)  # pages, and why they cannot be used
    alone: list[str] = field(default_factory=list)  # digests that no page of a person tells of
    numbers: list[str] = field(default_factory=list)  # of these, the certificate numbers that are known

    @property
    def certificates(self) -> int:
        """How many the ledger does not know at all, or not as they stand now."""
        return sum(len(person.certificates) for person in self.people)

    def home(self, digest: str) -> str:
        """Where the PDF lies, in words."""
        return self.stock[digest][0] if digest in self.stock else "nowhere"

    def plan(self) -> Iterator[str]:
        """What would be done, in figures, a line each."""
        new = [person for person in self.people if person.on_record is None]
        homes = Counter(
            self.home(digest)
            for person in self.people
            for one in person.certificates
            for digest in one.unknown
        )
        if self.people:
            unsure = sum(not person.mails for person in self.people)
            not_on_record = f", {len(new):,} of them not on record" if new else ", all of them on record"
            yield (
                f"to take back: {counted(self.certificates, 'certificate')} of "
                f"{counted(len(self.people), 'person', 'people')}{not_on_record}"
            )
            where = ", ".join(f"{count:,} {home}" for home, count in sorted(homes.items()))
            yield f"  their PDFs: {where or 'on record already'}"
            known = f"; of {unsure:,} it is not known whether they were told" if unsure else ""
            yield f"  mail: nobody is written to{known}"
        if missing := sum(not person.mails for person in new):
            yield f"  without an address: {missing:,}, until the claims file is read again"
        if self.bare:
            yield (
                f"  without a certificate: {counted(self.bare, 'page')}, not taken back; the claims file "
                "makes another, with another link: certs resend"
            )
        if self.expired:
            yield f"  past retention: {counted(self.expired, 'certificate')}, not taken back"
        if self.erased:
            yield f"  erased on request: {counted(self.erased, 'person', 'people')}, not taken back"
        if self.pageless:
            yield (
                f"on record, but without a page in output/: {', '.join(first_few(self.pageless, NAMED))}; "
                "who was erased since is back: certs forget"
            )
        if self.alone:
            named = f": {', '.join(first_few(self.numbers, NAMED))}" if self.numbers else ""
            yield f"to set aside: {counted(len(self.alone), 'PDF')} that no page of a person tells of{named}"

    def stop(self) -> Stop | None:
        """Pages of people that cannot be used: with the next build their links would die."""
        reasons = Counter(reason for _, reason in self.unread)
        return unread_pages(
            [f"{reason} ({count:,})" for reason, count in reasons.most_common()], len(self.unread)
        )


def look_back(project: Project, newest: dt.datetime | None) -> Findings:
    """Everything that is there and that the ledger does not know.

    `newest`: when the ledger was last used, by its audit trail; what a page says otherwise than the ledger
    counts where it was written after that.
    """
    return _Looking(project, newest).run()


class _Looking:
    """One look at everything."""

    def __init__(self, project: Project, newest: dt.datetime | None) -> None:
        self._project = project
        self._output = project.settings.output_dir
        self._known = project.ledger.rebuilding.known()
        self._newest = newest
        self._told: set[str] = set()  # digests that a person's page tells of
        self._taken: set[str] = set()  # numbers that another page told of
        self._findings = Findings(stock=dict(_stock(project)))

    def run(self) -> Findings:
        pages = [path for path in _folders(self._output / PERSONS) if is_page(page_of(path.name))]
        # Where two pages tell of one certificate the link was replaced: the newer page has it.
        for folder in sorted(pages, key=lambda path: (-_written(path), path.name)):
            try:
                self._look_at(folder)
            except (OSError, ValueError) as error:
                reason = error.strerror or "" if isinstance(error, OSError) else str(error)
                self._findings.unread.append((folder / PAGE, reason))
        self._look_for_rest()
        if pages:
            self._look_for_pageless({path.name for path in pages})
        return self._findings

    def _look_at(self, folder: Path) -> None:
        project, findings = self._project, self._findings
        text = (folder / PAGE).read_text(encoding="utf-8")
        if to := read_forward_page(text):
            findings.forwards[folder.name] = to
            return
        shown = read_person_page(text)
        found = [self._certificate(one) for one in shown.certificates]
        owners = {one.known.participant_id for one in found if one.known}
        owners |= project.ledger.rebuilding.people_at(folder.name)
        if len(owners) > 1:
            raise ValueError("it shows certificates that are several people's on record")
        owner = project.ledger.people.get(owners.pop()) if owners else None
        is_newer = self._newest is None or _written(folder) > self._newest.timestamp() + SECOND
        if is_newer and any(project.ledger.pages.forwards([folder.name])):
            raise ValueError("its record is part of another one's on record, and was parted from it since")
        if owner and owner.token != folder.name and not is_newer:
            return  # their link was replaced since
        self._told.update(digest for one in found for digest in one.digests)
        due = [one for one in found if is_due(one.facts.kept_until, project.today) and not one.shown.is_held]
        findings.expired += sum(bool(one.unknown) for one in due)
        more = tuple(
            one
            for one in found
            if one not in due
            and one.shown.number not in self._taken
            and (one.unknown or (is_newer and one.has_other_standing))
        )
        self._taken.update(one.shown.number for one in found)
        mails = tuple(self._mails.get(folder.name, ()))
        person = FoundPerson(folder.name, shown, self._said(shown, more), owner, is_newer, more, mails)
        if not more and not person.differs:
            findings.bare += owner is None and not shown.certificates
            return
        retention, name = project.ledger.retention, shown.name.casefold()
        if any(retention.is_erased("", address_key(email), name) for _, email in mails):
            findings.erased += 1
        else:
            findings.people.append(person)

    def _certificate(self, shown: ShownLine) -> FoundCertificate:
        """With what its verification page tells: what it states, and the digests of all its versions."""
        number = shown.number
        if not is_page(verification_of(number)):
            raise ValueError("it shows a certificate without a number")
        page, known = self._output / verification_of(number) / PAGE, self._known.get(number)
        if page.is_file():
            said = read_verification_page(page.read_text(encoding="utf-8"))
            facts, digests, alike = said.facts, said.digests, said.alike
        elif known:
            facts = self._project.ledger.certificates.stated(known.certificate_id)
            digests, alike = known.digests, 1
        else:
            raise ValueError("one of its certificates has no verification page, which says what it states")
        facts = as_in_catalog(facts, shown.activity or facts.activity, self._project.catalog)
        if not facts.activity:
            raise ValueError("no file in content/activities/ has the title and the dates of its activity")
        if known and digests[: len(known.digests)] != known.digests:
            digests = known.digests  # the page is older than the ledger
        return FoundCertificate(shown, facts, known, digests, alike)

    def _said(self, shown: ShownPerson, found: Iterable[FoundCertificate]) -> HolderName:
        """The name of a first version, where there is a later one: staff may have corrected it."""
        holder = HolderName(shown.name, shown.credentials)
        for one in found:
            if len(one.digests) > 1 and one.digests[0] in self._findings.stock:
                from pipeline.documents import stated_holder

                pdf = self._findings.stock[one.digests[0]][1].read_bytes()
                return first_name(stated_holder(pdf), holder)
        return holder

    def _look_for_rest(self) -> None:
        """PDFs that no page of a person tells of."""
        findings = self._findings
        alone = findings.stock.keys() - self._project.ledger.certificates.digests().keys() - self._told
        findings.alone = sorted(alone)
        for folder in _folders(self._output / VERIFICATIONS) if alone else ():
            try:
                digests, _ = read_digests((folder / PAGE).read_text(encoding="utf-8"))
            except (OSError, ValueError):
                continue
            if alone.intersection(digests):
                findings.numbers.append(folder.name)

    def _look_for_pageless(self, tokens: Collection[str]) -> None:
        """People who had a page once, and have none under any link: the page of who is erased is removed."""
        ledger = self._project.ledger
        moved = {one.on_record.id for one in self._findings.people if one.on_record}
        for token in names(ledger.builds.paths(Frame(self._project.today)), PERSONS):
            if token not in tokens and not moved.issuperset(ledger.rebuilding.people_at(token)):
                for person in ledger.people.get_many([*ledger.rebuilding.people_at(token)]).values():
                    if person.token == token:  # else a former link, which leads there
                        self._findings.pageless.append(f"{person.name} <{person.email}>")

    @cached_property
    def _mails(self) -> dict[str, list[tuple[str, str]]]:
        """Mails in the outbox that are not on record, by the link in them."""
        known = self._project.ledger.rebuilding.message_ids()
        found = maildir_links(self._project.settings.data_dir / "outbox")
        return {token: [mail for mail in mails if mail[0] not in known] for token, mails in found.items()}


def _stock(project: Project) -> Iterator[tuple[str, tuple[str, Path]]]:
    """Every PDF there is, by digest: where several are alike, the vault's comes last.

    None is read that its name, or the inode that it shares with the vault's, tells of.
    """
    stored = {one: project.vault.path(one) for one in project.vault.digests()}
    inodes = {path.stat().st_ino for path in stored.values()}
    for path in (project.settings.output_dir / PERSONS).glob("*/*.pdf"):
        if _is_plain(path) and not is_credit_file(path.name) and path.stat().st_ino not in inodes:
            yield _digest(path), ("in output/", path)
    for path in aside_folder(project).glob("*.pdf"):
        yield path.stem[11:], ("set aside before", path)
    for digest, path in stored.items():
        yield digest, ("in the vault", path)


def _folders(home: Path) -> list[Path]:
    """The folders of pages; no link is followed."""
    if not home.is_dir():
        return []
    return sorted(path for path in home.iterdir() if path.is_dir() and not path.is_symlink())


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _written(folder: Path) -> float:
    """When its page was written."""
    try:
        return (folder / PAGE).stat().st_mtime
    except OSError:
        return 0.0


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
