"""Rs485 and its driver-enable pin: high while a frame is sent, and never low before its end."""

import machine

from reedgate_contract import config as layout
from station.drivers import rs485

PORT = {"uart": 0, "driver_enable": 2, "timer": -1}


class Chip:
    """A UART, a pin and a timer that note what is done to them."""

    def __init__(self):
        self.story = []
        self.timer = None
        self.done = False


class Pin:
    OUT = 1

    def __init__(self, number, _mode, value):
        self.value(value)

    def value(self, level=None):
        if level is None:
            return self._level
        self._level = level
        chip.story.append(("enable", level))


class Timer:
    ONE_SHOT = 0

    def __init__(self, number):
        assert number == PORT["timer"]

    def init(self, mode, period, tick_hz, callback):
        assert (mode, tick_hz) == (self.ONE_SHOT, 1000000)
        chip.story.append(("timer", period))
        chip.timer = callback


class Uart:
    def __init__(self, *_, **__):
        self.looks = 0

    def init(self, *settings, **others):
        assert not others
        chip.story.append(("init", settings))

    def write(self, view):
        chip.story.append(("write", len(view)))
        if chip.interrupt:
            chip.done = True  # as a UART that has not begun says
            chip.timer(None)
            chip.done = False

    def txdone(self):
        self.looks += 1
        return chip.done or self.looks == chip.done_at


chip = None


def port(baud=9600, interrupt=False, done_at=0, ends=PORT):
    global chip
    chip = Chip()
    chip.interrupt = interrupt
    chip.done_at = done_at
    machine.Timer = Timer
    rs485.UART = Uart
    rs485.Pin = Pin
    return rs485.Rs485(ends, baud, layout.PARITY_NONE, 1)


def test_the_line_is_driven_before_the_first_bit_and_the_timer_runs():
    for baud, frame_us in ((9600, 8333), (19200, 4166), (115200, 694)):
        port(baud).write(bytes(8))
        assert chip.story == [("enable", 0), ("enable", 1), ("timer", frame_us), ("write", 8)]


def test_it_is_let_go_when_the_last_bit_has_left():
    port(done_at=3).write(bytes(8))
    del chip.story[:]
    chip.timer(None)
    assert chip.story == [("enable", 0)]


def test_a_frame_that_takes_longer_is_looked_for_again_within_half_a_character():
    for baud, half_us in ((9600, 520), (115200, 43)):
        port(baud).write(bytes(8))
        del chip.story[:]
        chip.timer(None)
        assert chip.story == [("timer", half_us)]
        chip.done = True
        chip.timer(None)
        assert chip.story[1:] == [("enable", 0)]


def test_a_timer_that_comes_before_the_first_byte_lets_nothing_go():
    port(interrupt=True).write(bytes(8))
    assert ("enable", 0) not in chip.story[1:]
    chip.done = True
    chip.timer(None)
    assert chip.story[-1] == ("enable", 0)


def test_the_silence_is_that_of_the_specification():
    for baud, silence_us in ((4800, 7292), (9600, 3646), (19200, 1823), (115200, 1750)):
        assert port(baud).silence_us == silence_us


def test_a_setting_is_told_to_the_uart_without_its_buffers_and_pins():
    """What is not named stays as it is, and an init that names a buffer would take heap."""
    line = port()
    even = line.setting_of(19200, layout.PARITY_EVEN, 1)
    line.set(even)
    assert chip.story[-1] == ("init", (19200, 8, 0, 1))
    assert line.setting is even
    assert line.silence_us == 2006  # 3.5 characters of 11 bits
    assert line.time_of_ms(100) == 58
    line.write(bytes(8))
    assert chip.story[-2:] == [("timer", 4583), ("write", 8)]
    line.set(line.setting_of(9600, layout.PARITY_NONE, 1))
    assert chip.story[-1] == ("init", (9600, 8, None, 1))
    line.write(bytes(8))
    assert chip.story[-2:] == [("timer", 8333), ("write", 8)]


def test_there_is_one_setting_of_a_kind():
    line = port()
    assert line.setting_of(9600, layout.PARITY_NONE, 1) is line.setting
    other = line.setting_of(9600, layout.PARITY_ODD, 1)
    assert other is not line.setting
    assert line.setting_of(9600, layout.PARITY_ODD, 1) is other
    assert line.setting_of(9600, layout.PARITY_ODD, 2) is not other


def test_it_sends_until_the_line_is_let_go():
    line = port()
    assert not line.sends()
    line.write(bytes(8))
    assert line.sends()
    chip.done = True
    assert line.sends()  # the driver still holds the line
    chip.timer(None)
    assert not line.sends()


def test_without_a_driver_pin_the_uart_says_when_it_has_sent():
    line = port(ends={"uart": 0})
    line.write(bytes(8))
    assert line.sends()
    chip.done = True
    assert not line.sends()
