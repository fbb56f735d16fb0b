"""The tables of a scenario file for what happens to the board and to those it talks to.

What happens to the water, the gates and the probes is in `scenario_file`; times are the file's.
"""

from typing import Annotated

from pydantic import Field

from reedgate_boards.site.fields import Table, Words, choice, default
from reedgate_sim.sealed import MODES
from reedgate_sim.world.numbers import Amount, Span

GONE = "gone"  # its connections break, and new ones are refused
_STAYS = "it stays to the end"


class PowerCut(Table):
    """The board's supply fails. More than one: `every_s` apart, or at random up to until_s."""

    from_s: Amount
    off_s: Span = default(2.0, "long enough for every capacitor")
    times: Annotated[int, Field(ge=1, le=1000)] = default(1, "one cut")
    every_s: Span | None = default(None, "with several cuts either this or until_s")
    until_s: Amount | None = default(None, "with several cuts either this or every_s")


class BrokerTrouble(Table):
    """A mode of the broker, or the radio: `black_hole`; afterwards all is well again."""

    mode: choice(*MODES[1:], GONE)
    from_s: Amount
    until_s: Amount | None = default(None, _STAYS)


class GatewayDeath(Table):
    """The gateway is killed: what it was about to confirm is lost, and so is the connection."""

    from_s: Amount
    until_s: Amount


class ClockMessage(Table):
    """The gateway tells the station the time. Without a row nobody ever does."""

    at_s: Amount
    unix_s: Annotated[int, Field(ge=0, le=0xFFFFFFFF)]


class Flash(Table):
    """The chip's flash. A smaller one is full sooner."""

    blocks: Annotated[int, Field(ge=16, le=256)] = default(256, "1 MiB, as on the desk's board")


class FirmwareChange(Table):
    """A file of the firmware, a text that stands in it exactly once, and what takes its place."""

    file: Annotated[str, Field(pattern=r"^[a-z0-9_]+(/[a-z0-9_]+)*\.py$")]
    old: Words
    new: str
