"""Gate and weir formulas against the worked example: 1 m wide, lifted 0.2 m, 1.5 m of water."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reedgate_sim.world.hydraulics import (
    Structure,
    conjugate_depth_m,
    free_m3_s,
    gate_m3_s,
    submerged_m3_s,
    weir_m3_s,
)

GATE = Structure()
depths = st.floats(0.01, 5)


def test_the_worked_example():
    assert free_m3_s(GATE, 1, 0.2, 1.5) == pytest.approx(0.651, abs=0.0005)
    assert conjugate_depth_m(GATE, 0.2, 1.5) == pytest.approx(0.78, abs=0.005)
    assert submerged_m3_s(GATE, 1, 0.2, 1.5, 0.8) == pytest.approx(0.445, abs=0.0005)
    assert submerged_m3_s(GATE, 1, 0.2, 1.5, 1.2) == pytest.approx(0.291, abs=0.0005)


def test_the_gate_is_free_below_the_conjugate_depth_and_submerged_well_above():
    assert gate_m3_s(GATE, 1, 0.2, 1.5, 0.78) == free_m3_s(GATE, 1, 0.2, 1.5)
    drowned = submerged_m3_s(GATE, 1, 0.2, 1.5, 1.2)
    assert gate_m3_s(GATE, 1, 0.2, 1.5, 1.2) == pytest.approx(drowned)


def test_the_jump_between_free_and_submerged_is_blended_away():
    tails_m = [number / 1000 for number in range(700, 1500)]
    flows = [gate_m3_s(GATE, 1, 0.2, 1.5, tail_m) for tail_m in tails_m]
    steps = [before - after for before, after in itertools.pairwise(flows)]
    assert min(steps) >= 0
    assert max(steps[:-20]) < 0.003  # the bare formulas jump by 0.2; near h1 they end steeply


def test_a_gate_lifted_clear_of_the_water_is_a_weir():
    assert gate_m3_s(GATE, 1, 2.0, 1.5) == weir_m3_s(GATE, 1, 1.5)
    assert gate_m3_s(GATE, 1, 3.0, 1.5, 1.4) == weir_m3_s(GATE, 1, 1.5, 1.4)
    assert weir_m3_s(GATE, 1, 1.5) == pytest.approx(1.7 * 1.5**1.5)


@given(opening=st.floats(0.05, 1.5), drowned=st.floats(0, 0.99))
def test_nothing_jumps_where_the_lip_touches_the_water(opening, drowned):
    """From weir to orifice, however drowned."""
    below, above = (
        gate_m3_s(GATE, 1, opening, opening * share, opening * share * drowned)
        for share in (1 - 1e-7, 1 + 1e-7)
    )
    assert above == pytest.approx(below, rel=1e-5)


@given(
    opening=st.floats(0.05, 0.5),
    h1=st.floats(0.6, 3),
    drowned=st.floats(0, 0.98),
    nudge=st.floats(0, 1e-6),
)
def test_a_nudge_of_the_tailwater_is_no_jump(opening, h1, drowned, nudge):
    """Free, blended, submerged and all that lies between."""
    one = gate_m3_s(GATE, 1, opening, h1, h1 * drowned)
    other = gate_m3_s(GATE, 1, opening, h1, h1 * drowned + nudge)
    assert abs(one - other) < 1e-4


def test_a_drowned_weir_passes_less():
    assert weir_m3_s(GATE, 1, 1.0, 0.5) == pytest.approx(1.7 * (1 - 0.5**1.5) ** 0.385)
    assert weir_m3_s(GATE, 1, 1.0, 1.0) == 0


@pytest.mark.parametrize(("opening_m", "h1_m", "h2_m"), [(0, 1, 0), (0.2, 0, -1), (0.2, 1, 1)])
def test_nothing_passes_a_shut_gate_a_dry_one_or_one_without_head(opening_m, h1_m, h2_m):
    assert gate_m3_s(GATE, 1, opening_m, h1_m, h2_m) == 0


@given(a=depths, b=depths, h1=depths, h2=st.floats(-1, 5))
def test_a_wider_opening_never_passes_less(a, b, h1, h2):
    low, high = sorted((a, b))
    less, more = gate_m3_s(GATE, 1, low, h1, h2), gate_m3_s(GATE, 1, high, h1, h2)
    assert more >= less * (1 - 1e-9)


@given(a=depths, b=depths, opening=depths, h2=st.floats(-1, 0))
def test_more_head_never_passes_less(a, b, opening, h2):
    low, high = sorted((a, b))
    less, more = gate_m3_s(GATE, 1, opening, low, h2), gate_m3_s(GATE, 1, opening, high, h2)
    assert more >= less * (1 - 1e-9)
