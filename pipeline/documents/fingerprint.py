"""All that the bytes of a certificate depend on besides its facts: a design in; names with versions out.

Two processes with equal fingerprints make the same certificates, byte for byte. A process takes its own once,
before it renders anything: a file that changes afterwards does not change what it makes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from pipeline.documents import samples
from pipeline.documents.design import Design
from pipeline.documents.identity import digest_word, identity
from pipeline.documents.render import render
from pipeline.rules.certificates.activities import Kind

TRIALS = {
    "Latin": "Katherine O’Rourke-Delgado",
    "Cyrillic": "Анна Ковалёва",
    "Arabic": "محمد عبد الله",
    "Devanagari": "प्रिया शर्मा",
    "Han": "王小明",
}


@cache
def fingerprint(design: Design) -> dict[str, str]:
    """Each thing that shapes a page here, by its name in words: its version or digest.

    The last entries are digests of trial certificates that are really made, because they show what no version
    number tells. Raises DocumentError where the design cannot be rendered here.
    """
    return identity(design) | dict(_trials(replace(design, templates=None)))


def _trials(design: Design) -> Iterator[tuple[str, str]]:
    """Certificates of made-up people: the press sets some of them, WeasyPrint the others."""
    sheets = dict(samples.sample_sheets("https://certificates.example.org"))
    usual, long = sheets[f"{Kind.CME_ABIM_ABP.value}-usual"], sheets[f"{Kind.CME.value}-extreme"]
    people = {script: replace(usual, name=name) for script, name in TRIALS.items()}
    for what, facts in {**people, "a long name": long}.items():
        made = render(facts, design)
        yield f"a trial certificate ({what})", digest_word(made.pdf or made.problem.encode())
