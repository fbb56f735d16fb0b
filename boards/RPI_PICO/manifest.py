"""What is frozen into the image: MicroPython's own needs, then the factory firmware."""

_FIRMWARE = "$(MPY_DIR)/../firmware"  # with numbers in place of their names: see folded.py

include("$(MPY_DIR)/extmod/asyncio")
module("_boot.py", base_path="$(BOARD_DIR)")
module("board.py", base_path="$(BOARD_DIR)")
module("boot.py", base_path=_FIRMWARE)
module("main.py", base_path=_FIRMWARE)
module("slots.py", base_path=_FIRMWARE)
module("twin.py", base_path=_FIRMWARE)
package("reedgate_contract", base_path=_FIRMWARE)
package("station", base_path=_FIRMWARE)
