"""What must not pass for hours that were filled in, for a list of ours or for keys: a case for each check.

Each is right but for one thing: lengths and places are as they are said, and what must be signed is signed.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from pipeline.rules.seals.form import DIGITS, find_seals, signed_digest
from pipeline.rules.seals.public_keys import PublicKey, base64url
from pipeline.sealing import Sealer
from tests.support.seal_kit import (
    CATALOG,
    DAY,
    FIELD,
    KEY,
    METADATA,
    PAGE,
    SEALER,
    XMP,
    filled,
    new_sealer,
    start_of,
    stream_of,
    updated,
    updated_by_stream,
)

FLATE = "/Filter/FlateDecode"
PREDICTED = f"{FLATE}/DecodeParms<</Predictor 12/Columns 6/Colors {{}}>>"


# By a key that is in strangers' hands.
STOLEN_SEALER, _stolen = new_sealer()
STOLEN_KEY = PublicKey(_stolen.x, _stolen.y, DAY, DAY, revoked=DAY)


def predicted(rows: bytes) -> bytes:
    """Rows of six bytes, each as its difference from that above (PNG's "up"), packed."""
    above, out = bytes(6), b""
    for row in _rows(rows):
        out += b"\2" + bytes((one - up) & 255 for one, up in zip(row, above, strict=True))
        above = row
    return zlib.compress(out)


def _rows(table: bytes) -> list[bytes]:
    return [table[at : at + 6] for at in range(0, len(table), 6)]


def fine(sealed: bytes) -> dict[str, bytes]:
    """Hours that were filled in, as programs write them."""
    return {
        "by a table": updated(sealed, filled()),
        "by a stream": updated_by_stream(sealed, filled()),
        "by a packed stream": updated_by_stream(sealed, filled(), FLATE, pack=zlib.compress),
        "by a predicted stream": updated_by_stream(sealed, filled(), PREDICTED.format(1), pack=predicted),
        "by a stream of wide rows": _wide(sealed, 4),
        "in an object stream": updated_by_stream(sealed, filled(), shelved=[FIELD]),
        "with metadata": updated(sealed, {**filled(), METADATA: _metadata(XMP)}),
    }


def _widened(more: int) -> Callable[[bytes], bytes]:
    """Rows with as many bytes more for a place, and a further one for an index."""
    return lambda table: b"".join(
        row[:1] + bytes(more) + row[1:5] + bytes(1) + row[5:] for row in _rows(table)
    )


def _wide(sealed: bytes, more: int) -> bytes:
    """As pyHanko writes them, with eight bytes for a place."""
    pdf = updated_by_stream(sealed, filled(), pack=_widened(more))
    return pdf.replace(b"/W[1 4 1]", b"/W[1 %d 2]" % (4 + more))


def doubtful(sealed: bytes) -> dict[str, bytes]:
    """Hours that were filled in, and something with them that reads in more than one way, or is more."""
    hours = filled()
    by_table, by_stream = updated(sealed, hours), updated_by_stream(sealed, hours)
    page = "/MediaBox[0 0 200 100]/Contents 20 0 R/Parent 2 0 R"
    return {
        "a second table": _ended(by_table, table=_table(by_table)),
        "a table after a stream": _ended(by_stream, table=_table(by_table)),
        "an object after the table": _ended(by_table, b"21 0 obj\n<<>>\nendobj\n"),
        "a cross-reference in the page's place": updated_by_stream(sealed, hours, page, PAGE),
        "a key twice": updated(sealed, _field("/V(12.5)", "/V(12.5)/V(13)")),
        "a key twice, written otherwise": updated(sealed, _field("/V(12.5)", "/V(12.5)/#56(13)")),
        "a key twice in the trailer": updated(sealed, hours, f"/Prev {start_of(sealed)}"),
        "a key twice in a stream": updated(sealed, {**hours, 20: stream_of(b"BT ET", "/Length 5")}),
        "a name for the hours": updated(sealed, _field("/V(12.5)", "/V/Many")),
        "a text for the kind of field": updated(sealed, _field("/FT/Tx", "/FT(Tx)")),
        "a number of many digits": updated(sealed, _field("/F 4", "/F 4.000000000000000")),
        "a packed stream that goes on": updated_by_stream(
            sealed, hours, FLATE, pack=lambda rows: zlib.compress(rows) + b"\n"
        ),
        "a packed stream that is cut": updated_by_stream(
            sealed, hours, FLATE, pack=lambda rows: zlib.compress(rows)[:-1]
        ),
        "a predicted stream of two colours": updated_by_stream(
            sealed, hours, PREDICTED.format(2), pack=predicted
        ),
        "another text for a packing": updated_by_stream(
            sealed, hours, "/Filter(FlateDecode)", pack=zlib.compress
        ),
        "an index of no numbers": _later(by_stream, sealed, b"/Index[", b"/Index[-1 0 "),
        "more rows than are named": updated_by_stream(sealed, hours, pack=lambda table: table + bytes(6)),
        "rows that are too wide": _wide(sealed, 5),
        "a generation in a row": updated_by_stream(
            sealed, hours, pack=lambda table: b"".join(row[:5] + b"\1" for row in _rows(table))
        ),
        "a generation in a table": _later(by_table, sealed, b" 00000 n", b" 00001 n"),
        "rows of another prediction": updated_by_stream(
            sealed, hours, PREDICTED.format(1), pack=_of_another_prediction
        ),
        "an object twice in an object stream": _shelved(sealed, [(FIELD, 0), (FIELD, 1)]),
        "objects that share their bytes": _shelved(sealed, [(FIELD, 1), (21, 1)]),
        "another root": _later(by_table, sealed, b"/Root 1 0 R", b"/Root 2 0 R"),
        "another information": _later(by_table, sealed, b"/Info 7 0 R", b"/Info 8 0 R"),
        "a second cross-reference by its name": updated(sealed, hours, "/XRefStm 20"),
        "another form in the catalog": updated(sealed, {**hours, CATALOG: _with_other_form(sealed)}),
        "arrays without end": updated(sealed, {**hours, 21: "[" * 40 + "]" * 40}),
        "a megabyte": updated(sealed, {**hours, 21: stream_of(bytes(1 << 20))}),
        **{
            f"metadata with {what}": updated(sealed, {**hours, METADATA: _metadata(_once(XMP, *how))})
            for what, how in MARKUP.items()
        },
    }


MARKUP = {
    "another title": (b">Certificate<", b">Diploma<"),
    "a text after an element": (b"</rdf:Alt></dc:title>", b"</rdf:Alt>Diploma</dc:title>"),
    "a word in two": (b">Certificate<", b">Certi<dc:x/>ficate<"),
    "lists without end": (b"<dc:title>", b"<rdf:Seq>" * 40 + b"</rdf:Seq>" * 40 + b"<dc:title>"),
    "a tag in quotes": (b"adobe:ns:meta/", b"adobe:ns:meta></"),
    "bytes that are no letter": (b">Certificate<", b">Certificate<?a \xff?><"),
    "a name in other letters": (b"<dc:title>", b"<dc:title><\xe3\x84\x85/>"),
    "a space that parts no words": (b">Certificate<", b">Certificate\xc2\xa0<"),
    "a space of names that is reserved": (b'about=""', b'about="" xmlns:x="http://www.w3.org/2000/xmlns/"'),
}


def redated(sealed: bytes, day: str) -> bytes:
    """Sealed on a day, which may be none."""
    (seal,) = find_seals(sealed)
    made = sealed.replace(
        b"(D:%b)" % seal.seal.issued_on.strftime("%Y%m%d").encode(), b"(D:%b)" % day.encode()
    )
    digits = SEALER._signature(signed_digest(made, seal.at, seal.end))
    return made[: seal.at] + digits.encode() + made[seal.at + DIGITS :]


WITHDRAWN = {"standing": "withdrawn", "day": "2026-03-02", "version": 1}
LISTED = "0" * 32


def lists() -> dict[str, str]:
    """Lists of standings, all signed; the first is one."""
    others: dict[str, Mapping[str, Any]] = {
        "a day that is none": {**WITHDRAWN, "day": "2025-02-30"},
        "a day of another form": {**WITHDRAWN, "day": "20250301"},
        "a week": {**WITHDRAWN, "day": "2025-W01-1"},
        "a day with its hour": {**WITHDRAWN, "day": "2025-03-01T00:00:00"},
        "the year zero": {**WITHDRAWN, "day": "0000-01-01"},
        "an unknown standing": {**WITHDRAWN, "standing": "valid"},
        "a version in words": {**WITHDRAWN, "version": "1"},
        "no version": {**WITHDRAWN, "version": 0},
        "half a version": {**WITHDRAWN, "version": 1.5},
    }
    good = _list({"format": 1, "certificates": {LISTED: WITHDRAWN}})
    return {
        "good": good,
        **{name: _list({"format": 1, "certificates": {LISTED: one}}) for name, one in others.items()},
        "a later form": _list({"format": 2, "certificates": {LISTED: WITHDRAWN}}),
        "no form": _list({"certificates": {LISTED: WITHDRAWN}}),
        "a fourth part": f"{good}.{good.rpartition('.')[2]}",
        "by a stolen key": _list(
            {"format": 1, "certificates": {LISTED: WITHDRAWN}}, STOLEN_SEALER, STOLEN_KEY.id
        ),
        "cut": good[:-4],
        "nothing": "",
    }


def key_sets() -> dict[str, str]:
    """Sets of keys; the first is one."""
    others: dict[str, Mapping[str, Any]] = {
        "good": {},
        "ended": {"until": "2026-01-01", "revoked": "2026-01-01"},
        **{f"{name} on no day": {name: "2025-02-30"} for name in ("from", "until", "revoked")},
        "a day of another form": {"until": "20250301"},
        "another curve": {"crv": "P-384"},
        "a short number": {"x": KEY.jwk["x"][:-4]},
    }
    return {name: json.dumps({"keys": [{**KEY.jwk, **one}]}) for name, one in others.items()}


def _list(said: Mapping[str, Any], sealer: Sealer = SEALER, key_id: str = KEY.id) -> str:
    head = {"alg": "ES256", "kid": key_id}
    return sealer.jws(".".join(base64url(json.dumps(part).encode()) for part in (head, said)))


def _of_another_prediction(table: bytes) -> bytes:
    """Rows of PNG's fourth kind that say the same by its first."""
    out = b""
    for row in _rows(table):
        out += b"\4" + row[:1] + bytes((one - left) & 255 for left, one in pairwise(row))
    return zlib.compress(out)


def _shelved(sealed: bytes, members: Sequence[tuple[int, int]]) -> bytes:
    """Hours by an object stream with these objects: number, and which of two texts; the second is right."""
    hours = filled()
    right = str(hours.pop(FIELD)).encode()
    texts = right.replace(b"/FT/Tx", b"/FT/Ch"), right
    head = b"".join(b"%d %d " % (number, which * (len(texts[0]) + 1)) for number, which in members)
    body = head + b" ".join(texts)
    said = f"/Type/ObjStm/N {len(members)}/First {len(head)}"
    hours[29] = stream_of(body, said)
    rows = b"\2" + (29).to_bytes(4) + b"\0"
    pdf = updated_by_stream(sealed, hours, pack=lambda table: rows + table)
    return _later(pdf, sealed, b"/Index[", b"/Index[%d 1 " % FIELD)


def _with_other_form(sealed: bytes) -> bytes:
    (catalog,) = re.findall(rb"\n1 0 obj\n(.*?)\nendobj", sealed)
    return _once(catalog, b"/AcroForm 8 0 R", b"/AcroForm<</Fields[4 0 R 21 0 R]/NeedAppearances true>>")


def _later(pdf: bytes, sealed: bytes, old: bytes, new: bytes) -> bytes:
    """Other bytes after the sealed ones."""
    return sealed + _once(pdf[len(sealed) :], old, new)


def _metadata(xmp: bytes) -> bytes:
    return stream_of(xmp, "/Type/Metadata/Subtype/XML")


def _field(old: str, new: str) -> dict[int, str | bytes]:
    hours = filled()
    return {**hours, FIELD: _once(str(hours[FIELD]).encode(), old.encode(), new.encode())}


def _once(text: bytes, old: bytes, new: bytes) -> bytes:
    assert old in text
    return text.replace(old, new, 1)


def _table(pdf: bytes) -> bytes:
    """The last cross-reference table with its trailer."""
    return pdf[start_of(pdf) : pdf.rindex(b"startxref")]


def _ended(pdf: bytes, more: bytes = b"", table: bytes = b"") -> bytes:
    """With more before its end, or with a further table that its end names."""
    body = pdf[: pdf.rindex(b"startxref")]
    start = len(body) if table else start_of(pdf)
    return body + more + table + b"startxref\n%d\n%%%%EOF\n" % start
