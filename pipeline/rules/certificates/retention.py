"""Until when a certificate is kept and can be downloaded.

The college keeps certificates for six years from the date of the activity, as its article says: a meeting's
last day, or the day on which somebody completed what has no days of its own.
"""

from __future__ import annotations

import datetime as dt

YEARS = 6


def kept_until(activity_date: dt.date) -> dt.date:
    """The last day a certificate is kept: the same day six years on; 29 February counts as 1 March."""
    try:
        return activity_date.replace(year=activity_date.year + YEARS)
    except ValueError:
        return dt.date(activity_date.year + YEARS, 3, 1)


def is_due(kept: dt.date, today: dt.date) -> bool:
    """Whether a record is past retention: on the last kept day it is not yet."""
    return today > kept


def download_open_until(
    window: dt.date | None, reopened_until: dt.date | None, kept: dt.date, today: dt.date
) -> dt.date | None:
    """The last day the file can be downloaded, None where the download is closed today.

    `window`: the activity's Download_until, None for none; `reopened_until`: set by a resend.
    Retention ends every download.
    """
    last = kept
    if window is not None and window < kept:
        last = max(window, min(reopened_until, kept)) if reopened_until else window
    return last if today <= last else None
