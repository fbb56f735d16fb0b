"""A person's order from the question to the station's answer.

Here it is judged against what the station says now; whether the gate may follow is the station's
own law. The right to ask is the door's by which a wish comes in (control.py).
"""

import asyncio
from collections.abc import Callable, Container, Iterable
from concurrent.futures import Executor
from typing import Any

from reedgate_gateway.clock import Clock, Instant
from reedgate_gateway.control import ANSWER_WITHIN_S
from reedgate_gateway.downlink import Command
from reedgate_gateway.naming import Boot
from reedgate_gateway.orders import ACTIONS, AuditLine, Given, Wish
from reedgate_gateway.state import State
from reedgate_gateway.store import Row, Store

_LOOKED_AT = 50  # orders among which an answer is looked for


def judged(
    wish: Wish, state: State, keyed: Container[str], now: Instant, asked: int
) -> Given | str:
    """The order as it can be sent, or the reason (a key of `labels.NOT_SENT`) why it is not."""
    station = state.stations.get(wish.station)
    if station is None or wish.gate not in station.station.gates:
        return "unknown_gate"
    if wish.action not in ACTIONS:
        return "unknown_action"
    if wish.station not in keyed:
        return "no_key"
    if station.birth is None or station.live is None or not station.fresh(now):
        return "not_connected"
    gates = station.birth.naming.gates
    if wish.gate not in gates or station.boot is None:
        return "other_configuration"
    return Given(
        given_ms=now.unix_ms,
        wish=wish,
        gate_number=gates.index(wish.gate),
        boot=Boot.parse(station.boot),
        uptime_ms=station.live.uptime_ms + (station.since_live_ms(now) or 0),
        asked=asked,
    )


class Asking:
    """sent() and news() are called as the store has committed; `order` waits for them."""

    def __init__(
        self,
        state: State,
        store: Store,
        keyed: Container[str],
        clock: Clock,
        put: Callable[[Iterable[Row]], None],
        readers: Executor,
    ):
        self._state = state
        self._store = store
        self._keyed = keyed
        self._clock = clock
        self._put = put
        self._readers = readers
        self._asked = 0
        self._numbers: dict[int, asyncio.Future[int]] = {}
        self._news = asyncio.Event()

    def sent(self, command: Command) -> None:
        """Its audit line is on disk, and it is on its way."""
        waiting = self._numbers.get(command.asked)
        if waiting is not None and not waiting.done():
            waiting.set_result(command.number)

    def news(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def order(self, fields: dict[str, Any]) -> dict[str, Any]:
        """fields: of a Wish. {"sent": False, "reason"} or {"sent": True, "number", "answer"}.

        answer None: none came.
        """
        wish = Wish(**fields)
        self._asked += 1
        asked = self._asked
        given = judged(wish, self._state, self._keyed, self._clock(), asked)
        if isinstance(given, str):
            return {"sent": False, "reason": given}
        self._numbers[asked] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                self._put([given])
                number = await self._numbers[asked]
        except TimeoutError:
            return {"sent": False, "reason": "not_stored"}
        finally:
            del self._numbers[asked]
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                answer = await self._answer(number)
        except TimeoutError:
            answer = None
        return {"sent": True, "number": number, "answer": answer}

    async def _answer(self, number: int) -> str:
        while True:
            news = self._news
            line = await asyncio.get_running_loop().run_in_executor(
                self._readers, self._line, number
            )
            if line is not None and line.answer is not None:
                return line.answer
            await news.wait()

    def _line(self, number: int) -> AuditLine | None:
        lines = self._store.orders(_LOOKED_AT)
        return next((line for line in lines if line.number == number), None)
