"""The water keeps its books, finds its steady state, and does not care how often it is asked."""

import pytest
from world_helpers import S

from reedgate_sim.world.hydraulics import Structure
from reedgate_sim.world.parameters import parameters
from reedgate_sim.world.treatment import outflow_mg_l, removal
from reedgate_sim.world.water import Water
from reedgate_sim.world.wetland import Wetland

HOUR = 3600 * S
ROLES = {"main": "inlet", "around": "bypass"}
OPEN = {"main": 1000.0, "around": 0.0}
ARRIVING = {
    "inflow_lps": 120.0,
    "turbidity_ntu": 3.0,
    "conductivity_us_cm": 1185.0,
    "temperature_c": 18.0,
}


def water(openings=lambda now_us: OPEN, time_lapse=1, **changed):
    arriving = {**ARRIVING, **changed}
    functions = {
        key: value if callable(value) else (lambda now_us, v=value: v)
        for key, value in arriving.items()
    }
    return Water(ROLES, functions, openings, time_lapse)


def upset(now_us):
    return 60.0 if HOUR < now_us < 5 * HOUR else 3.0


def swinging(now_us):
    """Both gates anywhere, out of step."""
    return {"main": now_us // S * 7 % 1001, "around": now_us // S * 11 % 1001}


@pytest.mark.parametrize(
    "kept",
    [
        water(),
        water(swinging, turbidity_ntu=upset),
        water(turbidity_ntu=upset, inflow_lps=lambda now_us: now_us / HOUR * 30),
        water(inflow_lps=0.0),
        water(swinging, stage_mm=lambda now_us: 1200 + now_us / HOUR * 50),
    ],
    ids=["steady", "gates swing", "upset and rising flow", "no inflow", "river holds the stage"],
)
def test_water_salt_and_solids_are_all_accounted_for(kept):
    for hour in range(1, 25):
        kept.advance(hour * HOUR)
        errors = kept.balance_errors()
        assert max(map(abs, errors.values())) < 1e-9, errors


def test_it_starts_in_a_steady_state():
    still = water()
    before = still.stage_mm(0), still.wetland.outflow_m3_s
    still.advance(2 * HOUR)
    assert still.stage_mm(0) == pytest.approx(before[0], abs=0.5)
    assert still.wetland.outflow_m3_s == pytest.approx(before[1], rel=0.02)


def test_the_wetland_settles_at_what_k_c_star_says():
    dirty = water(turbidity_ntu=60.0)
    start = dirty.wetland.leaving("tss")
    load_m_d = (
        dirty.gates["main"].discharge_m3_s * 86400 / parameters("water")["wetland"]["area_m2"]
    )
    expected = outflow_mg_l(removal("tss"), 90.0, load_m_d, 18, tanks=4)
    assert start == pytest.approx(expected)
    dirty.advance(24 * HOUR)
    # Evaporation thickens what is left a little.
    assert dirty.wetland.leaving("tss") == pytest.approx(expected, rel=0.03)


def test_solids_wash_through_a_wetland_late_and_flattened():
    hit = water(turbidity_ntu=upset)
    clean = hit.wetland.leaving("tss")
    hit.advance(2 * HOUR)
    assert hit.wetland.leaving("tss") == pytest.approx(clean, rel=0.2)
    hit.advance(24 * HOUR)
    assert clean * 1.2 < hit.wetland.leaving("tss") < 30


def test_behind_a_closed_gate_the_upset_stays_outside():
    shut = water(lambda now_us: {"main": 0.0, "around": 1000.0}, turbidity_ntu=upset)
    level_m = shut.wetland.level_m
    for hour in range(1, 13):
        shut.advance(hour * HOUR)
        assert max(shut.wetland.concentrations["tss"]) < 6
    assert shut.wetland.level_m <= level_m  # nor does the bypass's water go there


def wetland(tss=4.5, salt=4.5):
    tables = parameters("water")
    still = {"rain_mm_d": 0.0, "evaporation_mm_d": 0.0}
    carried = {"tss": tss, "salt": salt}
    return Wetland(Structure(), tables["wetland"], still, removal("tss"), 0.1, carried, 18.0)


def test_water_of_one_kind_stays_so_however_the_level_moves():
    cell = wetland(salt=1000.0)
    for came_m3 in (50.0, 0.0, 200.0, 1.0) * 500:
        cell.step(10.0, came_m3, {"tss": 4.5, "salt": 1000.0}, 18.0)
    assert cell.concentrations["salt"] == pytest.approx([1000.0] * cell.tanks, rel=1e-9)


def test_plants_never_add_solids():
    """At most what mixing alone, told by the salt, brings to a tank."""
    cell = wetland()
    for _ in range(500):
        cell.step(10.0, 50.0, {"tss": 1000.0, "salt": 1000.0}, 18.0)
        pairs = zip(cell.concentrations["tss"], cell.concentrations["salt"], strict=True)
        assert all(solids <= mixed * (1 + 1e-9) for solids, mixed in pairs)


def test_evaporation_makes_the_pond_saltier():
    pond = water().pond
    before = pond.concentrations["salt"]
    for _ in range(24 * 360):
        pond.step(10.0, 0.0, {"tss": 0.0, "salt": 0.0})
    assert before < pond.concentrations["salt"] < before * 1.01


def test_a_full_pond_spills_and_an_empty_one_gives_nothing():
    pond = water().pond
    for _ in range(24 * 360):
        pond.step(10.0, 10.0, {"tss": 3.0, "salt": 1000.0})
    assert pond.spill_m3_s > 0.5
    for _ in range(30 * 24 * 360):
        pond.step(10.0, 0.0, {"tss": 3.0, "salt": 1000.0})
    assert pond.demand_m3_s == 0
    assert 0 < pond.stage_m < 0.31


def test_the_stage_follows_the_gates_and_a_river_overrules_them():
    shut = water(lambda now_us: {"main": 0.0, "around": 500.0})
    assert shut.stage_mm(0) > water().stage_mm(0) - 200
    flooded = water(stage_mm=lambda now_us: 1500.0 + now_us / S)
    flooded.advance(60 * S)
    assert flooded.stage_mm(60 * S) == 1560.0


def test_how_often_it_is_asked_changes_nothing():
    once, often = water(swinging, turbidity_ntu=upset), water(swinging, turbidity_ntu=upset)
    once.advance(3 * HOUR)
    for now_us in range(0, 3 * HOUR + 1, 7_654_321):
        often.advance(now_us)
    often.advance(3 * HOUR)
    assert once.channel.stage_m == often.channel.stage_m
    assert once.wetland.volume_m3 == often.wetland.volume_m3
    assert once.wetland.concentrations == often.wetland.concentrations
    assert once.pond.volume_m3 == often.pond.volume_m3


def test_time_lapse_is_the_same_water_sooner():
    slow = water(inflow_lps=lambda now_us: 100 + now_us / HOUR)
    fast = water(time_lapse=60, inflow_lps=lambda now_us: 100 + now_us * 60 / HOUR)
    slow.advance(2 * HOUR)
    fast.advance(2 * HOUR // 60)
    assert fast.wetland.volume_m3 == pytest.approx(slow.wetland.volume_m3, rel=1e-9)


def test_every_table_of_numbers_says_where_they_come_from():
    for name in ("water", "kcstar", "instruments"):
        assert all(len(table["source"]) > 10 for table in parameters(name).values())
