"""Files that are no claims file, told by their first bytes: each is named, and what to do with it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection

from pipeline.errors import IntakeError
from pipeline.rules.text import shown

SAVE_AS = "Save it as CSV UTF-8 in the spreadsheet program, and give that file."
_EXPORT = "Give the export itself, as CSV or .xlsx."
_RESAVE = "Open it in Excel, save it as .xlsx, and give that file."

# The first bytes of a file, what it is, and what to do.
_STARTS = (
    (rb"\xd0\xcf\x11\xe0", "is an old .xls workbook, or one with a password.", SAVE_AS),
    (rb"%PDF", "is a PDF.", _EXPORT),
    (rb"\x1f\x8b|7z\xbc\xaf|Rar!|BZh[1-9]|\xfd7zXZ", "is an archive.", "Unpack it and give the file inside."),
    (rb"\x89PNG|\xff\xd8\xff|GIF8|II\*\0|MM\0\*", "is a picture.", _EXPORT),
    (rb"\{\\rtf", "is an .rtf text.", _EXPORT),
    (rb"SQLite format 3\0|\x7fELF|MZ\x90\0|PAR1|From |BEGIN:V", "is not a table.", _EXPORT),
    (rb"(?i:<\?xml[^>]*>\s*(?:<\?mso[^>]*>\s*)?<(?:\w+:)?Workbook)", "is an Excel 2003 XML sheet.", _RESAVE),
    (rb"(?i:(?:<\?xml[^>]*>|<!--.*?-->|\s)*<(?:!doctype html|html|head|meta|body|table|style|div)\b)",
     "is a web page saved under another name.", _RESAVE),
    (rb"<\?xml", "is XML, not a table.", _EXPORT),
    (rb'\[\s*[\[{"\]]|\{\s*["}]', "is JSON, not a table.", _EXPORT),
)  # fmt: skip


def refuse_other_formats(file: str, start: bytes) -> None:
    """Raises IntakeError for what no CSV file begins with; `start`: the file's first bytes."""
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):  # Excel's web pages and XML may be in UTF-16
        text = start.decode("utf-16", "replace").lstrip().encode()
    for pattern, what, hint in _STARTS:
        if re.match(pattern, text, re.DOTALL):
            raise IntakeError(f"{shown(file)} {what}", hint)


def refuse_other_archives(file: str, archive: zipfile.ZipFile) -> None:
    """Raises IntakeError for a zip archive that is no .xlsx workbook."""
    names = [name.replace("\\", "/").casefold() for name in archive.namelist()]
    if what := _archive_kind(names, archive):
        raise IntakeError(f"{shown(file)} {what[0]}", what[1])


def _archive_kind(names: Collection[str], archive: zipfile.ZipFile) -> tuple[str, str] | None:
    if "xl/workbook.bin" in names:
        return "is an .xlsb workbook, which certs does not read.", "Save it as .xlsx or CSV UTF-8."
    if any(name.startswith("xl/") for name in names):
        return None
    if "mimetype" in names and archive.read("mimetype").startswith(b"application/vnd.oasis.opendocument"):
        return "is an OpenDocument file, which certs does not read.", "Save it as .xlsx or CSV UTF-8."
    if any(name.endswith(".iwa") for name in names):
        return "is a Numbers document, which certs does not read.", "Export it as .xlsx or CSV UTF-8."
    if any(name.startswith(("word/", "ppt/")) for name in names):
        return "is a document, not a workbook.", _EXPORT
    return "is a zip archive.", "Unpack it and give the file inside."
