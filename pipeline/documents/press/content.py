"""The drawing operators of two made-up people's pages in; the page in constant and varying pieces out.

What both pages have in common is constant. A text that differs must be that of the next slot in the order of
reading, and the press must set both people's texts byte for byte as WeasyPrint did. The two positions tell
how a line moves as its text grows: not at all, by half (centred) or by all (flush right).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.documents.press.glyphs import Glyphs
from pipeline.documents.press.typesetting import UNITS, Line, number, typesetter

_MATRIX = re.compile(rb"1 0 0 -1 (\S+) (\S+) Tm")
_FONT = re.compile(rb"/(\S+) (\S+) Tf")
# Slots that stand on a line of their own, at a size that depends on the length of the text.
SIZED = ("name", "credentials", "title", "where")
CLOSE = 2e-5  # CSS pixels: numbers have six decimals
WIDER = 1.02  # how much wider than the widest made-up text a text may be, for its kerning
# Of its growth by which a line begins farther left: flush left, centred, flush right.
SHARES = (0.0, 0.5, 1.0)


class UnfitError(Exception):
    """The page depends on its person in a way that the press does not know; WeasyPrint must set it."""


@dataclass(frozen=True, slots=True)
class TextObject:
    """One text object of PDF: BT to ET."""

    x: float
    y: float
    face: bytes  # the name of its resource
    units: int  # size, Pango's
    shows: bytes


@dataclass(frozen=True, slots=True)
class VaryingText:
    """Where a person's text stands, and how it moves. "First" and "second" are the made-up pages."""

    slot: str
    glyphs: Glyphs
    x: float  # in the first
    share: float
    y: float
    slope: float  # of the baseline, which sinks or rises with the size
    face: bytes
    units: int  # size in the first
    least_units: int  # size in the second; all sizes between the two are proven
    width: float  # in the first
    least_width: float
    most_width: float

    def typeset(self, text: str, units: int) -> Line | None:
        """The line; None where letters, size or width are beyond what the two pages have shown."""
        units = units or self.units
        if not self.least_units <= units <= self.units:
            return None
        line = typesetter(self.glyphs, units).typeset(text)
        return line if line and self.least_width <= line.width <= self.most_width else None

    def operators(self, line: Line, units: int) -> bytes:
        """The text object of a typeset text."""
        x = self.x - self.share * (line.width - self.width)
        y = self.y + self.slope * ((units or self.units) - self.units)
        return written(x, y, self.face, units or self.units, line.shows)


@dataclass(frozen=True, slots=True)
class MovingText:
    """A constant text that moves because the varying text on its line grows."""

    slot: str  # of the varying text
    text: TextObject
    share: float
    width: float  # of the varying text in the first page

    def operators(self, line: Line) -> bytes:
        """The text object beside that slot's line."""
        text = self.text
        x = text.x - self.share * (line.width - self.width)
        return written(x, text.y, text.face, text.units, text.shows)


@dataclass(frozen=True, slots=True)
class CodePlace:
    """Where the modules of the QR code are drawn."""


Piece = bytes | VaryingText | MovingText | CodePlace


def written(x: float, y: float, face: bytes, units: int, shows: bytes) -> bytes:
    """A text object as WeasyPrint writes it."""
    head = f"BT\n1 0 0 -1 {number(x)} {number(y)} Tm\n"
    return b"%b/%b %b Tf\n%b\nET" % (head.encode(), face, number(units / UNITS).encode(), shows)


def text_objects(items: Iterable[Any]) -> list[bytes | TextObject]:
    """The operators of a content stream, with those of each text object taken together."""
    found: list[bytes | TextObject] = []
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
            found.append(_text_object(inside))
            inside = None
    return found


def _text_object(inside: list[bytes]) -> bytes | TextObject:
    matrix = _MATRIX.fullmatch(inside[1])
    font = _FONT.fullmatch(inside[2]) if matrix else None
    if matrix is None or font is None:
        return b"\n".join(inside)  # white space: nothing is shown
    units = round(float(font[2]) * UNITS)
    return TextObject(float(matrix[1]), float(matrix[2]), font[1], units, b"\n".join(inside[3:-1]))


Texts = Mapping[str, str]  # of the slots


def learn(
    contents: tuple[Sequence[bytes | TextObject], Sequence[bytes | TextObject]],
    slots: Mapping[str, Glyphs],
    texts: tuple[Texts, Texts],
    codes: tuple[bytes, bytes],
) -> list[Piece]:
    """The pieces of the page, from the contents, the slots' texts and the QR codes of two made-up people.

    Raises UnfitError where the pages differ in anything but texts that the press sets in the same way, and
    positions that move with the widths of these.
    """
    first, second = contents
    if len(first) != len(second):
        raise UnfitError("the pages have not the same operators")
    waiting = [name for name in slots if texts[0][name] != texts[1][name]]
    pairs = list(zip(first, second, strict=True))
    found = {
        at: _text(one, other, waiting, slots, texts)
        for at, (one, other) in enumerate(pairs)
        if isinstance(one, TextObject) and isinstance(other, TextObject) and one.shows != other.shows
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
        elif isinstance(one, TextObject) and isinstance(other, TextObject):
            pieces.append(_moving(one, other, found.values()))
        elif (one, other) == codes:
            pieces.append(CodePlace())
        else:
            raise UnfitError("something differs that is no text")
    return pieces


def with_glyphs(pieces: Iterable[Piece], slots: Mapping[str, Glyphs]) -> list[Piece]:
    """The same pieces for another repertoire of the same faces."""
    return [
        replace(piece, glyphs=slots[piece.slot]) if isinstance(piece, VaryingText) else piece
        for piece in pieces
    ]


def _text(
    one: TextObject,
    other: TextObject,
    waiting: list[str],
    slots: Mapping[str, Glyphs],
    texts: tuple[Texts, Texts],
) -> tuple[VaryingText, float]:
    """The next slot, whose texts are set exactly as WeasyPrint did; and by how much the second is wider."""
    if not waiting:
        raise UnfitError("a text differs that is no slot")
    name = waiting.pop(0)
    sized = name in SIZED
    if one.face != other.face or (not sized and (one.y, one.units) != (other.y, other.units)):
        raise UnfitError(f"{name} has another face, size or height")
    glyphs = slots[name]
    narrow = typesetter(glyphs, one.units).typeset(texts[0][name])
    wide = typesetter(glyphs, other.units).typeset(texts[1][name])
    if not narrow or not wide or (narrow.shows, wide.shows) != (one.shows, other.shows):
        raise UnfitError(f"{name} is set otherwise than by the press")
    growth = wide.width - narrow.width
    share = _share(one, other, growth)
    slope = (other.y - one.y) / (other.units - one.units) if other.units != one.units else 0.0
    if not slope and other.y != one.y:
        raise UnfitError(f"{name} stands at two heights")
    text = VaryingText(
        slot=name,
        glyphs=glyphs,
        x=one.x,
        share=share,
        y=one.y,
        slope=slope,
        face=one.face,
        units=one.units,
        least_units=other.units,
        width=narrow.width,
        least_width=narrow.width / WIDER if share == 1.0 else 0.0,
        # A text of variable size is centred on a line of its own, where it fits by plan.
        most_width=1e9 if sized else wide.width * WIDER,
    )
    return text, growth


def _moving(one: TextObject, other: TextObject, found: Iterable[tuple[VaryingText, float]]) -> MovingText:
    """A text that moves with the varying one on its line."""
    if replace(one, x=other.x) != other:
        raise UnfitError("a text changes that is no slot")
    for text, growth in found:
        if text.y == one.y and text.share:
            return MovingText(text.slot, one, _share(one, other, growth), text.width)
    raise UnfitError("a text moves that no slot moves")


def _share(one: TextObject, other: TextObject, growth: float) -> float:
    for share in SHARES:
        if abs(one.x - other.x - share * growth) < CLOSE:
            return share
    raise UnfitError("a line moves in no known way")
