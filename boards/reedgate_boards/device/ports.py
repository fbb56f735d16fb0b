"""Where boards are plugged in: serial ports, and the drives of boot loaders.

Nothing here opens a port: that could reset the board on it.
"""

import os
import string
import sys
from dataclasses import dataclass
from pathlib import Path

from reedgate_boards.site.user_error import UserError

ROOM = "reedgate_boards"
INFO = "INFO_UF2.TXT"
RP2040, ESP32 = "RP2040", "ESP32"

_RASPBERRY_PI, _ESPRESSIF = 0x2E8A, 0x303A
# USB bridges that boards with an ESP32 carry; RS-485 adapters do too, so that is only a guess.
_BRIDGES = {
    (0x10C4, 0xEA60): "CP210x",
    (0x1A86, 0x7523): "CH340",
    (0x1A86, 0x55D4): "CH9102",
    (0x0403, 0x6001): "FT232R",
}


@dataclass(frozen=True)
class Port:
    path: str  # as pyserial opens it: COM3, /dev/ttyACM0
    usb: str  # "2e8a:0005", or "" for a port that is no USB device
    chip: str  # RP2040 or ESP32 when the USB ids tell, else ""
    what: str  # what the device calls itself, or the bridge


@dataclass(frozen=True)
class Drive:
    path: Path
    board_id: str  # of INFO_UF2.TXT: "RPI-RP2" is an RP2040


def serial_ports() -> list[Port]:
    """Ports of USB devices; built-in ones are nobody's board."""
    return [_port(each) for each in sorted(_comports(), key=lambda it: it.device) if each.vid]


def _comports() -> list:
    from serial.tools import list_ports  # here: it brings what only this system has

    return list_ports.comports()


def _port(found) -> Port:
    bridge = _BRIDGES.get((found.vid, found.pid))
    chip = {_RASPBERRY_PI: RP2040, _ESPRESSIF: ESP32}.get(found.vid, ESP32 if bridge else "")
    what = bridge or " ".join(filter(None, (found.manufacturer, found.product)))
    usb = f"{found.vid:04x}:{found.pid:04x}"
    return Port(found.device, usb, chip, what or found.description or "")


def cannot_open(port: str) -> UserError:
    """What to say of a port that did not open."""
    hint = (
        "Is it plugged in, and is no other program using the port? "
        "See the ports by: reedgate board list"
    )
    if Path(port).exists() and not os.access(port, os.R_OK | os.W_OK):
        hint = (
            "You have no right to it. On Debian, Ubuntu or a Raspberry Pi: "
            "sudo usermod -aG dialout $USER, then log out and in again."
        )
    return UserError(ROOM, "The port {port} cannot be opened.", hint=hint, port=port)


def is_there(port: str) -> bool:
    return Path(port).exists() or any(it.path == port for it in serial_ports())


def boot_drives() -> list[Drive]:
    return [drive for place in _mounted() if (drive := read_drive(place)) is not None]


def read_drive(place: Path) -> Drive | None:
    """The boot loader's drive at this place, if it is one."""
    try:
        text = (place / INFO).read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    lines = dict(line.partition(": ")[::2] for line in text.splitlines())
    return Drive(place, lines.get("Board-ID", "").strip())


def _mounted() -> list[Path]:
    """Where this system shows drives that are plugged in."""
    if sys.platform == "win32":
        return [Path(f"{letter}:\\") for letter in string.ascii_uppercase[3:]]
    if sys.platform == "darwin":
        return sorted(Path("/Volumes").glob("*"))
    user = os.environ.get("USER", "*")
    return sorted(
        place
        for pattern in (f"media/{user}/*", f"run/media/{user}/*", "media/*")
        for place in Path("/").glob(pattern)
    )


def the_port(asked: str | None, chip: str | None = None) -> str:
    """The port asked for, else the only one with a board (of that chip). Raises UserError."""
    if asked:
        return asked
    ports = [it for it in serial_ports() if it.chip and chip in (None, it.chip)]
    if len(ports) == 1:
        return _sure(ports[0])
    if not ports:
        raise UserError(
            ROOM,
            "No board was found on a serial port.",
            hint="Plug it in by a cable that carries data, or name its port by --port.",
        )
    raise UserError(
        ROOM,
        "Which board? There are: {ports}.",
        hint="Name one by --port.",
        ports=", ".join(f"{it.path} ({it.chip}, {it.what})" for it in ports),
    )


def _sure(port: Port) -> str:
    """A guess is never acted upon: what is said on an RS-485 adapter goes out on its bus."""
    if port.what in _BRIDGES.values():
        raise UserError(
            ROOM,
            "{port} is a {what}: that may be the board, or an RS-485 adapter.",
            hint="If it is the board, say so: --port {port}",
            port=port.path,
            what=port.what,
        )
    return port.path
