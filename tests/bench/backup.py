"""Bench: a folder of backups, the first and the one after a meeting, beside tar and zstd over the same files.

python -m tests.bench.backup [PEOPLE]

Bytes a certificate, and CPU of all processes: what is backed up is read, hashed, packed, read back and hashed
again. The rival reads and packs all of it each time, and proves nothing.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from pipeline.backup import Packs, read_backup  # noqa: E402
from pipeline.backup.archive import pack_list  # noqa: E402
from pipeline.workflow.backup import digests_in  # noqa: E402
from pipeline.workflow.backups import back_up_into, find_backup  # noqa: E402
from tests.bench.place import place  # noqa: E402
from tests.bench.whole import claims, one_run  # noqa: E402
from tests.support.college import College  # noqa: E402

MANY, KEPT = 600_000, 7  # certificates and backups that are to fit into MOST bytes
MOST = 4e9
MEETING, SECONDS = 25_000, 20  # new certificates, and the CPU that the backup after them may take


def cpu() -> float:
    """Seconds of this process and of those that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def seconds(do: Callable[[], object]) -> float:
    before = cpu()
    do()
    return cpu() - before


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*.zst"))


def certificates(folder: Path) -> int:
    return sum(len(pack_list(path)) for path in Packs(folder).paths())


def rival(college: College, file: Path) -> None:
    """tar and zstd, or gzip where there is no zstd; the ledger as it lies there."""
    packer = "zstd -q -T1 -3 --long=27" if shutil.which("zstd") else "gzip"
    script = f"tar -cf - -C {college.data} ledger.sqlite3 vault | {packer} > {file}"
    subprocess.run(["sh", "-c", script], check=True)


def main() -> int:
    """Prints a table; 1 where a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("people", type=int, nargs="?", default=12_000)
    people = parser.parse_args().people
    with place() as root:
        (root / "college").mkdir()
        college, folder = College(root / "college"), root / "backups"
        folder.mkdir()

        def back_up() -> None:
            with college.project() as project:
                back_up_into(project, folder)

        one_run(college, claims(college, people * 3 // 4), workers=2)
        first = seconds(back_up)
        before = certificates(folder)
        one_run(college, claims(college, people), workers=2)
        daily = seconds(back_up)
        nothing = seconds(back_up)
        by_tar = seconds(lambda: rival(college, root / "rival"))
        newest = find_backup(folder, "")
        restored = seconds(lambda: read_backup(newest, root / "new", digests_in, lambda _: None))
        every = certificates(folder)
        ledger, packed = newest.stat().st_size / every, size(folder / "certs-packs") / every
        tar_size = (root / "rival").stat().st_size
    whole = MANY * (packed + KEPT * ledger)
    meeting = MEETING * daily / (every - before)
    print(f"{every:,} certificates, {every - before:,} of them new in the second backup")
    print(f"  packs        {packed:10,.0f} bytes a certificate")
    print(f"  ledger       {ledger:10,.0f} bytes a certificate and backup")
    print(f"  tar, zstd    {tar_size / every:10,.0f} bytes a certificate and backup")
    print(f"  {MANY:,} certificates, {KEPT} backups: {whole / 1e9:.2f} GB of at most {MOST / 1e9:.0f}")
    print(f"  first        {first:10.2f} s   {first / before * 1000:.2f} ms a certificate")
    print(f"  second       {daily:10.2f} s   {MEETING:,} new: {meeting:.1f} of at most {SECONDS} s")
    print(f"  nothing new  {nothing:10.2f} s")
    print(f"  tar, zstd    {by_tar:10.2f} s   {by_tar / every * 1000:.2f} ms a certificate")
    print(f"  restore      {restored:10.2f} s   {restored / every * 1000:.2f} ms a certificate")
    return 1 if whole > MOST or meeting > SECONDS else 0


if __name__ == "__main__":
    sys.exit(main())
