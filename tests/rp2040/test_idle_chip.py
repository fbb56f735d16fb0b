"""A chip that waits for nothing but an interrupt: MicroPython at its prompt, after Ctrl-C."""

import signal

import pytest

pytest.importorskip("rp2040py", reason="NO CHIP IS EMULATED: rp2040py has no wheel here")

from reedgate_sim.rp2040.chip import Chip

STUCK_S = 10


@pytest.fixture
def bounded():
    def stuck(*_):
        raise TimeoutError("the chip's time stands still")

    before = signal.signal(signal.SIGALRM, stuck)
    signal.alarm(STUCK_S)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("bounded")
def test_time_goes_on_where_no_alarm_is_set():
    chip = Chip({})
    chip.hang()
    looks = []
    chip.run_us(5_000, until=lambda: looks.append(chip.now_us))
    assert chip.now_us == 5_000
    assert len(looks) >= 5
