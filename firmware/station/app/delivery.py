"""The journal's way up: one sealed batch at a time, kept until the gateway's own confirmation.

A PUBACK confirms nothing. What is not confirmed in time is sealed and sent again; the gateway
stores each record once, so sending twice does no harm.
"""

import struct

from reedgate_contract import records, topics
from reedgate_contract.compat import const
from station.core.proof import hmac_sha256
from station.core.ticks import elapsed_ms

_HEAD_SIZE = const(26)
_RESEND_MS = const(10000)
_BOOT_N_AT = const(8)  # in a batch's head
_UPTIME_AT = const(8)  # in a record


class Delivery:
    """prepare() reads flash and hashes: one step of the housekeeping slot. The uplink sends."""

    def __init__(self, clock, journal, uptime, key, sha256, site_id, station_id):
        self.topic = topics.topic(site_id, station_id, topics.JOURNAL).encode()
        self.batch = None  # sealed bytes that wait to be sent, or await their confirmation
        self.sent = False
        self._clock = clock
        self._journal = journal
        self._uptime = uptime
        self._key = key
        self._sha256 = sha256
        room = _HEAD_SIZE + records.MOST_IN_BATCH * records.RECORD_SIZE + records.HMAC_SIZE
        self._buffer = bytearray(room)
        self._view = memoryview(self._buffer)
        self._stream = None
        self._first_seq = 0
        self._sent_ms = 0

    def wants_to_prepare(self):
        """Also when a sent one has waited too long for its confirmation.

        It is sealed anew and never sent as it was: a confirmation counts from the uptime that the
        batch tells, so that of an old batch would always come too late.
        """
        if self.batch is not None and not self._overdue():
            return False
        return self._next_stream() is not None

    def _overdue(self):
        return self.sent and elapsed_ms(self._clock.now_ms(), self._sent_ms) >= _RESEND_MS

    def _next_stream(self):
        """Events before readings."""
        for stream in self._journal.streams:
            if stream.unconfirmed():
                return stream
        return None

    def prepare(self):
        """The next batch, sealed; never of two starts, since never of two segments."""
        stream = self._next_stream()
        most = records.MOST_IN_BATCH
        segment, first, count = stream.read_batch(self._buffer, _HEAD_SIZE, most)
        if not count:
            return
        struct.pack_into(
            records.BATCH,
            self._buffer,
            0,
            records.BATCH_VERSION,
            stream.code,
            count,
            self._journal.epoch,
            segment.boot_n,
            stream.first_held,
            first,
            self._uptime.seconds,
            self._uptime.rest_ms,
        )
        size = _HEAD_SIZE + count * records.RECORD_SIZE
        body = self._view[:size]
        proof = hmac_sha256(self._sha256, self._key, (self.topic, b"\0", body))
        self._buffer[size : size + records.HMAC_SIZE] = proof
        self.batch = self._view[: size + records.HMAC_SIZE]
        self.sent = False
        self._stream = stream
        self._first_seq = first

    def oldest_s(self, stream):
        """Age of the oldest unconfirmed record; None if unknown or of another start."""
        if self.batch is None or stream is not self._stream:
            return None
        boot_n = struct.unpack_from("<I", self._buffer, _BOOT_N_AT)[0]
        if boot_n != self._journal.boot_n:
            return None
        first_s = struct.unpack_from("<I", self._buffer, _HEAD_SIZE + _UPTIME_AT)[0]
        return self._uptime.seconds - first_s

    def was_sent(self):
        self.sent = True
        self._sent_ms = self._clock.now_ms()

    def due(self):
        """Whether the batch is to be sent now."""
        return self.batch is not None and not self.sent

    def confirm(self, code, epoch, seq):
        """The gateway has the stream up to seq. False when that cannot be."""
        stream = self._journal.confirm(code, epoch, seq)
        if stream is not None and stream is self._stream and seq + 1 != self._first_seq:
            self.batch = None  # the next one starts behind what is confirmed now
        return stream is not None

    def connected(self):
        """What was sealed before has the uptime of then: see wants_to_prepare()."""
        self.batch = None
