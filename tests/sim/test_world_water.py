"""The water keeps its books, finds its steady state, and does not care how often it is asked."""

import pytest
from water_helpers import CLEAN, DAY, HOUR, OPEN, SHUT, STILL, S, water, wetland

from reedgate_sim.world.parameters import parameters
from reedgate_sim.world.treatment import outflow_mg_l, removal
from reedgate_sim.world.wetland import Sky


def upset(now_us):
    return 60.0 if HOUR < now_us < 5 * HOUR else 3.0


def swinging(now_us):
    """Both gates anywhere, out of step, in jerks."""
    minute = now_us // (60 * S)
    return {"main": minute * 47 % 1001, "around": minute * 71 % 1001}


def flood_wave(now_us):
    """From low water to above every crest and back, in half a day."""
    return 300 + 2400 * max(0, 1 - abs(now_us / HOUR - 6) / 6)


@pytest.mark.parametrize(
    "kept",
    [
        water(),
        water(swinging, turbidity_ntu=upset),
        water(turbidity_ntu=upset, inflow_lps=lambda now_us: now_us / HOUR * 30),
        water(inflow_lps=0.0),
        water(lambda now_us: SHUT, turbidity_ntu=upset),
        water(swinging, stage_mm=lambda now_us: 1200 + now_us / HOUR * 50),
        water(swinging, stage_mm=lambda now_us: 2000 - now_us / HOUR * 90),
        water(river_mm=flood_wave, rain_mm_d=200.0, inflow_lps=360.0),
    ],
    ids=[
        "steady",
        "gates swing",
        "upset and rising flow",
        "no inflow",
        "both gates shut",
        "river lifts the stage",
        "river takes water back",
        "flood",
    ],
)
def test_water_and_all_that_it_carries_are_accounted_for(kept):
    for hour in range(1, 25):
        kept.advance(hour * HOUR)
        errors = kept.balance_errors()
        assert len(errors) == 8 + 8 + 9  # water, six substances, oxygen; the pond's algae
        assert max(map(abs, errors.values())) < 1e-9, errors


def test_what_one_part_gives_the_next_one_gets():
    kept = water(swinging, turbidity_ntu=upset)
    kept.cut(12 * HOUR)
    channel, cell, pond = kept.channel, kept.wetland, kept.pond
    assert channel.water.came == pytest.approx(0.12 * 12 * 3600)
    to_wetland = channel.gates["main"].passed_m3
    assert cell.water.came == pytest.approx(to_wetland)
    evaporated = 0.004 / 2 * parameters("water")["wetland"]["area_m2"]
    assert pond.water.came == pytest.approx(cell.water.left - evaporated)
    for key in ("tss", "salt", "bod", "nh4_n", "tn", "tp"):
        assert pond.mass[key].came == pytest.approx(cell.mass[key].left)


def test_a_break_in_the_books_is_seen():
    kept = water()
    kept.cut(0)
    kept.wetland.concentrations["tn"][2] *= 1 + 1e-6
    kept.channel.stage_m += 1e-5
    kept.advance(HOUR)
    errors = kept.balance_errors()
    assert abs(errors["wetland.tn"]) > 1e-9
    assert abs(errors["channel.water"]) > 1e-9


def test_it_starts_in_a_steady_state():
    still = water()
    before = still.stage_mm(0), still.wetland.outflow_m3_s
    still.advance(2 * HOUR)
    assert still.stage_mm(2 * HOUR) == pytest.approx(before[0], abs=0.5)
    assert still.wetland.outflow_m3_s == pytest.approx(before[1], rel=0.02)


def test_the_wetland_settles_at_what_k_c_star_says():
    dirty = water(turbidity_ntu=60.0)
    start = {key: dirty.wetland.leaving(key) for key in ("tss", "nh4_n", "tn", "bod")}
    discharge, _ = dirty.gate("main", 0)
    load_m_d = discharge * 86400 / parameters("water")["wetland"]["area_m2"]
    comes = {"tss": 90.0, "nh4_n": 1.0, "tn": 12.0, "bod": 8.0}
    expected = {
        key: outflow_mg_l(removal(key), inflow, load_m_d, 18, tanks=4)
        for key, inflow in comes.items()
    }
    assert start == pytest.approx(expected)
    dirty.advance(DAY)
    # Evaporation thickens what is left a little.
    after = {key: dirty.wetland.leaving(key) for key in comes}
    assert after == pytest.approx(expected, rel=0.03)


def test_solids_wash_through_a_wetland_late_and_flattened():
    hit = water(turbidity_ntu=upset)
    clean = hit.wetland.leaving("tss")
    hit.advance(2 * HOUR)
    assert hit.wetland.leaving("tss") == pytest.approx(clean, rel=0.2)
    hit.advance(DAY)
    assert clean * 1.2 < hit.wetland.leaving("tss") < 30


def test_behind_a_closed_gate_the_upset_stays_outside():
    shut = water(lambda now_us: {"main": 0.0, "around": 1000.0}, turbidity_ntu=upset)
    level_m = shut.wetland.level_m
    for hour in range(1, 13):
        shut.advance(hour * HOUR)
        assert max(shut.wetland.concentrations["tss"]) < 6
    assert shut.wetland.level_m <= level_m  # nor does the bypass's water go there


def test_water_of_one_kind_stays_so_however_the_level_moves():
    cell = wetland()
    for came_m3 in (50.0, 0.0, 200.0, 1.0) * 500:
        cell.step(10.0, came_m3, CLEAN, 18.0, STILL, 0.0)
    assert cell.concentrations["salt"] == pytest.approx([1000.0] * cell.tanks, rel=1e-9)


def test_plants_never_add_solids():
    """At most what mixing alone, told by the salt, brings to a tank."""
    cell, dirty = wetland(salt=4.5), {**CLEAN, "tss": 1000.0}
    for _ in range(500):
        cell.step(10.0, 50.0, dirty, 18.0, STILL, 0.0)
        pairs = zip(cell.concentrations["tss"], cell.concentrations["salt"], strict=True)
        assert all(solids <= mixed * (1 + 1e-9) for solids, mixed in pairs)


def test_cold_water_keeps_its_ammonia():
    """Low loading in winter: what a summer's flow leaves at 1 mg/L, a winter's does not."""
    warm, cold = wetland(25.0, nh4_n=5.0), wetland(5.0, nh4_n=5.0)
    low = wetland(5.0, inflow_m3_s=0.04, nh4_n=5.0)
    assert cold.leaving("nh4_n") > warm.leaving("nh4_n") + 0.5
    assert low.leaving("nh4_n") < cold.leaving("nh4_n") - 0.5


def test_a_wetland_whose_weir_is_drowned_by_the_pond_holds_its_water():
    free, drowned = wetland(), wetland()
    level_m = free.level_m
    assert free.step(10.0, 1.0, CLEAN, 18.0, STILL, 0.0) == pytest.approx(1.0, rel=1e-6)
    assert drowned.step(10.0, 1.0, CLEAN, 18.0, STILL, level_m) == 0
    half = wetland().step(10.0, 1.0, CLEAN, 18.0, STILL, (level_m + 1.0) / 2)
    assert 0.6 < half < 0.9


def test_however_long_the_step_the_wetland_stays_above_the_pond_and_its_crest():
    for below_m in (0.0, 1.2):
        cell = wetland(inflow_m3_s=5.0)
        for _ in range(50):
            cell.step(86400.0, 0.0, CLEAN, 18.0, STILL, below_m)
            assert cell.level_m > max(1.0, below_m)
        assert cell.level_m == pytest.approx(max(1.0, below_m), abs=0.01)


def test_warmth_speeds_what_bacteria_do_as_the_year_goes_on():
    cold, warm = wetland(18.0, nh4_n=5.0), wetland(18.0, nh4_n=5.0)
    comes = {**CLEAN, "nh4_n": 5.0}
    for _ in range(5000):
        for cell, temperature_c in ((cold, 5.0), (warm, 25.0)):
            sky = Sky(rain_m_s=0.0, evaporation_m_s=0.0, air_c=temperature_c, light=0.0)
            cell.step(900.0, 90.0, comes, temperature_c, sky, 0.0)
    for cell, temperature_c in ((cold, 5.0), (warm, 25.0)):
        load_m_d = 0.1 * 86400 / parameters("water")["wetland"]["area_m2"]
        expected = outflow_mg_l(removal("nh4_n"), 5.0, load_m_d, temperature_c, tanks=4)
        assert cell.temperature_c == pytest.approx(temperature_c)
        assert cell.leaving("nh4_n") == pytest.approx(expected)


def test_the_stage_follows_the_gates_and_a_river_overrules_them():
    shut = water(lambda now_us: {"main": 0.0, "around": 500.0})
    assert shut.stage_mm(0) > water().stage_mm(0) - 200
    flooded = water(stage_mm=lambda now_us: 1500.0 + now_us / S)
    flooded.advance(60 * S)
    assert flooded.stage_mm(60 * S) == 1560.0


def test_with_both_gates_shut_the_channel_fills_to_its_overflow_and_no_further():
    shut = water(lambda now_us: OPEN if now_us < HOUR else SHUT)
    shut.advance(HOUR)
    shut.cut(HOUR)
    shut.advance(4 * HOUR)
    crest_mm = parameters("water")["channel"]["overflow_crest_m"] * 1000
    assert crest_mm < shut.stage_mm(4 * HOUR) < crest_mm + 100
    leak_m3_s = sum(shut.gate(name, 4 * HOUR)[0] for name in SHUT)
    assert shut.over_m3_s(4 * HOUR) == pytest.approx(0.12 - leak_m3_s, rel=1e-3)


def test_a_high_river_drowns_the_bypass_and_then_comes_over_the_overflow():
    around = {"main": 0.0, "around": 1000.0}

    def stage(river_mm):
        kept = water(lambda now_us: around, river_mm=river_mm)
        kept.advance(3 * HOUR)
        return kept.stage_mm(3 * HOUR), kept.over_m3_s(3 * HOUR)

    low, backwater, flood = stage(300), stage(1500), stage(2600)
    assert low == stage(900)  # below the bypass's sill it matters nothing
    assert backwater[0] > max(low[0], 1500)
    assert flood[0] == pytest.approx(2600, abs=60)
    rises = {"river_mm": lambda now_us: 300 + 2300 * (now_us > HOUR), "kinks_us": [HOUR]}
    rising = water(lambda now_us: around, **rises)
    rising.advance(HOUR + 1800 * S)
    assert rising.over_m3_s(HOUR + 20 * S) < 0
    assert rising.stage_mm(HOUR + 1800 * S) > 2550


def test_a_faster_gate_changes_the_stage_soon_and_it_comes_to_rest():
    """Steps are short after a change: the fall of the stage is a curve, not one long line."""
    moved = water(lambda now_us: OPEN if now_us < HOUR else {"main": 500.0, "around": 0.0})
    moved.advance(HOUR)
    moved.cut(HOUR)
    moved.advance(3 * HOUR)
    seen = [moved.stage_mm(HOUR + 60 * S * minute) for minute in (0, 4, 8, 120)]
    assert seen == sorted(seen)
    assert seen[3] > seen[0] + 100
    assert seen[1] - seen[0] > 1.15 * (seen[2] - seen[1]) > 5
    assert sum(moved.gate(name, 3 * HOUR)[0] for name in OPEN) == pytest.approx(0.12, rel=0.01)


def test_how_often_it_is_asked_changes_nothing():
    once, often = water(swinging, turbidity_ntu=upset), water(swinging, turbidity_ntu=upset)
    once.advance(3 * HOUR)
    for now_us in range(0, 3 * HOUR + 1, 7_654_321):
        often.advance(now_us)
        often.stage_mm(now_us)
        often.below("pond", "do_mg_l", now_us)
    often.advance(3 * HOUR)
    assert once.channel.stage_m == often.channel.stage_m
    assert once.wetland.volume_m3 == often.wetland.volume_m3
    assert once.wetland.concentrations == often.wetland.concentrations
    assert once.pond.volume_m3 == often.pond.volume_m3


def test_what_was_shown_at_a_time_is_shown_again_whatever_came_after():
    gates = dict(OPEN)
    kept = water(lambda now_us: dict(gates))
    seen = {}
    for minute in range(90):
        now_us = minute * 60 * S
        if minute in (30, 31, 50):
            kept.cut(now_us)
            gates["main"] = 1000.0 - gates["main"]
        kept.advance(now_us)
        seen[now_us] = kept.stage_mm(now_us), kept.below("pond", "stage_mm", now_us)
    again = {
        now_us: (kept.stage_mm(now_us), kept.below("pond", "stage_mm", now_us)) for now_us in seen
    }
    assert again == seen
    assert len(set(seen.values())) > 60


def test_a_look_ahead_of_the_gates_carries_nothing_out():
    """A reply is made up while its request arrives; a gate may yet turn before that."""
    kept = water()
    kept.advance(HOUR)
    steps = len(kept._course.plans)
    assert kept.stage_mm(HOUR + 3000 * S) == pytest.approx(kept.stage_mm(HOUR), abs=1)
    assert len(kept._course.plans) == steps


def test_time_lapse_is_the_same_water_sooner():
    slow = water(inflow_lps=lambda now_us: 100 + now_us / HOUR)
    fast = water(time_lapse=60, inflow_lps=lambda now_us: 100 + now_us * 60 / HOUR)
    slow.advance(2 * HOUR)
    fast.advance(2 * HOUR // 60)
    assert fast.wetland.volume_m3 == pytest.approx(slow.wetland.volume_m3, rel=1e-6)
    assert fast.stage_mm(2 * HOUR // 60) == pytest.approx(slow.stage_mm(2 * HOUR), abs=1)


def test_steps_end_where_what_comes_turns_a_corner():
    def jumps(now_us):
        return 240.0 if now_us >= 5 * HOUR else 120.0

    kept = water(inflow_lps=jumps, kinks_us=[5 * HOUR])
    kept.cut(6 * HOUR)
    assert any(plan.start_us == 5 * HOUR for plan in kept._course.plans)
    assert kept.channel.water.came == pytest.approx(0.12 * 5 * 3600 + 0.24 * 3600)


def test_closed_gates_leak_as_much_as_gates_do():
    for role in ("inlet", "bypass"):
        assert 5 <= parameters("water")[role]["leak_permille"] <= 20


def test_every_table_of_numbers_says_where_they_come_from():
    for name in ("water", "kcstar", "oxygen", "instruments"):
        assert all(len(table["source"]) > 10 for table in parameters(name).values())
