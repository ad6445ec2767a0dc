"""Can anybody list the bucket? Whoever can has every private link.

A stranger's questions are asked: without credentials, of the store itself, and of the site's address, through
which a careless front hands on what the store would tell, or sends whoever asks to the store.
"""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urljoin, urlsplit

from pipeline.errors import PublishError
from pipeline.publish.access import Access
from pipeline.publish.client import AGENT, FAILURES, reason
from pipeline.publish.store import Bucket
from pipeline.rules.places import FOLDERS, site_root
from pipeline.rules.web.listings import READ, shows_names

SECONDS = 10
FAILS, BUSY = 500, 429  # from the first on, and with the second, an answer says nothing
MOST_STEPS = 5  # answers that send elsewhere, one after the other, as browsers follow them
# How S3, Google and Azure are asked for a list by HTTP; the first is the folder itself.
QUERIES = (
    "",
    "?list-type=2&max-keys=1",
    "?max-keys=1",
    "?versions&max-keys=1",
    "?restype=container&comp=list&maxresults=1",
)
LISTING = re.compile(
    rb"<(ListBucketResult|ListVersionsResult|EnumerationResults)\b|\"kind\":\s*\"storage#objects\""
)


def refuse_open_listing(target: str, access: Access, site_url: str) -> None:
    """Raises PublishError where anybody can list the bucket, or where that cannot be found out."""
    if where := shown_to_strangers(target, access, site_url, SECONDS):
        raise PublishError(
            f"Anybody can list {where[0]}, and so has every private link. Nothing was sent.",
            "Take the right to list from everybody (docs/hosting.md says where), then run certs publish.",
        )


def shown_to_strangers(target: str, access: Access, site_url: str, seconds: int) -> list[str]:
    """Where a stranger is shown a list, in words. Raises PublishError where nobody answers."""
    bucket = "://".join((target.partition("://")[0], urlsplit(target).netloc))
    places = {bucket, target.rstrip("/")}
    found = [
        f"{one} at the store"
        for one in sorted(places)
        if Bucket(one, access, seconds, signs=False).can_list()
    ]
    with ThreadPoolExecutor() as pool:
        shown = pool.map(lambda one: _is_list(site_url, one[0], one[1], seconds), _addresses(site_url))
        return found + [one for one in shown if one]


def _addresses(site_url: str) -> Iterator[tuple[str, str]]:
    """What to ask for, and the folder of private pages that it is."""
    root = site_root(site_url)
    yield from ((f"{folder}/{query}", "") for folder in sorted({"", root}) for query in QUERIES)
    yield from ((f"{root}/{name}/", name) for name in FOLDERS)


def _is_list(site_url: str, address: str, folder: str, seconds: int) -> str:
    """Where the list is shown, here or where the site sends whoever asks; empty where there is none."""
    where = urljoin(site_url, address)
    host, why = urlsplit(where).netloc, "it sends on and on"
    for _ in range(MOST_STEPS):
        try:
            status, body, elsewhere = _ask(where, seconds)
        except FAILURES as error:
            host, why = urlsplit(where).netloc, reason(error)
            break
        if status >= FAILS or status == BUSY:
            host, why = urlsplit(where).netloc, f"status {status}"
            break
        if 300 <= status < 400 and elsewhere:
            where = urljoin(where, elsewhere)
            if urlsplit(where).scheme not in ("http", "https"):
                return ""
            continue
        # Whoever asks for c/ may be sent to the front page, which shows nothing.
        is_there = bool(folder) and urlsplit(where).path.rstrip("/").endswith(f"/{folder}")
        is_list = LISTING.search(body) or (is_there and shows_names(folder, body))
        return where if status == 200 and is_list else ""
    raise PublishError(
        f"{host} does not answer ({why}), so it cannot be seen whether it lists the bucket to "
        "anybody. Nothing was sent.",
        "Look at SITE_URL and at what stands in front of the bucket, then run certs publish.",
    )


def _ask(where: str, seconds: int) -> tuple[int, bytes, str]:
    """Status, the beginning of the body, and where it sends us. Raises one of FAILURES."""
    parts = urlsplit(where)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    host = kind(parts.hostname or "", parts.port, timeout=seconds)
    try:
        host.request("GET", parts._replace(scheme="", netloc="", fragment="").geturl() or "/", headers=AGENT)
        answer = host.getresponse()
        return answer.status, answer.read(READ), answer.headers.get("Location", "")
    finally:
        host.close()
