"""Runs the firmware over a series and gathers what it decided, row by row."""

import csv
import io
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from reedgate_contract import records, topics
from reedgate_sim.confirmer import Confirmer, gate_event
from reedgate_sim.replay.plan import Plan
from reedgate_sim.replay.rule import ruled
from reedgate_sim.replay.score import Score, exceedances, scored
from reedgate_sim.replay.series import Series
from reedgate_sim.replay.world import ReplayWorld
from reedgate_sim.rigs.vm import VmRig

_RESET_SCANS = 2
_KEY = bytes(32)  # nobody listens to a replay
_POINTS_SIZE = 16  # of each part of an event after its first


@dataclass
class Decision:
    """What stands just before the next row."""

    gate: str  # open | closed | moving
    state: str  # the ruling rule
    opening_permille: int
    cause: str
    first_out: str
    closing: bool  # the close command stands, or the gate is closed
    points: dict[str, dict]


@dataclass
class Close:
    row: int
    rule: str
    cause: str


@dataclass
class Outcome:
    decisions: list[Decision] = field(default_factory=list)
    closes: list[Close] = field(default_factory=list)
    reopenings: int = 0
    resets: int = 0
    real_s: float = 0.0
    virtual_s: float = 0.0
    log_sha256: str = ""  # of the rig's run: see rigs/run_log.py
    score: Score | None = None
    rule: Score | None = None  # what is done by hand, on the same rows


class Replay:
    """One run. on_row(rows done) is called now and then, for a progress bar."""

    def __init__(self, plan: Plan, series: Series):
        self._plan = plan
        self._series = series
        self._world = ReplayWorld(plan.station, series, plan.travel_ms * 1000)
        self._prefix = topics.topic(plan.site.site.id, plan.station_id, "")
        self._row = 0
        self._live: dict = {}  # gate and points of the inlet as last told
        self._drive = "stopped"
        self._names: dict = {}  # the station's birth
        self._seen = 0  # seq of the last event taken
        self._broker = Confirmer(plan.site.site.id, plan.station_id, _KEY, seed=1)
        self._outcome = Outcome()

    def run(self, on_row: Callable[[int], None] = lambda row: None) -> Outcome:
        series, outcome = self._series, self._outcome
        started = time.monotonic()
        board = self._plan.station.board
        with VmRig(self._world, self._plan.config, board, network=self._broker) as rig:
            rig.provision("key.bin", _KEY)
            ends = [*series.seconds[1:], series.seconds[-1] + series.step_s]
            for row, end_s in enumerate(ends):
                self._row = row
                end_us = round(end_s * 1_000_000)
                rig.run((rig.now_us + end_us) // 2)
                self._take_messages()
                self._reset_if_waited_for()
                rig.run(end_us)
                self._take_messages()
                outcome.decisions.append(self._decision())
                if row % 256 == 0:
                    on_row(row)
            outcome.log_sha256 = rig.log_sha256
            if rig.resets:
                raise RuntimeError(f"the firmware was reset in the replay: {rig.console[-2000:]}")
        on_row(len(ends))
        outcome.virtual_s = ends[-1]
        outcome.real_s = time.monotonic() - started
        judge(outcome, self._plan, series)
        return outcome

    def _take_messages(self) -> None:
        """What the station has said since the last look; what it said last stands."""
        for message in self._broker.messages:
            leaf = message.topic.removeprefix(self._prefix)
            if leaf == topics.LIVE:
                live = json.loads(message.payload)
                self._live = {**live["gates"][self._plan.inlet], "points": live["points"]}
            elif leaf == topics.BIRTH:
                self._names = json.loads(message.payload)
        self._broker.messages.clear()
        if self._names:
            self._take_events()

    def _take_events(self) -> None:
        for event in self._broker.events_after(self._names["epoch"], self._seen):
            self._seen = event.seq + len(event.points) // _POINTS_SIZE
            if event.kind == records.KIND_GATE:
                self._take_transition(gate_event(event, self._names))

    def _reset_if_waited_for(self) -> None:
        """A latch whose cause has gone is reset in its first good row."""
        if self._live.get("wait") == "reset":
            self._world.press_reset(_RESET_SCANS * self._plan.scan_ms * 1000)
            self._outcome.resets += 1

    def _take_transition(self, event: dict) -> None:
        if event["gate"] != self._plan.inlet:
            return
        self._live.update(event)
        drive, was = event["drive"], self._drive
        self._drive = drive
        if drive == "closing" and was != "closing":
            self._outcome.closes.append(Close(self._row, event["rule"], event["cause"]))
        elif drive == "opening" and was != "opening":
            self._outcome.reopenings += 1

    def _decision(self) -> Decision:
        gate = self._live
        if not gate:  # nothing has been told yet
            return Decision("open", "start", 1000, "", "", False, {})
        leaf = self._world.leaves[self._plan.inlet]
        position = gate["position"]
        return Decision(
            gate=position if position in ("open", "closed") else "moving",
            state=gate["rule"],
            opening_permille=1000 * leaf.position_us // leaf.travel_us,
            cause=_named(gate["cause"]),
            first_out=_named(gate["first_out"]),
            closing=gate["target"] == "closed" or position == "closed",
            points=gate["points"],
        )


def judge(outcome: Outcome, plan: Plan, series: Series) -> None:
    """Scores need corrected columns."""
    beyond = exceedances(series.corrected, plan.bounds)
    if not beyond:
        return
    outcome.score = scored(
        beyond,
        [decision.closing for decision in outcome.decisions],
        [decision.gate == "open" for decision in outcome.decisions],
        [close.row for close in outcome.closes if close.rule == "quality"],
    )
    closed, closes = ruled(series.values, plan.bounds)
    outcome.rule = scored(beyond, closed, [not each for each in closed], closes)


def _named(cause: str) -> str:
    return "" if cause == "none" else cause


def decisions_csv(series: Series, outcome: Outcome) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    points = list(series.values)
    header = ["time", "gate", "state", "opening_permille", "cause", "first_out"]
    writer.writerow([*header, *[name for point in points for name in (point, f"{point}_status")]])
    for when, decision in zip(series.times, outcome.decisions, strict=True):
        row = [when, decision.gate, decision.state, decision.opening_permille]
        row += [decision.cause, decision.first_out]
        for point in points:
            reading = decision.points.get(point, {})
            value = reading.get("value")
            row += ["" if value is None else value, reading.get("status", "")]
        writer.writerow(row)
    return text.getvalue()


def summary(outcome: Outcome) -> dict:
    """The JSON that scripts may rely on."""
    score = outcome.score
    return {
        "rows": len(outcome.decisions),
        "closes": len(outcome.closes),
        "reopenings": outcome.reopenings,
        "resets": outcome.resets,
        "closes_by_cause": dict(Counter(close.cause for close in outcome.closes)),
        "virtual_s": outcome.virtual_s,
        "real_s": round(outcome.real_s, 2),
        "log_sha256": outcome.log_sha256,
        "score": None if score is None else _figures(score),
        "rule": None if outcome.rule is None else _figures(outcome.rule),
    }


def _figures(score: Score) -> dict:
    return {
        "events": score.events,
        "caught": score.caught,
        "nuisance": score.nuisance,
        "quality_closes": score.closes,
        "availability": round(score.availability, 6),
    }


def write_outcome(directory: Path, series: Series, outcome: Outcome) -> None:
    """decisions.csv and summary.json; the report has its own module."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "decisions.csv").write_text(decisions_csv(series, outcome), encoding="utf-8")
    figures = json.dumps(summary(outcome), indent=2, ensure_ascii=False)
    (directory / "summary.json").write_text(figures + "\n", encoding="utf-8")
