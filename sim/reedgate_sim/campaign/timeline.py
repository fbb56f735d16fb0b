"""Spans of time, as (from_us, until_us) in order: what was so, and when. No meaning lives here."""

from collections.abc import Iterable, Sequence

Span = tuple[int, int]
Edges = Sequence[tuple[int, int]]  # (at_us, level), in order

END_US = 1 << 60


def spans_of(edges: Edges, level: int, end_us: int = END_US) -> list[Span]:
    """When a level stood; the last one stands until end_us."""
    found = []
    since_us = None
    for at_us, now in edges:
        if now == level and since_us is None:
            since_us = at_us
        elif now != level and since_us is not None:
            if at_us > since_us:
                found.append((since_us, at_us))
            since_us = None
    if since_us is not None and since_us < end_us:
        found.append((since_us, end_us))
    return found


def at(spans: Iterable[Span], at_us: int) -> Span | None:
    """The span that holds an instant."""
    return next((span for span in spans if span[0] <= at_us < span[1]), None)


def touches(spans: Iterable[Span], from_us: int, until_us: int) -> bool:
    """Whether any of them has a part in [from_us, until_us]."""
    return any(first <= until_us and last > from_us for first, last in spans)


def merged(spans: Iterable[Span], gap_us: int = 0) -> list[Span]:
    """In order; those that overlap, or leave no more than gap_us between them, are one."""
    found: list[Span] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1] + gap_us:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def common(one: Iterable[Span], other: Sequence[Span]) -> list[Span]:
    """When both stood."""
    return [
        (max(first, from_us), min(last, until_us))
        for first, last in one
        for from_us, until_us in other
        if max(first, from_us) < min(last, until_us)
    ]


def without(one: Iterable[Span], other: Iterable[Span]) -> list[Span]:
    """When the one stood and the other did not."""
    found = list(one)
    for first, last in other:
        found = [
            part
            for from_us, until_us in found
            for part in ((from_us, min(until_us, first)), (max(from_us, last), until_us))
            if part[0] < part[1]
        ]
    return found


def rises(edges: Edges) -> list[int]:
    """When a level became 1 that was 0."""
    found = []
    before = None
    for at_us, now in edges:
        if now and before == 0:
            found.append(at_us)
        before = now
    return found
