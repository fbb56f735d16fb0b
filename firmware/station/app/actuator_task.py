"""The bus of one modbus_actuator: asks where it is and tells it where to go, turn about."""

from reedgate_contract.compat import const
from station.core import rtu_frame
from station.core.ticks import later

_PAUSE_MS = const(20)


class Actuator:
    """How it is asked and told, from the configuration. orders: target -> (PDU, reply's size)."""

    def __init__(self, port, fields, drive, orders):
        self.port = port
        self.fields = fields
        self.drive = drive
        self.orders = orders


class ActuatorTask:
    """As a Poller: `attempts` is evidence for the watchdog, `busy` and `pause` for the flash."""

    def __init__(self, clock, actuator, master, answer):
        """answer: the driver's code for a good reply."""
        self.attempts = 0
        self.busy = False
        self.pause = False
        self._clock = clock
        self._actuator = actuator
        self._master = master
        self._answer = answer
        self._told = -1  # the last order that it has taken

    async def run(self):
        clock = self._clock
        poll_ms = self._actuator.fields["poll_ms"]
        due_ms = clock.now_ms()
        while True:
            self.attempts += 1
            await clock.sleep_until(due_ms)
            while self.pause:  # the flash is to be written, and never beside a frame
                await clock.sleep_until(later(clock.now_ms(), _PAUSE_MS))
            self.busy = True
            try:
                await self._ask()
                await self._tell()
            finally:
                self.busy = False
            due_ms = later(clock.now_ms(), poll_ms)

    async def _ask(self):
        of = self._actuator.fields
        master = self._master
        outcome = await master.read(
            of["unit_id"], of["function_code"], of["address"], of["count"], of["timeout_ms"]
        )
        if outcome == self._answer:
            raw = rtu_frame.register_at(master.reply, master.start, of["word"])
            self._actuator.drive.answered(raw)
        if outcome != self._answer or master.echoes:
            self._told = -1  # it may be forgotten there, or it was an echo that took it

    async def _tell(self):
        """The order: each time until the position agrees; one to stop until it is taken."""
        drive = self._actuator.drive
        order = drive.order
        if order == self._told and drive.agrees:
            return
        if order not in self._actuator.orders:
            self._told = order  # it cannot be stopped: what it was told last stands
            return
        pdu, reply_size = self._actuator.orders[order]
        of = self._actuator.fields
        outcome = await self._master.send_raw(of["unit_id"], pdu, reply_size, of["timeout_ms"])
        self._told = order if outcome == self._answer else -1
