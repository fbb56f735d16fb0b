"""What is really so in the world, for narration, pages of the desk and the oracle. Data only."""

from dataclasses import dataclass


@dataclass(frozen=True)
class GateTruth:
    role: str
    opening_permille: float
    direction: int  # 1 opening, 0 still, -1 closing
    at_open: int  # the limit switches, as the station reads them
    at_closed: int
    contacts: dict[str, int]  # relay contacts: open, close, out; 1 made
    discharge_lps: float
    passed_m3: float  # since the start
    torque: int = 1  # the torque switch: closed while all is well


@dataclass(frozen=True)
class Truth:
    now_us: int
    scenario_s: float  # the water's own time
    water: dict[str, float]  # what comes, and what goes on around: quantity -> value
    at_probes: dict[str, float]  # in the channel before the gates, where water may stand
    points: dict[str, float]  # what the registers hold, as points of the site file
    stage_mm: float
    overflow_lps: float  # from the channel to the river; negative: a flood comes in
    gates: dict[str, GateTruth]
    wetland_stage_mm: float
    wetland_volume_m3: float
    wetland_outflow_lps: float
    wetland_turbidity_ntu: float  # of what leaves it, as all of the wetland's
    wetland_ammonia_mg_l: float
    wetland_do_mg_l: float
    pond_stage_mm: float  # above the pond's own gauge zero
    pond_volume_m3: float
    pond_turbidity_ntu: float
    pond_conductivity_us_cm: float
    pond_do_mg_l: float
    pond_temperature_c: float
    pond_chlorophyll_ug_l: float
    pond_demand_lps: float  # what the users get
    pond_spill_lps: float
