"""Alarms: priorities, delays, grouping under the first-out, acknowledging and shelving."""

from dataclasses import replace

import feed
import pytest
from alarm_watch import Watch

from reedgate_gateway.alarm_causes import PRIORITIES, Key, _of_gate
from reedgate_gateway.alarms import Alarms
from reedgate_gateway.ingest import GateNow
from reedgate_gateway.naming import Cause
from reedgate_gateway.state import State

GATE = GateNow("open", "open", "automatic", Cause(), Cause(), "none", "none", 0)


@pytest.fixture
def watch(catalogue):
    return Watch(catalogue)


ESTOP = feed.gates(main=feed.gate("open", "hold", "estop", cause="estop", first_out="estop"))


def test_good_water_is_no_alarm(watch):
    assert watch.say_for(10_000) == []


def test_a_trip_is_one_of_priority_2_after_five_seconds_and_not_the_bypass(watch):
    assert watch.say(gates=feed.TRIPPED) == []
    assert watch.say_for(4_500, gates=feed.TRIPPED) == []
    assert watch.say_for(500, gates=feed.TRIPPED) == ["inlet.main.quality_trip"]
    assert watch.alarms.shown[0].priority == 2


def test_priority_1_is_there_at_once(watch):
    assert watch.say(gates=ESTOP) == ["inlet.main.estop"]


@pytest.mark.parametrize(
    ("cause", "oxygen", "kinds"),
    [
        ("pond_full: stage_mm", 7.8, ["pond_full"]),
        ("use: do_mg_l", 7.8, []),
        ("use: do_mg_l", feed.lost_reading(), ["lost_signal"]),
        ("load_day", 7.8, []),
        ("flow_unknown", 7.8, []),
    ],
)
def test_of_rule_7_a_full_pond_and_a_lost_measurement_are_alarms(watch, cause, oxygen, kinds):
    gates = feed.gates(main=feed.gate("closed", "closed", "pond", cause=cause))
    shown = watch.say_for(6_000, feed.readings(do_mg_l=oxygen), gates)
    assert shown == [f"inlet.main.{kind}" for kind in kinds]


def test_what_is_gone_stays_for_a_minute_and_what_was_short_never_came(watch):
    watch.say_for(6_000, gates=feed.TRIPPED)
    assert watch.say_for(60_000) == ["inlet.main.quality_trip"]
    assert watch.say_for(1_000) == []
    watch.say_for(3_000, gates=feed.TRIPPED)
    assert watch.say_for(120_000) == []


def test_what_comes_again_within_the_minute_is_the_same_alarm(watch):
    watch.say_for(6_000, gates=feed.TRIPPED)
    since_ms = watch.alarms.shown[0].since_ms
    watch.alarms.acknowledge("inlet.main.quality_trip", "anna")
    watch.say_for(30_000)
    watch.say_for(60_000, gates=feed.TRIPPED)
    (alarm,) = watch.alarms.shown
    assert (alarm.since_ms, alarm.acknowledged_by) == (since_ms, "anna")


def test_what_follows_stands_under_the_first_out(watch):
    gates = feed.gates(
        main=feed.gate(
            "moving", "closed", "quality", cause=feed.TURBID, first_out="estop", fault="switches"
        )
    )
    watch.say(gates=ESTOP)
    watch.say_for(6_000, gates=gates)
    assert watch.groups() == [
        ("inlet.main.estop", ["inlet.main.drive_fault_with_demand", "inlet.main.quality_trip"])
    ]


@pytest.mark.parametrize(("rule", "cause"), [("unknown", "lost"), ("pond", "use")])
def test_a_dead_probe_stands_under_the_gate_that_it_closed(watch, rule, cause):
    cause += ": turbidity_ntu"
    gates = feed.gates(main=feed.gate("closed", "closed", rule, cause=cause))
    points = feed.readings(turbidity_ntu=feed.lost_reading("not_asked"))
    watch.say_for(6_000, points, gates)
    assert watch.groups() == [("inlet.main.lost_signal", ["inlet.turbidity_ntu.breaker_open"])]
    assert [alarm.priority for alarm in watch.alarms.shown] == [2, 3]


def test_a_suspect_reading_is_one_of_priority_3(watch):
    points = feed.readings(do_mg_l=feed.reading(7.5, flag=3))
    assert watch.say_for(6_000, points) == ["inlet.do_mg_l.suspect"]


def test_a_silent_station_keeps_what_stood_under_its_own_alarm(watch):
    watch.say_for(6_000, gates=feed.TRIPPED)
    watch.clock.advance(120_000)
    assert watch.look() == ["inlet.station_lost", "inlet.main.quality_trip"]
    assert watch.groups() == [("inlet.station_lost", ["inlet.main.quality_trip"])]
    watch.clock.advance(600_000)
    assert len(watch.look()) == 2


def test_a_station_that_was_never_heard_gets_a_minute(catalogue):
    watch = Watch(catalogue)
    watch.state, watch.alarms = State(catalogue), Alarms()
    assert watch.look() == []
    watch.clock.advance(59_999)
    assert watch.look() == []
    watch.clock.advance(1)
    assert watch.look() == ["inlet.station_lost"]


def test_acknowledging_and_shelving(watch):
    watch.say_for(6_000, gates=feed.TRIPPED)
    key, now = "inlet.main.quality_trip", watch.clock
    assert watch.alarms.acknowledge("inlet.main.flood", "anna") == "no_such_alarm"
    assert watch.alarms.shelve(key, 13 * 3_600_000, now()) == "too_long"
    assert watch.alarms.shelve(key, 60_000, now()) is None
    assert watch.alarms.shown[0].shelved_until_ms is not None
    watch.say_for(60_000, gates=feed.TRIPPED)
    assert watch.alarms.shown[0].shelved_until_ms is None
    watch.say(gates=ESTOP)
    assert watch.alarms.shelve("inlet.main.estop", 60_000, now()) == "priority_1"


def test_neither_changes_anything_that_is_known_of_the_station(watch):
    watch.say_for(6_000, gates=feed.TRIPPED)
    before = (watch.state.stations["inlet"].live, watch.state.accepted)
    watch.alarms.acknowledge("inlet.main.quality_trip", "anna")
    watch.alarms.shelve("inlet.main.quality_trip", 1000, watch.clock())
    assert (watch.state.stations["inlet"].live, watch.state.accepted) == before


@pytest.mark.parametrize("named", ["demand_not_met", "local_with_demand", "mains_lost"])
def test_what_a_station_names_itself_is_an_alarm_by_the_table(named):
    assert list(_of_gate(replace(GATE, alarms=(named, "of another version")))) == [named]


def test_every_kind_has_a_priority_of_the_law():
    assert set(PRIORITIES.values()) == {1, 2, 3}
    assert str(Key("inlet", "station_lost")) == "inlet.station_lost"
