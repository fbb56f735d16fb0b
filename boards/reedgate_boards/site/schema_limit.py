"""A limit and its confirmation: what trips, rule 7 and floods have in common."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from reedgate_boards.site.fields import Number, Seconds, Table, default, optional

DAY_S = 86400


class Limit(Table):
    """A point beyond a limit; it clears at the limit less (or plus) its deadband."""

    point: str
    above: Number | None = optional()
    below: Number | None = optional()
    deadband: Annotated[Number, Field(gt=0)]

    @property
    def limit(self) -> Decimal:
        return self.above if self.above is not None else self.below

    @property
    def clear_at(self) -> Decimal:
        return self.limit - self.deadband if self.above is not None else self.limit + self.deadband


class Confirm(Table):
    """How many of the last polls must be beyond a limit, and for how long."""

    polls: Annotated[int, Field(ge=1, le=16)] = default(2, "one reading is often a bubble")
    of: Annotated[int, Field(ge=1, le=16)] = default(3, "one lost poll must not postpone a trip")
    delay_s: Annotated[Seconds, Field(ge=0, le=DAY_S)] = default(
        Decimal(120), "spikes are shorter; means the same at every polling rate"
    )
