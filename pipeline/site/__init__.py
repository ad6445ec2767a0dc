"""The site: pages' values and public texts in, the folder output/ out. The only place that knows Pelican."""

from pipeline.site.build import build, theme_digest
from pipeline.site.job import Built, SiteJob

__all__ = ["Built", "SiteJob", "build", "theme_digest"]
