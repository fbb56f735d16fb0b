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

QUANTITIES = ("turbidity_ntu", "do_mg_l", "conductivity_us_cm", "temperature_c", "inflow_lps")
STAGE = "stage_mm"
INPUTS = ("flood", "estop", "reset")


_STAYS = "it stays to the end"
_NOTHING = "nothing happens"


class Start(Table):
    inlet: choice("open", "closed") = default("open", "the site is in use")


class Base(Table):
    """What comes while nothing happens."""

    turbidity_ntu: Amount = default(3.0, "treated effluent")
    do_mg_l: Amount = default(6.3, "treated effluent")
    conductivity_us_cm: Amount = default(1185.0, "treated effluent")
    temperature_c: Number = default(18.0, "treated effluent")
    inflow_lps: Amount = default(120.0, "ten thousand cubic metres a day")
    stage_mm: Number | None = default(None, "channel and gates make the stage")


class Washout(Table):
    """Rises in a line to `times` the base value, then the excess decays."""

    what: choice(*QUANTITIES)
    from_s: Amount
    times: Span
    rise_s: Span
    decay_s: Span


class Step(Table):
    """Goes to another value, at once or in a line, and back again from until_s on."""

    what: choice(*QUANTITIES, STAGE)
    from_s: Amount
    to: Number
    until_s: Amount | None = default(None, _STAYS)
    rise_s: Amount = default(0.0, "at once")


class Contact(Table):
    """An input acts: the flood contact opens, the emergency stop opens, the reset is pressed."""

    input: choice(*INPUTS)
    from_s: Amount
    until_s: Amount | None = default(None, _STAYS)


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
    gate: Id
    kind: choice(*GATE_FAULTS)
    from_s: Amount
    until_s: Amount | None = default(None, _STAYS)


class ScenarioFile(Table):
    format: choice(1)
    name: Text
    purpose: Text | None = default(None, "the name says it")
    site: Words = default("desk", "the site of the desk")
    waiting: Text | None = default(None, "every rule that it needs is built")
    duration_s: Span
    time_lapse: Annotated[int, Field(ge=1, le=3600)] = default(1, "as in the world")
    start: Start = default(Start(), "the site is in use")
    water: Base = default(Base(), "treated effluent")
    washout: list[Washout] = default([], _NOTHING)
    step: list[Step] = default([], _NOTHING)
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
    expect: list[Expect] = default([], "nothing is asked of the run")
    fails_under: FailsUnder | None = default(None, "nobody has shown that it can fail")
