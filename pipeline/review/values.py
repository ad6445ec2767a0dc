"""What a review shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that says what would happen."""

    count: int
    what: str  # in the plural or singular that the number asks for
    tone: str = ""  # "odd" where somebody should look; "gone" for what is deleted or withdrawn


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """Certificates of one activity and kind for which the same would be done."""

    activity: str  # title
    kind: str  # label
    accent: str  # the kind's value, by which the theme colours it
    what: str
    certificates: int


@dataclass(frozen=True, slots=True)
class PicturedMail:
    """A mail as its recipient would see it, without links; or why there is none."""

    subject: str = ""
    html: str = ""
    why_none: str = ""


@dataclass(frozen=True, slots=True)
class Pictured:
    """One certificate as it would be, with the page and the mail that its holder would see."""

    name: str
    credentials: str
    kind: str  # label
    accent: str
    activity: str  # title
    why: tuple[str, ...]  # it was chosen
    picture: bytes  # PNG; empty where it cannot be made
    size: tuple[int, int]  # of the picture, in pixels
    problem: str = ""  # why it cannot be made
    before: bytes = b""  # the picture of what it takes the place of
    changes: tuple[tuple[str, str, str], ...] = ()  # what, old, new
    page: str = ""  # HTML, without links
    mail: PicturedMail = PicturedMail()


@dataclass(frozen=True, slots=True)
class Listed:
    """A list that stands whole in the review: parts with a heading each, and their lines."""

    title: str
    parts: Sequence[tuple[str, Sequence[str]]]
    noun: str = "line"  # of which it counts
    nouns: str = ""  # the plural, where it is not with s

    @property
    def count(self) -> int:
        return sum(len(lines) for _, lines in self.parts)


@dataclass(frozen=True, slots=True)
class Review:
    """All that one review shows. Nothing in it is a private link."""

    made: str  # when, and on whose behalf, in words
    files: Sequence[tuple[str, str]]  # name, what it was read as
    figures: Sequence[Figure]
    planned: Sequence[PlannedRow]
    stops: Sequence[str]  # why nothing of it may be done
    accepted: Sequence[str]  # why it might not, but staff accept
    odd: Sequence[str]  # the most frequent reasons why rows do not count
    cautions: Sequence[str]
    pictures: Sequence[Pictured]
    signed: str  # whether the certificates bear a signature
    sealed: str  # whether they are sealed
    certificates: int  # of which the pictures are some
    lists: Sequence[Listed]
