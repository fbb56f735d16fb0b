"""The tables of one station that are not a gate's: buses, sensors, terminals, uplink."""

import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from reedgate_boards.site.fields import (
    Broker,
    Day,
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
    refuse,
)
from reedgate_boards.site.schema_gate import Gate


class StationTerminals(Table):
    """What acts on all gates of the station."""

    estop: str | None = optional()
    reset: str | None = optional()
    mains_ok: str | None = optional()
    service: str | None = optional()
    healthy: str | None = optional()


_Baud = choice(4800, 9600, 19200, 38400, 57600, 115200)
_Parity = choice("none", "even", "odd")


class Bus(Table):
    port: str
    baud: _Baud
    parity: _Parity
    poll_s: Annotated[Seconds, Field(ge=Decimal("0.5"), le=3600)]


class Wet(Table):
    """By what a probe is known to be under water. No point: its mounting keeps it there."""

    point: str | None = optional()
    above: Number | None = optional()
    below: Number | None = optional()

    @property
    def always(self) -> bool:
        return not self.model_fields_set

    @property
    def bound(self) -> Decimal:
        return self.above if self.above is not None else self.below


def _wet(value: Any) -> Any:
    if value == "always":
        return {}
    if not isinstance(value, dict) or not value:
        refuse(
            'must be "always" or a point and its level, as { point = "stage_mm", above = 300 }.'
        )
    return value


class Sensor(Table):
    bus: str
    unit_id: Annotated[int, Field(ge=1, le=247)]
    profile: str
    max_age_s: Annotated[Seconds, Field(gt=0, le=86400)]
    wet_when: Annotated[Wet, BeforeValidator(_wet)] = needed("always")
    points: Annotated[dict[str, PointName], Field(min_length=1)]
    poll_s: Annotated[Seconds | None, Field(ge=Decimal("0.5"), le=3600)] = default(
        None, "as often as its bus"
    )
    baud: _Baud = default(None, "as its bus; of its own: the port changes over for its frames")
    parity: _Parity = default(None, "as its bus")
    warm_when: choice("profile", "always") = default(
        "profile",
        "counts as cold when the station starts; always: it has power of its own and measures on",
    )
    zero_offset_mm: Annotated[int, Field(ge=-100_000, le=100_000)] = default(
        0, "the probe sits at the gauge datum"
    )
    suspect_s: Annotated[Seconds | None, Field(gt=0, le=86400)] = default(
        None, "as its station says"
    )
    wipe_every_s: Annotated[Seconds | None, Field(ge=300, le=86400)] = default(
        None, "the station does not make it wipe itself"
    )
    freeze_max_s: Annotated[Seconds, Field(ge=1, le=60)] = default(
        Decimal(30), "a sweep of a wiper takes a third of it"
    )
    calibrated: Day | None = optional()
    calibrate_every_days: Annotated[int | None, Field(ge=1, le=1000)] = default(
        None, "nobody is asked to calibrate it"
    )

    @property
    def calibration_due(self) -> datetime.date | None:
        """The day on which it is to be calibrated again. For people: no board is told."""
        if self.calibrated is None or self.calibrate_every_days is None:
            return None
        return self.calibrated + datetime.timedelta(days=self.calibrate_every_days)


class DerivedPoint(Table):
    """A point that is reckoned from others: one of median_of, ec25_of and tds_of."""

    median_of: Annotated[list[str] | None, Field(min_length=2, max_length=3)] = optional()
    ec25_of: str | None = optional()
    temperature: str | None = optional()
    alpha_per_c: Annotated[Number, Field(gt=0, lt=Decimal("0.1"), decimal_places=4)] = default(
        Decimal("0.0191"), "of natural waters; KELLER takes 0.022"
    )
    tds_of: str | None = optional()
    factor: Annotated[Number, Field(gt=0, le=2, decimal_places=3)] = default(
        Decimal("0.65"), "of natural waters 0.55 to 0.8; fit it to pairs of the laboratory"
    )


class Uplink(Table):
    kind: choice("mqtt", "rtu_slave", "none")
    broker: Broker | None = optional()
    wifi: SecretName | None = optional()
    port: str | None = optional()
    unit_id: Annotated[int | None, Field(ge=1, le=247)] = optional()
    line: SerialLine | None = optional()
    baud: _Baud = default(19200, "what the Modbus specification takes")
    parity: _Parity = default("even", "what the Modbus specification takes")
    live_s: Annotated[Number, Field(ge=Decimal("0.2"), le=60, decimal_places=3)] = default(
        Decimal(1), "as often as the probes are read"
    )
    record_s: Annotated[int, Field(ge=1, le=3600)] = default(
        60, "a minute of means, least and most: three days of outage fit on the flash"
    )


class Station(Table):
    name: Text = needed({"zh": "?", "en": "?"})
    board: str = needed("")
    scan_ms: Annotated[int, Field(ge=50, le=500)] = default(
        200, "well below any travel time, and leaves the chip four fifths of its time"
    )
    start_grace_s: Annotated[Seconds | None, Field(ge=0, le=120)] = default(
        None,
        "the longest warm-up, stabilisation and max_age_s of its probes together, at most 120",
    )
    suspect_s: Annotated[Seconds, Field(gt=0, le=86400)] = default(
        Decimal(1800), "what is suspect for half an hour is a fault of the probe, not the water"
    )
    terminals: StationTerminals = default(StationTerminals(), "none is needed by every station")
    buses: dict[Id, Bus] = needed({})
    sensors: dict[Id, Sensor] = needed({})
    derived: dict[PointName, DerivedPoint] = default({}, "every point is read from a probe")
    gates: dict[Id, Gate] = needed({})
    uplink: Uplink = needed({"kind": "none"})


def poll_of(station: Station, sensor: Sensor) -> Any:
    """Seconds between two polls of the sensor."""
    return sensor.poll_s if sensor.poll_s is not None else station.buses[sensor.bus].poll_s


def line_of(station: Station, sensor: Sensor) -> tuple[int, str]:
    """(baud, parity) in which the sensor speaks."""
    bus = station.buses[sensor.bus]
    return sensor.baud or bus.baud, sensor.parity or bus.parity
