"""The core alone decides as the whole firmware does."""

from dataclasses import replace

import pytest

from reedgate_boards.site.user_error import UserError
from reedgate_sim.replay.core_run import CoreReplay
from reedgate_sim.replay.plan import make_plan
from reedgate_sim.replay.run import Decision, Replay
from reedgate_sim.replay.series import Series

STEP_S = 900


def series_of(values: list, missing: range = range(0)) -> Series:
    rows = [row for row in range(len(values)) if row not in missing]
    return Series(
        [f"row {row}" for row in rows],
        [row * STEP_S for row in rows],
        {"turbidity_ntu": [values[row] for row in rows]},
        {"turbidity_ntu": [values[row] for row in rows]},
    )


NAN = float("nan")
UPSET = [60.5, 61, 59] + [3.25] * 6
SERIES = [
    series_of([3] * 8 + UPSET),
    series_of([3] * 4 + [20, 3, 20, 20, 3, 3, 3, 3, 900, 3, 3, 3]),
    series_of([3] * 6 + [NAN] * 5 + [3] * 6),
    series_of([3] * 30, missing=range(8, 18)),
    series_of([3] * 30, missing=range(8, 10)),
    series_of([3] * 4 + UPSET * 4),  # the third in a day waits for a reset
]


def seen(decision: Decision) -> tuple:
    reading = decision.points["turbidity_ntu"]
    return reading.get("value"), reading["status"]


@pytest.mark.parametrize("series", SERIES)
def test_both_decide_alike(series):
    """The whole firmware tells it up to a row later: a poll and an event wait for the flash."""
    plan = make_plan(None, ["turbidity_ntu>15"], series)
    whole, core = Replay(plan, series).run(), CoreReplay(plan, series).run()
    for row, decision in enumerate(core.decisions):
        told = whole.decisions[row : row + 2]
        assert decision.gate in [each.gate for each in told]
        assert decision.state in [each.state for each in told]
        assert seen(decision) == seen(told[0])
    assert [(close.rule, close.cause) for close in core.closes] == [
        (close.rule, close.cause) for close in whole.closes
    ]
    for early, late in zip(core.closes, whole.closes, strict=True):
        assert late.row - early.row in (0, 1)
    assert (core.reopenings, core.resets) == (whole.reopenings, whole.resets)
    assert replace(core.score, availability=0) == replace(whole.score, availability=0)
    row_each = (len(core.closes) + 0.001) / len(series.times)
    assert abs(core.score.availability - whole.score.availability) <= row_each
    assert core.rule == whole.rule


def test_the_same_series_gives_the_same_hash():
    plan = make_plan(None, ["turbidity_ntu>15"], SERIES[0])
    first, second = (CoreReplay(plan, SERIES[0]).run().log_sha256 for _ in range(2))
    assert first == second


def test_a_gate_on_a_bus_is_refused():
    plan = make_plan(None, [], SERIES[0])
    plan.station.gates["main"] = plan.station.gates["main"].model_copy(
        update={"drive": "modbus_actuator"}
    )
    with pytest.raises(UserError, match="gate main is moved over a bus"):
        CoreReplay(plan, SERIES[0])
