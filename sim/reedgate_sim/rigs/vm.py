"""The vm rig: the firmware on the real MicroPython VM, wired to a simulated world.

A discrete-event loop owns time, and ends the VM where a watchdog or a power cut would.
"""

import itertools
import shutil
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path

from reedgate_boards.site.locator import board_dir, firmware_dir
from reedgate_boards.umqtt import umqtt_dir
from reedgate_sim import vm_process as wire
from reedgate_sim.network import Network, NoNetwork
from reedgate_sim.pace import Unpaced
from reedgate_sim.rigs import run_log
from reedgate_sim.rigs.chip_flash import ChipFlash, FlashChip
from reedgate_sim.rigs.rig import POWER_ON, SOFT_RESET, WATCHDOG_RESET, Rig, World
from reedgate_sim.vm_command import vm_command
from reedgate_sim.world.bus import NEVER_US, Line

START_US = 50_000  # from power or reset to boot.py
_TICKS_MASK = (1 << 30) - 1
_PARITIES = ("none", "even", "odd")


class VmRig(Rig):
    """directory: where the chip's flash outlives the rig; without one it goes with the rig."""

    def __init__(
        self,
        world: World,
        config: bytes,
        board: str,
        *,
        seed: int = 1,
        network: Network | None = None,
        pace=None,
        first_tick_ms: int = 0,
        directory: Path | None = None,
        flash: FlashChip | None = None,
        changes: Path | None = None,
        start_us: int = START_US,
    ):
        """changes: a folder whose files stand before the firmware's own of the same name.

        start_us: from power or reset to boot.py.
        """
        super().__init__(world, board_dir(board))
        self.network = network or NoNetwork()
        self.pace = pace or Unpaced()
        self.requests = 0  # of the VM, over all starts
        self.lateness_us: list[int] = []  # paced runs: of the request after each wake-up
        self._keeps_directory = directory is not None
        self.directory = directory or Path(tempfile.mkdtemp(prefix="reedgate-vm-"))
        self.directory.mkdir(parents=True, exist_ok=True)
        self._flash = ChipFlash(flash or FlashChip(), self.directory)
        self.provision("config.bin", config)
        folders = [firmware_dir(), board_dir(board), umqtt_dir()]
        self._command = vm_command([changes, *folders] if changes else folders)
        self._seeds = itertools.count(seed)  # one for each start: a new boot is another boot
        self._first_tick_ms = first_tick_ms
        self._start_us = start_us
        self._vm: wire.VmProcess | None = None
        self._request: wire.Request | None = None
        self._lines: dict[int, Line] = {}
        self._levels: dict[str, int] = {}  # of the inputs, as the VM knows them
        self._watchdog_us = 0  # 0: not started
        self._fed_us = 0
        self._alive = False  # the chip has power and was started: its outputs stand
        self._start_at_us: int | None = 0
        self._start_cause = POWER_ON
        self._woken_for_us: int | None = None

    def close(self) -> None:
        """End the VM and its connections; remove its files, but not from a given directory."""
        self._end_vm()
        self.network.close_all()
        if not self._keeps_directory:
            shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def console(self) -> str:
        log = self.directory / "console.log"
        return log.read_text(errors="replace") if log.is_file() else ""

    @property
    def has_power(self) -> bool:
        return self._alive or self._start_at_us is not None

    @property
    def flash_image(self) -> Path:
        """All that a start of the VM finds of the one before; see reedgate_sim/flash.py."""
        return self._flash.image

    @property
    def flash_operations(self) -> int:
        """Pages of 256 bytes that the firmware has programmed, and blocks it has erased."""
        return self._flash.wear.operations

    @property
    def flash_bytes(self) -> int:
        return self._flash.wear.bytes

    @property
    def flash_erases(self) -> int:
        return self._flash.wear.erases

    def provision(self, name: str, content: bytes) -> None:
        self._flash.provision(name, content)

    def cut_at_operation(self, number: int, *, torn: bool = False) -> None:
        """Cut the power at a flash operation, the next one being 1.

        It is then absent; torn: its first half was done. The rig stays without power.
        """
        self._flash.cut_at_operation(number, torn)

    def power_off(self) -> None:
        self._end_vm()
        self._start_at_us = None

    def power_on(self) -> None:
        self._start_at_us = self.now_us + self._start_us
        self._start_cause = POWER_ON

    def hang(self) -> None:
        self._halt()

    def run(self, until_us: int, until: Callable[[], bool] = lambda: False) -> bool:
        self.pace.start(self.now_us)
        while self.now_us < until_us:
            self._step(until_us)
            if until():
                return True
        return until()

    def _step(self, until_us: int) -> None:
        request = self._request
        target_us = min(
            self._next_event_us(),
            NEVER_US if self._start_at_us is None else self._start_at_us,
            self._watchdog_due_us(),
            until_us,
            NEVER_US if request is None else request.deadline_us,
        )
        now_us = self.pace.wait_until(max(target_us, self.now_us), self.network)
        self.now_us = now_us = max(now_us, self.now_us)
        self.world.advance(now_us)
        self._act()
        if self._start_at_us is not None and self._start_at_us <= now_us:
            self._start_vm()
        elif self._watchdog_due_us() <= now_us:
            self._reset(WATCHDOG_RESET)
        elif self._request is not None:
            self._serve(until_us)
        else:
            for port in self.world.buses:  # what arrives now meets a chip that does not listen
                self.world.receive(port, now_us)

    def _next_event_us(self) -> int:
        """The next instant at which something can come to the VM."""
        event_us = min(self.world.next_event_us(), self.network.next_event_us())
        return min(event_us, self._next_action_us())

    def _watchdog_due_us(self) -> int:
        return self._fed_us + self._watchdog_us if self._watchdog_us else NEVER_US

    def _serve(self, until_us: int) -> None:
        """Answer the waiting VM if there is a reason to, and take what it does next."""
        items = self._news()
        due_us = self._request.deadline_us
        if not items and self.now_us < due_us:
            return
        # the first request of all is the start's own: what follows it is the boot, not a wake-up
        woken = self.pace.paced and self.now_us == due_us > 0
        self._woken_for_us = due_us if woken else None
        grant_us = self.now_us
        if self.pace.grants:
            # the watchdog does not bound a grant: within it the VM feeds without telling
            grant_us = max(min(self._next_event_us(), until_us) - 1, grant_us)
        self._vm.answer(self.now_us, grant_us, items)
        self._take_request()

    def _take_request(self) -> None:
        self._request = request = self._vm.next_request()
        if request is None:
            self._halt()  # it ended or hangs: nothing feeds any more, and its outputs stand
            return
        self.requests += 1
        if self._woken_for_us is not None:
            self.lateness_us.append(max(self.pace.wall_us() - self._woken_for_us, 0))
            self._woken_for_us = None
        self._fed_us = request.fed_us
        self._flash.take(request.wear)
        self.now_us = max(self.now_us, request.now_us)
        if request.items:  # all of them happened at the request's stamp: see vm/lockstep.py
            self.world.advance(self.now_us)
            for kind, number, data in request.items:
                self._take_item(kind, number, data)

    def _take_item(self, kind: int, number: int, data: bytes) -> None:
        if kind == wire.PIN:
            self._set_output(number, data[0])
        elif kind == wire.UART_DATA:
            port = self._board.port_of(number)
            self._note_sent(self.now_us)
            self._log.note(run_log.BUS_OUT, kind, self.now_us, number, data)
            self.world.transmit(port, data, self._lines[number], self.now_us)
        elif kind == wire.UART_SETUP:
            baud, _bits, parity, stop_bits = struct.unpack("<IBBB", data)
            self._lines[number] = Line(baud, _PARITIES[parity], stop_bits)
        elif kind in (wire.SOCKET_OPEN, wire.SOCKET_DATA, wire.SOCKET_CLOSE):
            self._log.note(run_log.UPLINK_OUT, kind, self.now_us, number, data)
            self._take_socket(kind, number, data)
        elif kind == wire.WATCHDOG:
            self._watchdog_us = struct.unpack("<I", data)[0] * 1000
        elif kind == wire.RESET:
            self._reset(SOFT_RESET)
        elif kind == wire.POWER_CUT:
            self._flash.cut_happened()
            self.power_off()

    def _take_socket(self, kind: int, number: int, data: bytes) -> None:
        if kind == wire.SOCKET_OPEN:
            self.network.open(number, data.decode(), self.now_us)
        elif kind == wire.SOCKET_DATA:
            self.network.send(number, data, self.now_us)
        else:
            self.network.close(number)

    def _news(self) -> list[wire.Item]:
        """Inputs that changed since the VM was last told, and bytes that have arrived."""
        items = self._flash.news()
        levels = self.world.inputs()
        if levels != self._levels:
            for terminal, level in levels.items():
                if self._levels.get(terminal) != level:
                    items.append((wire.PIN, self._board.pin_of(terminal), bytes((level,))))
            self._levels = dict(levels)
        for port in self.world.buses:
            data = self.world.receive(port, self.now_us)
            if data:
                uart = self._board.uart_of(port)
                self._log.note(run_log.BUS_IN, wire.UART_DATA, self.now_us, uart, data)
                items.append((wire.UART_DATA, uart, data))
        for item in self.network.take(self.now_us):
            kind, number, data = item
            self._log.note(run_log.UPLINK_IN, kind, self.now_us, number, data)
            items.append(item)
        return items

    def _start_vm(self) -> None:
        self._start_at_us = None
        self._alive = True
        self._silent = True
        self._levels = {}
        self._log.note(run_log.START, 0, self.now_us, self._start_cause)
        self._flash.start()
        first_tick = (self._first_tick_ms - self.now_us // 1000) & _TICKS_MASK
        self._vm = wire.VmProcess(
            self._command,
            self.directory,
            first_tick_ms=first_tick,
            reset_cause=self._start_cause,
            seed=next(self._seeds),
            file_system=self._flash.chip.file_system,
            erase_us=self._flash.chip.erase_us,
        )
        self._take_request()

    def _reset(self, cause: int) -> None:
        self.resets.append((self.now_us, cause))
        self._end_vm()
        self._start_cause = cause
        self._start_at_us = self.now_us + self._start_us

    def _halt(self) -> None:
        """The program is gone; the chip's pins stay as they are until a reset or a power cut."""
        if self._vm is not None:
            self._vm.kill()
            self._vm = None
            self._request = None
            self.network.close_all()

    def _end_vm(self) -> None:
        self._halt()
        self._watchdog_us = 0
        if self._alive:
            self._alive = False
            self._drop_outputs()
