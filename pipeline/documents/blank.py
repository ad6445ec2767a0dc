"""The blank for hours: a form field as WeasyPrint writes it in; one that every viewer can fill and show, out.

WeasyPrint's field has a font that is addressed by its glyphs, which a program that fills forms cannot do, a
rectangle that stands on its head, and nothing to show before a viewer draws it.
"""

from __future__ import annotations

import re
from typing import Any

import pydyf  # type: ignore[import-untyped]

FIRST, LAST = 0x20, 0xBE  # codes of WinAnsiEncoding (ISO 32000-1, annex D) that the face has letters for
NONSYMBOLIC = 32  # a font's flag (ISO 32000-1, table 123): its codes stand for letters
_PAIR = re.compile(rb"<(....)> <(....)>")


def mend_blank(document: Any, pdf: Any, field: Any) -> None:
    """What is typed stands centred above the rule, in a simple font; until then nothing is shown."""
    left, top, right, bottom = field["Rect"]
    low, high = min(top, bottom), max(top, bottom)
    field["Rect"] = pydyf.Array([left, low, right, high])
    field["Q"] = 1
    field["DA"] = pydyf.String(re.sub(rb"/\S+ gs ", b"", field["DA"].string))
    face = next(font for font in document.fonts.values() if font.used_in_forms)
    font: Any = next(
        each
        for each in pdf.objects
        if isinstance(each, dict) and each.get("Subtype") == "/Type0" and each["BaseFont"] == face.name
    )
    descendant = _object(pdf, font["DescendantFonts"][0])
    letters = _object(pdf, font["ToUnicode"])
    _make_simple(pdf, font, descendant, letters)
    # These two a simple font does not need: they become what the blank shows, and with which font.
    descendant.clear()
    descendant["Font"] = pydyf.Dictionary({face.hash: font.reference})
    letters.stream[:] = [b"/Tx BMC", b"EMC"]
    letters.extra |= {
        "Type": "/XObject",
        "Subtype": "/Form",
        "BBox": pydyf.Array([0, 0, right - left, high - low]),
        "Resources": descendant.reference,
    }
    field["AP"] = pydyf.Dictionary({"N": letters.reference})


def _object(pdf: Any, reference: bytes) -> Any:
    return pdf.objects[int(reference.split()[0])]


def _make_simple(pdf: Any, font: Any, descendant: Any, letters: Any) -> None:
    """A composite font becomes a simple one of the same file, by whose codes letters are written."""
    glyphs = {
        chr(int(text, 16)): int(glyph, 16)
        for line in letters.stream
        if (found := _PAIR.fullmatch(line))
        for glyph, text in [found.groups()]
    }
    first, widths = descendant["W"]
    descriptor = descendant["FontDescriptor"]
    _object(pdf, descriptor)["Flags"] = NONSYMBOLIC
    codes = [bytes([code]).decode("cp1252", "replace") for code in range(FIRST, LAST + 1)]
    del font["DescendantFonts"], font["ToUnicode"]
    font |= {
        "Subtype": "/TrueType",
        "FirstChar": FIRST,
        "LastChar": LAST,
        "Widths": pydyf.Array(
            [round(widths[glyphs[char] - first]) if char in glyphs else 0 for char in codes]
        ),
        "FontDescriptor": descriptor,
        "Encoding": "/WinAnsiEncoding",
    }
