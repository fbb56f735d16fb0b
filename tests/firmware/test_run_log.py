"""The hash of a sealed run: the seed decides it, and everything at the chip's edges is in it."""

import pytest
from station_rig import SITE, S
from uplink_rig import Run, gateway, overlay

from reedgate_sim.rigs import run_log

BUS_FAULTS = (
    ("turbidity", "noise_before", 3),
    ("oxygen", "noise_after", 9),
    ("level", "truncated", 2),
)

# Not the firmware: two outputs at once, then one after the other, each a few milliseconds later.
PULSES = """
import asyncio, board
from machine import Pin
from station.drivers.clock import Clock
async def main():
    clock = Clock()
    pins = [Pin(pin, Pin.OUT, value=board.OFF) for pin in board.OUTPUTS[:2]]
    await clock.sleep_until(clock.now_ms() + 100)
    pins[0].on()
    pins[1].on()
    for step in range(5):
        await clock.sleep_until(clock.now_ms() + 7)
        pins[step % 2].value(step & 2)
    await clock.sleep_until(clock.now_ms() + 100000)
asyncio.run(main())
"""


def hard_day(seed):
    """Noise on the bus, a broker that fails, two power cuts and one in the middle of a write."""
    with Run(broker=gateway(seed), seed=seed) as run:
        for sensor, kind, count in BUS_FAULTS:
            run.plant.add_fault(sensor, kind, count=count, from_us=5 * S, until_us=35 * S)
        for at_s, mode in ((8, "silent"), (20, "ok"), (31, "stops_reading"), (33, "ok")):
            run.at(at_s, lambda mode=mode, run=run: run.set_mode(mode))
        run.at(14.2, run.rig.power_off)
        run.at(14.9, run.rig.power_on)
        run.at(23.1, lambda run=run: run.rig.cut_at_operation(1, torn=True))
        run.at(25, run.rig.power_on)
        run.to(45)
        return run.rig.log_sha256, len(run.broker.records), run.rig.has_power


def test_two_sealed_runs_of_one_seed_have_the_same_hash():
    first, second = hard_day(1), hard_day(1)
    assert first == second
    assert first[1] > 0, "records were confirmed"
    assert first[2]


def test_another_seed_has_another():
    assert len({hard_day(seed)[0] for seed in (1, 2, 3)}) == 3


def test_it_grows_with_the_run_and_can_be_asked_at_any_time():
    seen = []
    with Run() as run:
        for at_s in (1, 2, 3):
            run.to(at_s)
            seen += [run.rig.log_sha256, run.rig.log_sha256]
    assert seen[0::2] == seen[1::2]
    assert len(set(seen)) == 3


@pytest.fixture
def noted(monkeypatch):
    """What a short run notes, as (what, kind, now_us, number, data)."""
    entries = []
    stock = run_log.RunLog.note

    def note(self, what, kind, now_us, number, data=b""):
        entries.append((what, kind, now_us, number, data))
        stock(self, what, kind, now_us, number, data)

    monkeypatch.setattr(run_log.RunLog, "note", note)
    return entries


def test_everything_at_the_edges_is_in_it(noted):
    with Run() as run:
        run.at(26, run.rig.power_off)
        run.at(27, run.rig.power_on)
        run.to(30)
        outputs = [at_us for at_us, _, _ in run.outputs]
        confirmed = [record for _, record in run.broker.records.values()]
        noted = noted[:]  # without the end of the rig
    assert [at for what, _, at, _, _ in noted if what == run_log.OUTPUT] == outputs
    starts = [(at, cause) for what, _, at, cause, _ in noted if what == run_log.START]
    assert [at for at, _ in starts] == [0, 27_050_000]
    assert [at for what, _, at, _, _ in noted if what == run_log.END] == [26_000_000]
    asked = [data[0] for what, _, _, _, data in noted if what == run_log.BUS_OUT]
    answered = [data[0] for what, _, _, _, data in noted if what == run_log.BUS_IN]
    units = {sensor.unit_id for sensor in SITE.stations["inlet"].sensors.values()}
    assert set(asked) == set(answered) == units
    sent = b"".join(data for what, _, _, _, data in noted if what == run_log.UPLINK_OUT)
    assert confirmed
    assert all(record in sent for record in confirmed)
    assert any(data for what, _, _, _, data in noted if what == run_log.UPLINK_IN)
    stamps = [at for _, _, at, _, _ in noted]
    assert stamps == sorted(stamps)


def test_an_output_ends_its_grant_and_is_stamped_by_itself(tmp_path, monkeypatch):
    overlay(tmp_path, monkeypatch, boot="", main=PULSES)
    with Run() as run:
        run.rig.world.buses.clear()
        run.to(1)
        assert "Traceback" not in run.rig.console
        later = [(at, terminal) for at, terminal, _ in run.outputs if at]
    both = [(100_000, "RELAY_1"), (100_000, "RELAY_2")]
    steps = [(100_000 + 7_000 * n, f"RELAY_{1 + (n - 1) % 2}") for n in range(1, 6)]
    assert later == both + steps
