"""Bench: certificates on one core by a naive loop, tuned WeasyPrint, the press, typst and reportlab.

.venv/bin/python -m tests.bench.press [CERTIFICATES]

Milliseconds of processor time each. Rivals that are no dependency are measured where `pip install typst
reportlab` has been done, and named as absent elsewhere; theirs is a plain page of the same texts and fonts.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from weasyprint import CSS, HTML

from pipeline.documents import compose, pages, press, render
from pipeline.documents.design import Fetcher, prepare
from pipeline.rules.awards import Facts
from tests.documents_kit import LETTER, THEME
from tests.worldwide import people

FONTS = THEME / "fonts"
ROUNDS = 5


def naive(facts: Facts) -> bytes:
    """The way the manual begins: a string in, a PDF out, nothing kept."""
    fetcher = Fetcher(LETTER)
    page = _html(facts).replace("qr:", "theme:drawings/seal.svg?")  # a drawing of a like size for the code
    style = CSS(url="theme:certificate.css", url_fetcher=fetcher)
    pdf: bytes = HTML(string=page, base_url="theme:", url_fetcher=fetcher).write_pdf(
        stylesheets=[style], **pages.OPTIONS
    )
    return pdf


def tuned(facts: Facts) -> bytes:
    """Fonts, style and drawings parsed once."""
    return pages.write(pages.lay_out(_html(facts), prepare(LETTER)), facts, prepare(LETTER))


def _html(facts: Facts) -> str:
    said = compose.words(facts)
    planned = compose.best_plan(facts, said, LETTER, pages.RESERVES[0])
    return compose.html(facts, said, planned, LETTER, prepare(LETTER))


def ours(facts: Facts) -> bytes:
    """The press, from facts to bytes."""
    pdf = press.pressed(facts, LETTER)
    assert pdf is not None
    return pdf


TYPST = """#set page("us-letter", flipped: true, margin: 66pt)
#set text(font: "Source Sans 3", size: 10pt)
#set align(center)
#let d = sys.inputs
AMERICAN COLLEGE OF RHEUMATOLOGY
#text(font: "Cormorant", size: 36pt, d.kind) \\
This certifies that \\
#text(font: "Cormorant", size: 46pt, d.name) \\
#d.credentials \\
#text(font: "Cormorant", size: 23pt, d.title) \\
#d.where \\
#d.statements \\
Issued #d.issued, #d.number, #d.address"""


def typst() -> Callable[[Facts], bytes]:
    """A compiled template, reused; without seal, border and code."""
    module: Any = importlib.import_module("typst")
    page = Path(tempfile.mkdtemp()) / "page.typ"
    page.write_text(TYPST)
    compiler = module.Compiler(str(page), font_paths=[str(FONTS)])

    def draw(facts: Facts) -> bytes:
        said = compose.words(facts)
        inputs = {
            "kind": said.kind,
            "name": facts.name,
            "credentials": facts.credentials,
            "title": facts.title,
            "where": said.where,
            "statements": " ".join(said.statements),
            "issued": facts.issued_on.isoformat(),
            "number": facts.number,
            "address": facts.verify_url,
        }
        pdf: bytes = compiler.compile(format="pdf", sys_inputs=inputs)
        return pdf

    return draw


def reportlab() -> Callable[[Facts], bytes]:
    """Two embedded faces and plain lines; without seal, border, code and tags."""
    metrics: Any = importlib.import_module("reportlab.pdfbase.pdfmetrics")
    ttf: Any = importlib.import_module("reportlab.pdfbase.ttfonts")
    canvas: Any = importlib.import_module("reportlab.pdfgen.canvas")
    metrics.registerFont(ttf.TTFont("Display", str(FONTS / "cormorant/Cormorant-Medium.ttf")))
    metrics.registerFont(ttf.TTFont("Text", str(FONTS / "source-sans/SourceSans3-Regular.ttf")))

    def draw(facts: Facts) -> bytes:
        said = compose.words(facts)
        page = canvas.Canvas("", pagesize=(792, 612))
        big = ((said.kind, 36), (facts.name, 46), (facts.title, 23))
        small = (facts.credentials, said.where, *said.statements, facts.number, facts.verify_url)
        lines = [("Display", size, text) for text, size in big] + [("Text", 8, text) for text in small]
        for at, (face, size, text) in enumerate(lines):
            page.setFont(face, size)
            page.drawCentredString(396, 540 - 36 * at, text)
        pdf: bytes = page.getpdfdata()
        return pdf

    return draw


def milliseconds(draw: Callable[[Facts], bytes], facts: Sequence[Facts]) -> float:
    """Processor time each: the median of some rounds."""
    draw(facts[0])
    size = max(1, len(facts) // ROUNDS)
    taken = []
    for at in range(0, size * ROUNDS, size):
        some = facts[at : at + size]
        began = time.process_time()
        for each in some:
            draw(each)
        taken.append((time.process_time() - began) / len(some) * 1000)
    return statistics.median(taken)


def main(count: int) -> None:
    drawn = list(people(count))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    outcomes = [(made.pressed, len(made.pdf or b"")) for made in (render(each, LETTER) for each in drawn)]
    whole = time.process_time() - began
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pressed = [facts for facts, (was, _) in zip(drawn, outcomes, strict=True) if was]
    few = pressed[:40]
    each: dict[str, float | str] = {
        "naive": milliseconds(naive, few[:20]),
        "tuned": milliseconds(tuned, few),
        "press": milliseconds(ours, pressed),
        "press, with its templates and all that fell back": whole / count * 1000,
    }
    for name, rival in (("typst", typst), ("reportlab", reportlab)):
        if importlib.util.find_spec(name) is None:
            each[name] = f"absent: pip install {name}"
        else:
            each[name] = milliseconds(rival(), few)
    plain = each["naive"]
    assert isinstance(plain, float)
    report = {
        "certificates": count,
        "pressed": len(pressed),
        "ms_cpu_each": {name: round(ms, 3) if isinstance(ms, float) else ms for name, ms in each.items()},
        "times_naive": {name: round(plain / ms, 1) for name, ms in each.items() if isinstance(ms, float)},
        "kb_each": round(sum(size for _, size in outcomes) / count / 1000, 1),
        "peak_mb_before_and_after": [before // 1024, after // 1024],
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4000)
