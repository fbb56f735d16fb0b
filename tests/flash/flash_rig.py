"""What these tests share: a chip with a small program of its own, and nothing wired to it."""

import itertools
import re
import shutil

from reedgate_sim import flash
from reedgate_sim.rigs import vm as vm_rig
from reedgate_sim.rigs.chip_flash import FlashChip
from reedgate_sim.world.bus import NEVER_US

S = 1_000_000
SMALL = FlashChip(blocks=16)

# In place of boot.py: one output on, so that a power cut is seen.
BOOT = """
import board
from machine import Pin
Pin(board.OUTPUTS[0], Pin.OUT, value=1 - board.OFF)
"""


class Nothing:
    """A world in which nothing is and nothing happens."""

    buses = {}  # noqa: RUF012 - never written

    def set_output(self, terminal, level, now_us):
        pass

    def advance(self, now_us):
        pass

    def next_event_us(self):
        return NEVER_US

    def inputs(self):
        return {}


def program(folder, monkeypatch, main, boot=BOOT):
    """main.py and boot.py in the place of the firmware's."""
    folder.mkdir()
    (folder / "boot.py").write_text(boot, encoding="utf-8")
    (folder / "main.py").write_text(main, encoding="utf-8")
    stock = vm_rig.vm_command
    monkeypatch.setattr(vm_rig, "vm_command", lambda folders: stock([folder, *folders]))


class Rig(vm_rig.VmRig):
    def __init__(self, directory=None, chip=SMALL, config=b"config", **options):
        super().__init__(Nothing(), config, "HOST", directory=directory, flash=chip, **options)
        self.levels = []
        self.on_output.append(lambda _at, _terminal, level: self.levels.append(level))

    def second(self):
        """Run for a second; gives what was printed in it."""
        before = len(self.console)
        self.run(self.now_us + S)
        return self.console[before:]

    def again(self):
        """After a power cut: on again, for a second."""
        self.power_on()
        return self.second()


class Cut:
    """What one power cut left: what was printed before and after it, and the image in between."""

    def __init__(self, rig, number, torn, said):
        self.at = (number, torn)
        self.relay_dropped = rig.levels[-1] == 0
        self.acknowledged = max(numbers(said, "ack"), default=0)
        self.mounts = flash.mounts(rig.flash_image)
        self.files = flash.read_files(rig.flash_image) if self.mounts else {}
        self.said_again = rig.again()
        self.found_again = max(numbers(self.said_again, "found"), default=None)
        self.went_on = max(numbers(self.said_again, "ack"), default=0)


def numbers(said, word):
    return [int(number) for number in re.findall(rf"{word} (\d+)", said)]


def every_cut(folder, chip=SMALL):
    """Cut the program's run at each operation of its flash, absent and torn, on a like chip."""
    fresh = folder / "fresh"
    with Rig(fresh, chip) as rig:
        rig.cut_at_operation(1)
        rig.second()  # formatted and provisioned, and nothing else
    found = []
    for torn in (False, True):
        for number in itertools.count(1):
            directory = folder / "cut"
            shutil.copytree(fresh, directory)
            with Rig(directory, chip) as rig:
                rig.cut_at_operation(number, torn=torn)
                said = rig.second()
                if rig.has_power:
                    assert "done" in said, said
                    break
                found.append(Cut(rig, number, torn, said))
            shutil.rmtree(directory)
        shutil.rmtree(directory)
    return found
