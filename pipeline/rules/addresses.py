"""E-mail addresses: the key under which one is known, and the domain that a mistyped one probably meant."""

from __future__ import annotations

import unicodedata

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
_SHORT = 7  # me.com, kp.org: too short for a guess, nearly everything is near them


def suggest_domain(domain: str, known: tuple[str, ...] = COMMON_DOMAINS) -> str:
    """The common domain a mistyped one probably meant (gmial.com: gmail.com), empty where none is near.

    One slip (a letter left out, put in, changed, two swapped), or two in the longer names. A known domain
    is never doubted.
    """
    typed = domain.strip().rstrip(".").casefold()
    if not typed or typed in known or typed in NEAR_DOMAINS:
        return ""
    near = []
    for candidate in known:
        if len(candidate) < _SHORT:
            continue
        allowed = 2 if len(candidate) > 9 else 1
        slips = _slips(typed, candidate, allowed)
        if slips <= allowed:
            near.append((slips, candidate))
    if not near:
        return ""
    near.sort(key=lambda pair: pair[0])
    return near[0][1]


def _slips(left: str, right: str, most: int) -> int:
    """Edit distance with neighbours swapped as one slip (optimal string alignment); `most` + 1 ends early."""
    if abs(len(left) - len(right)) > most:
        return most + 1
    before: list[int] = []
    above = list(range(len(right) + 1))
    for row, letter in enumerate(left, 1):
        current = [row]
        for column, other in enumerate(right, 1):
            cost = min(above[column] + 1, current[-1] + 1, above[column - 1] + (letter != other))
            if row > 1 and column > 1 and letter == right[column - 2] and left[row - 2] == other:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        before, above = above, current
    return above[-1]


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
