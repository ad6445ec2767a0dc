"""Whether metadata of a PDF (XMP) that a viewer wrote anew say anything that they did not say before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from pipeline.rules.seals.pdf_objects import DEEPEST

# What viewers set when they save (XMP specification, part 1, 8.4, and part 2): dates, ids, their own name.
OWN = {
    *(
        "ModifyDate",
        "MetadataDate",
        "CreateDate",
        "InstanceID",
        "DocumentID",
        "VersionID",
        "OriginalDocumentID",
    ),
    *("Producer", "CreatorTool", "xmptk", "about"),
}


# A tag or an instruction; no letters but ASCII's outside of quotes, as of others parsers think differently.
_TAG = re.compile(rb"<\?[^?]*(?:\?(?!>)[^?]*)*\?>|<(?:[^<>\"'\x80-\xff]|\"[^\"<]*\"|'[^'<]*')*>")


def says_nothing_new(old: bytes, new: bytes) -> bool:
    """Whether the new metadata state nothing that the old ones did not; what viewers set is left out."""
    try:
        return {*_statements(new)} <= {*_statements(old)}
    except (ElementTree.ParseError, ValueError, LookupError, RecursionError):
        return False


def _statements(xmp: bytes) -> Iterator[tuple[str, str]]:
    """Each property with its text. Raises ParseError, ValueError: entities could make much of little."""
    if b"<!" in xmp or b"\0" in xmp or b"<" in _TAG.sub(b"", xmp):
        raise ValueError("it is not plain XML")
    # As text it is UTF-8, whatever it says of itself.
    yield from _below(ElementTree.fromstring(xmp.decode()), "", 0)  # noqa: S314 - it declares no entities


def _below(element: ElementTree.Element, above: str, depth: int) -> Iterator[tuple[str, str]]:
    space, _, name = element.tag.rpartition("}")
    is_list = space.endswith("22-rdf-syntax-ns#") or name == "xmpmeta"
    said = above if is_list else f"{above}/{name}"
    if depth > DEEPEST:
        raise ValueError("it lies too deep")
    if name in OWN:
        return
    if text := _words(" ".join((element.text or "", *(part.tail or "" for part in element)))):
        yield said, text
    for key, value in element.attrib.items():
        kind = key.rpartition("}")[2]
        if kind not in OWN and kind not in ("lang", "parseType"):
            yield f"{said}/{kind}", _words(value)
    for part in element:
        yield from _below(part, said, depth + 1)


def _words(text: str) -> str:
    return " ".join(word for word in re.split("[\t\n\r ]+", text) if word)
