"""SPF: who may send in the name of a domain; its record and all it includes in, a judgement out.

Source: RFC 7208. A receiver asks DNS at most ten times for it (section 4.6.4); a record that needs more is as
bad as a broken one.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.rules.checks.check import Check, fault, good
from pipeline.rules.checks.names import NOTHING, Answers, Question

NAME = "spf"
MOST = 10  # terms that ask DNS, over all records that are included
MOST_VOID = 2  # of these, how many may find nothing
MOST_EXCHANGERS = 10  # names of one mx
_ENOUGH = 100  # terms after which nobody counts on
_TERM = re.compile(
    r"[-+?~]?(?P<kind>all|include|a|mx|ptr|exists)(?::(?P<target>[^/\s]+))?"
    r"(?P<prefix>(?:/\d{1,3})?(?://\d{1,3})?)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[-+?~]?ip(?P<version>[46]):(?P<network>\S+)", re.IGNORECASE)
_MODIFIER = re.compile(r"(?P<name>[a-z][a-z0-9_.-]*)=(?P<value>\S*)", re.IGNORECASE)
ASKING = ("include", "a", "mx", "ptr", "exists", "redirect")
NEEDS_TARGET = ("include", "exists")


@dataclass(frozen=True)
class Term:
    """A mechanism or a modifier of a record; `kind` is empty for what is neither."""

    kind: str
    target: str  # a domain; empty where it is the record's own
    text: str

    @property
    def lets_all_pass(self) -> bool:
        """Whether it lets anybody pass."""
        return self.kind == "all" and self.text[0] not in "-~?"


def spf_records(texts: tuple[str, ...]) -> list[str]:
    """Those TXT records that are SPF."""
    return [text for text in texts if re.match(r"v=spf1(?: |$)", text, re.IGNORECASE)]


def spf_terms(record: str) -> list[Term]:
    """Its terms, as far as a receiver heeds them: nothing after `all`, and no redirect beside it (6.1)."""
    terms = list(map(_term, record.split()[1:]))
    end = next((at for at, term in enumerate(terms) if term.kind == "all"), None)
    if end is None:
        return terms
    return [term for at, term in enumerate(terms) if not term.kind or (at <= end and term.kind != "redirect")]


def spf_questions(domain: str, record: str) -> Iterator[Question]:
    """What a record asks of DNS itself; what depends on who sends (macros, ptr) is not known beforehand."""
    for term in spf_terms(record):
        name = (term.target or domain).lower().rstrip(".")
        if "%" in name:
            continue
        if term.kind in ("include", "redirect"):
            yield name, "TXT"
        elif term.kind == "mx":
            yield name, "MX"
        elif term.kind in ("a", "exists"):
            yield name, "A"
            yield name, "AAAA"


@dataclass
class _Sum:
    """What a receiver would come to that reads every term."""

    asked: int = 0
    void: int = 0
    unanswered: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


def judge_spf(domain: str, answers: Answers) -> Check:
    """`answers`: the domain's TXT records and, as far as they are asked for, those that it includes."""
    told = answers.get((domain, "TXT"), NOTHING)
    if told.failed:
        return fault(NAME, f"{domain}: SPF: {told.failed}", "Look at the name server, then run it again.")
    records = spf_records(told.records)
    if not records:
        return fault(
            NAME,
            f"{domain} has no SPF record",
            f"Publish a TXT record at {domain} that includes the relay: v=spf1 include:... ~all",
        )
    if len(records) > 1:
        return fault(
            NAME,
            f"{domain} has {len(records)} SPF records, so receivers heed none of them",
            "Join them into one TXT record, and delete the others.",
        )
    total = _Sum()
    _count(domain, records[0], answers, (domain,), total)
    return _judgement(domain, records[0], total)


def _judgement(domain: str, record: str, total: _Sum) -> Check:
    if total.broken:
        return fault(
            NAME,
            f"{domain}: SPF is broken: {total.broken[0]}",
            "Mend the record: as it stands receivers heed none of it.",
        )
    if total.asked > MOST:
        more = " or more" if total.asked >= _ENOUGH else ""
        return fault(
            NAME,
            f"{domain}: SPF needs {total.asked}{more} look-ups, and receivers make {MOST} at most",
            "Take out services that do not send for you any more, or name their networks (ip4:) instead.",
        )
    if total.void > MOST_VOID:
        return fault(
            NAME,
            f"{domain}: {total.void} look-ups of SPF find nothing, and receivers allow {MOST_VOID}",
            "Take out the names that do not exist any more.",
        )
    if any(term.lets_all_pass for term in spf_terms(record)):
        return fault(
            NAME,
            f"{domain}: SPF ends with +all, so that anybody may send in your name",
            "Write ~all, or -all, in its place.",
        )
    if total.unanswered:
        return fault(
            NAME,
            f"{domain}: SPF could not be read to its end: {total.unanswered[0]}",
            "Look at the name server, then run it again.",
        )
    return good(NAME, f"{domain}: one SPF record, {total.asked} of {MOST} look-ups")


def _count(domain: str, record: str, answers: Answers, path: tuple[str, ...], total: _Sum) -> None:
    """Add up what reading this record asks, what finds nothing, and what is wrong."""
    for term in spf_terms(record):
        if not term.kind:
            total.broken.append(f'"{term.text}" in the record of {domain} is no term of SPF')
        if term.kind not in ASKING or total.asked >= _ENOUGH:
            continue
        total.asked += 1
        name = (term.target or domain).lower().rstrip(".")
        asked = [question for question in spf_questions(domain, f"v=spf1 {term.text}") if question in answers]
        told = [answers[question] for question in asked]
        total.unanswered += [f"{name}: {one.failed}" for one in told if one.failed]
        if not told or any(one.failed for one in told):
            continue
        found = [one for each in told for one in each.records]
        total.void += not found
        if term.kind == "mx" and len(found) > MOST_EXCHANGERS:
            total.broken.append(f"mx:{name} has {len(found)} exchangers, and receivers ask for 10")
        if term.kind in ("include", "redirect"):
            _follow(name, tuple(found), answers, path, total)


def _follow(name: str, texts: tuple[str, ...], answers: Answers, path: tuple[str, ...], total: _Sum) -> None:
    records = spf_records(texts)
    if name in path:
        total.broken.append(f"it includes itself: {' > '.join((*path, name))}")
    elif len(records) != 1:
        what = "no SPF record" if not records else f"{len(records)} SPF records"
        total.broken.append(f"{name}, which it includes, has {what}")
    else:
        _count(name, records[0], answers, (*path, name), total)


def _term(text: str) -> Term:
    if network := _ADDRESS.fullmatch(text):
        return Term(f"ip{network['version']}" if _is_network(network) else "", "", text)
    if found := _TERM.fullmatch(text):
        kind, target = found["kind"].lower(), found["target"] or ""
        is_whole = bool(target) if kind in NEEDS_TARGET else not (kind == "all" and target)
        return Term(kind if is_whole else "", target, text)
    if found := _MODIFIER.fullmatch(text):
        return Term("redirect" if found["name"].lower() == "redirect" else "other", found["value"], text)
    return Term("", "", text)


def _is_network(found: re.Match[str]) -> bool:
    try:
        network = ipaddress.ip_network(found["network"], strict=False)
    except ValueError:
        return False
    return network.version == int(found["version"])
