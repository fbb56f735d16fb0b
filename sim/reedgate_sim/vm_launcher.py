"""Started in place of `micropython`: the wheel's VM with ROM images in its memory, as on a board.

Arguments: folder of the wheel, heap size, sim image, firmware image, then start.py's own. Runs
under `python -I -S`, so nothing but the standard library and the wheel is there, and nothing of
this process is needed once the VM runs in it.
"""

import sys
from array import array

_MOUNT = """
import sys, uctypes, vfs
for place, address, size in {places}:
    vfs.mount(vfs.VfsRom(memoryview(uctypes.bytearray_at(address, size))), place)
sys.path[:] = [place for place, _, _ in {places}] + [".frozen"]
sys.argv[:] = {arguments}
import start
"""


def main() -> int:
    wheel, heap, sim_image, firmware_image, *arguments = sys.argv[1:]
    sys.path.insert(0, wheel)
    import micropython_unix

    places = []
    kept = []  # the VM executes from this memory for as long as it lives
    for place, image in (("/sim", sim_image), ("/rom", firmware_image)):
        with open(image, "rb") as stream:
            memory = array("B", stream.read())
        kept.append(memory)
        places.append((place, *memory.buffer_info()))
    code = _MOUNT.format(places=tuple(places), arguments=["start.py", *arguments])
    sys.argv = ["micropython", "-X", f"heapsize={heap}", "-c", code]
    return micropython_unix.main()


if __name__ == "__main__":
    sys.exit(main())
