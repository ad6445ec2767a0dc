"""What the site may show as it is: pictures, the college's own PDFs, and what the theme's design is made of.

A file is known by the end of its name and by its first bytes: a ledger called photo.png is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from xml.etree import ElementTree

Look = Callable[[bytes], bool]  # a file's bytes in; whether they are of this kind

_ACTIVE = {"script", "foreignobject", "iframe", "object", "embed", "handler", "listener"}  # of SVG elements


def _begins(*starts: bytes) -> Look:
    return lambda data: data.startswith(starts)


def _is_webp(data: bytes) -> bool:
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def _is_avif(data: bytes) -> bool:
    return data[4:8] == b"ftyp" and any(brand in data[8:64] for brand in (b"avif", b"avis"))


def _is_still_svg(data: bytes) -> bool:
    """A drawing that runs nothing: whoever opens it by its own address is on the site."""
    if not _is_text(data) or b"<!ENTITY" in data:  # one entity can stand for a gigabyte
        return False
    try:
        root = ElementTree.fromstring(data)  # noqa: S314 - without entities of its own
    except (ElementTree.ParseError, ValueError, LookupError):
        return False
    for element in root.iter():
        if not isinstance(element.tag, str) or _local(element.tag) in _ACTIVE:
            return False
        for name, value in element.attrib.items():
            if _local(name).startswith("on") or re.match(r"[\s\x00-\x20]*javascript:", value, re.IGNORECASE):
                return False
    return _local(root.tag) == "svg"


def _local(name: str) -> str:
    """An XML name without its namespace."""
    return name.rpartition("}")[2].lower()


def _is_text(data: bytes) -> bool:
    try:
        return "\0" not in data.decode()
    except UnicodeDecodeError:
        return False


SHOWN: Mapping[str, Look] = {
    "png": _begins(b"\x89PNG\r\n\x1a\n"),
    "jpg": _begins(b"\xff\xd8\xff"),
    "jpeg": _begins(b"\xff\xd8\xff"),
    "gif": _begins(b"GIF87a", b"GIF89a"),
    "webp": _is_webp,
    "avif": _is_avif,
    "ico": _begins(b"\0\0\1\0"),
    "svg": _is_still_svg,
    "pdf": _begins(b"%PDF-"),
}
OF_THEME: Mapping[str, Look] = {
    **SHOWN,
    "css": _is_text,
    "js": _is_text,
    "txt": _is_text,
    "woff2": _begins(b"wOF2"),
}


def fault_of_static(name: str, data: bytes, kinds: Mapping[str, Look] = SHOWN) -> str | None:
    """Why this file may not be shown as it is, as words that follow its name; None where it may.

    `kinds`: those that its folder takes, by the end of a file's name without the dot.
    """
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    look = kinds.get(suffix)
    if look is None:
        return f"is of no kind that is shown ({', '.join(kinds)})"
    if look(data):
        return None
    return "is no drawing without scripts" if suffix == "svg" else "is not what its name says"
