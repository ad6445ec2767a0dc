"""Sentences with blanks: what is said of a made-up person in; what can be said of anybody out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.documents import compose
from pipeline.rules.certificates.awards import Facts


def particulars(facts: Facts) -> dict[str, str]:
    """What metadata and alternative texts say of person and activity; the longest first, as one may stand in
    another."""
    day = facts.issued_on.isoformat()
    return {
        "address": facts.verify_url,
        "number": facts.number,
        "title": compose.clean(facts.title),
        "name": compose.clean(facts.name),
        "day": day,
        "digits": day.replace("-", ""),
    }


@dataclass(frozen=True)
class Sentence:
    """Constant pieces and, between them, the names of particulars."""

    pieces: tuple[str, ...]

    @classmethod
    def learn(cls, text: str, said: Mapping[str, str]) -> Sentence:
        """The sentence behind a text that says these particulars."""
        names = {value: name for name, value in reversed(list(said.items()))}
        found = re.split("(" + "|".join(map(re.escape, said.values())) + ")", text)
        return cls(tuple(names[piece] if at % 2 else piece for at, piece in enumerate(found)))

    def fill(self, said: Mapping[str, str]) -> str:
        """The text for another person."""
        return "".join([said[piece] if at % 2 else piece for at, piece in enumerate(self.pieces)])
