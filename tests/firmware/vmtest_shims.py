"""What the desk puts in the place of the chip's machine and socket, and the drivers upon it."""

import errno
import socket
import struct
import sys

import lockstep
import machine

from reedgate_contract import codes
from reedgate_contract import config as layout
from station.drivers import pins, system
from station.drivers.pins import Inputs, Outputs
from station.drivers.rs485 import Rs485
from station.drivers.tcp import TcpLink


class Wire:
    """The VM's end of the wire, without the other one."""

    def __init__(self):
        self.now_us = 5000000
        self.fed_us = 0
        self.levels = bytearray(256)
        self.received = {}
        self.rings = {}
        self.sockets = {}
        self.items = []

    def put(self, kind, number, data=b""):
        self.items.append((kind, number, data))

    def taken(self):
        items = self.items
        self.items = []
        return items


def world():
    lockstep.wire = Wire()
    return lockstep.wire


def test_a_watchdog_is_fed_by_time_and_starts_fed():
    wire = world()
    watchdog = machine.WDT(timeout=1000)
    assert wire.taken() == [(lockstep.WATCHDOG, 0, struct.pack("<I", 1000))]
    assert wire.fed_us == 5000000
    wire.now_us = 5200000
    watchdog.feed()
    assert wire.fed_us == 5200000


def test_the_reset_cause_is_one_of_the_chips_and_has_a_name():
    causes = (
        (machine.PWRON_RESET, codes.RESET_POWER_ON),
        (machine.HARD_RESET, codes.RESET_HARD),
        (machine.WDT_RESET, codes.RESET_WATCHDOG),
        (machine.SOFT_RESET, codes.RESET_SOFT),
        (machine.DEEPSLEEP_RESET, codes.RESET_UNKNOWN),
        (77, codes.RESET_UNKNOWN),
    )
    for cause, code in causes:
        machine._reset_cause = cause
        assert machine.reset_cause() == cause
        assert system.reset_cause() == code
    del machine.HARD_RESET  # RP2 knows no such cause
    machine._reset_cause = machine.WDT_RESET
    assert system.reset_cause() == codes.RESET_WATCHDOG


def test_the_rtc_is_a_clock_that_nobody_has_set():
    wire = world()
    wire.now_us = 90061 * 1000000  # a day, an hour, a minute and a second
    assert machine.RTC().datetime() == (2021, 1, 2, 4, 1, 1, 1, 0)


def test_random_numbers_have_32_bits_and_are_others_each_time():
    numbers = {system.random_u32() for _ in range(50)}
    assert len(numbers) == 50
    assert 1 << 28 < max(numbers) < 1 << 32


def test_outputs_tell_only_what_changes():
    wire = world()
    outputs = Outputs(["RELAY_1", "RELAY_2"], {"RELAY_1": 21, "RELAY_2": 22}, 0)
    assert wire.taken() == [(lockstep.PIN, 21, b"\x00"), (lockstep.PIN, 22, b"\x00")]
    outputs.write(b"\x01\x00")
    outputs.write(b"\x01\x00")
    assert wire.taken() == [(lockstep.PIN, 21, b"\x01")]
    outputs.write(b"\x00\x01")
    assert wire.taken() == [(lockstep.PIN, 21, b"\x00"), (lockstep.PIN, 22, b"\x01")]
    outputs.make_safe()
    assert wire.taken() == [(lockstep.PIN, 21, b"\x00"), (lockstep.PIN, 22, b"\x00")]
    outputs.write(b"\x00\x01")
    assert wire.taken() == [(lockstep.PIN, 22, b"\x01")]


def test_outputs_that_are_off_when_high_are_driven_the_other_way():
    wire = world()
    outputs = Outputs(["RELAY_1"], {"RELAY_1": 21}, 1)
    assert wire.taken() == [(lockstep.PIN, 21, b"\x01")]
    outputs.write(b"\x01")
    assert wire.taken() == [(lockstep.PIN, 21, b"\x00")]
    outputs.make_safe()
    assert wire.taken() == [(lockstep.PIN, 21, b"\x01")]


def test_inputs_have_a_pull_down_where_the_pin_has_one():
    asked = []

    class Pin:
        IN, PULL_DOWN = 0, 2

        def __init__(self, *arguments):
            asked.append(arguments)

    real = pins.Pin
    pins.Pin = Pin
    Inputs(["DI_1", "DI_2"], {"DI_1": 34, "DI_2": 21}, (34, 35))
    pins.Pin = real
    assert asked == [(34, 0, None), (21, 0, 2)]


def test_a_micropython_below_the_floor_is_too_old():
    assert system.too_old() is None

    class Old:
        version = (1, 24, 1, "")

    real = system.sys.implementation
    try:
        system.sys = type("sys", (), {"implementation": Old})
        assert system.too_old() == "MicroPython 1.24.1 is older than 1.25"
        Old.version = (1, 25, 0, "")
        assert system.too_old() is None
    finally:
        system.sys = sys
    assert system.sys.implementation is real


def test_inputs_are_read_in_the_order_of_their_terminals():
    wire = world()
    inputs = Inputs(["DI_2", "DI_1"], {"DI_1": 1, "DI_2": 2})
    wire.levels[2] = 1
    assert bytes(inputs.read()) == b"\x01\x00"
    wire.levels[1] = 1
    wire.levels[2] = 0
    assert bytes(inputs.read()) == b"\x00\x01"


def test_a_port_is_set_up_as_the_bus_says():
    cases = ((layout.PARITY_NONE, 0, 10), (layout.PARITY_EVEN, 1, 11), (layout.PARITY_ODD, 2, 11))
    for parity, code, bits in cases:
        wire = world()
        port = Rs485({"uart": 1}, 19200, parity, 1)
        assert wire.taken() == [(lockstep.UART_SETUP, 1, struct.pack("<IBBB", 19200, 8, code, 1))]
        assert port.setting.bits_per_character == bits
        assert port.time_of_ms(100) == (100 * bits * 1000 + 19199) // 19200


def test_a_port_gives_what_has_arrived_and_never_waits():
    wire = world()
    port = Rs485({"uart": 0}, 9600, layout.PARITY_NONE, 1)
    wire.taken()
    buffer = bytearray(4)
    assert not port.any()
    assert port.read_into(buffer) == 0
    wire.received[0].extend(b"abcdef")
    assert port.any()
    assert port.read_into(buffer) == 4
    assert bytes(buffer) == b"abcd"
    assert port.read_into(buffer) == 2
    port.write(memoryview(b"request"))
    assert wire.taken() == [(lockstep.UART_DATA, 0, b"request")]


def linked():
    """A link whose connection stands."""
    wire = world()
    link = TcpLink()
    link.open("10.0.0.2", 1883)
    slot = wire.items[0][1]
    channel = wire.sockets[slot]
    channel.take(lockstep.SOCKET_OPEN, b"")
    wire.taken()
    return wire, link, channel, slot


def test_a_link_opens_without_waiting():
    wire = world()
    link = TcpLink()
    link.open("10.0.0.2", 1883)
    assert [(kind, data) for kind, _, data in wire.taken()] == [
        (lockstep.SOCKET_OPEN, b"10.0.0.2:1883")
    ]
    assert not link.any()
    assert link.send(memoryview(b"early")) == 0  # not connected yet: later
    assert wire.taken() == []


def test_a_link_is_never_opened_by_name():
    world()
    failed = False
    try:
        TcpLink().open("broker.example", 1883)
    except OSError:
        failed = True
    assert failed


def test_a_link_sends_what_the_network_takes():
    wire, link, channel, _ = linked()
    channel.room = 5
    assert link.send(memoryview(b"message")) == 5
    assert link.send(memoryview(b"ge")) == 0
    channel.take(lockstep.SOCKET_ROOM, struct.pack("<I", 3))
    assert link.send(memoryview(b"ge")) == 2
    assert [data for _, _, data in wire.taken()] == [b"messa", b"ge"]


def test_a_link_gives_what_came_and_then_nothing():
    _, link, channel, _ = linked()
    buffer = bytearray(64)
    assert link.read_into(buffer) == 0
    channel.take(lockstep.SOCKET_DATA, bytes(range(100)))
    assert link.any()
    assert link.any()  # asking takes nothing away
    taken = b""
    while link.any():
        size = link.read_into(buffer)
        assert size > 0
        taken += bytes(buffer[:size])
    assert taken == bytes(range(100))
    assert link.read_into(buffer) == 0


def failure_of(call):
    try:
        call()
    except OSError as problem:
        return problem.errno
    return None


def test_a_far_end_that_goes_is_told_after_its_last_bytes():
    _, link, channel, _ = linked()
    channel.take(lockstep.SOCKET_DATA, b"last")
    channel.take(lockstep.SOCKET_CLOSE, b"")
    buffer = bytearray(64)
    assert link.any()
    assert link.read_into(buffer) == 4
    assert link.any()
    assert failure_of(lambda: link.read_into(buffer)) == errno.ECONNRESET
    assert failure_of(lambda: link.send(memoryview(b"x"))) == errno.ECONNRESET


def test_a_connection_that_is_refused_is_told():
    wire = world()
    link = TcpLink()
    link.open("10.0.0.2", 1883)
    next(iter(wire.sockets.values())).take(lockstep.SOCKET_CLOSE, b"")
    assert link.any()
    assert failure_of(lambda: link.read_into(bytearray(64))) == errno.ECONNRESET


def test_a_link_is_closed_once_and_can_be_opened_again():
    wire, link, _, slot = linked()
    link.close()
    link.close()
    assert wire.taken() == [(lockstep.SOCKET_CLOSE, slot, b"")]
    assert wire.sockets == {}
    assert not link.any()
    link.open("10.0.0.2", 1883)
    assert not link.any()
    assert link.read_into(bytearray(64)) == 0


def test_what_a_closed_connection_left_is_not_given_by_the_next():
    _, link, channel, _ = linked()
    channel.take(lockstep.SOCKET_DATA, b"old")
    assert link.any()
    link.close()
    link.open("10.0.0.2", 1883)
    assert not link.any()


def test_a_socket_that_would_block_says_so_loudly():
    """On lwIP, setblocking(True) clears a time-out: a call would then wait for ever."""
    wire = world()
    one = socket.socket()
    one.settimeout(0)
    assert failure_of(lambda: one.connect(("10.0.0.2", 1883))) == errno.EINPROGRESS
    next(iter(wire.sockets.values())).take(lockstep.SOCKET_OPEN, b"")
    assert one.read(10) is None
    one.setblocking(True)
    loud = False
    try:
        one.read(10)
    except RuntimeError:
        loud = True
    assert loud
