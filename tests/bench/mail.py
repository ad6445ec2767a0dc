"""Messages a second over loopback to Postfix's smtp-sink: ours against smtplib and EmailMessage, in one run.

Ours is the whole way of `certs send`: what is due is read from the ledger, each message is composed of what
is on record, and every step is committed (synchronous=FULL). The rival knows its texts, and records nothing.
smtp-source is the limit: ready bytes, no record, written in C. Prints a table; exit status 1 where ours is
not four times the rival.
"""

from __future__ import annotations

import argparse
import contextlib
import email
import email.policy
import hashlib
import resource
import shutil
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from pipeline.mail import Composer, Sender  # noqa: E402
from pipeline.workflow.award import award_files  # noqa: E402
from pipeline.workflow.load import load  # noqa: E402
from pipeline.workflow.opening import open_files  # noqa: E402
from pipeline.workflow.outgoing import MailQueue  # noqa: E402
from pipeline.workflow.project import Project  # noqa: E402
from pipeline.workflow.tell import queue_new  # noqa: E402
from pipeline.workflow.transport import hand_over  # noqa: E402
from tests.bench.claims import write  # noqa: E402
from tests.bench.place import place  # noqa: E402
from tests.support.college import College  # noqa: E402
from tests.support.mail_values import outgoing  # noqa: E402

SENDER = Sender("Office <office@example.org>", "office@example.org", "https://c.example.org")
GOAL = 4.0


@contextlib.contextmanager
def sink() -> Iterator[int]:
    """smtp-sink on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    path = shutil.which("smtp-sink", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if path is None:
        sys.exit("smtp-sink is not installed: apt-get install postfix")
    server = subprocess.Popen([path, "-u", "nobody", f"127.0.0.1:{port}", "1000"])
    try:
        for _ in range(500):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.01)
        yield port
    finally:
        server.terminate()
        server.wait()


@contextlib.contextmanager
def told(port: int, count: int, workers: int) -> Iterator[Project]:
    """A project in which so many people wait to be told of certificates; these count as rendered."""
    with place() as folder:
        college = College(
            folder,
            SMTP_HOST="127.0.0.1",
            SMTP_PORT=str(port),
            SMTP_TLS="none",
            MAIL_WORKERS=str(workers),
            MAIL_RATE="0",
        )
        claims = folder / "claims.csv"
        write(claims, count, "wide")
        with college.project() as project:
            award_files(project, load(project, open_files(project, [claims]), False).loads)
            with project.ledger.transaction():
                for one in list(project.ledger.certificates.pending()):
                    digest = hashlib.sha256(one.facts.number.encode()).hexdigest()
                    project.ledger.certificates.rendered(one, digest, 77_000)
            queue_new(project)
            yield project


def ours(project: Project, count: int) -> float:
    """Seconds to read, compose, send and record the next messages."""
    start = time.perf_counter()
    summary = hand_over(project, MailQueue(project), count, lambda _: None)
    took = time.perf_counter() - start
    if summary.sent != count:
        sys.exit(f"not all were sent: {summary}")
    return took


def rival(port: int, count: int) -> float:
    """Seconds of the loop that one writes first: an EmailMessage a person, one reused smtplib connection."""
    composer = Composer(ROOT / "theme" / "emails", SENDER)
    sample = email.message_from_bytes(composer.compose(outgoing().notice), policy=email.policy.default)
    plain, html = (sample.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    start = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port, local_hostname="bench.example.org") as client:
        for number in range(count):
            notice = outgoing(number).notice
            message = EmailMessage()
            message["From"], message["To"] = SENDER.address, notice.to
            message["Subject"], message["Date"] = sample["Subject"], format_datetime(notice.date)
            message["Message-ID"], message["Reply-To"] = f"<{notice.message_id}>", SENDER.reply_to
            message["Auto-Submitted"] = "auto-generated"
            message.set_content(plain.replace("Maria", f"Maria {number}"))
            message.add_alternative(html.replace("Maria", f"Maria {number}"), subtype="html")
            client.send_message(message)
    return time.perf_counter() - start


def limit(port: int, count: int, size: int) -> float:
    """Seconds smtp-source takes, four connections kept."""
    path = shutil.which("smtp-source", path="/usr/sbin:/usr/local/sbin:/usr/bin") or sys.exit(
        "no smtp-source"
    )
    start = time.perf_counter()
    subprocess.run(
        [path, "-d", "-s", "4", "-m", str(count), "-l", str(size), f"127.0.0.1:{port}"],
        check=True,
        timeout=300,
    )
    return time.perf_counter() - start


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=6000, help="messages of ours; the rival sends fewer")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    size = len(Composer(ROOT / "theme" / "emails", SENDER).compose(outgoing().notice))
    rates: dict[str, list[float]] = {"ours": [], "smtplib + EmailMessage": [], "smtp-source, the limit": []}
    with sink() as port, told(port, options.count * options.rounds, options.workers) as project:
        for _ in range(options.rounds):  # turn by turn: what else the machine does meets all of them
            some = max(min(options.count // 4, 5000), 100)
            rates["smtplib + EmailMessage"].append(some / rival(port, some))
            rates["ours"].append(options.count / ours(project, options.count))
            rates["smtp-source, the limit"].append(options.count / limit(port, options.count, size))
    middle = {name: sorted(found)[len(found) // 2] for name, found in rates.items()}
    sys.stdout.write(
        f"{options.count} messages of {size} bytes, {options.workers} workers, median of {options.rounds}\n"
    )
    for name, rate in middle.items():
        sys.stdout.write(f"{name:26} {rate:9,.0f} a second\n")
    times = middle["ours"] / middle["smtplib + EmailMessage"]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"{times:.1f} times the rival (goal {GOAL:.0f}); largest memory {memory:.0f} MB\n")
    return 0 if times >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
