"""The search on simulated lines, in virtual time: what is found, and how long it takes."""

import pytest
from line_rig import DESK, PROFILES, STEPS, bus_of, searched

from reedgate_boards.finder.frames import Read
from reedgate_boards.finder.judge import Fault as LineFault
from reedgate_boards.finder.judge import Sure, Verdict
from reedgate_boards.finder.plan import EACH_S, UNITS, longest_s, wait_ms_of
from reedgate_boards.finder.serial_line import LATENCY_MS
from reedgate_sim.world.faults import Fault
from reedgate_sim.world.line import Line

PLANNED_S = longest_s(STEPS, wait_ms_of(PROFILES, LATENCY_MS))
SETTINGS = [
    (baud, parity)
    for baud in (4800, 9600, 19200, 38400, 57600, 115200)
    for parity in ("none", "even", "odd")
]


def named(result):
    return {it.unit_id: (it.verdict, it.named.profile) for it in result.found}


def desk(*faults):
    return bus_of(DESK.items(), *faults)


def test_the_whole_search_keeps_to_the_time_that_was_told():
    result, port = searched(bus_of([]))
    assert result.found == []
    assert result.faults == []
    assert port.now_us / 1e6 == pytest.approx(PLANNED_S, abs=0.1)
    assert {(request[0], *setting) for setting, request in port.asked} == {
        (unit, *setting) for unit in UNITS for setting in SETTINGS
    }


def test_with_eight_probes_it_still_takes_less_than_three_minutes():
    slow = "yosemitech-y4000"  # leaves most questions without an answer
    result, port = searched(bus_of([(unit, slow) for unit in range(1, 9)]))
    assert len(result.found) == 8
    assert port.now_us / 1e6 < min(180, PLANNED_S + 8 * EACH_S)


def test_the_probes_of_the_desk_are_named_with_their_readings():
    result, _ = searched(desk())
    assert named(result) == {unit: (Verdict.ANSWERS, name) for unit, name in DESK.items()}
    (level,) = (it for it in result.found if it.unit_id == 14)
    (depth,) = level.named.values
    assert depth.text.endswith(" mm")
    assert int(depth.text.split()[0]) == pytest.approx(1500, abs=10)


def test_it_only_reads_and_starts_no_probe():
    _, port = searched(desk())
    starts = {profile.start.pdu for profile in PROFILES.values() if profile.start}
    pdus = {request[1:-2] for _, request in port.asked}
    assert {pdu[0] for pdu in pdus} == {3, 4}
    assert not pdus & starts
    with pytest.raises(ValueError, match="does not read"):
        Read(6, 0, 1).to(1)


@pytest.mark.parametrize("profile", PROFILES)
def test_every_shipped_profile_is_found_as_it_is_shipped(profile):
    """Named where its registers tell it; else its own name is among those that fit."""
    shipped = PROFILES[profile].line
    line = Line(shipped.bauds[0], shipped.parities[0])
    result, port = searched(bus_of([(7, profile)], line=line), first=True)
    (found,) = result.found
    assert (found.unit_id, found.verdict) == (7, Verdict.ANSWERS)
    assert (found.setting.baud, found.setting.parity) == (line.baud, line.parity)
    if PROFILES[profile].identity:
        assert found.named.profile == profile
    else:
        assert found.named.profile == ""
        assert profile in found.named.fits
    assert port.now_us / 1e6 < 45


@pytest.mark.parametrize(("baud", "parity"), SETTINGS)
def test_a_probe_is_found_at_every_speed(baud, parity):
    line = Line(baud, parity)
    result, _ = searched(bus_of([(32, "keller-series-30")], line=line), first=True)
    (found,) = result.found
    assert (found.setting.baud, found.setting.parity) == (baud, parity)


def test_first_stops_behind_the_first_speed_with_an_answer():
    result, port = searched(desk(), first=True)
    assert len(result.found) == 4
    assert {setting for setting, _ in port.asked} == {(9600, "none")}


@pytest.mark.parametrize("seed", range(5))
def test_two_devices_at_one_address_are_told_while_others_are_clean(seed):
    result, _ = searched(bus_of([*DESK.items(), (12, "yosemitech-y510")], seed=seed))
    assert named(result)[12] == (Verdict.TWO_DEVICES, "")
    (both,) = (it for it in result.found if it.unit_id == 12)
    assert both.sure == Sure.LIKELY
    assert {unit for unit, (it, _) in named(result).items() if it == Verdict.ANSWERS} == {
        11,
        13,
        14,
    }


def test_the_same_garbage_each_time_is_a_wrong_crc_and_no_second_device():
    result, _ = searched(desk(Fault("bad_crc", 12)))
    assert named(result)[12] == (Verdict.BAD_CRC, "")


def test_a_bad_contact_at_one_probe_may_be_a_second_device():
    result, _ = searched(desk(Fault("noise_inside", 12)))
    (it,) = (it for it in result.found if it.unit_id == 12)
    assert (it.verdict, it.sure) == (Verdict.TWO_DEVICES, Sure.POSSIBLE)


@pytest.mark.parametrize("seed", range(3))
def test_noise_is_told_and_makes_no_probes(seed):
    noise = Fault("noise", 11, delay_ms=500, count=3)
    result, _ = searched(bus_of(DESK.items(), noise, seed=seed))
    assert result.faults == [(LineFault.NOISE, Sure.LIKELY)]
    assert {it.unit_id for it in result.found} <= set(DESK)
    assert all(it.verdict != Verdict.TWO_DEVICES for it in result.found)


def test_a_line_without_bias_is_told_and_its_probes_are_found():
    result, _ = searched(desk(Fault("no_bias", 11)))
    assert named(result) == {unit: (Verdict.ANSWERS, name) for unit, name in DESK.items()}
    assert result.faults == [(LineFault.NO_BIAS, Sure.LIKELY)]


def test_swapped_wires_at_the_adapter_are_told():
    result, port = searched(desk(Fault("swapped", 11)))
    assert result.found == []
    assert result.faults == [(LineFault.SWAPPED, Sure.LIKELY)]
    assert port.now_us / 1e6 < PLANNED_S + 1


def test_zeros_after_each_request_are_no_swapped_wires_where_somebody_answers():
    result, _ = searched(desk(Fault("leading_zero", 11)))
    assert result.faults == []
    assert len(result.found) == 4


def test_a_broken_wire_leaves_those_before_it():
    result, _ = searched(desk(Fault("broken_wire", 13)))
    assert sorted(named(result)) == [11, 12]


def test_an_adapter_that_hears_itself_does_no_harm():
    result, _ = searched(desk(Fault("echo", 11)))
    assert named(result) == {unit: (Verdict.ANSWERS, name) for unit, name in DESK.items()}
    assert result.faults == [(LineFault.ECHO, Sure.CERTAIN)]


def test_a_late_answer_is_given_to_the_address_that_it_names():
    """A probe that is slower than the wait, and nobody behind it to answer over it."""
    slow = Fault("late", 11, delay_ms=100)
    result, _ = searched(bus_of([(11, DESK[11])], slow))
    assert named(result) == {11: (Verdict.ANSWERS, DESK[11])}
