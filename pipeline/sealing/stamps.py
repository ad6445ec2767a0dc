"""A time-stamp authority (RFC 3161): a signature's SHA-256 in, its stamp out; nothing where none comes."""

from __future__ import annotations

import http.client
import urllib.request
from collections.abc import Callable

from pipeline.sealing.cms import INTEGER, OCTETS, SEQUENCE, SHA_256, der

PATIENCE = 10.0  # seconds for an answer
LARGEST = 1 << 16  # bytes of an answer
GRANTED = (b"\0", b"\1")  # of PKIStatus: granted, and granted with changes


class TimeStamps:
    """One authority, until it fails: then it is asked no more, and what is signed has no stamp."""

    def __init__(self, address: str, tell: Callable[[str], None]) -> None:
        self._address, self._tell, self._is_out = address, tell, False

    def __call__(self, digest: bytes) -> bytes:
        """The stamp of this SHA-256; nothing where there is none."""
        if self._is_out:
            return b""
        try:
            return _token(self._ask(digest), digest)
        except (OSError, ValueError, http.client.HTTPException) as error:
            self._is_out = True
            self._tell(f"caution: no time stamps from here on, {self._address} fails: {error}")
            return b""

    def _ask(self, digest: bytes) -> bytes:
        imprint = der(SEQUENCE, SHA_256, der(OCTETS, digest))
        wanted = der(SEQUENCE, der(INTEGER, b"\1"), imprint, b"\x01\x01\xff")  # with its certificate
        request = urllib.request.Request(  # noqa: S310 - the settings let http and https through
            self._address, wanted, {"Content-Type": "application/timestamp-query"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
            return bytes(answer.read(LARGEST))


def _token(answer: bytes, digest: bytes) -> bytes:
    """What is in a TimeStampResp. Raises ValueError for a refusal, and where it is of something else."""
    response, rest = _first(answer, SEQUENCE)
    status, token = _first(response, SEQUENCE)
    granted, _ = _first(status, INTEGER)
    if rest or granted not in GRANTED:
        raise ValueError("it grants none")
    _, after = _first(token, SEQUENCE)
    if after or digest not in token:
        raise ValueError("it stamps something else")
    return token


def _first(data: bytes, tag: bytes) -> tuple[bytes, bytes]:
    """The content of the first value in DER, and what follows it. Raises ValueError."""
    if len(data) < 2 or data[:1] != tag:
        raise ValueError("its answer is no time stamp")
    size, at = data[1], 2
    if size & 128:
        at += size & 127
        size = int.from_bytes(data[2:at])
    if at + size > len(data) or at > 6:
        raise ValueError("its answer is no time stamp")
    return data[at : at + size], data[at + size :]
