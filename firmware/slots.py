"""Which firmware runs: the frozen one, or that of slot A or B. Frozen itself, outside the slots.

The record, held twice, names the slot, how often it was tried, and the size and CRC-32 of its
image. Without a record, and whenever anything is wrong with it or with its slot, the frozen
firmware runs: choose() never raises. A slot that has not proved itself within its tries is left.
"""

import binascii
import struct
import sys

import vfs

from twin import Twin

RECORD_NAME = "slot"
RECORD = "<BBII"  # slot, tries used, size and CRC-32 of its image
SLOTS = (1, 2)  # A, B: the two halves of the flash's ROM partition
MOST_TRIES = 3
PROVEN = 255  # in place of the tries
PLACE = "/slot"
_START_MS = 8000  # of the watchdog, for a slot whose very first import fails

_running = []  # the record of the slot that runs
_frozen = []  # names of the modules from before it


def choose():
    """Called by boot.py, before any import of `station`. sys.path is then [slot, '.frozen']."""
    try:
        _choose()
    except Exception as problem:
        print("the slot is not used:", problem)


def runs():
    """Whether it is a slot's firmware that runs."""
    return bool(_running)


def leave(problem):
    """The slot's main.py has come to its end: what it imported is forgotten, the frozen firmware
    goes on. Gives why, for its safe mode; raises what a slot on trial ended with, for the watchdog
    that runs with every try ends that one.
    """
    if _running[0][1] != PROVEN:
        raise problem
    _running.clear()
    sys.path.remove(PLACE)
    for name in list(sys.modules):
        if name not in _frozen:
            del sys.modules[name]
    return "the slot's firmware does not start: %s: %s" % (type(problem).__name__, problem)


def prove():
    """The slot that runs is a good one. Raises OSError when the flash does not take it."""
    if _running and _running[0][1] != PROVEN:
        slot, _, size, crc32 = _running[0]
        _write((slot, PROVEN, size, crc32))


def _choose():
    content = Twin(RECORD_NAME).read()
    if content is None:
        return
    slot, tries, size, crc32 = struct.unpack(RECORD, content)
    if slot not in SLOTS:
        return
    if tries != PROVEN and tries >= MOST_TRIES:
        raise ValueError("it has not proved itself in %d tries" % tries)
    half = _half(slot)
    if size > len(half) or binascii.crc32(half[:size]) & 0xFFFFFFFF != crc32:
        raise ValueError("it is not whole")
    vfs.mount(vfs.VfsRom(half), PLACE)
    if tries != PROVEN:
        tries += 1
        _write((slot, tries, size, crc32))  # not counted, not tried
        from machine import WDT

        WDT(timeout=_START_MS)
    _running.append((slot, tries, size, crc32))
    _frozen[:] = list(sys.modules)
    sys.path.insert(0, PLACE)


def _half(slot):
    partition = memoryview(vfs.rom_ioctl(2, 0))
    size = len(partition) // 2
    return partition[(slot - 1) * size : slot * size]


def _write(record):
    twin = Twin(RECORD_NAME)
    twin.read()  # which of its two files is the older
    twin.write(struct.pack(RECORD, *record))
    if _running:
        _running[0] = record
