"""What goes up over MQTT: birth and presence, live values, transitions.

No scan ever waits for it.
"""

from reedgate_contract import topics
from reedgate_contract.compat import const
from station.app import messages
from station.core.ticks import elapsed_ms

_WHILE_BUSY_MS = const(50)  # not connected yet, or bytes that the network does not take


class Uplink:
    look_ms = 20

    def __init__(self, clock, setup, identity, uptime, recorder, mqtt):
        self._clock = clock
        self._setup = setup
        self._identity = identity
        self._boot = identity["boot"]
        self._uptime = uptime
        self._recorder = recorder
        self._mqtt = mqtt
        self._live_n = 0
        self._live_ms = 0
        self._sent_row = -1  # number of the transition that awaits its PUBACK
        self._born = False
        self._announced = False
        mqtt.set_last_will(self._topic(topics.ONLINE), b"0")

    def _topic(self, leaf):
        return topics.topic(self._setup.site_id, self._setup.station_id, leaf).encode()

    async def run(self):
        await self._mqtt.run(self)

    def any(self):
        """Whether there is something to do now: the broker spoke, or a transition waits."""
        mqtt = self._mqtt
        if mqtt.any():
            return True
        return bool(
            mqtt.up and self._recorder.pending() and not mqtt.in_flight and not mqtt.unsent
        )

    def patience_ms(self, now_ms):
        """How long nothing has to be done when any() stays false."""
        if not self._mqtt.up or self._mqtt.unsent:
            return _WHILE_BUSY_MS
        live_left_ms = self._setup.fields["live_ms"] - elapsed_ms(now_ms, self._live_ms)
        return max(min(live_left_ms, self._mqtt.ping_left_ms(now_ms)), 1)

    def connected(self):
        self._born = False
        self._announced = False
        self._sent_row = -1
        # after days without a broker the ticks could no longer tell how long ago the last one was
        self._live_ms = self._clock.now_ms()

    def work(self):
        """Whatever is due and has room. One message with QoS 1 is in flight at a time."""
        mqtt = self._mqtt
        now_ms = self._clock.now_ms()
        if not mqtt.in_flight:
            if not self._born:
                self._born = self._send_birth()
                return
            if not self._announced:
                self._announced = mqtt.publish(self._topic(topics.ONLINE), b"1", True, 1)
                return
            self._pass_on_transitions()
        if elapsed_ms(now_ms, self._live_ms) >= self._setup.fields["live_ms"] and not mqtt.unsent:
            self._live_ms = now_ms
            self._live_n += 1
            text = messages.live(self._setup, self._boot, self._live_n, now_ms, self._uptime)
            mqtt.publish(self._topic(topics.LIVE), text.encode(), True, 0)

    def _send_birth(self):
        text = messages.birth(self._setup, self._identity, self._uptime)
        return self._mqtt.publish(self._topic(topics.BIRTH), text.encode(), True, 1)

    def _pass_on_transitions(self):
        recorder = self._recorder
        if self._sent_row >= 0:
            if recorder.pending() and recorder.oldest().n == self._sent_row:
                recorder.forget_oldest()
            self._sent_row = -1
        if recorder.pending():
            row = recorder.oldest()
            text = messages.transition(self._setup, self._boot, row)
            if self._mqtt.publish(self._topic(topics.TRANSITION), text.encode(), False, 1):
                self._sent_row = row.n
