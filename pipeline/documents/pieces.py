"""Files in pieces: what many files have in common goes to another process once for several of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence


class InPieces(bytes):
    """A file that was put together of pieces. Several of them, pickled together, take along once each piece
    that is the same object in all; where they arrive, they are plain bytes."""

    pieces: Sequence[bytes]

    @classmethod
    def of(cls, pieces: Sequence[bytes]) -> InPieces:
        """These pieces, one after the other."""
        made = cls(b"".join(pieces))
        made.pieces = pieces
        return made

    def __reduce__(self) -> tuple[Callable[..., bytes], tuple[bytes, ...]]:
        return _joined, tuple(self.pieces)


class Pieces(list[bytes]):
    """What is written into it, as into a file."""

    def write(self, data: bytes, /) -> int:
        """How long it is."""
        self.append(data)
        return len(data)


def _joined(*pieces: bytes) -> bytes:
    return b"".join(pieces)
