"""Mail that goes out: messages that are due in, mails by SMTP or into a Maildir out.

`queue` says what the sender needs of the ledger. For each message `view`, `compose` and `mime` make it,
`session` sends it to the mail server phase by phase, over `wire`; `rules.messages.delivery` says what the
answer means. `deliver` runs the workers; every step of a message goes through `recorder` to the ledger:
`sending` is on disk before the text leaves, `sent` is the server's 250 to its own final dot. Where no server
is set, `maildir` writes files.
"""

from typing import TYPE_CHECKING, Any

from pipeline.mail.compose import Composer, Sender
from pipeline.mail.maildir import deliver_to_maildir, maildir_links, maildir_remove
from pipeline.mail.queue import OutgoingMessage, Queue, Step, Summary, Watcher

if TYPE_CHECKING:
    from pipeline.mail.deliver import Clock, Delivery, send_all
    from pipeline.mail.relay import look_at_relay, send_test_mail
    from pipeline.mail.session import Server, Timeouts

__all__ = [
    "Clock", "Composer", "Delivery", "OutgoingMessage", "Queue", "Sender", "Server", "Step", "Summary",
    "Timeouts", "Watcher", "deliver_to_maildir", "look_at_relay",
    "maildir_links", "maildir_remove", "send_all", "send_test_mail",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """What talks to a mail server is imported, with asyncio, TLS and aiosmtplib, by who asks for it."""
    if name not in __all__:
        raise AttributeError(name)
    from pipeline.mail import deliver, relay, session

    return next(getattr(module, name) for module in (deliver, relay, session) if hasattr(module, name))
