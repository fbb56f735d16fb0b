"""Pieces of a flash that lie side by side, joined."""

from collections.abc import Iterable


def joined(pieces: Iterable[tuple[int, bytes]]) -> dict[int, bytes]:
    """Runs by where each begins, of (place, content) in the order in which they come."""
    runs: dict[int, bytearray] = {}
    start = end = None
    for at, content in pieces:
        if start is None or at != end:
            start = at
            runs[start] = bytearray()
        runs[start] += content
        end = at + len(content)
    return {at: bytes(run) for at, run in runs.items()}
