"""Small pieces of HTML: what is text is escaped, what is HTML already is not."""

from __future__ import annotations

from markupsafe import Markup

from pipeline.rules.web import markup


def test_facts_of_a_line_are_escaped_unless_they_are_html_already() -> None:
    """Also where both say the same: what is remembered of one is not given for the other."""
    for _ in range(2):
        assert (
            markup.with_dots(["<b>1</b>", "2"])
            == "<span>&lt;b&gt;1&lt;/b&gt;</span> <span><i>· </i>2</span> "
        )
        assert markup.with_dots([Markup("<b>1</b>"), "2"]) == "<span><b>1</b></span> <span><i>· </i>2</span> "


def test_a_dot_stands_between_the_facts_that_there_are() -> None:
    assert markup.with_dots(["", "one", "", "two"]) == "<span>one</span> <span><i>· </i>two</span> "
    assert markup.with_dots([]) == ""
