"""E-mail addresses: the key under which one is known, and the domain that a mistyped one probably meant."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rapidfuzz.distance import OSA

# The mail domains most people have; a slip of one or two letters in one of these is worth a question.
_COMMON = """
    gmail.com googlemail.com yahoo.com yahoo.co.uk yahoo.co.jp yahoo.co.in hotmail.com hotmail.co.uk
    hotmail.fr outlook.com live.com msn.com icloud.com me.com mac.com aol.com comcast.net verizon.net
    sbcglobal.net att.net bellsouth.net cox.net protonmail.com proton.me gmx.de gmx.net web.de orange.fr
    qq.com 163.com 126.com naver.com rheumatology.org mayo.edu kp.org va.gov
"""
# Real providers that are one slip away from one of these.
_NEAR = """
    mail.com email.com ymail.com gmx.com gmx.at gmx.ch gmail.ru live.ca live.co.uk hotmail.de hotmail.it
    hotmail.es hotmail.ca yahoo.ca yahoo.de yahoo.es yahoo.it yahoo.fr yahoo.com.br yahoo.com.au outlook.de
    outlook.fr outlook.es outlook.it outlook.jp protonmail.ch fastmail.com mayo.com 139.com att.com
    cox.com
"""
COMMON_DOMAINS = tuple(_COMMON.split())
NEAR_DOMAINS = frozenset(_NEAR.split())
_SHORT = 7  # letters below which a domain is never guessed: nearly everything is near me.com and kp.org


@lru_cache(10_000)
def suggest_domain(domain: str) -> str:
    """The common domain a mistyped one probably meant (gmial.com: gmail.com), empty where none is near.

    One slip (a letter left out, put in, changed, two swapped), or two in the longer names. A common domain
    is never doubted.
    """
    typed = domain.strip().rstrip(".").casefold()
    if not typed or typed in COMMON_DOMAINS or typed in NEAR_DOMAINS:
        return ""
    near = []
    for candidate in COMMON_DOMAINS:
        if len(candidate) < _SHORT:
            continue
        allowed = 2 if len(candidate) > 9 else 1
        slips = OSA.distance(typed, candidate, score_cutoff=allowed)
        if slips <= allowed:
            near.append((slips, candidate))
    return min(near, key=lambda pair: pair[0])[1] if near else ""


# Endings of domains that are slips of common ones, on keyboards as on telephones.
_SLIPS = {
    "con": "com", "cmo": "com", "ocm": "com", "vom": "com", "xom": "com", "comm": "com", "c0m": "com",
    "cpm": "com", "coom": "com", "ogr": "org", "orgg": "org", "rog": "org", "nte": "net", "ent": "net",
    "edi": "edu", "eduu": "edu", "eud": "edu",
}  # fmt: skip
_NOBODY = frozenset(
    [
        "none",
        "noemail",
        "no-email",
        "nomail",
        "no.email",
        "noreply",
        "no-reply",
        "na",
        "n.a",
        "null",
        "unknown",
        "test",
        "nobody",
    ]
)
_ONE_WRITING = (
    {"CJK", "HIRAGANA", "KATAKANA", "LATIN"},
    {"CJK", "HANGUL", "LATIN"},
    {"CJK", "BOPOMOFO", "LATIN"},
)
_NAMED = re.compile(r"(?:[^<>@;,]*<)?\s*(?:mailto:)?([^<>\s;,]+@[^<>\s;,]+?)\s*>?", re.IGNORECASE)


def bare_address(text: str) -> str:
    """The address in `Ana Lopez <ana@example.org>` and `mailto:ana@example.org`; any other text as it is."""
    bare = text.strip()
    if "<" not in bare and bare[:7].casefold() != "mailto:":
        return text
    match = _NAMED.fullmatch(bare)
    return match[1] if match and ("<" in bare) == (">" in bare) else text


def doubt_about_address(address: str) -> str:
    """What an address looks like, other than somebody's own; empty: nothing. It is used as it stands."""
    local, _, domain = address.casefold().rpartition("@")
    name, _, ending = domain.rpartition(".")
    meant = suggest_domain(domain) or (f"{name}.{_SLIPS[ending]}" if ending in _SLIPS else "")
    if meant:
        return f"{domain} looks like {meant}, misspelt"
    if local in _NOBODY or name in ("none", "noemail", "nomail", "test"):
        return "looks like nobody's address"
    if local.startswith("www."):
        return "begins like a web address"
    mixed = mixed_scripts(local)
    return f"has letters of two alphabets ({mixed})" if mixed else ""


def mixed_scripts(text: str) -> str:
    """The alphabets of a word of several that are never written together; empty where there is none.

    A Cyrillic a among Latin letters looks the same, and the domain belongs to somebody else.
    """
    if text.isascii():
        return ""
    for word in re.split(r"[\W\d_]+", text):
        scripts = {unicodedata.name(letter, "?").split()[0] for letter in word}
        if len(scripts) > 1 and not any(scripts <= one for one in _ONE_WRITING):
            return " and ".join(script.title() for script in sorted(scripts))
    return ""


def address_key(email: str) -> str:
    """The one form under which an address is compared and stored; the key of a key is the key.

    White space around it is off, letters are folded and composed (Unicode's canonical caseless match, then
    NFC). The domain stands in its own letters where it was given in the ASCII in their place (RFC 3492), too:
    @xn--bcher-kva.example is @bücher.example.
    """
    key = _folded(email.strip())
    if "xn--" not in key:
        return key
    local, at, domain = key.rpartition("@")
    return f"{local}{at}{'.'.join(map(_own_letters, domain.split('.')))}"


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())


def _own_letters(label: str) -> str:
    """A label of a domain name; one that only looks encoded stays as it is."""
    if not label.startswith("xn--"):
        return label
    try:
        own = label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label
    if own.isascii() or not own.isprintable() or not {*own}.isdisjoint(" .@"):
        return label
    own = _folded(own)
    return label if own.startswith("xn--") else own
