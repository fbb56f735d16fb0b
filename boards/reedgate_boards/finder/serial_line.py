"""The line behind a serial port of this computer: an adapter to RS-485, or a device server.

`port` is a pyserial port; all waiting is its time-outs, so that one on a simulated line brings its
own time.
"""

from collections.abc import Iterable, Iterator

from reedgate_boards.device.ports import ROOM, cannot_open, serial_ports
from reedgate_boards.finder.judge import Fault
from reedgate_boards.finder.plan import Setting
from reedgate_boards.site.user_error import UserError

# How late a byte may be seen that has arrived: the FT232 hands over what it has each 16 ms (FTDI
# AN232B-04), others sooner; the rest is for this computer.
LATENCY_MS = 30
SHORTEST = 5  # of an answer
LONGEST = 512  # of an answer with all that may be around it; a line that babbles never ends
_PARITIES = {"none": "N", "even": "E", "odd": "O"}


class SerialLine:
    echo_fault = Fault.ECHO
    latency_ms = LATENCY_MS

    def __init__(self, port, name: str):
        self._port = port
        self.name = name
        self._setting = Setting(9600, "none")

    def set(self, setting: Setting) -> None:
        self._setting = setting
        parity = _PARITIES[setting.parity]
        try:
            self._port.baudrate = setting.baud
            self._port.parity = parity
        except OSError:
            raise self._gone() from None
        except Exception:  # termios.error: that is no OSError, and Windows has none to name
            raise UserError(
                ROOM,
                "The adapter on {port} cannot be set to {line}.",
                hint="Check its cable. An adapter that cannot do this serves for no search.",
                port=self.name,
                line=f"{setting.baud} 8{parity}1",
            ) from None

    def listen(self, ms: float) -> bytes:
        """What comes within this time without our asking."""
        try:
            self._drop()
            return self._read(LONGEST, ms)
        except OSError:
            raise self._gone() from None

    def hear(self, ms: float) -> bytes:
        """What has come, as soon as anything has; b"" after this time."""
        try:
            return self._read(max(self._port.in_waiting, 1), ms)
        except OSError:
            raise self._gone() from None

    def ask(self, requests: Iterable[bytes], wait_ms: float) -> Iterator[bytes]:
        """What comes after each request, up to the silence behind it."""
        for request in requests:
            try:
                yield self._ask(request, wait_ms)
            except OSError:
                raise self._gone() from None

    def _ask(self, request: bytes, wait_ms: float) -> bytes:
        setting = self._setting
        self._drop()
        self._port.write(request)
        # with the silence that parts this frame from the next
        raw = self._read(1, setting.time_ms(len(request)) + wait_ms + setting.silence_ms)
        gap_ms = setting.silence_ms + setting.time_ms(1) + self.latency_ms
        while raw and len(raw) < LONGEST:
            # A glitch of a driver or our own echo: the answer is still to come.
            to_come = len(raw) < SHORTEST or raw == request
            more = self._read(max(self._port.in_waiting, 1), wait_ms if to_come else gap_ms)
            if not more:
                break
            raw += more
        return raw

    def _read(self, size: int, ms: float) -> bytes:
        """Up to size bytes, within this time."""
        if self._port.timeout != ms / 1000:  # over a network each setting takes its time
            self._port.timeout = ms / 1000
        return self._port.read(size)

    def _drop(self) -> None:
        """What came before the request. Not by the port's own word for it: see _read."""
        if self._port.in_waiting:
            self._port.read(self._port.in_waiting)

    def close(self) -> None:
        self._port.close()

    def _gone(self) -> UserError:
        return UserError(
            ROOM,
            "The adapter on {port} went away.",
            hint="Check its cable, and run the command again.",
            port=self.name,
        )


def open_line(name: str | None) -> SerialLine:
    """name: as pyserial opens it: COM3, /dev/ttyUSB0, rfc2217://host:port. Raises UserError."""
    if name is None:  # a guess is never acted upon: a board behind a bridge looks like an adapter
        ports = ", ".join(f"{it.path} ({it.what})" for it in serial_ports())
        if not ports:
            raise UserError(
                ROOM,
                "No adapter was found on a serial port.",
                hint="Plug it in, or name its port by --port.",
            )
        raise UserError(
            ROOM,
            "Which adapter? There are: {ports}.",
            hint="Name its port by --port.",
            ports=ports,
        )
    if name.startswith("socket:"):
        raise UserError(
            ROOM,
            "Through {port} the speed of the line cannot be set.",
            hint="Use the device server by RFC 2217: rfc2217://HOST:PORT",
            port=name,
        )
    import serial  # here: it brings what only this system has

    try:
        port = serial.serial_for_url(name, exclusive=True)
    except (OSError, ValueError):
        raise cannot_open(name) from None
    return SerialLine(port, name)
