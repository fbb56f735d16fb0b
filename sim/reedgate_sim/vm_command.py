"""How the VM is started with a firmware: from ROM images where it can be, else from source."""

import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from reedgate_sim.rom import rom_image
from reedgate_sim.vm_finder import find_micropython

# The VM's words are twice as long as a board's: this stands for the 234 kB that an RP2040 has
# free, and the simulator's own shims take some 20 KiB of it. On less the firmware collects its
# garbage each second.
HEAP = "512k"
# Another MicroPython keeps the code in its heap, where a board and the wheel's VM do not.
HEAP_WITH_CODE = "384k"

_HERE = Path(__file__).resolve().parent
_VM_FILES = _HERE / "vm"


@dataclass(frozen=True)
class VmCommand:
    """arguments to start with, before those of start.py, and the whole environment."""

    arguments: list[str]
    environment: dict[str, str]


def vm_command(firmware: list[Path]) -> VmCommand:
    """firmware: the folders whose files a board would hold; the first that has a file wins."""
    micropython = find_micropython()
    if micropython.parent == Path(sysconfig.get_path("scripts")):
        images = [rom_image([_VM_FILES]), rom_image(firmware)]
        launcher = [sys.executable, "-I", "-S", _HERE / "vm_launcher.py"]
        wheel = sysconfig.get_path("platlib")
        return VmCommand([str(word) for word in (*launcher, wheel, HEAP, *images)], {})
    path = ":".join([*map(str, (_VM_FILES, *firmware)), ".frozen"])
    start = [micropython, "-X", f"heapsize={HEAP_WITH_CODE}", _VM_FILES / "start.py"]
    return VmCommand([str(word) for word in start], {"MICROPYPATH": path})
