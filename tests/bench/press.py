"""Bench: certificates on one core by a naive loop, tuned WeasyPrint, the press, typst and reportlab.

.venv/bin/python -m tests.bench.press [CERTIFICATES]

Milliseconds of processor time each. typst draws the same page; reportlab a plain one of the same texts and
fonts, without border, seal, code and tags. Exit status 1 below 300 times naive or 10 times typst.
"""

from __future__ import annotations

import importlib
import io
import json
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import segno
from weasyprint import CSS, HTML

from pipeline.documents import compose, paper, planning, press, render
from pipeline.documents.prepared import Fetcher, prepare
from pipeline.rules.certificates.awards import Facts
from tests.support.documents_kit import LETTER, THEME
from tests.support.worldwide import people

FONTS = THEME / "fonts"
ROUNDS = 5


def naive(facts: Facts) -> bytes:
    """The way the manual begins: a string in, a PDF out, nothing kept."""
    fetcher = Fetcher(LETTER)
    page = _html(facts).replace("qr:", "theme:drawings/seal.svg?")  # a drawing of a like size for the code
    style = CSS(url="theme:certificate.css", url_fetcher=fetcher)
    pdf: bytes = HTML(string=page, base_url="theme:", url_fetcher=fetcher).write_pdf(
        stylesheets=[style], **paper.OPTIONS
    )
    return pdf


def tuned(facts: Facts) -> bytes:
    """Fonts, style and drawings parsed once."""
    return paper.write(paper.lay_out(_html(facts), prepare(LETTER)), facts, prepare(LETTER))


def _html(facts: Facts) -> str:
    said = compose.words(facts)
    planned = planning.best_plan(facts, said, LETTER, planning.RESERVES[0])
    return compose.html(facts, said, planned, LETTER, prepare(LETTER))


def ours(facts: Facts) -> bytes:
    """The press, from facts to bytes."""
    pdf = press.press_of(LETTER).press(facts)
    assert pdf is not None
    return pdf


TYPST = """#set page(
  width: 792pt, height: 612pt, margin: 66pt,
  background: image("drawings/border-letter.svg", width: 100%, height: 100%),
)
#set document(title: sys.inputs.kind)
#set text(font: "Source Sans 3", size: 8pt, lang: "en")
#set align(center)
#let d = sys.inputs
AMERICAN COLLEGE OF RHEUMATOLOGY
#text(font: "Cormorant", size: 36pt, d.kind) \\
This certifies that \\
#text(font: "Cormorant", size: 46pt, d.name) \\
#d.credentials \\
#text(font: "Cormorant", size: 23pt, d.title) \\
#d.where \\
#columns(2, d.statements)
#image("drawings/seal.svg", width: 80pt, alt: "Seal")
#place(bottom + right, image(bytes(d.code), format: "svg", width: 58pt, alt: d.address))
Issued #d.issued, #d.number, #d.address"""


def typst() -> Callable[[Facts], bytes]:
    """A compiled template, reused: the same texts, fonts, border, seal and code, tagged.

    The code's drawing is made beforehand: not typst's work.
    """
    module: Any = importlib.import_module("typst")
    place = Path(tempfile.mkdtemp())
    shutil.copytree(THEME / "drawings", place / "drawings")
    (place / "page.typ").write_text(TYPST)
    compiler = module.Compiler(str(place / "page.typ"), root=str(place), font_paths=[str(FONTS)])

    @cache
    def code(address: str) -> str:
        drawing = io.BytesIO()
        segno.make_qr(address, error="m").save(drawing, kind="svg", border=0)
        return drawing.getvalue().decode()

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
            "code": code(facts.verify_url),
        }
        pdf: bytes = compiler.compile(format="pdf", sys_inputs=inputs, pdf_standards=["ua-1"])
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
    """Processor time each: the median of some rounds, everything kept having been made before."""
    for each in facts:
        draw(each)
    size = max(1, len(facts) // ROUNDS)
    taken = []
    for at in range(0, size * ROUNDS, size):
        some = facts[at : at + size]
        began = time.process_time()
        for each in some:
            draw(each)
        taken.append((time.process_time() - began) / len(some) * 1000)
    return statistics.median(taken)


def main(count: int) -> int:
    drawn = list(people(count))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    outcomes = [(made.pressed, len(made.pdf or b"")) for made in (render(each, LETTER) for each in drawn)]
    whole = time.process_time() - began
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pressed = [facts for facts, (was, _) in zip(drawn, outcomes, strict=True) if was]
    few = pressed[:40]
    each = {
        "naive": milliseconds(naive, few[:20]),
        "tuned": milliseconds(tuned, few),
        "press": milliseconds(ours, pressed),
        "press, with its templates and all that fell back": whole / count * 1000,
    }
    for name, rival in (("typst", typst), ("reportlab", reportlab)):
        each[name] = milliseconds(rival(), few)
    report = {
        "certificates": count,
        "pressed": len(pressed),
        "ms_cpu_each": {name: round(ms, 3) for name, ms in each.items()},
        "times_naive": {name: round(each["naive"] / ms, 1) for name, ms in each.items()},
        "times_typst": round(each["typst"] / each["press"], 1),
        "kb_each": round(sum(size for _, size in outcomes) / count / 1000, 1),
        "peak_mb_before_and_after": [before // 1024, after // 1024],
    }
    print(json.dumps(report, indent=2))
    return 0 if each["naive"] >= 300 * each["press"] and each["typst"] >= 10 * each["press"] else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 4000))
