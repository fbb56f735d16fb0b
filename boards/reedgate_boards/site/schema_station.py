"""The tables of one station that are not a gate's: buses, sensors, terminals, uplink."""

from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import Field

from reedgate_boards.site.fields import (
    Broker,
    Id,
    Number,
    PointName,
    Seconds,
    SecretName,
    SerialLine,
    Table,
    Text,
    choice,
    default,
    needed,
    optional,
)
from reedgate_boards.site.schema_gate import Gate


class StationTerminals(Table):
    """What acts on all gates of the station."""

    estop: str | None = optional()
    reset: str | None = optional()
    mains_ok: str | None = optional()
    service: str | None = optional()
    healthy: str | None = optional()


class Bus(Table):
    port: str
    baud: choice(4800, 9600, 19200, 38400, 57600, 115200)
    parity: choice("none", "even", "odd")
    poll_s: Annotated[Seconds, Field(ge=Decimal("0.5"), le=3600)]


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


class Sensor(Table):
    later: ClassVar[frozenset[str]] = frozenset({"baud", "parity", "suspect_s", "freeze_max_s"})

    bus: str
    unit_id: Annotated[int, Field(ge=1, le=247)]
    profile: str
    max_age_s: Annotated[Seconds, Field(gt=0, le=86400)]
    wet_when: choice("always", later_form=_is_table) = needed("always")
    points: Annotated[dict[str, PointName], Field(min_length=1)]
    poll_s: Annotated[Seconds | None, Field(ge=Decimal("0.5"), le=3600)] = default(
        None, "as often as its bus"
    )
    warm_when: choice("profile", "always") = default(
        "profile",
        "counts as cold when the station starts; always: it has power of its own and measures on",
    )
    zero_offset_mm: Annotated[int, Field(ge=-100_000, le=100_000)] = default(
        0, "the probe sits at the gauge datum"
    )


class Uplink(Table):
    kind: choice("mqtt", "rtu_slave", "none")
    broker: Broker | None = optional()
    wifi: SecretName | None = optional()
    port: str | None = optional()
    unit_id: Annotated[int | None, Field(ge=1, le=247)] = optional()
    line: SerialLine | None = optional()
    baud: choice(4800, 9600, 19200, 38400, 57600, 115200) = default(
        19200, "what the Modbus specification takes"
    )
    parity: choice("none", "even", "odd") = default("even", "what the Modbus specification takes")
    live_s: Annotated[Number, Field(ge=Decimal("0.2"), le=60, decimal_places=3)] = default(
        Decimal(1), "as often as the probes are read"
    )
    record_s: Annotated[int, Field(ge=1, le=3600)] = default(
        60, "a minute of means, least and most: three days of outage fit on the flash"
    )


class Station(Table):
    later: ClassVar[frozenset[str]] = frozenset({"suspect_s", "freeze_max_s"})

    name: Text = needed({"zh": "?", "en": "?"})
    board: str = needed("")
    scan_ms: Annotated[int, Field(ge=50, le=500)] = default(
        200, "well below any travel time, and leaves the chip four fifths of its time"
    )
    start_grace_s: Annotated[Seconds | None, Field(ge=0, le=120)] = default(
        None,
        "the longest warm-up, stabilisation and max_age_s of its probes together, at most 120",
    )
    terminals: StationTerminals = default(StationTerminals(), "none is needed by every station")
    buses: dict[Id, Bus] = needed({})
    sensors: dict[Id, Sensor] = needed({})
    gates: dict[Id, Gate] = needed({})
    uplink: Uplink = needed({"kind": "none"})


def poll_of(station: Station, sensor: Sensor) -> Any:
    """Seconds between two polls of the sensor."""
    return sensor.poll_s if sensor.poll_s is not None else station.buses[sensor.bus].poll_s
