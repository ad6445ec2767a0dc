"""How a participant's private page is, by what is on record."""

from __future__ import annotations

from enum import StrEnum


class PageState(StrEnum):
    """How far a page came; what it looks like today is not looked at."""

    NONE = "none"  # no build has made it
    BEHIND = "behind"  # something changed since it was built
    BUILT = "built"  # no web host is set, so whether it is live is not known
    UNPROVED = "unproved"  # built, and not proved to be live
    LIVE = "live"  # proved
