"""What readers of a certificate do not need of its fonts: a page's PDF objects in; the same, slimmed, out."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from typing import Any

# All that a TrueType font must have whose glyphs a file names by their numbers (ISO 32000-1, 9.9).
NEEDED = (b"cvt ", b"fpgm", b"glyf", b"head", b"hhea", b"hmtx", b"loca", b"maxp", b"prep")
HEAD, ENTRY = struct.Struct(">4H"), struct.Struct(">4s3I")  # of a font file and of each table in it
SECTION = 100  # lines of a map that may stand together (Adobe Technical Note 5014)
_MAP_HEAD = (
    b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
    b"/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def",
    b"/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
    b"1 begincodespacerange <0000> <ffff> endcodespacerange",
)
_MAP_END = (b"endcmap CMapName currentdict /CMap defineresource pop end end",)
_PAIR = re.compile(rb"<(....)> <(.+)>")


def slim(document: Any, pdf: Any) -> None:
    """Fonts lose the tables that no reader of a PDF asks, and maps from glyphs to texts are written in runs.

    A form's font stays whole: a reader seeks in it the letters that are typed.
    """
    whole = {font.file_content for font in document.fonts.values() if font.used_in_forms}
    for each in pdf.objects:
        if not (stream := getattr(each, "stream", None)):
            continue
        if "Length1" in each.extra and stream[0] not in whole:
            stream[0] = needed_tables(stream[0])
            each.extra["Length1"] = len(stream[0])
        elif b"endbfchar" in stream:
            stream[:] = _in_runs(stream)


def needed_tables(font: bytes) -> bytes:
    """A TrueType file with the needed tables alone."""
    (count,) = struct.unpack_from(">H", font, 4)
    entries = [ENTRY.unpack_from(font, 12 + ENTRY.size * at) for at in range(count)]
    kept = [entry for entry in entries if entry[0] in NEEDED]
    power = len(kept).bit_length() - 1
    search = 16 << power
    parts = [font[:4], HEAD.pack(len(kept), search, power, 16 * len(kept) - search)]
    at = 12 + ENTRY.size * len(kept)
    for tag, checksum, _, length in kept:
        parts.append(ENTRY.pack(tag, checksum, at, length))
        at += length + -length % 4
    return b"".join(parts + [font[at : at + length] + bytes(-length % 4) for _, _, at, length in kept])


def _in_runs(lines: list[bytes]) -> list[bytes]:
    """A ToUnicode map: glyphs of consecutive numbers that stand for consecutive letters take one line.

    In a run only the last byte of either may change (ISO 32000-1, 9.10.3).
    """
    first = next(at for at, line in enumerate(lines) if line.endswith(b" beginbfchar"))
    last = len(lines) - lines[::-1].index(b"endbfchar")
    pairs = sorted(found.groups() for line in lines[first:last] if (found := _PAIR.fullmatch(line)))
    runs: list[list[tuple[bytes, bytes]]] = []
    for glyph, text in pairs:
        if runs and (glyph, text) == tuple(map(_next, runs[-1][-1])):
            runs[-1].append((glyph, text))
        else:
            runs.append([(glyph, text)])
    single = [b"<%b> <%b>" % run[0] for run in runs if len(run) == 1]
    longer = [b"<%b> <%b> <%b>" % (run[0][0], run[-1][0], run[0][1]) for run in runs if len(run) > 1]
    return [*lines[:first], *_sections("bfchar", single), *_sections("bfrange", longer), *lines[last:]]


def _next(code: bytes) -> bytes:
    """The hexadecimal number after this one; nothing where more than its last byte would change, or where it
    stands for several letters."""
    return b"" if len(code) != 4 or code.endswith(b"ff") else b"%04x" % (int(code, 16) + 1)


def _sections(kind: str, lines: list[bytes]) -> list[bytes]:
    found: list[bytes] = []
    for at in range(0, len(lines), SECTION):
        some = lines[at : at + SECTION]
        found += [f"{len(some)} begin{kind}".encode(), *some, f"end{kind}".encode()]
    return found


def unicode_map(texts: Mapping[int, str]) -> bytes:
    """A ToUnicode map of glyphs by their numbers (ISO 32000-1, 9.10.3)."""
    pairs = [
        b"<%04x> <%b>" % (glyph, text.encode("utf-16-be").hex().encode()) for glyph, text in texts.items()
    ]
    return b"\n".join(_in_runs([*_MAP_HEAD, b"%d beginbfchar" % len(pairs), *pairs, b"endbfchar", *_MAP_END]))
