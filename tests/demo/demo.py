"""`make demo`: the whole pipeline on made-up claims, then where to look. A second time it changes nothing."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CERTS = [str(ROOT / ".venv" / "bin" / "certs")]
SHOWN = "convergence-2025"


def main() -> int:
    """Runs `certs run`; its exit status 3 (rows were set aside) is what the made-up claims are to show."""
    command = [*CERTS, "run", "--yes", str(HERE / "claims.csv")]
    print("$ certs run --yes tests/demo/claims.csv", flush=True)
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    if status not in (0, 3):
        return status
    where = look()
    print()
    print("Where to look")
    for what, path in where.items():
        print(f"  {what:12} {path}")
    print()
    print("  See the site as participants do:  .venv/bin/certs preview, then open http://localhost:8000/")
    print("  See what the help desk does:      .venv/bin/certs desk")
    print(
        f"  This participant’s page there:     http://localhost:8000/{where['page'].parent.relative_to(output())}/"
    )
    print("  Run make demo again: nothing is issued, written or mailed a second time.")
    return 0


def output() -> Path:
    return ROOT / os.environ.get("OUTPUT_DIR", "output")


def look() -> dict[str, Path]:
    """One made-up participant's page, certificate and mail.

    These are nobody's, so their link may be shown; the program itself shows none.
    """
    data = ROOT / os.environ.get("DATA_DIR", "var")
    with closing(sqlite3.connect(f"file:{data}/ledger.sqlite3?mode=ro", uri=True)) as ledger:
        token, _ = ledger.execute(
            "SELECT p.token, p.name FROM participant p JOIN claim c ON c.participant_id = p.id"
            " JOIN certificate x ON x.claim_id = c.id WHERE c.activity = ? AND x.current > 0"
            " AND x.kind <> 'participation' ORDER BY p.id LIMIT 1",
            (SHOWN,),
        ).fetchone()
    page = output() / "c" / token / "index.html"
    (certificate, *_) = sorted(page.parent.glob(f"acr-{SHOWN}-cme*.pdf"))
    mail = next(
        path
        for folder in ("new", "cur")
        for path in sorted((data / "outbox" / folder).iterdir())
        if token.encode() in path.read_bytes().replace(b"=\r\n", b"")
    )
    return {"page": page, "certificate": certificate, "mail": mail}


if __name__ == "__main__":
    sys.exit(main())
