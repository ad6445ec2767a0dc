"""What the web host answers: a few answers in, judgements out. No private path is in any of them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

from pipeline.rules.checks.check import Check, fault, good, unchecked
from pipeline.rules.checks.relay import judge_days
from pipeline.rules.text import conjoined
from pipeline.rules.web.headers import TYPES, Headers

CSP = "Content-Security-Policy"
CONFIGURE = "Include what certs hosting prints for it; of a bucket, docs/hosting.md says what adds it."


@dataclass(frozen=True)
class WebAnswer:
    """An answer without its body."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)  # by lower-case name
    lists: bool = False  # asked for a folder of private pages, it may show their names


@dataclass(frozen=True)
class Visit:
    """What the host answered to each question."""

    where: str  # its name, and its port where one is set
    failed: str = ""  # why it did not answer
    distrusted: str = ""  # why its certificate is not trusted
    ends: dt.datetime | None = None  # of its certificate
    front: WebAnswer | None = None  # the first page, which was asked for in a packed form
    private: WebAnswer | None = None  # a page that was published; None: there is none
    pdf: WebAnswer | None = None  # a PDF beside it, of which a part was asked for
    folders: Mapping[str, WebAnswer] = field(default_factory=dict)  # those of private pages, by name
    hidden: Mapping[str, WebAnswer] = field(default_factory=dict)  # what nobody may read, by path


def judge_web(visit: Visit, wanted: Headers, of_pdf: Headers, now: dt.datetime) -> Iterator[Check]:
    """`wanted`: the headers of a private page; `of_pdf`: of a PDF beside it. One check for each thing."""
    if visit.distrusted:
        yield fault(
            "web-certificate",
            f"the certificate of {visit.where} is not trusted: {visit.distrusted}",
            "Renew it, and see that it names the host of SITE_URL.",
        )
        return
    if visit.failed or visit.front is None:
        yield fault(
            "web-host",
            f"{visit.where} does not answer: {visit.failed}",
            "Look at the web server, and at SITE_URL in .env.",
        )
        return
    yield judge_days("web-certificate", visit.where, visit.ends, now)
    yield _front(visit.where, visit.front)
    yield _headers(visit.private, wanted)
    yield _pdf(visit.pdf, of_pdf)
    yield _ranges(visit.pdf)
    yield _listing(visit.folders)
    yield _packed(visit.front)
    yield _hidden(visit.hidden)


def _front(where: str, answer: WebAnswer) -> Check:
    if answer.status == 200:
        return good("web-host", f"{where} answers")
    return fault(
        "web-host",
        f"{where} answers {answer.status} for the site's first page",
        "Publish the site (certs publish), and look at the web server and SITE_URL.",
    )


def _headers(answer: WebAnswer | None, wanted: Headers) -> Check:
    name = "web-headers"
    if answer is None:
        return unchecked(name, "no private page is published yet")
    if answer.status != 200:
        return fault(
            name,
            f"a private page that was published answers {answer.status}",
            "certs publish --full puts it back.",
        )
    if lacking := _lacking(answer, wanted):
        return fault(name, f"private pages lack {conjoined(lacking)} as it must be", CONFIGURE)
    return good(name, "private pages have the headers that keep them private")


def _pdf(answer: WebAnswer | None, wanted: Headers) -> Check:
    name = "web-pdf"
    if answer is None:
        return unchecked(name, "no certificate is published yet")
    if answer.status not in (200, 206):
        return fault(
            name, f"a PDF that was published answers {answer.status}", "certs publish --full puts it back."
        )
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != TYPES["pdf"]:
        return fault(name, f"certificates are sent as {kind or 'of no type'}: they are PDF", CONFIGURE)
    if lacking := _lacking(answer, wanted):
        what = "; under the policy of a page Safari does not show them" if lacking == [CSP] else ""
        return fault(name, f"certificates lack {conjoined(lacking)} as it must be{what}", CONFIGURE)
    return good(name, "certificates have the headers that keep them private, and browsers show them")


def _ranges(answer: WebAnswer | None) -> Check:
    name = "web-ranges"
    if answer is None or answer.status not in (200, 206):
        return unchecked(name, "no certificate was to be had")
    if answer.status == 206:
        return good(name, "of a PDF a part can be had")
    return fault(
        name,
        "PDFs are sent whole where a part is asked for: the proof of a publish reads ten times as much",
        "Let the web server answer Range for PDFs, as it does by itself, and do not pack them.",
    )


def _lacking(answer: WebAnswer, wanted: Headers) -> list[str]:
    return [key for key, value in wanted if not _serves(key, answer.headers.get(key.lower(), ""), value)]


def _serves(name: str, given: str, wanted: str) -> bool:
    """Whether a header says what it must; a host may ask browsers for https longer than we do."""
    if name == "Strict-Transport-Security":
        age, least = (re.search(r"max-age=\"?([0-9]+)", one) for one in (given, wanted))
        return age is not None and least is not None and int(age[1]) >= int(least[1])
    return _parts(name, given) == _parts(name, wanted)


def _parts(name: str, text: str) -> Sequence[str]:
    """A header's values, in whatever order and case."""
    mark = ";" if name == CSP else ","
    return sorted({" ".join(part.split()).lower() for part in text.split(mark)} - {""})


def _listing(folders: Mapping[str, WebAnswer]) -> Check:
    shown = [f"{name}/" for name, answer in folders.items() if answer.lists]
    if shown:
        return fault(
            "web-listing",
            f"the web host answers for {conjoined(shown)}: whoever lists it has every link",
            f"Turn listings off at once. {CONFIGURE}",
        )
    return good("web-listing", f"{conjoined([f'{name}/' for name in folders])} cannot be listed")


def _packed(answer: WebAnswer) -> Check:
    how = answer.headers.get("content-encoding", "")
    if how:
        return good("web-compression", f"pages are sent packed ({how})")
    return fault(
        "web-compression",
        "pages are sent unpacked, three times as large as they need be",
        "Turn gzip on for text/html: gzip on (nginx), mod_deflate (Apache), encode gzip (Caddy).",
    )


def _hidden(hidden: Mapping[str, WebAnswer]) -> Check:
    shown = [path for path, answer in hidden.items() if answer.status == 200]
    if shown:
        return fault(
            "web-hidden",
            f"the web host shows {conjoined(shown)}, which is nobody's to read",
            f"{CONFIGURE} Its root is the link current in a folder as PUBLISH_TO.",
        )
    return good("web-hidden", "what begins with a dot, and the mark, are not shown")


def told_time(answer: WebAnswer | None) -> dt.datetime | None:
    """When an answer was made, by the host's own clock; a cache says how old it is (RFC 9111 5.1)."""
    if answer is None:
        return None
    try:
        age = int(answer.headers.get("age", "0"))
        return parsedate_to_datetime(answer.headers.get("date", "")) + dt.timedelta(seconds=age)
    except (ValueError, OverflowError):
        return None
