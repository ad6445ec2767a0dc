"""A page's content in pieces: two made-up people's operators in; what is constant and what varies out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.documents.press.letters import Letters
from pipeline.documents.press.setting import UNITS, Line, number, setter

_MATRIX = re.compile(rb"1 0 0 -1 (\S+) (\S+) Tm")
_FONT = re.compile(rb"/(\S+) (\S+) Tf")
SIZED = ("name", "credentials", "where")  # set in the size their length asks for
CLOSE = 2e-5  # CSS pixels: numbers have six decimals
WIDER = 1.02  # how much wider than the widest made-up text one may get, for its kerning
SHARES = (0.0, 0.5, 1.0)  # of a text's growth by which a line's begin moves left: left, centred, right


class UnfitError(Exception):
    """The page does not depend on its person in the simple way the press knows; WeasyPrint must set it."""


@dataclass(frozen=True, slots=True)
class Block:
    """One text object."""

    x: float
    y: float
    face: bytes  # the name of its resource
    units: int  # size, Pango's
    shows: bytes


@dataclass(frozen=True, slots=True)
class Text:
    """Where a person's text stands."""

    slot: str
    letters: Letters
    x: float  # in the first made-up page
    share: float
    y: float
    slope: float  # of the baseline, which sinks or rises with the size
    face: bytes
    units: int  # in the first made-up page
    other: int  # and in the second; sizes between them are proven
    width: float
    least: float
    most: float

    def set(self, text: str, units: int) -> Line | None:
        """The shaped text; None where letters, size or width are beyond what the two pages have shown."""
        units = units or self.units
        if not self.other <= units <= self.units:
            return None
        line = setter(self.letters, units).set(text)
        return line if line and self.least <= line.width <= self.most else None

    def put(self, line: Line, units: int) -> bytes:
        """The operators for a text and its place."""
        x = self.x - self.share * (line.width - self.width)
        y = self.y + self.slope * ((units or self.units) - self.units)
        return written(x, y, self.face, units or self.units, line.shows)


@dataclass(frozen=True, slots=True)
class Label:
    """A constant text that moves because the slot on its line grows."""

    slot: str
    block: Block
    share: float
    width: float

    def put(self, line: Line) -> bytes:
        """The operators for the text beside that slot's line."""
        block = self.block
        x = block.x - self.share * (line.width - self.width)
        return written(x, block.y, block.face, block.units, block.shows)


@dataclass(frozen=True, slots=True)
class Code:
    """Where the QR code's modules stand."""


Piece = bytes | Text | Label | Code


def written(x: float, y: float, face: bytes, units: int, shows: bytes) -> bytes:
    """A text object as WeasyPrint writes it."""
    head = f"BT\n1 0 0 -1 {number(x)} {number(y)} Tm\n"
    return b"%b/%b %b Tf\n%b\nET" % (head.encode(), face, number(units / UNITS).encode(), shows)


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
    font = _FONT.fullmatch(inside[2]) if matrix else None
    if matrix is None or font is None:
        return b"\n".join(inside)  # white space: nothing is shown
    units = round(float(font[2]) * UNITS)
    return Block(float(matrix[1]), float(matrix[2]), font[1], units, b"\n".join(inside[3:-1]))


Texts = Mapping[str, str]  # of the slots


def learn(
    contents: tuple[Sequence[bytes | Block], Sequence[bytes | Block]],
    slots: Mapping[str, Letters],
    texts: tuple[Texts, Texts],
    codes: tuple[bytes, bytes],
) -> list[Piece]:
    """The pieces of the page, from the pages of two made-up people with these texts.

    Raises UnfitError where the pages differ in anything but the slots' texts, set as the press itself sets
    them,
    and positions that move with their widths.
    """
    first, second = contents
    if len(first) != len(second):
        raise UnfitError("the pages have not the same operators")
    waiting = [name for name in slots if texts[0][name] != texts[1][name]]
    pairs = list(zip(first, second, strict=True))
    found = {
        at: _text(one, other, waiting, slots, texts)
        for at, (one, other) in enumerate(pairs)
        if isinstance(one, Block) and isinstance(other, Block) and one.shows != other.shows
    }
    if waiting:
        raise UnfitError(f"{waiting} not found on the page")
    pieces: list[Piece] = []
    for at, (one, other) in enumerate(pairs):
        if at in found:
            pieces.append(found[at][0])
        elif one == other:
            pieces.append(
                one if isinstance(one, bytes) else written(one.x, one.y, one.face, one.units, one.shows)
            )
        elif isinstance(one, Block) and isinstance(other, Block):
            pieces.append(_label(one, other, found.values()))
        elif (one, other) == codes:
            pieces.append(Code())
        else:
            raise UnfitError("something differs that is no text")
    return pieces


def with_letters(pieces: Iterable[Piece], slots: Mapping[str, Letters]) -> list[Piece]:
    """The same pieces for another repertoire of the same faces."""
    return [
        replace(piece, letters=slots[piece.slot]) if isinstance(piece, Text) else piece for piece in pieces
    ]


def _text(
    one: Block, other: Block, waiting: list[str], slots: Mapping[str, Letters], texts: tuple[Texts, Texts]
) -> tuple[Text, float]:
    """The next slot, proven: the press sets both made-up texts exactly as WeasyPrint did. And its growth."""
    if not waiting:
        raise UnfitError("a text differs that is no slot")
    name = waiting.pop(0)
    sized = name in SIZED
    if one.face != other.face or (not sized and (one.y, one.units) != (other.y, other.units)):
        raise UnfitError(f"{name} has another face, size or height")
    letters = slots[name]
    ours = setter(letters, one.units).set(texts[0][name])
    theirs = setter(letters, other.units).set(texts[1][name])
    if not ours or not theirs or (ours.shows, theirs.shows) != (one.shows, other.shows):
        raise UnfitError(f"{name} is set otherwise than by the press")
    growth = theirs.width - ours.width
    share = _share(one, other, growth)
    slope = (other.y - one.y) / (other.units - one.units) if other.units != one.units else 0.0
    if not slope and other.y != one.y:
        raise UnfitError(f"{name} stands at two heights")
    # A text of variable size is centred on a line of its own, where it fits by plan.
    most = 1e9 if sized else theirs.width * WIDER
    least = ours.width / WIDER if share == 1.0 else 0.0
    text = Text(
        name,
        letters,
        one.x,
        share,
        one.y,
        slope,
        one.face,
        one.units,
        other.units,
        ours.width,
        least,
        most,
    )
    return text, growth


def _label(one: Block, other: Block, found: Iterable[tuple[Text, float]]) -> Label:
    """A text that moves with the slot on its line."""
    if replace(one, x=other.x) != other:
        raise UnfitError("a text changes that is no slot")
    for text, growth in found:
        if text.y == one.y and text.share:
            return Label(text.slot, one, _share(one, other, growth), text.width)
    raise UnfitError("a text moves that no slot moves")


def _share(one: Block, other: Block, growth: float) -> float:
    for share in SHARES:
        if abs(one.x - other.x - share * growth) < CLOSE:
            return share
    raise UnfitError("a line moves in no known way")
