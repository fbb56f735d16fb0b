"""What all instruments have in common: a unit id, power, measuring or not, a wiper, ailments.

Registers and commands of odd makes stand in their own modules, those of plain ones in
`register_map` and its data.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from reedgate_boards.site.user_error import UserError
from reedgate_sim.world import adu, ailments
from reedgate_sim.world.ailments import Water
from reedgate_sim.world.faults import Fault
from reedgate_sim.world.parameters import parameters
from reedgate_sim.world.sensing import Response, Sensed, series_key
from reedgate_sim.world.wiper import Wiper


@dataclass(frozen=True)
class Character:
    """How an instrument behaves in time; its registers are its class or its map."""

    turnaround_us: int = 0  # from the request's last byte to the reply's first
    refresh_us: int = 1_000_000
    warm_up_us: int = 0
    stabilise_us: int = 0
    wipe_us: int = 0  # one sweep of the wiper; 0: it has none
    wipe_every_us: int = 0
    missing: float = math.nan  # what the main registers show without a measurement
    missing_error: int = 0  # and the error register then
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
        wipe_us=table.get("wipe_ms", 0) * 1000,
        wipe_every_us=table.get("wipe_every_min", 0) * 60_000_000,
        missing=table.get("missing", math.nan),
        missing_error=table.get("missing_error", 0),
        range_bar=(table["low_bar"], table["high_bar"]) if "low_bar" in table else None,
        responses={key: Response(**row) for key, row in table.items() if isinstance(row, dict)},
    )


class Instrument:
    """One Modbus RTU slave. `answer` takes a whole frame and gives a whole frame, or silence."""

    names: tuple[str, ...] = ()  # of the measuring registers
    main: tuple[str, ...] = ()  # registers of what the instrument is bought for
    measures: tuple[str, ...] = ()  # quantities it needs from the water
    has_error_register = False
    starts_alone = True  # measures once it has power; else a command starts it

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
        self._water = water
        self._ailments: list[Fault] = []
        self._frozen: dict[Fault, dict[str, float]] = {}
        self._dark: list[Fault] = []  # losses of power that lie before it or are on
        long_ago = -behaviour.warm_up_us - behaviour.stabilise_us
        self._measuring_since_us: int | None = long_ago if warm else None
        self._awake_us = long_ago
        self._key = series_key(seed, unit_id)
        self._phase_us = self._key % behaviour.refresh_us
        self.wiper = Wiper(behaviour.wipe_us, behaviour.wipe_every_us, self._key)
        if not warm:
            self._power_up(powered_us)
        self._sensed = {
            quantity: Sensed(
                water[quantity],
                behaviour.responses.get(quantity, Response()),
                behaviour.refresh_us,
                series_key(seed, unit_id, quantity),
                self._phase_us,
            )
            for quantity in self.measures
        }

    def answer(self, frame: bytes, now_us: int) -> bytes | None:
        """The reply to a frame whose last byte arrived at now_us; None: no answer."""
        parts = adu.opened(frame)
        if parts is None or not self._is_awake(now_us):
            return None
        unit_id, pdu = parts
        if unit_id != self.unit_id:  # a broadcast too: none of these instruments acts on one
            return None
        reply = self._serve(pdu, now_us)
        return None if reply is None else adu.sealed(self.unit_id, reply)

    def registers(self, now_us: int) -> dict[str, float]:
        """The measuring registers by name, in the units in which the instrument shows them.

        With one more, "error", where the instrument has an error register.
        """
        if self._dark and not self._is_awake(now_us):
            return dict.fromkeys(self.names, math.nan) | {"error": 0}
        acting = [fault for fault in self._ailments if fault.stands(now_us)]
        for fault in acting:  # first of all, for what a probe senses cannot be asked backwards
            if fault.kind == "stuck" and fault not in self._frozen:
                self._frozen[fault] = self._healthy(fault.from_us)
        values = self._healthy(now_us)
        for fault in acting:
            self._ail(fault, values, now_us)
        return values

    def quantity(self, key: str, now_us: int) -> float:
        """One quantity of the contract as the registers show it."""
        return self.registers(now_us)[key]

    def afflict(self, fault: Fault) -> None:
        """A fault of faults.INSTRUMENT_KINDS; the unit id in it is not looked at."""
        if fault.register is not None and fault.register not in self.names:
            raise ValueError(
                f"{type(self).__name__} has no register {fault.register!r}. "
                f"Known: {', '.join(self.names)}."
            )
        if fault.kind == "error" and not self.has_error_register:
            raise UserError(
                "reedgate_sim.world",
                "The instrument with unit id {unit_id} has no error register.",
                hint="Choose another kind of fault for it: no_value, or exception.",
                unit_id=self.unit_id,
            )
        (self._dark if fault.kind == "power_loss" else self._ailments).append(fault)
        if fault.kind == "in_air":
            for quantity, sensed in self._sensed.items():
                sensed.feel(ailments.felt(quantity, self._water, self._in_air))

    def next_change_us(self, now_us: int) -> int:
        """The next time after now_us at which a measuring register can change."""
        times = [sensed.next_refresh_us(now_us) for sensed in self._sensed.values()]
        for each in (*self._ailments, *self._dark):
            times += [edge for edge in (each.from_us, each.until_us) if edge > now_us]
        times += self.wiper.edges_after(now_us)
        return min(times)

    def _is_awake(self, now_us: int) -> bool:
        if not self._dark:
            return now_us >= self._awake_us
        for fault in [each for each in self._dark if each.until_us <= now_us]:
            self._dark.remove(fault)
            self._power_up(fault.until_us)
        return now_us >= self._awake_us and not any(each.stands(now_us) for each in self._dark)

    def _power_up(self, powered_us: int) -> None:
        self._awake_us = powered_us + self.character.warm_up_us
        self._measuring_since_us = self._awake_us if self.starts_alone else None
        self.wiper.sweep(self._awake_us)

    def _stable(self, now_us: int) -> bool:
        since_us = self._measuring_since_us
        return since_us is not None and now_us >= since_us + self.character.stabilise_us

    def _in_air(self, at_us: int) -> bool:
        return any(each.kind == "in_air" and each.stands(at_us) for each in self._ailments)

    def _healthy(self, now_us: int) -> dict[str, float]:
        """What a sound instrument shows; while its wiper passes, what it measured before."""
        values = self._registers(self.wiper.measured_us(now_us))
        values["error"] = 0
        return values

    def _ail(self, fault: Fault, values: dict[str, float], now_us: int) -> None:
        names = (fault.register,) if fault.register else self.main
        if fault.kind == "stuck":
            stuck = names if fault.register else self.names
            values.update({name: self._frozen[fault][name] for name in stuck})
        elif fault.kind == "error":
            values["error"] = fault.code
        elif fault.kind == "no_value":
            self._blank(values)
        elif fault.kind == "value":
            values.update(dict.fromkeys(names, fault.value))
        else:
            for name in names:
                values[name] = self._off(fault, values[name], now_us)

    def _off(self, fault: Fault, value: float, now_us: int) -> float:
        """A register's value, off by what the fault makes of it."""
        refresh = (now_us - self._phase_us) // self.character.refresh_us
        taken_us = refresh * self.character.refresh_us + self._phase_us
        if fault.kind == "drift":
            return ailments.drifted(fault, value, taken_us)
        if fault.kind == "fouling":
            clean_us = max(fault.from_us, self.wiper.clean_since_us(now_us))
            return ailments.fouled(fault, value, clean_us, taken_us)
        if fault.kind == "bubbles":
            bubble = ailments.is_bubble(fault, self._key, refresh)
            return value + fault.value if bubble else value
        if fault.kind == "wiper" and self.wiper.sweeps(now_us):
            return value + fault.value
        return value

    def _blank(self, values: dict[str, float]) -> None:
        """No measurement."""
        values.update(dict.fromkeys(self.main, self.character.missing))
        values["error"] = self.character.missing_error

    def _registers(self, now_us: int) -> dict[str, float]:
        raise NotImplementedError

    def _serve(self, pdu: bytes, now_us: int) -> bytes | None:
        raise NotImplementedError
