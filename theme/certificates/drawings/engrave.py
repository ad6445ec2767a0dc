"""Draws the border and the seal: run it after a change, look at both, commit the SVG files it writes.

    .venv/bin/python theme/certificates/drawings/engrave.py

Everything is drawn in one placeholder ink, which the renderer replaces by the colour of the kind. Curves are
few and long: WeasyPrint draws every segment anew for each certificate.
"""

import math
from itertools import pairwise
from pathlib import Path

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

HERE = Path(__file__).parent
INK = "#123456"
PAPERS = {"letter": (792.0, 612.0), "a4": (841.89, 595.28)}
CLEAR = 12 / 25.4 * 72  # the printer's margin that every element keeps clear
BAND = 15.0  # width of the guilloche between the rules
EASE = 0.3642  # where a cubic's handles lie to follow a sine from crest to trough


def n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".").replace("-0.", "-.").removeprefix("0") or "0"


def wave(start: tuple[float, float], end: tuple[float, float], halves: int, swing: float) -> str:
    """A sine from start to end in `halves` half waves that begins at a crest."""
    (x0, y0), (x1, y1) = start, end
    length = math.hypot(x1 - x0, y1 - y0)
    ux, uy = (x1 - x0) / length, (y1 - y0) / length
    step = length / halves
    path = [f"M{n(x0 - uy * swing)} {n(y0 + ux * swing)}"]
    sign = 1.0
    for _ in range(halves):
        drop = -2 * sign * swing

        def at(along: float, across: float) -> str:
            return f"{n(ux * along - uy * across)} {n(uy * along + ux * across)}"

        path.append(f"c{at(step * EASE, 0)} {at(step * (1 - EASE), drop)} {at(step, drop)}")
        sign = -sign
    return "".join(path)


def rosette(x: float, y: float, radius: float, swing: float, petals: int, turn: float = 0.0) -> str:
    """A closed wave around a circle."""
    points = []
    halves = 2 * petals
    for half in range(halves + 1):
        angle = turn + half * math.pi / petals
        r = radius + (swing if half % 2 == 0 else -swing)
        points.append((angle, r))
    path = []
    for (a0, r0), (a1, r1) in pairwise(points):
        handle = (a1 - a0) * EASE
        if not path:
            path.append(f"M{n(x + r0 * math.cos(a0))} {n(y + r0 * math.sin(a0))}")
        c0 = (
            x + r0 * (math.cos(a0) - handle * math.sin(a0)),
            y + r0 * (math.sin(a0) + handle * math.cos(a0)),
        )
        c1 = (
            x + r1 * (math.cos(a1) + handle * math.sin(a1)),
            y + r1 * (math.sin(a1) - handle * math.cos(a1)),
        )
        p1 = (x + r1 * math.cos(a1), y + r1 * math.sin(a1))
        path.append("C" + " ".join(f"{n(px)} {n(py)}" for px, py in (c0, c1, p1)))
    return "".join(path) + "z"


def rectangle(inset: float, width: float, height: float) -> str:
    return f"M{n(inset)} {n(inset)}H{n(width - inset)}V{n(height - inset)}H{n(inset)}z"


def border(width: float, height: float) -> str:
    edge = CLEAR + 0.75
    inner = edge + BAND + 3.6
    middle = (edge + inner) / 2
    corner = inner - edge  # the square a corner's rosette stands in
    strands = []
    sides = [
        ((edge + corner, middle), (width - edge - corner, middle)),
        ((edge + corner, height - middle), (width - edge - corner, height - middle)),
        ((middle, edge + corner), (middle, height - edge - corner)),
        ((width - middle, edge + corner), (width - middle, height - edge - corner)),
    ]
    for start, end in sides:
        length = math.hypot(end[0] - start[0], end[1] - start[1])
        halves = 2 * round(length / 22)
        strands += [wave(start, end, halves, swing) for swing in (5.6, -5.6, 3.2, -3.2)]
    corners = []
    for x in (middle, width - middle):
        for y in (middle, height - middle):
            corners += [rosette(x, y, 4.9, 2.6, 8), rosette(x, y, 4.9, 2.6, 8, math.pi / 8)]
    squares = "".join(
        f"M{n(x - corner / 2)} {n(y - corner / 2)}h{n(corner)}v{n(corner)}h{n(-corner)}z"
        for x in (middle, width - middle)
        for y in (middle, height - middle)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{n(width)}pt" height="{n(height)}pt" '
        f'viewBox="0 0 {n(width)} {n(height)}" fill="none" stroke="{INK}">'
        f'<path stroke-width="1.5" d="{rectangle(edge, width, height)}"/>'
        f'<path stroke-width=".5" d="{rectangle(edge + 2.6, width, height)}{rectangle(inner, width, height)}'
        f'{rectangle(inner + 3.4, width, height)}{squares}"/>'
        f'<path stroke-width=".4" d="{"".join(strands)}{"".join(corners)}"/>'
        "</svg>\n"
    )


def leaf(x: float, y: float, angle: float, length: float) -> str:
    """A pointed leaf with its stem at (x, y)."""
    tip = (x + length * math.cos(angle), y + length * math.sin(angle))
    bow = length * 0.62
    left = (x + bow * math.cos(angle - 0.55), y + bow * math.sin(angle - 0.55))
    right = (x + bow * math.cos(angle + 0.55), y + bow * math.sin(angle + 0.55))
    return (
        f"M{n(x)} {n(y)}Q{n(left[0])} {n(left[1])} {n(tip[0])} {n(tip[1])}"
        f"Q{n(right[0])} {n(right[1])} {n(x)} {n(y)}z"
    )


def wreath(x: float, y: float, radius: float) -> str:
    path = []
    for side in (1, -1):
        for step in range(8):
            angle = math.pi / 2 - side * (0.20 + step * 0.30)
            px, py = x + radius * math.cos(angle), y + radius * math.sin(angle)
            along = angle - side * math.pi / 2
            path.append(leaf(px, py, along + side * 0.50, 6.6 - step * 0.22))
            path.append(leaf(px, py, along - side * 0.50, 6.2 - step * 0.22))
    return "".join(path)


def letters(text: str, x: float, y: float, size: float) -> str:
    """The outlines of a word, centred on x with its baseline at y."""
    font = TTFont(HERE.parent / "fonts/cormorant/Cormorant-Medium.ttf")
    glyphs, cmap = font.getGlyphSet(), font.getBestCmap()
    scale = size / font["head"].unitsPerEm
    advance = sum(glyphs[cmap[ord(char)]].width for char in text) * scale
    pen = SVGPathPen(glyphs, ntos=n)
    left = x - advance / 2
    for char in text:
        glyph = glyphs[cmap[ord(char)]]
        glyph.draw(TransformPen(pen, (scale, 0, 0, -scale, left, y)))
        left += glyph.width * scale
    return pen.getCommands()


def seal() -> str:
    c = 50.0
    rings = "".join(
        f'<circle cx="50" cy="50" r="{r}" stroke-width="{w}"/>'
        for r, w in ((43.2, 0.9), (41.4, 0.35), (31.2, 0.35), (29.8, 0.8))
    )
    curves = "".join(rosette(c, c, 36.3, swing, 30, turn) for swing, turn in ((4.4, 0), (-4.4, 0), (2.2, 0)))
    edge = rosette(c, c, 47, 1.5, 48) + rosette(c, c, 45.6, 1.2, 48)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" fill="none" stroke="{INK}">'
        f'<path stroke-width=".45" d="{edge}"/>{rings}<path stroke-width=".35" d="{curves}"/>'
        f'<path stroke="none" fill="{INK}" d="{wreath(c, c - 1, 23.2)}{letters("ACR", c, c + 4.8, 15.5)}"/>'
        "</svg>\n"
    )


def ornament() -> str:
    """The small divider under the kind: two tapering rules and a lozenge."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 10" fill="{INK}">'
        '<path d="M2 5L84 4.5V5.5zM198 5L116 4.5V5.5z"/>'
        '<path d="M100 1.2L105.5 5L100 8.8L94.5 5z"/>'
        '<path d="M90 3.5L92.2 5L90 6.5L87.8 5zM110 3.5L112.2 5L110 6.5L107.8 5z"/>'
        "</svg>\n"
    )


if __name__ == "__main__":
    for paper, size in PAPERS.items():
        (HERE / f"border-{paper}.svg").write_text(border(*size))
    (HERE / "seal.svg").write_text(seal())
    (HERE / "ornament.svg").write_text(ornament())
