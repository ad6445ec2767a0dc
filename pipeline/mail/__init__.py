"""Mail: notices in; composed messages out, by SMTP or into a Maildir."""

from pipeline.mail.compose import Composer, Sender
from pipeline.mail.deliver import Clock, Delivery, send_all
from pipeline.mail.letters import Journal, Letter, Refused, Step, Summary, Watcher
from pipeline.mail.maildir import deliver_to_maildir, maildir_remove
from pipeline.mail.session import Server, Timeouts

__all__ = [
    "Clock",
    "Composer",
    "Delivery",
    "Journal",
    "Letter",
    "Refused",
    "Sender",
    "Server",
    "Step",
    "Summary",
    "Timeouts",
    "Watcher",
    "deliver_to_maildir",
    "maildir_remove",
    "send_all",
]
