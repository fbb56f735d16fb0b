"""The search: listen first, then every address at every setting; what answers is looked at.

The line is a SerialLine, a BoardLine, or anything with their methods.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from reedgate_boards.finder.frames import READS, Heard, Kind, Read, heard, is_sealed
from reedgate_boards.finder.identify import Named, identify
from reedgate_boards.finder.judge import Empty, Fault, Sure, Verdict, line_faults, unit_verdict
from reedgate_boards.finder.mirror import is_mirrored
from reedgate_boards.finder.plan import (
    ANY,
    BAUDS,
    LISTEN_MS,
    UNITS,
    Setting,
    Step,
    patience_ms_of,
    wait_ms_of,
)
from reedgate_boards.site.profiles import Profile

Told = Callable[[Setting, int, int], None]  # at which setting, requests done, of how many
_REPEATS = 5
_MOST_GARBLED = 4  # addresses at one setting; more are no probes: the line itself makes them
_NEARLY_ALL = 0.9
_SHORTEST = 4  # bytes of a frame
_NOBODY = 248  # reserved by the Modbus specification: what comes after asking it is no answer


@dataclass(frozen=True)
class Found:
    """One address at one setting. good, tries: answers to the same request asked again."""

    port: str
    setting: Setting
    unit_id: int
    verdict: Verdict
    sure: Sure
    tries: int
    good: int
    named: Named = field(default_factory=Named)


@dataclass
class Result:
    port: str
    found: list[Found] = field(default_factory=list)
    faults: list[tuple[Fault, Sure]] = field(default_factory=list)
    asked: int = 0  # requests


class Sweep:
    """One port. told() is called after each request."""

    def __init__(self, line, profiles: Mapping[str, Profile], steps: list[Step], told: Told):
        self._line = line
        self._profiles = profiles
        self._steps = steps
        self._told = told
        self._wait_ms = wait_ms_of(profiles, line.latency_ms)
        self._patience_ms = patience_ms_of(profiles, line.latency_ms)
        self._total = sum(len(each.reads) for each in steps) * len(UNITS)
        self._empty = Empty()
        self._echo = False
        self.result = Result(line.name)

    def run(self, first: bool) -> Result:
        """first: no setting after one at which somebody answers. A line with another master is
        not searched. Raises UserError: the port went away."""
        self.result.faults = self._listen()
        if self.result.faults:
            return self.result
        for step in self._steps:
            self._line.set(step.setting)
            self._at(step)
            if first and self.result.found:
                break
        echo = self._line.echo_fault if self._echo else None
        answered = any(each.good for each in self.result.found)
        self.result.faults = line_faults(self._empty, answered, echo)
        return self.result

    def _listen(self) -> list[tuple[Fault, Sure]]:
        """Whether somebody asks already: two who ask on one line spoil each other's answers."""
        for baud in BAUDS:
            self._line.set(Setting(baud, "none"))
            raw = self._line.listen(LISTEN_MS)
            if speaks(raw):
                return [(Fault.MASTER, Sure.CERTAIN)]
            if is_mirrored(raw, self._profiles):
                return [(Fault.SWAPPED, Sure.CERTAIN), (Fault.MASTER, Sure.CERTAIN)]
            if not any(raw):
                break  # a silent line, or one that is held at 0
        return []

    def _at(self, step: Step) -> None:
        """All addresses at one setting."""
        answers: dict[int, Read] = {}  # address: what it answered
        garbled: dict[int, Read] = {}
        zeros, spoiled = 0, []
        for read in step.reads:
            for unit_id, it in zip(UNITS, self._ask(read, UNITS), strict=True):
                self.result.asked += 1
                self._told(step.setting, self.result.asked, self._total)
                self._echo |= it.echo
                zeros += it.kind == Kind.ZERO
                if it.answered or it.kind == Kind.DOUBLE:
                    answers.setdefault(unit_id, read)
                elif it.kind == Kind.OTHER and it.unit_id in UNITS:  # late
                    answers.setdefault(it.unit_id, read)
                elif it.kind == Kind.GARBLED:
                    garbled.setdefault(unit_id, read)
                    spoiled.append(unit_id)
        garbled = {unit: read for unit, read in garbled.items() if unit not in answers}
        found = self._look(step.setting, answers, garbled)
        self.result.found += found
        asked = len(step.reads) * len(UNITS)
        self._empty.settings += 1
        self._empty.asked += asked
        self._empty.zero += zeros
        self._empty.zero_settings += zeros >= _NEARLY_ALL * asked
        there = {each.unit_id for each in found}
        self._empty.garbled += sum(unit_id not in there for unit_id in spoiled)

    def _look(
        self, setting: Setting, answers: dict[int, Read], garbled: dict[int, Read]
    ) -> list[Found]:
        """Those that have answered well, and of the others those that speak again."""
        reads = dict(answers)
        if len(garbled) <= _MOST_GARBLED:
            reads |= garbled
        looked = {unit: self._repeat(unit, read) for unit, read in sorted(reads.items())}
        looked = {u: it for u, it in looked.items() if u in answers or _speaks_again(it)}
        quiet = self._is_quiet(looked)
        found = []
        for unit_id, tries in looked.items():
            good = sum(each.answered for each in tries)
            if not good and not quiet and unit_id not in answers:
                continue  # what came may be anything
            clean = quiet and _is_clean(looked, unit_id)
            verdict, sure = unit_verdict(tries, reads[unit_id].answer_size, clean)
            named = self._identify(setting, unit_id) if good else Named()
            port = self._line.name
            found.append(Found(port, setting, unit_id, verdict, sure, len(tries), good, named))
        return found

    def _is_quiet(self, looked: Mapping[int, list[Heard]]) -> bool:
        """Whether nothing comes when nobody is asked; asked only where it matters."""
        if all(each.answered for tries in looked.values() for each in tries):
            return True
        control = self._repeat(_NOBODY, ANY)
        return all(each.kind in (Kind.SILENT, Kind.ZERO) for each in control)

    def _repeat(self, unit_id: int, read: Read) -> list[Heard]:
        return list(self._ask(read, [unit_id] * _REPEATS, self._patience_ms))

    def _identify(self, setting: Setting, unit_id: int) -> Named:
        def ask(read: Read) -> Heard:
            (it,) = self._ask(read, [unit_id], self._patience_ms)
            if it.kind == Kind.GARBLED:
                (it,) = self._ask(read, [unit_id], self._patience_ms)
            return it

        return identify(ask, unit_id, setting, self._profiles)

    def _ask(self, read: Read, units, wait_ms: float | None = None):
        requests = [read.to(unit_id) for unit_id in units]
        answers = self._line.ask(requests, self._wait_ms if wait_ms is None else wait_ms)
        for request, raw in zip(requests, answers, strict=True):
            yield heard(request, raw)


def _speaks_again(tries: list[Heard]) -> bool:
    spoke = sum(each.kind not in (Kind.SILENT, Kind.ZERO) for each in tries)
    return 2 * spoke >= len(tries)


def _is_clean(looked: Mapping[int, list[Heard]], unit_id: int) -> bool:
    """Whether all others that answer at this setting are heard well."""
    return all(it.answered for other, tries in looked.items() if other != unit_id for it in tries)


def speaks(raw: bytes) -> bool:
    """Whether a request or an answer stands in it."""
    for at in range(len(raw) - _SHORTEST + 1):
        if raw[at + 1] & 0x7F in (*READS, 6, 16):
            sizes = {8, 5, 5 + raw[at + 2]}
            if any(len(raw) >= at + size and is_sealed(raw[at : at + size]) for size in sizes):
                return True
    return False
