"""The press: a certificate's facts in; its finished PDF, or None where WeasyPrint itself must set it, out.

README.md beside this file explains how it works and what it guarantees.
"""

from functools import lru_cache

from pipeline.documents.press.press import Press
from pipeline.documents.press.shelf import BusyError

__all__ = ["BusyError", "Press", "press_of"]

press_of = lru_cache(maxsize=4)(Press)  # the one press of a design in this process
