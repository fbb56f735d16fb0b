"""Polls the sensors of one bus, each at its own rate, and takes what they say into the table."""

from reedgate_contract import codes
from reedgate_contract import config as layout
from reedgate_contract.compat import const
from station.core import rtu_frame
from station.core.ticks import elapsed_ms, later

_PAUSE_MS = const(20)
_SILENT_POLLS = const(2)  # in a row: it may have lost its power, and its start with it


class Poller:
    """`attempts` grows with every poll, answered or not: evidence for the watchdog."""

    def __init__(self, clock, bus, master, readings, outcomes):
        """outcomes: the driver's codes for (no answer, bad frame, exception)."""
        self.attempts = 0
        self.busy = False  # a frame is under way: flash and collector wait
        self.pause = False  # set by housekeeping: no new frame
        self._clock = clock
        self._bus = bus
        self._master = master
        self._readings = readings
        self._detail_of = {
            outcomes[0]: codes.DETAIL_NO_ANSWER,
            outcomes[1]: codes.DETAIL_BAD_FRAME,
            outcomes[2]: codes.DETAIL_EXCEPTION,
        }

    async def run(self):
        clock = self._clock
        start_ms = clock.now_ms()
        sensors = self._bus.sensors
        due_ms = [later(start_ms, sensor.warm_up_ms) for sensor in sensors]
        started = [not sensor.start_pdu for sensor in sensors]
        silent = bytearray(len(sensors))
        while True:
            self.attempts += 1
            now_ms = clock.now_ms()
            chosen = 0
            for index in range(len(sensors)):
                if elapsed_ms(due_ms[index], due_ms[chosen]) < 0:
                    chosen = index
            wait_ms = elapsed_ms(due_ms[chosen], now_ms)
            if wait_ms > 0:
                await clock.sleep_until(due_ms[chosen])
            while self.pause:  # the flash is to be written, and never beside a frame
                await clock.sleep_until(later(clock.now_ms(), _PAUSE_MS))
            sensor = sensors[chosen]
            self.busy = True
            if started[chosen]:
                answered = await self._poll(sensor)
                due_ms[chosen] = self._next(due_ms[chosen], sensor.poll_ms)
                silent[chosen] = 0 if answered or not sensor.start_pdu else silent[chosen] + 1
                if silent[chosen] >= _SILENT_POLLS:
                    started[chosen] = False
                    silent[chosen] = 0
            else:
                started[chosen] = await self._start(sensor)
                due_ms[chosen] = later(clock.now_ms(), sensor.stabilise_ms)
                if not started[chosen]:
                    due_ms[chosen] = later(clock.now_ms(), sensor.poll_ms)
            self.busy = False

    def _next(self, due_ms, poll_ms):
        """The next turn; turns that have passed meanwhile are left out, not made up for."""
        due_ms = later(due_ms, poll_ms)
        late_ms = elapsed_ms(self._clock.now_ms(), due_ms)
        if late_ms > 0:
            due_ms = later(due_ms, late_ms - late_ms % poll_ms)
        return due_ms

    async def _start(self, sensor):
        """Start the measurement; until it is stable its points say that they warm up."""
        outcome = await self._master.send_raw(
            sensor.unit_id, sensor.start_pdu, sensor.start_reply_size, sensor.timeout_ms
        )
        detail = self._detail_of.get(outcome, codes.DETAIL_WARMING_UP)
        self._miss(sensor, detail)
        return detail == codes.DETAIL_WARMING_UP

    async def _poll(self, sensor):
        """Whether it answered, whatever it said."""
        master = self._master
        outcome = await master.read(
            sensor.unit_id,
            sensor.function_code,
            sensor.address,
            sensor.count,
            sensor.timeout_ms,
        )
        detail = self._detail_of.get(outcome, codes.DETAIL_NONE)
        if detail == codes.DETAIL_NONE and self._instrument_error(sensor):
            detail = codes.DETAIL_INSTRUMENT_ERROR
        if detail != codes.DETAIL_NONE:
            self._miss(sensor, detail)
            return detail != codes.DETAIL_NO_ANSWER
        now_ms = self._clock.now_ms()
        for number in sensor.points:
            point = self._readings.points[number]
            raw = rtu_frame.scaled_at(
                master.reply, master.start, point.word, point.data_type, point.decimals
            )
            self._readings.take(now_ms, number, raw)
        return True

    def _instrument_error(self, sensor):
        word = sensor.error_word
        if word == layout.NONE:
            return False
        return rtu_frame.register_at(self._master.reply, self._master.start, word) != 0

    def _miss(self, sensor, detail):
        now_ms = self._clock.now_ms()
        for number in sensor.points:
            self._readings.miss(now_ms, number, detail)
