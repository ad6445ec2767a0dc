"""What becomes of a mail to the office: the mail and who is on record under its sender in, one decision out.

Nothing here trusts the From field. Whoever forges it gains nothing: an answer goes to the address on record
and nowhere else, carries nothing of the mail it answers, and comes at most once a day. What is not answered
stays in the mailbox for a person, and its sender is told nothing: silence does not say who is on record.

Source: RFC 3834 (automatic responses), RFC 2369 and 2919 (lists), RFC 3464 (delivery reports).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.rules.addresses import address_key


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it came, as far as a decision needs it."""

    ref: str  # how its mailbox names it
    digest: str  # see `mail_digest`; the same for a second copy of the same mail
    senders: tuple[tuple[str, str], ...]  # display name and address of each sender; only the first counts
    subject: str
    text: str  # the beginning of its plain text
    headers: Mapping[str, tuple[str, ...]]  # by lower-case name, each with all its values
    content_type: str = "text/plain"
    fault: str = ""  # why it could not be read; the rest is then as far as it went

    @property
    def sender(self) -> str:
        return self.senders[0][1] if self.senders else ""


class Outcome(StrEnum):
    """What becomes of one mail."""

    ANSWER = "answered"  # the link goes to the address on record
    ANSWERED = "answered before"  # by a run that was killed before it filed the mail
    STAYS = "stays"  # for a person
    AUTOMATIC = "automatic"  # a program wrote it: never answered, stays where it is


@dataclass(frozen=True, slots=True)
class Holder:
    """A participant who has or had the sender's address."""

    id: int
    name: str
    email: str  # the address on record


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger says about a mail and its sender."""

    holders: tuple[Holder, ...] = ()
    in_doubt: bool = False  # a newer claims file shows the address with somebody else
    certificates: int = 0  # of the one holder, issued and valid
    answered: bool = False  # this very mail
    resent_today: bool = False  # the link went to the one holder today, however
    answers_ours: bool = False  # it answers a message of ours


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a mail, why, and who is answered."""

    outcome: Outcome
    reason: str
    holder: Holder | None = None


def mail_digest(message_id: str, data: bytes) -> str:
    """The same for two copies of one mail; holds nothing of it. Without a Message-ID its bytes count."""
    return hashlib.sha256(f"id {message_id}".encode("utf-8", "replace") if message_id else data).hexdigest()[
        :32
    ]


def event_of(digest: str) -> str:
    """How a mention names the request that it answers: no event is told twice (ledger.mention)."""
    return f"request-{digest}"


def decide(mail: Mail, ours: Sequence[str], known: Known) -> Decision:
    """The one decision. `ours`: the addresses that we send from or read mail at."""
    if why := automatic(mail, ours):
        return Decision(Outcome.AUTOMATIC, why)
    if why := unreadable(mail):
        return Decision(Outcome.STAYS, why)
    if not known.holders:
        return Decision(Outcome.STAYS, "nobody on record has this address")
    if len(known.holders) > 1:
        return Decision(Outcome.STAYS, f"{len(known.holders)} people have or had this address")
    holder = known.holders[0]
    if known.answered:
        return Decision(Outcome.ANSWERED, "this mail was answered before", holder)
    if why := _unanswerable(mail, known, holder):
        return Decision(Outcome.STAYS, why, holder)
    return Decision(Outcome.ANSWER, f"the link goes to {holder.email}", holder)


def _unanswerable(mail: Mail, known: Known, holder: Holder) -> str:
    if address_key(holder.email) != address_key(mail.sender):
        return "a former address; the link goes to the address on record alone"
    if known.in_doubt:
        return "a newer claims file shows this address with somebody else"
    if known.answers_ours:
        return "it answers a mail of ours"
    if not known.certificates:
        return "this person has no certificate to link to"
    if known.resent_today:
        return "the link went to this person today already"
    return other_matter(mail)


def unreadable(mail: Mail) -> str:
    """Why it cannot be said whose mail this is; empty where it can."""
    if mail.fault:
        return mail.fault
    if len(mail.headers.get("from", ())) != 1 or len(mail.senders) != 1:
        return "it names no sender" if not mail.senders else "it names more than one sender"
    return ""


_LISTS = ("list-id", "list-post", "list-unsubscribe", "list-help", "list-subscribe", "list-owner")
_ROBOTS = (
    "x-autoreply",
    "x-autorespond",
    "x-auto-reply",
    "x-auto-reply-from",
    "x-mail-autoreply",
    "x-failed-recipients",
    "feedback-id",
    "x-loop",
    "x-cron-env",
)
_BULK = frozenset({"bulk", "list", "junk", "auto_reply"})
_NO_PERSON = re.compile(
    r"^(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?|owner-.*|.*-(?:request|owner|bounces?))"
    r"(?:[+=-][^@]*)?@",
    re.IGNORECASE,
)
_ABSENCE = re.compile(
    r"^\s*(?:auto(?:matic)?[- ]?(?:reply|response|antwort)|autoreply|out of (?:the )?office|"
    r"abwesenheits\S*|automatische antwort|réponse automatique|respuesta automática|resposta automática|"
    r"undeliver(?:ed|able)|delivery (?:status|failure)|returned mail|mail delivery)",
    re.IGNORECASE,
)


def automatic(mail: Mail, ours: Sequence[str]) -> str:
    """Why a mail may not be answered by a program (RFC 3834, section 2); empty where it may."""
    headers = mail.headers
    said = _first(headers, "auto-submitted").partition(";")[0].strip().casefold()
    if said and said != "no":
        return f"Auto-Submitted: {said}"
    if _first(headers, "return-path").strip() == "<>":
        return "it has a null return path"
    if _first(headers, "precedence").strip().casefold() in _BULK:
        return f"Precedence: {_first(headers, 'precedence').strip()}"
    if found := [name for name in (*_LISTS, *_ROBOTS) if name in headers]:
        return f"it has the field {found[0]}"
    # Whoever asks not to get automatic answers of any sort gets none.
    if _first(headers, "x-auto-response-suppress").strip().casefold() not in ("", "none"):
        return "it asks for no automatic answer"
    if _first(headers, "x-spam-flag").strip().casefold() == "yes":
        return "it is marked as spam"
    if mail.content_type in (
        "multipart/report",
        "message/delivery-status",
        "message/disposition-notification",
    ):
        return f"it is a {mail.content_type}"
    own = {address_key(one) for one in ours}
    if any(address_key(address) in own for _, address in mail.senders):
        return "it comes from our own address"
    if any(_NO_PERSON.match(address) for _, address in mail.senders):
        return "its sender is no person"
    return "its subject is that of an automatic mail" if _ABSENCE.match(mail.subject) else ""


# A request for the link, in the words of those who write, in the languages most of them use.
_ASKS = re.compile(
    r"certif|zertifik|\blinks?\b|\benlace|\bliens?\b|\bcredits?\b|\bcme\b|\bmoc\b|download|"
    r"descarg|télécharg|herunterlad|证书|証明書|修了証|수료증|شهادة",
    re.IGNORECASE,
)
# Matters that the link does not settle: a person reads these, though a link is asked for as well.
_OTHER = re.compile(
    r"\bwrong|incorrect|mistake|misspel|\berrors?\b|\bcorrect(?:ion|ed)?\b|\bchang|\bupdate|"
    r"\bnew (?:e-?mail|address)|"
    r"\bmissing\b|not (?:listed|shown|there|received credit)|\brefund|\binvoice|\breceipt|\bpayment|"
    r"\bdelete|\berase|\bremove|\bprivacy|\bgdpr|\bunsubscribe|\bcomplain|\blegal|\bfraud|\bphish|"
    r"\bnot me\b|\bsomeone else|\bcolleague|\bfalsch|\bfehler|\bcorreg|\berror|\bincorrecto|\berreur",
    re.IGNORECASE,
)


# Where a writer's own words end: a signature, a footer of the house, the mail that is answered.
_END = re.compile(
    r"^(?:--\s*$|_{5,}|-{5,}|on .{5,200} wrote:|from:\s)|confidential|"
    r"\bthis (?:e-?mail|message|communication)\b.*\b(?:may|contains?|is intended|and any)\b",
    re.IGNORECASE | re.MULTILINE,
)


def other_matter(mail: Mail) -> str:
    """Why the link alone would be no answer; empty where it would be one.

    An answered mail is filed as read: so one that wants anything else must stay, and so must one that asks
    for nothing. What it quotes of an earlier mail does not count, nor does a footer.
    """
    own = "\n".join(line for line in mail.text.splitlines() if not line.lstrip().startswith(">"))
    end = _END.search(own)
    words = unicodedata.normalize("NFKC", f"{mail.subject}\n{own[: end.start()] if end else own}")
    if found := _OTHER.search(words):
        return f"it may want something else (“{one_line(found[0])}”)"
    return "" if _ASKS.search(words) else "it does not ask for a link or certificate"


_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


def one_line(text: str, most: int = 120) -> str:
    """A stranger’s text as a terminal may show it: one line, no controls, no turned direction, short."""
    text = " ".join(_UNSEEN.sub(" ", text).split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _first(headers: Mapping[str, tuple[str, ...]], name: str) -> str:
    return headers.get(name, ("",))[0]
