"""Questions to DNS: names in, what it tells in the words of rules.checks.names out."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import dns.exception
import dns.resolver
from dns.rdatatype import RdataType

from pipeline.rules.checks.names import Question, Told
from pipeline.rules.checks.spf import spf_questions, spf_records

SECONDS = 3.0  # for one question, over all name servers
IN_ALL = 1.5 * SECONDS  # after which nothing more is asked
MOST = 80  # questions in all: a record that includes half the world is too long already
AT_ONCE = 16


@dataclass(frozen=True)
class NameServer:
    """Whom to ask; without an address those that this machine asks."""

    address: str = ""
    port: int = 53

    def resolver(self) -> dns.resolver.Resolver:
        """Raises NoResolverConfiguration, a DNSException, where this machine names no server."""
        resolver = dns.resolver.Resolver(configure=not self.address)
        if self.address:
            resolver.nameservers, resolver.port = [self.address], self.port
        resolver.lifetime, resolver.timeout = SECONDS, SECONDS / 2
        return resolver


def look_at_names(
    server: NameServer, senders: Sequence[str], questions: Iterable[Question]
) -> dict[Question, Told]:
    """What DNS says to these questions, of the exchangers that it names, and of the SPF of these domains with
    all that it includes. No exception: a failure is part of what is told."""
    ahead = {*questions, *((name, "TXT") for name in senders)}
    try:
        resolver = server.resolver()
    except dns.exception.DNSException as error:
        return dict.fromkeys(ahead, Told(failed=f"this machine has no name server: {error}"))
    told: dict[Question, Told] = {}
    spf, until = {*senders}, time.monotonic() + IN_ALL  # names whose SPF is read
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while now := sorted(ahead.difference(told))[: MOST - len(told)]:
            if time.monotonic() > until:
                return told | dict.fromkeys(now, Told(failed="not asked, as the name server is too slow"))
            answers = dict(zip(now, pool.map(lambda question: _ask(resolver, *question), now), strict=True))
            told |= answers
            ahead = {after for question, answer in answers.items() for after in _after(question, answer, spf)}
            spf |= {name for name, kind in ahead if kind == "TXT"}
    return told


def _after(question: Question, answer: Told, spf: Collection[str]) -> Iterator[Question]:
    """What is to be asked now that this was answered."""
    name, kind = question
    if kind == "MX":
        hosts = [record.split()[-1].rstrip(".").lower() for record in answer.records] or [name]
        yield from ((host, each) for host in hosts[:10] if host for each in ("A", "AAAA"))
    elif kind == "TXT" and name in spf:
        for record in spf_records(answer.records)[:1]:
            yield from spf_questions(name, record)


def _ask(resolver: dns.resolver.Resolver, name: str, kind: str) -> Told:
    try:
        answer = resolver.resolve(name, kind, raise_on_no_answer=False, search=False)
    except dns.resolver.NXDOMAIN:
        return Told()
    except dns.resolver.LifetimeTimeout:
        return Told(failed=f"no answer from the name server within {SECONDS:.0f} seconds")
    except dns.resolver.NoNameservers:
        return Told(failed="the name server answers, but not the question")
    except (dns.exception.DNSException, ValueError, OSError) as error:
        return Told(failed=f"the question could not be asked: {type(error).__name__}")
    if kind == RdataType.TXT.name:
        return Told(tuple(b"".join(one.strings).decode("utf-8", "replace") for one in answer.rrset or ()))
    return Told(tuple(one.to_text() for one in answer.rrset or ()))
