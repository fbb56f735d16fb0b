"""A whole year of seasons, days, storms, upsets and a gate at work: the books close, quickly."""

import pytest
from water_helpers import DAY, HOUR, ROLES
from world_helpers import HEAD

from reedgate_sim.world import water as water_module
from reedgate_sim.world.drivers import drivers, kinks_us
from reedgate_sim.world.scenario import load_scenario
from reedgate_sim.world.water import Water

YEAR_S = 365 * 86400
YEAR = """
[water]
air_c = 13
temperature_c = 17

[[wave]]
what = "air_c"
amplitude = 14
period_s = 31557600
peak_s = 6900000            # eighty days after the start

[[wave]]
what = "temperature_c"
amplitude = 7
period_s = 31557600
peak_s = 6900000

[[wave]]
what = "inflow_lps"
amplitude = 36
peak_s = 43200

[[wave]]
what = "evaporation_mm_d"
amplitude = 3
period_s = 31557600
peak_s = 6900000

[[series]]
what = "demand_lps"
at_s = [0, 21600, 21601, 64800, 64801]
values = [20, 20, 220, 220, 20]
repeat_s = 86400

[[step]]
what = "rain_mm_d"
from_s = 7000000
until_s = 7100000
to = 120

[[step]]
what = "river_mm"
from_s = 7010000
until_s = 7200000
rise_s = 30000
to = 2500

[[step]]
what = "conductivity_us_cm"
from_s = 0
rise_s = 31536000
to = 1600

[[washout]]
what = "turbidity_ntu"
from_s = 20000000
times = 20
rise_s = 1800
decay_s = 10000
"""


class Gates:
    """The inlet is shut for six hours now and then, and the bypass open."""

    def __init__(self):
        self.shut = False

    def __call__(self, now_us):
        return {"main": 0.0 if self.shut else 1000.0, "around": 1000.0 if self.shut else 0.0}


def year(tmp_path, text=YEAR, days=365):
    path = tmp_path / "year.toml"
    path.write_text(HEAD.replace("= 100", f"= {days * 86400}") + text, encoding="utf-8")
    gates, lived = Gates(), load_scenario(str(path))
    kept = Water(ROLES, drivers(lived), gates, 1, kinks_us(lived))
    for day in range(0, days, 9):
        for hour, shut in ((0, True), (6, False)):
            kept.cut(day * DAY + hour * HOUR)
            gates.shut = shut
        yield kept
    kept.cut(days * DAY)
    yield kept


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """(the water after a year, the worst error of the books on the way, what was seen)."""
    worst, seen = 0.0, []
    for kept in year(tmp_path_factory.mktemp("year")):
        worst = max(worst, *map(abs, kept.balance_errors().values()))
        pond = kept.pond
        seen.append((pond.temperature_c, pond.concentrations["salt"], pond.algae.chlorophyll_ug_l))
    return kept, worst, seen


def test_over_a_year_every_book_closes_to_a_billionth(lived):
    kept, worst, _ = lived
    assert kept.channel.water.came > 3.5e6
    assert worst < 1e-9


def test_the_seasons_are_seen_in_the_pond(lived):
    _, _, seen = lived
    temperatures, salt, chlorophyll = zip(*seen, strict=True)
    assert min(temperatures) < 6
    assert max(temperatures) > 22
    assert max(chlorophyll) > 5 * min(chlorophyll)
    assert salt[-1] > salt[0] * 1.25  # it builds up over the year


def test_the_flood_reached_the_channel_and_the_users_were_served(lived):
    kept, _, _ = lived
    assert kept.channel.water.came > 0.12 * YEAR_S * 1.001  # more than the inflow: the river
    assert kept.pond.water.left > 2.5e6


def test_shorter_steps_change_little(tmp_path, monkeypatch):
    """What data/water.toml claims of its steps."""

    def months(halved):
        tables = {**water_module.parameters("water")}
        if halved:
            steps = tables["steps"]
            keys = ("shortest_s", "longest_s", "stage_mm")
            tables["steps"] = {**steps, **{key: steps[key] / 2 for key in keys}}
        with monkeypatch.context() as patch:
            others = water_module.parameters
            patch.setattr(
                water_module,
                "parameters",
                lambda name: tables if name == "water" else others(name),
            )
            *_, kept = year(
                tmp_path, YEAR.replace("= 70", "= 10").replace("= 71", "= 11"), days=20
            )
        return kept

    coarse, fine = months(False), months(True)
    for key, held in fine.pond.concentrations.items():
        assert coarse.pond.concentrations[key] == pytest.approx(held, rel=0.01)
    assert coarse.pond.stage_m == pytest.approx(fine.pond.stage_m, rel=0.01)
    assert coarse.channel.gates["main"].passed_m3 == pytest.approx(
        fine.channel.gates["main"].passed_m3, rel=0.01
    )
    assert coarse.pond.oxygen.do_mg_l == pytest.approx(fine.pond.oxygen.do_mg_l, rel=0.02)
