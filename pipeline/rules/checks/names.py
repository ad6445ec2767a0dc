"""What DNS says: the form in which answers are handed to the rules, and the names around a domain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Question = tuple[str, str]  # a name without a final dot, in lower case, and a type: TXT, MX, A, AAAA


@dataclass(frozen=True)
class Told:
    """The records of one question. A name that does not exist has none, and nothing failed."""

    records: tuple[str, ...] = ()
    failed: str = ""  # why there was no answer


Answers = Mapping[Question, Told]
NOTHING = Told()


def parents(domain: str) -> list[str]:
    """The domain, then those above it, as far as they can be somebody's: the last has two labels."""
    labels = domain.lower().rstrip(".").split(".")
    return [".".join(labels[at:]) for at in range(max(len(labels) - 1, 1))]


def is_within(name: str, domain: str) -> bool:
    """Whether a name is the domain or lies below it."""
    name, domain = name.lower().rstrip("."), domain.lower().rstrip(".")
    return name == domain or name.endswith(f".{domain}")
