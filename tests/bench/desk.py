"""Bench: what the help desk does, on a ledger of a hundred certificates and on one of 600,000.

python -m tests.bench.desk [CERTIFICATES]

Seconds of a core, of the whole command. The many are made-up rows; who is asked for was made by the product.
Exits 1 where a command takes longer than its limit, or grows with the ledger.
"""

from __future__ import annotations

import mailbox
import sys
import time

from tests.bench.cost import cost
from tests.bench.place import place
from tests.support.college import ACTIVITIES, HERE, College
from tests.support.desk_kit import OpenDesk

# Commands, and the seconds of a core that each may take. With WeasyPrint a correction could take two more.
COMMANDS: dict[str, tuple[tuple[str, ...], float]] = {
    "runs": (("runs",), 1),
    "missing of 3 rows": (("missing", "three.csv"), 1),
    "export of an activity": (("export", "--activity", "small", "--to", "{folder}/small.csv"), 1),
    "withdraw an activity": (("withdraw", "--activity", "small", "--reason", "by mistake", "--yes"), 1),
    "reinstate it": (("reinstate", "--activity", "small", "--reason", "it was right", "--yes"), 1),
    "plan of an undoing": (("undo", "2", "--reason", "by mistake", "--dry-run"), 1),
    "find": (("find", "p1@example.org"), 1),
    "find, misspelt": (("find", "Pat Bouhd"), 1),
    "status": (("status",), 1),
    "requests": (("requests", "{inbox}"), 1),
    "check of 3 rows": (("check", "three.csv"), 1),
    "check, new activity": (("check", "fresh.csv"), 1),
    "resend": (("resend", "p1@example.org"), 1),
    "rotate": (("rotate", "p2@example.org", "--reason", "lost"), 1),
    "correct": (("correct", "p3@example.org", "--name", "Pat Dale", "--reason", "told us"), 2),
    "withdraw": (("withdraw", "{number}", "--reason", "told us"), 1),
    "reinstate": (("reinstate", "{number}", "--reason", "told us"), 1),
}
GROWTH = 0.25  # seconds of a core that any of them may take more on the large ledger
COUNTS_ALL = ("status",)  # these grow, within their limit: they tell how much there is of everything
ROW = "meeting-2025,L{0},p{0}@example.org,Pat {1},MD,yes,,{2},,,yes"
SMALL = "small,L{0},p{0}@example.org,Pat {1},MD,yes,,3,,,"
NAMES = ("Aound", "Bound", "Cound", "Dound", "Eound", "Found", "Gound", "Hound", "Iound", "Jound")

ASKS = b"""Return-Path: <p1@example.org>
From: p1@example.org
To: education@rheumatology.org
Subject: My certificate
Message-ID: <asks@example.org>
Date: Fri, 14 Nov 2025 09:30:00 -0500

I lost my link.
"""

MANY = HERE / "tests" / "bench" / "many.sql"


def main(certificates: int) -> int:
    """The exit status."""
    with place() as folder:
        college = College(folder)
        made = college.run(college.claims(*(ROW.format(at, name, 5) for at, name in enumerate(NAMES))))
        assert made.issued == 2 * len(NAMES), made
        college.write_meeting("small")
        small = (SMALL.format(at, name) for at, name in enumerate(NAMES))
        college.run(college.claims(*small), send=False)
        college.claims(*(ROW.format(at, name, 7) for at, name in enumerate(NAMES[:3])), name="three.csv")
        college.write_activity("fresh", ACTIVITIES["meeting-2025"].replace("meeting-2025", "fresh"))
        fresh = (ROW.format(at, name, 7) for at, name in enumerate(NAMES[:3]))
        college.claims(*(row.replace("meeting-2025", "fresh") for row in fresh), name="fresh.csv")
        inbox = folder / "inbox"
        mailbox.Maildir(inbox).add(ASKS)
        with college.project() as project:
            number = project.ledger._db.execute("SELECT number FROM certificate ORDER BY id").fetchone()[0]
        words = {
            name: [word.format(number=number, folder=folder, inbox=inbox) for word in said]
            for name, (said, _) in COMMANDS.items()
        }
        measured(college, ["correct", "p4@example.org", "--name", "Pat Eave", "--reason", "told us"])
        few = {name: measured(college, said) for name, said in words.items()}
        began = time.process_time()
        fill(college, certificates)
        filled = time.process_time() - began
        many = {name: measured(college, said) for name, said in words.items()}
        counted, again = board(college)
    print(
        f"{certificates:,} certificates more, made in {filled:.0f} s; seconds of a core, before and with them"
    )
    failed = []
    for name, (_, limit) in COMMANDS.items():
        grows = many[name] - few[name] > GROWTH and name not in COUNTS_ALL
        is_late = many[name] > limit or grows
        failed += [name] if is_late else []
        print(
            f"{name:21} {few[name]:5.2f} {many[name]:5.2f}  limit {limit:.0f}"
            f"{'  TOO LONG' if is_late else ''}"
        )
    for name, seconds, limit in (("board, counted", counted, 3.0), ("board, again", again, 0.1)):
        failed += [name] if seconds > limit else []
        print(f"{name:21}       {seconds:5.2f}  limit {limit}{'  TOO LONG' if seconds > limit else ''}")
    return 1 if failed else 0


def board(college: College) -> tuple[float, float]:
    """Seconds of a core for the desk's board: when its figures are counted, and while nothing changes."""
    visitor, pages = OpenDesk(college).visitor(), 10
    began = time.process_time()
    assert visitor.get().is_success
    counted = time.process_time()
    for _ in range(pages):
        assert visitor.get().is_success
    return counted - began, (time.process_time() - counted) / pages


def measured(college: College, words: list[str]) -> float:
    """Seconds of a core that `certs WORDS` takes: the least of two."""
    times = 2 if words[0] in ("find", "status", "requests", "check", "resend") else 1
    return min(cost(college, ["pipeline", *words], may_end=(0, 5)).seconds for _ in range(times))


def fill(college: College, certificates: int) -> None:
    """So many certificates more, in the ledger alone."""
    with college.project() as project:
        db = project.ledger._db
        db.execute("CREATE TEMP TABLE number (value INTEGER PRIMARY KEY)")
        with project.ledger.transaction():
            db.executemany("INSERT INTO number VALUES (?)", ((value,) for value in range(certificates)))
        db.executescript(f"BEGIN; {MANY.read_text()} COMMIT;")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 600_000))
