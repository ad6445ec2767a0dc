"""From claims files to the ledger: each row is right, past retention, or set aside with its reason."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from pipeline.intake import ClaimsFile, keep_earliest, write_rejects
from pipeline.ledger import ClaimOnRecord, Ledger
from pipeline.rules.addresses import address_key
from pipeline.rules.certificates.activities import Activity, Kind
from pipeline.rules.certificates.awards import ClaimContent, activity_date
from pipeline.rules.certificates.changes import ChangedField, merge_claim
from pipeline.rules.certificates.merging import OWN, Share, highest
from pipeline.rules.certificates.retention import kept_until
from pipeline.rules.certificates.undo import Undone
from pipeline.rules.claims.cautions import Cautions
from pipeline.rules.claims.claim import Claim, Expired, Judged, Problem, Row
from pipeline.rules.claims.name_keys import name_key
from pipeline.rules.claims.names import clean_text
from pipeline.rules.claims.people import KnownParticipant, identify, respell
from pipeline.rules.claims.repeats import judge_rows
from pipeline.rules.stops import Stop
from pipeline.workflow.differences import Differences
from pipeline.workflow.judged import NotTaken, numbers_of
from pipeline.workflow.opening import GivenFile, judged_by, names_in
from pipeline.workflow.project import Project
from pipeline.workflow.recognise import give_addresses

NOTHING = Share(ClaimContent())  # said of a claim so far
TOGETHER = 1000  # claims noted, and rows judged, at a time
TAKEN_BACK = (
    "somebody of this name was taken back from their page when the ledger was lost, and has no address yet; "
    "if it is the same person, use: certs correct {number} --email {email} --reason ..., else correct theirs"
)
ERASED = "this person asked to be erased; nothing of them is taken in again"


@dataclass(frozen=True)
class Loaded:
    """What was read of the files of one run."""

    rows: int = 0
    set_aside: int = 0  # rows
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)  # field, reason -> rows set aside
    # Activity, kind -> certificates that rows past retention claim: nothing of them was kept.
    past: Counter[tuple[str, Kind]] = field(default_factory=Counter)
    problems: tuple[Problem, ...] = ()
    cautions: Cautions = field(default_factory=Cautions)
    differences: tuple[ChangedField, ...] = ()  # old and new, of people on record
    stops: tuple[Stop, ...] = ()  # why staff should look before this is done
    loads: tuple[int, ...] = ()  # the files' numbers in the ledger
    rejects: tuple[Path, ...] = ()
    not_taken: tuple[Problem, ...] = ()  # rows that do not count, such as cancelled registrations
    again: tuple[str, ...] = ()  # of files that were read before: when, and what that means

    def __add__(self, other: Loaded) -> Loaded:
        return Loaded(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    @property
    def expired(self) -> int:
        """Certificates that rows past retention claim."""
        return self.past.total()


def load(
    project: Project, files: Sequence[GivenFile], allow_removals: bool, keeps_rejects: bool = True
) -> Loaded:
    """Take in the good rows, one transaction a file; write the others to a rejects file, if wanted."""
    found = (
        _load(project, file, place, allow_removals, keeps_rejects) for place, file in enumerate(files, 1)
    )
    loaded = sum(found, Loaded())
    return replace(loaded, rejects=tuple(keep_earliest(loaded.rejects)))


def _load(project: Project, file: GivenFile, place: int, allow_removals: bool, keeps_rejects: bool) -> Loaded:
    with project.ledger.transaction():
        if _is_known(project, file) or file.claims is None:
            loaded, aside = _known(project, file), file.not_taken.rows
        else:
            reading = _Reading(project, file, file.claims, allow_removals)
            loaded, aside = reading.run(), reading.not_taken.rows
        _note_load(project, place, *loaded.loads)
    if not (keeps_rejects and file.claims):
        return loaded
    folder = project.settings.data_dir / "rejects"
    rejects = write_rejects(folder, project.today, file.claims, aside)
    return replace(loaded, rejects=(rejects,) if rejects else ())


def _is_known(project: Project, file: GivenFile) -> bool:
    """Whether reading a file again would change nothing: it was read, and nobody in a row that is set aside
    was erased since."""
    rows = file.not_taken.rows
    return file.known > 0 and not (
        rows and file.claims and any(_rows_of_erased(project, file.claims, among=rows))
    )


def _known(project: Project, file: GivenFile) -> Loaded:
    """What is told of such a file once more."""
    again = _read_before(project, file.name, file.known, "nothing in it is new")
    return replace(_told(file.not_taken), rows=file.rows, loads=(file.known,), again=(again,))


def _told(rows: NotTaken) -> Loaded:
    return Loaded(
        set_aside=len(rows.rows),
        reasons=rows.reasons,
        past=rows.past,
        problems=tuple(rows.problems),
        not_taken=tuple(rows.without_count),
    )


class _Reading:
    """One file on its way into the ledger."""

    def __init__(self, project: Project, given: GivenFile, file: ClaimsFile, allow_removals: bool) -> None:
        self._project, self._given, self._file = project, given, file
        self._allow_removals = allow_removals
        self._ledger: Ledger = project.ledger
        self._cautions, self._differences = Cautions(), Differences(project.ledger, file.name)
        self._shared: set[str] = set()  # addresses that somebody new is seen with, beside others
        self._load, self._again = self._ledger.loads.begin(given.sha256, project.at)
        self._erased = set(_rows_of_erased(project, file))
        self._spoken: list[int] = []  # claims of the last rows
        self.not_taken = NotTaken()
        self._is_settled = True  # whether the file alone says what is not taken in, whatever the ledger does
        self._unaddressed = give_addresses(project, file, self._load)

    def run(self) -> Loaded:
        """Take in every good row."""
        refused = set[int]()  # rows of people who were erased: nothing of them goes anywhere
        progress, total = self._project.listener.progress, self._file.row_count
        done, file_name, rows = 0, self._file.name, self.not_taken
        self._cautions.note_days(file_name, self._file.moved_days, self._project.settings.zone_of_claims)
        for row, verdict in self._judged():
            numbers = numbers_of(row)
            done += len(numbers)
            if done % 1000 < len(numbers):
                progress(done, total, "rows")
            if isinstance(verdict, Expired):
                rows.expire(verdict)
                continue
            if erased := self._erased.intersection(numbers):
                refused |= erased
                rows.problems += [Problem(file_name, number, "row", ERASED) for number in sorted(erased)]
                rows.reasons["row", ERASED] += len(erased)
            elif not isinstance(verdict, Claim):
                rows.refuse(row, verdict)
            elif wrong := self._take(verdict):
                self._is_settled = False
                rows.refuse(row, wrong)
        self._note_spoken()
        if self._shared:
            self._note_sharers()
        self._is_settled &= not refused
        self._finish(total)
        return replace(
            _told(rows),
            rows=total,
            set_aside=len(rows.rows) + len(refused),
            cautions=self._cautions,
            differences=self._differences.found,
            stops=tuple(self._differences.stops()),
            loads=(self._load,),
            again=tuple(self._said_again()),
        )

    def _finish(self, total: int) -> None:
        """Note what is known of the file when it comes again. Nothing where it must be read then: the ledger
        had a say in what was not taken in, or rows and a stop must both be told."""
        names, digest = names_in(self._file), self.not_taken.digest
        read_as = self._given.read_as(digest, names) if self._is_settled else ""
        by = judged_by(self._project, self._given.path, names)
        is_known = self._is_settled and (read_as or not digest)
        self._ledger.loads.finish(self._load, total, by if is_known else "", read_as)

    def _judged(self) -> Iterator[tuple[Row | Problem, Judged]]:
        """Each row with what the rules say of it."""
        rows = judge_rows(self._file.rows, self._file.judge)
        while some := list(itertools.islice(rows, TOGETHER)):
            self._ledger.people.expect(verdict for _, verdict in some if isinstance(verdict, Claim))
            yield from some

    def _said_again(self) -> Iterator[str]:
        if self._again:
            so = "what later files have said since stays"
            yield _read_before(self._project, self._file.name, self._load, so)

    def _take(self, claim: Claim) -> list[Problem]:
        """Store one claim. Returns why it needs a person to decide; empty where it was stored."""
        people = self._ledger.people
        holder = people.by_learner(claim.learner_id)
        at_address = people.by_address(claim.email)
        who = identify(claim, holder, at_address)
        if isinstance(who, str):
            return [_problem(claim, "learner_id" if holder else "email", who)]
        if who is None and (number := self._unaddressed.get(name_key(claim.name))):
            return [_problem(claim, "email", TAKEN_BACK.format(number=number, email=claim.email))]
        record = self._ledger.claims.of(who.id, claim.activity) if who else None
        activity = self._project.catalog[claim.activity]
        part, before = self._shares(claim, who, record)
        share = before.get(part, NOTHING)
        said, wrong = merge_claim(share.content if part in before else None, claim, self._allow_removals)
        shares = {**before, part: replace(share, content=said)}
        after = highest(shares.values())
        superseded = self._again and record is not None and record.said_load > self._load
        if wrong and not superseded:
            return [_problem(claim, field, reason) for field, reason in wrong]
        participant = self._person(claim, who)
        if who not in at_address:
            if at_address:
                self._shared.add(address_key(claim.email))
            if who is not None:
                self._differences.note_identity(claim, who, "email", who.email, claim.email)
                only = len(people.by_address(who.email)) == 1
                self._cautions.note_address(claim, who, who.email if only else claim.learner_id)
        if record is None or record.undone or (after != record.content and not superseded):
            if who is not None and record is not None and record.undone is not Undone.VOID:
                self._differences.note_content(claim, who, record, after)
            claim_id = self._save(participant, activity, record, after)
        else:
            claim_id = record.id
        if shares.keys() != {OWN} and not superseded:
            self._ledger.claims.set_shares(claim_id, shares)
        self._spoken.append(claim_id)
        if len(self._spoken) >= TOGETHER:
            self._note_spoken()
        return []

    def _shares(
        self, claim: Claim, who: KnownParticipant | None, record: ClaimOnRecord | None
    ) -> tuple[int, dict[int, Share]]:
        """Which of a person's records the row is about, and what the rows of each said of the claim so
        far."""
        part = who.record_of(claim) if who and who.formers else OWN
        if who is None or record is None:
            return part, {}
        shares = self._ledger.claims.shares(record.id) if who.formers else {}
        if record.undone is Undone.VOID:
            return part, shares  # nothing of them stands
        return part, shares or {OWN: Share(record.content)}

    def _note_spoken(self) -> None:
        self._ledger.loads.speaks_of(self._load, self._spoken)
        self._spoken.clear()

    def _person(self, claim: Claim, who: KnownParticipant | None) -> int:
        people = self._ledger.people
        if who is None:
            participant = people.add(claim, self._project.new_token(), self._load)
            self._cautions.note_spelling(claim)
        else:
            participant = who.id
            if claim.learner_id and not who.learner_id and not who.record_of(claim):
                self._differences.note_identity(claim, who, "learner_id", "", claim.learner_id)
                people.set_learner_id(who.id, claim.learner_id)
            if address_key(claim.email) != address_key(who.email):
                people.add_address(who.id, claim.email, self._load)
            self._spell(claim, who)
        return participant

    def _note_sharers(self) -> None:
        """Whoever this file shows with a shared address has it still; of the others it is not known."""
        people = self._ledger.people
        for row in self._file.rows():
            if not isinstance(row, Row) or address_key(row.cells.get("email", "")) not in self._shared:
                continue
            if isinstance(claim := self._file.judge(row), Claim):
                who = identify(claim, people.by_learner(claim.learner_id), people.by_address(claim.email))
                if isinstance(who, KnownParticipant):
                    people.saw(who.id, claim.email, self._load)

    def _spell(self, claim: Claim, who: KnownParticipant) -> None:
        people = self._ledger.people
        former = who.record_of(claim)
        spelling, said_load = people.spelling(who.id, former)
        if self._again and said_load > self._load:
            return  # a file that was read before does not undo what came after it
        after = respell(spelling, claim)
        if after != spelling:
            self._differences.note_spelling(claim, who, spelling, after)
            people.respell(who.id, after, self._load, former)
            self._cautions.note_spelling(claim)

    def _save(
        self, participant: int, activity: Activity, record: ClaimOnRecord | None, after: ClaimContent
    ) -> int:
        day = activity_date(activity, after.completed_on)
        dates = day, kept_until(day)
        if record is None:
            run = self._project.run
            return self._ledger.claims.add(participant, activity, after, dates, self._load, run)
        if self._project.run is not None:
            self._ledger.claims.note_before(record.id, self._project.run)
        self._ledger.claims.change(record.id, after, dates, self._load)
        return record.id


def _note_load(project: Project, place: int, load: int) -> None:
    if project.run is not None:
        project.ledger.runs.note_load(project.run, place, load)


def _read_before(project: Project, name: str, load: int, so: str) -> str:
    """An export of last month given again by mistake looks like one of today in which nothing has changed."""
    day = project.ledger.loads.read_at(load).astimezone(project.now.tzinfo).date()
    return f"{name} was read on {day} already; {so}"


def _problem(claim: Claim, field: str, reason: str) -> Problem:
    return Problem(claim.file, claim.row, field, reason)


def _rows_of_erased(
    project: Project, file: ClaimsFile, among: Collection[int] | None = None
) -> Iterator[int]:
    """Numbers of the rows, in order or not, whose person was erased on request; `among`: of these alone."""
    retention, names = project.ledger.retention, file.columns.names
    if not retention.has_erasures():
        return
    for number, record in file.numbered():
        if isinstance(record, str) or (among is not None and number not in among):
            continue
        cells = dict(zip(names, record, strict=False))
        learner_id, _ = clean_text(cells.get("learner_id", ""))
        # Cells that are out of place may hold the address anywhere.
        emails = {cells.get("email", ""), *(cell for cell in record if "@" in cell)}
        if any(retention.is_erased(learner_id, address_key(email), file.name_in(cells)) for email in emails):
            yield number
