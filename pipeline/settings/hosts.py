"""How the setting of the web host is read: a folder, what rsync reaches, or a bucket."""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.errors import SettingsError

BUCKETS = ("s3", "gs", "az")
# Names that S3, Google and Azure take; Azure serves a site from the container $web.
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]|\$web")
FORMS = "a folder, user@host:path, rsync://host/module, s3://bucket/prefix, gs://bucket/prefix or az://container/prefix"


def as_host(name: str, text: str, _root: Path) -> str:
    """PUBLISH_TO without a final slash. Raises SettingsError for a bucket or scheme that cannot be."""
    scheme, mark, rest = text.partition("://")
    if text.partition(":")[0] in BUCKETS and not mark:
        raise SettingsError(f"{name} {text} has no two slashes.", "Write it as s3://bucket/prefix.")
    if not mark or scheme == "rsync":
        return text
    bucket, *folders = rest.rstrip("/").split("/")
    if scheme not in BUCKETS:
        raise SettingsError(f"{name} {text}: there is no {scheme}:// here.", f"Write {FORMS}.")
    if not _BUCKET.fullmatch(bucket):
        raise SettingsError(
            f'{name} {text}: "{bucket}" is no name of a bucket.', f"Write it as {scheme}://bucket/prefix."
        )
    if any(not re.fullmatch(r"[\w.-]+", one) or set(one) == {"."} for one in folders):
        raise SettingsError(
            f"{name} {text}: the prefix has a part that is empty or has unusual letters.",
            f"Write it as {scheme}://{bucket}/prefix, of letters, figures, dots and hyphens.",
        )
    return "/".join((f"{scheme}://{bucket}", *folders))


def check_bucket_settings(target: str, account: str, secret: str, key_file: Path | None) -> None:
    """Raises SettingsError for credentials that do not go together; what is empty the environment may say."""
    scheme = target.partition("://")[0]
    if scheme not in BUCKETS:
        return
    if key_file and scheme != "gs":
        raise SettingsError(
            "PUBLISH_KEY_FILE is of a service account of Google, and PUBLISH_TO is elsewhere.",
            "Set PUBLISH_ACCOUNT and PUBLISH_SECRET.",
        )
    if scheme == "gs" and (account or secret):
        raise SettingsError(
            "Google knows no PUBLISH_ACCOUNT and PUBLISH_SECRET.",
            "Set PUBLISH_KEY_FILE to the key file of a service account.",
        )
    if (secret and not account) or (account and not secret and scheme == "s3"):
        lacking = "PUBLISH_SECRET" if account else "PUBLISH_ACCOUNT"
        raise SettingsError(f"{lacking} is empty, and the other of the two is set.", "Set both, or neither.")
