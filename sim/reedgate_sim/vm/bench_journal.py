"""Runs on the VM, started by the bench `journal`: one layout of records on the rig's flash.

Arguments: layout (`journal` or `ring`), image, then for the journal: records of events and of
readings, readings that are flushed at once, segments of events and of readings; for the ring: its
records, all of which are written once. Prints lines of JSON: {"passed": records} on the way,
{"figures": {...}} at the end.
"""

import binascii
import gc
import json
import os
import struct
import sys
import time
from array import array

import flash
import lockstep

from reedgate_contract import records
from station.app.journal import Journal
from station.drivers.flash import Flash, Twin

_TELL_EVERY = 128  # flushes


class Wire:
    """No simulator at the other end: the flash only counts."""

    def __init__(self):
        self.wear = lockstep.Wear()


class CountingFlash(flash.Flash):
    """The rig's flash, and how often each of its blocks was erased."""

    def __init__(self, stream, wire, blocks):
        super().__init__(stream, wire)
        self._erased = array("I", bytes(4 * blocks))

    def _erase(self, block):
        self._erased[block] += 1
        super()._erase(block)

    def unevenness(self):
        """The block that was erased most, against the mean of all."""
        return round(max(self._erased) * len(self._erased) / max(sum(self._erased), 1), 2)


class Uptime:
    """What a record asks for its time."""

    seconds = 1
    rest_ms = 0


class Meter:
    """Time and wear of a run, and what its appends left on the heap."""

    def __init__(self, wear):
        self._wear = wear
        self._bytes = wear.bytes
        self._erases = wear.erases
        self._us = 0
        self._heap_bytes = 0

    def run(self, flushes, at_once, append, flush):
        """append() at_once records, then flush(); the collector runs outside of what is timed."""
        gc.collect()
        gc.disable()
        for number in range(1, flushes + 1):
            begin_us = time.ticks_us()
            before = gc.mem_alloc()
            for _ in range(at_once):
                append()
            self._heap_bytes += gc.mem_alloc() - before
            flush()
            self._us += time.ticks_diff(time.ticks_us(), begin_us)
            if number % _TELL_EVERY == 0 or number == flushes:
                gc.collect()
                passed = ((number - 1) % _TELL_EVERY + 1) * at_once
                print(json.dumps({"passed": passed}))
        gc.enable()

    def figures(self, name, flushes, at_once):
        count = flushes * at_once
        erases = self._wear.erases - self._erases
        written = self._wear.bytes - self._bytes
        return {
            name + "_records_per_s": round(count * 1000000 / max(self._us, 1)),
            name + "_flash_bytes_per_record": round(written / count, 1),
            name + "_erases_per_record": round(erases / count, 4),
            name + "_erases_per_flush": round(erases / flushes, 4),
            name + "_heap_bytes_per_append": round(self._heap_bytes / count, 2),
        }


def live_bytes():
    gc.collect()
    return gc.mem_alloc()


class JournalRun:
    """The journal as housekeeping uses it: room is made when wanted, and the cursor is kept."""

    def __init__(self, most_segments):
        self.full_times = 0  # flushes that the flash had no room for at first
        self.journal = Journal(Flash(), Twin("journal"), Twin("cursor"), most_segments, 4)
        self.journal.start(1)
        for stream in self.journal.streams:
            self._count_full(stream)

    def _count_full(self, stream):
        abandon = stream.abandon

        def abandon_and_count():
            self.full_times += 1
            abandon()

        stream.abandon = abandon_and_count

    def append_event(self):
        self.journal.note(records.KIND_BOOT, Uptime)

    def append_reading(self):
        stream = self.journal.readings
        if stream.reserve(1):
            at = stream.append(records.KIND_READING, 0x11, 0, 0, 1)
            struct.pack_into(records.READING, stream.buffer, at, 1, 2, 3, 4)

    def flush_events(self):
        self._flush(self.journal.events)

    def flush_readings(self):
        self._flush(self.journal.readings)

    def _flush(self, stream):
        journal = self.journal
        journal.flush(stream)
        if journal.wants_room():
            journal.make_room()
        stream.confirm(stream.flushed_seq)
        journal.keep_cursor()


def run_journal(wear, words):
    events, readings, at_once, event_segments, reading_segments = words
    before = live_bytes()
    used = JournalRun((event_segments, reading_segments))
    meter = Meter(wear)
    meter.run(events, 1, used.append_event, used.flush_events)
    figures = meter.figures("events", events, 1)
    flushes = readings // at_once
    meter = Meter(wear)
    meter.run(flushes, at_once, used.append_reading, used.flush_readings)
    figures.update(meter.figures("readings", flushes, at_once))
    figures["heap_live_bytes"] = live_bytes() - before
    figures["flash_full_times"] = used.full_times
    for stream in used.journal.streams:
        if stream.refused or stream.dropped or stream.waiting:
            raise ValueError("not every record reached the flash")
    return figures


def run_ring(wear, words):
    """Records in place in one file, each flushed: the layout that first comes to mind."""
    count = words[0]
    blank = bytes(records.RECORD_SIZE)
    with open("ring", "wb") as stream:
        for _ in range(count):
            stream.write(blank)
    before = live_bytes()
    stream = open("ring", "r+b")  # noqa: SIM115 - for the life of the VM
    record = bytearray(records.RECORD_SIZE)
    view = memoryview(record)
    body = view[:-4]
    seq = 0

    def append():
        nonlocal seq
        seq += 1
        struct.pack_into("<BBBBII", record, 0, records.KIND_BOOT, 0x11, 0, 0, seq, 1)
        struct.pack_into("<I", record, records.RECORD_SIZE - 4, binascii.crc32(body))

    def flush():
        stream.seek((seq - 1) % count * records.RECORD_SIZE)
        stream.write(record)
        stream.flush()

    meter = Meter(wear)
    meter.run(count, 1, append, flush)
    figures = meter.figures("events", count, 1)
    figures["heap_live_bytes"] = live_bytes() - before
    return figures


def main(layout, image, *words):
    wire = Wire()
    blocks = os.stat(image)[6] // flash.ERASE_SIZE
    device = CountingFlash(open(image, "r+b"), wire, blocks)  # noqa: SIM115 - life of the VM
    flash.mount(device, "littlefs")
    os.chdir(flash.PLACE)
    device.begin_life()
    run = run_journal if layout == "journal" else run_ring
    figures = run(wire.wear, [int(word) for word in words])
    figures["wear_unevenness"] = device.unevenness()
    print(json.dumps({"figures": figures}))


if __name__ == "__main__":
    main(*sys.argv[1:])
