"""A PDF that viewers know as signed: PAdES baseline B-B (EN 319 142-1), and B-T with a time stamp.

The signature certifies the document (ISO 32000-1, 12.8.2.2) and still allows its form to be filled in. It
stands beside the seal: that signs the container as well, in which its own digits are.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from pipeline.rules.seals.catalog import Finished, unsealed_catalog, with_more
from pipeline.rules.seals.form import Seal, seal_entry
from pipeline.sealing.cms import Signer

STAMP_ROOM = 12_000  # bytes for a time stamp and the certificates that it brings
UNKNOWN = b" ".join([b"0" * 10] * 3)  # places in the file, until they are known
HIDDEN = 2 | 128  # flags of the field, and locked: nothing is drawn, and nothing is read out
P = 2  # of DocMDP: forms may be filled in, nothing else
Stamp = Callable[[bytes], bytes]  # the SHA-256 of a signature in; a time stamp, or nothing, out

_FORM = re.compile(rb"/AcroForm *(?:(\d+) 0 R|<<)")


def signed(pdf: bytes, seal: Seal, signer: Signer, whose: str, stamp: Stamp | None) -> tuple[bytes, int]:
    """The file with signature, and with zeros where the seal's digits go: that place.

    `whose`: who signs, for people who hear the page read. Raises ValueError for a file of another kind.
    """
    finished = Finished(pdf)
    pages = _reference(rb"/Pages (\d+) 0 R", finished.text(finished.root))
    page = _reference(rb"/Kids *\[(\d+) 0 R\]", finished.text(pages))
    field, value = finished.next_number, finished.next_number + 1
    entry = seal_entry(seal, holds_digits=False)
    objects = {
        **_with_field(finished, field, entry + b"/Perms<</DocMDP %d 0 R>>" % value),
        page: _listed(finished.text(page), b"/Annots", field),
        field: b"<</Type/Annot/Subtype/Widget/FT/Sig/T(signature)/TU%b/Rect[0 0 0 0]/F %d/P %d 0 R/V %d 0 R>>"
        % (_text(whose), HIDDEN, page, value),
    }
    nothing, sealed_at = signer.container(signer.signed_attributes(bytes(32)), bytes(signer.longest))
    room = len(nothing) + (STAMP_ROOM if stamp else 0)
    objects[value] = _dictionary(seal, whose, room)
    made = finished.rewritten(objects)
    begins = made.rindex(b"/Contents<") + len("/Contents")
    ends = begins + 2 + 2 * room
    at = begins + 1 + 2 * sealed_at
    made = made.replace(UNKNOWN, b"%010d %010d %010d" % (begins, ends, len(made) - ends), 1)
    made = made.replace(entry, seal_entry(seal, at, holds_digits=False), 1)
    digest = hashlib.sha256(made[:begins] + made[ends:]).digest()
    attributes = signer.signed_attributes(digest)
    signature = signer.sign(attributes)
    token = stamp(hashlib.sha256(signature).digest()) if stamp else b""
    container, _ = signer.container(attributes, signature, token if len(token) <= STAMP_ROOM // 2 else b"")
    digits = container.hex().encode().ljust(2 * room, b"0")
    return made[: begins + 1] + digits + made[ends - 1 :], at


def _dictionary(seal: Seal, whose: str, room: int) -> bytes:
    """The signature, its container to come. `M` is the day of issue: the time would be another each time."""
    return (
        b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/Name%b/M(D:%b000000Z)/Reference[<<"
        b"/Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type/TransformParams/P %d/V/1.2>>>>]"
        b"/ByteRange[0 %b]/Contents<%b>>>"
        % (_text(whose), seal.issued_on.strftime("%Y%m%d").encode(), P, UNKNOWN, b"00" * room)
    )


def _with_field(finished: Finished, field: int, more: bytes) -> dict[int, bytes]:
    """The catalog, and the form where it is an object of its own, with the field and further entries."""
    root = unsealed_catalog(finished)
    found = _FORM.search(root)
    if found is None:
        return {finished.root: with_more(root, b"/AcroForm<</Fields[%d 0 R]/SigFlags 3>>" % field + more)}
    if found[1]:
        form = int(found[1])
        return {
            finished.root: with_more(root, more),
            form: with_more(_listed(finished.text(form), b"/Fields", field), b"/SigFlags 3"),
        }
    within = root[found.start() :]
    form_text = _listed(within, b"/Fields", field).replace(b"<<", b"<</SigFlags 3", 1)
    return {finished.root: with_more(root[: found.start()] + form_text, more)}


def _listed(dictionary: bytes, key: bytes, number: int) -> bytes:
    """The dictionary with one reference more at the beginning of a list, which may not be there yet."""
    found = re.search(key + rb" *\[", dictionary)
    if found is None:
        return with_more(dictionary, b"%b[%d 0 R]" % (key, number))
    return b"%b%d 0 R %b" % (dictionary[: found.end()], number, dictionary[found.end() :])


def _reference(pattern: bytes, text: bytes) -> int:
    found = re.search(pattern, text)
    if found is None:
        raise ValueError("it has not one page")
    return int(found[1])


def _text(text: str) -> bytes:
    """A text string (ISO 32000-1, 7.9.2.2), in digits."""
    return b"<feff%b>" % text.encode("utf-16-be").hex().encode()
