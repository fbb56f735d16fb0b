"""RtuMaster on a line on which each slave has its own baud rate and parity."""

from vm_fakes import FakeClock, Line, sealed
from vm_fakes import run as run_coroutine

from reedgate_contract import config as layout
from station.drivers.rs485 import Setting
from station.drivers.rtu_master import BAD_FRAME, NO_ANSWER, OK, RtuMaster

TIMEOUT_MS = 200
GUARD_MS = 400
TURNAROUND_US = 5000
PLAIN = Setting(9600, layout.PARITY_NONE, 1)
EVEN = Setting(19200, layout.PARITY_EVEN, 1)
SLOW = Setting(4800, layout.PARITY_NONE, 1)
SETTINGS = {1: PLAIN, 2: EVEN, 3: SLOW}


class MixedLine(Line):
    """Slave n hears what is sent in SETTINGS[n], and nothing else. answers: what the slaves say,
    by unit id, one each time: bytes, or pieces as the line takes them.
    """

    def __init__(self, clock, answers):
        self.setting = PLAIN
        self.changes = []  # (us, setting)
        self.sending_until_us = 0
        self._answers = answers
        self._last_us = 0
        self.silences_us = []  # before each request
        super().__init__(clock, self._answer)

    @property
    def silence_us(self):
        return self.setting.silence_us

    @silence_us.setter
    def silence_us(self, _):
        pass

    def time_of_ms(self, characters):
        return self._time_us(characters) // 1000 + 1

    def _time_us(self, count):
        return count * self.setting.bits_per_character * 1000000 // self.setting.baud

    def sends(self):
        return self._clock.us < self.sending_until_us

    def set(self, setting):
        assert not self.sends(), "in the middle of a frame"
        self.changes.append((self._clock.us, setting))
        self.setting = setting

    def write(self, view):
        self.silences_us.append(self._clock.us - self._last_us)
        self.sending_until_us = self._last_us = self._clock.us + self._time_us(len(view))
        super().write(view)

    def _answer(self, request):
        left = self._answers.get(request[0])
        heard = SETTINGS[request[0]] is self.setting
        if not heard or not left:
            return []
        answer = left.pop(0)
        return [(TURNAROUND_US, answer)] if isinstance(answer, bytes) else answer

    def arrive(self, at_us, pieces):
        super().arrive(at_us, pieces)
        if self._bytes:
            self._last_us = max(self._last_us, self._bytes[-1][0])


def answer(unit, value):
    return sealed(f"{unit:02x}0302{value:04x}")


def read(master, unit, setting=None):
    master.speak(setting or SETTINGS[unit])

    async def awaited():
        return await master.read(unit, 3, 0, 1, TIMEOUT_MS)

    return run_coroutine(awaited())


def value(master):
    return master.reply[master.start + 3] << 8 | master.reply[master.start + 4]


def world(answers):
    clock = FakeClock()
    line = MixedLine(clock, answers)
    return clock, line, RtuMaster(line, clock, GUARD_MS)


def test_each_is_asked_and_heard_in_its_own_setting():
    answers = {unit: [answer(unit, 100 * unit + n) for n in range(30)] for unit in SETTINGS}
    _, line, master = world(answers)
    for n in range(30):
        for unit in (1, 2, 3):
            assert read(master, unit) == OK, (n, unit)
            assert value(master) == 100 * unit + n
    assert len(line.changes) == 3 * 30 - 1  # the first is asked as the port was set up


def test_nothing_is_set_again_for_the_same_setting():
    _, line, master = world({1: [answer(1, 7)] * 5})
    for _ in range(5):
        assert read(master, 1) == OK
    assert line.changes == []


def test_a_port_that_knows_no_settings_is_never_asked_for_one():
    clock = FakeClock()
    line = Line(clock, lambda _: [(TURNAROUND_US, answer(1, 7))])
    master = RtuMaster(line, clock, GUARD_MS)

    async def awaited():
        return await master.read(1, 3, 0, 1, TIMEOUT_MS)

    assert run_coroutine(awaited()) == OK


def test_the_silence_before_a_frame_is_that_of_the_slower_of_both():
    orders = ((1, 2), (2, 1), (1, 3), (3, 1), (2, 3), (3, 2), (3, 3), (2, 2))
    for first, second in orders:
        answers = {unit: [answer(unit, 1), answer(unit, 2)] for unit in (first, second)}
        _, line, master = world(answers)
        assert read(master, first) == OK
        assert read(master, second) == OK
        least_us = max(SETTINGS[first].silence_us, SETTINGS[second].silence_us)
        assert least_us <= line.silences_us[-1] <= least_us + 3000, (first, second)


def test_the_silence_counts_from_the_change_where_nobody_answered():
    _, line, master = world({2: [answer(2, 5)]})
    assert read(master, 3) == NO_ANSWER
    assert read(master, 2) == OK
    changed_us = line.changes[-1][0]
    assert line.requests[-1][0] - changed_us >= SLOW.silence_us


def test_what_was_heard_in_the_other_setting_is_never_taken():
    """It even is the very answer: a port that changes over too early still holds its bytes."""
    for count in (1, 4, 7):
        clock, line, master = world({1: [answer(1, 5)]})
        assert read(master, 1) == OK
        line.arrive(clock.us, [(0, answer(2, 666)[:count])])
        clock.move_to(clock.us + 20000)
        line._answers[2] = [answer(2, 7)]
        assert read(master, 2) == OK, count
        assert value(master) == 7


def test_a_late_answer_is_not_taken_in_another_setting_nor_in_its_own():
    for late_ms in range(1, GUARD_MS - 20, 9):
        late = [((TIMEOUT_MS + 20 + late_ms) * 1000, answer(1, 666))]
        _, _, master = world({1: [late, answer(1, 8)], 2: [answer(2, 7)]})
        assert read(master, 1) in (NO_ANSWER, BAD_FRAME)
        if read(master, 2) == OK:
            assert value(master) == 7
        if read(master, 1) == OK:
            assert value(master) == 8, late_ms


def test_a_frame_that_was_cancelled_is_sent_to_its_end_before_the_port_changes():
    clock, line, master = world({2: [answer(2, 7)]})
    master.speak(SLOW)
    transaction = master.read(3, 3, 0, 1, TIMEOUT_MS)
    clock.end_us = clock.us + 8000  # in the middle of the request
    while len(line.requests) < 1:
        next(transaction)
        clock.us += 1000
    try:
        transaction.throw(ValueError())
    except ValueError:
        clock.end_us = None
    assert line.sends()
    assert read(master, 2) == OK
    assert line.changes[-1][0] >= line.requests[0][0] + 8 * 2083


def test_time_out_and_gap_are_those_of_the_own_setting():
    clock, line, master = world({})
    for unit in (3, 2):
        assert read(master, unit) == NO_ANSWER
        frames_us = (8 + 7) * SETTINGS[unit].bits_per_character * 1000000 // SETTINGS[unit].baud
        took_us = clock.us - line.requests[-1][0]
        assert 0 <= took_us - frames_us - TIMEOUT_MS * 1000 <= 2000, unit
