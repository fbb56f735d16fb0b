"""What the record's tests share: the desk's station on the rig, and a far end that keeps books.

The firmware is the real one; before its main.py stands TAP, which prints what has reached the
flash at the moment the flush returns. What a power cut may take is judged on those lines alone.
"""

import binascii
import itertools
import re
import struct

from station_rig import KEY, StationRun, before_the_firmware

from reedgate_boards.site.locator import board_dir, firmware_dir
from reedgate_contract import records
from reedgate_sim.confirmer import Confirmer

OPEN, CLOSE = "RELAY_1", "RELAY_2"

TAP = """
from station.app import journal as _journal
from station.core import latches as _latches
from station.drivers import flash as _flash

_flush = _journal.Stream.flush
_write = _flash.Twin.write
_restore = _latches.Latches.restore


def _told_flush(self):
    _flush(self)
    print("flushed", self.code, self._epoch, self.flushed_seq)


def _told_write(self, content):
    _write(self, content)
    print("kept", self._names[0], bytes(content).hex())


def _told_restore(self, content, now_ms):
    fits = _restore(self, content, now_ms)
    print("restored", bytes(self.content).hex(), fits)
    return fits


_journal.Stream.flush = _told_flush
_flash.Twin.write = _told_write
_latches.Latches.restore = _told_restore
"""


class Ledger(Confirmer):
    """A Confirmer that also notes what must never come: another content of a known record."""

    def __init__(self, seed=0, mode="ok"):
        super().__init__("desk", "inlet", KEY, seed=seed, mode=mode)
        self.conflicts = []
        self.broken = []  # records whose CRC or seq is not what the batch says
        self.gaps = {}  # (stream, epoch): the highest first_held told

    def _take(self, topic, payload):
        head, content, _ = records.unpack_batch(payload)
        _, stream, count, epoch, boot_n, first_held, first_seq, _, _ = head
        held = self.gaps.get((stream, epoch), 0)
        self.gaps[stream, epoch] = max(held, first_held)
        for index in range(count):
            record = content[index * 32 : index * 32 + 32]
            place = (stream, epoch, first_seq + index)
            if not intact(record) or seq_of(record) != place[2]:
                self.broken.append(place)
            if self.records.get(place, (boot_n, record)) != (boot_n, record):
                self.conflicts.append(place)
        super()._take(topic, payload)

    def seqs(self, stream, epoch):
        return sorted(seq for s, e, seq in self.records if (s, e) == (stream, epoch))

    def holes(self):
        """[(stream, epoch, seq)] that are neither here nor told to be gone."""
        found = []
        for stream, epoch in self.gaps:
            there = set(self.seqs(stream, epoch))
            first_held = self.gaps[stream, epoch]
            found += [
                (stream, epoch, seq)
                for seq in range(first_held, max(there, default=0))
                if seq not in there
            ]
        return found

    def epochs(self):
        return {epoch for _, epoch, _ in self.records}

    def lost(self):
        """Places that hold a KIND_LOST in the place of a record."""
        return {place for place, (_, each) in self.records.items() if is_lost(each)}


def intact(record):
    return binascii.crc32(record[:28]) == struct.unpack_from("<I", record, 28)[0]


def _without_restarts(latches):
    """Their content in hex, less the count that each restart changes."""
    return latches[:10] + latches[12:]


def seq_of(record):
    return struct.unpack_from("<I", record, 4)[0]


def is_lost(record):
    return record[0] == records.KIND_LOST


def tapped(folder, monkeypatch, tap=TAP, **patches):
    """The firmware with the tap before its main.py; patches: {"station/app/x.py": (old, new)}.

    A name that the firmware does not have is of the board.
    """
    folder.mkdir()
    main = (firmware_dir() / "main.py").read_text(encoding="utf-8")
    (folder / "main.py").write_text(tap + main, encoding="utf-8")
    for name, (old, new) in patches.items():
        sources = (firmware_dir() / name, board_dir("HOST") / name)
        text = next(each for each in sources if each.is_file()).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{name} holds {old!r} {text.count(old)} times"
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace(old, new), encoding="utf-8")
    before_the_firmware(folder, monkeypatch)


class TappedRun(StationRun):
    """A station whose firmware has the tap; `on` is in seconds of the run."""

    def on(self, after_s=1.0):
        """Power again, after a while without."""
        self.to(self.now_s + after_s)
        self.rig.power_on()

    def flushed(self):
        """{stream: (epoch, highest seq)} whose flush has returned, of the last journal."""
        return {stream: (epoch, seq) for (epoch, stream), seq in self.all_flushed().items()}

    def all_flushed(self):
        """{(epoch, stream): highest seq} whose flush has returned, over all starts."""
        lines = re.findall(r"^flushed (\d) (\d+) (\d+)$", self.rig.console, re.MULTILINE)
        return {(int(epoch), int(stream)): int(seq) for stream, epoch, seq in lines}

    def kept_latches(self):
        """The latches' content whose write has returned last; None before the first."""
        return (self.all_kept_latches() or [None])[-1]

    def all_kept_latches(self):
        """In their order, each once though it is kept twice."""
        kept = re.findall(r"^kept latches\.a ([0-9a-f]+)$", self.rig.console, re.MULTILINE)
        return [content for content, _ in itertools.groupby(map(_without_restarts, kept))]

    def restored_latches(self):
        found = re.findall(r"^restored ([0-9a-f]+) (\w+)$", self.rig.console, re.MULTILINE)
        return (_without_restarts(found[-1][0]), found[-1][1]) if found else None

    def closed_since(self, at_us):
        """Instants, in us, at which the close relay was energised."""
        return self._energised(CLOSE, at_us)

    def opened_since(self, at_us):
        return self._energised(OPEN, at_us)

    def _energised(self, relay, since_us):
        at_relay = [(at, level) for at, terminal, level in self.outputs if terminal == relay]
        return [at for at, level in at_relay if level and at >= since_us]


class Station(TappedRun):
    """One station with its ledger."""

    def __init__(self, scenario="turbidity_upset", ledger=None, seed=1, **options):
        self.ledger = ledger or Ledger(seed)
        super().__init__(scenario, self.ledger, seed, **options)

    def everything_told(self):
        """Whether the ledger holds all that was flushed."""
        places = [(stream, *place) for stream, place in self.flushed().items()]
        return all(place in self.ledger.records for place in places)


def journal_is_whole(station):
    """What has to hold for every life of a station, told all that it has."""
    ledger = station.ledger
    assert ledger.conflicts == [], "one record, two contents"
    assert ledger.broken == [], "a record that is not what its batch says"
    assert ledger.holes() == [], "missing, and nobody says so"
    assert ledger.refused == 0
    assert ledger.violations == []
    for stream, (epoch, seq) in station.flushed().items():
        held = ledger.gaps.get((stream, epoch), 1)
        missing = set(range(held, seq + 1)) - set(ledger.seqs(stream, epoch))
        assert not missing, f"stream {stream}: flushed and gone: {sorted(missing)[:9]}"
