"""All that the bytes of a certificate depend on besides its facts: a design in; names with versions out.

Nothing is rendered, and WeasyPrint is not imported: it takes longer than to press a certificate.
"""

from __future__ import annotations

import ctypes
import hashlib
import platform
import unicodedata
import zlib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pipeline
from pipeline.documents import fonts
from pipeline.documents.design import Design, check_design

# What is imported while certificates are made: a test holds the list to that.
LIBRARIES = (
    *("brotli", "cffi", "cssselect2", "fonttools", "jinja2", "lxml", "markupsafe", "pillow", "pydyf"),
    *("pypdfium2", "pyphen", "segno", "tinycss2", "tinyhtml5", "uharfbuzz", "weasyprint", "webencodings"),
)
# Of the system, by which WeasyPrint shapes text and cuts fonts: their files, and what tells their versions.
SYSTEM = {"Pango": ("pango-1.0", "pango_version_string"), "HarfBuzz": ("harfbuzz", "hb_version_string")}
# Where fontconfig's rules lie. They may differ between machines that make the same certificates.
RULES = (Path("/etc/fonts"), Path.home() / ".config/fontconfig")


def identity(design: Design) -> dict[str, str]:
    """Each thing that shapes a page here, by its name in words: its version or digest.

    Whoever asks keeps the answer: a file that changes afterwards does not change what a process makes. Raises
    DocumentError for a design that lacks a file.
    """
    check_design(design)
    return {
        "Python": platform.python_version(),
        "the machine": f"{platform.system()} {platform.machine()}",
        "Unicode": unicodedata.unidata_version,
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        **{name: _system_version(*names) for name, names in SYSTEM.items()},
        **{name: _version(name) for name in LIBRARIES},
        **dict(_program()),
        **dict(_design(design)),
        **_fonts(),
    }


def identity_digest(design: Design) -> str:
    """Of its identity, and of what stands in the design itself; hexadecimal. Where it lies does not count."""
    said: list[object] = [
        design.paper,
        design.signatory_name,
        design.signatory_title,
        *sorted(identity(design).items()),
    ]
    said += [(path.name, path.read_bytes()) for root in RULES for path in sorted(root.rglob("*.conf"))]
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _system_version(library: str, function: str) -> str:
    for name in (f"lib{library}.so.0", f"lib{library}.0.dylib", f"lib{library}-0.dll"):
        with suppress(OSError, AttributeError):
            ask = getattr(ctypes.CDLL(name), function)
            ask.restype = ctypes.c_char_p
            return str(ask().decode())
    return "missing"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def _program() -> Iterator[tuple[str, str]]:
    root = Path(pipeline.__file__).parent
    for path in sorted(root.rglob("*.py")):
        yield f"the program's {path.relative_to(root).as_posix()}", digest_word(path.read_bytes())


def _design(design: Design) -> Iterator[tuple[str, str]]:
    for path in sorted(path for path in design.theme.rglob("*") if path.is_file()):
        yield (
            f"theme/certificates/{path.relative_to(design.theme).as_posix()}",
            digest_word(path.read_bytes()),
        )
    for name, image in (("SIGNATURE_IMAGE", design.signature_image), ("LOGO_IMAGE", design.logo_image)):
        if image is not None:
            yield name, digest_word(image.read_bytes())


def _fonts() -> dict[str, str]:
    """Each installed family with a digest of its faces' versions, wherever their files are."""
    families: dict[str, list[str]] = defaultdict(list)
    for line in fonts.font_list("%{family[0]}\t%{style[0]}\t%{index}\t%{fontversion}"):
        families[line.partition("\t")[0]].append(line)
    return {f"the font {name}": digest_word("\n".join(lines).encode()) for name, lines in families.items()}


def digest_word(data: bytes) -> str:
    """Of what a page depends on, as `identity` gives it."""
    return f"sha256:{hashlib.sha256(data).hexdigest()[:32]}"
