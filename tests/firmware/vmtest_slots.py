"""Which firmware runs: slots.py on the VM, with a ROM partition in memory."""

import binascii
import struct
import sys

import vfs as real_vfs
from vm_flash import Chip, again, mount

import slots
from twin import Twin

_HALF = 4096
A, B = slots.SLOTS
IMAGE = bytes(range(256)) * 4


class _Vfs:
    """The partition, and what was mounted of it."""

    rom = bytearray(2 * _HALF)
    mounted = None
    mountable = True

    @staticmethod
    def rom_ioctl(request, number):
        assert (request, number) == (2, 0)
        return _Vfs.rom

    @staticmethod
    def VfsRom(memory):
        if not _Vfs.mountable:
            raise OSError(19)
        return bytes(memory)

    @staticmethod
    def mount(system, place):
        _Vfs.mounted = (system, place)


class _Wdt:
    started = []  # noqa: RUF012 - emptied at each boot

    def __init__(self, timeout):
        self.started.append(timeout)


def fresh(record=None, images=(IMAGE, IMAGE), damaged=None):
    """A flash with this record, and a partition with these images."""
    _Vfs.rom = bytearray(2 * _HALF)
    _Vfs.mountable = True
    for number in range(2):
        _Vfs.rom[number * _HALF : number * _HALF + len(images[number])] = images[number]
    if damaged is not None:
        _Vfs.rom[damaged] ^= 1
    chip = mount(Chip(24))
    if record is not None:
        Twin(slots.RECORD_NAME).write(record)
    return chip


def packed(slot=A, tries=0, size=1024, crc32=None):
    if crc32 is None:
        crc32 = binascii.crc32(IMAGE) & 0xFFFFFFFF
    return struct.pack(slots.RECORD, slot, tries, size, crc32)


def boot():
    """Gives which half runs, 0 for the frozen firmware; the path is left as it was."""
    _Vfs.mounted = None
    _Wdt.started.clear()
    slots._running.clear()
    path = sys.path[:]
    machine = sys.modules.get("machine")
    sys.modules["machine"] = type("machine", (), {"WDT": _Wdt})
    sys.path[:] = [".frozen"]
    slots.vfs = _Vfs
    try:
        slots.choose()
        found = sys.path[:]
    finally:
        slots.vfs = real_vfs
        sys.path[:] = path
        if machine is None:
            del sys.modules["machine"]
        else:
            sys.modules["machine"] = machine
    if not slots.runs():
        assert found == [".frozen"]
        return 0
    assert found == ["/slot", ".frozen"]
    assert _Vfs.mounted[1] == "/slot"
    return A if _Vfs.mounted[0] == bytes(_Vfs.rom[:_HALF]) else B


def kept():
    return struct.unpack(slots.RECORD, Twin(slots.RECORD_NAME).read())


def test_without_a_record_the_frozen_firmware_runs():
    fresh()
    assert boot() == 0
    assert _Wdt.started == []


def test_each_slot_runs_from_its_own_half():
    images = (IMAGE, IMAGE[:500])
    crc32 = binascii.crc32(images[1]) & 0xFFFFFFFF
    for slot, record in ((A, packed()), (B, packed(B, 0, 500, crc32))):
        fresh(record, images)
        assert boot() == slot
        assert _Wdt.started == [8000]


def test_a_slot_that_does_not_prove_itself_is_left_after_its_tries():
    chip = fresh(packed())
    for tries in range(1, slots.MOST_TRIES + 1):
        assert boot() == A
        assert kept()[1] == tries
        chip = again(chip)
    for _ in range(3):
        assert boot() == 0
        assert kept()[1] == slots.MOST_TRIES


def test_a_proven_slot_runs_for_ever_and_writes_nothing_more():
    chip = fresh(packed())
    assert boot() == A
    slots.prove()
    slots.prove()
    for _ in range(2 * slots.MOST_TRIES):
        chip = again(chip)
        before = Twin(slots.RECORD_NAME)
        before.read()
        assert boot() == A
        assert _Wdt.started == []
        assert kept() == (A, slots.PROVEN, len(IMAGE), binascii.crc32(IMAGE) & 0xFFFFFFFF)
        after = Twin(slots.RECORD_NAME)
        after.read()
        assert after._generation == before._generation


def test_a_slot_that_is_not_whole_does_not_run_and_loses_no_try():
    for damaged in (0, 100, len(IMAGE) - 1):
        fresh(packed(), damaged=damaged)
        assert boot() == 0
        assert kept()[1] == 0
    fresh(packed(A, 0, _HALF + 1))
    assert boot() == 0


def test_whatever_is_wrong_the_frozen_firmware_runs():
    for record in (b"", b"short", packed(0), packed(3), bytes(40)):
        fresh(record)
        assert boot() == 0
    fresh(packed())
    _Vfs.mountable = False
    assert boot() == 0
    chip = fresh(packed())
    chip.fails = 28  # a try that cannot be counted is not made
    assert boot() == 0
    chip = fresh(packed())
    chip.cannot_read = True
    assert boot() == 0


def test_what_a_proven_slot_imported_is_forgotten_when_it_does_not_start():
    path = sys.path[:]
    for proven in (False, True):
        fresh(packed())
        assert boot() == A
        if proven:
            slots.prove()
        sys.path.insert(0, slots.PLACE)  # as boot() found it
        sys.modules["of_the_slot"] = slots
        problem = ImportError("no module named 'x'")
        try:
            why = slots.leave(problem)
        except ImportError:
            why = None
        assert (why is not None) == proven
        assert ("of_the_slot" in sys.modules) == (not proven)
        assert ("twin" in sys.modules, slots.runs()) == (True, not proven)
        assert (slots.PLACE in sys.path) == (not proven)
        sys.path[:] = path
        sys.modules.pop("of_the_slot", None)
    assert "ImportError" in why
