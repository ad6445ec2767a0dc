"""Whether what was appended to a sealed file is no more than hours that its holder filled in."""

from __future__ import annotations

from typing import Any

from pipeline.rules.seals.metadata import says_nothing_new
from pipeline.rules.seals.pdf_objects import Name, Ref, Stream, UnreadableError, alike, same
from pipeline.rules.seals.updates import Sealed, read_updates

FIELD = {b"V", b"AP", b"M"}  # of a field: its value, its look, when it was filled in (12.5.2, 12.7.3)
FORM = {b"NeedAppearances", b"DA", b"DR"}  # of the form: how fields look that have no look of their own
MOST_APPENDED = 1 << 20  # bytes: hours take some hundred, with a font for them some thousand
INFO = {b"ModDate", b"Producer"}


def other_than_hours(pdf: bytes, end: int) -> str:
    """What was appended to the file that was sealed with its first `end` bytes, other than a value and look
    of its text fields; empty where it is nothing else."""
    if len(pdf) - end > MOST_APPENDED:
        return "more than hours could need"
    try:
        return _other(pdf, Sealed(pdf[:end]), end)
    except (UnreadableError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        return str(error) if isinstance(error, UnreadableError) else "it cannot be read"


def _other(pdf: bytes, sealed: Sealed, end: int) -> str:
    root, head = sealed.root, sealed.head
    form = sealed.value(root.get(b"AcroForm")) or {}
    fields = {
        ref.number: field
        for ref in sealed.value(form.get(b"Fields")) or []
        if (field := sealed.value(ref)) and field.get(b"FT") == Name(b"Tx")
    }
    looks = {look.number for field in fields.values() if isinstance(look := _look(field), Ref)}
    filled = False
    for number, value in read_updates(pdf, sealed, end):
        if number in fields:
            filled = True
            if not _is_filled(value, fields[number], sealed.size):
                return "the hours field was made another one"
        elif number in looks:
            if not isinstance(value, Stream):
                return "the look of the hours is none"
        elif number == head[b"Root"].number:
            if not alike(value, root, {b"AcroForm"}) or not _is_form(value.get(b"AcroForm"), root, form):
                return "the document's catalog was changed"
        elif number == _number(root.get(b"AcroForm")):
            if not alike(value, form, FORM):
                return "the form was changed"
        elif number == _number(head.get(b"Info")):
            if not alike(value, sealed.value(head[b"Info"]), INFO):
                return "the document's information was changed"
        elif number == _number(root.get(b"Metadata")):
            old = sealed.value(root[b"Metadata"])
            if not isinstance(value, Stream) or not says_nothing_new(old.unpacked(), value.unpacked()):
                return "the document's metadata were changed"
        elif number < sealed.size:
            return f"object {number} of the sealed file was changed"
    return "" if filled else "an update that fills in nothing"


def _is_filled(value: Any, field: dict[bytes, Any], size: int) -> bool:
    """Whether it is the same field with another text, and its look is an object that nothing else shows."""
    if not alike(value, field, FIELD) or type(value.get(b"V", b"")) is not bytes:
        return False
    look = value.get(b"AP", {b"N": None})
    if same(look, field.get(b"AP")):
        return True
    new = look.get(b"N")
    return look.keys() == {b"N"} and (
        new is None or (isinstance(new, Ref) and (new.number >= size or new == _look(field)))
    )


def _look(field: dict[bytes, Any]) -> Any:
    return field.get(b"AP", {}).get(b"N")


def _is_form(value: Any, root: dict[bytes, Any], form: dict[bytes, Any]) -> bool:
    """Whether the catalog still has the same form; written into it, it may be altered as on its own."""
    return same(value, root.get(b"AcroForm")) or alike(value, form, FORM)


def _number(ref: Any) -> int:
    return ref.number if isinstance(ref, Ref) else -1
