"""One run on the emulated chip that writes all that a station keeps, and each power cut in it.

A small program, typed into the chip's console, uses the firmware's own code for each step; after
each it toggles a pin, which says to the outside that the step's content is on the flash for good.
"""

import binascii
import struct
from dataclasses import dataclass, field

import pico

from reedgate_contract import records
from reedgate_sim import flash
from reedgate_sim.campaign.books import journal_of
from reedgate_sim.rp2040.chip import Chip
from reedgate_sim.rp2040.flash_log import FlashLog

ACK_PIN = 26
AT_ONCE = 4  # records of a flush
_PROMPT = b"raw REPL; CTRL-B to exit\r\n>"
_ROUND = ("events", "config", "copy", "slot", "cursor", "latches", "events", "start")
STEPS = (*_ROUND, *_ROUND, *_ROUND, "events", "config", "copy", "slot", "cursor")
COMMITS = ("config", "copy", "slot", "cursor")

_PROGRAM = f"""
import binascii
import os
import slots
from machine import Pin
from station.app.journal import Journal
from station.drivers.flash import Copy, Flash, Twin
from station.drivers.system import read_file
ack = Pin({ACK_PIN}, Pin.OUT, value=0)
latches = Twin("latches")
count = 0
def start():
    global journal
    journal = Journal(Flash(), Twin("journal"), Twin("cursor"), (8, 58), 4)
    journal.start(0x5F3A9C01)
def events():
    for _ in range({AT_ONCE}):
        journal.events.reserve(1)
        journal.events.append({records.KIND_READING}, 0x11, 0, 0x11, 5)
    journal.flush(journal.events)
def config():
    with open(("first", "second")[count % 2], "rb") as source:
        content = source.read()
    with open("config.bin.new", "wb") as target:
        target.write(content)
    os.rename("config.bin.new", "config.bin")
def copy():
    crc32 = binascii.crc32(read_file("config.bin")) & 0xFFFFFFFF
    made = Copy("config.bin", "proven.bin", crc32)
    while not made.step():
        pass
def slot():
    slots._write((1, count, 100, 0))
def cursor():
    global count
    journal.events.confirm(journal.events.flushed_seq)
    journal._cursor_at = -1000
    assert journal.keep_cursor()
    count += 1
start()
for step in ({", ".join(STEPS)},):
    if step is latches:
        step.write(bytes((count, 1, 2, 3)))
    else:
        step()
    ack.toggle()
print("all is written")
"""


@dataclass
class Run:
    log: FlashLog
    acks_us: list[int]
    configs: tuple[bytes, bytes]
    scratch: object  # a file for images
    cuts: list[tuple[int, bool]] = field(default_factory=list)

    def done(self, number):
        """How many steps had been acknowledged when the operation came."""
        return sum(at_us < self.log.operations[number].at_us for at_us in self.acks_us)

    def in_commit(self, number):
        done = self.done(number)
        return bool(self.acks_us) and done < len(STEPS) and STEPS[done] in COMMITS


def written(configs, scratch):
    """The run; every operation, absent and torn, is one of its cuts."""
    files = {"first": configs[0], "second": configs[1]}
    chip = Chip(pico.flash_with(pico.file_system(files)))
    console = chip.console
    assert chip.run_us(3_000_000, until=lambda: b"outputs off" in console.printed)
    console.type(b"\x03")
    assert chip.run_us(1_000_000, until=lambda: b">>> " in console.printed)
    console.type(b"\x01")
    assert chip.run_us(1_000_000, until=lambda: console.printed.endswith(_PROMPT))
    log = FlashLog(chip)
    first = len(chip.edges)
    console.type(_PROGRAM.encode() + b"\x04")
    assert chip.run_us(20_000_000, until=lambda: b"all is written" in console.printed), bytes(
        console.printed[-600:]
    )
    edges = [at_us for at_us, pin, _ in chip.edges[first:] if pin == ACK_PIN]
    run = Run(log, edges[-len(STEPS) :], configs, scratch)
    run.cuts = [(n, torn) for n in range(len(log.operations)) for torn in (False, True)]
    return run


def files_of(image, scratch):
    """The files of a whole flash, by name; LittleFSError when it does not mount."""
    scratch.write_bytes(image[pico.FILES_AT : pico.FILES_AT + pico.size_of_files()])
    return flash.read_files(scratch)


def judge(files, run, number):
    """What had been acknowledged is there, and of what the cut met either state, whole.

    A file's very first write may leave it empty: that is as good as none.
    """
    done = run.done(number)
    before, met = STEPS[:done], STEPS[done : done + 1]
    seqs = sorted(seq for stream, _, seq in journal_of(files) if stream == 1)
    least = AT_ONCE * before.count("events")
    assert seqs[:least] == list(range(1, least + 1)), "confirmed records are lost"
    for name, step in (("config.bin", "config"), ("proven.bin", "copy")):
        writes = before.count(step)
        allowed = [_config(run, writes)] + [_config(run, writes + 1)] * (step in met)
        assert (files.get(name) or None) in allowed, f"{name} is neither the old nor the new one"
    _judge_twin(files, "slot", before, met, lambda n: struct.pack("<BBII", 1, n - 1, 100, 0))
    confirmed = [
        AT_ONCE * STEPS[:at].count("events") for at, step in enumerate(STEPS) if step == "cursor"
    ]
    pack = lambda n: struct.pack("<III", 0x5F3A9C01, confirmed[n - 1], 0)  # noqa: E731
    _judge_twin(files, "cursor", before, met, pack)


def _config(run, writes):
    return run.configs[(writes - 1) % 2] if writes else None


def _judge_twin(files, name, before, met, content):
    writes = before.count(name)
    allowed = [content(writes) if writes else None]
    if name in met:
        allowed.append(content(writes + 1))
    assert newest(files, name) in allowed, f"{name} is neither the old nor the new one"


def twin(content):
    """A first copy of it, by the same format."""
    body = struct.pack("<IH", 1, len(content)) + content
    body += bytes(max(1020 - len(body), 0))
    return struct.pack("<I", binascii.crc32(body)) + body


def newest(files, name):
    """The content of the newest good copy, by the format of twin.py."""
    found = []
    for blob in (files.get(f"{name}.a", b""), files.get(f"{name}.b", b"")):
        if len(blob) > 10 and struct.unpack_from("<I", blob)[0] == binascii.crc32(blob[4:]):
            generation, size = struct.unpack_from("<IH", blob, 4)
            found.append((generation, blob[10 : 10 + size]))
    return max(found)[1] if found else None
