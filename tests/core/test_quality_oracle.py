"""Flags of the board against ioos_qc 3.0, over random series.

What it gives for them is in ioos_qc_flags.json, for it and what it needs take longer to install
than all of our tests. Where it is installed (`.venv/bin/pip install ioos_qc==3.0.0`) it is asked
itself, and has to give what is recorded; a file that is missing is written.
"""

import json
import random
from pathlib import Path

import pytest
from core_quality import MINUTE_MS, flags, judged

try:
    import numpy as np
    from ioos_qc import qartod
except ImportError:
    qartod = None

RECORDED = Path(__file__).with_name("ioos_qc_flags.json")
RATE, SPIKE, FLAT_POLLS, GROSS = 3000, 4000, 3, 20000


def drawn(seed, holes):
    """300 numbers that walk, stand still, jump and leave the range; some are missing."""
    rng = random.Random(seed)
    series, value = [], 8000
    while len(series) < 300:
        kind = rng.random()
        if kind < 0.1:
            series += [value] * rng.randrange(2, 7)
        elif kind < 0.15 and holes:
            series.append(None)
        elif kind < 0.25:
            series.append(value + rng.choice((-1, 1)) * rng.randrange(3000, 15000))
        else:
            value = max(0, min(19000, value + rng.choice((0, 1, 500, 2999, 3000, 3001, -2500))))
            series.append(value)
    return series


def causal_spikes(numbers):
    """spike_test of the middle of (before last, number, last), for each number that has both.

    Its threshold is at least what these two differ: a fall that goes on is no spike.
    """
    found = [1, 1]
    for before, last, number in zip(numbers, numbers[1:], numbers[2:], strict=False):
        if np.isnan(number):
            found.append(9)
        else:
            least = max(SPIKE, abs(last - before))
            triple = qartod.spike_test([before, number, last], least, 0, method="differential")
            found.append(int(triple[1]))
    return found


def by_the_oracle(series, holes):
    numbers = [np.nan if raw is None else float(raw) for raw in series]
    times = [60 * number for number in range(len(series))]
    tests = [
        qartod.gross_range_test(numbers, (0, GROSS)),
        qartod.rate_of_change_test(numbers, times, RATE / 60),
        causal_spikes(numbers),
    ]
    if not holes:  # ioos_qc takes a hole before a flat line for a part of it
        flat_s = FLAT_POLLS * 60
        tests.append(qartod.flat_line_test(numbers, times, flat_s, flat_s, tolerance=0.5))
    return [
        4 if raw is None else max(int(flag) for flag in of_all if flag != 2)
        for raw, *of_all in zip(series, *tests, strict=True)
    ]


def drawn_of(name):
    seed, holes = name.split()
    return drawn(int(seed), holes == "holes"), holes == "holes"


NAMES = [f"{seed} {holes}" for seed in range(10) for holes in ("whole", "holes")]


@pytest.fixture(scope="module")
def recorded():
    """By name, a digit for each number of the series."""
    if qartod is None:
        return json.loads(RECORDED.read_text(encoding="ascii"))
    found = {name: "".join(map(str, by_the_oracle(*drawn_of(name)))) for name in NAMES}
    if not RECORDED.is_file():
        RECORDED.write_text(json.dumps(found, indent=1) + "\n", encoding="ascii")
    assert found == json.loads(RECORDED.read_text(encoding="ascii"))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_same_flags(recorded, name):
    series, holes = drawn_of(name)
    expected = [int(flag) for flag in recorded[name]]
    table = judged(
        rate=RATE,
        spike=SPIKE,
        flat_ms=0 if holes else FLAT_POLLS * MINUTE_MS,
        flat_polls=FLAT_POLLS,
        gross_max=GROSS,
        suspect_ms=100000000,
    )
    assert flags(table, series) == expected
    assert {1, 3, 4} <= set(expected)
