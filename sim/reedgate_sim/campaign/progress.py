"""Long work on a terminal: what is told on the way, and that it ends at once and once only."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def ended_once() -> Iterator[None]:
    """Whatever asks us to end does it as Ctrl-C does, once: a second one cuts no tidying short."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    ours = [number for number in numbers if before[number] != signal.SIG_IGN]

    def end(*_: object) -> None:
        for number in ours:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in ours:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, before[number])


class Told:
    """A bar on a terminal; elsewhere a line for each tenth."""

    def __init__(self, what: str, total: int):
        self._console = Console(stderr=True)
        bar = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._bar = Progress(*bar, TimeRemainingColumn(), console=self._console, transient=True)
        self._task = self._bar.add_task(what, total=total)
        self._what, self._total, self._done = what, total, 0

    def __enter__(self) -> "Told":
        if self._console.is_terminal:
            self._bar.start()
        else:
            self._line()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def advance(self) -> None:
        self._done += 1
        self._bar.advance(self._task)
        tenth = self._done * 10 // self._total != (self._done - 1) * 10 // self._total
        if tenth and not self._console.is_terminal:
            self._line()

    def _line(self) -> None:
        self._console.print(f"{self._what}: {self._done}/{self._total}", highlight=False)
