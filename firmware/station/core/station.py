"""The station's decision: inputs and time in, outputs out, once a scan."""

from reedgate_contract.compat import const
from station.core.demand import alarms_of, is_loud
from station.core.service import Service
from station.core.ticks import Hold

_HOUR_MS = const(3600000)


class Station:
    """All gates of one board. decide() is pure but for the state it holds; it allocates nothing.

    inputs and outputs are bytearrays of 0 and 1, one byte for each terminal in use.
    """

    def __init__(
        self,
        readings,
        inlets,
        bypasses,
        estop,
        reset,
        start_grace_ms,
        output_count,
        service=-1,
        mains_ok=-1,
        healthy=-1,
    ):
        self.readings = readings
        self.inlets = inlets
        self.bypasses = bypasses
        self.gates = sorted(inlets + bypasses, key=lambda gate: gate.number)
        self.outputs = bytearray(output_count)
        self.inputs = b""  # and when, of the last decision
        self.now_ms = 0
        self.starting = True
        self.stopped = False
        self.safe_mode = False
        self.reset_edge = False
        self.mains_lost = False
        self.healthy = False  # what the output of that name says, if there is one
        self.service = Service(service)
        self._estop = estop  # indices into inputs, or -1
        self._reset = reset
        self._mains_ok = mains_ok
        self._healthy = healthy  # index into outputs, or -1
        self._reset_was_pressed = True  # a button held through a start is no edge
        self._was_healthy = False  # no emergency stop in the last scan
        self._reset_seen = False
        self._grace = Hold(start_grace_ms)
        self._hour = Hold(_HOUR_MS)

    @property
    def steady(self):
        """An hour has passed since the start."""
        return self._hour.done

    def skip_grace(self):
        """Water that has not been read by the first scan is unknown."""
        self._grace.hold_ms = 0

    def enter_safe_mode(self):
        """Nothing is measured: from the first scan each gate is driven to its trip position.

        Emergency stop, drive protection and the flood contacts act as ever; flood points do not.
        """
        self.safe_mode = True
        self.skip_grace()
        for gate in self.gates:
            for flood in gate.floods:
                flood.points = []

    def decide(self, now_ms, inputs):
        """One scan. Gives the outputs: the same bytearray each time, to be copied to the pins."""
        self.inputs = inputs
        self.now_ms = now_ms
        self._hour.update(now_ms, True)
        self.readings.age(now_ms)
        for freeze in self.readings.freezes:
            freeze.scan(now_ms)
        self._scan_reset(inputs)
        self._scan_estop(inputs)
        self._scan_start(now_ms)
        self.service.scan(now_ms, inputs, self.reset_edge)
        self.mains_lost = self._mains_ok >= 0 and inputs[self._mains_ok] == 0
        enabled = not self.stopped
        for gate in self.inlets:
            gate.decide(now_ms, inputs, self)
            gate.drive_step(now_ms, inputs, self.outputs, enabled)
        for gate in self.bypasses:
            gate.decide(now_ms, inputs, self)
            gate.drive_step(now_ms, inputs, self.outputs, enabled)
        if self.reset_edge:
            for gate in self.gates:  # last, so that a reset starts no opening in its own scan
                gate.drive.reset(inputs)
        self._judge()
        return self.outputs

    @property
    def estop_wired(self):
        return self._estop >= 0

    def _judge(self):
        """What a person must know of each gate, and whether all is well: last in the scan.

        Service ends with the horn that hangs on this output.
        """
        healthy = not (self.safe_mode or self.service.ending)
        for gate in self.gates:
            gate.alarms = alarms_of(gate, self)
            healthy = healthy and not is_loud(gate.alarms)
        self.healthy = healthy
        if self._healthy >= 0:
            self.outputs[self._healthy] = 1 if healthy else 0

    def _scan_reset(self, inputs):
        pressed = self._reset >= 0 and inputs[self._reset] == 1
        self.reset_edge = pressed and not self._reset_was_pressed
        self._reset_was_pressed = pressed

    def _scan_estop(self, inputs):
        """Acts at once; after its release nothing moves until the scan after a reset edge.

        An edge in the very scan of the release does not count: it may have come before it.
        Without one wired there may still be a stop of before the restart to be reset.
        """
        healthy = self._estop < 0 or inputs[self._estop] == 1
        if not healthy:
            self.stopped = True
        elif self._reset_seen:
            self.stopped = False
        self._reset_seen = healthy and self._was_healthy and self.reset_edge
        self._was_healthy = healthy

    def _scan_start(self, now_ms):
        """Nothing but emergency stop, flood and trips moves a gate until the water is known."""
        if not self.starting:
            return
        grace_over = self._grace.update(now_ms, True)
        read = True
        for gate in self.inlets:
            read = read and gate.inputs_read()
        if read or grace_over:
            self.starting = False
