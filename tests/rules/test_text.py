"""Texts for a mail, a page or a terminal: nothing in them plays tricks."""

from __future__ import annotations

import json

from pipeline.rules.text import one_line, printable


def test_a_strangers_words_cannot_write_to_the_terminal() -> None:
    """Escape codes, line ends and turned directions are taken out; a length is kept; one space stays one."""
    assert one_line("a\x1b[31mb\r\nc\u202ed \ud800") == "a [31mb cd \ufffd"
    assert one_line("x" * 5000, 120) == "x" * 119 + "…"
    assert one_line("12\u00a0October") == "12\u00a0October"


def test_what_is_printed_is_obeyed_by_no_terminal() -> None:
    """Lines, tabs, joiners and letters stay; the rest stands there as its number, in JSON as it means."""
    assert printable("a\tb\nJosé علی\u200cرضا") == "a\tb\nJosé علی\u200cرضا"
    assert printable("\x1b[2J\x9b\u2028\u202e\r") == r"\u001b[2J\u009b\u2028\u202e\u000d"
    assert json.loads(printable(json.dumps("\x9b\u2028", ensure_ascii=False))) == "\x9b\u2028"
