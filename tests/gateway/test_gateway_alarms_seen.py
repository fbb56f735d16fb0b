"""That an alarm was seen outlives the gateway: the same store, another object of it."""

import asyncio

import feed
import pytest
from alarm_watch import Watch
from gateway_rig import DEADLINE_S, KEYS, running_gateway

from reedgate_gateway.alarms import Alarms
from reedgate_gateway.control import ask
from reedgate_gateway.state import State
from reedgate_gateway.store import Store

KEY = "inlet.main.quality_trip"


class Kept(Watch):
    """Alarms that are kept in a store, and a gateway that is started again."""

    def __init__(self, catalogue, path):
        super().__init__(catalogue)
        self.path, self.store = path, None
        self.restart()

    def restart(self, down_ms=0):
        self.close()
        self.clock.advance(down_ms)
        self.store = Store(self.path)
        self.state = State(self.state.catalogue, keyed=KEYS)
        self.alarms = Alarms(self.store.seen_alarms(), self.store.write)

    def close(self):
        if self.store is not None:
            self.store.close()

    def seen_by(self):
        return {str(alarm.key): alarm.acknowledged_by for alarm in self.alarms.shown}


@pytest.fixture
def kept(catalogue, tmp_path):
    watch = Kept(catalogue, tmp_path / "gateway.sqlite3")
    watch.say_for(6_000, gates=feed.TRIPPED)
    assert watch.alarms.acknowledge(KEY, "anna") is None
    yield watch
    watch.close()


def test_it_is_the_same_alarm_after_a_restart(kept):
    since_ms = kept.alarms.shown[0].since_ms
    for _ in range(2):
        kept.restart(down_ms=600_000)
        kept.say_for(6_000, gates=feed.TRIPPED)
        assert kept.seen_by() == {KEY: "anna"}
        assert kept.alarms.shown[0].since_ms == since_ms


def test_the_last_who_saw_it_is_kept(kept):
    kept.alarms.acknowledge(KEY, "ben")
    kept.restart()
    kept.say_for(6_000, gates=feed.TRIPPED)
    assert kept.seen_by() == {KEY: "ben"}


def test_one_that_nobody_saw_is_not_seen_after_a_restart(kept):
    kept.say_for(6_000, gates=feed.TRIPPED | {"around": feed.gate(fault="jam_opening")})
    kept.restart()
    kept.say_for(6_000, gates=feed.TRIPPED | {"around": feed.gate(fault="jam_opening")})
    assert kept.seen_by() == {KEY: "anna", "inlet.around.drive_fault": None}


def test_what_is_over_is_forgotten_with_its_alarm(kept):
    kept.say_for(61_000)
    assert kept.store.seen_alarms() == []
    kept.say_for(6_000, gates=feed.TRIPPED)
    assert kept.seen_by() == {KEY: None}


def test_what_was_over_when_its_station_was_heard_again_is_another_one(kept):
    kept.restart()
    kept.say_for(60_500)
    assert kept.store.seen_alarms() == []
    kept.say_for(6_000, gates=feed.TRIPPED)
    assert kept.seen_by() == {KEY: None}


def test_a_silent_station_is_waited_for(kept):
    kept.restart()
    for _ in range(3):
        kept.look()
        kept.clock.advance(120_000)
    kept.alarms.acknowledge("inlet.station_lost", "ben")
    kept.restart()
    kept.look()
    kept.clock.advance(60_000)
    kept.look()
    assert kept.seen_by() == {"inlet.station_lost": "ben"}
    kept.say_for(6_000, gates=feed.TRIPPED)
    assert kept.seen_by()[KEY] == "anna"


def test_a_gateway_that_is_started_again_knows_who_saw_it(tmp_path, catalogue):
    async def run(first):
        async with running_gateway(tmp_path / "d", catalogue) as gateway:
            async with asyncio.timeout(DEADLINE_S):
                estop = feed.gate("open", "hold", "estop", cause="estop", first_out="estop")
                live = gateway.station.live(gates_now=feed.gates(main=estop))
                await gateway.publish(gateway.station.birth(), live)
                await gateway.until("/live?lang=en", lambda news: "stop" in news["alarms"])
                fields = {"key": "inlet.main.estop", "person": "anna"} if first else {}
                said = await asyncio.to_thread(ask, tmp_path / "d", "alarm", fields)
                assert [row["acknowledged_by"] for row in said["alarms"]] == ["anna"]

    for first in (True, False):
        asyncio.run(run(first))
