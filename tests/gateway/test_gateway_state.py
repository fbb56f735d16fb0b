"""What counts as now: fresh, of this boot, seen once."""

import feed
import pytest
from gateway_rig import KEYS

from reedgate_gateway.ingest import parse
from reedgate_gateway.journal_write import Journaled, TimeOwed
from reedgate_gateway.naming import Boot
from reedgate_gateway.state import TIME_AGAIN_MS, TIME_EVERY_MS, Leaf, State
from reedgate_gateway.store import Sample


class Desk:
    """A state that takes a station's messages, as the service does."""

    def __init__(self, catalogue, clock, boots=None):
        self.state = State(catalogue, {"inlet": boots or []})
        self.catalogue = catalogue
        self.clock = clock

    def take(self, message, retained=False):
        topic, payload, _qos, _retain = message
        parsed = parse(topic, payload, self.catalogue, KEYS)
        return self.state.apply(parsed, retained, self.clock())

    @property
    def inlet(self):
        return self.state.stations["inlet"]

    def fresh(self):
        return self.inlet.fresh(self.clock())


@pytest.fixture
def desk(catalogue, clock):
    return Desk(catalogue, clock)


def test_a_station_is_fresh_for_three_periods_after_its_last_live(desk):
    assert not desk.fresh()
    desk.take(feed.Station().live())
    desk.clock.advance(3000)
    assert desk.fresh()
    desk.clock.advance(1)
    assert not desk.fresh()


def test_the_last_will_ends_it_at_once(desk):
    station = feed.Station()
    desk.take(station.live())
    rows = desk.take(station.online(False))
    assert not desk.fresh()
    assert [row.event.online for row in rows] == [False]
    assert desk.take(station.online(False)) == []


def test_a_wall_clock_step_changes_no_age(desk):
    desk.take(feed.Station().live())
    desk.clock.unix_ms -= 86_400_000
    desk.clock.monotonic_ms += 500
    assert desk.inlet.since_live_ms(desk.clock()) == 500


def test_a_retained_live_is_of_unknown_age_and_not_taken(desk):
    assert desk.take(feed.Station().live(), retained=True) == []
    assert desk.inlet.live is None
    assert desk.state.rejected == {"retained": 1}


def test_a_live_of_an_earlier_boot_is_not_taken(desk):
    old, new = feed.Station(1), feed.Station(2)
    desk.take(old.birth())
    desk.take(old.live())
    desk.take(new.birth())
    assert desk.inlet.live is None
    assert desk.take(old.live()) == []
    assert desk.state.rejected == {"earlier_boot": 1}
    desk.take(new.live())
    assert desk.inlet.live.boot == new.boot


def test_an_earlier_boot_is_known_across_a_restart_of_the_gateway(catalogue, clock):
    old, new = feed.Station(1), feed.Station(2)
    desk = Desk(catalogue, clock, boots=[new.boot, old.boot])
    desk.take(old.live())
    assert desk.state.rejected == {"earlier_boot": 1}
    desk.take(new.live())
    assert desk.fresh()


def test_a_live_that_comes_again_is_not_taken(desk):
    station = feed.Station()
    first, second = station.live(), station.live()
    desk.take(second)
    desk.take(second)
    desk.take(first)
    assert desk.state.rejected == {"repeated": 2}


def test_a_station_that_starts_without_a_birth_is_heard(desk):
    """Its birth may be lost; its live shows that it runs."""
    old, new = feed.Station(1), feed.Station(2)
    desk.take(old.live())
    desk.take(new.live())
    assert desk.inlet.boot == new.boot
    assert list(desk.inlet.earlier) == [old.boot]


def test_samples_are_kept_once_a_second(desk):
    station = feed.Station()
    first = [row for row in desk.take(station.live()) if isinstance(row, Sample)]
    assert len(first) == 7  # five points, two gates
    desk.clock.advance(200)
    assert desk.take(station.live()) == []
    desk.clock.advance(800)
    assert len(desk.take(station.live())) == 7


def test_an_event_changes_the_gate_before_the_next_live(desk):
    station = feed.Station()
    desk.take(station.birth())
    desk.take(station.live())
    station.uptime_ms += 250
    message = station.event("main", "ruling", feed.TRIPPED["main"])
    station.uptime_ms += 50
    message = station.journal.batch(station.journal.events, 1)
    (row,) = desk.take(message)
    assert isinstance(row, Journaled)
    assert row.boot == Boot(0x5F3A9C01, 1)
    assert desk.inlet.live.gates["main"].rule == "quality"
    assert desk.inlet.live.gates["around"].rule == "automatic"
    ruling = desk.inlet.rulings["main"]
    assert ruling.time_ms == desk.clock.unix_ms - 50
    assert ruling.content.points["turbidity_ntu"].value == 3200


def test_a_late_event_is_stored_and_changes_nothing(desk):
    """Of a start that is over, or older than the last live."""
    station = feed.Station(2, uptime_ms=9000)
    desk.take(station.birth())
    desk.take(station.live())
    late = feed.Station(2, uptime_ms=2000)
    for old in (feed.Station(1), late):
        (row,) = desk.take(old.event("main", "ruling", feed.TRIPPED["main"]))
        assert row.boot == Boot(0x5F3A9C01, 2), "the confirmation is for the station as it is now"
    assert desk.inlet.live.gates["main"].rule == "automatic"


def test_a_retained_batch_is_not_taken(desk):
    assert desk.take(feed.Station().started(), retained=True) == []


def test_a_batch_of_a_later_start_comes_before_its_birth(desk):
    desk.take(feed.Station(1).birth())
    (row,) = desk.take(feed.Station(2).started())
    assert row.boot == Boot(0x5F3A9C01, 2)


def test_a_batch_before_any_birth_is_of_the_start_that_wrote_it(desk):
    (row,) = desk.take(feed.Station(7).started())
    assert row.boot == Boot(0x5F3A9C01, 7)


class TestTime:
    """When the station is told the time."""

    @pytest.fixture
    def desk(self, catalogue, clock):
        desk = Desk(catalogue, clock)
        desk.state = State(catalogue, keyed={"inlet"})
        return desk

    def owed(self, desk, message, retained=False):
        rows = desk.take(message, retained)
        return [row.uptime_ms for row in rows if isinstance(row, TimeOwed)]

    def test_after_each_birth(self, desk):
        station = feed.Station()
        for _ in range(2):
            assert self.owed(desk, station.birth()) == [1840]

    def test_a_birth_that_was_kept_waits_for_the_live(self, desk):
        station = feed.Station()
        assert self.owed(desk, station.birth(), retained=True) == []
        station.uptime_ms = 90_000
        assert self.owed(desk, station.live()) == [90_000]

    def test_each_hour_of_its_uptime_and_again_until_the_anchor_comes_back(self, desk):
        station = feed.Station(uptime_ms=1000)
        desk.take(station.birth())
        station.journal.anchor(desk.clock.unix_ms)
        desk.take(station.journal.batch(station.journal.events))
        for uptime_ms, told in (
            (TIME_EVERY_MS, False),
            (TIME_EVERY_MS + 1000, True),
            (TIME_EVERY_MS + 1000 + TIME_AGAIN_MS - 1, False),
            (TIME_EVERY_MS + 1000 + TIME_AGAIN_MS, True),
        ):
            station.uptime_ms = uptime_ms
            assert self.owed(desk, station.live()) == ([uptime_ms] if told else [])

    def test_a_station_without_a_key_is_told_nothing(self, catalogue, clock):
        assert self.owed(Desk(catalogue, clock), feed.Station().birth()) == []


def test_rejections_are_counted_by_reason(desk):
    topic = feed.Station().live()[0]
    for payload in (b"x", b"\xff", b"[]"):
        desk.take((topic, payload, 0, False))
    assert desk.state.rejected == {"not_json": 2, "not_utf8": 1}
    assert desk.state.last_rejected.station == "inlet"
    assert desk.state.accepted == 0


def test_a_leaf_travels_as_long_as_the_drive_runs():
    leaf = Leaf(travel_ms=8000)
    assert leaf.permille(0) is None
    leaf.see("open", "stopped", 0)
    leaf.see("open", "closing", 1000)
    leaf.see("moving", None, 3000)
    assert leaf.permille(3000) == 750
    leaf.see("moving", "stopped", 5000)
    assert leaf.permille(9000) == 500
    leaf.see("moving", "opening", 9000)
    assert leaf.permille(60_000) == 980, "only its switch says that it is there"
    leaf.see("open", "stopped", 60_000)
    assert leaf.permille(60_000) == 1000


def test_a_leaf_of_unknown_position_is_nowhere():
    leaf = Leaf(travel_ms=8000)
    leaf.see("closed", "stopped", 0)
    leaf.see("unknown", None, 10)
    assert leaf.permille(20) is None
    leaf.see("moving", "opening", 30)
    assert leaf.permille(40) is None
