"""Stands between the rig and the plant and writes down what really is so. Judges nothing.

It sees what a measuring van beside the cabinet would: terminals with their stamps, contacts, the
probes' own registers, frames on the line, power and resets.
"""

import math
from typing import Any

from reedgate_boards.site.profiles import load_profile
from reedgate_contract.quantities import QUANTITIES
from reedgate_sim.campaign.account import Account, Life, Poll
from reedgate_sim.campaign.timeline import END_US, Span, common
from reedgate_sim.rigs.vm import START_US, WATCHDOG_RESET
from reedgate_sim.world.bus import Bus, Line
from reedgate_sim.world.plant import Plant
from reedgate_sim.world.watch import Watch

# Faults of one probe after which no reading of it can have come through.
_NO_ANSWER = frozenset({"dead", "bad_crc", "wrong_unit", "exception", "truncated"})
# Those that touch no other probe. Of any other kind the whole line may suffer.
_OF_ONE_PROBE = _NO_ANSWER | {"value", "stale", "split", "noise_before", "noise_after"}
_AFTER_US = 1_000_000  # what a fault leaves behind: late bytes, a guard
# The plant knows the water's density, the station takes one for all temperatures.
_DEPTH_MM = 15
_CRC = 2  # bytes at the end of a frame


class Witness:
    """The `World` that the rig is given. `rig` is set once there is one."""

    def __init__(self, plant: Plant, account: Account):
        self._plant, self._account = plant, account
        self.rig: Any = None
        self.faults: list[tuple[str, str, int, int]] = []  # (sensor, kind, from_us, until_us)
        self._known_resets = 0
        self._levels: dict[str, int] = {}
        self._off: set[str] = set()  # outputs set to off since the start
        self._probes = _probes(account.station)
        self._wiping = _wiping(account.station)
        self._conditions: dict[tuple[str, str, int], list[Span]] = {}
        self._watches = self._watch_limits()
        self.power_on(0)
        self._look(0)

    @property
    def buses(self) -> dict[str, Bus]:
        return self._plant.buses

    def set_output(self, terminal: str, level: int, now_us: int) -> None:
        self._plant.set_output(terminal, level, now_us)
        self._account.outputs.append((now_us, terminal, level))
        life = self._life(now_us)
        if life is not None and not life.safe:
            self._off.discard(terminal) if level else self._off.add(terminal)
            if level:
                life.unsafe = life.unsafe or f"{terminal} was energised"
            life.safe = self._off == self._account.board.outputs
        self._look(now_us)

    def transmit(self, port: str, data: bytes, line: Line, now_us: int) -> None:
        self.acts("a request on the bus", now_us)
        self._plant.transmit(port, data, line, now_us)
        end_us = now_us + line.time_us(len(data))
        probe = self._probes.get((port, data[:4]))
        if probe is not None:
            self._note_poll(probe, end_us)
        wiped = self._wiping.get((port, data[:-_CRC]))
        if wiped is not None:
            self._account.wipes.setdefault(wiped, []).append(now_us)

    def receive(self, port: str, now_us: int) -> bytes:
        return self._plant.receive(port, now_us)

    def advance(self, now_us: int) -> None:
        changes = self._plant.next_event_us() <= now_us
        self._plant.advance(now_us)
        if changes:
            self._look(now_us)

    def next_event_us(self) -> int:
        return self._plant.next_event_us()

    def inputs(self) -> dict[str, int]:
        return self._plant.inputs()

    # What only the player knows.

    def acts(self, what: str, now_us: int) -> None:
        """The chip does something to the world that is not an output."""
        life = self._life(now_us)
        if life is not None and not life.safe:
            life.unsafe = life.unsafe or what

    def power_on(self, now_us: int) -> None:
        self._account.lives.append(Life(now_us + START_US if now_us else 0))
        self._off.clear()

    def power_off(self, now_us: int) -> None:
        self._end_life(now_us)

    def hang(self, now_us: int) -> None:
        self._account.hangs.append(now_us)
        if self._account.lives:
            self._account.lives[-1].ran_until_us = now_us

    def finish(self, end_us: int) -> None:
        account = self._account
        account.end_us = end_us
        self._life(end_us)
        for watch, spans in self._watches.values():
            open_span = [(watch.since_us, end_us)] if watch.since_us is not None else []
            spans.extend([*watch.spans_us, *open_span])
        for (gate_id, trip_id, number), spans in sorted(self._conditions.items()):
            before = account.beyond.get((gate_id, trip_id))
            together = spans if number == 0 or before is None else common(before, spans)
            account.beyond[gate_id, trip_id] = together

    # Inside.

    def _life(self, now_us: int) -> Life | None:
        """The life that an act of this instant is of; None while the chip does not run."""
        resets = self.rig.resets[self._known_resets :] if self.rig else ()
        for at_us, cause in resets:
            self._known_resets += 1
            self._reset(at_us, cause)
        life = self._account.lives[-1]
        return life if life.from_us <= now_us < life.until_us else None

    def _reset(self, at_us: int, cause: int) -> None:
        account = self._account
        life = account.lives[-1]
        seeded = life.ran_until_us < END_US
        self._end_life(at_us)
        name = "watchdog" if cause == WATCHDOG_RESET else "reset"
        if not seeded:
            account.resets.append((at_us, name))
        account.lives.append(Life(at_us + START_US, cause=name))
        self._off.clear()

    def _end_life(self, at_us: int) -> None:
        life = self._account.lives[-1]
        life.until_us = min(life.until_us, at_us)
        life.ran_until_us = min(life.ran_until_us, at_us)

    def _look(self, now_us: int) -> None:
        for terminal, level in self._plant.inputs().items():
            if self._levels.get(terminal) != level:
                self._levels[terminal] = level
                self._account.inputs.setdefault(terminal, []).append((now_us, level))

    def _may_answer(self, sensor: str, at_us: int) -> bool | None:
        """None: nobody can say."""
        acting = {
            kind
            for whose, kind, from_us, until_us in self.faults
            if from_us <= at_us < until_us + _AFTER_US
            and (whose == sensor or kind not in _OF_ONE_PROBE)
        }
        acting.discard("value")  # that is what the register holds
        surely = {
            kind
            for whose, kind, from_us, until_us in self.faults
            if whose == sensor and from_us <= at_us < until_us
        }
        if not acting:
            return True
        return False if acting <= _NO_ANSWER and acting <= surely else None

    def _note_poll(self, sensor: str, at_us: int) -> None:
        answered = self._may_answer(sensor, at_us)
        instrument = self._plant.instruments[sensor]
        row = self._account.station.sensors[sensor]
        for quantity, point in row.points.items():
            value = instrument.quantity(quantity, at_us)
            low, high = load_range(row.profile, quantity)
            good = math.isfinite(value) and low <= value <= high
            value += row.zero_offset_mm if quantity == "depth_mm" else 0
            self._account.polls.setdefault(point, []).append(Poll(at_us, value, answered, good))

    def _watch_limits(self) -> dict[tuple, tuple[Watch, list[Span]]]:
        account, found = self._account, {}
        quantities = quantity_of(account.station)

        def watch(key: tuple, kept: dict, place: Any, limit: Any, value: float) -> None:
            side = "above" if limit.above is not None else "below"
            watching = self._plant.watch(limit.point, side, value)
            found[key] = (watching, kept.setdefault(place, []))

        for gate_id, gate in account.gates():
            for trip_id, trip in gate.trips.items():
                for number, limit in enumerate(trip.all):
                    slack = slack_of(quantities[limit.point])
                    value = float(limit.limit) + (slack if limit.above is not None else -slack)
                    place = (gate_id, trip_id, number)
                    watch(("trip", *place), self._conditions, place, limit, value)
            if gate.pond is not None:
                full = gate.pond.full
                slack = slack_of(quantities[full.point])
                value = float(full.limit) + (slack if full.above is not None else -slack)
                watch(("full", gate_id), account.full, gate_id, full, value)
            for flood in gate.flood:
                for cause in flood.any:
                    if cause.point is None:
                        continue
                    place = (gate_id, flood.name, cause.point)
                    slack = slack_of(quantities[cause.point])
                    slack = slack if cause.above is not None else -slack
                    over = float(cause.limit) + slack
                    watch(("high", *place), account.high, place, cause, over)
                    under = float(cause.clear_at) - slack
                    watch(("not low", *place), account.not_low, place, cause, under)
        return found


_ranges: dict[tuple[str, str], tuple[float, float]] = {}


def load_range(profile: str, quantity: str) -> tuple[float, float]:
    """What a probe can measure, in the quantity's unit."""
    key = (profile, quantity)
    if key not in _ranges:
        low, high = load_profile(profile).points[quantity].range
        _ranges[key] = (float(low), float(high))
    return _ranges[key]


def quantity_of(station: Any) -> dict[str, str]:
    """Point -> quantity."""
    return {
        point: quantity
        for sensor in station.sensors.values()
        for quantity, point in sensor.points.items()
    }


def slack_of(quantity: str) -> float:
    """By how much the register and what the station makes of it may differ, in rounding."""
    return _DEPTH_MM if quantity == "depth_mm" else 1.5 / 10 ** QUANTITIES[quantity][2]


def _probes(station: Any) -> dict[tuple[str, bytes], str]:
    """(port, first bytes of the request that reads it) -> sensor."""
    found = {}
    for name, sensor in station.sensors.items():
        read = load_profile(sensor.profile).read
        head = bytes((sensor.unit_id, read.function_code)) + read.address.to_bytes(2, "big")
        found[station.buses[sensor.bus].port, head] = name
    return found


def _wiping(station: Any) -> dict[tuple[str, bytes], str]:
    """(port, the request that makes it wipe itself, without its CRC) -> sensor."""
    return {
        (station.buses[sensor.bus].port, bytes((sensor.unit_id,)) + wipe.pdu): name
        for name, sensor in station.sensors.items()
        if sensor.wipe_every_s and (wipe := load_profile(sensor.profile).wipe)
    }
