"""The site: pages' values and public texts in, the folder output/ out. The only place that knows Pelican."""

from pipeline.site.build import build, theme_digest
from pipeline.site.compare import Discrepancies, compare_site
from pipeline.site.inputs import Built, Inputs, MadePdf
from pipeline.site.pictured import pictured_pages
from pipeline.site.strays import Survey, public_strays, survey

__all__ = [
    "Built",
    "Discrepancies",
    "Inputs",
    "MadePdf",
    "Survey",
    "build",
    "compare_site",
    "pictured_pages",
    "public_strays",
    "survey",
    "theme_digest",
]
