"""Looking people up: a few words as somebody wrote them in, the participants they may mean out, likeliest first."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from pipeline.ledger.people import Participant, People
from pipeline.ledger.table import Table
from pipeline.rules.addresses import address_key
from pipeline.rules.claims.name_keys import MOST_SLIPS, name_key, name_words, similarity, slips_allowed

MOST_WORDS = 8  # of what is sought; more is a letter, not a name
LIKE_WORDS = 400  # words on record that one sought word is taken for
MOST_ROWS = 40_000  # people looked at for one sought word
RANKED = 100  # of the best, those whose whole names are compared
SURE = 0.8  # from here on it is what was meant: no other way of reading it is tried
FAR = 0.75  # of the best: what fits worse is not shown
NAMED_SO = 0.9  # a name that fits an address counts for less than an address that does
NEAR_ADDRESSES = 20_000


class Search(Table):
    """Look-ups over the tables named, word and address."""

    def people(self, text: str, number: str | None, limit: int) -> list[Participant]:
        """Who is meant by an address, learner id, certificate number, or part or misspelling of a name.

        `number`: the text read as a certificate number. What fits exactly comes alone: an address (its
        present holders before former ones), an id, a number, or a whole name that one person has.
        """
        key = address_key(text)
        exact = People(self._db).who(text, number)
        if exact:
            return sorted(exact, key=lambda one: address_key(one.email) != key)[:limit]
        scores = self._scores(text, key)
        best = sorted(scores, key=lambda one: (-scores[one], one))[:RANKED]
        least = max(scores.values(), default=0.0) * FAR
        wanted, people = name_key(text), People(self._db).get_many(best)
        found = [people[one] for one in best if scores[one] >= least]
        names = {one.id: name_key(one.name) for one in found}
        same = [one for one in found if names[one.id] == wanted]
        if len(same) == 1:
            return same

        def order(one: Participant) -> tuple[float, float, str, int]:
            likeness = fuzz.token_sort_ratio(wanted, names[one.id])
            return -round(scores[one.id], 2), -likeness, names[one.id], one.id

        return sorted(found, key=order)[:limit]

    def _scores(self, text: str, key: str) -> dict[int, float]:
        """How well participants fit, from 0 to 1. What looks like an address is held against names last."""
        if not any(sign in text for sign in "@._-0123456789"):
            scores = self._by_name(text)
            return scores if max(scores.values(), default=0.0) >= SURE else scores | self._by_address(key)
        scores = self._by_address(key)
        if max(scores.values(), default=0.0) >= SURE:
            return scores
        # What stands before the @ is often the name.
        for participant, score in self._by_name(text.partition("@")[0]).items():
            scores[participant] = max(scores.get(participant, 0.0), score * NAMED_SO)
        return scores

    def _by_name(self, text: str) -> dict[int, float]:
        """How well participants' names fit, from 0 to 1. Rare words weigh more than common ones."""
        words = name_key(text).split()[:MOST_WORDS]
        joined = [word for word in name_words(" ".join(words)) if word not in words]
        row = self._row("SELECT group_concat(word, ' ') FROM word")
        text = f" {row[0] or ''} "
        vocabulary = text.split()
        totals: defaultdict[int, float] = defaultdict(float)
        whole = 0.0
        for word in dict.fromkeys([*words, *joined]):
            fits = self._who_fits(word, vocabulary, text)
            weight = 1 / (1 + math.log10(max(1, len(fits))))
            whole += 0.0 if word in joined else weight
            for participant, score in fits.items():
                totals[participant] += weight * score
        return {participant: min(1.0, total / whole) for participant, total in totals.items()}

    def _who_fits(self, sought: str, vocabulary: list[str], text: str) -> dict[int, float]:
        """How well each participant's best word fits one that is sought. `text`: the vocabulary, each word between
        two spaces: what stands in it is found a hundred times as fast as by asking each word."""
        like: dict[str, float] = {}
        slips = slips_allowed(sought)
        if slips:
            for word, distance, _ in process.extract(
                sought, vocabulary, scorer=OSA.distance, score_cutoff=slips, limit=None
            ):
                like[word] = similarity(sought, word, int(distance))
        elif f" {sought} " in text:
            like[sought] = similarity(sought, sought, 0)
        if len(sought) > 1 or not sought.isascii():
            for word in _holding(sought, text):
                if word not in like:
                    like[word] = similarity(sought, word, MOST_SLIPS + 1)
        fits: dict[int, float] = {}
        for word in sorted(like, key=lambda one: (-like[one], len(one), one))[:LIKE_WORDS]:
            if like[word] <= 0 or len(fits) >= MOST_ROWS:
                break
            rows = self._db.execute(
                "SELECT participant_id FROM named WHERE word = ? LIMIT ?", (word, MOST_ROWS)
            )
            for (participant,) in rows:
                fits.setdefault(participant, like[word])
        return fits

    def _by_address(self, key: str) -> dict[int, float]:
        """How well participants' addresses, present and former, fit part or misspelling of one."""
        if len(key) < 3 or len(key.split()) != 1:
            return {}
        scores: dict[int, float] = {}
        rows = self._db.execute(
            "SELECT participant_id, key FROM address WHERE instr(key, ?) LIMIT ?", (key, RANKED)
        )
        for participant, address in rows.fetchall():
            scores[participant] = 0.9 if address.startswith(key) else 0.8
        local, at, _ = key.rpartition("@")
        if not at or len(local) < 2:
            return scores
        # A slip in the first two letters is left to the name.
        near = self._db.execute(
            "SELECT key, participant_id FROM address WHERE key >= ? AND key < ? LIMIT ?",
            (key[:2], key[:1] + chr(ord(key[1]) + 1), NEAR_ADDRESSES),
        )
        for address, participant in near:
            slips = OSA.distance(key, address, score_cutoff=MOST_SLIPS)
            score = 1 - slips / 40 if slips <= MOST_SLIPS else 0.85 * address.startswith(local + at)
            if score:
                scores[participant] = max(scores.get(participant, 0.0), score)
        return scores


def _holding(sought: str, text: str) -> Iterator[str]:
    """The words of a text in which this stands; each word is between two spaces."""
    at = text.find(sought)
    while at >= 0:
        end = text.index(" ", at)
        yield text[text.rindex(" ", 0, at + 1) + 1 : end]
        at = text.find(sought, end)
