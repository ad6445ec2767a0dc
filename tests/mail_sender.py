"""Run by test_mail_crash: sends, and is killed by the kernel at a random instruction, over and over.

Arguments: journal, port, seed, times. The mother forks a child for each try; the child sets a timer of its own
processor time whose signal nobody handles, and sends. Prints how many children were killed.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from pathlib import Path

from mail_journal import SqliteJournal
from mail_values import letter

from pipeline.mail import Composer, Sender, Server, send_all


def main(path: str, port: int, seed: int, times: int) -> None:
    chance = random.Random(seed)
    sender = Sender("Office <office@example.org>", "office@example.org", "https://c.example.org")
    compose = Composer(Path(__file__).parents[1] / "theme" / "emails", sender).compose
    server = Server("127.0.0.1", port, "office@example.org", tls="none", ehlo="office.example.org", workers=4)
    compose(letter().notice)  # warm: the time belongs to the sending
    killed = 0
    for attempt in range(times + 1):
        after = chance.uniform(0.005, 0.12)
        child = os.fork()
        if child == 0:
            if attempt < times:  # the last one may finish
                signal.signal(signal.SIGPROF, signal.SIG_DFL)
                signal.setitimer(signal.ITIMER_PROF, after)
            journal = SqliteJournal(path)
            journal.settle_interrupted()
            send_all(journal, compose, server)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        killed += os.WIFSIGNALED(status)
        if not os.WIFSIGNALED(status) and os.waitstatus_to_exitcode(status):
            sys.exit(f"try {attempt} failed")
    sys.stdout.write(f"{killed}\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
