"""What somebody at the desk was shown and may say yes to, once, while the record is as it was then."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from pipeline.desk.calls import Call
from pipeline.errors import StoppedError
from pipeline.rules.stops import Stop

MOST_OFFERS = 400  # of all who are at the desk


@dataclass(frozen=True)
class Offered:
    """One thing that was shown."""

    sitting: str  # whose id it was shown to
    action: str
    about: Mapping[str, str]
    world: str  # a digest of the record as it was


class Offers:
    """What was shown, by what its form carries; and where the work is to be looked at that a yes began."""

    def __init__(self) -> None:
        self._shown: OrderedDict[str, Offered] = OrderedDict()
        self._begun: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def show(self, call: Call, action: str, about: Mapping[str, str], world: str) -> str:
        """Note it; what its form has to carry."""
        once = secrets.token_urlsafe()
        with self._lock:
            self._shown[once] = Offered(call.sitting.id, action, about, world)
            while len(self._shown) > MOST_OFFERS:
                self._shown.popitem(last=False)
        return once

    def take(self, call: Call, action: str) -> Offered | None:
        """What the form says yes to, for this one time; None where it was not shown to them, or was taken."""
        once = call.form.get("once", "")
        with self._lock:
            found = self._shown.get(once)
            if found is None or found.sitting != call.sitting.id or found.action != action:
                return None
            return self._shown.pop(once)

    def heed(self, call: Call, offered: Offered, found: Sequence[Stop]) -> None:
        """Raises StoppedError for what was found and is not ticked in the form, which can be sent again."""
        if left := [asdict(stop) for stop in found if stop.name not in call.accepted]:
            with self._lock:
                self._shown[call.form.get("once", "")] = offered
            raise StoppedError(left)

    def begun(self, call: Call, path: str) -> None:
        """What the form said yes to goes on at this path."""
        with self._lock:
            self._begun[call.form.get("once", "")] = path
            while len(self._begun) > MOST_OFFERS:
                self._begun.popitem(last=False)

    def where(self, call: Call) -> str:
        """Where what this very form began can be looked at; empty where it began nothing."""
        return self._begun.get(call.form.get("once", ""), "")
