"""A page's content in pieces: two made-up people's operators in; what is constant and what varies out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.documents.press.letters import Letters
from pipeline.documents.press.setting import Line, Setter, number

_MATRIX = re.compile(rb"1 0 0 -1 (\S+) (\S+) Tm")
_FONT = re.compile(rb"/(\S+) (\S+) Tf")
CLOSE = 2e-5  # CSS pixels: numbers have six decimals
WIDER = 1.02  # how much wider than the widest made-up text one may get, for its kerning
SHARES = (0.0, 0.5, 1.0)  # of a text's growth by which a line's begin moves left: left, centred, right


class Unfit(Exception):
    """The page does not depend on its person in the simple way the press knows; WeasyPrint must set it."""


@dataclass(frozen=True, slots=True)
class Block:
    """One text object."""

    x: float
    y: bytes
    font: bytes  # the operator that chooses face and size
    shows: bytes


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text object stands that varies, or that moves because one on its line varies."""

    slot: str  # whose width moves it
    x: float  # in the first made-up page
    share: float
    rest: bytes  # after x: the baseline and the font
    shows: bytes | None  # None: the slot's own text
    setter: Setter
    width: float  # the slot's, in the first made-up page
    most: float
    least: float

    def put(self, line: Line) -> bytes | None:
        """The operators for another text; None where its width is beyond what the two pages have shown."""
        if not self.least <= line.width <= self.most:
            return None
        x = number(self.x - self.share * (line.width - self.width))
        return b"1 0 0 -1 %b %b\n%b" % (x.encode(), self.rest, self.shows or line.shows)


@dataclass(frozen=True, slots=True)
class Code:
    """Where the QR code's modules stand."""


Piece = bytes | Place | Code


def blocks(items: Iterable[Any]) -> list[bytes | Block]:
    """A content stream's operators with its text objects taken together."""
    found: list[bytes | Block] = []
    inside: list[bytes] | None = None
    for item in items:
        data = item if isinstance(item, bytes) else getattr(item, "data", None) or str(item).encode()
        if data == b"BT":
            inside = []
        if inside is None:
            found.append(data)
            continue
        inside.append(data)
        if data == b"ET":
            found.append(_block(inside))
            inside = None
    return found


def _block(inside: list[bytes]) -> bytes | Block:
    matrix = _MATRIX.fullmatch(inside[1])
    if matrix is None or not _FONT.fullmatch(inside[2]):
        return b"\n".join(inside)  # white space: nothing is shown
    return Block(float(matrix[1]), matrix[2], inside[2], b"\n".join(inside[3:-1]))


def learn(
    first: Sequence[bytes | Block],
    second: Sequence[bytes | Block],
    slots: Mapping[str, Letters],
    texts: tuple[Mapping[str, str], Mapping[str, str]],
    codes: tuple[bytes, bytes],
) -> list[Piece]:
    """The pieces of the page, from the pages of two made-up people with these texts.

    Raises Unfit where the pages differ in anything but the slots' texts, set as the press itself sets them,
    and positions that move with their widths.
    """
    if len(first) != len(second):
        raise Unfit("the pages have not the same operators")
    waiting = [name for name in slots if texts[0][name] != texts[1][name]]
    own = {id(each): _slot(each, other, waiting, slots, texts) for each, other in _varying(first, second)}
    lines = {each.y: own[id(each)] for each, _ in _varying(first, second)}
    if waiting:
        raise Unfit(f"{waiting} not found on the page")
    pieces: list[Piece] = []
    for each, other in zip(first, second, strict=True):
        if each == other:
            pieces.append(_written(each))
        elif isinstance(each, Block) and isinstance(other, Block):
            pieces += [b"BT", _place(each, other, own.get(id(each)) or lines.get(each.y)), b"ET"]
        elif (each, other) == codes:
            pieces.append(Code())
        else:
            raise Unfit("something differs that is no text")
    return pieces


@dataclass(frozen=True, slots=True)
class _Slot:
    name: str
    setter: Setter
    widths: tuple[float, float]


def _varying(first: Sequence[bytes | Block], second: Sequence[bytes | Block]) -> list[tuple[Block, Block]]:
    return [
        (each, other)
        for each, other in zip(first, second, strict=True)
        if isinstance(each, Block) and isinstance(other, Block) and each.shows != other.shows
    ]


def _slot(
    each: Block,
    other: Block,
    waiting: list[str],
    slots: Mapping[str, Letters],
    texts: tuple[Mapping[str, str], Mapping[str, str]],
) -> _Slot:
    """The next slot, proven: the press sets both made-up texts exactly as WeasyPrint did."""
    if not waiting or (each.y, each.font) != (other.y, other.font):
        raise Unfit(f"a text differs that is no slot, or stands elsewhere: {waiting} {each} {other}")
    name = waiting.pop(0)
    found = _FONT.fullmatch(each.font)
    setter = Setter(slots[name], float(found[2]) if found else 0.0)
    set_ = setter.set(texts[0][name]), setter.set(texts[1][name])
    if set_[0] is None or set_[1] is None or (set_[0].shows, set_[1].shows) != (each.shows, other.shows):
        raise Unfit(f"{name} is set otherwise than the press would: {set_} {each} {other}")
    return _Slot(name, setter, (set_[0].width, set_[1].width))


def _place(each: Block, other: Block, slot: _Slot | None) -> Place:
    if slot is None or (each.y, each.font) != (other.y, other.font):
        raise Unfit("a text moves that no slot moves")
    growth = slot.widths[1] - slot.widths[0]
    share = next((share for share in SHARES if abs(each.x - other.x - share * growth) < CLOSE), None)
    if share is None:
        raise Unfit(f"{slot.name} moves its line in no known way")
    return Place(
        slot.name,
        each.x,
        share,
        b"%b Tm\n%b" % (each.y, each.font),
        each.shows if each.shows == other.shows else None,
        slot.setter,
        slot.widths[0],
        # A centred text has the whole line; that it fits is known from the plan.
        slot.widths[1] * WIDER if slot.name not in ("name", "credentials", "where") else 1e9,
        slot.widths[0] / WIDER if share == 1.0 else 0.0,
    )


def _written(each: bytes | Block) -> bytes:
    if isinstance(each, bytes):
        return each
    return b"BT\n1 0 0 -1 %b %b Tm\n%b\n%b\nET" % (number(each.x).encode(), each.y, each.font, each.shows)
