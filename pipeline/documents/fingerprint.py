"""All that the bytes of a certificate depend on besides its facts: a design in; names with versions out.

Two processes with equal fingerprints make the same certificates, byte for byte. A process takes its own once,
before it renders anything: a file that changes afterwards does not change what it makes.
"""

from __future__ import annotations

import hashlib
import platform
import unicodedata
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from weasyprint.text.ffi import pango  # type: ignore[import-untyped]

import pipeline
from pipeline.documents import fonts, samples
from pipeline.documents.design import Design, check_design
from pipeline.documents.render import render
from pipeline.rules.certificates.activities import Kind

# What is imported while certificates are made: a test holds the list to that.
LIBRARIES = (
    *("brotli", "cffi", "cssselect2", "fonttools", "jinja2", "lxml", "markupsafe", "pillow", "pydyf"),
    *("pypdfium2", "pyphen", "segno", "tinycss2", "tinyhtml5", "uharfbuzz", "weasyprint", "webencodings"),
)
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
    check_design(design)
    return {
        "Python": platform.python_version(),
        "the machine": f"{platform.system()} {platform.machine()}",
        "Unicode": unicodedata.unidata_version,
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        "Pango": str(pango.pango_version()),
        **{name: _version(name) for name in LIBRARIES},
        **dict(_program()),
        **dict(_design(design)),
        **_fonts(),
        **dict(_trials(design)),
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def _program() -> Iterator[tuple[str, str]]:
    root = Path(pipeline.__file__).parent
    for path in sorted(root.rglob("*.py")):
        yield f"the program's {path.relative_to(root).as_posix()}", _digest(path.read_bytes())


def _design(design: Design) -> Iterator[tuple[str, str]]:
    for path in sorted(path for path in design.theme.rglob("*") if path.is_file()):
        yield f"theme/certificates/{path.relative_to(design.theme).as_posix()}", _digest(path.read_bytes())
    for name, image in (("SIGNATURE_IMAGE", design.signature_image), ("LOGO_IMAGE", design.logo_image)):
        if image is not None:
            yield name, _digest(image.read_bytes())


def _fonts() -> dict[str, str]:
    """Each installed family with a digest of its faces' versions, wherever their files are."""
    families: dict[str, list[str]] = defaultdict(list)
    for line in fonts.font_list("%{family[0]}\t%{style[0]}\t%{index}\t%{fontversion}"):
        families[line.partition("\t")[0]].append(line)
    return {f"the font {name}": _digest("\n".join(lines).encode()) for name, lines in families.items()}


def _trials(design: Design) -> Iterator[tuple[str, str]]:
    """Certificates of made-up people: the press sets some of them, WeasyPrint the others."""
    sheets = dict(samples.sample_sheets("https://certificates.example.org"))
    usual, long = sheets[f"{Kind.CME_ABIM_ABP.value}-usual"], sheets[f"{Kind.CME.value}-extreme"]
    people = {script: replace(usual, name=name) for script, name in TRIALS.items()}
    for what, facts in {**people, "a long name": long}.items():
        made = render(facts, design)
        yield f"a trial certificate ({what})", _digest(made.pdf or made.problem.encode())


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()[:32]}"
