"""RtuMaster behind an adapter that hears what it sends: a write is not confirmed by itself."""

from vm_fakes import FakeClock, Line, run_for, sealed
from vm_fakes import run as run_coroutine

from station.app.actuator_task import Actuator, ActuatorTask
from station.core import rtu_frame
from station.drivers.rtu_master import BAD_FRAME, NO_ANSWER, OK, RtuMaster

UNIT, TIMEOUT_MS = 0x11, 200
READ, REPLY = sealed("1103006b0001"), sealed("11030203e8")
WRITE, COIL = sealed("110600010003"), sealed("11050001ff00")
HOLD = 0


def world(echoes=True, writes=True, reads=True):
    """(clock, line, master). A drive that answers at once; echoes: at first; the flags change."""
    clock = FakeClock()
    is_so = {"echoes": echoes, "writes": writes, "reads": reads}

    def answer(request):
        pieces = [(0, request)] if is_so["echoes"] else []
        if request[1] == 3 and is_so["reads"]:
            pieces.append((100, REPLY))
        elif request[1] != 3 and is_so["writes"]:
            pieces.append((100, request))
        return pieces

    line = Line(clock, answer)
    return clock, line, RtuMaster(line, clock, 400), is_so


def run(transaction):
    async def awaited():
        return await transaction

    return run_coroutine(awaited())


def read(master):
    return run(master.read(UNIT, 3, 0x6B, 1, TIMEOUT_MS))


def write(master, frame=WRITE):
    return run(master.send_raw(UNIT, frame[1:-2], 8, TIMEOUT_MS))


def test_an_echo_is_found_before_an_answer_and_without_one():
    for reads, outcome in ((True, OK), (False, BAD_FRAME)):
        _, _, master, _ = world(reads=reads)
        assert read(master) == outcome
        assert master.echoes
    _, _, master, _ = world(echoes=False)
    assert read(master) == OK
    assert not master.echoes


def test_its_own_echo_confirms_no_write_of_one_register_or_coil():
    for frame in (WRITE, COIL):
        for writes in (False, True):  # nor does the true answer then: they are the same
            _, line, master, _ = world(writes=writes)
            read(master)
            assert write(master, frame) == BAD_FRAME
            assert line.requests[-1][1] == frame


def test_without_an_echo_the_answer_confirms_it_and_silence_does_not():
    for writes, outcome in ((True, OK), (False, NO_ANSWER)):
        _, _, master, _ = world(echoes=False, writes=writes)
        read(master)
        assert write(master) == outcome


def test_an_adapter_that_echoes_no_more_is_believed_again():
    _, _, master, is_so = world()
    read(master)
    is_so["echoes"] = False
    assert read(master) == OK
    assert write(master) == OK


class Drive:
    order, agrees = HOLD, True

    def answered(self, raw):
        assert raw == 1000


def told_in(polls, writes, echo_comes):
    """How often it is told to stop."""
    clock, line, master, is_so = world(echoes=False, writes=writes)
    fields = {"poll_ms": 1000, "unit_id": UNIT, "function_code": 3, "address": 0x6B}
    fields.update({"count": 1, "timeout_ms": TIMEOUT_MS, "word": 0})
    actuator = Actuator("RS485_2", fields, Drive(), {HOLD: (WRITE[1:-2], 8)})
    task = ActuatorTask(clock, actuator, master, OK)
    work = task.run()
    run_for(clock, work, 20)
    is_so["echoes"] = echo_comes  # its position was asked by now, and it was not told yet
    while task.attempts <= polls:
        run_for(clock, work, 100)
    return sum(request[1] == 6 for _, request in line.requests)


def test_a_stop_is_told_again_while_only_an_echo_confirms_it():
    assert told_in(6, writes=False, echo_comes=True) >= 5


def test_a_stop_that_the_drive_confirms_is_told_once():
    assert told_in(6, writes=True, echo_comes=False) == 1


def test_a_request_is_found_wherever_it_stands():
    for before in (b"", b"\x00", READ[:7], READ[:1] * 3):
        for behind in (b"", REPLY):
            received = before + READ + behind
            assert rtu_frame.contains(received, len(received), READ, len(READ))
            assert not rtu_frame.contains(received, len(before) + 7, READ, len(READ))
