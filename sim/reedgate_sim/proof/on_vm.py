"""Steps of the proof on the MicroPython VM: the same files, run by the other Python, decide alike.

Random walks through the explored choices, from the starts on: CPython makes them on the objects of
world.py and writes down what the station was given; the VM is given the same. Compared is all that
a scan gives: outputs, rule, target, cause, first-out, wait, and each drive's state.
"""

import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

from reedgate_boards.site.locator import firmware_dir
from reedgate_sim.proof.configurations import configurations
from reedgate_sim.proof.shipped import Shipped
from reedgate_sim.proof.site import DOUBTED, WIPED, blob_of
from reedgate_sim.proof.slots import TICKS
from reedgate_sim.proof.world import World
from reedgate_sim.vm_finder import find_micropython

_NOT_GIVEN = {DOUBTED, WIPED}
_SCRIPT = Path(__file__).resolve().parents[1] / "vm" / "proof_steps.py"


class Recorded(World):
    """A world that writes down what its station is given and gives."""

    def __init__(self, site, shipped: Shipped, phase_ms: int):
        super().__init__(site, shipped, phase_ms)
        self._given: list[str] = []
        # what the VM cannot be given: a value that take() would make SUSPECT, wipes, acts
        self.plain = [
            each
            for each in self.choices
            if not (each.act or _NOT_GIVEN & set("".join(each.words)))
        ]

    def _take(self, at_ms, point, letter):
        raw, missed = self.poll_of(point, letter)
        self._given.append(f"{point}:{at_ms}:{raw}:{missed}")
        super()._take(at_ms, point, letter)

    def record(self, choice, early_ms: int, now_ms: int) -> tuple[str, str]:
        """(what it is given, what it gives)"""
        self._given = []
        self.play(choice, early_ms, now_ms, now_ms)
        given = f"{choice.restarts:d} {now_ms} {self.inputs.hex()} {','.join(self._given)}"
        told = [self.outputs.hex()]
        for gate in self.gates:
            drive = gate.drive
            told.append(f"{gate.rule:d},{gate.target:d},{gate.cause:d},{gate.cause_of:d}")
            told.append(f"{gate.first_out:d},{gate.wait:d}")
            told.append(f"{drive.direction:d},{drive.position:d},{drive.fault:d}")
        return given, " ".join(told)


def differing(folder: Path, shipped: Shipped, name: str, steps: int, seed: int) -> list[str]:
    """Where the VM gives something else than CPython did; folder: for the file between them."""
    site = configurations()[name]
    world = Recorded(site, shipped, TICKS - 20 * site.unit_ms)
    world.begin(world.starts()[0], TICKS - 20 * site.unit_ms)
    given, gives = zip(*_walk(world, steps, random.Random(f"{name}/{seed}")), strict=True)
    path = folder / f"{name}.steps"
    head = f"{blob_of(site).hex()} {site.safe_mode:d}"
    path.write_text("\n".join([head, *given]) + "\n", encoding="ascii")
    command = [find_micropython(), "-X", "heapsize=4m", _SCRIPT, path]
    environment = {"MICROPYPATH": f"{firmware_dir()}:.frozen"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    told = done.stdout.splitlines()
    if done.returncode or len(told) != steps:
        return [f"{name}: the VM ended after {len(told)} steps: {done.stderr.strip()}"]
    pairs = enumerate(zip(gives, told, strict=True))
    return [f"{name}, step {at}: {ours} here, {theirs} there" for at, (ours, theirs) in pairs
            if ours != theirs]  # fmt: skip


def _walk(world: Recorded, steps: int, draw: random.Random) -> Iterator[tuple[str, str]]:
    site = world.site
    for step in range(steps):
        before_ms = TICKS + (step - 20) * site.unit_ms
        early_ms = before_ms + site.unit_ms // 8
        now_ms = before_ms + site.unit_ms
        yield world.record(draw.choice(world.plain), early_ms % TICKS, now_ms % TICKS)
