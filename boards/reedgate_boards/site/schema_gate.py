"""The tables of one gate: drive, flood causes and quality trips. Defaults are those of the
control law."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from reedgate_boards.site.fields import (
    Id,
    Number,
    Seconds,
    Table,
    Words,
    choice,
    default,
    needed,
    optional,
)
from reedgate_boards.site.schema_limit import DAY_S, Confirm, Limit
from reedgate_boards.site.schema_rule7 import Load, Pond, Use


class FloodCause(Table):
    """Either a point beyond a limit, or a contact."""

    point: str | None = optional()
    above: Number | None = optional()
    below: Number | None = optional()
    deadband: Annotated[Number | None, Field(gt=0)] = optional()
    contact: str | None = optional()
    active: choice("open") = default("open", "a broken wire must act like a flood")
    debounce_ms: Annotated[int, Field(ge=0, le=10_000)] = default(
        2000, "waves and relays chatter for less; a river does not rise in it"
    )

    limit = Limit.limit
    clear_at = Limit.clear_at


class Flood(Table):
    name: Id
    any: Annotated[list[FloodCause], Field(min_length=1)]
    position: choice("open", "closed", "hold")
    stage_lost: choice("contact", "flood") = default(
        "contact", "a lost stage neither starts nor ends a flood: the contact alone decides"
    )
    flood_clear_s: Annotated[Seconds, Field(ge=0, le=DAY_S)] = default(
        Decimal(600), "the river is judged to be down when it has been down for ten minutes"
    )


class Basis(Table):
    """Why the limit is what it is: a row of a standard, or the site's own reason."""

    standard: Words | None = optional()
    row: Words | None = optional()
    year: Annotated[int | None, Field(ge=1900, le=2100)] = optional()
    verified: bool | None = optional()
    site: Words | None = optional()


class Condition(Limit):
    """One that a trip needs; `also`: redundant probes of the same, one or two."""

    also: Annotated[list[str], Field(max_length=2)] = default([], "one probe judges")


class Trip(Table):
    all: Annotated[list[Condition], Field(min_length=1, max_length=8)]
    confirm: Confirm = default(Confirm(), "the three defaults of the control law")
    side: choice("upstream", "downstream") = needed("upstream")
    flow_past: choice("bypass", "pump", "none") = needed("bypass")
    clears: choice("hold_then_clear", "reset_only", "cause_gone")
    clear_hold_s: Annotated[Seconds, Field(ge=0, le=DAY_S)] = default(
        Decimal(1800), "an upset comes in waves: half an hour of good water ends it"
    )
    lost_hold_s: Annotated[Seconds, Field(ge=0, le=3600)] = default(
        Decimal(60), "a probe that misses a few answers is not yet lost"
    )
    agree: Annotated[Number | None, Field(gt=0)] = optional()
    agree_s: Annotated[Seconds, Field(ge=0, le=DAY_S)] = default(
        Decimal(300), "probes a few metres apart see a wave one after the other"
    )
    confirmed_by: list[str] = default([], "what the probe says needs no other to confirm it")
    basis: Basis = needed({"site": "?"})

    @property
    def passed_by(self) -> str:
        """What moves upstream water past the probe while the gate is closed."""
        return self.flow_past if self.side == "upstream" else "none"


class LeakSign(Table):
    """What a flow or a level cannot be behind a gate that is closed and tight."""

    point: str
    above: Number | None = optional()
    below: Number | None = optional()

    limit = Limit.limit

    @property
    def clear_at(self) -> Decimal:
        return self.limit

    @property
    def deadband(self) -> Decimal:
        return Decimal(0)


class Actuator(Table):
    """The bus of a modbus_actuator, and what the drive does when nobody speaks to it."""

    port: str
    unit_id: Annotated[int, Field(ge=1, le=247)]
    profile: str
    baud: choice(9600, 19200, 38400, 57600, 115200)
    parity: choice("none", "even", "odd")
    poll_s: Annotated[Seconds, Field(ge=Decimal("0.5"), le=60)] = default(
        Decimal(1), "an order stands at the drive within a second"
    )
    silence_s: Annotated[Seconds, Field(ge=1, le=600)] = default(
        Decimal(10), "a few answers may be lost on a long line"
    )
    esd: Words | None = default(None, "nothing is wired to its emergency input")
    comms_loss: choice("open", "closed") | None = default(None, "it stays where it is")


class GateTerminals(Table):
    open: str | None = optional()
    close: str | None = optional()
    out: str | None = optional()
    at_open: str | None = optional()
    at_closed: str | None = optional()
    torque: str | None = optional()
    local: str | None = optional()
    local_open: str | None = optional()
    local_close: str | None = optional()
    emergency_close: str | None = optional()
    upstream_alarm: str | None = optional()


class Gate(Table):
    role: choice("inlet", "bypass", "outlet", "spill")
    drive: choice("two_relay", "spring_return", "modbus_actuator")
    terminals: GateTerminals
    travel_s: Annotated[Seconds, Field(gt=0, le=3600)]
    travel_timeout_s: Annotated[Seconds, Field(gt=0, le=7200)]
    source: str | None = optional()
    bypass: str | None = optional()
    fixed_way: Words | None = optional()
    spring: choice("open", "closed") | None = optional()
    on_power_loss: choice("stays", "closes_spring", "closes_battery") | None = optional()
    reverse_dead_ms: Annotated[int, Field(ge=0, le=10_000)] = default(
        500, "the motor stands before it is reversed"
    )
    backoff_ms: Annotated[int, Field(ge=0, le=60_000)] = default(
        3000, "long enough to let a branch go"
    )
    retries: Annotated[int, Field(ge=0, le=5)] = default(2, "then somebody has to look")
    leave_ms: Annotated[int | None, Field(ge=100, le=60_000)] = default(
        None, "nobody watches whether a switch lets go"
    )
    travel_min_s: Annotated[Seconds | None, Field(gt=0, le=3600)] = default(
        None, "nobody watches whether a switch makes too early"
    )
    leak: LeakSign | None = default(None, "no point shows water past the closed gate")
    leak_s: Annotated[Seconds, Field(gt=0, le=DAY_S)] = default(
        Decimal(600), "what the channel still held has run off by then"
    )
    actuator: Actuator | None = default(None, "only a modbus_actuator has one")
    proof_test_days: Annotated[int | None, Field(ge=1, le=365)] = default(
        None, "nobody is asked for a full stroke"
    )
    reopen_hold_s: Annotated[Seconds, Field(ge=0, le=DAY_S)] = default(
        Decimal(1800), "good water this long before an automatic opening"
    )
    openings_per_hour: Annotated[int, Field(ge=1, le=60)] = default(2, "motors and wetlands tire")
    min_closed_s: Annotated[Seconds, Field(ge=0, le=DAY_S)] = default(
        Decimal(600), "no gate swings with every wave"
    )
    flood: list[Flood] = default([], "a bypass may have none")
    trips: dict[Id, Trip] = default({}, "a bypass has none")
    pond: Pond | None = optional()
    use: Use | None = optional()
    load: Load | None = optional()
    lost_opening_permille: Annotated[int, Field(ge=0, le=1000)] = default(
        300, "what nobody measures is let in by a third of the gate"
    )
