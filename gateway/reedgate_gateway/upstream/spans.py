"""Which part of the record an upstream still has to get. Pure.

The record counts by n, in the order of commits. What is still to be sent is a list of spans that
never overlap: (after, until] each, and one without an end, the live lane. Every n is in at most
one of them, so the lanes double nothing; a span's front moves only behind what was acknowledged,
so they lose nothing. When a connection stands again, what gathered meanwhile is cut off the live
lane and becomes the backlog: the live lane starts at the latest records and is never behind.
"""

from collections.abc import Sequence
from dataclasses import dataclass

MOST = 16  # with more cuts than these, the live lane works off what is before it


@dataclass(frozen=True)
class Span:
    after: int
    until: int | None = None  # None: whatever comes


NEW = (Span(0),)  # an upstream that was never there gets the whole record


def cut(spans: Sequence[Span], live_from: int) -> tuple[Span, ...]:
    """The live lane starts behind live_from; what it had before that is backlog."""
    *backlog, live = spans
    if live_from <= live.after or len(spans) >= MOST:
        return tuple(spans)
    first = live.after
    if backlog and backlog[-1].until == first:
        first = backlog.pop().after
    return (*backlog, Span(first, live_from), Span(live_from))


def moved(spans: Sequence[Span], lane: Span, to: int) -> tuple[Span, ...]:
    """The lane has been sent up to `to`; a span that is done is gone."""
    found = []
    for span in spans:
        if span == lane:
            if span.until is not None and to >= span.until:
                continue
            span = Span(to, span.until)
        found.append(span)
    return tuple(found)


def waiting(spans: Sequence[Span], last_n: int) -> int:
    ends = [last_n if span.until is None else span.until for span in spans]
    return sum(max(end - span.after, 0) for span, end in zip(spans, ends, strict=True))
