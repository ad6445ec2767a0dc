"""A template as plain bytes, and back: JSON, and behind it the bytes that it speaks of.

Nothing in it can run: what is read are numbers, texts, bytes, and the dataclasses of which templates consist.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline.documents.press.content import CodePlace, MovingText, TextObject, VaryingText
from pipeline.documents.press.glyphs import Glyphs, face_of
from pipeline.documents.press.sentence import Sentence
from pipeline.documents.press.template import Found, Template, VaryingObject

PARTS: dict[str, type] = {
    part.__name__: part
    for part in (Template, VaryingText, MovingText, TextObject, CodePlace, VaryingObject, Sentence)
}


def encoded(value: tuple[Found, Found], theme: Path) -> bytes:
    """What a shelf keeps under one key."""
    blob, letters = bytearray(), dict[str, str]()

    def plain(part: Any) -> Any:
        if isinstance(part, bytes):
            blob.extend(part)
            return {"bytes": [len(blob) - len(part), len(part)]}
        if isinstance(part, tuple):
            return [plain(each) for each in part]
        if isinstance(part, Glyphs):
            said = _letters(part, theme)
            digest = hashlib.sha256(said.encode()).hexdigest()
            letters[digest] = said
            return {"glyphs": digest}
        if type(part).__name__ in PARTS:
            return {
                "part": type(part).__name__,
                **{each.name: plain(getattr(part, each.name)) for each in fields(part)},
            }
        return part

    said = {"value": plain(value), "letters": letters}
    return json.dumps(said, ensure_ascii=True).encode() + b"\n" + blob


def decoded(data: bytes, theme: Path) -> tuple[Found, Found]:
    """What was encoded. Raises ValueError, TypeError, LookupError or RecursionError for anything else, and
    LookupError where a face is not the one whose glyphs it has.
    """
    head, _, blob = data.partition(b"\n")
    said = json.loads(head)

    def part(value: Any) -> Any:
        if isinstance(value, list):
            return tuple(part(each) for each in value)
        if not isinstance(value, dict):
            return value
        if "part" in value:
            kind = PARTS[value.pop("part")]
            return kind(**{name: part(each) for name, each in value.items()})
        if "bytes" in value:
            at, length = value["bytes"]
            return blob[at : at + length]
        return _glyphs(said["letters"][value["glyphs"]], theme)

    match part(said["value"]):
        case (Template() | str() | None as whole, Template() | str() | None as western):
            return whole, western
    raise TypeError("these are no two templates")


def _letters(glyphs: Glyphs, theme: Path) -> str:
    names = (glyphs.family, glyphs.strong, glyphs.script, glyphs.language, glyphs.features)
    table = [[glyph, text, glyphs.widths[glyph]] for glyph, text in glyphs.texts.items()]
    return json.dumps([*names, _digest(glyphs.family, theme, glyphs.strong), table])


@lru_cache(maxsize=64)
def _glyphs(letters: str, theme: Path) -> Glyphs:
    """The one object for all templates that have these letters: lines that were set are kept with it."""
    family, strong, script, language, features, digest, table = json.loads(letters)
    face = face_of(family, theme, strong=strong)
    if face is None or _digest(family, theme, strong) != digest:
        raise LookupError(f"{family} is not the face whose glyphs these are")
    texts = {glyph: text for glyph, text, _ in table}
    widths = {glyph: width for glyph, _, width in table}
    return Glyphs(family, strong, face, script, language, tuple(map(tuple, features)), texts, widths)


@lru_cache(maxsize=64)
def _digest(family: str, theme: Path, strong: bool) -> str:
    face = face_of(family, theme, strong=strong)
    return hashlib.sha256(face.blob.data if face else b"").hexdigest()
