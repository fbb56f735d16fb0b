"""The one writer of the store: takes rows at once, writes them in batches beside the loop.

A store that cannot be written (disk full, file gone) stops nothing else: rows wait, bounded, and
the page says so. No station hears of a confirmation for what is not on disk.
"""

import asyncio
import logging
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from itertools import islice

from reedgate_gateway.downlink import Owed
from reedgate_gateway.journal_write import Journaled
from reedgate_gateway.store import Received, Row, Store

MOST_WAITING = 20_000
MOST_BATCHES = 200
_BATCH = 2_000
_RETRY_S = 1.0
_log = logging.getLogger(__name__)


class Writer:
    def __init__(
        self,
        store: Store,
        thread: Executor,
        on_events: Callable[[], None],
        on_owed: Callable[[list[Owed]], None],
    ):
        """thread: an executor of one thread. on_events: called when events were stored.

        on_owed: takes what the stations are owed for what is on disk now.
        """
        self._store = store
        self._thread = thread
        self._on_events = on_events
        self._on_owed = on_owed
        self._batches = 0  # of a journal, among those that wait
        self._waiting: deque[Row] = deque()
        self._some = asyncio.Event()
        self.dropped = 0
        self.trouble: str | None = None  # in English, as sqlite says it

    def put(self, rows: Iterable[Row]) -> None:
        for row in rows:
            if isinstance(row, Journaled):
                if self._batches >= MOST_BATCHES:
                    continue  # nothing is lost: the station keeps it and sends it again
                self._batches += 1
            elif len(self._waiting) >= MOST_WAITING:
                self.dropped += 1
                continue
            self._waiting.append(row)
        if self._waiting:
            self._some.set()

    async def run(self) -> None:
        """Writes until it is cancelled; then `finish` writes what still waits."""
        while True:
            await self._some.wait()
            self._some.clear()
            while self._waiting:
                if not await self._write_batch():
                    await asyncio.sleep(_RETRY_S)

    async def finish(self) -> None:
        while self._waiting and await self._write_batch():
            pass
        if self._waiting:
            _log.error("%d rows could not be stored: %s", len(self._waiting), self.trouble)

    async def _write_batch(self) -> bool:
        batch = list(islice(self._waiting, _BATCH))
        loop = asyncio.get_running_loop()
        try:
            # Shielded: a cancelled writer must know whether its batch is on disk.
            owed = await asyncio.shield(
                loop.run_in_executor(self._thread, self._store.write, batch)
            )
        except sqlite3.Error as exc:
            if self.trouble is None:
                _log.error("the store cannot be written: %s", exc)
            self.trouble = str(exc)
            return False
        for row in batch:
            self._waiting.popleft()
            self._batches -= isinstance(row, Journaled)
        if self.trouble is not None:
            _log.warning("the store can be written again")
            self.trouble = None
        if owed:
            self._on_owed(owed)
        if any(isinstance(row, Received | Journaled) for row in batch):
            self._on_events()
        return True
