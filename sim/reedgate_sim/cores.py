"""One core for a VM and its simulator, which take turns: two would only wait for each other.

What has moved to another core finds its caches cold, and an idle core has first to wake up: on one
core a sealed run takes a fifth less time. A paced run stays as it is, and so does a process that
has other work beside the run.
"""

import contextlib
import os
from collections.abc import Iterator


@contextlib.contextmanager
def one_core(number: int = 0) -> Iterator[None]:
    """Keep this thread, and what it starts, on one of the cores that it may use.

    number: whose turn it is among several runs at once. Where the system cannot, nothing changes.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    stay_on_one_core(number)
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def stay_on_one_core(number: int) -> None:
    """The same for good, in a process that is there for its runs alone."""
    if hasattr(os, "sched_setaffinity"):
        allowed = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {allowed[number % len(allowed)]})
