"""A board's own pin map, read as the data it is."""

import runpy
from pathlib import Path


class BoardData:
    def __init__(self, directory: Path):
        facts = runpy.run_path(str(directory / "board.py"))
        self.outputs: tuple[int, ...] = facts["OUTPUTS"]
        self.off: int = facts["OFF"]
        self._pins: dict[str, int] = facts["TERMINALS"]
        self._terminals = {pin: terminal for terminal, pin in self._pins.items()}
        self._uarts = {port: data["uart"] for port, data in facts["PORTS"].items()}
        self.drivers: dict[int, int] = {  # pin that turns a transceiver to sending: its uart
            data["driver_enable"]: data["uart"]
            for data in facts["PORTS"].values()
            if "driver_enable" in data
        }
        self._ports = {uart: port for port, uart in self._uarts.items()}

    def pin_of(self, terminal: str) -> int:
        return self._pins[terminal]

    def terminal_of(self, pin: int) -> str:
        return self._terminals[pin]

    def uart_of(self, port: str) -> int:
        return self._uarts[port]

    def port_of(self, uart: int) -> str:
        return self._ports[uart]
