"""Messages as a station of the desk sends them, for tests and for looking at the page.

    python tests/gateway/feed.py 127.0.0.1:41883 [calm | upset | tripped | lost]

Not a firmware: it decides nothing, it tells a story that was written beforehand.
"""

import asyncio
import json
import sys
import time

import aiomqtt
from packer import FLOODS, GATES, SITE, STATION, Journal

from reedgate_contract import topics

GOOD_WATER = {
    "turbidity_ntu": 3.2,
    "do_mg_l": 7.85,
    "water_temperature_c": 18.4,
    "conductivity_us_cm": 912.5,
    "stage_mm": 1240,
}
UNITS = {
    "turbidity_ntu": ("NTU", 3),
    "do_mg_l": ("mg/L", 3),
    "water_temperature_c": ("°C", 2),
    "conductivity_us_cm": ("µS/cm", 1),
    "stage_mm": ("mm", 0),
}


def reading(value, *, status="good", flag=1, detail="none", age_ms=350):
    return {"value": value, "status": status, "flag": flag, "detail": detail, "age_ms": age_ms}


def lost_reading(detail="no_answer", age_ms=12_000):
    return reading(None, status="failure", flag=9, detail=detail, age_ms=age_ms)


def readings(**changed):
    """Good water, with the points that are given replaced by a number or a whole reading."""
    values = {**GOOD_WATER, **changed}
    return {
        name: value if isinstance(value, dict) else reading(value)
        for name, value in values.items()
    }


def gate(position="open", target="open", rule="automatic", **changed):
    now = {
        "position": position,
        "target": target,
        "rule": rule,
        "cause": "none",
        "first_out": "none",
        "fault": "none",
        "wait": "none",
        "wait_ms": 0,
        "alarms": [],
    }
    return {**now, **changed}


def gates(**changed):
    return {"main": gate(), "around": gate("closed", "closed"), **changed}


TURBID = "quality: turbidity_ntu"
TRIPPED = gates(
    main=gate(
        "closed", "closed", "quality", cause=TURBID, first_out=TURBID, wait="water", wait_ms=0
    ),
    around=gate("open", "open", "quality", cause="bypass_for: main"),
)


class Station:
    """Builds a station's messages and counts them as the contract says."""

    def __init__(self, boot_n=1, uptime_ms=1840, epoch=0x5F3A9C01):
        self.journal = Journal(epoch, boot_n=boot_n)
        self.uptime_ms = uptime_ms
        self.live_n = 0

    @property
    def uptime_ms(self):
        return self.journal.uptime_ms

    @uptime_ms.setter
    def uptime_ms(self, value):
        self.journal.uptime_ms = value

    @property
    def boot(self):
        return self.journal.boot

    def _message(self, leaf, body, qos, retain):
        payload = body if isinstance(body, str) else json.dumps(body)
        return topics.topic(SITE, STATION, leaf), payload.encode(), qos, retain

    def birth(self, **changed):
        streams = {"events": self.journal.events, "readings": self.journal.readings}
        body = {
            "firmware": "0.1.0",
            "micropython": "1.29.0",
            "board": "HOST",
            "config_hash": "0a1b2c3d",
            "boot": self.boot,
            "epoch": self.journal.epoch,
            "boot_n": self.journal.boot_n,
            "reset_cause": "power_on",
            "uptime_ms": self.uptime_ms,
            "points": {
                name: {"unit": unit, "decimals": decimals}
                for name, (unit, decimals) in UNITS.items()
            },
            "gates": GATES,
            "floods": FLOODS,
            "journal": {
                name: {"first_held": stream.first_held, "next": stream.next_seq}
                for name, stream in streams.items()
            },
        }
        return self._message(topics.BIRTH, {**body, **changed}, 1, True)

    def online(self, online=True):
        return self._message(topics.ONLINE, "1" if online else "0", 1, True)

    def live(self, points=None, gates_now=None, backlog=(0, None)):
        """backlog: of each stream, (count, oldest_s)."""
        self.live_n += 1
        waiting = {"count": backlog[0], "oldest_s": backlog[1]}
        body = {
            "boot": self.boot,
            "n": self.live_n,
            "uptime_ms": self.uptime_ms,
            "backlog": {"events": waiting, "readings": waiting},
            "points": points or readings(),
            "gates": gates_now or gates(),
        }
        return self._message(topics.LIVE, body, 0, True)

    def event(self, name, what, now, drive="stopped", points=None):
        """A batch with one event of a gate. now: a gate as in `live`."""
        first = self.journal.events.next_seq
        self.journal.gate(name, what, now, drive, points or readings())
        return self.journal.batch(self.journal.events, first)

    def started(self, unix_ms=None):
        """A batch with the event of this start, and its anchor where unix_ms is given."""
        first = self.journal.events.next_seq
        self.journal.started()
        if unix_ms is not None:
            self.journal.anchor(unix_ms)
        return self.journal.batch(self.journal.events, first)


async def publish(client, *messages):
    for topic, payload, qos, retain in messages:
        await client.publish(topic, payload, qos=qos, retain=retain)


def trip_messages(station, ntu=61.2):
    """The orders, and the leaves that start to travel."""
    points = readings(turbidity_ntu=ntu)
    closing = {**TRIPPED["main"], "position": "open"}
    opening = {**TRIPPED["around"], "position": "closed"}
    return [
        station.event("main", "ruling", closing, points=points),
        station.event("around", "ruling", opening, points=points),
        station.event("main", "drive", closing, "closing", points=points),
        station.event("around", "drive", opening, "opening", points=points),
    ]


async def _upset(client, station):
    """From the first reading beyond the limit to the closed switch; seconds as on the desk."""
    for second in range(6):
        station.uptime_ms += 1000
        water = readings(turbidity_ntu=14.0 + 9 * second)
        waiting = gate(wait="confirm", wait_ms=5000 - 1000 * second)
        await publish(client, station.live(water, gates(main=waiting)))
        await asyncio.sleep(1)
    await publish(client, *trip_messages(station))
    for second in range(9):
        station.uptime_ms += 1000
        main = {**TRIPPED["main"], "position": "moving", "wait": "travel"}
        around = {**TRIPPED["around"], "position": "moving" if second < 4 else "open"}
        water = readings(turbidity_ntu=62.0 - second)
        await publish(client, station.live(water, {"main": main, "around": around}))
        await asyncio.sleep(1)
    for name in ("main", "around"):
        now = TRIPPED[name]
        await publish(client, station.event(name, "position", now))
        await publish(client, station.event(name, "drive", now))


def _story_live(story, station):
    if story in ("tripped", "upset"):
        return station.live(readings(turbidity_ntu=55.3), TRIPPED)
    if story == "lost":
        lost = gate("closed", "closed", "unknown", cause="lost: do_mg_l", wait="water")
        around = TRIPPED["around"] | {"rule": "unknown"}
        water = readings(
            do_mg_l=lost_reading(),
            conductivity_us_cm=reading(1480.0, status="good", flag=3),
        )
        return station.live(water, gates(main=lost, around=around))
    return station.live()


async def tell(host, port, story, boot_n):
    station = Station(boot_n)
    async with aiomqtt.Client(host, port) as client:
        await publish(client, station.birth(), station.online(), station.started())
        if story == "upset":
            await _upset(client, station)
        elif story == "tripped":
            await publish(client, *trip_messages(station))
            await publish(client, station.event("main", "position", TRIPPED["main"]))
            await publish(client, station.event("around", "position", TRIPPED["around"]))
        while True:
            station.uptime_ms += 1000
            await publish(client, _story_live(story, station))
            await asyncio.sleep(1)


if __name__ == "__main__":
    broker, _colon, broker_port = sys.argv[1].rpartition(":")
    wanted = sys.argv[2] if len(sys.argv) > 2 else "calm"
    asyncio.run(tell(broker, int(broker_port), wanted, int(time.time())))
