"""The settings: .env and the environment in, one frozen Settings out; paths checked for safety.

A setting is one line of Settings, with the function that reads its text and its default, and one line of
.env.example, which says to the college what it is for.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, get_type_hints
from urllib.parse import urlsplit

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from rapidfuzz.distance import OSA

from pipeline.errors import SettingsError
from pipeline.rules.messages.occasions import ADVICE
from pipeline.rules.text import did_you_mean, shown
from pipeline.settings.hosts import as_host, check_bucket_settings
from pipeline.settings.readers import (
    AS_WRITTEN,
    Secret,
    as_claims_time_zone,
    as_command,
    as_file,
    as_name_server,
    as_path,
    as_secret,
    as_time_zone,
    as_web_address,
    number_within,
    one_of,
    some_of,
)

NO_SECRET = Secret("")
LOOPBACK = ("localhost", "127.0.0.1", "::1")
SIX_YEARS = 2192  # days: a download is not open for longer than the record is kept


@dataclass(frozen=True)
class Settings:
    """Every setting, resolved; in .env and the environment its name is written in upper case."""

    root: Path  # the project's folder: content/, theme/, pelicanconf.py
    data_dir: Annotated[Path, as_path]  # the one home of private data
    output_dir: Annotated[Path, as_path]
    site_url: Annotated[str, as_web_address] = "http://localhost:8000"
    timezone: Annotated[str, as_time_zone] = "America/New_York"
    paper: Annotated[str, one_of("letter", "a4")] = "letter"
    publish_to: Annotated[str, as_host] = ""
    # How PUBLISH_TO is reached where it is a bucket; what is empty is taken from the environment.
    publish_endpoint: Annotated[str, as_web_address] = ""
    publish_region: str = ""
    publish_style: Annotated[str, one_of("path", "virtual")] = ""  # where a request names the bucket
    publish_account: str = ""
    publish_secret: Annotated[Secret, as_secret] = NO_SECRET
    publish_key_file: Annotated[Path | None, as_file] = None  # of a service account of Google
    publish_purge: Annotated[tuple[str, ...], as_command] = ()  # is told there what changed
    smtp_host: str = ""
    smtp_port: Annotated[int, number_within(1, 65535)] = 587
    smtp_user: str = ""
    smtp_password: Annotated[Secret, as_secret] = NO_SECRET
    smtp_tls: Annotated[str, one_of("starttls", "tls", "none")] = "starttls"
    mail_from: str = "ACR Office of Education <education@rheumatology.org>"
    mail_reply_to: str = "education@rheumatology.org"
    # What people are written to about besides their certificates, where their activity has it so.
    mail_advice: Annotated[frozenset[str], some_of(*ADVICE)] = frozenset(ADVICE)
    education_center_url: Annotated[str, as_web_address] = ""  # where people complete what is missing
    college_url: Annotated[str, as_web_address] = "https://rheumatology.org"  # the college's own site
    # The college's number at LinkedIn, for "Add to LinkedIn"; 0: it is named there by its name.
    linkedin_organization_id: Annotated[int, number_within(0, 10**12)] = 0
    # What is made of all of a person's certificates for their page.
    credit_files: Annotated[str, one_of("all", "records", "none")] = "all"
    mail_workers: Annotated[int, number_within(1, 100)] = 4
    mail_rate: Annotated[float, number_within(0, 100_000, float)] = 0.0  # messages a second; 0: no limit
    mail_day: Annotated[int, number_within(0, 100_000_000)] = (
        0  # messages in 24 hours over all commands; 0: no limit
    )
    # Minutes until a message that was put off is tried again, doubled each time; no wait grows longer than
    # the second figure, unless the server asks for it.
    mail_retry_first: Annotated[int, number_within(1, 1440)] = 5
    mail_retry_most: Annotated[int, number_within(1, 1440)] = 240
    mail_retry_days: Annotated[int, number_within(0, SIX_YEARS)] = 5  # then what is still deferred has failed
    mail_per_connection: Annotated[int, number_within(1, 1_000_000)] = 100  # messages before a new connection
    signatory_name: str = ""
    signatory_title: str = ""
    signature_image: Annotated[Path | None, as_file] = None
    logo_image: Annotated[Path | None, as_file] = None
    signature: Annotated[str, one_of("none", "seal", "pades")] = "seal"  # of PDFs, where there is a key
    signature_pkcs12: Annotated[Path | None, as_file] = None  # a certificate that viewers know, with its key
    signature_passphrase: Annotated[Secret, as_secret] = NO_SECRET  # of that file
    # Or its key is on a device (a token, a card, an HSM): the library by which programs reach that, the
    # device's label or serial number, the key's label or id. Both may be empty where there is but one.
    signature_pkcs11: Annotated[Path | None, as_file] = None
    signature_token: str = ""
    signature_key: str = ""
    signature_pin: Annotated[Secret, as_secret] = NO_SECRET
    signature_pin_file: Annotated[Path | None, as_file] = None  # the PIN, in a file for its owner alone
    signature_chain: Annotated[Path | None, as_file] = None  # certificates above the one that was bought
    tsa_url: Annotated[str, as_web_address] = ""  # who stamps the time of signatures; empty: nobody
    key_passphrase: Annotated[Secret, as_secret] = NO_SECRET  # of the keys that `certs keys` makes
    reopen_days: Annotated[int, number_within(0, SIX_YEARS)] = (
        30  # for which a resend opens a closed download
    )
    resend_limit: Annotated[int, number_within(0, 10_000)] = 5  # resends a day and person
    requests_mailbox: str = (
        ""  # where mail that asks for the link lies: a Maildir, or imaps://user@host/folder
    )
    requests_password: Annotated[Secret, as_secret] = NO_SECRET  # of the mailbox that `certs requests` reads
    authserv_id: str = ""  # the office's mail server, as it names itself in Authentication-Results
    backup_dir: Annotated[Path | None, as_path] = None  # where each run makes a backup first; None: nowhere
    backup_keep: Annotated[int, number_within(1, 1000)] = 7  # how many of those are kept
    claims_timezone: Annotated[str, as_claims_time_zone] = ""  # of instants in claims; empty: `timezone`
    nameserver: Annotated[str, as_name_server] = (
        ""  # whom `certs doctor` asks about names; empty: as the machine
    )
    accme_provider_id: str = ""  # seven digits, for learner records as JSON
    ce_broker_provider: str = ""  # CE Broker's tracking number of the provider, without 50-
    column_map: str = ""  # "Learner Mail=email, Points=cme_credits": headers of an export not seen before

    @property
    def site_is_local(self) -> bool:
        """Whether SITE_URL names this machine only."""
        return urlsplit(self.site_url).hostname in LOOPBACK

    @property
    def zone_of_claims(self) -> str:
        """The time zone in which instants in claims files have their day; empty: the day as it is written."""
        zone = self.claims_timezone or self.timezone
        return "" if zone == AS_WRITTEN else zone

    @property
    def content(self) -> Path:
        return self.root / "content"

    @property
    def theme(self) -> Path:
        return self.root / "theme"


NAMES = tuple(name.upper() for name in Settings.__annotations__ if name != "root")
OF_THE_ENVIRONMENT = ("CERTS_ACTOR", "RSYNC_RSH")  # read by the command line and by rsync


def load_settings(root: Path, environment: Mapping[str, str]) -> Settings:
    """Settings for the project at `root`; `environment` wins over `root`/.env.

    Raises SettingsError for a folder that is no project, a name in .env that is no setting, a value of the
    wrong form and an unsafe folder.
    """
    root = root.resolve()
    _check_project(root)
    in_file = _read_file(root / ".env")
    _check_names(in_file)
    values, errors = _read_values(root, {**in_file, **environment})
    for error in errors:
        raise error
    settings = Settings(**values)  # type: ignore[arg-type]
    _check_folders(settings)
    _check_signature(settings)
    check_bucket_settings(
        settings.publish_to, settings.publish_account, settings.publish_secret, settings.publish_key_file
    )
    return settings


def wrong_settings(root: Path, environment: Mapping[str, str]) -> list[SettingsError]:
    """What `load_settings` refuses first, and every other value of the wrong form; nothing where all is well.

    Raises SettingsError for a folder that is no project.
    """
    root = root.resolve()
    _check_project(root)
    try:
        load_settings(root, environment)
    except SettingsError as first:
        try:
            in_file = _read_file(root / ".env")
        except SettingsError:
            return [first]
        _, errors = _read_values(root, {**in_file, **environment})
        return [first, *(error for error in errors if error.message != first.message)]
    return []


def _check_project(root: Path) -> None:
    if not (root / "pelicanconf.py").is_file() or not (root / "content").is_dir():
        raise SettingsError(
            f"{root} is not a certificate project: it has no pelicanconf.py and content/.",
            "Start certs in the project's folder.",
        )


@cache
def _hints() -> dict[str, Any]:
    return get_type_hints(Settings, include_extras=True)  # each with the function that reads its text


def _read_values(
    root: Path, given: Mapping[str, str | None]
) -> tuple[dict[str, object], list[SettingsError]]:
    """The values by the names of Settings, and what is wrong with those that are lacking."""
    values: dict[str, object] = {"root": root, "data_dir": root / "var", "output_dir": root / "output"}
    errors: list[SettingsError] = []
    for name, hint in _hints().items():
        text = (given.get(name.upper()) or "").strip()
        if text and name != "root":
            (read,) = getattr(hint, "__metadata__", (None,))
            try:
                values[name] = read(name.upper(), text, root) if read else text
            except SettingsError as error:
                errors.append(error)
    return values, errors


def _read_file(path: Path) -> dict[str, str | None]:
    """What .env says. Raises SettingsError for a line that says nothing: it would be passed over."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f".env cannot be read: {error}.", "Save it as UTF-8 text.") from error
    for binding in parse_stream(StringIO(text)):
        if binding.error:
            word = re.split(r"[=:\s]", binding.original.string.strip(), maxsplit=1)[0]  # no value: a password
            raise SettingsError(
                f".env: line {binding.original.line}, which begins with {shown(word)}, is no setting.",
                "Write it as NAME=value, or as a comment after #.",
            )
    return dotenv_values(stream=StringIO(text), interpolate=False)


def near_names(environment: Iterable[str]) -> list[str]:
    """Names in the environment that are a slip away from a setting's: SMTP_HOTS would send no mail at all.

    What else is in the environment is others'. Short names (PAPER) are near words of others (PAGER).
    """
    return [
        f"the environment has {name}, which is no setting; did you mean {near}?"
        for name in sorted(set(environment) - {*NAMES})
        for near in NAMES
        if len(near) >= len("DATA_DIR") and OSA.distance(name.upper(), near, score_cutoff=1) <= 1
    ]


def exposed_passwords(settings: Settings) -> list[str]:
    """Passwords in .env, and the file of a PIN, where others on this machine may read them, as sentences."""
    path, pin, found = settings.root / ".env", settings.signature_pin_file, []
    if path.is_file() and _others_may_read(path):
        given, hints = _read_file(path), _hints()
        found = [
            f".env holds {name}, and others on this machine may read it: chmod 600 .env"
            for name in NAMES
            if given.get(name) and as_secret in getattr(hints[name.lower()], "__metadata__", ())
        ]
    if pin and _others_may_read(pin):
        found.append(f"SIGNATURE_PIN_FILE: others on this machine may read it: chmod 600 {pin}")
    return found


def _others_may_read(path: Path) -> bool:
    return bool(path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))


def _check_names(names: Iterable[str]) -> None:
    for name in names:
        if name in OF_THE_ENVIRONMENT:
            raise SettingsError(
                f"{name} stands in .env, where nothing reads it.",
                "Set it in the environment, such as the timer's.",
            )
        if name not in NAMES:
            near = did_you_mean(name, NAMES)
            raise SettingsError(
                f".env: {name} is no setting{f'; {near}' if near else '.'}",
                "Mend the line or take it out. .env.example has every setting.",
            )


def _check_folders(settings: Settings) -> None:
    """Private data must never lie where Pelican or the web host could pick it up.

    A folder as web host holds nothing but the site: what else is in it is removed, and everybody may read it.
    """
    root, data, output = settings.root, settings.data_dir, settings.output_dir
    sources = (settings.content, settings.theme, root / "pipeline")
    if public := _touching(data, (settings.content, settings.theme, output), root):
        raise SettingsError(
            f"DATA_DIR {data.resolve()} and the public folder {public} lie in one another.",
            "Give DATA_DIR a folder of its own, such as var.",
        )
    if _touching(output, (root, *sources), root):
        raise SettingsError(
            f"OUTPUT_DIR {output.resolve()} would hold or overwrite the project itself.",
            "Give OUTPUT_DIR a folder of its own, such as output.",
        )
    backups = settings.backup_dir
    own = (settings.content, settings.theme, output, data / "vault")
    if backups and (folder := _touching(backups, own, root)):
        raise SettingsError(
            f"BACKUP_DIR {backups} and the folder {folder} lie in one another.",
            "Give BACKUP_DIR a folder of its own, on another disk: a backup holds every private link.",
        )
    target = settings.publish_to
    if not target or ":" in target.partition("/")[0]:  # none, or one that rsync reaches
        return
    host = as_path("PUBLISH_TO", target, root)
    if backups and _touching(backups, (host,), root):
        raise SettingsError(
            f"BACKUP_DIR {backups} and PUBLISH_TO {host} lie in one another.",
            "Give BACKUP_DIR a folder of its own: a backup holds every private link.",
        )
    if folder := _touching(host, (root, *sources, data, output), root):
        raise SettingsError(
            f"PUBLISH_TO {host} and the project's folder {folder} lie in one another.",
            "Give PUBLISH_TO a folder of its own, where the web server reads.",
        )


def _check_signature(settings: Settings) -> None:
    """One key signs, and its PIN is in one place."""
    if settings.signature_pkcs12 and settings.signature_pkcs11:
        raise SettingsError(
            "SIGNATURE_PKCS12 and SIGNATURE_PKCS11 are both set.",
            "Keep the one that has the key: a file, or a device.",
        )
    if settings.signature_pin and settings.signature_pin_file:
        raise SettingsError("SIGNATURE_PIN and SIGNATURE_PIN_FILE are both set.", "Keep one of them.")


def _touching(folder: Path, others: Iterable[Path], root: Path) -> Path | None:
    """The first of the others that is the folder, lies in it or, but for `root`, holds it; links followed."""
    folder = folder.resolve()
    for other in (one.resolve() for one in others):
        if (
            folder == other
            or folder in other.parents
            or (other != root.resolve() and other in folder.parents)
        ):
            return other
    return None
