"""What every rig is: one board wired to a world, in a time that the rig owns.

A rig never knows what the firmware means; it carries levels, bytes and time, and ends the program
where a watchdog or a power cut would.
"""

import heapq
import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, Self

from reedgate_sim.rigs import run_log
from reedgate_sim.rigs.board_data import BoardData
from reedgate_sim.world.bus import NEVER_US, Bus, Line

# The codes of machine.reset_cause() of a start.
POWER_ON = 1
WATCHDOG_RESET = 3
SOFT_RESET = 5


class World(Protocol):
    """What the rig wires the board to. Terminals by the board's names, ports too."""

    buses: dict[str, Bus]  # by port

    def set_output(self, terminal: str, level: int, now_us: int) -> None: ...

    def transmit(self, port: str, data: bytes, line: Line, now_us: int) -> None: ...

    def receive(self, port: str, now_us: int) -> bytes: ...

    def advance(self, now_us: int) -> None: ...

    def next_event_us(self) -> int: ...

    def inputs(self) -> dict[str, int]: ...


class Rig(ABC):
    """One station. `resets` lists (now_us, reset cause) of every start after the first."""

    def __init__(self, world: World, board: Path):
        """board: the folder of its data."""
        self.world = world
        self.now_us = 0
        self.resets: list[tuple[int, int]] = []
        self.first_sent_us: list[int] = []  # of each start: when its first byte on a bus began
        self.on_output: list[Callable[[int, str, int], None]] = []
        self._silent = True  # since its start
        self._board = BoardData(board)
        self._log = run_log.RunLog()
        self._actions: list[tuple[int, int, Callable[[], None]]] = []
        self._action_number = itertools.count()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    @abstractmethod
    def console(self) -> str:
        """What the firmware printed."""

    @property
    @abstractmethod
    def has_power(self) -> bool: ...

    @abstractmethod
    def provision(self, name: str, content: bytes) -> None:
        """Put a file on the flash before the next start, as a technician's tool would."""

    @abstractmethod
    def power_off(self) -> None:
        """Cut the power: the program is gone, the relays drop."""

    @abstractmethod
    def power_on(self) -> None: ...

    @abstractmethod
    def hang(self) -> None:
        """The program stops where it is and its outputs stand; only the watchdog goes on."""

    @abstractmethod
    def close(self) -> None: ...

    @abstractmethod
    def run(self, until_us: int, until: Callable[[], bool] = lambda: False) -> bool:
        """Run to until_us, or until the condition holds after an event; gives whether it does."""

    @property
    def log_sha256(self) -> str:
        """Of all that happened so far at the chip's edges. In a sealed run the seed decides it."""
        return self._log.sha256

    def at(self, at_us: int, action: Callable[[], None]) -> None:
        """Do something at an instant of the run."""
        heapq.heappush(self._actions, (at_us, next(self._action_number), action))

    def _next_action_us(self) -> int:
        return self._actions[0][0] if self._actions else NEVER_US

    def _act(self) -> None:
        """Everything that is due by now."""
        while self._actions and self._actions[0][0] <= self.now_us:
            heapq.heappop(self._actions)[2]()

    def _note_sent(self, from_us: int) -> None:
        if self._silent:
            self._silent = False
            self.first_sent_us.append(from_us)

    def _set_output(self, pin: int, level: int) -> None:
        terminal = self._board.terminal_of(pin)
        self._log.note(run_log.OUTPUT, level, self.now_us, pin)
        self.world.set_output(terminal, level, self.now_us)
        for told in self.on_output:
            told(self.now_us, terminal, level)

    def _drop_outputs(self) -> None:
        """The chip loses its state: every output pin floats, and its relay drops."""
        self._log.note(run_log.END, 0, self.now_us, 0)
        for pin in self._board.outputs:
            self._set_output(pin, self._board.off)
