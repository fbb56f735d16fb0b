"""Modbus RTU master of one port: one request at a time, its reply or the reason for none.

No retries: the next poll is the retry. After a time-out or a bad frame the same unit is not asked
again before guard_ms have passed, and whatever arrives meanwhile is thrown away, so that an answer
that comes late is never taken for the answer to a later request.
"""

from reedgate_contract.compat import const
from station.core import rtu_frame
from station.core.ticks import elapsed_ms, later

OK = const(0)
NO_ANSWER = const(1)
BAD_FRAME = const(2)
EXCEPTION = const(3)

_LUMP = const(64)
_SILENT_CHARACTERS = const(4)  # 3.5 on the line, rounded up to whole ones
_LEAST_SILENCE_MS = const(2)  # above 19200 baud the silence between frames is 1.75 ms
_JITTER_MS = const(2)  # how much later than the line the UART may show a byte


class RtuMaster:
    def __init__(self, port, clock, guard_ms):
        """port: an Rs485, or anything with its methods."""
        self._port = port
        self._clock = clock
        self._guard_ms = guard_ms
        self._silence_ms = max(port.time_of_ms(_SILENT_CHARACTERS), _LEAST_SILENCE_MS)
        self._gap_ms = self._silence_ms + _JITTER_MS
        self._free_from_ms = clock.now_ms()  # when the line has been silent long enough
        self._request = bytearray(rtu_frame.MAX_ADU)
        self._request_views = {}  # size of a request: a view of that many bytes of it
        self._received = bytearray(rtu_frame.MAX_ADU)
        self._size = 0
        self._lump = bytearray(_LUMP)
        self._guarded_until_ms = {}  # unit id: tick; an entry goes with the next request
        self.start = 0  # where the last good reply starts in its buffer
        self.exception = 0

    async def read(self, unit_id, function_code, address, count, timeout_ms):
        """Read registers; the outcome. After OK the reply is in `reply`, at `start`."""
        await self._until_unguarded(unit_id)
        size = rtu_frame.build_request(self._request, unit_id, function_code, address, count)
        reply_size = rtu_frame.reply_size_of(function_code, count)
        return await self._transact(size, reply_size, timeout_ms)

    async def write_single(self, unit_id, address, value, timeout_ms):
        await self._until_unguarded(unit_id)
        function_code = rtu_frame.FC_WRITE_SINGLE_REGISTER
        size = rtu_frame.build_request(self._request, unit_id, function_code, address, value)
        return await self._transact(size, 8, timeout_ms)

    async def write_multiple(self, unit_id, address, values, timeout_ms):
        await self._until_unguarded(unit_id)
        size = rtu_frame.build_write_multiple(self._request, unit_id, address, values)
        return await self._transact(size, 8, timeout_ms)

    async def send_raw(self, unit_id, pdu, reply_size, timeout_ms):
        """A request that a maker prescribes. reply_size: of the whole reply ADU."""
        await self._until_unguarded(unit_id)
        size = rtu_frame.build_raw(self._request, unit_id, pdu)
        return await self._transact(size, reply_size, timeout_ms)

    @property
    def reply(self):
        """The buffer of the last reply: copy out before the next request."""
        return self._received

    async def _until_unguarded(self, unit_id):
        until_ms = self._guarded_until_ms.pop(unit_id, None)
        if until_ms is not None and elapsed_ms(until_ms, self._clock.now_ms()) > 0:
            await self._clock.sleep_until(until_ms)

    async def _transact(self, size, reply_size, timeout_ms):
        port = self._port
        clock = self._clock
        await self._until_silent(timeout_ms)
        view = self._request_views.get(size)
        if view is None:
            view = self._request_views[size] = memoryview(self._request)[:size]
        self._size = 0
        port.write(view)
        on_the_wire_ms = port.time_of_ms(size + reply_size)
        deadline_ms = later(clock.now_ms(), timeout_ms + on_the_wire_ms)
        until_ms = deadline_ms
        while await clock.wait_readable(port, until_ms):
            self._take_in()
            self.start = rtu_frame.find_reply(
                self._received, self._size, self._request, reply_size
            )
            if self.start >= 0:
                self._free_from_ms = later(clock.now_ms(), self._silence_ms)
                self.exception = rtu_frame.exception_code(self._received, self.start)
                return EXCEPTION if self.exception else OK
            if self._size >= rtu_frame.MAX_ADU:
                break  # nothing that long can be an answer
            gap_end_ms = later(clock.now_ms(), self._gap_ms)
            until_ms = gap_end_ms if elapsed_ms(deadline_ms, gap_end_ms) > 0 else deadline_ms
        now_ms = clock.now_ms()
        self._free_from_ms = later(now_ms, self._silence_ms) if self._size else now_ms
        self._guarded_until_ms[self._request[0]] = later(now_ms, self._guard_ms)
        return BAD_FRAME if self._size else NO_ANSWER

    async def _until_silent(self, patience_ms):
        """The silence that parts two frames; what still arrives runs out and is thrown away."""
        port = self._port
        clock = self._clock
        give_up_ms = later(clock.now_ms(), patience_ms)
        while elapsed_ms(give_up_ms, clock.now_ms()) > 0:
            if port.any():
                port.read_into(self._lump)
                self._free_from_ms = later(clock.now_ms(), self._silence_ms)
            elif elapsed_ms(self._free_from_ms, clock.now_ms()) <= 0:
                return
            await clock.wait_readable(port, self._free_from_ms)
        while port.any():
            port.read_into(self._lump)

    def _take_in(self):
        """Append what has arrived; what does not fit is read away."""
        lump = self._lump
        received = self._received
        size = self._port.read_into(lump)
        at = self._size
        room = rtu_frame.MAX_ADU - at
        for index in range(size if size < room else room):
            received[at] = lump[index]
            at += 1
        self._size = at
