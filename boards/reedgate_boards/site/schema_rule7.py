"""Rule 7 of an inlet: pond full, use profile, hydraulic load. Attributes are TOML keys."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from reedgate_boards.site.fields import (
    Number,
    PointName,
    Seconds,
    Table,
    choice,
    default,
    optional,
)
from reedgate_boards.site.schema_limit import Confirm, Limit

_AT_ONCE = Confirm(polls=2, of=3, delay_s=Decimal(0))


class Pond(Table):
    """No room in the pond; it is no flood and sets no latch."""

    full: Limit
    action: choice("close", "cap") = default("close", "a full pond takes no more")
    cap_permille: Annotated[int | None, Field(ge=50, le=950)] = optional()
    confirm: Confirm = default(_AT_ONCE, "two of three polls; a pond does not fill in a second")
    lost_hold_s: Annotated[Seconds, Field(ge=0, le=3600)] = default(
        Decimal(60), "a probe that misses a few answers is not yet lost"
    )


class Use(Table):
    """The gate closes while the water is not fit for what it is used for."""

    profile: str
    points: Annotated[dict[str, str], Field(min_length=1)]
    confirm: Confirm = default(Confirm(), "the three defaults of the control law")
    lost_hold_s: Annotated[Seconds, Field(ge=0, le=3600)] = default(
        Decimal(60), "a probe that misses a few answers is not yet lost"
    )


class Weir(Table):
    """Q = coefficient * width * h^1.5, or coefficient * tan(angle / 2) * h^2.5, in m and s."""

    kind: choice("rectangular", "v_notch")
    width_mm: Annotated[int | None, Field(ge=50, le=50_000)] = optional()
    angle_deg: Annotated[int | None, Field(ge=20, le=120)] = optional()
    coefficient: Annotated[Number | None, Field(gt=0, le=4)] = default(
        None, "1.7 of a rectangular weir, 1.37 of a V-notch"
    )
    highest_mm: Annotated[int, Field(ge=50, le=5000)] = default(
        1000, "above a metre of head nobody has rated it: the flow is unknown"
    )


class Cold(Table):
    point: str
    below: Number
    max_m_d: Annotated[Number, Field(gt=0, le=10)]


class Winter(Table):
    months: Annotated[list[Annotated[int, Field(ge=1, le=12)]], Field(min_length=1)]
    max_m_d: Annotated[Number, Field(gt=0, le=10)]


class Load(Table):
    """Hydraulic load: what has flowed in during 24 h, over the area."""

    area_m2: Annotated[int, Field(ge=1, le=10_000_000)]
    max_m_d: Annotated[Number, Field(gt=0, le=10)]
    cold: Cold | None = optional()
    winter: Winter | None = optional()
    stage: str
    crest_mm: Annotated[int, Field(ge=-100_000, le=100_000)]
    weir: Weir | None = optional()
    table_of: choice("gate", "weir") = default("weir", "a table for the gate is of it wide open")
    table: Annotated[list[list[Number]] | None, Field(min_length=2, max_length=34)] = optional()
    flow: PointName | None = optional()
    volume: PointName | None = optional()
    peak_permille: Annotated[int, Field(ge=1000, le=5000)] = default(
        1500, "the plant's day has a peak: half as much again, for a while"
    )
    deadband_permille: Annotated[int, Field(ge=20, le=500)] = default(
        100, "a tenth less before more is let in"
    )
    settle_s: Annotated[Seconds, Field(ge=10, le=3600)] = default(
        Decimal(300), "the water needs minutes to show what a step of the gate did"
    )
