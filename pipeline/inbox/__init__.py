"""Mail that comes in: a Maildir, a mailbox file or an IMAP folder in; requests and returned mail out."""

from pipeline.inbox.imap import ImapBox
from pipeline.inbox.maildir import MaildirBox
from pipeline.inbox.reading import Mailbox, read_mail
from pipeline.inbox.returned import Action, Bounce, read_bounces

__all__ = ["Action", "Bounce", "ImapBox", "Mailbox", "MaildirBox", "read_bounces", "read_mail"]
