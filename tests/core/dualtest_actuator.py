"""A modbus_actuator's drive in the core: orders, agreement, silence, time-out; no bus here."""

from reedgate_contract import codes
from station.core.actuator import ActuatorDrive
from station.core.drive import CLOSING, OPENING, STOPPED
from station.core.ticks import TICKS_MASK

OPEN, CLOSED, HOLD = codes.TARGET_OPEN, codes.TARGET_CLOSED, codes.TARGET_HOLD
SCAN_MS = 100
ACTUATOR = {"at_closed": 0, "at_open": 1000, "tolerance": 5, "silence_ms": 3000}


class Bench:
    """Its leaf runs a permille in 2 ms toward what was ordered, unless it is stuck."""

    def __init__(self, raw=1000, trip_target=CLOSED, start=TICKS_MASK - 5000):
        self.drive = ActuatorDrive({"travel_timeout_ms": 4000}, ACTUATOR, trip_target)
        self.raw = raw
        self.target = HOLD
        self.enabled = True
        self.answers = True
        self.stuck = False
        self.now_ms = start

    def run(self, for_ms):
        for _ in range(for_ms // SCAN_MS):
            self.now_ms = (self.now_ms + SCAN_MS) & TICKS_MASK
            step = {OPEN: 50, CLOSED: -50, HOLD: 0}[self.drive.order]
            if not self.stuck:
                self.raw = min(1000, max(0, self.raw + step))
            if self.answers:
                self.drive.answered(self.raw)
            self.drive.step(self.now_ms, self.target, self.enabled, None, None)
        return self


def test_it_orders_what_is_wanted_until_the_position_agrees_and_after():
    bench = Bench()
    bench.target = CLOSED
    bench.run(500)
    assert (bench.drive.order, bench.drive.direction) == (CLOSED, CLOSING)
    assert bench.drive.position == codes.POSITION_MOVING
    assert not bench.drive.agrees
    bench.run(3000)
    assert bench.drive.agrees
    assert (bench.drive.order, bench.drive.direction) == (CLOSED, STOPPED)
    assert bench.drive.position == codes.POSITION_CLOSED
    bench.raw = 6  # outside of its tolerance: it has crept away
    bench.stuck = True
    bench.run(100)
    assert not bench.drive.agrees


def test_hold_and_an_emergency_stop_order_a_stop():
    bench = Bench(raw=500)
    bench.target = CLOSED
    bench.run(300)
    for change in ("hold", "estop"):
        bench.target = HOLD if change == "hold" else CLOSED
        bench.enabled = change == "hold"
        bench.run(100)
        assert (bench.drive.order, bench.drive.direction) == (HOLD, STOPPED)


def test_before_its_first_answer_the_position_is_unknown_and_orders_go_out():
    bench = Bench()
    bench.answers = False
    bench.target = CLOSED
    bench.run(500)
    assert bench.drive.position == codes.POSITION_UNKNOWN
    assert bench.drive.order == CLOSED


def test_silence_is_a_drive_fault_until_a_reset_and_the_order_stands():
    bench = Bench().run(1000)
    bench.answers = False
    bench.run(2900)
    assert bench.drive.fault == codes.CAUSE_NONE
    bench.run(100)
    assert bench.drive.fault == codes.CAUSE_SILENT
    assert bench.drive.position_lost(None)
    assert bench.drive.position == codes.POSITION_UNKNOWN
    bench.target = CLOSED
    bench.run(100)
    assert bench.drive.order == CLOSED
    bench.drive.reset(None)
    assert bench.drive.fault == codes.CAUSE_SILENT  # its cause is not gone
    bench.answers = True
    bench.run(3000)
    assert bench.drive.fault == codes.CAUSE_SILENT
    bench.drive.reset(None)
    bench.run(100)
    assert bench.drive.fault == codes.CAUSE_NONE
    assert bench.drive.position == codes.POSITION_CLOSED


def test_a_close_that_takes_too_long_is_a_jam_and_is_ordered_for_ever():
    bench = Bench()
    bench.stuck = True
    bench.target = CLOSED
    bench.run(4300)
    assert bench.drive.fault == codes.CAUSE_JAM_CLOSING
    bench.run(60000)
    assert bench.drive.order == CLOSED
    assert bench.drive.may(CLOSING)
    bench.stuck = False
    bench.run(3000)
    assert bench.drive.fault == codes.CAUSE_NONE


def test_an_opening_that_takes_too_long_is_given_up_until_a_reset():
    bench = Bench(raw=0)
    bench.stuck = True
    bench.target = OPEN
    bench.run(4300)
    assert bench.drive.fault == codes.CAUSE_JAM_OPENING
    assert not bench.drive.may(OPENING)
    assert bench.drive.order == HOLD
    bench.stuck = False
    bench.run(5000)
    assert bench.raw == 0
    bench.drive.reset(None)
    bench.run(5000)
    assert bench.drive.position == codes.POSITION_OPEN


def test_of_a_bypass_opening_is_never_given_up():
    bench = Bench(raw=0, trip_target=OPEN)
    bench.stuck = True
    bench.target = OPEN
    bench.run(9000)
    assert bench.drive.fault == codes.CAUSE_JAM_OPENING
    assert bench.drive.order == OPEN


def test_it_is_forbidden_the_way_that_jammed_and_no_other():
    for trip_target, away, forbidden in ((CLOSED, OPEN, (1, 0)), (OPEN, CLOSED, (0, 1))):
        bench = Bench(raw=500, trip_target=trip_target)
        bench.run(500)
        bench.stuck = True
        bench.target = away
        bench.run(6000)
        drive = bench.drive
        assert (int(drive.forbids_opening), int(drive.forbids_closing)) == forbidden
