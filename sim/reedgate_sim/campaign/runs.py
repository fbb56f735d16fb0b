"""Many schedules at once, each in a worker process with its own VM; what came of each.

Workers ignore Ctrl-C: the run that is under way ends (a second or so), the rest is dropped.
"""

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.queues import SimpleQueue
from pathlib import Path

from reedgate_sim.campaign.account import Violation
from reedgate_sim.campaign.again import judge_again
from reedgate_sim.campaign.draw import draw
from reedgate_sim.campaign.oracle import judge
from reedgate_sim.campaign.play import play
from reedgate_sim.campaign.schedule import Schedule
from reedgate_sim.campaign.shrink import shrink
from reedgate_sim.cores import stay_on_one_core


@dataclass(frozen=True)
class Outcome:
    """One run. worst: (measured, budget) in ms."""

    seed: int
    violations: tuple[Violation, ...] = ()
    excused: dict[str, int] = field(default_factory=dict)
    judged: int = 0
    worst: tuple[int, int] = (0, 0)
    taken: tuple[tuple[int, int], ...] = ()  # every reaction that was judged
    transitions: int = 0  # each decided again
    real_s: float = 0.0


def run(schedule: Schedule, firmware: Path | None = None) -> Outcome:
    """Play a schedule and judge it. firmware: files that stand before the firmware's own; what
    they decide is not decided again, for that is the core's.
    """
    played = play(schedule, firmware)
    verdict = judge(played.account)
    reactions = verdict.reactions
    transitions, otherwise = (0, ()) if firmware else judge_again(schedule, played.account)
    return Outcome(
        schedule.seed,
        (*verdict.violations, *otherwise),
        dict(reactions.excused),
        reactions.judged,
        reactions.worst,
        tuple(reactions.taken),
        transitions,
        played.real_s,
    )


def run_seed(seed: int, firmware: Path | None = None) -> Outcome:
    return run(draw(seed), firmware)


def shortest(schedule: Schedule, prop: str, firmware: Path | None = None) -> Schedule:
    """The shortest schedule found that still breaks the same property."""

    def breaks(candidate: Schedule) -> int | None:
        found = run(candidate, firmware).violations
        return next((each.at_us for each in found if each.property == prop), None)

    return shrink(schedule, breaks)


class Workers:
    """`each` runs a function over inputs and yields results as they come."""

    def __init__(self, jobs: int):
        context = multiprocessing.get_context("spawn")
        numbers = context.SimpleQueue()
        for number in range(jobs):
            numbers.put(number)
        self._pool = ProcessPoolExecutor(
            jobs, mp_context=context, initializer=_begin, initargs=(numbers,)
        )

    def each(self, function: Callable, inputs: Iterable[tuple]) -> Iterator:
        futures = [self._pool.submit(_unless_ended, function, *each) for each in inputs]
        for future in as_completed(futures):
            yield future.result()

    def stop(self, at_once: bool = False) -> None:
        """at_once: what is being worked on is given up."""
        if at_once:
            for each in list((self._pool._processes or {}).values()):
                each.terminate()
        self._pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def workers(jobs: int) -> Iterator[Workers]:
    """However it is left, nothing goes on running."""
    pool = Workers(jobs)
    try:
        yield pool
    except BaseException:
        pool.stop(at_once=True)
        raise
    pool.stop()


def _begin(numbers: SimpleQueue) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _give_up)
    stay_on_one_core(numbers.get())


_ended = False  # in a worker: what waits for it is not begun


def _unless_ended(function: Callable, *arguments: object) -> object:
    if _ended:
        raise KeyboardInterrupt
    return function(*arguments)


def _give_up(*_: object) -> None:
    """Ends the work as Ctrl-C would: whatever it has started is ended on the way out."""
    global _ended
    _ended = True
    raise KeyboardInterrupt
