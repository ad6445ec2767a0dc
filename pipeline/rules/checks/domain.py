"""What else DNS says of the sender's domain: DMARC, where answers arrive, whether links are its own.

Source: RFC 7489 (DMARC), RFC 5321 5.1 (MX), RFC 7505 (null MX).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.rules.checks.check import Check, fault, good
from pipeline.rules.checks.names import NOTHING, Answers, is_within, parents

NO_ANSWER = "Look at the name server, then run it again."
POLICIES = {
    "none": "receivers only report what fails",
    "quarantine": "what fails goes to spam",
    "reject": "what fails is refused",
}


@dataclass(frozen=True)
class Dmarc:
    """A DMARC record: what receivers do with mail that is not aligned, and how strict that is."""

    policy: str  # none | quarantine | reject; as written where it is none of these
    for_subdomains: str
    strict_dkim: bool = False
    strict_spf: bool = False


def dmarc_place(domain: str) -> str:
    """Where the record of a domain lies."""
    return f"_dmarc.{domain}"


def read_dmarc(text: str) -> Dmarc | None:
    """A TXT record; None for one that is not DMARC (RFC 7489 6.3: the version comes first)."""
    if not re.match(r"v\s*=\s*DMARC1\s*(?:;|$)", text):
        return None
    pairs = (part.partition("=") for part in text.split(";"))
    tags = {name.strip().lower(): value.strip().lower() for name, _, value in pairs}
    policy = tags.get("p", "")
    return Dmarc(policy, tags.get("sp", policy), tags.get("adkim") == "s", tags.get("aspf") == "s")


def judge_dmarc(domain: str, answers: Answers) -> Check:
    """The record of the domain or, without one, of the nearest domain above it that has one.

    Without a list of public suffixes every parent is asked: none that belongs to a registry has a record.
    """
    name = "dmarc"
    for place in parents(domain):
        told = answers.get((dmarc_place(place), "TXT"), NOTHING)
        if told.failed:
            return fault(name, f"{domain}: DMARC: {told.failed}", NO_ANSWER)
        found = [record for record in map(read_dmarc, told.records) if record is not None]
        if not found:
            continue
        where = dmarc_place(place)
        if len(found) > 1:
            return fault(
                name,
                f"{where} has {len(found)} DMARC records, so receivers heed none of them",
                "Leave one.",
            )
        policy = found[0].policy if place == domain else found[0].for_subdomains
        if policy not in POLICIES:
            return fault(
                name,
                f'{where}: the policy is "{policy}"',
                "Write p=none, p=quarantine or p=reject directly after v=DMARC1.",
            )
        how = "strictly" if found[0].strict_spf else "within its domain"
        return good(
            name,
            f"{where}: {policy}, {POLICIES[policy]}; From and the envelope's sender are both {domain}, "
            f"which is aligned {how}",
        )
    return fault(
        name,
        f"{domain} has no DMARC record, and Gmail, Yahoo and Outlook refuse mail in bulk without one",
        f"Publish a TXT record at {dmarc_place(domain)}: v=DMARC1; p=none; rua=mailto:postmaster@{domain}",
    )


def judge_exchangers(setting: str, domain: str, answers: Answers) -> Check:
    """Whether mail to this domain can arrive: answers to our mail, and returned mail, go there."""
    name = "mx"
    told = answers.get((domain, "MX"), NOTHING)
    if told.failed:
        return fault(name, f"{domain} ({setting}): MX: {told.failed}", NO_ANSWER)
    exchangers = [record.split()[-1].rstrip(".").lower() for record in told.records]
    if exchangers == [""]:
        return fault(
            name,
            f"{domain} ({setting}) says that it takes no mail at all (a null MX)",
            f"Set {setting} to an address that is read, or have the MX record mended.",
        )
    hosts = [host for host in exchangers if host] or [domain]  # without MX the domain itself (RFC 5321 5.1)
    for host in hosts:
        if any(answers.get((host, kind), NOTHING).records for kind in ("A", "AAAA")):
            through = f"through {host}" if exchangers else "without an MX record, by its own address"
            return good(name, f"{domain} ({setting}) takes mail {through}")
    what = f"its exchanger {hosts[0]} has no address" if exchangers else "it has neither MX nor address"
    return fault(
        name,
        f"mail to {domain} ({setting}) cannot arrive: {what}",
        f"Set {setting} to an address that is read, or have the MX record mended.",
    )


def judge_link_host(host: str, domain: str, answers: Answers) -> Check:
    """Whether links lead to the sender's own domain, or to one with which it shares a DMARC record."""
    name = "site-domain"
    own = [
        place
        for place in parents(domain)
        if place == domain or any(map(read_dmarc, answers.get((dmarc_place(place), "TXT"), NOTHING).records))
    ]
    if any(is_within(host, place) for place in own):
        return good(name, f"links lead to {host}, and mail comes from {domain}")
    return fault(
        name,
        f"links lead to {host}, which is not under {domain}, where mail comes from: it looks like phishing",
        f"Give the site a name under {domain}, and write it into SITE_URL.",
    )
