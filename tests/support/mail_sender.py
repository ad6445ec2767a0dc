"""Run by test_mail_crash: sends, and is killed by the kernel at a random instruction, over and over.

Arguments: queue, port, seed, times. The mother forks a child for each try; from its first step on record
the child has some milliseconds, then comes a signal that nobody handles. Prints how many were killed.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from functools import partial
from pathlib import Path

from pipeline.mail import Composer, Sender, Server, Step, send_all
from tests.support.mail_queue import SqliteQueue
from tests.support.mail_values import outgoing


def arm(after: float, _: Step) -> None:
    """Starts the clock of this child's death, once."""
    if not signal.getitimer(signal.ITIMER_REAL)[0]:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, after)


def main(path: str, port: int, seed: int, times: int) -> None:
    chance = random.Random(seed)
    sender = Sender("Office <office@example.org>", "office@example.org", "https://c.example.org")
    compose = Composer(Path(__file__).parents[2] / "theme" / "emails", sender).compose
    server = Server("127.0.0.1", port, "office@example.org", tls="none", ehlo="office.example.org", workers=4)
    compose(outgoing().notice)  # warm: the time belongs to the sending
    killed = 0
    for attempt in range(times + 1):
        after = 0.0005 * 2 ** chance.uniform(0, 7.5)  # before its first answer, or many messages on
        child = os.fork()
        if child == 0:
            queue = SqliteQueue(path)
            queue.mark_interrupted()
            # the last one may finish
            send_all(queue, compose, server, watch=partial(arm, after) if attempt < times else None)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        killed += os.WIFSIGNALED(status)
        if not os.WIFSIGNALED(status) and os.waitstatus_to_exitcode(status):
            sys.exit(f"try {attempt} failed")
    sys.stdout.write(f"{killed}\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
