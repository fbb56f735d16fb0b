"""The rp2040 rig: the production image on an emulated chip, wired to a simulated plant.

The chip's instructions take their own time; the rig lets it run up to the plant's next event and
ends that run at whatever the chip does to the plant. A board with a transceiver on each port: its
driver-enable says where a frame ends.
"""

from collections.abc import Callable
from pathlib import Path

from reedgate_boards.image.pico import Progress, pico_image
from reedgate_boards.image.uf2 import FLASH_BASE, from_uf2
from reedgate_boards.site.board_facts import read_board
from reedgate_boards.site.locator import board_dir
from reedgate_sim.rigs import run_log
from reedgate_sim.rigs.rig import POWER_ON, WATCHDOG_RESET, Rig
from reedgate_sim.rp2040.chip import Chip
from reedgate_sim.world.line import Line
from reedgate_sim.world.plant import Plant

BOARD = "RPI_PICO"
ERASE_US = 45_000  # of a sector, typical: data sheet of W25Q64JV, revision J (see board.toml)


class Rp2040Rig(Rig):
    """One station. It has no network. `chip` is None without power."""

    def __init__(
        self,
        plant: Plant,
        config: bytes,
        *,
        erase_us: int = ERASE_US,
        on_build: Progress = lambda *_: None,
        changes: Path | None = None,
    ):
        """erase_us: what erasing a sector takes. on_build: is told when the image has to be built.
        changes: a folder of files in the places of the firmware's own; such an image is built.

        Without power at first. Raises UserError when there is no image and none can be built.
        """
        super().__init__(plant, board_dir(BOARD))
        self.plant = plant
        self.chip: Chip | None = None
        self._printed = b""  # by the chips before this one
        self._erase_us = erase_us
        self._on_build = on_build
        self._changes = changes
        self._files = {"config.bin": config}
        self._flash: dict[int, bytes] = {}  # what the chip before this one left; none: a new one
        self._flash_size = read_board(BOARD)[0].flash_kib * 1024
        self._began_us = 0  # the power of this chip
        self._frames: dict[int, bytearray] = {}  # uart: what it has sent since its driver was on
        self._frame_us: dict[int, int] = {}
        self._levels: dict[str, int] = {}  # of the inputs, as the chip knows them
        for bus in plant.buses.values():
            bus.in_bytes = True

    @property
    def console(self) -> str:
        printed = self._printed + (bytes(self.chip.console.printed) if self.chip else b"")
        return printed.decode(errors="replace")

    @property
    def has_power(self) -> bool:
        return self.chip is not None

    def provision(self, name: str, content: bytes) -> None:
        if self._flash:
            raise ValueError("the board has been started: its file system is its own")
        self._files[name] = content

    def power_off(self) -> None:
        if self.chip is None:
            return
        self._flash = {FLASH_BASE: self.chip.flash(0, self._flash_size)}
        self._printed += self.chip.console.printed
        self.chip.stop()
        self.chip = None
        self._drop_outputs()

    def power_on(self) -> None:
        if self.chip is not None:
            return
        if not self._flash:
            self._flash = from_uf2(pico_image(BOARD, self._on_build, self._files, self._changes))
        self._log.note(run_log.START, 0, self.now_us, POWER_ON)
        self._began_us = self.now_us
        self._forget()
        self.chip = chip = Chip(self._flash, self._erase_us)
        chip.on_edge = self._edge
        chip.on_watchdog = self._watchdog
        for number, uart in enumerate(chip.uarts):
            uart.on_sent = self._sender(number)

    def hang(self) -> None:
        if self.chip is not None:
            self.chip.hang()

    def close(self) -> None:
        self.chip = None

    def run(self, until_us: int, until: Callable[[], bool] = lambda: False) -> bool:
        plant = self.plant
        while self.now_us < until_us:
            target_us = min(plant.next_event_us(), self._next_action_us(), until_us)
            if self.chip is None:
                self.now_us = max(target_us, self.now_us)
            elif target_us > self.now_us:
                self.chip.run_us(target_us - self.now_us)
                self._look_at_the_clock()
            plant.advance(self.now_us)
            self._act()
            self._tell()
            if until():
                return True
        return until()

    def _look_at_the_clock(self) -> None:
        self.now_us = max(self.now_us, self._began_us + self.chip.now_us)

    def _forget(self) -> None:
        """What is only true of one start."""
        self._frames = {uart: bytearray() for uart in self._board.drivers.values()}
        self._levels = {}
        self._silent = True

    def _tell(self) -> None:
        """Inputs that changed since the chip was last told, and the bytes that have arrived."""
        plant, chip = self.plant, self.chip
        if chip is not None:
            for terminal, level in plant.inputs().items():
                if self._levels.get(terminal) != level:
                    self._levels[terminal] = level
                    chip.set_input(self._board.pin_of(terminal), level)
        for port in plant.buses:
            data = plant.receive(port, self.now_us)
            if data and chip is not None:
                uart = self._board.uart_of(port)
                self._log.note(run_log.BUS_IN, 0, self.now_us, uart, data)
                for byte in data:
                    chip.uarts[uart].receive(byte)

    # What the chip does, each at its own instant.

    def _edge(self, pin: int, level: int) -> None:
        self._look_at_the_clock()
        if pin in self._board.outputs:
            self._set_output(pin, level)
        elif pin in self._board.drivers:
            self._drive_line(self._board.drivers[pin], level)
        if self.chip is not None:
            self.chip.stop()

    def _drive_line(self, uart: int, level: int) -> None:
        frame = self._frames[uart]
        if not level and frame:
            data, port = bytes(frame), self._board.port_of(uart)
            self._log.note(run_log.BUS_OUT, 0, self.now_us, uart, data)
            line = Line(*self.chip.uarts[uart].settings)
            self.plant.transmit(port, data, line, self._frame_us[uart], self.now_us)
        frame.clear()

    def _sender(self, uart: int) -> Callable[[int], None]:
        def sent(byte: int) -> None:
            self._look_at_the_clock()
            frame = self._frames[uart]
            if not frame:
                character_us = round(self.chip.uarts[uart].character_ns / 1000)
                self._frame_us[uart] = self.now_us - character_us
                self._note_sent(self._frame_us[uart])
            frame.append(byte)

        return sent

    def _watchdog(self) -> None:
        self._look_at_the_clock()
        self.resets.append((self.now_us, WATCHDOG_RESET))
        self._drop_outputs()
        self._log.note(run_log.START, 0, self.now_us, WATCHDOG_RESET)
        self._forget()
        self.chip.stop()
