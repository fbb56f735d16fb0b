"""A poller with sensors and a master that answers as it is told."""

from vm_fakes import FakeClock

from reedgate_contract import config as layout
from station.app.poller import Poller
from station.core.readings import Point, Readings

NO_ANSWER, BAD_FRAME, EXCEPTION = 1, 2, 3
OUTCOMES = (NO_ANSWER, BAD_FRAME, EXCEPTION)


class Sensor:
    def __init__(self, unit_id, points, poll_ms=1000, warm_up_ms=0, start_pdu=b""):
        self.unit_id = unit_id
        self.function_code = 3
        self.address = 0x2600
        self.count = 2
        self.poll_ms = poll_ms
        self.timeout_ms = 200
        self.warm_up_ms = warm_up_ms
        self.stabilise_ms = 3000
        self.error_word = layout.NONE
        self.start_pdu = start_pdu
        self.start_reply_size = 8
        self.points = points
        self.setting = f"of {unit_id}"
        self.break_polls = 3
        self.break_hold_ms = 0
        self.freeze = None
        self.slumber = None
        self.guards = []


class Bus:
    def __init__(self, sensors):
        self.sensors = sensors


class Master:
    """Answers after took_ms with what say(unit_id, number of the call) gives: (outcome, words), to
    whom is asked in its own setting.
    """

    def __init__(self, clock, took_ms=50):
        self.calls = []  # (ms, unit id, what)
        self.reply = bytearray(16)
        self.start = 0
        self.took_ms = took_ms
        self.say = lambda unit_id, number: (0, (7, 0))
        self._clock = clock

    async def read(self, unit_id, function_code, address, count, timeout_ms):
        if address == 0x80:
            assert (function_code, count, timeout_ms) == (4, 1, 200)
            return await self._transact(unit_id, "guard")
        assert (function_code, address, count, timeout_ms) == (3, 0x2600, 2, 200)
        return await self._transact(unit_id, "read")

    async def send_raw(self, unit_id, pdu, reply_size, timeout_ms):
        assert (pdu, reply_size, timeout_ms) == (b"\x03\x25\x00\x00\x01", 8, 200)
        return await self._transact(unit_id, "start")

    def speak(self, setting):
        self._setting = setting

    async def _transact(self, unit_id, what):
        assert self._setting == f"of {unit_id}"
        now_ms = self._clock.now_ms()
        self.calls.append((self._clock.us // 1000, unit_id, what))
        outcome, words = self.say(unit_id, len(self.calls))
        await self._clock.sleep_until(now_ms + self.took_ms)
        for index, word in enumerate(words):
            self.reply[3 + 2 * index] = word >> 8
            self.reply[4 + 2 * index] = word & 0xFF
        return outcome


def point(name="turbidity_ntu", word=0, data_type=layout.TYPE_U16):
    fields = {
        "quantity": 1,
        "word": word,
        "data_type": data_type,
        "decimals": 0,
        "num": 1,
        "den": 1,
        "offset": 0,
        "gross_min": -100,
        "gross_max": 5000,
    }
    return Point(name, fields, 5000)


def world(*sensors, points=1, took_ms=50, first_ms=0):
    clock = FakeClock(first_ms)
    readings = Readings([point() for _ in range(points)])
    master = Master(clock, took_ms)
    return clock, readings, master, Poller(clock, Bus(sensors), master, readings, OUTCOMES)
