"""How the text of a setting is read: each reader knows form and bounds, and says what is wrong."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipeline.errors import SettingsError


class Secret(str):
    """A text that does not print: passwords must not reach a traceback or a log."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret(...)" if self else "Secret('')"


AS_WRITTEN = "as-written"  # CLAIMS_TIMEZONE: the day that stands in the cell

# A setting's name in upper case, its text and the project's folder in; the value out. Raises SettingsError.
Reader = Callable[[str, str, Path], object]


def as_secret(_name: str, text: str, _root: Path) -> Secret:
    return Secret(text)


def as_path(_name: str, text: str, root: Path) -> Path:
    return (root / Path(text).expanduser()).resolve()


def as_file(name: str, text: str, root: Path) -> Path:
    path = as_path(name, text, root)
    if not path.is_file():
        raise SettingsError(f"{name}: there is no file {path}.", "Mend the path in .env.")
    return path


def as_command(name: str, text: str, root: Path) -> tuple[str, ...]:
    """A program and its arguments, between spaces or in quotation marks, as no shell reads them."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise SettingsError(
            f"{name} cannot be read: {error}.", "Mend the quotation marks in .env."
        ) from error
    program = words[0] if words else ""
    found = shutil.which(str(root / program) if "/" in program else program)
    if not found:
        raise SettingsError(f'{name}: there is no program "{program}".', "Mend it in .env, or install it.")
    return (found, *words[1:])


def one_of(*choices: str) -> Reader:
    def read(name: str, text: str, _root: Path) -> str:
        if text.casefold() not in choices:
            raise SettingsError(f'{name} is "{text}".', f"Write one of {', '.join(choices)} in .env.")
        return text.casefold()

    return read


def some_of(*choices: str) -> Reader:
    """Reads several of these words, between commas; `none` is none of them."""

    def read(name: str, text: str, _root: Path) -> frozenset[str]:
        found = {part.strip().casefold() for part in text.split(",") if part.strip()} - {"none"}
        if wrong := sorted(found.difference(choices)):
            raise SettingsError(
                f'{name} has "{wrong[0]}".', f"Write some of {', '.join(choices)}, or none, in .env."
            )
        return frozenset(found)

    return read


def number_within(least: int, most: int, kind: type[int | float] = int) -> Reader:
    def read(name: str, text: str, _root: Path) -> float:
        try:
            number = kind(text)
        except ValueError:
            number = least - 1
        if not least <= number <= most:  # no NaN passes either
            raise SettingsError(
                f'{name} is "{text}", which is not a number that fits.',
                f"Write a number from {least} to {most} in .env.",
            )
        return number

    return read


def as_time_zone(name: str, text: str, _root: Path) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingsError(
            f'{name} "{text}" is not known.', "Write a name such as America/New_York."
        ) from error
    return text


def as_claims_time_zone(name: str, text: str, root: Path) -> str:
    return text.casefold() if text.casefold() == AS_WRITTEN else as_time_zone(name, text, root)


def as_web_address(name: str, text: str, _root: Path) -> str:
    """Without a final slash; scheme and host, whose case means nothing, in lower case: they are compared."""
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - read only when asked for
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise SettingsError(
            f'{name} is "{text}", which is not a web address.',
            "Write it as https://certificates.example.org.",
        )
    user, at, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user}{at}{host.lower()}").geturl().rstrip("/")


def as_name_server(name: str, text: str, _root: Path) -> str:
    try:
        parts = urlsplit(f"//{text}")
        ip_address(parts.hostname or "")
        parts.port  # noqa: B018 - read only when asked for
    except ValueError as error:
        raise SettingsError(
            f'{name} is "{text}", which is not the address of a name server.',
            "Write it in figures, such as 9.9.9.9 or [2620:fe::fe]:53, in .env.",
        ) from error
    return text
