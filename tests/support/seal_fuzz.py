"""Sealed files as nobody would write them, drawn by lot: what a checker of seals must not be misled by."""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Callable, Iterator, Sequence

from tests.support.seal_cases import FLATE, PREDICTED, predicted
from tests.support.seal_kit import (
    CATALOG,
    FORM,
    INFO,
    METADATA,
    OTHER_UPDATES,
    XMP,
    filled,
    stream_of,
    updated,
    updated_by_stream,
)

Objects = dict[int, str | bytes]
TOKENS = re.compile(rb"/[^\s()<>\[\]{}/%]*|\([^()]*\)|<<|>>|<[0-9a-f]*>|[^\s()<>\[\]{}/%]+|\s+|.", re.DOTALL)
PACKED: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("", bytes),
    (FLATE, zlib.compress),
    ("/Filter[/FlateDecode]", zlib.compress),
    (FLATE, lambda rows: zlib.compress(rows) + b"\n"),
    (FLATE, lambda rows: zlib.compress(rows)[:-1]),
    (PREDICTED.format(1), predicted),
    (PREDICTED.format(2), predicted),
    ("/Filter null", bytes),
    ("/Filter(FlateDecode)", zlib.compress),
]
SOME_WORDS = """
<< >> [ ] ( ) < > /V /AP /N /M /FT /Tx /Type /XRef /ObjStm /Length /Filter /FlateDecode /DecodeParms /Root
/Prev /Info /Size /Index /W /Encrypt /XRefStm /#56 /F /Rect null true false 0 1 2 3 4 5 -1 +4 4. 4.0 .5 07
99999999999 1234567890123456 0.1234567890123456 1e3 R obj endobj stream endstream xref trailer startxref %%EOF
% \\( \\051 \\ <</Columns 7/Predictor 12>> <</Predictor 1>> (Tx) <31> <3> /Tx(1)
"""
WORDS = SOME_WORDS.split()
MARKUP = [
    b"<?x y?>",
    b"<!-- -->",
    b"<a/>",
    b"b",
    b"&amp;",
    b"&#65;",
    b"<dc:title>",
    b"\x85",
    b"\xff",
    b"\xc2\xa0",
]
VIEWER: Objects = {
    **filled(),
    INFO: "<</Title(Certificate of Ada)/Producer(A viewer)/ModDate(D:2026)>>",
    FORM: "<</Fields[4 0 R]/NeedAppearances false>>",
    METADATA: stream_of(XMP.replace(b"2025-11-05", b"2026-01-02"), "/Type/Metadata"),
}


def mutants(sealed: bytes, seed: str, count: int) -> Iterator[bytes]:
    """So many files, the same for the same seed."""
    for at in range(count):
        yield _mutant(sealed, random.Random(f"{seed} {at}"))


def _mutant(sealed: bytes, chance: random.Random) -> bytes:
    pdf = sealed
    for _ in range(chance.choice((1, 1, 1, 2))):
        pdf = _with_update(pdf, sealed, chance)
    if chance.random() < 0.3:
        pdf = _rough(pdf, len(sealed), chance)
    return pdf


def _with_update(pdf: bytes, sealed: bytes, chance: random.Random) -> bytes:
    """An update that fits, of objects that somebody meddled with."""
    objects: Objects = dict(chance.choice((filled(), VIEWER, filled("<feff0031>", ""))))
    if chance.random() < 0.1:
        objects |= chance.choice([*OTHER_UPDATES.values()])
    if METADATA in objects and chance.random() < 0.5:
        objects[METADATA] = stream_of(_meddled(XMP, MARKUP, chance), "/Type/Metadata")
    if chance.random() < 0.2:
        (catalog,) = re.findall(rb"\n1 0 obj\n(.*?)\nendobj", sealed)
        objects[CATALOG] = catalog.replace(b" 8 0 R", b"<</Fields[4 0 R]/NeedAppearances true/DA(/F 9 Tf)>>")
    words = [word.encode() for word in WORDS]
    for number in sorted(objects):
        if chance.random() < 0.12:
            text = objects[number]
            data = text if isinstance(text, bytes) else text.encode("latin-1")
            objects[number] = _meddled(data, words, chance)
    more = _meddled(b"/ID[(a)(b)]", words, chance).decode("latin-1") if chance.random() < 0.1 else ""
    if chance.random() < 0.5:
        return updated(pdf, objects, more)
    said, pack = chance.choice(PACKED)
    shelved = [one for one in (4, INFO) if one in objects and chance.random() < 0.3]
    number = chance.choice((30, 30, 30, 30, 3, 5, 10, 11))
    return updated_by_stream(pdf, objects, f"{said}{more}", number, pack, shelved)


def _meddled(data: bytes, words: Sequence[bytes], chance: random.Random) -> bytes:
    """A token or two lost, doubled, moved, or in another's place."""
    tokens = TOKENS.findall(data)
    for _ in range(chance.choice((1, 1, 2))):
        at = chance.randrange(len(tokens) + 1)
        kind = chance.randrange(5)
        if kind == 0:
            del tokens[at : at + 1]
        elif kind == 1:
            tokens[at:at] = tokens[at : at + chance.choice((1, 2))]
        elif kind == 2:
            other = chance.randrange(len(tokens) + 1)
            tokens[other:other] = tokens[at : at + 2]
        else:
            tokens[at : at + kind - 3] = [chance.choice(words), chance.choice((b"", b" "))]
    return b"".join(tokens)


def _rough(pdf: bytes, begin: int, chance: random.Random) -> bytes:
    """Bytes changed, lost, doubled or put in, mostly after the sealed ones."""
    for _ in range(chance.choice((1, 1, 2))):
        at = chance.randrange(begin if chance.random() < 0.9 else 0, len(pdf) + 1)
        length = chance.choice((1, 1, 2, 7, 30, 200))
        part = pdf[at : at + length]
        match chance.randrange(6):
            case 0:
                part = bytes([chance.randrange(256)])
            case 1:
                part = b""
            case 2:
                part *= 2
            case 3:
                return pdf[:at]
            case 4:
                part = chance.choice(WORDS).encode() + part
            case 5:
                part = bytes([part[0] ^ 1 << chance.randrange(8)]) + part[1:] if part else b" "
        pdf = pdf[:at] + part + pdf[at + length :]
    return pdf
