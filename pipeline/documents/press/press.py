"""The press of one design in one process: facts in; a certificate's bytes out, or None for WeasyPrint's.

Templates are made when they are first needed, and kept: in memory, and on a shelf where the design has one.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import cached_property

from pipeline.documents import check, planning
from pipeline.documents.design import Design, check_design
from pipeline.documents.identity import identity_digest
from pipeline.documents.press.group import Group, Sizes
from pipeline.documents.press.order import Order, Orders
from pipeline.documents.press.qr import Codes
from pipeline.documents.press.shelf import Shelf
from pipeline.documents.press.template import Found, Template, person_part
from pipeline.errors import DocumentError
from pipeline.rules.certificates.awards import Facts

MOST_TEMPLATES = 96  # kept, some 100 kB each
# How the identifier of a file begins that is read back and compared with its facts: one in 256.
READ_BACK = b"00"


class Press:
    """Presses certificates of one design. Raises DocumentError where the design cannot be rendered."""

    def __init__(self, design: Design) -> None:
        check_design(design)
        self._design = design
        self._orders = Orders(design)
        # For a theme that sets an activity's texts in a way that the press does not know: each has templates.
        self._apart = Orders(design, shared=False)
        self._templates: OrderedDict[str, tuple[Found, Found]] = OrderedDict()
        self._codes = Codes(self._recalled, self._note)

    def takes(self, facts: Facts) -> bool:
        """Whether it has the letters, and a line for each text, that this certificate needs."""
        return self._orders.takes(facts)

    def press(self, facts: Facts, *, wait: bool = True) -> bytes | None:
        """The finished file; None where WeasyPrint itself must set this certificate.

        Raises BusyError where another process makes the template that it needs and `wait` is not set.
        """
        for orders in (self._orders, self._apart):
            if order := orders.order(facts):
                pdf, is_known = self._pressed(facts, order, wait)
                if is_known:
                    return pdf
        return None

    def _pressed(self, facts: Facts, order: Order, wait: bool) -> tuple[bytes | None, bool]:
        """The file, if there can be one; and whether there is a template, or can be none of any order."""
        for reserve in planning.RESERVES:
            sizes = order.sizes(self._design, reserve)
            found = self._template(order.group, sizes, western=order.western, wait=wait)
            if isinstance(found, Template):
                code = self._codes.operators(order.group.before, facts.number, order.group.after)
                part = person_part(facts, order.texts, sizes.units, code)
                pdf = found.press(part)
                is_read = pdf is not None and part.identifier.startswith(READ_BACK)
                return pdf if not is_read or check.says_its_facts(pdf, facts, self._design) else None, True
            if not found:
                return None, False
        return None, True

    def _template(self, group: Group, sizes: Sizes, *, western: bool, wait: bool) -> Found:
        kept = self._templates
        if sizes.key in kept:
            kept.move_to_end(sizes.key)
        else:
            kept[sizes.key] = self._found(group, sizes, wait)
            if len(kept) > MOST_TEMPLATES:
                kept.popitem(last=False)
        return kept[sizes.key][western]

    def _found(self, group: Group, sizes: Sizes, wait: bool) -> tuple[Found, Found]:
        """From the shelf, else made; by one process for all that share the shelf."""
        shelf = self._shelf
        if shelf is None:
            return self._make(group, sizes)
        if (found := shelf.get(sizes.key)) is None:
            with shelf.turn(sizes.key, wait=wait):
                if (found := shelf.get(sizes.key)) is None:
                    found = self._make(group, sizes)
                    if self._is_unchanged():
                        shelf.put(sizes.key, found)
                    else:  # what this process makes from now on is of two designs, and for nobody else
                        self._shelf = None
        return found

    def _make(self, group: Group, sizes: Sizes) -> tuple[Found, Found]:
        from pipeline.documents.press.making import make_templates  # with WeasyPrint, slow to import

        return make_templates(self._design, group, sizes)

    def _recalled(self, key: str) -> bytes | None:
        return self._shelf.read(key) if self._shelf else None

    def _note(self, key: str, data: bytes) -> None:
        if self._shelf and self._is_unchanged():
            self._shelf.write(key, data)

    def _is_unchanged(self) -> bool:
        """Whether the design is still that by whose identity the shelf goes."""
        try:
            return identity_digest(self._design) == self._identity
        except (OSError, DocumentError):  # a file is gone
            return False

    @cached_property
    def _identity(self) -> str:
        return identity_digest(self._design)

    @cached_property
    def _shelf(self) -> Shelf | None:
        design = self._design
        return None if design.templates is None else Shelf(design.templates, design.theme, self._identity)
