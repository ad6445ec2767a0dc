"""certs keys: the keys by which certificates are sealed."""

from __future__ import annotations

import re

import click

from pipeline.cli.context import opened
from pipeline.cli.options import JSON
from pipeline.cli.output import print_json
from pipeline.rules.seals.public_keys import PublicKey
from pipeline.workflow.sealing import FOLDER, ListedKey, list_keys, new_key, revoke_key, rotate_key

SAFE = (
    f"Its private half lies in DATA_DIR/{FOLDER}/, and no backup has it unless you say --with-keys: keep a "
    "copy where nobody else gets at it. It is on the site with the next certs run or certs publish."
)


STOLEN = (
    "Certificates that it sealed prove nothing as files any more: certs reissue seals them anew. Their pages "
    "stay right. The site tells with the next certs run or certs publish."
)


class _OfKey(click.Command):
    """Takes what looks like the id of a key as one, also where it begins with a dash."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        dashed = next((at for at, one in enumerate(args) if re.fullmatch(r"-[\w-]{42}", one)), None)
        return super().parse_args(ctx, args if dashed is None else [*args[:dashed], "--", *args[dashed:]])


@click.group()
def keys_command() -> None:
    """The keys by which certificates are sealed, so that a PDF proves itself: see certs verify-pdf.

    \b
    certs keys new
    certs keys list
    """


@keys_command.command("new")
def keys_new() -> None:
    """Make the first key: from now on certificates are sealed.

    Certificates issued before stay as they are, without a seal; certs reissue makes them anew. With
    KEY_PASSPHRASE the key is encrypted.
    """
    with opened(locked=True, reaches_out=False) as (project, console, _):
        made = new_key(project)
        console.print(f"Made the key {made.id}.\n{SAFE}", markup=False)


@keys_command.command("rotate")
@click.option(
    "--stolen",
    is_flag=True,
    help="Others may have the former key: nothing it sealed counts as genuine any more.",
)
def keys_rotate(stolen: bool) -> None:
    """Put another key in place of the one that seals. What the former one sealed stays genuine."""
    with opened(locked=True, reaches_out=False) as (project, console, _):
        made = rotate_key(project, stolen)
        console.print(f"Made the key {made.id}.\n{SAFE}", markup=False)
        if stolen:
            console.print(STOLEN, markup=False)


@keys_command.command("revoke", cls=_OfKey)
@click.argument("key")
def keys_revoke(key: str) -> None:
    """Say that others have a former KEY: nothing it sealed counts as genuine any more."""
    with opened(locked=True, reaches_out=False) as (project, console, _):
        revoke_key(project, key)
        console.print(f"Revoked {key}. {STOLEN}", markup=False)


@keys_command.command("list")
@JSON
def keys_list(as_json: bool) -> None:
    """List every key there ever was, the one that seals first."""
    with opened(locked=False) as (project, console, _):
        found = list_keys(project)
        if as_json:
            print_json([{**_days(one.key), "private_key_is_here": one.is_here} for one in found])
            return
        for one in found:
            console.print(_line(one), markup=False, soft_wrap=True)
        if not found:
            console.print("There is no key yet, so certificates are not sealed. To make one: certs keys new")


def _days(key: PublicKey) -> dict[str, object]:
    return {name: key.jwk[name] for name in ("kid", "from", "until", "revoked")}


def _line(one: ListedKey) -> str:
    key = one.key
    if key.revoked:
        state = f"{key.since} to {key.until}, revoked on {key.revoked}"
    else:
        state = f"{key.since} to {key.until}" if key.until else f"seals since {key.since}"
    return f"{key.id}  {state}{'' if one.is_here else '  (its private half is not here)'}"
