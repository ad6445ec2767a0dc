"""Run by test_mail_crash: sends, and is killed by the kernel at a random instruction, over and over.

Arguments: journal, port, seed, times. The mother forks a child for each try; from its first step on record
the child has a few milliseconds of processor time, then comes a signal that nobody handles. Prints how many
children were killed.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from functools import partial
from pathlib import Path

from pipeline.mail import Composer, Sender, Server, Step, send_all
from tests.support.mail_journal import SqliteJournal
from tests.support.mail_values import letter


def arm(after: float, _: Step) -> None:
    """Starts the clock of this child's death, once."""
    if not signal.getitimer(signal.ITIMER_PROF)[0]:
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, after)


def main(path: str, port: int, seed: int, times: int) -> None:
    chance = random.Random(seed)
    sender = Sender("Office <office@example.org>", "office@example.org", "https://c.example.org")
    compose = Composer(Path(__file__).parents[2] / "theme" / "emails", sender).compose
    server = Server("127.0.0.1", port, "office@example.org", tls="none", ehlo="office.example.org", workers=4)
    compose(letter().notice)  # warm: the time belongs to the sending
    killed = 0
    for attempt in range(times + 1):
        after = chance.uniform(0.0005, 0.02)
        child = os.fork()
        if child == 0:
            journal = SqliteJournal(path)
            journal.settle_interrupted()
            # the last one may finish
            send_all(journal, compose, server, watch=partial(arm, after) if attempt < times else None)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        killed += os.WIFSIGNALED(status)
        if not os.WIFSIGNALED(status) and os.waitstatus_to_exitcode(status):
            sys.exit(f"try {attempt} failed")
    sys.stdout.write(f"{killed}\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
