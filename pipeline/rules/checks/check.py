"""One thing that was checked, and how it came out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class CheckResult(Enum):
    """How a check came out."""

    GOOD = "good"
    FAULT = "fault"
    UNCHECKED = "unchecked"  # it could not be made, for a reason that is no fault


@dataclass(frozen=True)
class Check:
    """What was looked at, what was seen, and what to do about it."""

    name: str
    result: CheckResult
    text: str
    hint: str = ""


def good(name: str, text: str) -> Check:
    """It is as it should be."""
    return Check(name, CheckResult.GOOD, text)


def fault(name: str, text: str, hint: str) -> Check:
    """It must be mended; the hint says how."""
    return Check(name, CheckResult.FAULT, text, hint)


def unchecked(name: str, why: str) -> Check:
    """It was not looked at."""
    return Check(name, CheckResult.UNCHECKED, f"not checked: {why}")
