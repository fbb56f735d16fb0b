"""What the journal costs: time, flash and heap for each record, on the VM over littlefs.

The firmware's journal as its housekeeping uses it, and beside it records in place in a ring, each
flushed. Wear and heap are the same on every machine. Records/s are this machine's, with the rig's
flash, which takes no time of its own to erase: compare the two, expect neither of a chip.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from reedgate_boards.site.board_facts import Board, load_board
from reedgate_boards.site.locator import firmware_dir
from reedgate_boards.site.record_budget import ERASES_PER_FLUSH, FLUSH_RECORDS
from reedgate_sim.vm_command import HEAP
from reedgate_sim.vm_finder import find_micropython

NAME = "journal"
SUMMARY = "Records a second, flash and heap that a record takes."
PEER = "ring in place"

_NOMINAL_RECORDS_PER_S = 2000  # for the progress bar only
_Tell = Callable[[str, float], None]  # layout, seconds of total_s() that have passed


@dataclass(frozen=True)
class Amount:
    """Records of a run. The default fills all segments of the desk's board, and some again."""

    events: int = 4096
    readings: int = 26624
    ring: int = 2048  # 64 KiB, written once over: less than the journal's events, so kind to it

    @property
    def total(self) -> int:
        return self.events + self.readings + self.ring


WHOLE = Amount()


def run(tell: _Tell = lambda *_: None, amount: Amount = WHOLE) -> dict:
    """Both layouts; gives what `reedgate bench --json` writes."""
    board = load_board("HOST")
    segments = (board.event_segments, board.reading_segments)
    words = (amount.events, amount.readings, FLUSH_RECORDS, *segments)
    figures = _measured("journal", board, words, tell)
    return {
        "name": NAME,
        "figures": figures,
        "against": {PEER: _measured("ring", board, (amount.ring,), tell)},
    }


def total_s(amount: Amount = WHOLE) -> float:
    return amount.total / _NOMINAL_RECORDS_PER_S


def verdict(result: dict, tr: Callable[..., str]) -> str:
    figures = result["figures"]
    measured = max(value for key, value in figures.items() if key.endswith("_erases_per_flush"))
    said = [
        tr(
            "A flush erases {measured} blocks; `site check` reckons with {reckoned}.",
            measured=f"{measured:g}",
            reckoned=f"{float(ERASES_PER_FLUSH):g}",
        )
    ]
    if measured > ERASES_PER_FLUSH:
        said.append(tr("That is too few: its flash life is too long."))
    if any(value for key, value in figures.items() if key.endswith("_heap_bytes_per_append")):
        said.append(tr("An append takes heap, which a scan must not."))
    if figures["flash_full_times"]:
        said.append(
            tr(
                "The flash was full {times} times: the board's segments do not all fit when full.",
                times=figures["flash_full_times"],
            )
        )
    return "\n".join(said)


def _measured(layout: str, board: Board, words: tuple[int, ...], tell: _Tell) -> dict:
    """One layout on a blank flash; its VM ends with this."""
    script = files("reedgate_sim") / "vm" / "bench_journal.py"
    vm_files = files("reedgate_sim") / "vm"
    with tempfile.TemporaryDirectory(prefix="reedgate-bench-") as folder:
        image = Path(folder) / "flash.img"
        image.write_bytes(b"\xff" * (board.flash_blocks * board.flash_block_bytes))
        arguments = [script, layout, image, *map(str, words)]
        with subprocess.Popen(
            [find_micropython(), "-X", f"heapsize={HEAP}", *arguments],
            env=os.environ | {"MICROPYPATH": f"{firmware_dir()}:{vm_files}:.frozen"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # Ctrl-C is for us: the VM is ended below
        ) as vm:
            try:
                return _figures_of(vm.stdout, layout, tell)
            finally:
                vm.kill()


def _figures_of(lines, layout: str, tell: _Tell) -> dict:
    said = []
    for line in lines:
        if not line.startswith("{"):
            said.append(line)  # of an exception
            continue
        item = json.loads(line)
        if "figures" in item:
            return dict(sorted(item["figures"].items()))
        tell(layout, item["passed"] / _NOMINAL_RECORDS_PER_S)
    raise RuntimeError("the VM with the journal ended:\n" + "".join(said))
