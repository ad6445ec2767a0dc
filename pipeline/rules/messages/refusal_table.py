"""The table of refusals: what servers write, what it is about, what somebody can do.

Codes that mean one thing come first, whatever stands beside them. Then come words, as most servers give one
general code (550, 5.0.0, 5.7.1, 5.2.1) for many causes; those that speak of us come before those that speak
of the mailbox, since a mark on a good address does more harm than one mail more to a bad one. General codes
come last. The form of phrases is told in `phrases`.

Sources: RFC 3463 and the IANA registry of enhanced status codes (RFC 5248), with RFC 6531 (5.6.7), 7372
(5.7.20 to 5.7.26), 7505 (5.1.10, 5.7.27) and 8689 (5.7.30); Google Workspace, "SMTP error messages" and
"Email sender guidelines"; Microsoft, "Email non-delivery reports in Exchange Online" and "Exchange Online
limits"; Yahoo Sender Hub, "SMTP error codes". The words beside them are those that Postfix, Exim, Sendmail,
qmail, Exchange, Domino and mail hosts in several countries write.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """What a refusal is about."""

    DEAD = "address dead"  # there is no such mailbox, and there will be none
    FULL = "mailbox full"  # it may have room again
    US = "refused us"  # our sender, server, rate or message, or the way there: the mailbox may be well
    QUOTA = "relay's quota"  # we have sent as much as our relay takes in a day
    UNKNOWN = "not understood"  # the words do not tell


@dataclass(frozen=True, slots=True)
class Refusal:
    """A cause, and what somebody can do about it."""

    cause: Cause
    mend: str  # a sentence
    for_all: bool = False  # no other message would fare better before it is mended

    @property
    def is_ours(self) -> bool:
        """Whether it says nothing against the recipient: the message waits until it is mended."""
        return self.cause in (Cause.US, Cause.QUOTA)


_DAY = Refusal(Cause.QUOTA, "The relay's daily limit is reached: send again tomorrow.", True)
_SIGNED = Refusal(
    Cause.US,
    "The domain of MAIL_FROM is not authenticated: mend its SPF, DKIM and DMARC records, then send again.",
    True,
)
_LISTED = Refusal(
    Cause.US, "The mail server's address is blocked: ask your mail administrator, then send again.", True
)
_RELAY = Refusal(
    Cause.US, "The relay refuses us: check MAIL_FROM, SMTP_USER and the relay's rules, then send again.", True
)
_RATE = Refusal(Cause.US, "Too much mail at once: set MAIL_RATE lower, then send again.")
_SIZE = Refusal(Cause.US, "The mail is larger than the server takes: ask your mail administrator.")
_FILTER = Refusal(Cause.US, "A filter refused it: tell your mail administrator, then send again.")
_CLOSED = Refusal(
    Cause.US, "The receiver takes mail from some senders only: ask the participant for another address."
)
_FORM = Refusal(
    Cause.US, "The receiving server took offence at the form of the mail: tell your mail administrator."
)
_WAY = Refusal(Cause.US, "The receiving server could not be reached or was in trouble: send again later.")
_SCRIPT = Refusal(Cause.UNKNOWN, "The mail server cannot take this address: ask for another one.")
GONE = Refusal(Cause.DEAD, "The address is wrong or closed: ask the participant, then correct it.")
_HOST = Refusal(Cause.DEAD, "The part after the @ is wrong: correct the address.")
_FULL = Refusal(
    Cause.FULL, "The mailbox is full: it is tried again after a week; or ask for another address."
)
NOT_UNDERSTOOD = Refusal(Cause.UNKNOWN, "Read the server's words; correct the address or send again.")

# Codes that mean one thing. Where servers use a code for several things it stands in GENERAL.
CERTAIN = (
    (r"5\.4\.5|5\.1\.90", _DAY),  # Google: relay limit; Exchange: recipients a day
    # RFC 7372 (SPF, DKIM, DMARC); Google 5.7.26, Microsoft 5.7.509 and 5.7.515, Yahoo 5.7.9
    (r"5\.7\.(?:9|2[0-46-9]|3[0-2]|509|515)", _SIGNED),
    (r"5\.7\.(?:25|50[1-3]|51[12]|6[0-4]\d|70[58]|750)", _LISTED),  # reverse DNS; Exchange: banned senders
    (r"5\.1\.[78]|5\.7\.(?:57|60|64)", _RELAY),  # the sender's address; Exchange: who may send and relay
    (r"5\.7\.(?:12[0-9]|13[0-9])|5\.7\.2", _CLOSED),  # Exchange: groups that take members' mail only
    (r"5\.2\.12[12]|5\.7\.28", _RATE),
    (r"5\.3\.4|5\.2\.3", _SIZE),
    (r"5\.6\.7", _SCRIPT),
    (r"5\.1\.(?:10|6)", GONE),  # Exchange: RecipientNotFound; RFC 7505: no mail there; moved
    (r"5\.4\.310", _HOST),  # Exchange: no such domain
)

# Words that stand for one thing in many phrases.
_WHO = "user|recipient|rcpt|mailbox|mail_box|account|address|addressee|alias"
_NO = "unknown|invalid|no_such|no.|non_existent|nonexistent|inactive|undefined|illegal|unrecognized|bad"
_OUR_HOST = "ip.|host.|server|mail_server|network|mta."

# About us, and counting whatever else is said: a check of our own address may well say "no such user".
OURS = (
    (
        """
        daily * limit|quota
        submission_quota
        limit|quota for sending
        sending limit|quota
        messages per|a day
        hourly * limit
        """,
        _DAY,
    ),
    (
        """
        dmarc|dkim|spf.|unauthenticated|sender_policy_framework
        mail|email|message|sender|domain * not|fail authenticat
        """,
        _SIGNED,
    ),
    (
        f"""
        block_list|black_list|white_list|deny_list|dnsbl|rbl.|dnsrbl|rhsbl|sbl.|xbl.|pbl.|spamhaus|spamcop|sorbs.
        barracudacentral|senderbase|senderscore|reputation|rdns|ptr.
        blocked using|by|due|for|because
        your|client|sending|connecting|source {_OUR_HOST}|address * block|reject|ban|denied|refuse
        your|client|sending|connecting|source {_OUR_HOST} * listed|not_allowed|prohibit
        your|this|from ip.|ip_address|host * suspicious|problem|complain
        your access|connection|domain|mail|email|isp * block|reject|banned|denied|refused|prohibit
        ip.|server is|has|was * blocked|banned|denied
        invalid|bad|unauthorized|dynamic|residential|missing|no ip.|helo|ehlo|reverse
        reverse dns|host|lookup|mapping|ip.
        find|resolve your hostname|host|address|reverse|ip.
        resolve|find * address|name * client|ip.
        helo|ehlo|hostname|client_host * reject|refuse|invalid|denied|not_found|mismatch|required
        access * denied * ip.
        """,
        _LISTED,
    ),
    (
        f"""
        relay|relaying|relays * denied|prohibited|not_permitted|not_allowed|not_authorized|forbidden|disabled
        not|unable|cannot|refuse|won't|don't|doesn't * relay.|relaying|gateway.
        relay_access|relaying_mail|rcpthosts
        sender|sender's|originator * verif|reject|denied|blocked|refused|invalid|unknown|exist
        sender|sender's|originator * not_allowed|restricted
        {_NO}|unresolvable|unroutable|forged|fake|untrusted sender|from_address|mail_from|return_path
        callout|callback|verify|verification * fail|reject
        domain_of_sender|sender_domain|sender's_domain
        mail_from|from. domain|reject|refused|denied|not_allowed
        valid from.
        authentication|login required|first
        must|should|need|require|support|use * authenticat|starttls|tls.
        starttls|send_mail_as
        """,
        _RELAY,
    ),
    (
        """
        at_a_rate|rate_limit|rate_exceed|rate_control|throttl|slow_down|slower|too_quickly|too_fast|too_frequent
        rate of.
        too_many|too_much|excessive * connection|messages|mails|email|session|error|recipient|command
        too_many|too_much concurrent
        exceed|reached|maximum|max. * connection|rate.|simultaneous|concurrent|recipients_per
        recipient|recipients limit|per
        maximum allowed recipients
        frequency
        """,
        _RATE,
    ),
    (
        """
        message|mail|email|body|file|line|data * too_big|too_large
        message|mail|body|line too_long|is_too_long
        too_big|too_large|too_long * mail|message
        line|message|file limit|length * exceed
        mail|message size * exceed
        size|length of * message
        exceed * message_size|mail_size|file_size|fixed|message_limit|maximum_message|size_limit
        exceed * maximum_length
        message exceed
        """,
        _SIZE,
    ),
    (
        """
        system_storage|insufficient_system
        insufficient|not_enough * space * try_again|server
        temporarily locked|unavailable|rejected|disabled|suspended
        not found, try_again
        malformed_or_unexpected name server
        not_accept * connect
        """,
        _WAY,
    ),
    ("smtputf8|internationalized|internationalised", _SCRIPT),
    (
        """
        groups.google.com
        recipient preferences
        not a. * member
        only * members|subscribers
        not|never|doesn't accept mail|email|messages from
        """,
        _CLOSED,
    ),
)

# About the mailbox.
MAILBOX = (
    (
        """
        over|out_of|exceed|above|reached|beyond|exhausted * quota|storage|disk|allocation
        over|exceed|above|reached * mailbox_size|mailbox_limit
        quota * exceed|full.|violat|reached|over.|limit
        over_quota|quota_exceed|disk_quota|disk_full|disk_space|no_space_left|mailbox_size_limit|storage_limit
        mailbox|mail_box|inbox|account|folder|maildir|spool|box.|mailfolder * full.|over_its|exceed|too_large
        user|recipient * full.|over_its
        full. mailbox|inbox
        user|mailbox * too_many messages
        insufficient|not_enough * space|quota|storage
        too_much|too_many * mail|messages|data * stored|mailbox
        storage|mailbox * limit|exceed
        postfach|mailbox * voll.|vol.
        boîte|boite * pleine|satur
        quota * dépass|depass
        buzón|buzon * lleno
        casella * piena
        caixa * cheia
        cuota * exced
        переполнен|превышена_квота|квота_превышена|受信容量|容量オーバ|容量を超|容量不足|がいっぱい|空间不足|已满
        """,
        _FULL,
    ),
    (
        """
        host|hostname|domain_name|domain * not_found|nonexist|non_exist
        host|hostname|domain_name|domain unknown.|is_unknown|is_invalid|is_not_valid
        domain|host * not|doesn't|no_longer * exist
        domain * not reachable
        unknown|no_such|non_existent|nonexistent|illegal * host.|domain|recipient_domain
        unrouteable|unroutable|nullmx|null_mx|null_record|nxdomain
        no.|couldn't_find_any|not_find_any * mx.|mail_server|mail_exchanger|mail_hosts|mail_exchange|mx_record
        no.|not smtp|mail service
        not_find|can't_find|couldn't_find * host|domain|gateway
        mx.|mail_exchanger * point * nonexist|non_existent
        lookup * no_such|not_found
        not|doesn't|never accept|accepting|receive|accepts * mail|email|network_messages
        domaine|dominio|domain * inconnu|introuvable|inexistente|no_existe|unbekannt
        """,
        _HOST,
    ),
    (
        f"""
        {_WHO}|login|customer|subscriber * unknown|not_found|not_known|not_exist|not_valid|not_listed
        {_WHO}|login|customer|subscriber * not_recogni|not_active|not_be_found|not_here
        {_WHO}|email|userid|person * not|doesn't exist
        {_WHO}|email * invalid.|inactive|closed|dormant
        {_WHO} * disabled|suspended|deactivated
        user|mailbox|account expired|has_expired|is_expired
        {_WHO} * deleted|removed|terminated|discontinued|frozen|locked|cancelled
        recipient account * blocked
        compte * destinataire * bloque
        {_WHO}|email * no_longer|does_not_have|doesn't_have
        {_NO}|incorrect. * {_WHO}|userid|local_part|person|id.
        disabled|suspended|closed|expired|deactivated|locked {_WHO}
        not a. * valid|known|active|local|current * {_WHO}
        not * our|my customer|user
        not * listed|present|found|in. * directory|address_book|table|nab.|directories
        no_one|nobody|no_mailbox|not_known here|at|by
        no_longer here|available|valid|active|work|in_use|employ|exist|with|on
        does_not|doesn't have * account|mailbox
        this * is_not|isn't * valid|active
        has|have moved|left
        user_unknown|unknown_user|recipientnotfound|recipnotfound|usernotfound|no_such_user|bad_destination_mailbox
        recipient_address|recipient_addresses rejected access_denied|undeliverable|invalid
        check * address * correct
        unknown. or|to|local|in|at|recipient
        mailbox|user|recipient|it * is unknown
        here|recipient|user|address|mailbox|delivery|final * userid
        invalid final delivery userid
        unbekannt|nicht_bekannt|existiert_nicht|nicht_gefunden|inexistant|introuvable|inconnu|n'existe_pas
        no_existe|desconocid|inexistente|deshabilitad|non_esiste|sconosciut|não_existe|nao_existe|desconhecid
        bestaat_niet|onbekend|finns_inte|findes_ikke|nie_istnieje|nieznan
        не_существует|не_найден|неизвест|заблокирован|отключен
        存在しな|見つかりません|宛先不明|リストにありません|不存在|无此用户|존재하지
        """,
        GONE,
    ),
)

# About us, but written beside a mailbox that is not there, too; and about the way to it.
VAGUE = (
    (
        """
        virus|malware|infected|trojan|spam|unsolicited|bulk.|phish|junk|content|attachment|banned|suspicio|filter
        security reason|policy|violat|risk|concern
        policy|policies|blocked|prohibited|deny.|access_denied|restricted|harmful|dangerous
        message|mail * refused|rejected|denied|not_accepted
        rejected|refused by|due|for|to_accept
        not * permitted|authorized|allowed
        mail_rejet|rejete
        """,
        _FILTER,
    ),
    (
        """
        invalid|missing|bad|illegal|duplicate * header
        rfc|bare_lf|bare_cr|syntax|bad_sequence|unrecognized|unimplemented|8bit|mime|encod|malformed|improper
        protocol violation|error
        command * not|unknown
        conversion
        """,
        _FORM,
    ),
    (
        """
        timed_out|timeout|time_out|time_limit|expired|retry|retries|unreachable|network|temporar|loop|hops|hop_count
        connection|connect refused|reset|lost|closed|dropped|died|failed|to.
        can't|could_not|couldn't|unable|fail * connect|be_reached|reach|establish
        try_again|try_later|giving_up|overload|busy|resources|deferred|long_time|attempts
        not * available|respond|answer|responding|delivered_within
        unavailable|no_response|no_route|aborted_after|in_retr
        internal|system|local|server|i/o|socket|resource|configuration|dns.|mailer|program error|fail
        internal|system|local|server|mailer problem|trouble
        queue|delivery_time|too_long|mailer|pipe|died|transaction_failed|procmail|could_not_load|local_configuration
        """,
        _WAY,
    ),
)
# RFC 5321's own text for every 550, whatever the cause: it counts where no policy is spoken of.
NO_MAILBOX = "mailbox unavailable|not_allowed|not_available|name_not_allowed|name_is_not_allowed"

# Codes whose meaning is wide, where the words beside them tell nothing.
GENERAL = (
    (r"5\.1\.[134]|5\.2\.1", GONE),
    (r"5\.1\.2|5\.4\.4", _HOST),  # 5.4.4: Postfix finds no such host
    (r"[45]\.2\.2", _FULL),
    (r"5\.7\.\d+", _FILTER),
    (r"5\.[56]\.\d+", _FORM),
    (r"[45]\.[34]\.\d+", _WAY),
)
# With one of these, words that may as well be about us are not about us.
MAILBOX_CODES = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.2.1", "5.2.2", "4.2.2", "5.4.4"})
