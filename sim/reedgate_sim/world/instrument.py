"""What all instruments have in common: a unit id, power, measuring or not, registers that can lie.

Each make's registers and commands stand in its own module.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from reedgate_sim.world import adu
from reedgate_sim.world.parameters import parameters
from reedgate_sim.world.sensing import Response, Sensed, series_key

Water = Mapping[str, Callable[[int], float]]  # quantity -> its value in the water at a time


@dataclass(frozen=True)
class Character:
    """How an instrument behaves in time; its registers are its class."""

    turnaround_us: int = 0  # from the request's last byte to the reply's first
    refresh_us: int = 1_000_000
    warm_up_us: int = 0
    stabilise_us: int = 0
    range_bar: tuple[float, float] | None = None
    responses: Mapping[str, Response] = field(default_factory=dict)


def character(profile: str) -> Character:
    """The character of one instrument of data/instruments.toml."""
    table = parameters("instruments")[profile]
    return Character(
        turnaround_us=round(table["turnaround_ms"] * 1000),
        refresh_us=table["refresh_ms"] * 1000,
        warm_up_us=table["warm_up_ms"] * 1000,
        stabilise_us=table["stabilise_ms"] * 1000,
        range_bar=(table["low_bar"], table["high_bar"]) if "low_bar" in table else None,
        responses={key: Response(**row) for key, row in table.items() if isinstance(row, dict)},
    )


@dataclass(frozen=True)
class Forced:
    """A register that holds a given number, whatever the water says."""

    value: float
    from_us: int
    until_us: int
    register: str | None = None  # None: the instrument's main registers


class Instrument:
    """One Modbus RTU slave. `answer` takes a whole frame and gives a whole frame, or silence."""

    names: tuple[str, ...] = ()  # of the measuring registers
    main: tuple[str, ...] = ()  # registers of what the instrument is bought for
    measures: tuple[str, ...] = ()  # quantities it needs from the water

    def __init__(
        self,
        unit_id: int,
        water: Water,
        behaviour: Character,
        *,
        seed: int = 0,
        warm: bool = True,
        powered_us: int = 0,
    ):
        """warm: powered and measuring since long before the run; else powered at powered_us."""
        self.unit_id = unit_id
        self.character = behaviour
        self.forced: list[Forced] = []
        long_ago = -behaviour.warm_up_us - behaviour.stabilise_us
        self._awake_us = long_ago if warm else powered_us + behaviour.warm_up_us
        self._measuring_since_us: int | None = long_ago if warm else None
        self._sensed = {
            quantity: Sensed(
                water[quantity],
                behaviour.responses.get(quantity, Response()),
                behaviour.refresh_us,
                series_key(seed, unit_id, quantity),
                series_key(seed, unit_id) % behaviour.refresh_us,
            )
            for quantity in self.measures
        }

    def answer(self, frame: bytes, now_us: int) -> bytes | None:
        """The reply to a frame whose last byte arrived at now_us; None: no answer."""
        parts = adu.opened(frame)
        if parts is None or now_us < self._awake_us:
            return None
        unit_id, pdu = parts
        if unit_id != self.unit_id:  # a broadcast too: none of these instruments acts on one
            return None
        reply = self._serve(pdu, now_us)
        return None if reply is None else adu.sealed(self.unit_id, reply)

    def registers(self, now_us: int) -> dict[str, float]:
        """The measuring registers by name, in the units in which the instrument shows them."""
        values = self._registers(now_us)
        for forced in self.forced:
            if forced.from_us <= now_us < forced.until_us:
                names = (forced.register,) if forced.register else self.main
                values.update(dict.fromkeys(names, forced.value))
        return values

    def quantity(self, key: str, now_us: int) -> float:
        """One quantity of the contract as the registers show it."""
        return self.registers(now_us)[key]

    def force(self, forced: Forced) -> None:
        if forced.register is not None and forced.register not in self.names:
            raise ValueError(
                f"{type(self).__name__} has no register {forced.register!r}. "
                f"Known: {', '.join(self.names)}."
            )
        self.forced.append(forced)

    def next_change_us(self, now_us: int) -> int:
        """The next time after now_us at which a measuring register can change."""
        times = [sensed.next_refresh_us(now_us) for sensed in self._sensed.values()]
        times += [each.from_us for each in self.forced if each.from_us > now_us]
        times += [each.until_us for each in self.forced if each.until_us > now_us]
        return min(times)

    def _stable(self, now_us: int) -> bool:
        since_us = self._measuring_since_us
        return since_us is not None and now_us >= since_us + self.character.stabilise_us

    def _registers(self, now_us: int) -> dict[str, float]:
        raise NotImplementedError

    def _serve(self, pdu: bytes, now_us: int) -> bytes | None:
        raise NotImplementedError
