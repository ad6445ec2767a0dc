"""Whether what a web host answers for a folder of private pages shows their names: who has those has all.

Nothing of ours stands at c/, so any answer is one too many; at verify/ stands the page that checks a PDF.
"""

from __future__ import annotations

import re

from pipeline.rules.places import VERIFICATIONS

READ = 1 << 16  # bytes of an answer that are looked at
_STYLE = re.compile(rb'<link rel="stylesheet" href="[^"]*theme/site\.css">')
_NUMBER = re.compile(rb"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}\b")
_SHAPE = b"XXXX-XXXX-XXXX-XXXX"  # of a number, as our page shows whoever types one


def shows_names(folder: str, body: bytes) -> bool:
    """Whether the first bytes of what was answered with 200 for this folder may be a list of pages."""
    if folder != VERIFICATIONS or not _STYLE.search(body):
        return True
    return any(found[0] != _SHAPE for found in _NUMBER.finditer(body))
