"""How long a poller that lives may be silent: the watchdog must allow it, and not much more."""

from vm_fakes import FakeClock, Line, run_for

from reedgate_contract import config as layout
from station.app.config import Bus, Sensor
from station.app.poller import Poller, longest_turn_ms
from station.core.readings import Readings
from station.drivers.rs485 import Setting
from station.drivers.rtu_master import RtuMaster

BAUD, GUARD_MS = 4800, 400


class NeverSilent(Line):
    """Nobody answers, and but for the time of an answer there is noise each 5 ms."""

    def __init__(self, clock, setting, quiet_ms):
        super().__init__(clock, lambda _: [], setting.baud)
        self.setting = setting
        self._quiet_us = quiet_ms * 1000
        self._due_us = 0

    def write(self, view):
        super().write(view)
        self._due_us = self._clock.us + self._quiet_us

    def next_us(self):
        return self._due_us

    def any(self):
        return 1 if self._clock.us >= self._due_us else 0

    def read_into(self, buffer):
        self._due_us = self._clock.us + 5000
        return 1


def bus_of(timeout_ms):
    keys = layout.LAYOUT[layout.SENSOR][1]
    fields = dict.fromkeys(keys, 0)
    fields.update(unit_id=1, function_code=3, count=2, poll_ms=1000, timeout_ms=timeout_ms)
    bus = Bus(
        "RS485_1",
        {"baud": BAUD, "parity": layout.PARITY_EVEN, "stop_bits": 2, "guard_ms": GUARD_MS},
    )
    sensor = Sensor("slow", fields, bus)
    sensor.setting = Setting(sensor.baud, sensor.parity, sensor.stop_bits)
    bus.sensors.append(sensor)
    return bus, sensor.setting


def longest_ms(bus, setting, quiet_ms):
    """Between two attempts, on a line that is never silent."""
    clock = FakeClock()
    master = RtuMaster(NeverSilent(clock, setting, quiet_ms), clock, GUARD_MS)
    poller = Poller(clock, bus, master, Readings([]), (1, 2, 3))
    longest_us = last_us = 0
    task = poller.run()
    for _ in range(100):
        before = poller.attempts
        run_for(clock, task, 1000)
        if poller.attempts != before:
            longest_us = max(longest_us, clock.us - last_us)
            last_us = clock.us
    return longest_us // 1000


def test_it_is_what_the_slowest_sensor_needs_on_a_line_that_is_never_silent():
    """A poll waits out its guard, then a time-out for silence, then the time-out itself."""
    bus, setting = bus_of(9000)
    longest = longest_ms(bus, setting, 9100)
    print(f"{longest} of {longest_turn_ms(bus)} ms")
    assert 18000 <= longest < longest_turn_ms(bus) < 25000
