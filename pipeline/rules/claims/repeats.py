"""The rows of one file compared: every row in a first pass in, what contradicts others in a second one out.

- The same person and activity, saying the same again, in the same words or in others (5 and 5.00, yes and Y):
  the later row is a repeat and counts for nothing.
- The same person and activity, saying anything else: all of them are problems, each naming the others and the
  columns that differ.
- Without learner id, one address with two names: all of them are problems. Which is right is never guessed.
- One learner id with two names and two addresses: all of them are problems; it may be two people.
- A row without learner id and one with it, of one address, name and activity, saying anything else: both are
  problems. That takes a further pass over files that have rows of both sorts.
- Two learner ids with one address, and one learner id with one name and two addresses, are no problem.
- One person whose name or credentials are spelled in two ways: the last row's spelling holds for all rows.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import combinations

from pipeline.rules.addresses import address_key
from pipeline.rules.claims.claim import Claim, Judged, Problem, Row, full_name, person_key, row_words
from pipeline.rules.claims.columns import FIXED
from pipeline.rules.claims.judge import Judge
from pipeline.rules.claims.name_keys import name_key
from pipeline.rules.claims.names import clean_credentials, clean_name
from pipeline.rules.text import first_few

_NAMED = 3  # other rows that a reason names
_MOST_KEPT = 10_000  # texts of one column whose hash is kept; a file writes the same few over and over
_BITS = 32  # of a row number, and of what a cell says
_MASK = (1 << _BITS) - 1
_WHOLE = (1 << 60) - 1
_HALF = (1 << 30) - 1


def judge_rows(
    read: Callable[[], Iterable[Row | Problem]], judge: Judge
) -> Iterator[tuple[Row | Problem, Judged]]:
    """Each row with what the rules say of it and of its neighbours in the file.

    `read` gives the file's rows anew with each call: first it is noted what every row says, so that rows
    which contradict one another are all set aside, whichever comes first.
    """
    noted = RowComparison(judge)
    for row in read():
        if isinstance(row, Row):
            noted.note(row)
    for row in read() if noted.is_mixed else ():
        if isinstance(row, Row):
            noted.note_twin(row)
    for row in read():
        if isinstance(row, Problem):
            yield row, [row]
            continue
        verdict = judge(row)
        if isinstance(verdict, Claim):
            verdict = noted.problems(row) or noted.with_last_spelling(row, verdict)
        yield row, verdict


class RowComparison:
    """What the first pass over a file noted: some 300 bytes a row, and no text.

    Hashes stand for the texts: 60 bits for who and what a row is about, 32 for each column of its content. If
    two ever collide, rows are set aside needlessly, or rows that differ in that cell alone count as one.
    """

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        # Columns that count: what else an export has (a record's number, a time) may differ between repeats.
        # Left out are those that say what a row is about, and those that are looked at by themselves.
        apart = {"activity", "learner_id", "email", "name", "first_name", "last_name"}
        self._counts = (FIXED | judge.requirements) - apart
        self._columns = ["email", "name"]  # in the order of their hashes in a row's content
        self._hashes: dict[str, _ColumnHashes] = {}  # of the further ones
        self._rows: dict[int, int] = {}  # person and activity -> content and number of the first row
        self._again: dict[int, dict[int, list[int]]] = {}  # where there are more -> content -> row numbers
        self._people: dict[int, int] = {}  # person -> variant and number of the first row
        self._variants: dict[int, dict[int, int]] = {}  # where there are more -> variant -> first row number
        self._sorts: set[bool] = set()  # whether rows have a learner id
        self._spelled: dict[int, int] = {}  # person -> spelling of the first row
        self._last: dict[int, tuple[str, str | None]] = {}  # where there are more -> the last row's
        # Address, name and activity -> with a learner id or without -> content -> row numbers
        self._twins: dict[int, dict[bool, dict[int, list[int]]]] = {}

    def note(self, row: Row) -> None:
        """Takes a row of the first pass into account."""
        person, about, content, variant = self._hash(row)
        self._sorts.add(_has_id(row))
        first = self._rows.setdefault(about, content << _BITS | row.number)
        if first & _MASK != row.number:
            rows = self._again.setdefault(about, {first >> _BITS: [first & _MASK]})
            rows.setdefault(content, []).append(row.number)
        first = self._people.setdefault(person, variant << _BITS | row.number)
        if first >> _BITS != variant:
            variants = self._variants.setdefault(person, {first >> _BITS: first & _MASK})
            variants.setdefault(variant, row.number)
        self._note_spelling(person, row.cells)

    def _note_spelling(self, person: int, cells: Mapping[str, str]) -> None:
        name, credentials = full_name(cells), cells.get("credentials")
        spelling = hash((name, credentials))
        if self._spelled.setdefault(person, spelling) == spelling and person not in self._last:
            return
        name, wrong = clean_name(name)
        if credentials:
            credentials, more = clean_credentials(credentials)
            wrong = [*wrong, *more]
        if not wrong:  # what cannot be printed is set aside, and says nothing
            self._last[person] = name, credentials

    @property
    def is_mixed(self) -> bool:
        """Whether some rows have a learner id and some have none: then note_twin needs them all again."""
        return len(self._sorts) > 1

    def note_twin(self, row: Row) -> None:
        """Takes a row of the further pass over a mixed file into account."""
        _, _, content, variant = self._hash(row)
        bare = self._bare(row)
        if bare in self._rows:  # some row without learner id speaks of this address and activity
            sorts = self._twins.setdefault(hash((bare, variant >> 30)), {True: {}, False: {}})
            sorts[_has_id(row)].setdefault(content, []).append(row.number)

    def with_last_spelling(self, row: Row, claim: Claim) -> Claim:
        """The row's claim with the spelling of the file's last row about the same person; unchanged where
        rows about the person contradict one another."""
        if not self._last:
            return claim
        person = hash(person_key(row.cells.get("learner_id", "").strip(), _email(row))) & _WHOLE
        last = self._last.get(person)
        pairs = combinations(self._variants.get(person, ()), 2)
        if last is None or any(_clash(one, other, _has_id(row)) for one, other in pairs):
            return claim
        return replace(claim, name=last[0], credentials=last[1])

    def problems(self, row: Row) -> list[Problem]:
        """How this row contradicts others of its file; empty where it does not."""
        if not self._again and not self._variants and not self._twins:
            return []
        person, about, content, variant = self._hash(row)
        wrong = []
        unlike = [one for one in self._again.get(about, {}).items() if one[0] != content]
        unlike += self._unlike_twins(row, content, variant)
        if unlike:
            others = [number for _, rows in unlike for number in rows]
            columns = self._differing(content, [other for other, _ in unlike])
            reason = (
                f"says something else of the same person and activity than {_named(others)}: "
                f"{' and '.join(columns)} {'differs' if len(columns) == 1 else 'differ'}"
            )
            wrong.append(Problem(row.file, row.number, "row", reason))
        has_id = _has_id(row)
        variants = self._variants.get(person, {})
        others = [number for other, number in variants.items() if _clash(variant, other, has_id)]
        if others and has_id:
            reason = f"stands with another name and address in {_named(others)}"
            wrong.append(Problem(row.file, row.number, "learner_id", reason))
        elif others:
            reason = f"stands with another name in {_named(others)}; give both a learner id, or mend one"
            wrong.append(Problem(row.file, row.number, "email", reason))
        return wrong

    def _differing(self, content: int, others: list[int]) -> list[str]:
        """The columns in which a row's content is not that of the others."""
        bits = 0
        for other in others:
            bits |= content ^ other
        return [name for at, name in enumerate(self._columns) if bits >> at * _BITS & _MASK]

    def _unlike_twins(self, row: Row, content: int, variant: int) -> list[tuple[int, list[int]]]:
        if not self._twins:
            return []
        sorts = self._twins.get(hash((self._bare(row), variant >> 30)))
        twins = sorts[not _has_id(row)] if sorts else {}
        return [one for one in twins.items() if one[0] != content]

    def _bare(self, row: Row) -> int:
        """Stands for the row's address and activity, as if it had no learner id."""
        return hash((self._slug(row), person_key("", _email(row)))) & _WHOLE

    def _slug(self, row: Row) -> str:
        text = row.cells.get("activity", "")
        activity = self._judge.activities.find(text)
        return activity.slug if activity else text

    def _hash(self, row: Row) -> tuple[int, int, int, int]:
        """The row's person, person and activity, content, and variant (name and address in 30 bits each)."""
        cells = row.cells
        email, name, slug = _email(row), full_name(cells), self._slug(row)
        person = person_key(cells.get("learner_id", "").strip(), email)
        address = hash(address_key(email))
        content = address & _MASK | _cell_hash(self._judge.meaning("name", name)) << _BITS
        for column, text in cells.items():
            if column in self._counts:
                if column not in self._hashes:
                    self._hashes[column] = _ColumnHashes(column, len(self._columns) * _BITS, self._judge)
                    self._columns.append(column)
                content |= self._hashes[column][text]
        variant = (hash(name_key(name)) & _HALF) << 30 | address & _HALF
        return hash(person) & _WHOLE, hash((slug, person)) & _WHOLE, content, variant


class _ColumnHashes(dict[str, int]):
    """The hash of what each text of one column says, shifted to the column's place in a row's content."""

    def __init__(self, column: str, place: int, judge: Judge) -> None:
        self._column, self._place, self._judge = column, place, judge

    def __missing__(self, text: str) -> int:
        found = _cell_hash(self._judge.meaning(self._column, text)) << self._place
        if len(self) < _MOST_KEPT:
            self[text] = found
        return found


def _cell_hash(meaning: object) -> int:
    return hash((meaning,)) & _MASK  # by itself 12.25 hashes to the low bits of 12, as every number does


def _has_id(row: Row) -> bool:
    return bool(row.cells.get("learner_id", "").strip())


def _email(row: Row) -> str:
    return unicodedata.normalize("NFC", row.cells.get("email", ""))


def _clash(own: int, other: int, has_id: bool) -> bool:
    names_differ, addresses_differ = own >> 30 != other >> 30, own & _HALF != other & _HALF
    return names_differ and (addresses_differ or not has_id)


def _named(numbers: list[int]) -> str:
    return " and ".join(first_few([row_words(number) for number in sorted(numbers)], _NAMED, "{} more"))
