"""Mail: notices in; composed messages, their delivery by SMTP or to a Maildir, and what came back out."""

from pipeline.mail.compose import Composer, Sender
from pipeline.mail.letters import Journal, Letter, Step, Summary

__all__ = ["Composer", "Journal", "Letter", "Sender", "Step", "Summary"]
