"""Activities that share a title, told apart by what differs first: days, place, format."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from pipeline.rules.certificates.activities import Activity, folded
from pipeline.rules.certificates.statements import span_words


def told_apart(activities: Iterable[Activity]) -> dict[str, str]:
    """By slug, the words to set beside a title that another activity has as well. No others, and no
    drafts: nobody has a certificate of those."""
    alike = defaultdict[str, list[Activity]](list)
    for one in filter(lambda each: each.active, activities):
        alike[folded(one.title)].append(one)
    return {one.slug: _words(one, same) for same in alike.values() if len(same) > 1 for one in same}


def with_words(title: str, words: str) -> str:
    """`ACR Convergence 2025 (October 24–29, 2025)`; the title alone where no words tell it apart."""
    return f"{title} ({words})" if words else title


def _words(activity: Activity, same: Iterable[Activity]) -> str:
    """As few of its facts as no other has, none that all have; its slug where they tell nothing."""
    others = [_facts(one) for one in same if one is not activity]
    words: list[str] = []
    for at, fact in enumerate(_facts(activity)):
        if any(other[at] != fact for other in others):
            words.append(fact)
            others = [other for other in others if other[at] == fact]
    return ", ".join(filter(None, words)) if not others and any(words) else activity.slug


def _facts(activity: Activity) -> tuple[str, ...]:
    start, end = activity.start or activity.end, activity.end
    days = span_words(start, end) if start and end else ""
    return (days, activity.location.replace("\n", ", "), activity.format)
