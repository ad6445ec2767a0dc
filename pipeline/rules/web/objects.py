"""What a bucket keeps beside a file, so that it is served as other hosts serve it: its type and its caching.

The security headers of a page cannot be kept so: what stands in front of the bucket adds them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from pipeline.rules.web.headers import BY_FOLDER, HEADERS_FILE, TYPES, headers_for

WITH_CHARSET = ("text/html", "text/css", "text/javascript", "text/plain")  # what is text is UTF-8
UNKNOWN_TYPE = "application/octet-stream"
KEPT = "Cache-Control"


def object_headers(path: str) -> dict[str, str]:
    """The headers that a bucket keeps for a file, by its path below output/."""
    kind = TYPES.get(path.rpartition(".")[2].lower(), UNKNOWN_TYPE)
    charset = "; charset=utf-8" if kind in WITH_CHARSET else ""
    own = dict(headers_for(f"/{path}", ""))
    return {"Content-Type": f"{kind}{charset}", KEPT: own[KEPT]}


def stamps_of_public(files: Mapping[str, str]) -> dict[str, str]:
    """What tells whether a public file lies at the host as it must, by path; `files`: with their SHA-256.

    A bucket has no use for the file of headers. In its place stands what all headers there follow from.
    """
    return {**files, HEADERS_FILE: rules_digest()}


def rules_digest() -> str:
    """Changes where the same file would be kept with other headers than before."""
    caching = [(folder, dict(headers)[KEPT]) for folder, headers in BY_FOLDER]
    return hashlib.sha256(repr((caching, TYPES, WITH_CHARSET)).encode()).hexdigest()
