"""A small PDF of the kind that certificates are, a key to seal it, and what viewers append."""

from __future__ import annotations

import datetime as dt
import re
import zlib
from collections.abc import Callable, Mapping, Sequence

from cryptography.hazmat.primitives.asymmetric import ec

from pipeline.rules.seals.public_keys import PublicKey
from pipeline.rules.seals.verdict import Judged, judge
from pipeline.sealing import Sealer, fits

NUMBER = "7QFB-MRTD-JD3R-8EX6"
DAY = dt.date(2025, 11, 5)
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XMP = f"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}"><rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmp:CreateDate="2025-11-05">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Certificate</rdf:li></rdf:Alt></dc:title></rdf:Description>
</rdf:RDF></x:xmpmeta>""".encode()
CATALOG, PAGE, FIELD, CONTENT, METADATA, INFO, FORM = 1, 3, 4, 5, 6, 7, 8
FIELD_TEXT = (
    "<</Type/Annot/Subtype/Widget/FT/Tx/T(hours)/TU(hours \\(attended\\))/Rect[10 10 60 24]/P 3 0 R/F 4/V()>>"
)


def small_pdf(name: str = "Ada") -> bytes:
    """One page with a text field; objects that are no streams in an object stream, as in a certificate."""
    plain = {
        CATALOG: "<</Type/Catalog/Pages 2 0 R/AcroForm 8 0 R/Metadata 6 0 R>>",
        2: "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        PAGE: "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 5 0 R/Annots[4 0 R]>>",
        FIELD: FIELD_TEXT,
        INFO: f"<</Title(Certificate of {name})/Producer(certs)>>",
        FORM: "<</Fields[4 0 R]/NeedAppearances true>>",
    }
    streams = {
        CONTENT: (b"", f"% {name}\n0 0 m 9 9 l S".encode()),
        METADATA: (b"/Type/Metadata/Subtype/XML", XMP),
    }
    bodies, offsets = ["".join(plain.values())], []
    at = 0
    for number, text in plain.items():
        offsets.append(f"{number} {at}")
        at += len(text)
    head = " ".join(offsets) + "\n"
    packed = zlib.compress((head + bodies[0]).encode())
    shelf = (b"/Type/ObjStm/N %d/First %d/Filter/FlateDecode" % (len(plain), len(head)), packed)
    pdf, rows = b"%PDF-1.7\n", {0: (0, 0, 65535)}
    for number, (extra, data) in {**streams, 9: shelf}.items():
        rows[number] = (1, len(pdf), 0)
        pdf += b"%d 0 obj\n<<%b/Length %d>>\nstream\n%b\nendstream\nendobj\n" % (
            number,
            extra,
            len(data),
            data,
        )
    rows |= {number: (2, 9, index) for index, number in enumerate(plain)}
    rows[10] = (1, len(pdf), 0)
    table = b"".join(
        bytes([kind]) + a.to_bytes(2) + b.to_bytes(2) for _, (kind, a, b) in sorted(rows.items())
    )
    return pdf + (
        b"10 0 obj\n<</Type /XRef/W [1 2 2]/Size 11/Root 1 0 R/Info 7 0 R/ID [(a) (b)]/Length %d>>\n"
        b"stream\n%b\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % (len(table), table, len(pdf))
    )


def new_sealer(since: dt.date = DAY) -> tuple[Sealer, PublicKey]:
    """A private key that is kept nowhere, and its public half."""
    private = ec.generate_private_key(ec.SECP256R1())
    numbers = private.public_key().public_numbers()
    key = PublicKey(numbers.x.to_bytes(32), numbers.y.to_bytes(32), since)
    return Sealer(private, key.id), key


SEALER, KEY = new_sealer()
KEYS = {KEY.id: KEY}


def sealed_pdf(pdf: bytes | None = None) -> bytes:
    """The small PDF, or another, sealed by the key of the tests."""
    return SEALER.seal(small_pdf() if pdf is None else pdf, NUMBER, 1, DAY)


def judged(pdf: bytes, keys: Mapping[str, PublicKey] = KEYS) -> Judged:
    """What the file is, for whoever knows these keys."""
    return judge(pdf, keys, fits)


def start_of(pdf: bytes) -> int:
    """Where the last cross-reference is."""
    return int(re.findall(rb"startxref\s+(\d+)", pdf)[-1])


def updated(
    pdf: bytes, objects: Mapping[int, str | bytes], trailer: str = "", prev: int | None = None
) -> bytes:
    """The file with an incremental update, as a viewer appends it, with a cross-reference table."""
    out, sections = pdf, b""
    for number, text in sorted(objects.items()):
        data = text if isinstance(text, bytes) else text.encode("latin-1")
        sections += b"%d 1\n%010d 00000 n \n" % (number, len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, data)
    previous = start_of(pdf) if prev is None else prev
    said = f"/Size 40/Root 1 0 R/Info 7 0 R/Prev {previous}{trailer}"
    return out + b"xref\n%btrailer\n<<%b>>\nstartxref\n%d\n%%%%EOF\n" % (sections, said.encode(), len(out))


def stream_of(data: bytes, extra: str = "") -> bytes:
    """The text of a stream object."""
    return b"<<%b/Length %d>>\nstream\n%b\nendstream" % (extra.encode(), len(data), data)


def filled(value: str = "(12.5)", look: str = "/AP<</N 20 0 R>>") -> dict[int, str | bytes]:
    """The objects by which a viewer fills in the hours."""
    return {
        FIELD: FIELD_TEXT.replace("/V()", f"/V{value}/M(D:20251106){look}"),
        20: stream_of(b"BT ET", "/Type/XObject/Subtype/Form/BBox[0 0 50 14]"),
    }


# What an update may not change, each with the objects that it would write.
OTHER_UPDATES: dict[str, dict[int, str | bytes]] = {
    "the page": {PAGE: "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 20 0 R/Annots[4 0 R]>>"},
    "what is drawn": {CONTENT: stream_of(b"1 1 m 5 5 l S")},
    "the field's place": {FIELD: FIELD_TEXT.replace("[10 10 60 24]", "[0 0 200 100]")},
    "the field's name": {FIELD: FIELD_TEXT.replace("(hours)", "(name)")},
    "an action": {FIELD: FIELD_TEXT.replace("/F 4", "/F 4/AA<</E 21 0 R>>")},
    "a look for the mouse": {FIELD: FIELD_TEXT.replace("/V()", "/V(1)/AP<</N 20 0 R/R 20 0 R>>")},
    "a look that is the page": {FIELD: FIELD_TEXT.replace("/V()", "/V(1)/AP<</N 5 0 R>>")},
    "a value elsewhere": {FIELD: FIELD_TEXT.replace("/V()", "/V 5 0 R")},
    "the catalog": {CATALOG: "<</Type/Catalog/Pages 22 0 R/AcroForm 8 0 R/Metadata 6 0 R>>"},
    "the form": {FORM: "<</Fields[4 0 R 21 0 R]/NeedAppearances true>>"},
    "the title": {INFO: "<</Title(Certificate of Eve)/Producer(certs)>>"},
    "metadata": {METADATA: stream_of(XMP.replace(b"Certificate", b"Diploma"))},
    "metadata with entities": {METADATA: stream_of(b'<!DOCTYPE x [<!ENTITY a "b">]>' + XMP)},
    "nothing": {20: "<<>>"},
}


def updated_by_stream(
    pdf: bytes,
    objects: Mapping[int, str | bytes],
    more: str = "",
    number: int = 30,
    pack: Callable[[bytes], bytes] = bytes,
    shelved: Sequence[int] = (),
) -> bytes:
    """The file with an incremental update whose cross-reference is a stream, the object of this number.

    `more`: entries of its dictionary; `pack`: what becomes of its rows of six bytes; `shelved`: which of the
    objects lie in an object stream, the object before.
    """
    texts = {
        one: text if isinstance(text, bytes) else text.encode("latin-1") for one, text in objects.items()
    }
    out, rows = pdf, {one: (2, number - 1, at) for at, one in enumerate(shelved)}
    if shelved:
        texts[number - 1] = _shelf({one: texts.pop(one) for one in shelved})
    for one, text in sorted(texts.items()):
        rows[one] = (1, len(out), 0)
        out += b"%d 0 obj\n%b\nendobj\n" % (one, text)
    rows[number] = (1, start := len(out), 0)
    index = " ".join(f"{one} 1" for one in sorted(rows))
    said = f"/Type/XRef/W[1 4 1]/Index[{index}]/Size 40/Root 1 0 R/Info 7 0 R/Prev {start_of(pdf)}{more}"
    table = pack(
        b"".join(bytes([kind]) + at.to_bytes(4) + bytes([row]) for _, (kind, at, row) in sorted(rows.items()))
    )
    return out + b"%d 0 obj\n%b\nendobj\nstartxref\n%d\n%%%%EOF\n" % (number, stream_of(table, said), start)


def _shelf(texts: Mapping[int, bytes]) -> bytes:
    """The text of an object stream."""
    places, body = [], b""
    for number, text in texts.items():
        places.append(f"{number} {len(body)}")
        body += text + b" "
    head = (" ".join(places) + " ").encode()
    packed = zlib.compress(head + body)
    return stream_of(packed, f"/Type/ObjStm/N {len(texts)}/First {len(head)}/Filter/FlateDecode")
