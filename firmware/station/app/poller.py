"""Polls the sensors of one bus, each at its own rate, and takes what they say into the table."""

from reedgate_contract import codes
from reedgate_contract import config as layout
from reedgate_contract.compat import const
from station.core import rtu_frame
from station.core.breaker import Breaker
from station.core.ticks import Hold, elapsed_ms, later

_PAUSE_MS = const(20)
_LATE_MS = const(2000)  # what flash and other tasks may add to a turn
_SILENT_POLLS = const(2)  # in a row: it may have lost its power, and its start with it


class _Slave:
    """A sensor and where its polling stands."""

    def __init__(self, sensor, freeze, rest, now_ms):
        """freeze: None for a probe that is not made to wipe itself."""
        self.sensor = sensor
        self.breaker = Breaker(sensor, rest)
        self.due_ms = later(now_ms, sensor.warm_up_ms)
        self.started = not sensor.start_pdu
        self._silent = 0
        self._slumber = None
        if sensor.slumber:
            from station.core.slumber import Slumber  # its memory is for those who have one

            self._slumber = Slumber(sensor.slumber, now_ms)
        self.freeze = freeze
        self._wipe_due = False
        self._wipe_due_ms = now_ms if freeze is None else later(now_ms, freeze.every_ms)

    def wipes(self, now_ms):
        """Whether it is to wipe itself now: its freeze has begun. Else it is asked as ever."""
        freeze = self.freeze
        if freeze is None:
            return False
        if elapsed_ms(now_ms, self._wipe_due_ms) >= 0:  # in every turn: ticks tell 6.2 days
            self._wipe_due = True
            self._wipe_due_ms = later(now_ms, freeze.every_ms)
        if self.started and self._wipe_due and freeze.begin(now_ms):
            self._wipe_due = False
            return True
        return False

    def is_old(self, asked_ms):
        """Whether the answer to a poll is from before the probe slept."""
        return self._slumber is not None and self._slumber.is_old(asked_ms)

    def after_poll(self, detail, asked_ms, now_ms):
        """detail: of the answer, or of there being none."""
        self.next_turn(now_ms)
        self._judge(detail, asked_ms, now_ms)
        if self.sensor.start_pdu and self.breaker.silent_polls >= _SILENT_POLLS:
            self.started = False

    def after_start(self, detail, asked_ms, now_ms):
        self._judge(detail, asked_ms, now_ms)
        self.started = detail == codes.DETAIL_WARMING_UP
        wait_ms = self.sensor.stabilise_ms if self.started else self.sensor.poll_ms
        self.due_ms = later(now_ms, wait_ms)

    def _judge(self, detail, asked_ms, now_ms):
        if detail == codes.DETAIL_NO_ANSWER:
            self.breaker.silent(asked_ms, now_ms)
        else:
            self.breaker.answered()

    def next_turn(self, now_ms):
        """Turns that have passed meanwhile are left out, not made up for."""
        if self._slumber is not None:
            self._slumber.look(now_ms)
        poll_ms = self.sensor.poll_ms
        due_ms = later(self.due_ms, poll_ms)
        late_ms = elapsed_ms(now_ms, due_ms)
        if late_ms > 0:
            due_ms = later(due_ms, late_ms - late_ms % poll_ms)
        self.due_ms = due_ms


def longest_turn_ms(bus):
    """The longest between two attempts of a poller that lives: nothing is due, then a poll waits
    out its guard, then for a line that is never silent, and then is not answered.
    """
    rest_ms = max(max(each.warm_up_ms, each.stabilise_ms, each.poll_ms) for each in bus.sensors)
    poll_ms = max(
        (1 + len(each.guards))
        * (2 * each.timeout_ms + each.setting.time_of_ms(2 * rtu_frame.MAX_ADU))
        for each in bus.sensors
    )
    return rest_ms + bus.guard_ms + poll_ms + _LATE_MS


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
        rest = Hold(0)
        freeze_of = self._readings.freeze_of
        slaves = [
            _Slave(sensor, freeze_of(sensor.points), rest, start_ms)
            for sensor in self._bus.sensors
        ]
        while True:
            self.attempts += 1
            slave = slaves[0]
            for each in slaves:
                if elapsed_ms(each.due_ms, slave.due_ms) < 0:
                    slave = each
            if elapsed_ms(slave.due_ms, clock.now_ms()) > 0:
                await clock.sleep_until(slave.due_ms)
            while self.pause:  # the flash is to be written, and never beside a frame
                await clock.sleep_until(later(clock.now_ms(), _PAUSE_MS))
            asked_ms = clock.now_ms()
            if not slave.breaker.asks(asked_ms):
                self._miss(slave.sensor, codes.DETAIL_NOT_ASKED)
                slave.next_turn(asked_ms)
                continue
            self.busy = True
            self._master.speak(slave.sensor.setting)
            try:
                if slave.wipes(asked_ms):
                    await self._wipe(slave.sensor, slave.freeze)
                    slave.next_turn(clock.now_ms())
                elif slave.started:
                    detail = await self._poll(slave, asked_ms)
                    slave.after_poll(detail, asked_ms, clock.now_ms())
                else:
                    detail = await self._start(slave.sensor)
                    slave.after_start(detail, asked_ms, clock.now_ms())
            finally:
                self.busy = False  # or nothing, latches too, would go on flash any more

    async def _start(self, sensor):
        """Start the measurement; until it is stable its points say that they warm up."""
        outcome = await self._master.send_raw(
            sensor.unit_id, sensor.start_pdu, sensor.start_reply_size, sensor.timeout_ms
        )
        detail = self._detail_of.get(outcome, codes.DETAIL_WARMING_UP)
        self._miss(sensor, detail)
        return detail

    async def _wipe(self, sensor, freeze):
        """Answered or not: an answer that got lost is no sign that it does not wipe."""
        await self._master.send_raw(
            sensor.unit_id, freeze.pdu, freeze.reply_size, sensor.timeout_ms
        )

    def _swallows(self, sensor, now_ms, answered):
        freeze = self._readings.freeze_of(sensor.points)
        return freeze is not None and freeze.swallows(now_ms, answered)

    async def _poll(self, slave, asked_ms):
        """The detail of its answer, or of there being none."""
        sensor = slave.sensor
        master = self._master
        detail = codes.DETAIL_NONE
        if sensor.guards:
            detail = await self._ask_guards(sensor)
        if detail == codes.DETAIL_NONE:
            outcome = await master.read(
                sensor.unit_id,
                sensor.function_code,
                sensor.address,
                sensor.count,
                sensor.timeout_ms,
            )
            if outcome in self._detail_of:
                detail = self._detail_of[outcome]
            else:
                detail = self._detail_in(slave, asked_ms)
        if detail != codes.DETAIL_NONE:
            self._miss(sensor, detail)
            return detail
        now_ms = self._clock.now_ms()
        if self._swallows(sensor, now_ms, True):
            return detail
        for number in sensor.points:
            point = self._readings.points[number]
            if self._is_set(point.error_word):
                self._readings.miss(now_ms, number, codes.DETAIL_INSTRUMENT_ERROR)
                continue
            raw = rtu_frame.scaled_at(
                master.reply, master.start, point.word, point.data_type, point.decimals
            )
            self._readings.take(now_ms, number, raw)
        return detail

    async def _ask_guards(self, sensor):
        """Why its next answer cannot be believed, if so."""
        master = self._master
        for guard in sensor.guards:
            outcome = await master.read(
                sensor.unit_id,
                guard.function_code,
                guard.address,
                guard.count,
                sensor.timeout_ms,
            )
            if outcome in self._detail_of:
                return self._detail_of[outcome]
            if not rtu_frame.holds(master.reply, master.start, guard.words):
                return codes.DETAIL_INSTRUMENT_ERROR
        return codes.DETAIL_NONE

    def _detail_in(self, slave, asked_ms):
        """Of a good answer as a whole."""
        if slave.is_old(asked_ms):
            return codes.DETAIL_WARMING_UP
        if self._is_set(slave.sensor.error_word):
            return codes.DETAIL_INSTRUMENT_ERROR
        return codes.DETAIL_NONE

    def _is_set(self, word):
        """Whether a status in the reply says that something is wrong."""
        if word == layout.NONE:
            return False
        return rtu_frame.register_at(self._master.reply, self._master.start, word) != 0

    def _miss(self, sensor, detail):
        now_ms = self._clock.now_ms()
        if self._swallows(sensor, now_ms, False):
            return
        for number in sensor.points:
            self._readings.miss(now_ms, number, detail)
