"""The mailbox of requests: a Maildir or an IMAP folder in; unread mails out, answered ones filed."""

from pipeline.requests.imap import ImapBox
from pipeline.requests.maildir import MaildirBox
from pipeline.requests.reading import Mailbox, read_mail

__all__ = ["ImapBox", "Mailbox", "MaildirBox", "read_mail"]
