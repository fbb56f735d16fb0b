"""One RTU master on the VM, on a line in real time: how fast, with how much heap, how blocking.

Part of the bench `rtu`. The firmware's driver and umodbus run in the same script on the same VM
with the same machine.UART; this end is the line and its slaves.
"""

import contextlib
import os
import select
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from reedgate_boards.fetched import Release, fetched_dir
from reedgate_boards.site.bus_time import GUARD_MS
from reedgate_boards.site.locator import firmware_dir
from reedgate_boards.site.user_error import UserError
from reedgate_sim.benches.rtu_line import REGISTERS, WRONG, JudgedLine
from reedgate_sim.vm_finder import find_micropython
from reedgate_sim.world.bus import NEVER_US
from reedgate_sim.world.line import Line

REEDGATE, UMODBUS = "reedgate", "umodbus"
TIMEOUT_MS = 200

_HEAP = "4m"  # nothing is collected while it is counted
_PATIENCE_S = 0.05  # between two looks whether the VM has ended
_MOST_S = 120.0
# GPL-3: fetched where somebody asks for this bench, neither shipped nor depended upon.
_UMODBUS = Release(
    "micropython-modbus==2.3.7",
    "b9351a66af0ff29dd585900e53827a989dedcb02ec63b1041358165089652271",
    {
        "umodbus/__init__.py": "73406447e98c5bbea0fec8b4702df1a6bc812d3716bd302b760077021f6457ce",
        "umodbus/common.py": "3ab3fc2ce92d42c6244c640a4005127e337f5e635218095cbbade0f4b37c9f98",
        "umodbus/const.py": "1f1494ef2895e56821d3d4448d603dbabe490fe00baaae39259305436c929bfa",
        "umodbus/functions.py": "bd8fbf345895f7978ee9a7beb5f7caa181dcca0e03c0f5037d1adbc5956b668c",
        "umodbus/modbus.py": "8f6378daf16e1da241383b60870c7689d5d5edf5e9d126f25b4507de15f540dd",
        "umodbus/serial.py": "2b855ef44c42f5385edafaca973ff8dbf755add2049c747e425f05288ec78498",
        "umodbus/typing.py": "b00fe9a1c9900a7d50546de213fe3462d85099d43e8cc48a0fee429b23830ee0",
        "umodbus/version.py": "8f28d1148668976def1fc853890ba0cc0e90d1f5ac22872759cd051a2c53096b",
    },
    "-m reedgate_sim.benches.paced_rtu",
)


def umodbus_dir() -> Path:
    """The folder that holds it, for MICROPYPATH. Fetched when it is missing."""
    return fetched_dir(_UMODBUS)


@dataclass(frozen=True)
class Measured:
    """stall_ms: how late a loop of 20 ms beside it came at most."""

    answered: int
    wrong: int
    heap_bytes: float  # of a request, on the average
    stall_ms: float
    took_ms: float  # one request, the median: what else this machine does hardly moves it
    most_ms: float


def measured(name: str, line: JudgedLine, settings: Line, requests: int, units: int) -> Measured:
    """Let one of the two masters ask the slaves 1 to `units` of the line in turn."""
    with _vm(name, settings.baud, requests, units) as (vm, from_vm, to_vm, output):
        begin = time.monotonic()

        def now_us() -> int:
            return int((time.monotonic() - begin) * 1e6)

        while vm.poll() is None:
            if now_us() > _MOST_S * 1e6:
                raise RuntimeError(f"{name} has not ended after {_MOST_S:g} s")
            due_us = line.next_event_us()
            left_s = _PATIENCE_S if due_us == NEVER_US else max(0, due_us - now_us()) / 1e6
            ready, _, _ = select.select([from_vm], [], [], min(left_s, _PATIENCE_S))
            if ready and (asked := os.read(from_vm, 4096)):
                line.transmit(now_us(), asked, settings)
            elif ready:  # it has closed its end: it prints, and ends
                vm.wait(_PATIENCE_S * 100)
            if data := line.receive(now_us()):
                with contextlib.suppress(BrokenPipeError):  # it has ended meanwhile
                    os.write(to_vm, data)
        output.seek(0)
        said = output.read().splitlines()
    if vm.returncode or len(said) != requests + 1:
        raise RuntimeError(f"the VM with {name} ended: {said[-3:]}")
    return _figures(line, said[:-1], said[-1])


def _figures(line: JudgedLine, said: list[str], last: str) -> Measured:
    rows = [text.split(" ") for text in said]
    taken = {n: bytes.fromhex(row[3]) for n, row in enumerate(rows) if row[3]}
    took_ms = [int(row[1]) / 1000 for row in rows]
    return Measured(
        answered=len(taken),
        wrong=sum(line.judge(number, payload) == WRONG for number, payload in taken.items()),
        heap_bytes=sum(int(row[2]) for row in rows) / len(rows),
        stall_ms=int(last) / 1000,
        took_ms=statistics.median(took_ms),
        most_ms=max(took_ms),
    )


@contextlib.contextmanager
def _vm(name: str, baud: int, requests: int, units: int) -> Iterator[tuple]:
    here = files("reedgate_sim") / "benches" / "rtu_vm"
    folders = [here, firmware_dir()]
    if name == UMODBUS:
        folders.append(umodbus_dir())
    to_read, to_vm = os.pipe()
    from_vm, to_write = os.pipe()
    os.set_blocking(to_read, False)  # a UART that has nothing says so
    numbers = (to_read, to_write, baud, requests, units, REGISTERS, TIMEOUT_MS, GUARD_MS)
    command = [find_micropython(), "-X", f"heapsize={_HEAP}", here / "compare.py", name]
    environment: Mapping[str, str] = os.environ | {
        "MICROPYPATH": ":".join([*map(str, folders), ".frozen"])
    }
    with tempfile.TemporaryFile("w+") as output:
        vm = subprocess.Popen(
            [*command, *map(str, numbers)],
            env=environment,
            pass_fds=(to_read, to_write),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for us: we end the VM
        )
        os.close(to_read)
        os.close(to_write)
        try:
            yield vm, from_vm, to_vm, output
        finally:
            vm.kill()
            vm.wait()
            os.close(from_vm)
            os.close(to_vm)


if __name__ == "__main__":
    import sys

    try:
        print(umodbus_dir())
    except UserError as error:
        from reedgate_boards.site.language import chosen_language

        sys.exit("\n".join(error.lines(chosen_language())))
