"""RtuSlave on a line with byte times: where a frame ends, echoes, a master that speaks again."""

from vm_fakes import FakeClock, Line, run, run_for, sealed

from station.drivers.rtu_slave import RtuSlave

UNIT = 7
READ = sealed("070400000010")
OTHERS = sealed("080400000010")
WRITE = sealed("062080000107")  # of unit 6: never answered here
COMMIT = sealed("070620800001")


class Heard:
    """What a slave has taken in, each answered with the same frame."""

    def __init__(self, baud=9600, echo=False, answer=None):
        self.clock = FakeClock()
        self.frames = []
        self.line = Line(self.clock, self._sent, baud)
        self.slave = RtuSlave(self.line, self.clock, UNIT)
        self._echo = echo
        self._answer = answer

    def _sent(self, answer):
        """An echo arrives while it is sent, and not after it."""
        if self._echo:
            self.line.arrive(self.clock.us, [(0, answer)])
        return []

    async def _run(self):
        while True:
            size = await self.slave.request()
            self.frames.append((self.clock.us, bytes(self.slave.received[:size])))
            if self._answer:
                self.slave.adu[: len(self._answer)] = self._answer
                self.slave.answer(len(self._answer))

    def arrive(self, at_ms, *pieces):
        """pieces: (pause_ms, bytes)."""
        self.line.arrive(at_ms * 1000, [(pause * 1000, data) for pause, data in pieces])
        return self

    def after(self, ms):
        run_for(self.clock, self._run(), ms)
        return [frame for _, frame in self.frames]


def test_a_frame_ends_with_silence():
    heard = Heard().arrive(10, (0, READ))
    assert heard.after(100) == [READ]
    at_us = heard.frames[0][0]
    last_us = 10000 + 8 * 1041
    assert 3645 <= at_us - last_us <= 10000, at_us - last_us


def test_a_frame_in_pieces_is_one_when_the_pauses_are_short():
    for at in range(1, len(READ)):
        assert Heard().arrive(10, (0, READ[:at]), (2, READ[at:])).after(100) == [READ], at
        assert Heard().arrive(10, (0, READ[:at]), (20, READ[at:])).after(100) == [], at


def test_frames_of_others_and_noise_are_passed_over():
    heard = Heard()
    heard.arrive(10, (0, OTHERS)).arrive(40, (0, b"\x00\xff")).arrive(60, (0, WRITE))
    heard.arrive(90, (0, bytes(400))).arrive(700, (0, READ))
    assert heard.after(800) == [READ]


def test_what_a_driver_leaves_behind_does_no_harm():
    for left in (b"\x00", b"\x00\x00", b"\xff"):
        assert Heard().arrive(10, (0, READ), (1, left)).after(100) == [READ], left
    assert Heard().arrive(10, (0, b"\x01"), (1, READ)).after(100) == []


def test_an_echo_is_no_request():
    """The answer to a single write is the request once more: taken for one, it never ends."""
    heard = Heard(echo=True, answer=COMMIT).arrive(10, (0, COMMIT))
    assert heard.after(500) == [COMMIT]
    assert len(heard.line.requests) == 1


def test_a_request_right_behind_an_echo_is_heard():
    heard = Heard(echo=True, answer=COMMIT).arrive(10, (0, COMMIT)).arrive(40, (0, READ))
    assert heard.after(200) == [COMMIT, READ]


def test_an_echo_that_was_cut_off_does_not_stand_before_the_next_request():
    """The transceiver of some boards opens its receiver before the last byte has gone out."""
    clock = FakeClock()
    line = Line(clock, lambda _: [])
    slave = RtuSlave(line, clock, UNIT)
    frames = []

    async def serve():
        while True:
            size = await slave.request()
            frames.append(bytes(slave.received[:size]))
            slave.adu[: len(COMMIT)] = COMMIT
            slave.answer(len(COMMIT))

    line.arrive(0, [(0, READ)])
    line.arrive(30000, [(0, COMMIT[:3])])  # of the answer
    line.arrive(200000, [(0, READ)])
    run_for(clock, serve(), 300)
    assert frames == [READ, READ]


def test_without_an_echo_a_request_that_begins_like_the_answer_is_heard():
    answer = sealed("070402000a")
    heard = Heard(answer=answer).arrive(10, (0, READ)).arrive(45, (0, READ))
    assert heard.after(200) == [READ, READ]
    same = Heard(answer=COMMIT).arrive(10, (0, COMMIT)).arrive(200, (0, COMMIT))
    assert same.after(400) == [COMMIT, COMMIT]  # the same again, long after


def test_a_master_that_speaks_again_gets_no_late_answer():
    clock = FakeClock()
    line = Line(clock, lambda _: [])
    slave = RtuSlave(line, clock, UNIT)
    line.arrive(0, [(0, READ)])
    assert run(slave.request()) == len(READ)
    line.arrive(clock.us, [(0, READ)])
    clock.move_to(clock.us + 3000)
    slave.answer(8)
    assert line.requests == []
