"""The headers for a network before a bucket, which keeps no header of a page but its type and its caching.

Every rule is typed by hand there: all pages have the policy of private ones.
"""

from __future__ import annotations

from pipeline.rules.places import FOLDERS, site_root
from pipeline.rules.web.headers import FIRST, NO_INDEX, PDFS, Headers, headers_for
from pipeline.rules.web.objects import KEPT


def front_headers(site_url: str) -> str:
    """What must be added to each answer, path by path: people type it into a console, each into another."""
    root = site_root(site_url)
    pdf, private = (_added(f"/{FOLDERS[0]}/x/{name}", site_url) for name in (f"x{PDFS}", ""))
    page = [header for header in private if header != NO_INDEX]
    common = [header for header in page if header in pdf]
    parts = (
        (f"{root}/*", common),
        (f"{root}/*{PDFS}", [header for header in pdf if header not in common and header not in private]),
        (f"every path that does not end in {PDFS}", [header for header in page if header not in common]),
        (
            ", ".join((*(f"{root}/{name}/*" for name in FOLDERS), f"{root}/404.html")),
            [header for header in private if header not in page],
        ),
    )
    lines = [f"{FIRST} What a network before a bucket must add to each answer; the bucket keeps the rest."]
    for paths, headers in parts:
        lines += ["", paths, *(f"  {name}: {value}" for name, value in headers)]
    return "\n".join(lines) + "\n"


def _added(path: str, site_url: str) -> Headers:
    return tuple(header for header in headers_for(path, site_url) if header[0] != KEPT)
