"""The RTU bench: a share of the mixed faults, and that it judges by the bytes on the line."""

import json

import pytest

from reedgate_boards.site.user_error import UserError
from reedgate_sim.benches import mixed, paced_rtu, rtu
from reedgate_sim.benches.rtu_line import (
    BY_CHANCE,
    IMPOSTOR,
    READ,
    REGISTERS,
    REPEATED,
    RIGHT,
    WRONG,
    JudgedLine,
)
from reedgate_sim.world import adu
from reedgate_sim.world.faults import Fault
from reedgate_sim.world.line import Line

LINE = Line(9600)


@pytest.mark.parametrize(("baud", "seed"), [(9600, 11), (115200, 12)])
def test_no_wrong_value_is_taken_whatever_the_line_does(baud, seed):
    counts = mixed.run(2000, baud, seed)
    assert counts[WRONG] == 0
    assert counts[BY_CHANCE] <= 1
    assert counts[RIGHT] > 700
    assert counts["healthy_answered"] > 0.85 * counts["healthy"]
    assert sum(counts[key] for key in ("answered", "no_answer", "bad_frame", "exception")) == 2000


def test_a_guard_that_is_too_short_is_seen(monkeypatch):
    """The master is told of a shorter guard than the line's faults keep to."""
    write = mixed.Path.write_text

    def shorter(path, text, **options):
        if path.name == "main.py":
            assert f"{mixed.GUARD_MS})" in text
            text = text.replace(f"{mixed.GUARD_MS})", "100)")
        return write(path, text, **options)

    monkeypatch.setattr(mixed.Path, "write_text", shorter)
    assert mixed.run(1500, 9600, 11)[WRONG] > 0


def asked(line, now_us, unit=1):
    """A request and all that comes of it; its number."""
    line.transmit(now_us, adu.sealed(unit, bytes((READ, 0, 0, 0, REGISTERS))), LINE)
    heard = line.receive(now_us + 900_000)
    return len(line.asked) - 1, heard[3:-2]


def test_a_value_is_judged_by_what_was_on_the_line():
    faults = {}
    line = JudgedLine((1, 2), 20_000, LINE, lambda n, _: faults.get(n, []), seed=1)
    first, taken = asked(line, 0)
    assert line.judge(first, taken) == RIGHT
    faults[1] = [Fault("stale", 1, delay_ms=50)]
    second, again = asked(line, 1_000_000)
    assert again == taken != line.truth[second]
    assert line.judge(second, again) == REPEATED
    faults[2] = [Fault("late", 1, delay_ms=950)]
    third, nothing = asked(line, 2_000_000)
    assert nothing == b""
    fourth, _ = asked(line, 3_000_000)
    assert line.judge(fourth, line.truth[third]) == WRONG  # it came, and late
    assert line.judge(fourth, taken) == WRONG  # it did not come at all
    fifth, _ = asked(line, 4_000_000, unit=2)
    sixth, _ = asked(line, 5_000_000)
    line.heard[sixth] += adu.sealed(1, bytes((READ, 8)) + line.truth[fifth])
    assert line.judge(sixth, line.truth[fifth]) == IMPOSTOR
    seventh, _ = asked(line, 6_000_000)
    for late in (third, sixth):  # the master gave the one up, and had the other answered
        line.heard[seventh] += adu.sealed(1, bytes((READ, 8)) + line.truth[late])
    assert line.judge(seventh, line.truth[third]) == WRONG
    assert line.judge(seventh, line.truth[sixth]) == IMPOSTOR
    line.heard[sixth] += adu.sealed(1, bytes((READ, 8)) + taken)
    assert line.judge(sixth, taken) == WRONG  # an old answer, though it was taken at its time
    line.heard[sixth] += adu.sealed(1, bytes((READ, 8)) + b"anything")
    assert line.judge(sixth, b"anything") == BY_CHANCE
    assert line.judge(sixth, b"whatever") == WRONG
    assert line.judge_exception(sixth, 4) == WRONG


def measured(name, faults=(), requests=4, units=1):
    line = JudgedLine(
        range(1, units + 1), 20_000, LINE, lambda n, _: list(faults) if n % 2 == 0 else [], seed=1
    )
    return paced_rtu.measured(name, line, LINE, requests, units)


def test_the_firmwares_master_in_real_time():
    found = measured("reedgate", requests=12, units=4)
    assert (found.answered, found.wrong) == (12, 0)
    assert found.heap_bytes <= 64
    assert found.took_ms > rtu.least_us(9600) / 1000 - 5  # the very first waits for no silence


def test_a_stale_answer_fools_umodbus_and_not_us():
    ours = measured("reedgate", [Fault("late", 1, delay_ms=420)])
    assert (ours.answered, ours.wrong) == (2, 0)
    try:
        paced_rtu.umodbus_dir()
    except UserError as problem:
        pytest.skip(f"OUR MASTER IS COMPARED WITH NONE: {problem}")
    theirs = measured("umodbus", [Fault("late", 1, delay_ms=600)])
    assert theirs.wrong >= 1
    assert theirs.stall_ms > 300
    assert theirs.heap_bytes > 300


def test_the_bench_gives_every_figure_and_a_verdict(monkeypatch):
    found = paced_rtu.Measured(8, 0, 12.3, 4.0, 50.0, 60.0)
    monkeypatch.setattr(rtu, "measured", lambda *_: found)
    monkeypatch.setattr(rtu, "_scan_ms", lambda: {"max_ms": 1.0})
    result = rtu.run(requests=90)
    assert set(result) == {"name", "figures", "against"}
    assert json.loads(json.dumps(result)) == result
    assert set(result["against"]["umodbus"]) < set(result["figures"])
    assert all(result["figures"][f"{baud}_share"] >= 0.95 for baud in rtu.BAUDS), result["figures"]
    assert result["figures"]["mixed_requests"] == 90
    text = rtu.verdict(result, lambda message, **values: message.format(**values))
    assert "No wrong value was taken in 90 requests." in text
    assert "Is the machine busy" not in text
    result["figures"] |= {"stale_wrong": 2.0, "scan_beside_mute_max_ms": 5.1}
    text = rtu.verdict(result, lambda message, **values: message.format(**values))
    assert text.startswith("2 wrong values")
    assert "Is the machine busy" in text


def test_the_least_time_is_that_of_the_frames():
    character_us = 10e6 / 9600
    least_us = 8 * character_us + 20_000 + 13 * character_us + 3.5 * character_us
    assert rtu.least_us(9600) == pytest.approx(least_us, abs=5)
    assert rtu.least_us(115200) == pytest.approx(21 * 10e6 / 115200 + 21_750, abs=5)
