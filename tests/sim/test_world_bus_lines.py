"""One bus on which the probes are set to different baud rates and parities."""

import pytest
from bus_helpers import ARRIVES_US, GOOD, OTHER, QUICK, REQUEST, asked, asked_more
from world_helpers import LINE, MS, bus_of, desk, probe

from reedgate_sim.world.faults import Fault
from reedgate_sim.world.line import Line
from reedgate_sim.world.probes import own_lines
from reedgate_sim.world.yosemitech import Y504, Y511

EVEN, SLOW = Line(19200, "even"), Line(4800)


def mixed(*faults, own=EVEN):
    """Probe 11 speaks as the bus does, probe 12 in its own line."""
    bus = bus_of(probe(Y511, 11, QUICK), probe(Y504, 12, QUICK), lines={12: own})
    for fault in faults:
        bus.add_fault(fault)
    return bus


@pytest.mark.parametrize("own", [EVEN, SLOW, Line(9600, "odd"), Line(115200)])
def test_a_probe_hears_what_is_sent_in_its_own_line_alone(own):
    bus = mixed(own=own)
    assert asked(bus, REQUEST) == [(ARRIVES_US, GOOD)]
    assert asked(bus, OTHER, 1000 * MS) == []
    assert asked(bus, REQUEST, 2000 * MS, line=own) == []
    reply = probe(Y504, 12).answer(OTHER, 0)
    ((at_us, data),) = asked(bus, OTHER, 3000 * MS, line=own)
    assert data == reply
    assert at_us == 3000 * MS + own.time_us(8) + 20 * MS + own.time_us(len(reply))


def test_a_frame_that_is_cut_off_reaches_nobody_in_any_line():
    bus = mixed()
    for request, line in ((REQUEST, LINE), (OTHER, EVEN)):
        bus.transmit(0, request, line, released_us=line.time_us(7))
        assert asked_more(bus) == []


@pytest.mark.parametrize("late_ms", [100, 117, 123])
def test_a_reply_is_garbage_to_a_master_that_has_changed_over(late_ms):
    """From when it changed over: what came before was heard as it was sent."""
    bus = mixed(Fault("late", 11, delay_ms=100))
    bus.transmit(0, REQUEST, LINE)
    pieces = asked(bus, OTHER, late_ms * MS, line=EVEN)
    reply = probe(Y504, 12).answer(OTHER, 0)
    heard = b"".join(data for _, data in pieces)
    assert GOOD not in heard
    assert (reply in heard) == (late_ms == 123)  # else the two met on the line
    assert len(heard) > len(reply)  # and no UART throws the rest away


def test_a_reply_that_was_over_is_whole_whatever_follows():
    bus = mixed()
    bus.transmit(0, REQUEST, LINE)
    bus.transmit(ARRIVES_US + 1, OTHER, EVEN)
    assert bus.receive(ARRIVES_US + 1) == GOOD


def test_a_slave_babbles_in_its_own_line():
    bus = mixed(Fault("babble", 12, delay_ms=50, count=2))
    assert bus.next_event_us() == EVEN.time_us(1)


def test_the_lines_of_a_site_are_those_of_its_sensors():
    station = desk().stations["inlet"]
    assert own_lines(station, "field") == {}
    sensors = dict(station.sensors)
    sensors["level"] = sensors["level"].model_copy(update={"baud": 115200})
    sensors["oxygen"] = sensors["oxygen"].model_copy(update={"parity": "even"})
    sensors["turbidity"] = sensors["turbidity"].model_copy(update={"baud": 9600})
    own = own_lines(station.model_copy(update={"sensors": sensors}), "field")
    assert own == {14: Line(115200), 12: Line(9600, "even")}
