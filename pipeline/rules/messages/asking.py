"""Whether a mail asks for the link and for nothing else: its subject and text in, the reason why not out.

An answered mail is filed as read. So one is answered only where its text is little more than the request:
each word is one of those that such mails are made of (`request_words`), or a slip of one, but for the few
that a long mail may have. Whatever else is said may matter: a fault in the certificate, somebody else's,
another address, a death.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from rapidfuzz import process
from rapidfuzz.distance import OSA

from pipeline.rules.addresses import address_key
from pipeline.rules.messages import request_words
from pipeline.rules.text import one_line

MOST_TEXT = 4_000  # characters of a request, blank lines apart; a longer mail takes a person
MOST_UNKNOWN = 2  # words that are not understood, in a language other than English
FOREIGN_A_WORD = 8  # words of such a language for one that is not understood
ENGLISH_A_WORD = 20  # words of English for one that is not understood
MOST_CHARACTERS = 6  # in Chinese and Japanese that are not understood
MOST_HAN = 1  # of these, such as carry a meaning alone
SLIP = 5  # letters of a word that may be one of the known words with a slip
MOST_WORDS = 90  # of a request
BARE = 6  # words of a mail that just names what it wants: "certificate plz"
SIGNATURE = 9  # words of a line below the closing; a longer one is a sentence


def _words(*tables: str) -> re.Pattern[str]:
    """What matches one whole word of the tables."""
    every = (re.escape(one).replace(r"\*", r".*") for table in tables for one in table.casefold().split())
    return re.compile("|".join(dict.fromkeys(every)))


def _parts(*tables: str) -> re.Pattern[str]:
    """What finds one of the tables' parts, the longest first."""
    every = {one for table in tables for one in table.split()}
    return re.compile("|".join(map(re.escape, sorted(every, key=len, reverse=True))))


_OBJECT = _words(request_words.OBJECTS)
_ASK = _words(request_words.ASKS)
_QUESTION = _words(request_words.QUESTIONS)
_EVERY = (
    request_words.OBJECTS,
    request_words.ASKS,
    request_words.QUESTIONS,
    request_words.ENGLISH,
    request_words.OTHERS,
    request_words.NOT,
    request_words.NOT_COME,
    request_words.BUT,
    request_words.THANKS,
)
_UNDERSTOOD = _words(*_EVERY)
_ENGLISH, _FOREIGN = _words(request_words.ENGLISH), _words(request_words.OTHERS)
_THANKS = _words(request_words.THANKS)
_NOT = _words(request_words.NOT, request_words.BUT)
# Those that a slip may have been made in.
_WHOLE = [word for table in _EVERY for word in table.casefold().replace("*", "").split() if len(word) >= SLIP]
_NOT_COME = _words(request_words.NOT_COME)
_UNPARTED_OBJECT = _parts(request_words.UNPARTED_OBJECTS)
_UNPARTED_ASK = _parts(request_words.UNPARTED_ASKS)
_UNPARTED = _parts(request_words.UNPARTED_OBJECTS, request_words.UNPARTED_ASKS, request_words.UNPARTED_OTHERS)
# A word begins where no letter is before it; Chinese, Japanese and Korean do not part theirs.
_MATTER = re.compile(
    "|".join(rf"(?<![a-zа-я])(?:{line})" for line in request_words.MATTERS.strip().splitlines()),
    re.IGNORECASE,
)
_CLOSING = re.compile(
    rf"^[^\w\n]*(?:{'|'.join(request_words.CLOSINGS.split(chr(10))[1:-1]).replace(' |', '|')})\b.{{0,60}}$",
    re.IGNORECASE | re.MULTILINE,
)
# What stands over a quoted mail; where its lines are marked, the writer may go on below them.
_WROTE = r"on (?=.*\d).{5,200}(?:\n.{0,100})?\bwrote:|am .{5,200} schrieb.{0,80}|le .{5,200} a écrit.{0,3}"
_OVER_QUOTED = re.compile(rf"^(?:{_WROTE})\s+(?=>)", re.IGNORECASE | re.MULTILINE)
# Where a writer's own words end: a signature, a footer of the house, the mail that is answered.
_END = re.compile(
    rf"^(?:--\s*$|_{{5,}}|-{{5,}}|{_WROTE}|from:\s)|"
    r"\bconfidential(?:ity)?\b.{0,80}\b(?:notice|statement|privileged|intended|recipients?|information)\b|"
    r"\bthis (?:e-?mail|message|communication)\b.*\b(?:is intended|confidential|privileged|"
    r"may (?:contain|be monitored)|and any (?:attach|files|documents))",
    re.IGNORECASE | re.MULTILINE,
)
_BLANK_LINES = re.compile(r"\n\s+")
# What signatures do not say; "Klinik I" and "Boston, MA" stand in them.
_SENTENCE = re.compile(
    r"^\W*[Pp]\.? ?[Ss]\b|\b[Ii](?:'(?:m|ve|d|ll))? [a-z]{2}|"
    r"(?i:\b(?:my(?! (?:iphone|ipad|mobile|phone|android|samsung|galaxy))|we|is|was|are|have|has|"
    r"please(?! consider)|ich|wir|mein\w*|je|j'ai|yo)\b)",
)
_ADDRESS = re.compile(r"[^\s@<>\"(),:;\[\]]{1,64}@[^\s@<>\"(),:;\[\]]{1,255}\w")
_GREETING = re.compile(
    r"^[^\w\n]*(?:dear|hello|hi|hey)\b(?: [\w.'-]+){0,4} ?(?:[,!:]|$)", re.IGNORECASE | re.MULTILINE
)
_TITLE = re.compile(r"\b(?:dr|prof|professor|mr|mrs|ms|miss)\b\.?\s+([^\W\d_]+)", re.IGNORECASE)
_OWN_NAME = re.compile(r"\bmy (?:full )?name is\b|\b(?:my )?name:", re.IGNORECASE)
_PLACE = re.compile(r"\b(?:in|at|from)\s+((?:[A-Z][\w'.-]*[\s,]{0,2}){1,4})")  # in San Diego
_WORD = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]+)*|\d+(?:[.,/:-]\d+)*")
_YEAR_OR_DAY = re.compile(
    r"(?:19|20)\d\d|[0-3]?\d|(?:[0-3]?\d|(?:19|20)\d\d)(?:[/.-][0-3]?\d){1,2}(?:[/.-](?:19|20)?\d\d)?"
)
HAN = "\u3400"  # the first of the characters that Chinese and Japanese share
_UNPARTED_SCRIPT = re.compile("[\u3040-\u30ff\u3400-\u9fff]")


def other_matter(subject: str, text: str, sender: str, known: Collection[str] = ()) -> str:
    """Why the link alone would be no answer; empty where it would be one.

    `known`: words that may stand in such a mail as well, in small letters: the writer's name, the titles of
    activities. What it quotes of an earlier mail does not count, nor does a footer; a signature may hold no
    matter of its own, and its words need not be understood.
    """
    own, below = _own(text)
    if below:
        return "it may say more below a mail that it quotes"
    if len(own) > MOST_TEXT:
        return "it is longer than a request"
    written = _plain(own)
    subject = _plain(subject)
    whole = f"{subject}\n{written}"
    if found := next((one for one in _ADDRESS.findall(whole) if address_key(one) != address_key(sender)), ""):
        return f"it names another address (“{one_line(found, 120)}”)"
    if matter := _MATTER.search(_OWN_NAME.sub(" ", whole)):
        return f"it may want something else (“{one_line(matter[0], 120)}”)"
    closing = _CLOSING.search(written)
    request, signature = (written[: closing.end()], written[closing.end() :]) if closing else (written, "")
    asked = _OWN_NAME.sub(" ", f"{subject}\n{_GREETING.sub(' ', request)}")
    if named := next((one for one in _TITLE.findall(asked) if one.casefold() not in known), ""):
        return f"it may be about somebody else (“{one_line(named, 120)}”)"
    if any(map(_is_sentence, signature.splitlines())):
        return "it says more below its closing"
    return _asks_alone(asked, known)


def words_of(text: str) -> list[str]:
    """The words of a text, as they are compared: in small letters."""
    return _WORD.findall(_plain(text).casefold())


def _own(text: str) -> tuple[str, bool]:
    """What the writer says, without quoted lines and what stands below; whether all of it may stand there.

    At most a little more than MOST_TEXT is given.
    """
    lines = _OVER_QUOTED.sub("", text).splitlines()
    own = "\n".join(line for line in lines if not line.lstrip().startswith(">"))
    own = _BLANK_LINES.sub("\n", own).strip()[: MOST_TEXT + 1]
    end = _END.search(own)
    if end is None:
        return own, False
    above = own[: end.start()]
    return above, not above.strip() and end[0].strip() != "--"


def _is_sentence(line: str) -> bool:
    return len(_WORD.findall(line)) > SIGNATURE or "?" in line or _SENTENCE.search(line) is not None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("’", "'")


def _asks_alone(asked: str, known: Collection[str]) -> str:
    """Why these words are no request, or more than one; empty where they are a request and no more."""
    bare = _ADDRESS.sub(" ", asked).casefold()
    parted = _UNPARTED_SCRIPT.sub(" ", bare)
    words = [
        word
        for word in _WORD.findall(parted)
        if len(word) > 1 or not word.isalpha() or _UNDERSTOOD.fullmatch(word)
    ]
    if not (any(map(_OBJECT.fullmatch, words)) or _UNPARTED_OBJECT.search(bare)):
        return "it does not ask for a link or certificate"
    if not _asks(bare, words):
        return "it names a certificate, and asks for nothing"
    if negated := _negated(bare):
        return f"it may want something else (“{one_line(negated, 120)}”)"
    places = {word for found in _PLACE.findall(asked) for word in _WORD.findall(found.casefold())}
    unknown = [word for word in dict.fromkeys(words) if not _is_understood(word, {*known, *places})]
    left = _UNPARTED_SCRIPT.findall(_UNPARTED.sub(" ", bare))
    english, foreign = (sum(map(bool, map(one.fullmatch, words))) for one in (_ENGLISH, _FOREIGN))
    most = len(words) // ENGLISH_A_WORD
    if foreign > english:
        most = min(len(words) // FOREIGN_A_WORD, MOST_UNKNOWN)
    many = len(left) > MOST_CHARACTERS or sum(one >= HAN for one in left) > MOST_HAN
    if len(unknown) > most or many or len(words) > MOST_WORDS:
        more = " ".join(unknown[:3]) or "".join(left[:8])
        return f"it says more than a request does (“{one_line(more, 120)}”)"
    return ""


def _asks(text: str, words: Collection[str]) -> bool:
    """Whether it asks at all: by a word of asking, by what did not come, by naming just what it wants."""
    if (
        any(map(_ASK.fullmatch, words))
        or _UNPARTED_ASK.search(text)
        or any(map(_did_not_come, _clauses(text)))
    ):
        return True
    if any(map(_THANKS.fullmatch, words)) and "?" not in text:
        return False
    if any(map(_QUESTION.fullmatch, words)):
        return True
    more = any(map(_NOT_COME.fullmatch, words)) or _UNPARTED_SCRIPT.search(_UNPARTED_OBJECT.sub("", text))
    return len(words) <= BARE and not more


def _is_understood(word: str, known: Collection[str]) -> bool:
    if word in known or _UNDERSTOOD.fullmatch(word) or _YEAR_OR_DAY.fullmatch(word):
        return True
    parts = re.split("[-'.]", word)
    if len(parts) > 1 and all(
        part in known or _UNDERSTOOD.fullmatch(part) for part in parts if len(part) > 1
    ):
        return True
    return (
        len(word) >= SLIP
        and process.extractOne(word, _WHOLE, scorer=OSA.distance, score_cutoff=1) is not None
    )


def _clauses(text: str) -> list[str]:
    return re.split(r"[.,!?;\n]", text)


def _negated(text: str) -> str:
    """The first clause that says "not" or "but" of anything else than that something did not come."""
    clauses = (one for one in _clauses(text) if any(map(_NOT.fullmatch, _WORD.findall(one))))
    return next((one.strip() for one in clauses if not _did_not_come(one)), "")


def _did_not_come(clause: str) -> bool:
    """Whether something was not received, or is not found, by this clause."""
    words = _WORD.findall(clause)
    denied = [at for at, word in enumerate(words) if _NOT.fullmatch(word)]
    return bool(denied) and all(
        any(map(_NOT_COME.fullmatch, words[max(at - 6, 0) : at + 7])) for at in denied
    )
