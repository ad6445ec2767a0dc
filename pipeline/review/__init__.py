"""The review: values in; what a run would do, as one private HTML file with pictures and whole lists, out.

It is opened from its folder, fetches nothing, and holds no private link. Names in it run nothing: they are
escaped, and the page's policy (Content Security Policy 3) allows its own script alone, by its digest.
"""

from pipeline.review.values import Figure, Listed, Pictured, PicturedMail, PlannedRow, Review
from pipeline.review.write import place_of, remove_review, review_page, write_review

__all__ = [
    "Figure",
    "Listed",
    "Pictured",
    "PicturedMail",
    "PlannedRow",
    "Review",
    "place_of",
    "remove_review",
    "review_page",
    "write_review",
]
