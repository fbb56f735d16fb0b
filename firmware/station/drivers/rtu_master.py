"""Modbus RTU master of one port: one request at a time, its reply or the reason for none.

No retries: the next poll is the retry. After a time-out or a bad frame the same unit is not asked
again before guard_ms have passed since the answer's time was over, and whatever arrives meanwhile
is thrown away, so that an answer that comes late is never taken for that to a later request.

A reply that is spoilt or breaks off ends the request with the gap behind it. What cannot even be
the beginning of one is noise, or somebody else: it is thrown away, and the answer's time goes on.

An adapter that hears what it sends gives a write of one register its own echo, which is what the
slave would answer. Every other request tells whether it does; then such a write is not believed.
"""

from reedgate_contract.compat import const
from station.core import rtu_frame
from station.core.ticks import elapsed_ms, later

OK = const(0)
NO_ANSWER = const(1)
BAD_FRAME = const(2)
EXCEPTION = const(3)
OUTCOMES = (NO_ANSWER, BAD_FRAME, EXCEPTION)  # of which nothing can be read

_LUMP = const(64)
_GAP_CHARACTERS = const(4)  # 3.5 on the line, rounded up to whole ones
_JITTER_MS = const(2)  # how much later than the line the UART may show a byte
_LEAST_GAP_MS = const(2)
_OUTCOMES = const(4)


class RtuMaster:
    """Await what its methods give at once: there is one transaction, and it is used again."""

    def __init__(self, port, clock, guard_ms):
        """port: an Rs485, or anything with its methods."""
        self._port = port
        self._clock = clock
        self._guard_ms = guard_ms
        self._look_ms = port.look_ms
        self._setting = None  # as the port was set up
        self._gap_ms = self._silence_us = 0
        self._reckon()
        self._heard_ms = clock.now_ms()  # the line's last sign of life, in two units: the
        self._heard_us = clock.now_us()  # microseconds alone come round after 9 minutes
        self._silent = False  # long enough since; both units come round at last
        self._request = bytearray(rtu_frame.MAX_ADU)
        self._request_views = {}  # size of a request: a view of that many bytes of it
        self._request_size = 0
        self._reply_size = 0
        self._timeout_ms = 0
        self._received = bytearray(rtu_frame.MAX_ADU)
        self._size = 0
        self._crowded = False  # as much as a frame was thrown away
        self._lump = bytearray(_LUMP)
        self._guarded_until_ms = {}  # unit id: tick; an entry goes with the next request
        self._not_before_ms = 0
        self._deadline_ms = 0
        self._until_ms = 0
        self._transaction = _Transaction(self)
        self.start = 0  # where the last good reply starts in its buffer
        self.exception = 0
        self.echoes = False  # the last request that could tell came back

    def speak(self, setting):
        """In which of the port's settings the next requests go out, and are answered."""
        self._setting = setting

    def read(self, unit_id, function_code, address, count, timeout_ms):
        """Read registers; the outcome. After OK the reply is in `reply`, at `start`."""
        transaction = self._transaction.begun()
        size = rtu_frame.build_request(self._request, unit_id, function_code, address, count)
        self._prepare(size, rtu_frame.reply_size_of(function_code, count), timeout_ms)
        return transaction

    def write_single(self, unit_id, address, value, timeout_ms):
        transaction = self._transaction.begun()
        function_code = rtu_frame.FC_WRITE_SINGLE_REGISTER
        size = rtu_frame.build_request(self._request, unit_id, function_code, address, value)
        self._prepare(size, 8, timeout_ms)
        return transaction

    def write_multiple(self, unit_id, address, values, timeout_ms):
        transaction = self._transaction.begun()
        size = rtu_frame.build_write_multiple(self._request, unit_id, address, values)
        self._prepare(size, 8, timeout_ms)
        return transaction

    def send_raw(self, unit_id, pdu, reply_size, timeout_ms):
        """A request that a maker prescribes. reply_size: of the whole reply ADU."""
        transaction = self._transaction.begun()
        size = rtu_frame.build_raw(self._request, unit_id, pdu)
        self._prepare(size, reply_size, timeout_ms)
        return transaction

    @property
    def reply(self):
        """The buffer of the last reply: copy out before the next request."""
        return self._received

    def transactions(self):
        """All of them, one after the other: None while one waits, its outcome at its end. One
        generator for life, because each coroutine that is awaited takes its place on the heap.
        """
        port = self._port
        clock = self._clock
        while True:
            while not self._may_send():
                yield from clock.wait_readable(port, self._until_ms)
            self._send()
            outcome = NO_ANSWER
            while outcome == NO_ANSWER:
                if (yield from clock.wait_readable(port, self._until_ms)):
                    outcome = self._listen()
                elif not self._goes_on():
                    break
            port.look_ms = self._look_ms
            yield outcome if outcome == OK or outcome == EXCEPTION else self.fail()

    def fail(self):
        """There is no answer to this request any more; the outcome."""
        # not from now: noise that ends it early says nothing of when the answer comes
        self._guarded_until_ms[self._request[0]] = later(self._deadline_ms, self._guard_ms)
        if self._size:
            self._hear()
            if self._has_echo(self._size):
                self.echoes = True
        return BAD_FRAME if self._size or self._crowded else NO_ANSWER

    def _prepare(self, request_size, reply_size, timeout_ms):
        now_ms = self._clock.now_ms()
        until_ms = self._guarded_until_ms.pop(self._request[0], now_ms)
        self._not_before_ms = until_ms if elapsed_ms(until_ms, now_ms) > 0 else now_ms
        self._request_size = request_size
        self._reply_size = reply_size
        self._timeout_ms = timeout_ms
        self._size = 0
        self._crowded = False
        self._port.look_ms = self._look_ms  # the one before may have been cancelled
        self._silence_us = self._port.silence_us

    def _reckon(self):
        """What follows from the port's setting."""
        port = self._port
        self._gap_ms = max(port.time_of_ms(_GAP_CHARACTERS), _LEAST_GAP_MS) + _JITTER_MS
        self._silence_us = port.silence_us

    def _change(self):
        """The port speaks otherwise from now on. The silence before its next frame is that of the
        slower setting: it parts the frame from what was said in the other one, whoever listens.
        """
        port = self._port
        before_us = port.silence_us
        port.set(self._setting)
        self._reckon()
        self._silence_us = max(self._silence_us, before_us)
        self._hear()

    def _may_send(self):
        """Whether the unit's guard is over and the line silent; else when to look again is set.
        What still arrives is thrown away. A line that is never silent is waited for once.
        """
        port = self._port
        if port.any():  # not `while`: bytes may come faster than they are read
            port.read_into(self._lump)
            self._hear()
        now_ms = self._clock.now_ms()
        if self._setting is not None and self._setting is not port.setting:
            if port.sends():  # one that was cancelled
                self._until_ms = later(now_ms, 1)
                return False
            self._change()
        guard_ms = elapsed_ms(self._not_before_ms, now_ms)
        wait_ms = guard_ms if guard_ms > 0 else self._silence_left_ms(now_ms)
        self._until_ms = later(now_ms, wait_ms)
        return wait_ms <= 0 or guard_ms <= -self._timeout_ms

    def _hear(self):
        self._heard_ms = self._clock.now_ms()
        self._heard_us = self._clock.now_us()
        self._silent = False

    def _silence_left_ms(self, now_ms):
        """Until the silence that parts two frames is over, rounded up."""
        if self._silent:
            return 0
        left_ms = 0
        silence_us = self._silence_us
        if elapsed_ms(now_ms, self._heard_ms) < silence_us // 1000 + 2:
            passed_us = elapsed_ms(self._clock.now_us(), self._heard_us)
            left_ms = (silence_us - passed_us + 999) // 1000
        self._silent = left_ms <= 0
        return left_ms

    def _send(self):
        size = self._request_size
        view = self._request_views.get(size)
        if view is None:
            view = self._request_views[size] = memoryview(self._request)[:size]
        port = self._port
        port.write(view)
        wait_ms = self._timeout_ms + port.time_of_ms(size + self._reply_size)
        self._until_ms = self._deadline_ms = later(self._clock.now_ms(), wait_ms)

    def _listen(self):
        """Take in what has arrived; the outcome, or NO_ANSWER for as long as there is none."""
        self._take_in()
        start = rtu_frame.find_reply(self._received, self._size, self._request, self._reply_size)
        if start >= 0:
            self._hear()
            if not rtu_frame.is_its_own_answer(self._request):
                self.echoes = self._has_echo(start)
            elif self.echoes:
                return BAD_FRAME
            self.start = start
            self.exception = rtu_frame.exception_code(self._received, start)
            return EXCEPTION if self.exception else OK
        if self._size >= rtu_frame.MAX_ADU:
            return BAD_FRAME  # nothing that long can be an answer
        gap_end_ms = later(self._clock.now_ms(), self._gap_ms)
        # a reply that is nearly whole is looked for in every turn: a millisecond is 11 characters
        left = self._reply_size - self._size
        nearly = left > 0 and self._port.time_of_ms(left) <= self._look_ms
        self._port.look_ms = 0 if nearly else self._look_ms
        sooner = elapsed_ms(self._deadline_ms, gap_end_ms) > 0
        self._until_ms = gap_end_ms if sooner else self._deadline_ms
        return NO_ANSWER

    def _has_echo(self, size):
        """Whether among so many bytes is the request itself; never of one that is answered so."""
        request = self._request
        if size < self._request_size or rtu_frame.is_its_own_answer(request):
            return False
        return rtu_frame.contains(self._received, size, request, self._request_size)

    def _goes_on(self):
        """After a gap, or at the end of the answer's time: whether there is more to wait for."""
        size = self._size
        if size and rtu_frame.may_begin(self._received, size, self._request):
            return False  # the slave has spoken, and badly
        if size:
            self._hear()
            self._crowded = self._crowded or size >= rtu_frame.LEAST_ADU
            self._size = 0
        self._until_ms = self._deadline_ms
        return elapsed_ms(self._deadline_ms, self._clock.now_ms()) > 0

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


class _Transaction:
    """What is awaited. It waits where `transactions` waits and returns what that gives at last."""

    def __init__(self, master):
        self._master = master
        self._steps = master.transactions()
        self._under_way = False
        # raised again and again: a new one each time would take heap
        self._ends = [StopIteration(outcome) for outcome in range(_OUTCOMES)]

    def begun(self):
        if self._under_way:
            raise RuntimeError("a second request while one is under way: one frame at a time")
        self._under_way = True
        return self

    def __iter__(self):
        return self

    def __next__(self):
        try:
            outcome = next(self._steps)
        except Exception as problem:  # of the port: they have come to their end by it
            self.throw(problem)
        if outcome is None:
            return
        self._under_way = False
        end = self._ends[outcome]
        end.__traceback__ = None  # or it grows with every raise
        raise end

    def throw(self, problem):
        """asyncio cancels the task that waits: an answer may still be on its way."""
        self._steps = self._master.transactions()
        self._under_way = False
        self._master.fail()
        raise problem
