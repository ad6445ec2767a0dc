"""A mail that came in, and whether a program wrote it: decided once, for requests and for returned mail.

Requests leave every automatic mail unanswered. Returned mail asks for the sort of each sign: a mail server's
report is automatic, too, and there it is what matters, unless a program answered in a person's place.

Source: RFC 3834 (automatic responses), RFC 2369 and 2919 (lists), RFC 3464 (delivery reports).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import islice

from pipeline.rules.addresses import address_key
from pipeline.rules.messages.phrases import Phrases

MOST_FAILED = 100  # recipients that a mail may name in a field of their own


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it came in, as far as a decision needs it. Nothing in it is trusted."""

    ref: str  # how its mailbox names it
    digest: str  # the same for a second copy of the same mail
    senders: tuple[tuple[str, str], ...] = ()  # display name and address of each sender
    subject: str = ""
    text: str = ""  # the beginning of its text
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by lower-case name, all values
    content_type: str = "text/plain"
    is_plain: bool = True  # else `text` was HTML, and its markup is taken out
    reports: tuple[str, ...] = ()  # the machine-readable part of a delivery report (RFC 3464), decoded
    originals: tuple[str, ...] = ()  # the headers of mails that are enclosed
    enclosed: tuple[Mail, ...] = ()  # mails that are enclosed and look like returned mail themselves
    is_cut: bool = False  # it is longer than what is read of a mail
    fault: str = ""  # why it could not be read; the rest is then as far as it went

    @property
    def sender(self) -> str:
        """The address of the first sender, empty without one."""
        return self.senders[0][1] if self.senders else ""

    def ids(self, *names: str) -> list[str]:
        """The Message-IDs that the fields of these names hold, without angle brackets."""
        return [one for value in self.values(*names) for one in _IDS.findall(value)]

    @property
    def answered(self) -> list[str]:
        """The Message-IDs of what it may answer, the likeliest first."""
        return [
            *self.ids("in-reply-to"),
            *self.ids("x-original-message-id"),
            *self.ids("references")[::-1],
        ]

    @property
    def failed(self) -> list[str]:
        """The first recipients that Exim, Gmail and others name in a field of their own."""
        named = (
            one for value in self.values("x-failed-recipients") for one in value.split(",") if "@" in one
        )
        return [one.strip() for one in islice(named, MOST_FAILED)]

    def values(self, *names: str) -> Iterator[str]:
        """What the fields of these names say, in order."""
        for name in names:
            yield from self.headers.get(name, ())


class Sign(Enum):
    """What tells that a program wrote a mail."""

    ANSWER = "answer"  # a program answers in a person's place: an absence, a changed address
    SERVER = "server"  # a mail server reports
    OTHER = "other"  # whatever else is no person's: a list, a newsletter, spam


_IDS = re.compile(r"<([^<>\s]{1,250}@[^<>\s]{1,250})>")
_LISTS = ("list-id", "list-post", "list-unsubscribe", "list-help", "list-subscribe", "list-owner")
_ANSWERS = ("x-autoreply", "x-autorespond", "x-auto-reply", "x-auto-reply-from", "x-mail-autoreply")
_PROGRAMS = ("x-failed-recipients", "feedback-id", "x-loop", "x-cron-env")
_BULK = frozenset({"bulk", "list", "junk"})
_REPORTS = ("multipart/report", "message/delivery-status", "message/disposition-notification")
# The names of mail systems, alone (MAILER-DAEMON) or before a domain; Exchange has one of its own.
_SERVER = re.compile(
    r"^(?:mail(?:er)?-?daemon|mdaemon|postmaster|post[._]?master|double-bounce|mailsystem|mmdf|"
    r"microsoftexchange[0-9a-f]{20,}|maildeliverysubsystem|mail-deliver\w*)(?:[+=-][^@]*)?(?:@|$)",
    re.IGNORECASE,
)
_SERVER_NAME = re.compile(
    r"^\W*(?:mail (?:deliver|administrator|router|system|transport)|internet mail delivery|mailer[- ]daemon|"
    r"system administrator|postmaster|delivery subsystem)",
    re.IGNORECASE,
)
_NO_PERSON = re.compile(
    r"^(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?|owner-.*|.*-(?:request|owner|bounces?))"
    r"(?:[+=-][^@]*)?@",
    re.IGNORECASE,
)
# What gateways and mail programs put before a subject.
_TAGS = re.compile(
    r"^(?:\s*(?:\[[^\]]{0,40}\]|\{[^}]{0,40}\}|\*{1,4}[^*]{1,30}\*{1,4}|\((?:ext|external)\)|"
    r"(?:ext|external|extern|caution|re|fwd?|aw|wg|rv|sv|tr)\s*:|#+))+\s*",
    re.IGNORECASE,
)
_ABSENCE = re.compile(  # the beginning of a subject
    r"^\s*(?:auto(?:matic(?:ally)?|matisch\w*)?[- ]?(?:generated |e-?mail )?(?:repl(?:y|ies)|"
    r"response|antwo\w+)|auto-?respon|out[- ]of[- ](?:the[- ])?office|ooo\b|"
    r"(?:i am |i'm )?(?:currently )?(?:away from|on vacation|on (?:annual |parental |sick )?leave)|"
    r"abwesen|réponse auto|absence du bureau|respuesta auto|fuera de (?:la )?oficina|resposta auto|"
    r"risposta auto|fuori (?:sede|ufficio)|afwezig|automatyczna odpow|autoodpow|автоответ|"
    r"автоматический ответ|otomatik (?:yanıt|cevap)|自動返信|自動応答|自动回复|自動回覆|부재중|"
    r"자동 ?응답|자동 ?회신|رد تلقائي)",
    re.IGNORECASE,
)
_RETURNED = Phrases(  # the beginning of a subject
    """
    undeliver|returned_mail|unzustellbar|nicht_zustellbar|mancato_recapito|配信不能|メールエラー|退信|系统退信
    mail|message delivery
    delivery status|fail|notification|report
    failure notice|delivery
    mail failure|could_not_be_deliver
    non_delivery|non_remis|message_non_distribu
    no_se puede|pudo|ha_podido entregar
    não_entreg|не_доставлен
    """
)


class Writer(Enum):
    """Who wrote a mail, as far as returned mail asks."""

    SERVER = "server"  # a mail server, about a mail that it was given
    PROGRAM = "program"  # one that answers in a person's place
    OTHER = "other"


def writer_of(mail: Mail) -> Writer:
    """Who wrote it. What only a server's report has comes before `Auto-Submitted: auto-replied`: RFC 3834
    allows that value on reports, and Exim and others write it there. An absence may have a null return
    path, too.
    """
    subject = bare_subject(mail.subject)
    if _ABSENCE.match(subject):
        return Writer.PROGRAM
    from_server = any(_SERVER.match(address) for _, address in mail.senders) or any(
        _SERVER_NAME.match(name) for name, _ in mail.senders
    )
    unnamed = not mail.senders and any("<>" in value or _SERVER.match(value) for value in mail.values("from"))
    if from_server or unnamed or mail.failed or _RETURNED.match(subject):
        return Writer.SERVER
    found = {sign for sign, _ in automatic_signs(mail)}
    if Sign.ANSWER in found:
        return Writer.PROGRAM
    return Writer.SERVER if Sign.SERVER in found else Writer.OTHER


def bare_subject(subject: str) -> str:
    """A subject without what gateways and mail programs put before it: tags, "Re:"."""
    return _TAGS.sub("", subject).strip()


def automatic(mail: Mail, ours: Sequence[str] = ()) -> str:
    """Why a mail may not be answered by a program (RFC 3834, section 2); empty where a person wrote it.

    `ours`: the addresses that we send from or read mail at.
    """
    return next((reason for _, reason in automatic_signs(mail, ours)), "")


def automatic_signs(mail: Mail, ours: Sequence[str] = ()) -> Iterator[tuple[Sign, str]]:
    """Everything that tells that a program wrote a mail, each with its reason in words.

    A field that stands twice counts with everything it says.
    """
    for value in mail.values("auto-submitted"):
        said = value.partition(";")[0].strip().casefold()
        if said not in ("", "no"):
            replied = re.match(r"auto-replied\b", said)
            yield Sign.ANSWER if replied else Sign.OTHER, f"Auto-Submitted: {said}"
    if "<>" in map(str.strip, mail.values("return-path")):
        yield Sign.SERVER, "it has a null return path"
    for value in map(str.strip, mail.values("precedence")):
        if value.casefold() in _BULK:
            yield Sign.OTHER, f"Precedence: {value}"
        elif value.casefold() == "auto_reply":
            yield Sign.ANSWER, f"Precedence: {value}"
    for name in (*_LISTS, *_ANSWERS, *_PROGRAMS):
        if name in mail.headers:
            yield Sign.ANSWER if name in _ANSWERS else Sign.OTHER, f"it has the field {name}"
    # Whoever asks not to get automatic answers of any sort gets none.
    if any(value.strip().casefold() not in ("", "none") for value in mail.values("x-auto-response-suppress")):
        yield Sign.OTHER, "it asks for no automatic answer"
    if any(value.strip().casefold() == "yes" for value in mail.values("x-spam-flag")):
        yield Sign.OTHER, "it is marked as spam"
    if mail.content_type in _REPORTS:
        yield Sign.OTHER, f"it is a {mail.content_type}"
    addresses = [address for _, address in mail.senders]
    if not {address_key(one) for one in ours}.isdisjoint(map(address_key, addresses)):
        yield Sign.OTHER, "it comes from our own address"
    if any(map(_NO_PERSON.match, addresses)):
        server = any(map(_SERVER.match, addresses))
        yield Sign.SERVER if server else Sign.OTHER, "its sender is no person"
    for sign, is_one in ((Sign.ANSWER, _ABSENCE.match), (Sign.OTHER, _RETURNED.match)):
        if is_one(bare_subject(mail.subject)):
            yield sign, "its subject is that of an automatic mail"
