"""What the tests of the water share: arriving water that stands still, plain tanks and ponds."""

from reedgate_sim.world.algae import Growth
from reedgate_sim.world.hydraulics import Structure
from reedgate_sim.world.oxygen import Rates
from reedgate_sim.world.parameters import parameters
from reedgate_sim.world.pond import Pond
from reedgate_sim.world.treatment import removal
from reedgate_sim.world.water import Water
from reedgate_sim.world.wetland import Sky, Wetland

S = 1_000_000
HOUR = 3600 * S
DAY = 24 * HOUR
ROLES = {"main": "inlet", "around": "bypass"}
OPEN = {"main": 1000.0, "around": 0.0}
SHUT = {"main": 0.0, "around": 0.0}
ARRIVING = {
    "inflow_lps": 120.0,
    "turbidity_ntu": 3.0,
    "conductivity_us_cm": 1185.0,
    "temperature_c": 18.0,
    "do_mg_l": 6.3,
    "ammonia_mg_l": 1.0,
    "bod_mg_l": 8.0,
    "tn_mg_l": 12.0,
    "tp_mg_l": 0.3,
    "river_mm": 300.0,
    "rain_mm_d": 0.0,
    "evaporation_mm_d": 4.0,
    "demand_lps": 100.0,
    "air_c": 18.0,
    "light": 0.3,
}
STILL = Sky(rain_m_s=0.0, evaporation_m_s=0.0, air_c=18.0, light=0.0)
CLEAN = {"tss": 4.5, "salt": 1000.0, "bod": 8.0, "nh4_n": 1.0, "tn": 12.0, "tp": 0.3, "do": 6.3}
TREATED = ("tss", "bod", "nh4_n", "tn", "tp")


def arriving(**changed):
    return {
        key: value if callable(value) else (lambda now_us, v=value: v)
        for key, value in {**ARRIVING, **changed}.items()
    }


def water(openings=lambda now_us: OPEN, time_lapse=1, kinks_us=(), pond_mm=None, **changed):
    return Water(ROLES, arriving(**changed), openings, time_lapse, kinks_us, pond_mm)


def rates(name):
    table = parameters("oxygen")[name]
    return Rates(**{key: table[key] for key in Rates.__dataclass_fields__})


def growth():
    table = parameters("oxygen")["algae"]
    return Growth(**{key: table[key] for key in Growth.__dataclass_fields__})


def wetland(temperature_c=18.0, inflow_m3_s=0.1, **changed):
    removals = {key: removal(key) for key in TREATED}
    table, of = parameters("water")["wetland"], rates("wetland")
    return Wetland(
        Structure(), table, removals, of, inflow_m3_s, {**CLEAN, **changed}, temperature_c
    )


def pond(start_m=1.6, chlorophyll_ug_l=15.0, temperature_c=18.0, table=None, **changed):
    carried = {key: value for key, value in {**CLEAN, **changed}.items() if key != "do"}
    table = {**parameters("water")["pond"], **(table or {})}
    return Pond(
        Structure(),
        table,
        rates("pond"),
        growth(),
        chlorophyll_ug_l,
        start_m,
        carried,
        temperature_c,
    )
