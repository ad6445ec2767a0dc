"""The site: pages' values and public texts in, the folder output/ out. The only place that knows Pelican."""

from pipeline.site.build import build, theme_digest
from pipeline.site.compare import Discrepancies, compare_site
from pipeline.site.inputs import Built, Inputs
from pipeline.site.pictured import pictured_pages
from pipeline.site.strays import page_strays, public_strays

__all__ = [
    "Built",
    "Discrepancies",
    "Inputs",
    "build",
    "compare_site",
    "page_strays",
    "pictured_pages",
    "public_strays",
    "theme_digest",
]
