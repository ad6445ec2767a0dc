"""All that is around the program, looked at before a meeting. Nothing is changed, and no lock is needed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from pipeline import publish
from pipeline.errors import PublishError, SealError
from pipeline.mail import look_at_relay
from pipeline.nameserver import NameServer, look_at_names
from pipeline.rules.checks.bucket import judge_bucket
from pipeline.rules.checks.check import Check, CheckResult, fault, good, unchecked
from pipeline.rules.checks.domain import (
    dmarc_place,
    judge_dmarc,
    judge_exchangers,
    judge_link_host,
)
from pipeline.rules.checks.machine import LEAST, PAGES, PDF, Place, judge_clock, judge_disk
from pipeline.rules.checks.names import Question, parents
from pipeline.rules.checks.relay import judge_relay
from pipeline.rules.checks.seen import HINTS, seen_name
from pipeline.rules.checks.sending import MailSettings, contradictions, domain_of, judge_day
from pipeline.rules.checks.spf import judge_spf
from pipeline.rules.checks.web import judge_web, told_time
from pipeline.rules.places import FOLDERS, PERSONS, names, page_of
from pipeline.rules.text import counted
from pipeline.rules.web.headers import HEADERS_FILE, PDFS, headers_for
from pipeline.settings import NAMES, Settings, exposed_passwords, near_names
from pipeline.workflow.at_once import at_once
from pipeline.workflow.backups import caution_of
from pipeline.workflow.daily import days_needed
from pipeline.workflow.marks import access_of
from pipeline.workflow.project import Project
from pipeline.workflow.read_back import not_sent, relay_of, send_and_read_back
from pipeline.workflow.sealing import seal_words, sealer_of, signature_words, unused_key

Looks = Mapping[str, Callable[[], Iterable[Check]]]

FEW = 100  # published pages among which one with a PDF is looked for
REACH = 6  # seconds for a web host to let us in
SECONDS = 8.0  # for all that is looked at
LARGEST = 100_000  # bytes of a mail: one about a hundred certificates has some 61,000
HIDDEN = (*publish.MARKS, HEADERS_FILE, ".env")  # what a web host must not show
HIDDEN_BY_BUCKETS = (HEADERS_FILE, ".env")  # an object cannot be hidden; the mark names nobody
GROUPS = {  # checks, in the order in which they are told
    "settings": ("settings", "passwords", "mail-day"),
    "DNS": ("spf", "dmarc", "mx", "dns"),
    "relay": (
        *("relay", "relay-tls", "relay-certificate", "relay-login"),
        *("relay-size", "relay-smtputf8", "relay-dsn"),
    ),
    "a mail as it arrives": ("mail", *map(seen_name, HINTS)),
    "web host": (
        *("web-host", "web-certificate", "web-headers", "web-pdf", "web-ranges"),
        *("web-listing", "web-hidden", "web-compression", "site-domain", "publish-to"),
        *("bucket-listing", "bucket-versions"),
    ),
    "this machine": ("clock", "disk", "fonts", "backup", "seal"),
}


def doctor(
    project: Project,
    environment: Mapping[str, str],
    address: str | None = None,
    mailbox: str = "",
    wait: int = 0,
) -> list[Check]:
    """Every check, in the order of GROUPS. `environment`: that of the process.

    `address`: where one test mail goes; `mailbox`: where it is waited for, so many seconds at most.
    """
    looks: Looks = {
        "dns": partial(_names, project.settings),
        "relay": partial(_relay, project),
        "web-host": partial(_web, project, *_published(project)),
        "publish-to": partial(_target, project.settings),
        "fonts": _fonts,
    }
    found = at_once(looks, SECONDS)
    late = [
        fault(
            name,
            f"nothing was found out within {SECONDS:g} seconds",
            "Look at the network, and run it again.",
        )
        for name in looks
        if name not in found
    ]
    checks = [
        *_settings(project, environment),
        *_day(project),
        *(check for checks in found.values() for check in checks),
        *late,
        *(send_and_read_back(project, address, mailbox, wait) if address else not_sent()),
        *_disk(project),
        _backup(project),
        _seal(project),
    ]
    return _in_order(_one_clock(checks))


def _in_order(checks: Sequence[Check]) -> list[Check]:
    order = [name for group in GROUPS.values() for name in group]
    return sorted(checks, key=lambda check: order.index(check.name))


def _settings(project: Project, environment: Mapping[str, str]) -> Iterator[Check]:
    settings = project.settings
    of_mail = MailSettings(
        smtp_host=settings.smtp_host,
        smtp_port=settings.smtp_port,
        smtp_user=settings.smtp_user,
        has_password=bool(settings.smtp_password),
        smtp_tls=settings.smtp_tls,
        mail_from=settings.mail_from,
        mail_reply_to=settings.mail_reply_to,
        retry_first=settings.mail_retry_first,
        retry_most=settings.mail_retry_most,
        is_public=is_public(settings),
    )
    faults = [
        *contradictions(of_mail),
        *(fault("settings", text, "Mend its name, or take it out.") for text in near_names(environment)),
    ]
    yield from faults or [
        good("settings", f"{len(NAMES)} settings are well-formed, and none contradicts another")
    ]
    exposed = exposed_passwords(settings)
    yield from (fault("passwords", text, text.rpartition(": ")[2]) for text in exposed)
    if not exposed:
        yield good("passwords", "no password lies open to others on this machine")


def is_public(settings: Settings) -> bool:
    """Whether links in mail lead anywhere, unread on the way."""
    return settings.site_url.startswith("https:") and not settings.site_is_local


def _day(project: Project) -> Iterator[Check]:
    settings = project.settings
    if settings.smtp_host:
        waiting = project.ledger.messages.due_count(project.now)
        days = days_needed(project, waiting)
        yield judge_day(settings.smtp_host, settings.mail_day, waiting, days)
    else:
        yield unchecked("mail-day", "SMTP_HOST is empty, so nobody is mailed")


def _names(settings: Settings) -> Iterator[Check]:
    sender = domain_of(settings.mail_from)
    replies = domain_of(settings.mail_reply_to) or sender
    host = (urlsplit(settings.site_url).hostname or "").lower()
    if not sender:
        yield unchecked("dns", "MAIL_FROM has no domain")
        return
    questions: list[Question] = [(dmarc_place(name), "TXT") for name in parents(sender)]
    questions += [(name, "MX") for name in (sender, replies)]
    answers = look_at_names(name_server(settings), [sender], questions)
    yield judge_spf(sender, answers)
    yield judge_dmarc(sender, answers)
    yield judge_exchangers("MAIL_REPLY_TO", replies, answers)
    if sender != replies:
        yield judge_exchangers("MAIL_FROM", sender, answers)
    if is_public(settings):
        yield judge_link_host(host, sender, answers)
    else:
        yield unchecked("site-domain", f"SITE_URL is {settings.site_url}")


def name_server(settings: Settings) -> NameServer:
    """Whom to ask about names."""
    parts = urlsplit(f"//{settings.nameserver}")
    return NameServer(parts.hostname or "", parts.port or 53)


def _relay(project: Project) -> Iterator[Check]:
    settings = project.settings
    if not settings.smtp_host:
        yield unchecked("relay", "SMTP_HOST is empty, so mails are written into a folder")
        return
    said = look_at_relay(relay_of(settings))
    yield from judge_relay(said, settings.smtp_tls, settings.smtp_user, LARGEST, project.now)
    yield judge_clock(project.now, said.said_at, "the relay")


def _web(project: Project, private: str, pdf: str) -> Iterator[Check]:
    url = project.settings.site_url
    if not is_public(project.settings):
        yield unchecked("web-host", f"SITE_URL is {url}")
        return
    is_bucket = publish.is_bucket(project.settings.publish_to)
    hidden = HIDDEN_BY_BUCKETS if is_bucket else HIDDEN
    visit = publish.look_at_web(url, private, pdf, FOLDERS, hidden)
    wanted, of_pdf = (headers_for(f"/{PERSONS}/x/{name}", url) for name in ("", f"x{PDFS}"))
    yield from judge_web(visit, wanted, of_pdf, project.now)
    yield judge_clock(project.now, told_time(visit.front), "the web host")


def _published(project: Project) -> tuple[str, str]:
    """The paths of a participant's page that was proved to be live, and of a PDF beside it; else empty."""
    ledger = project.ledger
    tokens = names(ledger.builds.some_live(project.settings.publish_to, FEW), PERSONS)
    for token, files in ledger.pages.files(tokens, project.today).items():
        if files:
            return page_of(token), f"{page_of(token)}/{files[0].name}"
    return page_of(tokens[0]) if tokens else "", ""


def _target(settings: Settings) -> Iterator[Check]:
    target, access = settings.publish_to, access_of(settings)
    if not target:
        yield unchecked("publish-to", "PUBLISH_TO is empty, so nothing is brought anywhere")
        return
    try:
        publish.check_access(target, REACH, access)
    except PublishError as error:
        yield fault("publish-to", error.message, "Mend it, then run certs doctor again.")
        return
    yield good("publish-to", f"{target} can be reached")
    if publish.is_bucket(target):
        try:
            shown = publish.open_listings(target, access, settings.site_url, REACH)
            keeps = publish.keeps_former_versions(target, access, REACH)
        except PublishError as error:
            yield fault("bucket-listing", error.message, error.hint)
        else:
            yield from judge_bucket(target, shown, keeps)


def _fonts() -> Iterator[Check]:
    from pipeline import documents

    missing = documents.missing_fonts()
    for family in missing:
        yield fault(
            "fonts", f"missing font: {family}; names that need it cannot be drawn", "make setup installs it."
        )
    if not missing:
        yield good("fonts", "every font that a name may need is there")


def _disk(project: Project) -> Iterator[Check]:
    settings, counts = project.settings, project.ledger.counts
    made, size = counts.paper()
    pdf = size // made if made else PDF
    certificates = max(counts.largest_activity(), LEAST)
    folders = {"DATA_DIR": (settings.data_dir, 2 * pdf), "OUTPUT_DIR": (settings.output_dir, pdf + PAGES)}
    if settings.publish_to and not publish.is_remote(settings.publish_to):
        folders["PUBLISH_TO"] = (Path(settings.publish_to).expanduser(), pdf + PAGES)
    places = []
    for setting, (folder, each) in folders.items():
        there = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
        places.append(Place(setting, os.stat(there).st_dev, shutil.disk_usage(there).free, each))
    return judge_disk(places, certificates)


def _backup(project: Project) -> Check:
    if caution := caution_of(project):
        return fault("backup", caution, "Make one before the meeting.")
    if project.ledger.is_empty():
        return good("backup", "nothing is on record yet that could be lost")
    return good("backup", "a backup is younger than a month, or nothing changed since")


def _seal(project: Project) -> Check:
    try:
        sealer = sealer_of(project)
    except SealError as error:
        return fault("seal", error.message, error.hint)
    if sealer:
        if unused := unused_key(project.settings):
            return fault("seal", unused, "Write SIGNATURE=pades, or take the other setting out.")
        return good(
            "seal", f"certificates are sealed by the key {sealer.key_id}{signature_words(sealer.certified)}"
        )
    return good("seal", seal_words(project).removeprefix("Seal: "))


def _one_clock(checks: Sequence[Check]) -> list[Check]:
    """Of those who told the time the web host, else the relay; a difference before an agreement."""
    clocks = [check for check in checks if check.name == "clock"]
    worst = (CheckResult.FAULT, CheckResult.GOOD, CheckResult.UNCHECKED)
    told = min(clocks, key=lambda check: worst.index(check.result), default=None)
    told = told or unchecked("clock", "neither a web host nor a relay told the time")
    return [told, *(check for check in checks if check.name != "clock")]


def summary(checks: Sequence[Check]) -> str:
    """How it came out, in a line."""
    tally = {result: sum(check.result is result for check in checks) for result in CheckResult}
    faults = counted(tally[CheckResult.FAULT], "fault")
    rest = f", {tally[CheckResult.UNCHECKED]} not checked" if tally[CheckResult.UNCHECKED] else ""
    return f"{counted(len(checks), 'check')}: {faults}{rest}"
