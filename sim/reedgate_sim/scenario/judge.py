"""Holds each row of [[expect]] against what happened. It knows no firmware, forgives nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from reedgate_boards.site.points import station_points
from reedgate_boards.site.user_error import UserError
from reedgate_contract import codes, records
from reedgate_sim.rigs.vm import WATCHDOG_RESET
from reedgate_sim.scenario.judge_reactions import judge_reactions
from reedgate_sim.scenario.judge_record import judge_record
from reedgate_sim.scenario.judge_total import judge_total
from reedgate_sim.scenario.play import Played
from reedgate_sim.scenario.reactions import Reactions, reactions_of
from reedgate_sim.scenario.sentence import Sentence, Tr, msg
from reedgate_sim.scenario.timeline import Timeline
from reedgate_sim.world.scenario_expect import Expect
from reedgate_sim.world.truth import Truth

_ROOM = "reedgate_sim"
_KINDS = {
    "boot": records.KIND_BOOT,
    "anchor": records.KIND_ANCHOR,
    "refusal": records.KIND_REFUSAL,
    "lost": records.KIND_LOST,
    "latches_unreadable": records.KIND_LATCHES_UNREADABLE,
    "totals_unreadable": records.KIND_TOTALS_UNREADABLE,
}
_FROM_JOURNAL = ("rule", "target", "cause", "first_out", "fault")


@dataclass(frozen=True)
class Assertion:
    """One row judged. what: in the codes of the file, the same in every language."""

    what: str
    when: Sentence
    holds: bool
    detail: Sentence

    def name(self, tr: Tr) -> str:
        return f"{self.what} · {self.when.text(tr)}"


class Judge:
    """Everything that a run may be asked for, made into states over time."""

    def __init__(self, played: Played):
        self._played = played
        self._scenario = played.scenario
        self._gates = {name: _gate_states(played, name) for name in played.station.gates}

    def assertions(self) -> list[Assertion]:
        """The rows in their order; then that nothing reset the firmware, if no row says so, and
        that every limit was answered within its budget.
        """
        rows = list(self._scenario.file.expect)
        if not any(row.watchdog_resets is not None for row in rows):
            rows.append(Expect(watchdog_resets=0))
        holds, detail = judge_reactions(self.reactions)
        every = Assertion("within_budget", _whole(), holds, detail)
        return [*(self._judged(row) for row in rows), every]

    @cached_property
    def reactions(self) -> Reactions:
        return reactions_of(self._played)

    @cached_property
    def reaction_ms(self) -> dict[str, int | None]:
        """Of the slowest reaction to a limit: measured, and what it may take at most."""
        found = [each for each in self.reactions.measured if each.took_ms is not None]
        whole = [each for each in found if each.allowed_ms == each.budget_ms]
        slowest = max(whole, key=lambda each: each.took_ms, default=None)
        if slowest is None:
            most = max(self.reactions.budgets_ms.values(), default=None)
            return {"measured_max": None, "budget": most}
        return {"measured_max": slowest.took_ms, "budget": slowest.budget_ms}

    # One row.

    def _judged(self, row: Expect) -> Assertion:
        subject = row.subject
        if subject == "gate":
            what = f"{row.gate}: {_named(row.wanted())}"
            return self._over_time(row, what, self._gates[row.gate], _with_alarms(row.wanted()))
        if subject == "healthy":
            states = Timeline()
            states.put(0, {"healthy": False})
            for at_us, level in self._played.healthy:
                states.put(at_us, {"healthy": bool(level)})
            wanted = {"healthy": row.healthy}
            return self._over_time(row, _named(wanted), states, wanted)
        if subject == "point":
            return self._point(row)
        if subject == "truth":
            return self._truth(row)
        if subject == "event":
            return self._events(row)
        if subject == "record":
            holds, detail = judge_record(row.record, self._played)
            return Assertion(f"record: {row.record}", _whole(), holds, detail)
        if subject == "watchdog_resets":
            return self._resets(row)
        if subject == "total":
            really = _value_of(self._played.looks[-1], row.of)
            holds, detail = judge_total(self._played, row.total, really, row.within_percent)
            what = f"total: {row.total} of {row.of}, within {row.within_percent:g} %"
            return Assertion(what, _whole(), holds, detail)
        return self._budget(row)

    def _over_time(
        self, row: Expect, what: str, states: Timeline, wanted: dict[str, Any]
    ) -> Assertion:
        from_us, until_us = self._window(row)
        spans = list(states.spans(wanted, from_us, until_us))
        seconds = self._seconds
        if row.times is not None:
            told = ", ".join(f"{seconds(start):.10g}" for start, _ in spans) or "-"
            detail = msg("{count} times: {at} s", count=len(spans), at=told)
            return Assertion(what, self._when(row), len(spans) == row.times, detail)
        whole = spans == [(from_us, until_us)]
        if row.when == "finally":
            holds = states.spans(wanted, until_us, until_us)
            holds = any(True for _ in holds)
        else:
            holds = {"always": whole, "never": not spans}.get(row.when, bool(spans))
        return Assertion(what, self._when(row), holds, self._told(row, states, wanted, spans))

    def _told(
        self,
        row: Expect,
        states: Timeline,
        wanted: dict[str, Any],
        spans: list[tuple[int, int]],
    ) -> Sentence:
        """Since when it was so; else how it stood instead when it should have been so."""
        from_us, until_us = self._window(row)
        if row.when == "always" and spans == [(from_us, until_us)]:
            return msg("so all the time")
        if row.when == "never" and not spans:
            return msg("at no time")
        if spans and row.when != "always":
            last = spans[-1] if row.when == "finally" else spans[0]
            return msg(
                "so from {start} s to {end} s",
                start=f"{self._seconds(last[0]):.10g}",
                end=f"{self._seconds(last[1]):.10g}",
            )
        at_us = until_us
        if row.when == "always" and spans:
            at_us = from_us if spans[0][0] > from_us else min(spans[0][1], until_us)
        state = _named({key: states.at(at_us, key) for key in wanted})
        return msg("at {at} s: {state}", at=f"{self._seconds(at_us):.10g}", state=state)

    def _point(self, row: Expect) -> Assertion:
        states, wanted, bounds = self._readings[row.point], row.wanted(), _bounds(row)
        if not bounds:
            what = f"{row.point}: {_named(wanted)}"
            return self._over_time(row, what, states, wanted)
        inside = Timeline()
        for at_us, live in self._played.live:
            told = live["points"][row.point]
            inside.put(
                at_us, {"inside": told["value"] is not None and _inside(row, told["value"])}
            )
        return self._over_time(row, f"{row.point} {bounds}", inside, {"inside": True})

    def _truth(self, row: Expect) -> Assertion:
        states = Timeline()
        values = Timeline()
        for look in self._played.looks:
            value = _value_of(look, row.truth)
            states.put(look.now_us, {"so": _inside(row, value)})
            values.put(look.now_us, {"value": round(value, 3)})
        judged = self._over_time(row, f"{row.truth} {_bounds(row)}", states, {"so": True})
        until_us = self._window(row)[1]
        detail = msg(
            "at {at} s: {state}",
            at=f"{self._seconds(until_us):.10g}",
            state=values.at(until_us, "value"),
        )
        return Assertion(judged.what, judged.when, judged.holds, detail)

    def _events(self, row: Expect) -> Assertion:
        found = [each for each in self._played.events if each.kind == _KINDS[row.event]]
        detail = msg("{count} recorded", count=len(found))
        return Assertion(f"event: {row.event}", self._when(row), len(found) == row.times, detail)

    def _resets(self, row: Expect) -> Assertion:
        by_watchdog = [at for at, cause in self._played.resets if cause == WATCHDOG_RESET]
        told = ", ".join(f"{self._seconds(at):.10g}" for at in by_watchdog) or "-"
        count = len(self._played.resets)
        holds = len(by_watchdog) == len(self._played.resets) == row.watchdog_resets
        detail = msg("{count} resets; by the watchdog at: {at} s", count=count, at=told)
        return Assertion(
            f"watchdog_resets: {row.watchdog_resets}",
            _whole(),
            holds,
            detail if count else msg("no reset"),
        )

    def _budget(self, row: Expect) -> Assertion:
        trip = row.within_budget
        holds, detail = judge_reactions(self.reactions, trip)
        return Assertion(f"within_budget: {trip}", _whole(), holds, detail)

    # Times.

    @cached_property
    def _readings(self) -> dict[str, Timeline]:
        states: dict[str, Timeline] = {}
        for at_us, live in self._played.live:
            for name, reading in live["points"].items():
                kind = "none"
                if reading["value"] is not None:
                    kind = "suspect" if reading["flag"] == codes.FLAG_SUSPECT else "good"
                states.setdefault(name, Timeline()).put(
                    at_us, {"reading": kind, "detail": reading["detail"]}
                )
        points = station_points(self._played.station)
        return {name: states.get(name, Timeline()) for name in points}

    def _window(self, row: Expect) -> tuple[int, int]:
        end_s = row.by_s if row.by_s is not None else row.until_s
        end_us = self._scenario.duration_us if end_s is None else self._scenario.us(end_s)
        return self._scenario.us(row.from_s), end_us

    def _seconds(self, at_us: int) -> float:
        """In the file's own time."""
        return round(at_us * self._scenario.file.time_lapse / 1_000_000, 1)

    def _when(self, row: Expect) -> Sentence:
        from_us, until_us = self._window(row)
        window = {
            "from_s": f"{self._seconds(from_us):.10g}",
            "until_s": f"{self._seconds(until_us):.10g}",
        }
        if row.times is not None:
            return msg("{times} times from {from_s} s to {until_s} s", times=row.times, **window)
        if row.when == "finally":
            return msg("at the end")
        if row.when == "always":
            return msg("all the time from {from_s} s to {until_s} s", **window)
        if row.when == "never":
            return msg("never from {from_s} s to {until_s} s", **window)
        return msg("at some time from {from_s} s to {until_s} s", **window)


def _whole() -> Sentence:
    return msg("over the whole run")


def _inside(row: Expect, value: float) -> bool:
    return (row.above is None or value > row.above) and (row.below is None or value < row.below)


def _bounds(row: Expect) -> str:
    bounds = ((">", row.above), ("<", row.below))
    return " ".join(f"{sign} {bound:g}" for sign, bound in bounds if bound is not None)


def _named(state: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {'?' if value is None else value}" for key, value in state.items())


def _gate_states(played: Played, gate: str) -> Timeline:
    states = Timeline()
    for look in played.looks:
        permille = look.gates[gate].opening_permille
        position = "open" if permille >= 1000 else "closed" if permille <= 0 else "between"
        states.put(look.now_us, {"position": position})
    on = {"open": 0, "close": 0, "out": 0}
    states.put(0, {"command": "none"})
    for at_us, name, coil, level in played.commands:
        if name == gate:
            on[coil] = level
            states.put(at_us, {"command": next((each for each in on if on[each]), "none")})
    for each in played.transitions:
        if each["gate"] == gate:
            told = {key: each[key] for key in _FROM_JOURNAL}
            told |= {_alarm(name): name in each["alarms"] for name in codes.ALARM_NAMES.values()}
            states.put(each["at_us"], told)
    return states


def _alarm(name: str) -> str:
    return f"alarm {name}"


def _with_alarms(wanted: dict[str, Any]) -> dict[str, Any]:
    """Several alarms stand side by side: each is a state of its own."""
    named = {key: value for key, value in wanted.items() if key != "alarm"}
    return named | ({_alarm(wanted["alarm"]): True} if "alarm" in wanted else {})


def _value_of(look: Truth, path: str) -> float:
    """A number of the truth by its dotted name, as `pond_stage_mm` or `gates.main.passed_m3`."""
    node: Any = look
    for step in path.split("."):
        node = node.get(step) if isinstance(node, dict) else getattr(node, step, None)
    if not isinstance(node, int | float):
        raise UserError(
            _ROOM,
            "The world has no number {path} that could be expected.",
            hint="See the table of `truth` in docs/scenarios.md.",
            path=path,
        )
    return float(node)
