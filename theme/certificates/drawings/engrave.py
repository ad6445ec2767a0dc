"""Draws the border and the seal: run it after a change, look at both, commit the SVG files it writes.

    .venv/bin/python theme/certificates/drawings/engrave.py

Everything is drawn in one placeholder ink, which the renderer replaces by the colour of the kind. Curves are
few and long: WeasyPrint draws every segment anew for each certificate.
"""

import math
from collections.abc import Iterable
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
FLIPS = ("1 1", "-1 1", "1 -1", "-1 -1")
SHARES = 6  # of the seal's waves that are drawn once and turned; their round ends meet without a seam
EASE = 0.3642  # where a cubic's handles lie to follow a sine from crest to trough


def n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".").replace("-0.", "-.").removeprefix("0") or "0"


def wave(length: float, halves: int, swing: float) -> str:
    """A sine along the x axis, from 0 to `length` in `halves` half waves, that begins at a crest."""
    step = length / halves
    path = [f"M0 {n(swing)}"]
    for half in range(halves):
        x, y = half * step, swing if half % 2 == 0 else -swing
        points = ((x + step * EASE, y), (x + step * (1 - EASE), -y), (x + step, -y))
        path.append("C" + " ".join(f"{n(px)} {n(py)}" for px, py in points))
    return "".join(path)


def rosette(radius: float, swing: float, petals: int, turn: float = 0.0, shares: int = 1) -> str:
    """A wave around a circle that is centred on the origin: all of it, or one of so many equal shares."""
    points = []
    for half in range(2 * petals // shares + 1):
        angle = turn + half * math.pi / petals
        points.append((angle, radius + (swing if half % 2 == 0 else -swing)))
    path = []
    for (a0, r0), (a1, r1) in pairwise(points):
        handle = (a1 - a0) * EASE
        if not path:
            path.append(f"M{n(r0 * math.cos(a0))} {n(r0 * math.sin(a0))}")
        c0 = (r0 * (math.cos(a0) - handle * math.sin(a0)), r0 * (math.sin(a0) + handle * math.cos(a0)))
        c1 = (r1 * (math.cos(a1) + handle * math.sin(a1)), r1 * (math.sin(a1) - handle * math.cos(a1)))
        p1 = (r1 * math.cos(a1), r1 * math.sin(a1))
        path.append("C" + " ".join(f"{n(px)} {n(py)}" for px, py in (c0, c1, p1)))
    return "".join(path) + ("z" if shares == 1 else "")


def again(name: str, drawing: str, places: Iterable[str]) -> str:
    """A drawing at each of these places (SVG transformations).

    The same operators come again and again, which a deflated file keeps once.
    """
    first, *others = places
    copies = "".join(f'<use href="#{name}" transform="{each}"/>' for each in others)
    return f'<g transform="{first}"><g id="{name}">{drawing}</g></g>{copies}'


def rectangle(inset: float, width: float, height: float) -> str:
    return f"M{n(inset)} {n(inset)}H{n(width - inset)}V{n(height - inset)}H{n(inset)}z"


def side(name: str, length: float, places: Iterable[str]) -> str:
    """The strands of two opposite sides: a quarter of a side, mirrored about its middle and its axis."""
    halves = round(length / 22)
    strands = "".join(wave(length / 2, halves, swing) for swing in (5.6, 3.2))
    quarters = again(f"{name}-quarter", f'<path d="{strands}"/>', [f"scale({flip})" for flip in FLIPS])
    return again(name, quarters, places)


def border(width: float, height: float) -> str:
    edge = CLEAR + 0.75
    inner = edge + BAND + 3.6
    middle = (edge + inner) / 2
    corner = inner - edge  # the square a corner's rosette stands in
    right, foot = width - middle, height - middle
    sides = side(
        "across", width - 2 * inner, [f"translate({n(width / 2)} {n(y)})" for y in (middle, foot)]
    ) + side(
        "down", height - 2 * inner, [f"translate({n(x)} {n(height / 2)})rotate(90)" for x in (middle, right)]
    )
    corners = again(
        "corner",
        f'<path d="{rosette(4.9, 2.6, 8)}{rosette(4.9, 2.6, 8, math.pi / 8)}"/>',
        [f"translate({n(x)} {n(y)})" for x in (middle, right) for y in (middle, foot)],
    )
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
        f'<g stroke-width=".4" stroke-linecap="round">{sides}{corners}</g>'
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


def wreath(radius: float) -> str:
    """The right half of a wreath around the origin."""
    path = []
    for step in range(8):
        angle = math.pi / 2 - (0.20 + step * 0.30)
        px, py = radius * math.cos(angle), radius * math.sin(angle)
        along = angle - math.pi / 2
        path.append(leaf(px, py, along + 0.50, 6.6 - step * 0.22))
        path.append(leaf(px, py, along - 0.50, 6.2 - step * 0.22))
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
    edge = rosette(47, 1.5, 48, shares=SHARES) + rosette(45.6, 1.2, 48, shares=SHARES)
    curves = "".join(rosette(36.3, swing, 30, shares=SHARES) for swing in (4.4, -4.4, 2.2))
    waves = f'<path stroke-width=".45" d="{edge}"/><path stroke-width=".35" d="{curves}"/>'
    turns = [f"rotate({360 // SHARES * share})" for share in range(SHARES)]
    leaves = f'<path d="{wreath(23.2)}"/>'
    halves = [f"translate(50 49)scale({flip})" for flip in FLIPS[:2]]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" fill="none" stroke="{INK}">{rings}'
        f'<g transform="translate(50 50)" stroke-linecap="round">{again("waves", waves, turns)}</g>'
        f'<g stroke="none" fill="{INK}">{again("wreath", leaves, halves)}'
        f'<path d="{letters("ACR", c, c + 4.8, 15.5)}"/></g></svg>\n'
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
