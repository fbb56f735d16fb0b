"""Polls the stations of one line in turn: how they stand and their journal. Brings what goes down.

A batch is handed on, and the next of that stream is read when the station has its confirmation:
the mailbox brings it after the store has committed. A station that does not answer is asked more
seldom, so that it does not slow the others of its line.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from reedgate_contract import envelope, registers
from reedgate_gateway.batch import Batch
from reedgate_gateway.catalogue import Station
from reedgate_gateway.ingest import Message, Online, Rejected
from reedgate_gateway.wired.blocks import (
    STANDING_REGISTERS,
    LineFault,
    Standing,
    Unread,
    batch_of,
    birth_of,
    live_of,
    records_of,
    standing_of,
)
from reedgate_gateway.wired.master import Master

MOST_RECORDS = 28  # of a batch: four requests, a page of the station's
CONFIRM_S = 10.0  # a batch whose confirmation has not come by then is read again
_ABSENT_AFTER = 2  # failed rounds
_ABSENT_S = 30.0  # between two rounds of a station that does not answer
_MOST_LETTERS = 8
_log = logging.getLogger(__name__)

Take = Callable[[Message | Rejected], None]


def _now_s() -> float:
    return asyncio.get_running_loop().time()


class Polled:
    """One station of a line, as far as its master has to remember it."""

    def __init__(self, station: Station, keyed: bool):
        """keyed: whether the gateway has its key: without it nothing could be confirmed."""
        self.station = station
        self.keyed = keyed
        self.letters: deque[bytes] = deque(maxlen=_MOST_LETTERS)
        self.news = asyncio.Event()
        self.standing: Standing | None = None
        self.failed = 0
        self.live_n = 0
        self.due_s = 0.0  # of the next round, monotonic
        self.live_due_s = 0.0
        self.read: dict[int, tuple[int, float]] = {}  # stream: (first seq, when it was read)

    def put(self, _topic: str, payload: bytes) -> None:
        """As source.Down: something to bring down."""
        self.letters.append(payload)
        self.news.set()


class Poller:
    """One line. `run` polls until it is cancelled."""

    def __init__(self, stations: list[Polled], master: Master, take: Take):
        """take: is handed what `ingest` would make of a message, or the reason why nothing."""
        self._stations = stations
        self._master = master
        self._take = take

    async def run(self) -> None:
        try:
            while True:
                now_s = _now_s()
                due = [each for each in self._stations if each.due_s <= now_s or each.letters]
                for polled in due:
                    await self._round(polled)
                next_s = min(each.due_s for each in self._stations)
                await self._rest(next_s - _now_s())
        finally:
            self._master.close()

    async def _rest(self, seconds: float) -> None:
        """Until the next round is due, or there is something to bring down."""
        if any(each.letters for each in self._stations):
            return
        for each in self._stations:
            each.news.clear()  # of letters that are gone: else there is no rest
        news = [asyncio.create_task(each.news.wait()) for each in self._stations]
        try:
            await asyncio.wait(news, timeout=max(seconds, 0), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in news:
                task.cancel()

    async def _round(self, polled: Polled) -> None:
        """One turn of one station; a fault ends the turn."""
        name = polled.station.name
        try:
            await self._master.open()
            await self._bring(polled)
            await self._poll(polled)
        except LineFault as fault:
            polled.failed += 1
            polled.letters.clear()  # old ones would be refused; the store's next answer is new
            if polled.failed == _ABSENT_AFTER:
                _log.warning("station %s does not answer on its line: %s", name, fault)
                polled.standing = None
                self._take(Online(name, False))
            again_s = _ABSENT_S if polled.failed >= _ABSENT_AFTER else 0.0
            polled.due_s = _now_s() + again_s
            return
        if polled.failed >= _ABSENT_AFTER:
            _log.warning("station %s answers again", name)
        polled.failed = 0
        polled.due_s = polled.live_due_s

    async def _bring(self, polled: Polled) -> None:
        while polled.letters:
            unit_id = polled.station.wire.unit_id
            answer = await self._master.deliver(unit_id, polled.letters[0])
            polled.letters.popleft()
            if answer["result"]:
                reason = envelope.REFUSAL_NAMES.get(answer["result"], str(answer["result"]))
                _log.warning("station %s refused a message: %s", polled.station.name, reason)

    async def _poll(self, polled: Polled) -> None:
        unit_id = polled.station.wire.unit_id
        absent = polled.failed >= _ABSENT_AFTER
        tries = {"tries": 1} if absent else {}
        words = await self._master.read_input(unit_id, 0, STANDING_REGISTERS, **tries)
        now = standing_of(words)
        before = polled.standing
        if before is not None and now.boot == before.boot and now.uptime_ms < before.uptime_ms:
            raise LineFault("an answer from before")
        polled.standing = now
        if before is None or now.boot != before.boot:
            polled.read.clear()
            self._take(birth_of(polled.station, polled.station.wire, now))
        if _now_s() >= polled.live_due_s:
            await self._live(polled, now)
        await self._journal(polled, now)

    async def _live(self, polled: Polled, now: Standing) -> None:
        polled.live_due_s = _now_s() + polled.station.live_ms / 1000
        wire, master = polled.station.wire, self._master
        points = await master.read_input(
            wire.unit_id, registers.POINTS_AT, now.points * registers.width_of(registers.POINT)
        )
        gates = await master.read_input(
            wire.unit_id, registers.GATES_AT, now.gates * registers.width_of(registers.GATE)
        )
        polled.live_n += 1
        self._take(live_of(polled.station, wire, now, polled.live_n, points, gates))

    async def _journal(self, polled: Polled, now: Standing) -> None:
        """Events before readings; one batch a turn: its confirmation is a reason to come back."""
        for unread in (now.events, now.readings):
            if not unread.count:
                continue
            if not polled.keyed:
                self._take(Rejected("no_key", "no key of the station", polled.station.name))
                return
            first_seq, read_s = polled.read.get(unread.stream, (0, 0.0))
            if first_seq == unread.first_seq and _now_s() - read_s < CONFIRM_S:
                continue  # its confirmation is on the way
            batch = await self._batch(polled, now, unread)
            polled.read[unread.stream] = (unread.first_seq, _now_s())
            self._take(batch)
            return

    async def _batch(self, polled: Polled, now: Standing, unread: Unread) -> Batch:
        name, unit_id = polled.station.name, polled.station.wire.unit_id
        if unread.file == registers.FILE_NONE:
            lost = tuple(range(unread.first_seq, unread.first_seq + unread.count))
            return batch_of(name, now, unread, (), lost)
        data = b""
        count = min(unread.count, MOST_RECORDS)
        while (done := len(data) // 32) < count:
            part = min(count - done, registers.MOST_RECORDS)
            data += await self._master.read_records(
                unit_id, unread.file, unread.index + done, part
            )
        whole, lost = records_of(data, unread.first_seq)
        return batch_of(name, now, unread, whole, lost)
