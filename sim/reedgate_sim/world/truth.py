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


@dataclass(frozen=True)
class Truth:
    now_us: int
    scenario_s: float  # the water's own time
    water: dict[str, float]  # what arrives at the probes: quantity -> value
    points: dict[str, float]  # what the registers hold, as points of the site file
    stage_mm: float
    gates: dict[str, GateTruth]
    wetland_stage_mm: float
    wetland_volume_m3: float
    wetland_outflow_lps: float
    wetland_turbidity_ntu: float  # of what leaves it
    pond_stage_mm: float
    pond_volume_m3: float
    pond_turbidity_ntu: float
    pond_conductivity_us_cm: float
    pond_demand_lps: float
    pond_spill_lps: float
