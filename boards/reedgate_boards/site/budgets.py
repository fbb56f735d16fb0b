"""Reaction budgets of a station: each bound as the sum of its terms, in ms. The formulas are the
control law's; nothing here is measured.
"""

from dataclasses import dataclass

from reedgate_boards.site.board_facts import Board, load_board
from reedgate_boards.site.bus_time import BusTime, bus_time, frame_ms, wait_behind_others_ms
from reedgate_boards.site.fields import milliseconds
from reedgate_boards.site.points import station_points
from reedgate_boards.site.profiles import Profile, load_profile
from reedgate_boards.site.rating import rating_rows
from reedgate_boards.site.schema import Site
from reedgate_boards.site.schema_gate import Flood, FloodCause, Gate, Trip
from reedgate_boards.site.schema_station import Sensor, Station, poll_of

Terms = dict[str, int]  # name of the term: ms
_CL_MS_A_TENTH = 10_000_000  # of 1 cL/s for 1 ms, to a tenth of a cubic metre


@dataclass(frozen=True)
class TripBudget:
    """From the first value beyond the limit that stays, in the probe's register."""

    gate: str
    trip: str
    points: tuple[str, ...]  # all that it judges by
    to_relay_clean: Terms  # every poll answered: to the close command at the output
    to_relay_fault: Terms  # polls lost, the rest of the bus mute
    to_closed: Terms  # to the closed switch
    probe_response_ms: int  # the slowest probe's own, before the register changes
    let_through_m3: float | None  # until the closed switch, at most; None: no rating is known

    @property
    def point(self) -> str:
        """By which it is known."""
        return self.points[0]


@dataclass(frozen=True)
class FloodBudget:
    gate: str
    flood: str
    cause: str  # a point or a terminal
    to_relay: Terms


@dataclass(frozen=True)
class Budgets:
    station: str
    trips: list[TripBudget]
    floods: list[FloodBudget]
    buses: list[BusTime]


def total_ms(terms: Terms) -> int:
    return sum(terms.values())


def budgets(site: Site, station_id: str) -> Budgets:
    """site: one that has passed its checks."""
    return _Reckoner(station_id, site.stations[station_id]).budgets()


def points_of(trip: Trip) -> tuple[str, ...]:
    """Every measurement that it judges by, redundant ones too."""
    return tuple(point for limit in trip.all for point in (limit.point, *limit.also))


class _Reckoner:
    def __init__(self, station_id: str, station: Station):
        self.station_id = station_id
        self.station = station
        self.board: Board = load_board(station.board)
        self.profiles: dict[str, Profile] = {
            each.profile: load_profile(each.profile) for each in station.sensors.values()
        }
        self.sensor_of = {name: point.sensor for name, point in station_points(station).items()}

    def budgets(self) -> Budgets:
        gates = self.station.gates.items()
        return Budgets(
            station=self.station_id,
            trips=[
                self.trip(gate_id, gate, trip_id, trip)
                for gate_id, gate in gates
                for trip_id, trip in gate.trips.items()
            ],
            floods=[
                self.flood(gate_id, gate, flood, cause)
                for gate_id, gate in gates
                for flood in gate.flood
                for cause in flood.any
            ],
            buses=[bus_time(self.station, bus_id, self.profiles) for bus_id in self.station.buses],
        )

    def trip(self, gate_id: str, gate: Gate, trip_id: str, trip: Trip) -> TripBudget:
        """Of several measurements the slowest one: it trips when the last of them does."""
        points = points_of(trip)
        fault = max((self.fault(gate, trip, point) for point in points), key=total_ms)
        to_closed = {"to_relay_fault": total_ms(fault), **self.travel(gate)}
        return TripBudget(
            gate=gate_id,
            trip=trip_id,
            points=points,
            to_relay_clean=max((self.clean(gate, trip, each) for each in points), key=total_ms),
            to_relay_fault=fault,
            to_closed=to_closed,
            probe_response_ms=max(self.profile(each).timing.measure_ms for each in points),
            let_through_m3=self.let_through_m3(gate, total_ms(to_closed)),
        )

    def clean(self, gate: Gate, trip: Trip, point: str) -> Terms:
        poll_ms, frame, _ = self.polling(point)
        delay_ms = self.in_scans_ms(milliseconds(trip.confirm.delay_s))
        return {
            "confirm": max(delay_ms, (trip.confirm.polls - 1) * poll_ms),
            "poll": poll_ms,
            "frame": frame,
            **self.to_output(gate),
        }

    def fault(self, gate: Gate, trip: Trip, point: str) -> Terms:
        poll_ms, frame, bus_wait_ms = self.polling(point)
        sensor = self.station.sensors[self.sensor_of[point]]
        bus = sensor.bus
        # While others are mute a round of the bus may last longer than the polls are apart.
        round_ms = max(poll_ms, bus_time(self.station, bus, self.profiles).worst_cycle_ms)
        return {
            "polls": trip.confirm.of * round_ms,
            "confirm": self.in_scans_ms(milliseconds(max(trip.confirm.delay_s, trip.lost_hold_s))),
            "bus_wait": bus_wait_ms,
            **self.freeze(sensor),
            "frame": frame,
            **self.to_output(gate),
        }

    def let_through_m3(self, gate: Gate, ms: int) -> float | None:
        """At the highest flow that the gate or its weir is rated for, to the next 0.1 above.

        It flows so until the end of the travel: less in truth, which no rating tells.
        """
        if gate.load is None:
            return None
        highest_cl = rating_rows(gate.load)[-1][1]
        return -(-highest_cl * ms // _CL_MS_A_TENTH) / 10

    def freeze(self, sensor: Sensor) -> Terms:
        if sensor.wipe_every_s is None:
            return {}
        return {"freeze_max": self.in_scans_ms(milliseconds(sensor.freeze_max_s))}

    def flood(self, gate_id: str, gate: Gate, flood: Flood, cause: FloodCause) -> FloodBudget:
        if cause.contact:
            terms = {"debounce": self.in_scans_ms(cause.debounce_ms)}
        else:
            poll_ms, frame, _ = self.polling(cause.point)
            terms = {"poll": poll_ms, "frame": frame}
        return FloodBudget(
            gate=gate_id,
            flood=flood.name,
            cause=cause.contact or cause.point,
            to_relay=terms | self.to_output(gate),
        )

    def polling(self, point: str) -> tuple[int, int, int]:
        """(poll, frame, worst wait behind the others) of the sensor that gives the point."""
        sensor_id = self.sensor_of[point]
        sensor = self.station.sensors[sensor_id]
        return (
            milliseconds(poll_of(self.station, sensor)),
            frame_ms(self.station, sensor, self.profiles),
            wait_behind_others_ms(self.station, sensor_id, self.profiles),
        )

    def profile(self, point: str) -> Profile:
        return self.profiles[self.station.sensors[self.sensor_of[point]].profile]

    def to_output(self, gate: Gate) -> Terms:
        return {
            "scan": self.station.scan_ms,
            "stall": self.board.stall_ms,
            # Of a gate that is just opening; 0 from a gate at rest.
            "dead_time": self.dead_time_ms(gate) if gate.drive == "two_relay" else 0,
            "relay": self.board.relay_ms,
        }

    def dead_time_ms(self, gate: Gate) -> int:
        """From one direction to the other: at least one scan has both outputs off."""
        return self.in_scans_ms(max(gate.reverse_dead_ms, 1))

    def in_scans_ms(self, hold_ms: int) -> int:
        """What a scan began to count ends in a scan too: the first that finds it over."""
        scan_ms = self.station.scan_ms
        return -(-hold_ms // scan_ms) * scan_ms

    def travel(self, gate: Gate) -> Terms:
        """The longest travel, and each retry after a jam: back off, turn twice, travel again."""
        longest = self.in_scans_ms(milliseconds(gate.travel_timeout_s))
        if gate.drive != "two_relay":
            return {"travel": longest}
        backoff_ms = self.in_scans_ms(gate.backoff_ms)
        retry = backoff_ms + 2 * self.dead_time_ms(gate) + longest
        return {"travel": longest, "retries": gate.retries * retry}
