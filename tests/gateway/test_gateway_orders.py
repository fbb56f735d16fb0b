"""Orders at the gateway: what is sent and what is not, the audit line, the answer."""

import asyncio
import stat
import struct
from dataclasses import asdict

import feed
import packer
import pytest
from gateway_rig import DEADLINE_S, KEYS, StandingClock, running_gateway, take

from reedgate_boards.cli import main
from reedgate_contract import envelope, records, topics
from reedgate_gateway.asking import judged
from reedgate_gateway.control import NAME, ask
from reedgate_gateway.orders import Wish
from reedgate_gateway.state import State

CLOSE = Wish("anna", "inlet", "main", "close", 600)


@pytest.fixture
def told(catalogue):
    """A state that has heard of the station just now."""
    clock, station = StandingClock(), feed.Station()
    state = State(catalogue, keyed=KEYS)
    take(state, clock, station.birth(), station.live())
    return state, clock


def test_it_is_for_the_start_that_runs_and_for_its_uptime_as_it_is_by_now(told):
    state, clock = told
    clock.advance(700)
    given = judged(CLOSE, state, KEYS, clock(), 5)
    live = state.stations["inlet"].live
    assert given.uptime_ms == live.uptime_ms + 700
    assert (str(given.boot), given.gate_number, given.asked) == (live.boot, 0, 5)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"station": "none"}, "unknown_gate"),
        ({"gate": "none"}, "unknown_gate"),
        ({"action": "toggle"}, "unknown_action"),
    ],
)
def test_what_makes_no_sense_is_not_sent(told, changed, reason):
    state, clock = told
    wish = Wish(**{**CLOSE.__dict__, **changed})
    assert judged(wish, state, KEYS, clock(), 1) == reason


def test_a_station_of_which_nothing_is_heard_gets_nothing(told, catalogue):
    state, clock = told
    assert judged(CLOSE, state, {}, clock(), 1) == "no_key"
    clock.advance(60_000)
    assert judged(CLOSE, state, KEYS, clock(), 1) == "not_connected"
    assert judged(CLOSE, State(catalogue), KEYS, clock(), 1) == "not_connected"


class Listener:
    """The station's side of one order: takes or refuses it, and says so in its record."""

    def __init__(self, gateway, refuse=None):
        self._gateway = gateway
        self._refuse = refuse
        self.bodies = []

    async def run(self):
        mqtt, journal = self._gateway.mqtt, self._gateway.station.journal
        await mqtt.subscribe(topics.topic(feed.SITE, feed.STATION, topics.CMD), qos=1)
        await self._gateway.publish(self._gateway.station.birth(), self._gateway.station.live())
        async for message in mqtt.messages:
            head = struct.unpack(envelope.HEAD, message.payload[:20])
            self.bodies.append(struct.unpack(envelope.CMD, message.payload[20:-32]))
            assert packer.sealed(packer.KEY, str(message.topic), message.payload[:-32]) == (
                message.payload
            )
            gate, action, hold_s, number = self.bodies[-1]
            if self._refuse:
                payload = struct.pack(records.REFUSAL, 0, 3, self._refuse, 0, 1, head[4])
                journal.append(journal.events, records.KIND_REFUSAL, payload)
            else:
                payload = struct.pack(records.COMMAND, 0, gate, action, hold_s, number, head[4])
                journal.append(journal.events, records.KIND_COMMAND, payload)
            await self._gateway.publish(journal.batch(journal.events))


def asked(tmp_path, catalogue, wish, refuse=None, until=lambda news: True):
    """What the gateway answers, and the bodies that went down."""

    async def main():
        async with running_gateway(tmp_path / "d", catalogue) as gateway:
            listener = Listener(gateway, refuse)
            listening = asyncio.create_task(listener.run())
            await gateway.until("/api/live", lambda body: body["stations"]["inlet"]["fresh"])
            async with asyncio.timeout(DEADLINE_S):
                said = await asyncio.to_thread(ask, tmp_path / "d", "order", asdict(wish))
                await gateway.until("/live?lang=en", until)
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            mode = (tmp_path / "d" / NAME).stat().st_mode
            assert stat.S_IMODE(mode) == 0o600
            return said, listener.bodies

    said = asyncio.run(main())
    assert not (tmp_path / "d" / NAME).exists()
    return said


def test_the_answer_of_the_station_comes_back_and_onto_the_page(tmp_path, catalogue):
    said, bodies = asked(
        tmp_path,
        catalogue,
        CLOSE,
        until=lambda news: "order 1 to close, for 10 min" in news.get("events", ""),
    )
    assert said == {"sent": True, "number": 1, "answer": "taken"}
    assert bodies == [(0, envelope.ACTION_CLOSE, 600, 1)]


def test_a_refusal_names_its_reason(tmp_path, catalogue):
    said, _bodies = asked(tmp_path, catalogue, CLOSE, refuse=envelope.REFUSED_LATE)
    assert said == {"sent": True, "number": 1, "answer": "late"}


def test_until_released_is_said_as_such(tmp_path, catalogue):
    wish = Wish("anna", "inlet", "main", "close", None, True)
    said, bodies = asked(tmp_path, catalogue, wish)
    assert said["answer"] == "taken"
    assert bodies == [(0, envelope.ACTION_CLOSE, envelope.UNTIL_RELEASED, 1)]


def test_what_cannot_be_sent_leaves_no_order(tmp_path, catalogue):
    wish = Wish("anna", "inlet", "gone", "close", 60)
    said, bodies = asked(tmp_path, catalogue, wish)
    assert said == {"sent": False, "reason": "unknown_gate"}
    assert bodies == []


@pytest.mark.parametrize("words", [["orders"], ["export", "--out", "events.jsonl"]])
def test_a_directory_without_a_store_is_told(words, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("REEDGATE_LANG", "en")
    monkeypatch.chdir(tmp_path)
    assert main(["gateway", *words, "--data", str(tmp_path)]) == 2
    assert "gateway.sqlite3 cannot be read" in capsys.readouterr().err
    (tmp_path / "gateway.sqlite3").write_text("no store")
    assert main(["gateway", *words, "--data", str(tmp_path)]) == 2
    assert "Give the directory of a gateway that has run" in capsys.readouterr().err
