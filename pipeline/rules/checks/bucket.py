"""What a bucket has and no other web host: a list of all that lies there, and what was removed from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.rules.checks.check import Check, fault, good, unchecked


def judge_bucket(target: str, shown: Sequence[str], keeps: bool | None) -> Iterator[Check]:
    """`shown`: where a stranger can list it, in words; `keeps`: whether it keeps former versions,
    None where that does not show."""
    for where in shown:
        yield fault(
            "bucket-listing",
            f"anybody can list {where}, and so has every private link",
            "Take the right to list from everybody at once: docs/hosting.md says where.",
        )
    if not shown:
        yield good("bucket-listing", "nobody else can list the bucket")
    if keeps is None:
        yield unchecked(
            "bucket-versions",
            f"whether {target} keeps former versions does not show (Google never tells, others once "
            "something is published): see to it that versioning and soft delete are off",
        )
    elif keeps:
        yield fault(
            "bucket-versions",
            f"{target} keeps former versions: what is deleted stays there",
            "Turn versioning off, or have former versions expire after a day: docs/hosting.md says where.",
        )
    else:
        yield good("bucket-versions", "what is removed from the bucket is not kept as a former version")
