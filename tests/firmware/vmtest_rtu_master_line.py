"""RtuMaster on a line that is dead, babbles or fails: the station goes on."""

from vm_fakes import FakeClock, Line, sealed
from vm_fakes import run as run_coroutine

from station.drivers.rtu_master import NO_ANSWER, OK, RtuMaster

TIMEOUT_MS = 200
REPLY = sealed("110306ae4156524340")


def world(*answers):
    """(clock, line, master). answers: to the first request, the second …; then none."""
    clock = FakeClock()
    left = list(answers)
    line = Line(clock, lambda request: [(5000, left.pop(0))] if left else [])
    return clock, line, RtuMaster(line, clock, 400)


def read(master):
    async def awaited():
        return await master.read(0x11, 3, 0x6B, 3, TIMEOUT_MS)

    return run_coroutine(awaited())


def test_a_line_that_has_been_dead_for_weeks_is_asked_without_delay():
    """Ticks tell no more than 6.2 days: the silence must not be measured over that."""
    clock, line, master = world(REPLY)
    assert read(master) == OK
    for hour in range(3, 24 * 14, 3):
        due_us = hour * 3600 * 1000000
        clock.move_to(due_us)
        assert read(master) == NO_ANSWER
        assert line.requests[-1][0] - due_us <= 4000, hour


def test_a_line_that_is_never_silent_leaves_the_others_their_turn():
    """At 115200 a byte comes faster than a board reads it: there is always another one."""
    clock, line, master = world()
    looks = []
    line.any = lambda: 1 if looks.append(None) is None and len(looks) < 1000 else 0
    line.read_into = lambda buffer: 1
    turns = []

    def gives_way(source, deadline_ms):
        turns.append(len(looks))
        clock.us += 1000
        return iter(())

    clock.wait_readable = gives_way
    read(master)
    assert len(turns) > 100
    assert turns[0] <= 10


def test_a_port_that_fails_once_fails_one_request():
    _, line, master = world(REPLY, REPLY)
    read_into = line.read_into

    def fails(buffer):
        line.read_into = read_into
        raise OSError(5)

    line.read_into = fails
    try:
        read(master)
    except OSError:
        pass
    else:
        raise AssertionError("swallowed")
    assert read(master) == OK  # what was left of the first answer has been thrown away
    assert len(line.requests) == 2
    assert read(master) == NO_ANSWER
