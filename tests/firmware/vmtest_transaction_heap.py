"""A transaction of the RTU master takes no heap, its waits in asyncio included; on 32 bits too."""

import sys
from asyncio import core

from vm_fakes import sealed

from station.drivers import clock as driver
from station.drivers.rtu_master import BAD_FRAME, EXCEPTION, NO_ANSWER, OK, RtuMaster

UNIT = 0x11
GUARD_MS = 400
_NO_OUTCOME = -1


class Time:
    """Stands in for the module: each sleep of asyncio takes a millisecond."""

    ms = 0

    def ticks_ms(self):
        return self.ms

    def ticks_us(self):
        return self.ms * 1000 & 0x3FFFFFFF


class _Sleep:
    """asyncio's sleep_ms of the boards, for the 32-bit build: that one asks its browser for each
    wait, which takes heap of its own.
    """

    def sleep_ms(self, _ms):
        return self

    def __next__(self):
        core._task_queue.push(core.cur_task)


class _Queue:
    def push(self, task):
        self._task = task

    def pop(self):
        self._task = None


class Port:
    """Gives one byte at each look, three looks after the request."""

    look_ms = 1
    silence_us = 3646
    setting = None

    def __init__(self, reply):
        self._reply = reply
        self._at = len(reply)
        self._wait = 0

    def any(self):
        return self._wait == 0 and self._at < len(self._reply)

    def read_into(self, buffer):
        buffer[0] = self._reply[self._at]
        self._at += 1
        return 1

    def write(self, view):
        self._at = 0
        self._wait = 3

    def time_of_ms(self, characters):
        return characters

    def sends(self):
        return False

    def set(self, setting):
        self.setting = setting

    def passed(self):
        if self._wait:
            self._wait -= 1


class Bench:
    """The real master on the real clock, in asyncio's queue; only time and line are made."""

    def __init__(self, reply, settings):
        async def never():
            pass

        self.time = Time()
        driver.time = self.time
        if sys.platform == "webassembly":
            driver.asyncio = _Sleep()
            core._task_queue = _Queue()
        self.port = Port(reply)
        self.settings = settings
        self.master = RtuMaster(self.port, driver.Clock(), GUARD_MS)
        self.pauses = 0
        core.cur_task = core.Task(never())

    def turns(self, count):
        outcome = _NO_OUTCOME
        for number in range(count):
            self.master.speak(self.settings[number % len(self.settings)])
            outcome = self._transact()
        return outcome

    def _transact(self):
        transaction = self.master.read(UNIT, 3, 0x6B, 3, 30)
        while True:
            try:
                next(transaction)
            except StopIteration as end:
                return end.value
            core._task_queue.pop()  # the wait has put the task there
            self.pauses += 1
            self.time.ms += 1
            self.port.passed()


def _steps(reply, outcome, settings=(None,)):
    bench = Bench(reply, settings)
    bench.turns(3)
    yield
    last = bench.turns(50)
    yield
    assert last == outcome
    assert bench.pauses > 50 * 5
    core.cur_task = None


def heapless_fifty_answers():
    yield from _steps(sealed("110306ae4156524340"), OK)


def heapless_fifty_exceptions():
    yield from _steps(sealed("118302"), EXCEPTION)


def heapless_fifty_bad_frames_with_their_guards():
    yield from _steps(sealed("120306ae4156524340"), BAD_FRAME)


def heapless_fifty_mute_slaves():
    yield from _steps(b"", NO_ANSWER)


def heapless_fifty_answers_each_in_another_setting():
    yield from _steps(sealed("110306ae4156524340"), OK, ("one", "another"))
