"""Which targets are buckets, and how one is reached."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

SCHEMES = ("s3://", "gs://", "az://")


@dataclass(frozen=True)
class Access:
    """How a bucket is reached, as far as settings say; what they leave empty the environment says."""

    endpoint: str = ""
    region: str = ""
    style: str = ""  # path or virtual: where a request names the bucket; empty: in the path
    account: str = field(default="", repr=False)  # the id of an access key; Azure: the storage account
    secret: str = field(default="", repr=False)
    key_file: Path | None = None  # Google: of the service account


def is_bucket(target: str) -> bool:
    """Whether a target is a bucket: s3://bucket/prefix, gs://bucket/prefix, az://container/prefix."""
    return target.startswith(SCHEMES)
