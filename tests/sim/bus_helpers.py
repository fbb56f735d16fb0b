"""What the tests of the bus share: a line of two probes, and what arrives on it."""

from world_helpers import LINE, MS, bus_of, probe, read

from reedgate_sim.world.bus import NEVER_US
from reedgate_sim.world.faults import Fault
from reedgate_sim.world.instrument import Character
from reedgate_sim.world.yosemitech import Y504, Y511

TURNAROUND_US = 20 * MS
QUICK = Character(turnaround_us=TURNAROUND_US)
REQUEST, OTHER = read(11, 0x2600, 5), read(12, 0x2600, 6)
REQUEST_US = LINE.time_us(8)
GOOD = probe(Y511, 11).answer(REQUEST, 0)
LENGTH_US = LINE.time_us(len(GOOD))
STARTS_US = REQUEST_US + TURNAROUND_US
ARRIVES_US = STARTS_US + LENGTH_US


def line_of(*faults, **options):
    bus = bus_of(probe(Y511, 11, QUICK), probe(Y504, 12, QUICK), **options)
    for fault in faults:
        bus.add_fault(fault)
    return bus


def asked(bus, request=REQUEST, now_us=0, line=LINE, until_us=NEVER_US):
    """What arrives after a request, piece by piece: [(time of its last byte, bytes)].

    Bytes with less than half a byte's time between them are one piece.
    """
    bus.transmit(now_us, request, line)
    return asked_more(bus, until_us)


def asked_more(bus, until_us=NEVER_US):
    """What still arrives."""
    pieces = []
    while (at_us := bus.next_event_us()) < until_us:
        data = bus.receive(at_us)
        if pieces and len(data) == 1 and at_us - pieces[-1][0] < LINE.time_us(3) // 2:
            pieces[-1] = (at_us, pieces[-1][1] + data)
        elif data:
            pieces.append((at_us, data))
    return pieces


def spoiled(kind, **details):
    return asked(line_of(Fault(kind, 11, **details)))
