"""What comes down: envelopes of `ack`, `time` and `cmd`, each judged before its content is looked
at, by whatever way it came.

Nothing here can stop or slow a scan; a refusal is an event, and nothing else happens.
"""

import struct

from reedgate_contract import envelope, records, topics
from reedgate_contract.compat import const
from station.core.proof import hmac_sha256, same

_HEAD_SIZE = const(20)
_TAKEN = const(0)
_TOLD_AT_ONCE = const(8)  # refusals; after these one in a minute, so that forgeries wear no flash
_TOLD_EVERY_S = const(60)
_LONGEST_AHEAD_S = const(30)
_MOST_COUNTED = const(0x3FFFFFFF)
_EARLIEST_UNIX = const(1700000000)  # before this firmware was written: no clock says that


class Downlink:
    def __init__(self, journal, delivery, commands, uptime, key, sha256, site_id, station_id):
        self.refused = 0
        self.counter = 0  # the last that was accepted
        self._may_tell = _TOLD_AT_ONCE  # refusals that may become events at once
        self._earned_s = 0  # up to when
        self._journal = journal
        self._delivery = delivery
        self._commands = commands
        self._proven = 0  # counter of the message under judgement, once its proof holds
        self._uptime = uptime
        self.season = None  # told of the gateway's clock, where there is one
        self._key = key
        self._sha256 = sha256
        self._codes = {}
        for leaf, code in envelope.TOPIC_CODES.items():
            self._codes[topics.topic(site_id, station_id, leaf).encode()] = code
        self.topics = list(self._codes)

    def take_unaddressed(self, message):
        """As take(), by a way that knows no topics: the envelope itself says which it is of."""
        for topic, code in self._codes.items():
            if len(message) > 1 and message[1] == code:
                return self.take(topic, message, False)
        return self.take(b"", message, False)

    def take(self, topic, message, retained):
        """One message; 0 when it was taken, else the reason of its refusal."""
        self._proven = 0
        reason = self._reason_against(topic, message, retained)
        if reason == _TAKEN:
            reason = self._content(message[1], message[_HEAD_SIZE : -envelope.HMAC_SIZE])
        if reason != _TAKEN:
            self._refuse(self._codes.get(topic, 0), reason)
        return reason

    def _reason_against(self, topic, message, retained):
        code = self._codes.get(topic, 0)
        if not code or len(message) < _HEAD_SIZE + envelope.HMAC_SIZE:
            return envelope.REFUSED_FORM
        if retained:
            return envelope.REFUSED_RETAINED
        proof = hmac_sha256(
            self._sha256, self._key, (topic, b"\0", message[: -envelope.HMAC_SIZE])
        )
        if not same(proof, message[-envelope.HMAC_SIZE :]):
            return envelope.REFUSED_PROOF
        head = struct.unpack(envelope.HEAD, message[:_HEAD_SIZE])
        version, stated, epoch, boot_n, counter, not_after_s, not_after_ms = head
        self._proven = counter
        if version != envelope.VERSION or stated != code:
            return envelope.REFUSED_FORM
        if epoch != self._journal.epoch or boot_n != self._journal.boot_n:
            return envelope.REFUSED_BOOT
        if counter <= self.counter:
            return envelope.REFUSED_COUNTER
        left_s = not_after_s - self._uptime.seconds
        left_ms = not_after_ms - self._uptime.rest_ms  # of the last scan: a little in the past
        if left_s < 0 or (left_s == 0 and left_ms < 0):
            return envelope.REFUSED_LATE
        if left_s > _LONGEST_AHEAD_S or (left_s == _LONGEST_AHEAD_S and left_ms > 0):
            return envelope.REFUSED_AHEAD
        self.counter = counter
        return _TAKEN

    def _content(self, code, body):
        if code == envelope.TOPIC_ACK:
            return self._ack(body)
        if code == envelope.TOPIC_TIME:
            return self._time(body)
        return self._commands.take(body, self.counter)

    def _ack(self, body):
        if len(body) != struct.calcsize(envelope.ACK):
            return envelope.REFUSED_CONTENT
        known = self._delivery.confirm(*struct.unpack(envelope.ACK, body))
        return _TAKEN if known else envelope.REFUSED_CONTENT

    def _time(self, body):
        """The gateway's clock becomes an anchor: an event that ties uptime to unix time."""
        if len(body) != struct.calcsize(envelope.TIME):
            return envelope.REFUSED_CONTENT
        unix_s, unix_ms, uncertainty_ms = struct.unpack(envelope.TIME, body)
        events = self._journal.events
        if unix_s < _EARLIEST_UNIX or unix_ms > 999:
            return envelope.REFUSED_CONTENT
        if not events.reserve(1):
            return envelope.REFUSED_BUSY
        at = events.append(records.KIND_ANCHOR, 0x11, 0, 0, self._uptime.seconds)
        struct.pack_into(
            records.ANCHOR,
            events.buffer,
            at,
            self._uptime.rest_ms,
            unix_s,
            unix_ms,
            uncertainty_ms,
            records.ANCHOR_FROM_GATEWAY,
        )
        if self.season is not None:
            self.season.tell(unix_s)
        return _TAKEN

    def _refuse(self, code, reason):
        self.refused = (self.refused + 1) & _MOST_COUNTED
        events = self._journal.events
        if self._tells_refusal() and events.reserve(1):
            at = events.append(records.KIND_REFUSAL, 0x11, 0, 0, self._uptime.seconds)
            struct.pack_into(
                records.REFUSAL,
                events.buffer,
                at,
                self._uptime.rest_ms,
                code,
                reason,
                self.counter,
                self.refused,
                self._proven,
            )

    def _tells_refusal(self):
        """Whether this one becomes an event; the next that does has the count of all."""
        earned = (self._uptime.seconds - self._earned_s) // _TOLD_EVERY_S
        self._earned_s += earned * _TOLD_EVERY_S
        self._may_tell = min(self._may_tell + earned, _TOLD_AT_ONCE)
        if not self._may_tell:
            return False
        self._may_tell -= 1
        return True
