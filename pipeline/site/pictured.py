"""Private pages as their holders will see them, each as one piece of HTML, for staff to look at."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence

from pipeline.rules.web.markup import without_links
from pipeline.rules.web.pages import PersonPage
from pipeline.site import sources
from pipeline.site.inputs import Inputs
from pipeline.site.rendering import person_texts

_STYLE = re.compile(r"""<link\b[^>]*\bhref="[^"]*/theme/([^"]+\.css)"[^>]*>""")
_PICTURE = re.compile(r"""<img src="[^"]*/theme/([^"]+\.svg)\"""")
_MARK = "data-picture="


def pictured_pages(inputs: Inputs, pages: Sequence[PersonPage]) -> Iterator[str]:
    """These pages with the theme's style and pictures in them; no link leads anywhere.

    Raises SiteError where the site could not be built either.
    """
    theme = {name.partition("/")[2]: data for name, data in sources.theme_files(inputs.root)}

    def style(found: re.Match[str]) -> str:
        return f"<style>{theme.get(found[1], b'').decode()}</style>"

    def picture(found: re.Match[str]) -> str:
        coded = base64.b64encode(theme.get(found[1], b"")).decode()
        return f'<img {_MARK}"data:image/svg+xml;base64,{coded}"'

    for text in person_texts(inputs, pages):
        dead = without_links(_PICTURE.sub(picture, _STYLE.sub(style, text)))
        yield dead.replace(f"<img {_MARK}", "<img src=")
