"""What a probe shows besides the water: each ailment in its window, on every make."""

import math

import pytest
from world_helpers import GOOD_WATER, S, frame, probe, read, water

from reedgate_boards.site.user_error import UserError
from reedgate_sim.world.faults import INSTRUMENT_KINDS, Fault
from reedgate_sim.world.instrument import Character, character
from reedgate_sim.world.keller import KellerSeries30
from reedgate_sim.world.probes import make_of, makes
from reedgate_sim.world.substances import do_saturation_mg_l
from reedgate_sim.world.wiper import Wiper
from reedgate_sim.world.yosemitech import Y504, Y511

HOUR = 3600 * S
WIPED = Character(wipe_us=10 * S, wipe_every_us=1800 * S)
START = frame("01 03 25 00 00 01 8F 06")
READ5 = frame("01 03 26 00 00 05 8E 81")


def turbidity(*faults, behaviour=None, **options):
    one = probe(Y511, behaviour=behaviour, **options)
    for fault in faults:
        one.afflict(fault)
    return one


def shown(one, at_us, name="turbidity_ntu"):
    return one.registers(at_us)[name]


def rising(**slopes):
    return {
        **water(),
        **{key: lambda now_us, k=per_s: k * now_us / S for key, per_s in slopes.items()},
    }


def test_stuck_holds_what_it_held():
    one = turbidity(Fault("stuck", 1, 10 * S, 20 * S), water=rising(turbidity_ntu=1))
    before = shown(one, 10 * S - 1)
    held = {shown(one, at) for at in range(10 * S, 20 * S, S // 2)}
    assert len(held) == 1
    assert held.pop() == pytest.approx(before, abs=1)
    assert shown(one, 20 * S) == pytest.approx(20, abs=1)


def test_stuck_when_asked_late_is_stuck_all_the_same():
    early = turbidity(Fault("stuck", 1, 10 * S, 99 * S), water=rising(turbidity_ntu=1))
    late = turbidity(Fault("stuck", 1, 10 * S, 99 * S), water=rising(turbidity_ntu=1))
    first = shown(early, 10 * S)
    assert shown(late, 50 * S) == first


def test_one_register_can_be_stuck_alone():
    flow = rising(turbidity_ntu=1, temperature_c=1)
    one = turbidity(Fault("stuck", 1, 10 * S, register="temperature_c"), water=flow)
    assert shown(one, 30 * S) == pytest.approx(30, abs=1)
    assert shown(one, 30 * S, "temperature_c") == pytest.approx(10, abs=1)


def test_drift_grows_by_the_hour_and_goes_with_its_cause():
    one = turbidity(Fault("drift", 1, HOUR, 4 * HOUR, value=0.5))
    values = [shown(one, at) for at in (HOUR, 2 * HOUR, 4 * HOUR - 1, 4 * HOUR)]
    assert values == pytest.approx([6.8, 7.3, 8.3, 6.8], abs=0.001)


def test_drift_is_of_a_register_between_two_refreshes_too():
    one = turbidity(Fault("drift", 1, value=360.0), behaviour=Character(refresh_us=10 * S))
    edge = one.next_change_us(HOUR)
    assert len({shown(one, edge + late) for late in (0, 1, 5 * S, 10 * S - 1)}) == 1
    assert shown(one, edge + 10 * S) == pytest.approx(shown(one, edge) + 1)


def test_fouling_is_a_share_and_a_wiper_takes_it_off():
    unwiped = turbidity(Fault("fouling", 1, value=10.0))
    assert shown(unwiped, 5 * HOUR) == pytest.approx(6.8 * 1.5, rel=0.001)
    wiped = turbidity(Fault("fouling", 1, value=10.0), behaviour=WIPED)
    values = [shown(wiped, 5 * HOUR + at * S) for at in range(0, 1800, 10)]
    assert max(values) == pytest.approx(6.8 * 1.05, rel=0.001)
    assert min(values) == pytest.approx(6.8, rel=0.001)


def test_bubbles_come_one_measurement_in_so_many():
    one = turbidity(Fault("bubbles", 1, value=40.0, count=20))
    values = [shown(one, at * S + 999_999) for at in range(4000)]
    spikes = [value for value in values if value > 40]
    assert 150 < len(spikes) < 260
    assert spikes == pytest.approx([46.8] * len(spikes))
    again = turbidity(Fault("bubbles", 1, value=40.0, count=20))
    assert [shown(again, at * S + 999_999) for at in range(4000)] == values


def test_while_the_wiper_passes_the_last_measurement_stands():
    one = turbidity(behaviour=WIPED, water=rising(turbidity_ntu=1))
    sweep_us = next(at for at in range(0, 1800 * S, S) if one.wiper.sweeps(at))
    values = {shown(one, sweep_us + at * S) for at in range(9)}
    assert len(values) == 1
    assert shown(one, sweep_us + 11 * S) == pytest.approx(sweep_us / S + 11, abs=1.1)
    assert sum(one.wiper.sweeps(at) for at in range(0, 3600 * S, S)) == 20


def test_a_worn_wiper_is_seen_while_it_passes():
    one = turbidity(Fault("wiper", 1, value=100.0), behaviour=WIPED)
    high = [at for at in range(1800) if shown(one, at * S) > 100]
    assert len(high) == 10
    assert all(one.wiper.sweeps(at * S) for at in high)


def test_the_brush_command_makes_it_sweep():
    one = turbidity(behaviour=Character(wipe_us=10 * S), water=rising(turbidity_ntu=1))
    assert not one.wiper.sweeps(100 * S)
    one.answer(frame("01 10 31 00 00 00 00 74 94"), 100 * S)
    assert one.wiper.sweeps(105 * S)
    assert shown(one, 105 * S) == pytest.approx(100, abs=1)
    assert shown(one, 111 * S) == pytest.approx(111, abs=1)


def test_the_brush_interval_is_lost_with_the_power():
    one = turbidity(Fault("power_loss", 1, 100 * S, 110 * S), behaviour=WIPED)
    five = frame("01 10 32 00 00 01 02 05 00")
    one.answer(five + bytes.fromhex("B77B"), 0)
    assert one.answer(read(1, 0x3200, 1), 50 * S) is not None
    assert one.answer(read(1, 0x3200, 1), 105 * S) is None
    assert one.answer(read(1, 0x3200, 1), 120 * S)[3:5] == b"\x1e\0"
    assert one.wiper.sweeps(111 * S)  # it sweeps at power-up


def test_a_probe_in_air_reads_as_perfect_water():
    in_air = Fault("in_air", 1, 10 * S, 20 * S)
    assert shown(turbidity(in_air), 15 * S) == 0
    oxygen = probe(Y504)
    oxygen.afflict(in_air)
    assert oxygen.registers(15 * S)["do_mg_l"] == pytest.approx(do_saturation_mg_l(14.2))
    assert oxygen.registers(15 * S)["do_fraction"] == pytest.approx(1)
    assert oxygen.registers(25 * S)["do_mg_l"] == GOOD_WATER["do_mg_l"]
    level = probe(KellerSeries30)
    level.afflict(in_air)
    assert level.quantity("depth_mm", 15 * S) == 0
    assert level.quantity("depth_mm", 25 * S) == pytest.approx(1500)


def test_out_of_the_water_it_takes_its_time():
    one = turbidity(Fault("in_air", 1, 100 * S), behaviour=character("yosemitech-y511"), warm=True)
    just_out, later = shown(one, 102 * S), shown(one, 160 * S)
    assert 0.5 < just_out < 6.8
    assert later < 0.1


def test_without_power_it_is_deaf_then_warms_up_and_waits_for_its_start():
    cold = Character(warm_up_us=8 * S, stabilise_us=40 * S)
    one = turbidity(Fault("power_loss", 1, 100 * S, 110 * S), behaviour=cold)
    assert one.answer(READ5, 100 * S - 1) is not None
    assert one.answer(READ5, 100 * S) is None
    assert one.answer(READ5, 118 * S - 1) is None
    assert one.answer(READ5, 118 * S)[7:11] == bytes.fromhex("9A99D940")  # its last measurement
    assert one.answer(START, 200 * S) is not None
    assert shown(one, 240 * S) == pytest.approx(6.8)
    assert math.isnan(shown(turbidity(Fault("power_loss", 1), behaviour=cold), S))


def test_a_transmitter_that_starts_alone_measures_again_by_itself():
    one = makes()["ysi-odo-rtu"](1, water(), Character(warm_up_us=S, stabilise_us=4 * S))
    one.afflict(Fault("power_loss", 1, 10 * S, 20 * S))
    assert one.quantity("do_mg_l", 9 * S) == 8.75
    assert one.answer(read(1, 0, 2, 4), 15 * S) is None
    assert one.answer(read(1, 0, 2, 4), 22 * S) is not None
    assert math.isnan(one.quantity("do_mg_l", 25 * S - 1))
    assert one.quantity("do_mg_l", 25 * S) == 8.75


def test_no_value_and_the_error_register():
    one = turbidity(behaviour=character("yosemitech-y511"))
    one.afflict(Fault("no_value", 1, 10 * S, 20 * S))
    one.afflict(Fault("error", 1, 30 * S, 40 * S, code=3))
    assert one.answer(READ5, 15 * S)[7:12] == b"\0\0\0\0\x01"
    assert one.answer(READ5, 25 * S)[11] == 0
    assert one.answer(READ5, 35 * S)[11] == 3
    level = probe(KellerSeries30)
    level.afflict(Fault("no_value", 1))
    assert math.isnan(level.registers(0)["pressure_bar"])


def test_an_error_needs_a_register_to_stand_in():
    with pytest.raises(UserError, match="unit id 1 has no error register"):
        probe(Y504).afflict(Fault("error", 1))


@pytest.mark.parametrize("kind", [kind for kind in INSTRUMENT_KINDS if kind != "error"])
@pytest.mark.parametrize("name", sorted(makes()))
def test_every_ailment_shows_on_every_make_and_passes(kind, name):
    behaviour = Character(wipe_us=10 * S, wipe_every_us=60 * S)
    one = make_of(name)(1, rising(**dict.fromkeys(GOOD_WATER, 1e-3)), behaviour)
    sound = make_of(name)(1, rising(**dict.fromkeys(GOOD_WATER, 1e-3)), behaviour)
    one.afflict(Fault(kind, 1, 1000 * S, 2000 * S, value=500.0))

    def differs(from_s, until_s):
        times = range(from_s * S, until_s * S, 5 * S)
        return [at for at in times if repr(one.registers(at)) != repr(sound.registers(at))]

    assert differs(900, 1000) == []
    assert differs(1000, 1200) != []
    if kind != "power_loss":  # after that the wiper has another beat, and some wait for a start
        assert differs(2020, 2100) == []  # a sweep at the end shows what was measured before it


def test_a_watch_sees_each_edge():
    one = turbidity(Fault("value", 1, 5 * S + 7, 9 * S + 3, 50.0), behaviour=WIPED)
    times, at = [], 0
    while at < 20 * S:
        times.append(at := one.next_change_us(at))
    assert {5 * S + 7, 9 * S + 3} <= set(times)
    assert times == sorted(set(times))


def test_a_wiper_has_its_edges():
    wiper = Wiper(10, 100, 30)
    assert [at for at in range(200) if wiper.sweeps(at)] == [*range(30, 40), *range(130, 140)]
    assert wiper.edges_after(30) == [40, 130]
    assert wiper.edges_after(40) == [130]
    assert wiper.measured_us(35) == 30
    assert wiper.measured_us(40) == 40
    wiper.sweep(50)
    assert [at for at in range(45, 200) if wiper.sweeps(at)] == [*range(50, 60), *range(150, 160)]
    assert Wiper(0, 0, 7).edges_after(0) == []
