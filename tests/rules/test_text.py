"""Texts for a mail, a page or a terminal: nothing in them plays tricks."""

from __future__ import annotations

from pipeline.rules.text import one_line


def test_a_strangers_words_cannot_write_to_the_terminal() -> None:
    """Escape codes, line ends and turned directions are taken out; a length is kept; one space stays one."""
    assert one_line("a\x1b[31mb\r\nc\u202ed \ud800") == "a [31mb cd \ufffd"
    assert one_line("x" * 5000, 120) == "x" * 119 + "…"
    assert one_line("12\u00a0October") == "12\u00a0October"
