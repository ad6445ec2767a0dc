"""The settings: .env and the environment in, one frozen Settings out; paths checked for safety."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values

from pipeline.errors import SettingsError


class Secret(str):
    """A text that does not print: passwords must not reach a traceback or a log."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret(...)" if self else "Secret('')"


NO_SECRET = Secret("")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Settings:
    """Every setting, resolved. Names, in upper case, are those of CONTRACT and .env.example."""

    root: Path  # the project's folder: content/, theme/, pelicanconf.py
    data_dir: Path  # the one home of private data
    output_dir: Path
    site_url: str = "http://localhost:8000"  # without a final slash
    timezone: str = "America/New_York"
    paper: str = "letter"
    publish_to: str = ""
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password: Secret = NO_SECRET
    smtp_tls: str = "starttls"
    mail_from: str = "ACR Office of Education <education@rheumatology.org>"
    mail_reply_to: str = "education@rheumatology.org"
    mail_workers: int = 4
    mail_rate: float = 0.0  # messages a second; 0: no limit
    mail_retry_first: int = 5  # minutes until a message that was put off is tried again; doubled each time
    mail_retry_most: int = 240  # minutes; no wait grows longer, unless the server asks for it
    mail_retry_days: int = 5  # after these a message that is still deferred has failed
    mail_per_connection: int = 100  # messages before a connection is made anew
    signatory_name: str = ""
    signatory_title: str = ""
    signature_image: Path | None = None
    logo_image: Path | None = None
    reopen_days: int = 30
    resend_limit: int = 5  # resends a day and person
    requests_password: Secret = NO_SECRET  # of the mailbox that `certs requests` reads by IMAP
    column_map: str = ""  # "Learner Mail=email, Points=cme_credits": headers of an export not seen before

    @property
    def site_is_local(self) -> bool:
        """Whether SITE_URL names this machine only."""
        return urlsplit(self.site_url).hostname in LOOPBACK

    @property
    def content(self) -> Path:
        return self.root / "content"

    @property
    def theme(self) -> Path:
        return self.root / "theme"


CHOICES = {"paper": ("letter", "a4"), "smtp_tls": ("starttls", "tls", "none")}
WHOLE_LIFE = 2192  # days: six years; a download is not open for longer than the record is kept
BOUNDS: dict[str, tuple[float, float]] = {
    "smtp_port": (1, 65535),
    "mail_workers": (1, 100),
    "mail_rate": (0, 100_000),
    "mail_retry_first": (1, 1440),
    "mail_retry_most": (1, 1440),
    "mail_retry_days": (0, WHOLE_LIFE),
    "mail_per_connection": (1, 1_000_000),
    "reopen_days": (0, WHOLE_LIFE),
    "resend_limit": (0, 10_000),
}
PATHS = ("data_dir", "output_dir", "signature_image", "logo_image")


def load_settings(root: Path, environment: Mapping[str, str]) -> Settings:
    """Settings for the project at `root`; `environment` wins over `root`/.env.

    Raises SettingsError for a folder that is no project, a value of the wrong form and an unsafe DATA_DIR.
    """
    root = root.resolve()
    if not (root / "pelicanconf.py").is_file() or not (root / "content").is_dir():
        raise SettingsError(
            f"{root} is not a certificate project: it has no pelicanconf.py and content/.",
            "Start certs in the project's folder.",
        )
    given = {**dotenv_values(root / ".env", interpolate=False), **environment}
    values: dict[str, object] = {}
    for field in fields(Settings):
        text = given.get(field.name.upper())
        if field.name == "root" or text is None or not text.strip():
            continue
        values[field.name] = _value(field.name, text.strip(), root)
    values.setdefault("data_dir", root / "var")
    values.setdefault("output_dir", root / "output")
    settings = Settings(root=root, **values)  # type: ignore[arg-type]
    _check_paths(settings)
    return settings


def _value(name: str, text: str, root: Path) -> object:
    if name in PATHS:
        return (root / Path(text).expanduser()).resolve()
    if name in CHOICES:
        if text.casefold() not in CHOICES[name]:
            raise SettingsError(
                f'{name.upper()} is "{text}".', f"Write one of {', '.join(CHOICES[name])} in .env."
            )
        return text.casefold()
    default = Settings.__dataclass_fields__[name].default
    if isinstance(default, int | float) and not isinstance(default, bool):
        least, most = BOUNDS[name]
        try:
            number = type(default)(text)
        except ValueError:
            number = least - 1
        if not least <= number <= most:  # no NaN passes either
            raise SettingsError(
                f'{name.upper()} is "{text}", which is not a number that fits.',
                f"Write a number from {least} to {most} in .env.",
            )
        return number
    if name in ("smtp_password", "requests_password"):
        return Secret(text)
    if name == "timezone":
        try:
            ZoneInfo(text)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise SettingsError(
                f'TIMEZONE "{text}" is not known.', "Write a name such as America/New_York."
            ) from error
    if name == "site_url":
        try:
            parts = urlsplit(text)
            parts.port  # noqa: B018 - read only when asked for
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise SettingsError(
                f'SITE_URL is "{text}", which is not a web address.',
                "Write it as https://certificates.example.org.",
            )
        user, at, host = parts.netloc.rpartition("@")
        # The case of scheme and host means nothing: they are compared as they stand here.
        return parts._replace(netloc=f"{user}{at}{host.lower()}").geturl().rstrip("/")
    return text


def _check_paths(settings: Settings) -> None:
    """Private data must never lie where Pelican or the web host could pick it up."""
    data, output = settings.data_dir.resolve(), settings.output_dir.resolve()
    for public in (settings.content.resolve(), settings.theme.resolve(), output):
        if data == public or public in data.parents or data in public.parents:
            raise SettingsError(
                f"DATA_DIR {data} and the public folder {public} lie in one another.",
                "Give DATA_DIR a folder of its own, such as var.",
            )
    root = settings.root.resolve()
    for path in (root, settings.content, settings.theme, root / "pipeline"):
        source = path.resolve()
        if output == source or output in source.parents or (source != root and source in output.parents):
            raise SettingsError(
                f"OUTPUT_DIR {output} would hold or overwrite the project itself.",
                "Give OUTPUT_DIR a folder of its own, such as output.",
            )
    _check_host(settings)
    for name in ("signature_image", "logo_image"):
        path = getattr(settings, name)
        if path is not None and not path.is_file():
            raise SettingsError(f"{name.upper()}: there is no file {path}.", "Mend the path in .env.")


def _check_host(settings: Settings) -> None:
    """A folder as web host holds nothing but the site: what is in it is swept, and everybody may read it."""
    text = settings.publish_to
    if not text or ":" in text.partition("/")[0]:  # none, or one that rsync reaches
        return
    host = (settings.root / Path(text).expanduser()).resolve()
    apart = (
        settings.content,
        settings.theme,
        settings.root / "pipeline",
        settings.data_dir,
        settings.output_dir,
    )
    for path in (settings.root, *apart):
        folder = path.resolve()
        if (
            host == folder
            or host in folder.parents
            or (folder != settings.root.resolve() and folder in host.parents)
        ):
            raise SettingsError(
                f"PUBLISH_TO {host} and the project's folder {folder} lie in one another.",
                "Give PUBLISH_TO a folder of its own, where the web server reads.",
            )
