"""The press: a certificate's facts in; its finished PDF, or None where WeasyPrint itself must set it, out.

README.md beside this file explains how it works and what it guarantees.
"""

from __future__ import annotations

from functools import lru_cache

from pipeline.documents.design import Design
from pipeline.documents.press.press import Press
from pipeline.rules.certificates.awards import Facts


def pressed(facts: Facts, design: Design) -> bytes | None:
    """The certificate as PDF/UA-1 of one page; None where the press cannot set it exactly.

    Raises DocumentError where the design itself cannot be rendered.
    """
    return _press(design).press(facts)


@lru_cache(maxsize=4)
def _press(design: Design) -> Press:
    return Press(design)
