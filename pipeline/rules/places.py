"""Where a private page lies: below output/, at the web host, in an address. Made and read here alone.

A page's path is c/<token> for a participant and verify/<number> for the public confirmation of a certificate:
the same in output/, on the web host and in the ledger. One public page lies among them: verify/ itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, urlsplit

PERSONS = "c"  # the folder of participants' pages
VERIFICATIONS = "verify"
FOLDERS = (PERSONS, VERIFICATIONS)
INDEX = "index.html"  # of a folder, which is asked for by its slash
CHECK_PAGE = f"{VERIFICATIONS}/{INDEX}"  # a public page, the only file in a folder of private ones
_PAGE = re.compile(rf"(?:{PERSONS}/[a-z0-9]+|{VERIFICATIONS}/[0-9A-Z]+(?:-[0-9A-Z]+)*)")


def page_of(token: str) -> str:
    """The path of a participant's page."""
    return f"{PERSONS}/{token}"


def verification_of(number: str) -> str:
    """The path of a certificate's verification page."""
    return f"{VERIFICATIONS}/{number}"


def page_address(site_url: str, token: str) -> str:
    """The address of a participant's page; `site_url` without a final slash."""
    return f"{site_url}/{page_of(token)}/"


def verification_address(site_url: str, number: str) -> str:
    """The public address that a certificate prints; `site_url` without a final slash."""
    return f"{site_url}/{verification_of(number)}/"


def site_shown(address: str) -> str:
    """The site as people read and type it, from the beginning of a verification address."""
    return address.partition("://")[2].rstrip("/").removesuffix(f"/{VERIFICATIONS}") or address


def file_addresses(site_url: str, path: str) -> list[str]:
    """The addresses at which a file of the site is served, by its path; `site_url` without a final slash."""
    folder, slash, name = path.rpartition("/")
    above = f"{site_url}/{quote(folder)}{slash}"
    return [above, f"{above}{name}"] if name == INDEX else [f"{above}{quote(name)}"]


def closed(path: str) -> str:
    """How the ledger names a page that must leave output/ and the web host, as its link was closed."""
    return f"gone/{path}"


def site_root(site_url: str) -> str:
    """The path of a site's address without a final slash: empty where the site is all of its host."""
    return urlsplit(site_url).path.rstrip("/")


def token_in(address: str) -> str:
    """The token of a participant's page in its address; empty for an empty address."""
    return address.rstrip("/").rpartition("/")[2]


def without_tokens(text: str) -> str:
    """The text without the tokens of private pages' addresses: what others quote of our mail may hold one."""
    return re.sub(rf"(/{PERSONS}/\s*)[a-z0-9]{{16,}}", r"\1...", text, flags=re.IGNORECASE)


def without_private_paths(text: str) -> str:
    """What a program that we ran says, without any private path or the name of a page, however it writes
    them: rsync quotes a path as it is, a staff's own command may write %2F for a slash."""
    text = re.sub(rf"\b({'|'.join(FOLDERS)})/[^\s\"'()]*", r"\1/…", text)
    return re.sub(r"[a-z2-9]{30,}|[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", "…", text)


def token_of(path: str) -> str | None:
    """The token in the path of a participant's page; None for any other page."""
    folder, _, name = path.partition("/")
    return name if folder == PERSONS else None


def names(pages: Iterable[str], folder: str) -> list[str]:
    """The tokens or the numbers of those of these pages that lie in this folder."""
    return [page.partition("/")[2] for page in pages if page.startswith(f"{folder}/")]


def private_page(path: str) -> str | None:
    """The private page that a file below output/ belongs to; None for a public file."""
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] in FOLDERS and path != CHECK_PAGE else None


def is_page(path: str) -> bool:
    """Whether this is the path of a private page as they are made here, which leads nowhere else."""
    return _PAGE.fullmatch(path) is not None
