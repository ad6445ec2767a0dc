"""A network of caches before the web host is told which addresses it must ask for anew."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence

from pipeline.errors import PublishError
from pipeline.rules.places import without_private_paths

LONGEST = 600  # seconds


def purge_copies(command: Sequence[str], addresses: Iterable[str]) -> None:
    """Run the staff's own command, with the addresses on its standard input, one a line.

    They are secrets, and a command line can be read by every user of the machine. No shell reads the command.
    Raises PublishError where it fails.
    """
    try:
        done = subprocess.run(  # noqa: S603 - a list, no shell; the command is the staff's own setting
            list(command),
            input="".join(f"{address}\n" for address in addresses),
            text=True,
            errors="replace",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
            timeout=LONGEST,
        )
    except subprocess.TimeoutExpired:
        raise _failed(f"it took longer than {LONGEST} seconds") from None
    except OSError as error:
        raise _failed(error.strerror or type(error).__name__) from None
    if done.returncode:
        said = done.stderr.strip().splitlines()
        words = f" ({without_private_paths(said[-1]).rstrip('.')})" if said else ""
        raise _failed(f"it ended with status {done.returncode}{words}")


def _failed(why: str) -> PublishError:
    return PublishError(
        f"PUBLISH_PURGE did not do its work: {why}.",
        "The web host is up to date, but caches may show what was there before. Mend the command, then run "
        "certs publish: it is told the same addresses again. Mails wait.",
    )
