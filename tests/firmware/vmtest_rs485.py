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
        chip.story.append(("enable", value))

    def value(self, level):
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


def port(baud=9600, interrupt=False, done_at=0):
    global chip
    chip = Chip()
    chip.interrupt = interrupt
    chip.done_at = done_at
    machine.Timer = Timer
    rs485.UART = Uart
    rs485.Pin = Pin
    return rs485.Rs485(PORT, baud, layout.PARITY_NONE, 1)


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
