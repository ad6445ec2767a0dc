"""A PDF as objects: a file's bytes in, each object's bytes by its number out.

Objects stay as they are written, and are opened only where something in them must change: certificates have a
hundred objects each, and files of many are made.
"""

from __future__ import annotations

import io
import re
import zlib
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from struct import Struct

from pipeline.errors import DocumentError

# What a reference stands beside and is none: strings. Those of our files have no bare parentheses in them, as
# neither pydyf nor qpdf writes any.
_REFERENCE = re.compile(rb"\((?:[^\\()]|\\.)*\)|(?<![\w.+-])(\d+) 0 R\b|(/StructParents?)\s+(\d+)", re.DOTALL)
_TOKEN = re.compile(
    rb"\s*(<<|>>|\[|\]|\((?:[^\\()]|\\.)*\)|<[0-9A-Fa-f\s]*>|/[^\s<>\[\]()/]*|\d+ \d+ R\b|[^\s<>\[\]()/]+)",
    re.DOTALL,
)
_STREAM = re.compile(rb">>\s*stream\r?\n")
_TABLE = re.compile(rb"xref\s+0 (\d+)\s*\n")

_WIDTHS = {1: "B", 2: "H", 4: "I", 8: "Q"}  # of numbers in a cross-reference, as struct knows them

# An object that was opened: a dictionary by names without their slash, a list, or what else is written there.
Value = dict[str, "Value"] | list["Value"] | bytes
MALFORMED = (ValueError, KeyError, IndexError, zlib.error)  # what comes of a file that is not as it must be


@dataclass(frozen=True, eq=False)
class Head:
    """What files of one template begin with: the same objects at the same places."""

    data: bytes = field(repr=False)
    places: Mapping[int, int]
    loose: Mapping[int, bytes] = field(repr=False)


# Those that were met lately, and files that have none of them: any two of a template show theirs.
_HEADS: deque[Head] = deque(maxlen=32)
_WITHOUT: deque[Head] = deque(maxlen=16)


@dataclass(frozen=True)
class PdfObjects:
    """A file's objects by their numbers, as they are written, streams among them; and its trailer."""

    bodies: Mapping[int, bytes]
    trailer: dict[str, Value]
    loose: Mapping[int, bytes]  # of these, those that lie in no object stream; and the object streams
    head: Head | None = None

    def open(self, value: Value | None) -> Value | None:
        """What a reference leads to, opened, for nobody to change; any other value as it is."""
        while isinstance(value, bytes) and (at := reference(value)):
            value = _known(self.bodies[at]) if at in self.bodies else None
        return value

    def dictionary(self, value: Value | None) -> dict[str, Value]:
        """The same where a dictionary must be; an empty one where there is none."""
        found = self.open(value)
        return found if isinstance(found, dict) else {}

    def drawn(self, contents: Value | None) -> list[bytes]:
        """The streams of a page's operators, by its contents: one, or several that follow each other."""
        return [self.bodies[reference(one)] for one in self.items(contents)]

    def items(self, value: Value | None) -> list[Value]:
        """The same where an array must be; one value alone stands for an array of it."""
        found = self.open(value)
        if isinstance(found, list):
            return found
        return [] if value is None or found is None else [value]


def read_objects(pdf: bytes) -> PdfObjects:
    """A PDF's objects. A file as press and WeasyPrint write it is read here: with one cross-reference, which
    is a stream. Any other is first written anew by qpdf, with one table. Raises DocumentError for what is no
    PDF, or is encrypted."""
    try:
        return _read_stream(pdf)
    except MALFORMED:
        pass
    try:
        return _read_table(_simplified(pdf))
    except MALFORMED as error:
        raise _unreadable(str(error)) from error


def _start(pdf: bytes) -> tuple[int, int]:
    """Where the last cross-reference lies, and where it ends."""
    end = pdf.rindex(b"startxref")
    return int(pdf[end + len(b"startxref") :].split(maxsplit=1)[0]), end


def _read_stream(pdf: bytes) -> PdfObjects:
    """A file with a cross-reference stream (ISO 32000-1, 7.5.8) and none before it."""
    at, end = _start(pdf)
    trailer, data = _opened(pdf[at:end])
    if trailer["Type"] != b"/XRef" or trailer["Filter"] != b"/FlateDecode":
        raise ValueError("it has no cross-reference stream")
    if trailer.keys() & {"Prev", "Encrypt", "DecodeParms"}:
        raise ValueError("it has more than one cross-reference, or another than we write")
    size, (one, two, three) = _number(trailer["Size"]), map(_number, _list(trailer["W"]))
    if one != 1 or trailer.get("Index", [b"0", b"%d" % size]) != [b"0", b"%d" % size]:
        raise ValueError("its cross-reference has gaps")
    row = Struct(f">B{_WIDTHS.get(two, f'{two}s')}{three}x")
    rows = list(row.iter_unpack(zlib.decompress(data)[: size * row.size]))
    if two not in _WIDTHS:
        rows = [(kind, int.from_bytes(where, "big")) for kind, where in rows]
    places = {number: where for number, (kind, where) in enumerate(rows) if kind == 1 and where != at}
    head = next((one for one in tuple(_HEADS) if _begins(pdf, places, one)), None)
    if head:
        own = {number: place for number, place in places.items() if place >= len(head.data)}
        loose = {**head.loose, **dict(_bodies(pdf, own, at))}
    else:
        loose = dict(_bodies(pdf, places, at))
        head = _new_head(Head(pdf, places, loose))
    bodies = dict(loose)
    for shelf in sorted({where for kind, where in rows if kind == 2}):
        bodies.update(_unpacked(bodies.pop(shelf)))
    return PdfObjects(bodies, trailer, loose, head)


def _begins(pdf: bytes, places: Mapping[int, int], head: Head) -> bool:
    """Whether a file with objects at these places begins so."""
    end = len(head.data)
    if not (pdf.startswith(head.data) and head.places.items() <= places.items()):
        return False
    own = [place for place in places.values() if place >= end]  # its last object ends where these begin
    return len(head.places) + len(own) == len(places) and min(own, default=end) == end


def _new_head(file: Head) -> Head | None:
    """What this file begins with as another one does that was met; it must be most of it."""
    for other in tuple(_WITHOUT):
        places, end = dict[int, int](), len(file.data)
        for number, body in file.loose.items():
            if (other.places.get(number), other.loose.get(number)) != (file.places[number], body):
                end = file.places[number]
                break
            places[number] = file.places[number]
        if end > len(file.data) // 2:
            head = Head(file.data[:end], places, {number: file.loose[number] for number in places})
            _HEADS.appendleft(head)
            return head
    _WITHOUT.append(file)
    return None


def _read_table(pdf: bytes) -> PdfObjects:
    """A file with one cross-reference table (ISO 32000-1, 7.5.4)."""
    at, end = _start(pdf)
    head = _TABLE.match(pdf, at)
    if head is None:
        raise ValueError("it has no cross-reference table")
    place, offsets = head.end(), dict[int, int]()
    for number in range(int(head[1])):
        entry = pdf[place + 20 * number : place + 20 * number + 18].split()
        if entry[2] == b"n":
            offsets[number] = int(entry[0])
    trailer = parse(pdf[pdf.index(b"trailer", place) + len(b"trailer") : end])
    bodies = dict(_bodies(pdf, offsets, at))
    return PdfObjects(bodies, _dictionary(trailer), bodies)


def _bodies(pdf: bytes, offsets: Mapping[int, int], end: int) -> Iterator[tuple[int, bytes]]:
    """Objects that lie in the file itself: each goes to where the next begins."""
    order = sorted(offsets.items(), key=lambda one: one[1])
    stops = [*(at for _, at in order), end][1:]
    for (number, start), stop in zip(order, stops, strict=True):
        first, last = pdf.index(b"obj", start) + 3, pdf.rindex(b"endobj", start, stop)
        yield number, pdf[first:last].strip(b"\r\n")


@lru_cache(maxsize=64)  # all certificates of one design have the same
def _unpacked(packed: bytes) -> dict[int, bytes]:
    """The objects of an object stream (ISO 32000-1, 7.5.7)."""
    about, data = _opened(packed)
    data, first = zlib.decompress(data), _number(about["First"])
    head = [int(word) for word in data[:first].split()]
    places = [first + at for at in head[1::2]] + [len(data)]
    pieces = zip(head[::2], places, places[1:], strict=False)
    return {number: data[start:stop].strip() for number, start, stop in pieces}


def _opened(body: bytes) -> tuple[dict[str, Value], bytes]:
    """A stream's dictionary, and its data as they are written."""
    begins = _STREAM.search(body)
    if begins is None:
        raise ValueError("a stream does not begin")
    about = _dictionary(parse(body[body.index(b"<<") : begins.start() + 2]))
    return about, body[begins.end() : begins.end() + _number(about["Length"])]


def _simplified(pdf: bytes) -> bytes:
    import pikepdf  # takes its time to import, and few files need it

    try:
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            if opened.is_encrypted:
                raise _unreadable("it is encrypted")
            out = io.BytesIO()
            opened.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable, deterministic_id=True)
    except (pikepdf.PdfError, pikepdf.PasswordError) as error:
        raise _unreadable(str(error)) from error
    return out.getvalue()


def _unreadable(why: str) -> DocumentError:
    return DocumentError(f"A PDF cannot be read: {why}.", "Put the file back from a backup.")


def _number(value: Value) -> int:
    return int(value) if isinstance(value, bytes) else 0


def _list(value: Value) -> list[Value]:
    return value if isinstance(value, list) else []


def _dictionary(value: Value) -> dict[str, Value]:
    return value if isinstance(value, dict) else {}


def content(body: bytes) -> bytes:
    """A stream's data, inflated."""
    begins = _STREAM.search(body)
    if begins is None or b"/Filter" not in body[: begins.start()]:
        return _opened(body)[1]
    return zlib.decompress(memoryview(body)[begins.end() :])


def reference(value: Value | None) -> int:
    """The number of the object that a value refers to; 0 for any other value."""
    found = re.fullmatch(rb"(\d+) 0 R", value) if isinstance(value, bytes) else None
    return int(found[1]) if found else 0


def moved(body: bytes, numbers: Mapping[int, int]) -> bytes:
    """An object that refers to others than before.

    `numbers`: that of an object by what it was; by the complement of a number in the parent tree
    (ISO 32000-1, 14.7.4.4) what that becomes.
    """
    form, targets = with_gaps(body)
    if not targets:
        return body
    return form % tuple(map(numbers.__getitem__, targets))


def with_gaps(body: bytes) -> tuple[bytes, tuple[int, ...]]:
    """An object with a gap for each number that changes, and what stands there: the number of the object that
    it refers to, or the complement of its number in the parent tree. One without any is as it was."""
    if not is_stream(body):
        return _gaps(body)
    own, data = _own(body)
    form, targets = _gaps(own)
    return (form + data.replace(b"%", b"%%"), targets) if targets else (body, ())


@lru_cache(maxsize=1024)  # files of one design have the same structure
def _gaps(own: bytes) -> tuple[bytes, tuple[int, ...]]:
    parts, targets, end = list[bytes](), list[int](), 0
    for one in _REFERENCE.finditer(own):
        if one[1] or one[2]:
            parts += (
                own[end : one.start()].replace(b"%", b"%%"),
                b"%b %%d" % one[2] if one[2] else b"%d 0 R",
            )
            targets.append(~int(one[3]) if one[2] else int(one[1]))
            end = one.end()
    return b"".join([*parts, own[end:].replace(b"%", b"%%")]) if targets else own, tuple(targets)


def is_stream(body: bytes) -> bool:
    return body.endswith(b"endstream")


def head_of(body: bytes) -> bytes:
    """An object without its stream's data."""
    return _own(body)[0]


def _own(body: bytes) -> tuple[bytes, bytes]:
    """An object without its stream's data, and that."""
    found = _STREAM.search(body) if is_stream(body) else None
    return (body[: found.start() + 2], body[found.start() + 2 :]) if found else (body, b"")


def parse(body: bytes) -> Value:
    """An object opened; of a stream its dictionary."""
    return _value(iter(_TOKEN.findall(_own(body)[0])))


def _value(tokens: Iterator[bytes]) -> Value:
    token = next(tokens, b"null")
    if token == b"<<":
        found: dict[str, Value] = {}
        while (name := next(tokens, b">>")) != b">>":
            found[name[1:].decode("latin-1")] = _value(tokens)
        return found
    if token == b"[":
        values: list[Value] = []
        while (value := _value(tokens)) != b"]":
            values.append(value)
        return values
    return token


_known = lru_cache(maxsize=512)(parse)  # certificates of one design have most objects in common


def unparse(value: Value) -> bytes:
    """A value as it is written."""
    if isinstance(value, dict):
        inner = b"".join(b"/%b %b" % (name.encode("latin-1"), unparse(one)) for name, one in value.items())
        return b"<<%b>>" % inner
    if isinstance(value, list):
        return b"[%b]" % b" ".join(map(unparse, value))
    return value


def text_string(text: str) -> bytes:
    """A text as a PDF's string (ISO 32000-1, 7.9.2.2)."""
    if text.isascii():
        return b"(%b)" % re.sub(rb"([\\()])", rb"\\\1", text.encode())
    return b"<%b>" % (b"\xfe\xff" + text.encode("utf-16-be")).hex().encode()


def stream(data: bytes, extra: bytes = b"", level: int = 1) -> bytes:
    """A stream object of these bytes, deflated; `extra`: further entries of its dictionary."""
    packed = zlib.compress(data, level)
    return b"<<%b/Filter /FlateDecode/Length %d>>\nstream\n%b\nendstream" % (extra, len(packed), packed)
