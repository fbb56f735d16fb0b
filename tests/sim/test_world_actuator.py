"""The desk's actuator: its own register map, told and asked as its profile says."""

from reedgate_boards.site.actuators import load_actuator
from reedgate_sim.world import adu
from reedgate_sim.world.actuator import CLOSE, OPEN, PROFILE, STOP, PlainActuator

UNIT_ID = 5


def actuator(permille=1000):
    told = []
    slave = PlainActuator(UNIT_ID, lambda order, now_us: told.append(order), lambda _: permille)
    return slave, told


def answer(slave, pdu):
    reply = slave.answer(adu.sealed(UNIT_ID, pdu), 0)
    return None if reply is None else reply[1:-2]


def test_it_obeys_the_orders_of_its_profile():
    orders = load_actuator(PROFILE).orders
    slave, told = actuator()
    for pdu, order in ((orders.open, OPEN), (orders.closed, CLOSE), (orders.stop, STOP)):
        assert answer(slave, pdu) == pdu[:5]
        assert told[-1] == order


def test_it_tells_its_position_where_its_profile_reads_it():
    position = load_actuator(PROFILE).position
    request = bytes((position.function_code,))
    request += position.address.to_bytes(2, "big") + position.count.to_bytes(2, "big")
    for permille in (0, 417, 1000):
        reply = answer(actuator(permille)[0], request)
        at = 2 + 2 * position.word
        assert int.from_bytes(reply[at : at + 2], "big") == permille
    assert (position.at_closed, position.at_open) == (0, 1000)


def test_what_it_does_not_know_is_an_exception():
    slave, told = actuator()
    assert answer(slave, bytes((3, 0, 7, 0, 1))) == bytes((0x83, 2))
    assert answer(slave, bytes((6, 0, 0, 0, 1))) == bytes((0x86, 1))
    assert told == []
