"""What a receiver found out about a mail of ours, by its Authentication-Results (RFC 8601)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pipeline.rules.checks.check import Check, fault, good, unchecked

HINTS = {
    "spf": "See that the SPF record includes the relay that sent it.",
    "dkim": "Turn on DKIM signing for your domain at the relay, and publish the key that it names.",
    "dmarc": "DKIM must sign with your own domain, or SPF must hold for it.",
}


def judge_seen(results: Mapping[str, Sequence[str]], domain: str) -> Iterator[Check]:
    """`results`: what was found, by method. Of several signatures one that holds is enough."""
    for method, hint in HINTS.items():
        name, found = seen_name(method), results.get(method, ())
        if not results or (not found and method == "dmarc"):
            yield unchecked(name, f"the mailbox's server does not say what it found of {method.upper()}")
        elif "pass" in found:
            yield good(name, f"{method.upper()} holds for mail from {domain}, by the mailbox's server")
        else:
            what = found[0] if found else "none"
            yield fault(name, f"a mail from {domain} arrived with {method}={what}", hint)


def seen_name(method: str) -> str:
    """What the check is called."""
    return f"{method}-seen"
