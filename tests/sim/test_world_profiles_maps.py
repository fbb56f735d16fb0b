"""Instruments made of a map of registers: types, refusals, silences, and their makers' frames."""

import math
import struct

import pytest
from world_helpers import frame, read, water

from reedgate_sim.world.adu import sealed
from reedgate_sim.world.faults import Fault
from reedgate_sim.world.instrument import Character, character
from reedgate_sim.world.probes import make_of, makes
from reedgate_sim.world.register_map import Register, has_layout, layout

MAPPED = [name for name in sorted(makes()) if has_layout(name)]


def one_of(name, behaviour=None, **changed):
    return make_of(name)(1, water(**changed), behaviour or Character())


@pytest.mark.parametrize(
    ("kind", "value", "data"),
    [
        ("f32_abcd", 6.8, "40 D9 99 9A"),
        ("f32_dcba", 6.8, "9A 99 D9 40"),
        ("f32_cdab", 6.8, "99 9A 40 D9"),
        ("f32_badc", 6.8, "D9 40 9A 99"),
        ("i16", -142.4, "FF 72"),
        ("i16", 40000, "7F FF"),
        ("u16", 8750.4, "22 2E"),
        ("u16", -3, "00 00"),
        ("u16", 70000, "FF FF"),
        ("u16", math.nan, "00 00"),
    ],
)
def test_a_value_as_it_goes_over_the_wire(kind, value, data):
    assert Register(0, kind).packed(value) == frame(data)


def test_a_register_of_whole_numbers_holds_whole_numbers():
    one = one_of("supmea-do7013", do_mg_l=8.754)
    assert one.registers(0)["do_mg_l"] == 875
    assert one.quantity("do_mg_l", 0) == 8.75


@pytest.mark.parametrize(
    ("name", "request_", "reply"),
    [
        ("supmea-do7013", "01 03 00 00 00 03 05 CB", "03 06 00 8E 03 6B 03 55"),
        ("hach-ldo-aq", "01 03 00 00 00 02 C4 0B", "03 04 22 2E 05 8C"),
        ("seametrics-turbo", "01 03 F4 82 00 02 56 13", "03 04 40 D9 99 9A"),
        ("ysi-exo", "01 03 01 86 00 02 24 1E", "03 04 99 9A 40 D9"),
        ("hach-tss-sc", "01 03 00 00 00 02 C4 0B", "03 04 40 D9 99 9A"),
        ("yosemitech-y4000", "01 03 26 03 00 02 3F 43", "03 04 9A 99 D9 40"),
    ],
)
def test_frames(name, request_, reply):
    assert one_of(name).answer(frame(request_), 0) == sealed(1, frame(reply))


def test_the_request_of_the_odo_reads_its_first_four_values():
    reply = one_of("ysi-odo-rtu").answer(frame("01 04 00 00 00 08 F1 CC"), 0)
    _, mg_l, _, celsius = struct.unpack(">4f", reply[3:-2])
    assert (mg_l, celsius) == (8.75, pytest.approx(14.2))


def test_what_a_device_does_not_have_reads_as_no_number():
    reply = one_of("ysi-odo-rtu").answer(read(1, 0x000E, 2, 4), 0)
    assert math.isnan(struct.unpack(">f", reply[3:-2])[0])


@pytest.mark.parametrize(
    ("name", "request_", "refusal"),
    [
        ("ysi-odo-rtu", read(1, 0x0001, 2, 4), "84 02"),  # begins in the middle of a value
        ("ysi-odo-rtu", read(1, 0x0000, 3, 4), "84 02"),
        ("ysi-odo-rtu", read(1, 0x0000, 2, 3), "83 01"),
        ("ysi-odo-rtu", read(1, 0x0000, 0, 4), "84 03"),
        ("ysi-odo-rtu", read(1, 0x0000, 126, 4), "84 03"),
        ("ysi-odo-rtu", read(1, 0x0014, 4, 4), "84 02"),  # beyond its last
        ("supmea-do7013", read(1, 8, 1), "83 02"),
        ("supmea-do7013", sealed(1, frame("06 00 00 00 01")), "86 01"),
        ("hach-ldo-aq", read(1, 0, 12), "83 02"),  # over registers that nobody documented
    ],
)
def test_refusals(name, request_, refusal):
    assert one_of(name).answer(request_, 0) == sealed(1, frame(refusal))


def test_some_answer_nothing_to_what_they_do_not_know():
    sonde = one_of("yosemitech-y4000")
    assert sonde.answer(read(1, 0x2700, 2), 0) is None
    assert sonde.answer(read(1, 0x2601, 2, 4), 0) is None
    assert sonde.answer(read(1, 0x2601, 16), 0) is not None


def test_most_give_half_a_value_to_who_asks_for_it():
    whole = one_of("in-situ-rdo-pro").answer(read(1, 37, 2), 0)
    assert one_of("in-situ-rdo-pro").answer(read(1, 38, 1), 0)[3:5] == whole[5:7]


def test_the_quality_tells_a_sentinel_from_water_without_oxygen():
    probe = one_of("in-situ-rdo-pro", character("in-situ-rdo-pro"))
    probe.afflict(Fault("no_value", 1, 10, 20))
    assert probe.answer(read(1, 37, 5), 5)[-4:-2] == b"\0\0"
    lost = probe.answer(read(1, 37, 5), 15)
    assert lost[3:7] == b"\0\0\0\0"
    assert lost[-4:-2] == b"\0\x03"


@pytest.mark.parametrize("name", MAPPED)
def test_no_two_rows_of_a_map_overlap_and_each_holds_one_thing(name):
    of = layout(name)
    words = [row.address + word for row in of.registers for word in range(row.words)]
    assert len(words) == len(set(words))
    assert set(of.main) <= set(of.names)
    assert len(of.names) == len(set(of.names))
    assert not [row for row in of.registers if bool(row.of) + row.error > 1]


@pytest.mark.parametrize("name", MAPPED)
def test_a_cold_one_is_deaf_then_without_a_measurement_then_measures(name):
    behaviour = character(name)
    cold = make_of(name)(1, water(), behaviour, warm=False)
    of = layout(name)
    ask = read(1, of.registers[0].address, of.registers[0].words, of.function_code)
    assert cold.answer(ask, behaviour.warm_up_us - 1) is None
    assert cold.answer(ask, behaviour.warm_up_us) is not None
    stable_us = behaviour.warm_up_us + behaviour.stabilise_us
    before = cold.registers(stable_us - 1)[of.main[0]]
    assert before == behaviour.missing or math.isnan(before)
    assert cold.quantity(of.main[0], stable_us) > 1
