"""Mail: notices in; composed messages, their delivery by SMTP or to a Maildir, and what came back out."""

from pipeline.mail.bounces import Action, Bounce, read_bounces
from pipeline.mail.compose import Composer, Sender
from pipeline.mail.deliver import Clock, Delivery, send_all
from pipeline.mail.letters import Journal, Letter, Refused, Step, Summary, Watcher
from pipeline.mail.maildir import deliver_to_maildir, maildir_remove
from pipeline.mail.session import Server, Timeouts

__all__ = [
    "Action",
    "Bounce",
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
    "read_bounces",
    "send_all",
]
