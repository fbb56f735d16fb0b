"""An order from its envelope to the gate: what is taken, refused (and why), and noted."""

import struct

import vmtest_downlink as downlink
from vmtest_downlink import CMD, EPOCH, NOW_MS, NOW_S, head, sealed

from reedgate_contract import codes, envelope, records
from station.app.commands import Commands
from station.core.remote import Remote

OPEN, CLOSE, RELEASE, RESET = 1, 2, 3, 4
ORDER = 0xCAFE0001


class Gate:
    def __init__(self, trip_target):
        self.remote = Remote(trip_target)


class Station:
    def __init__(self):
        self.gates = [Gate(codes.TARGET_CLOSED), Gate(codes.TARGET_OPEN)]


class World(downlink.World):
    def __init__(self):
        super().__init__()
        self.station = Station()
        self.downlink._commands = Commands(self.station, self.journal, self.uptime)

    def state(self):
        said = []
        for gate in self.station.gates:
            remote = gate.remote
            said.append((remote._came, remote._came_order, remote._reset_came, remote.order))
        return super().state(), said

    def remote(self, gate=0):
        remote = self.station.gates[gate].remote
        remote.scan(0)
        return remote


def cmd(gate=0, action=CLOSE, hold_s=600, **fields):
    body = struct.pack(envelope.CMD, gate, action, hold_s, ORDER)
    return sealed(CMD, head(envelope.TOPIC_CMD, **fields), body)


def test_an_order_reaches_its_gate_and_leaves_a_record_that_names_it():
    world = World()
    [(kind, payload)] = world.take(CMD, cmd(counter=7))
    assert kind == records.KIND_COMMAND
    assert struct.unpack(records.COMMAND, payload) == (NOW_MS, 0, CLOSE, 600, ORDER, 7)
    remote = world.remote()
    assert (remote.order, remote.hold.hold_ms) == (codes.TARGET_CLOSED, 600000)
    assert world.remote(1).order == codes.TARGET_HOLD
    assert len(world.take(CMD, cmd(1, OPEN, 14400, counter=8))) == 1
    assert world.remote(1).order == codes.TARGET_OPEN


def test_release_and_reset():
    world = World()
    world.take(CMD, cmd())
    world.remote()
    assert len(world.take(CMD, cmd(action=RELEASE, hold_s=0, counter=2))) == 1
    assert world.remote().order == codes.TARGET_HOLD
    assert len(world.take(CMD, cmd(action=RESET, hold_s=0, counter=3))) == 1
    assert world.remote().reset_edge
    assert not world.remote().reset_edge  # an edge


def test_until_released_is_for_the_trip_position_alone():
    world = World()
    until = envelope.UNTIL_RELEASED
    for gate, action, counter in ((0, OPEN, 1), (1, CLOSE, 2)):
        message = cmd(gate, action, until, counter=counter)
        world.refused(CMD, message, envelope.REFUSED_HOLD, counter)
    assert len(world.take(CMD, cmd(0, CLOSE, until, counter=3))) == 1
    assert world.remote(0).until_released
    assert len(world.take(CMD, cmd(1, OPEN, until, counter=4))) == 1
    assert world.remote(1).until_released


def test_what_may_not_stand_so_long_is_refused():
    world = World()
    cases = ((OPEN, 0), (OPEN, 14401), (CLOSE, 0), (CLOSE, 0xFFFE), (RELEASE, 1), (RESET, 60))
    for index in range(len(cases)):
        action, hold_s = cases[index]
        message = cmd(0, action, hold_s, counter=index + 1)
        world.refused(CMD, message, envelope.REFUSED_HOLD, index + 1)


def test_an_order_for_no_gate_or_of_no_kind_is_refused():
    world = World()
    body = struct.pack(envelope.CMD, 0, CLOSE, 600, ORDER)
    cases = (
        cmd(2, counter=1),
        cmd(255, counter=2),
        cmd(0, 0, counter=3),
        cmd(0, 5, counter=4),
        sealed(CMD, head(envelope.TOPIC_CMD, counter=5), body[:-1]),
        sealed(CMD, head(envelope.TOPIC_CMD, counter=6), body + b"\0"),
    )
    for index in range(len(cases)):
        world.refused(CMD, cases[index], envelope.REFUSED_CONTENT, index + 1)


def test_forged_late_replayed_or_of_another_start_it_has_no_effect():
    """S8. The counter of one whose seal holds is told, so that its giver knows which it was."""
    world = World()
    message = cmd(counter=5)
    assert len(world.take(CMD, message)) == 1
    world.refused(CMD, message, envelope.REFUSED_COUNTER, 5)
    world.refused(CMD, cmd(counter=4), envelope.REFUSED_COUNTER, 5)
    world.refused(CMD, cmd(counter=9, boot_n=0), envelope.REFUSED_BOOT, 5)
    world.refused(CMD, cmd(counter=9, epoch=EPOCH ^ 1), envelope.REFUSED_BOOT, 5)
    world.refused(CMD, cmd(counter=9, until=(NOW_S, NOW_MS - 1)), envelope.REFUSED_LATE, 5)
    world.refused(CMD, cmd(counter=9, until=(NOW_S + 31, 0)), envelope.REFUSED_AHEAD, 5)
    forged = bytearray(cmd(counter=9))
    forged[21] ^= 3  # open instead of close
    world.refused(CMD, bytes(forged), envelope.REFUSED_PROOF, 5)
    body = struct.pack(envelope.CMD, 0, CLOSE, 600, ORDER)
    other = sealed(CMD, head(envelope.TOPIC_CMD, counter=9), body, bytes(32))
    world.refused(CMD, other, envelope.REFUSED_PROOF, 5)
    world.refused(CMD, cmd(counter=9), envelope.REFUSED_RETAINED, 5, retained=True)
    world.downlink._may_tell = 1
    [(_, payload)] = world.take(CMD, cmd(counter=9, until=(0, 0)))
    told = struct.unpack(records.REFUSAL, payload)
    assert (told[1], told[2], told[3], told[5]) == (3, envelope.REFUSED_LATE, 5, 9)


def test_an_order_that_could_leave_no_record_is_not_taken():
    world = World()
    for _ in range(24):
        assert world.journal.events.reserve(1)
        world.journal.events.append(records.KIND_BOOT, 0x11, 0, 0, 0)
    assert world.take(CMD, cmd()) == []
    assert world.downlink.refused == 1
    assert world.remote().order == codes.TARGET_HOLD


def test_by_the_mailbox_it_is_the_same_order():
    world = World()
    before = world.journal.events.waiting
    assert world.downlink.take_unaddressed(cmd()) == 0
    assert world.journal.events.waiting == before + 1
    assert world.remote().order == codes.TARGET_CLOSED
