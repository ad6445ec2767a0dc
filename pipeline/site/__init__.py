"""The site: pages' values and public texts in, the folder output/ out. The only place that knows Pelican."""

from pipeline.site.build import build, theme_digest
from pipeline.site.inputs import Built, Inputs
from pipeline.site.output import strays

__all__ = ["Built", "Inputs", "build", "strays", "theme_digest"]
