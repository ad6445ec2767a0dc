"""The site: pages' values and public texts in, the folder output/ out. The only place that knows Pelican."""

from pipeline.site.build import build, theme_digest
from pipeline.site.inputs import Built, Inputs

__all__ = ["Built", "Inputs", "build", "theme_digest"]
