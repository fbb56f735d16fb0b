"""The form of a scenario file: tables and keys, each judged alone. Attributes are the TOML keys.

`docs/scenarios.md` explains it; `scenario` reads it; `drivers` plays it.
"""

from typing import Annotated, Any

from pydantic import Field

from reedgate_boards.site.fields import Id, Table, Text, Words, choice, default
from reedgate_sim.world.faults import KINDS
from reedgate_sim.world.leaf import GATE_FAULTS
from reedgate_sim.world.numbers import Amount, AnyNumber, Number, Span
from reedgate_sim.world.scenario_events import (
    BrokerTrouble,
    ClockMessage,
    FirmwareChange,
    Flash,
    GatewayDeath,
    PowerCut,
)
from reedgate_sim.world.scenario_expect import Expect, FailsUnder

CARRIED = (  # what the arriving water carries, and how much of it comes
    "turbidity_ntu",
    "do_mg_l",
    "conductivity_us_cm",
    "temperature_c",
    "ammonia_mg_l",
    "bod_mg_l",
    "tn_mg_l",
    "tp_mg_l",
    "inflow_lps",
)
AROUND = ("river_mm", "rain_mm_d", "evaporation_mm_d", "demand_lps")  # what goes on around it
QUANTITIES = CARRIED + AROUND
STAGE = "stage_mm"
AIR = "air_c"
FREE = (STAGE, AIR)  # made by the rest of the world unless the file gives them
STATION_INPUTS = ("estop", "reset", "mains", "service")
GATE_INPUTS = (
    "flood",
    "torque",
    "local",
    "local_open",
    "local_close",
    "emergency_close",
    "upstream_alarm",
)
INPUTS = STATION_INPUTS + GATE_INPUTS
PLACES = ("channel", "wetland", "pond")


_STAYS = "it stays to the end"
_NOTHING = "nothing happens"


class Start(Table):
    inlet: choice("open", "closed") = default("open", "the site is in use")
    day: Annotated[int, Field(ge=1, le=366)] = default(121, "of the year: the first of May")
    hour: Annotated[Amount, Field(lt=24)] = default(8.0, "by the sun: it is highest at 12")
    pond_mm: Amount | None = default(None, "as data/water.toml has it")


class Base(Table):
    """What comes while nothing happens."""

    turbidity_ntu: Amount = default(3.0, "treated effluent")
    do_mg_l: Amount = default(6.3, "treated effluent")
    conductivity_us_cm: Amount = default(1185.0, "treated effluent")
    temperature_c: Number = default(18.0, "treated effluent")
    ammonia_mg_l: Amount = default(1.0, "treated effluent; nitrogen in ammonia")
    bod_mg_l: Amount = default(8.0, "treated effluent")
    tn_mg_l: Amount = default(12.0, "treated effluent; all nitrogen")
    tp_mg_l: Amount = default(0.3, "treated effluent; all phosphorus")
    inflow_lps: Amount = default(120.0, "ten thousand cubic metres a day")
    stage_mm: Number | None = default(None, "channel and gates make the stage")
    river_mm: Number = default(300.0, "low water, above the channel's gauge zero")
    rain_mm_d: Amount = default(0.0, "a dry day")
    evaporation_mm_d: Amount = default(4.0, "a warm day")
    air_c: Number | None = default(None, "as warm as the water that comes")
    demand_lps: Amount = default(100.0, "what the users would draw from the pond")


class Washout(Table):
    """Rises in a line to `times` the base value, then the excess decays."""

    what: choice(*QUANTITIES)
    from_s: Amount
    times: Span
    rise_s: Span
    decay_s: Span


class Step(Table):
    """Goes to another value, at once or in a line, and back again from until_s on."""

    what: choice(*QUANTITIES, *FREE)
    from_s: Amount
    to: Number
    until_s: Amount | None = default(None, _STAYS)
    rise_s: Amount = default(0.0, "at once")


class Wave(Table):
    """Swings around the base value: days and seasons."""

    what: choice(*QUANTITIES, *FREE)
    amplitude: Amount
    period_s: Span = default(86400.0, "a day")
    peak_s: Number = default(0.0, "highest at the start")


class Series(Table):
    """Goes through given values, in lines; before the first and after the last they stand."""

    what: choice(*QUANTITIES, *FREE)
    at_s: Annotated[list[Amount], Field(min_length=1)]
    values: Annotated[list[Number], Field(min_length=1)]
    repeat_s: Span | None = default(None, "once")


class Contact(Table):
    """An input acts: a contact that is closed when all is well opens, a button is pressed."""

    input: choice(*INPUTS)
    from_s: Amount
    until_s: Amount | None = default(None, _STAYS)
    gate: Id | None = default(None, "every gate that has such an input")
    flood: Id | None = default(None, "every flood contact; else those of the cause of this name")


class World(Table):
    """What this plant has that another has not."""

    battery_strokes: Amount = default(0.0, "without mains the motors stand")
    probes: dict[Id, choice(*PLACES)] = default({}, "every probe hangs in the inlet's channel")


class BusFault(Table):
    """A fault of one sensor and its line, as `faults.Fault` has them."""

    sensor: Id
    kind: choice(*KINDS)
    from_s: Amount
    until_s: Amount | None = default(None, _STAYS)
    value: AnyNumber | None = default(None, "only kind `value` has one")
    holder: str | None = default(None, "the main registers of the instrument hold the value")
    code: Annotated[int, Field(ge=1, le=11)] = default(4, "the slave has failed")
    delay_ms: Amount = default(500.0, "beyond any time-out of a master")
    count: Annotated[int, Field(ge=1, le=64)] = default(3, "a few bytes")


class GateFaultRow(Table):
    """A fault of one gate, as `leaf.GateFault` has them."""

    gate: Id
    kind: choice(*GATE_FAULTS)
    from_s: Amount
    until_s: Amount | None = default(None, _STAYS)
    permille: Annotated[int, Field(ge=0, le=1000)] | None = default(
        None, "a jam acts at any opening; `slow` and `leak` need it"
    )
    late_ms: Amount = default(2000.0, "only a late switch has it")


class Chip(Table):
    """Which part of it the emulated chip runs: it is slow."""

    from_s: Amount | None = default(None, "10 s of the run before the first thing happens")
    for_s: Annotated[Amount, Field(gt=0, le=60)] = default(30.0, "of the run: a close and more")


class ScenarioFile(Table):
    format: choice(1)
    name: Text
    purpose: Text | None = default(None, "the name says it")
    site: Words = default("desk", "the site of the desk")
    duration_s: Span
    time_lapse: Annotated[int, Field(ge=1, le=3600)] = default(1, "as in the world")
    start: Start = default(Start(), "the site is in use")
    water: Base = default(Base(), "treated effluent")
    plant: World = default(World(), "as data/water.toml has it")
    washout: list[Washout] = default([], _NOTHING)
    step: list[Step] = default([], _NOTHING)
    wave: list[Wave] = default([], _NOTHING)
    series: list[Series] = default([], _NOTHING)
    contact: list[Contact] = default([], _NOTHING)
    fault: list[BusFault] = default([], _NOTHING)
    gate_fault: list[GateFaultRow] = default([], _NOTHING)
    power_cut: list[PowerCut] = default([], _NOTHING)
    broker: list[BrokerTrouble] = default([], _NOTHING)
    gateway_death: list[GatewayDeath] = default([], _NOTHING)
    clock: list[ClockMessage] = default([], _NOTHING)
    flash: Flash = default(Flash(), "as on the desk's board")
    site_changes: dict[str, Any] = default({}, "the site is as its file says")
    firmware_change: list[FirmwareChange] = default([], "the firmware is as it is shipped")
    chip: Chip = default(Chip(), "around the first thing that happens")
    expect: list[Expect] = default([], "nothing is asked of the run")
    fails_under: FailsUnder | None = default(None, "nobody has shown that it can fail")
