"""What certificates come to together: credits and points, exact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from pipeline.rules.certificates import statements
from pipeline.rules.certificates.awards import Facts


@dataclass(frozen=True)
class Sums:
    """Credits and points of several certificates; zero where none states any."""

    certificates: int
    cme: Decimal  # AMA PRA Category 1 Credits
    abim: tuple[tuple[str, Decimal], ...]  # MOC points by their type, as certificates name it
    abp: Decimal  # MOC Part 2 points

    def lines(self) -> list[str]:
        """In the words of a certificate, a line each: `15 ABIM MOC points (Medical Knowledge)`.

        Of several types: `15 ABIM MOC points (10 Medical Knowledge; 5 Patient Safety)`.
        """
        lines = [statements.ama_credits(self.cme)] if self.cme else []
        if self.abim:
            (only, _), *others = self.abim
            each = [
                f"{statements.number_words(points)} {type_ or 'of no type'}" for type_, points in self.abim
            ]
            types = "; ".join(each) if others else only
            points = sum((points for _, points in self.abim), Decimal(0))
            lines.append(statements.points(points, "ABIM MOC") + (f" ({types})" if types else ""))
        return [*lines, statements.points(self.abp, "ABP MOC Part 2")] if self.abp else lines


def sums(certificates: Iterable[Facts]) -> Sums:
    """The sums over certificates that count: whoever calls leaves out what was withdrawn or replaced."""
    count, cme, abp, abim = 0, Decimal(0), Decimal(0), defaultdict[str, Decimal](Decimal)
    for facts in certificates:
        count, cme, abp = count + 1, cme + facts.cme, abp + facts.abp
        if facts.abim:
            abim[facts.abim_type] += facts.abim
    return Sums(count, cme, tuple(sorted(abim.items())), abp)
