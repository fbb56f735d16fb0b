"""What goes up over MQTT: birth and presence, live values, the journal; and what comes down.

No scan ever waits for it.
"""

from reedgate_contract import topics
from reedgate_contract.compat import const
from station.app import messages
from station.core.ticks import elapsed_ms

_WHILE_BUSY_MS = const(50)  # not connected yet, or bytes that the network does not take


class Uplink:
    look_ms = 20

    def __init__(self, clock, setup, identity, uptime, journal, delivery, downlink, mqtt):
        self._clock = clock
        self._setup = setup
        self._identity = identity
        self._boot = identity["boot"]
        self._uptime = uptime
        self._journal = journal
        self._delivery = delivery
        self._downlink = downlink
        self._mqtt = mqtt
        self._live_n = 0
        self._live_ms = 0
        self._subscribed = 0  # how many of the downlink's topics
        self._born = False
        self._announced = False
        mqtt.set_last_will(self._topic(topics.ONLINE), b"0")

    def _topic(self, leaf):
        return topics.topic(self._setup.site_id, self._setup.station_id, leaf).encode()

    async def run(self):
        await self._mqtt.run(self)

    def any(self):
        """Whether there is something to do now: the broker spoke, or a batch is due."""
        mqtt = self._mqtt
        if mqtt.any():
            return True
        if not mqtt.up or mqtt.in_flight or mqtt.unsent:
            return False
        return self._delivery.due()

    def patience_ms(self, now_ms):
        """How long nothing has to be done when any() stays false."""
        if not self._mqtt.up or self._mqtt.unsent:
            return _WHILE_BUSY_MS
        live_left_ms = self._setup.fields["live_ms"] - elapsed_ms(now_ms, self._live_ms)
        left_ms = min(live_left_ms, self._mqtt.ping_left_ms(now_ms))
        return max(left_ms, 1)

    def connected(self):
        self._born = False
        self._announced = False
        self._subscribed = 0
        self._delivery.connected()
        # after days without a broker the ticks could no longer tell how long ago the last one was
        self._live_ms = self._clock.now_ms()

    def work(self):
        """Whatever is due and has room. One message with QoS 1 is in flight at a time."""
        mqtt = self._mqtt
        now_ms = self._clock.now_ms()
        while self._subscribed < len(self._downlink.topics):
            if not mqtt.subscribe(self._downlink.topics[self._subscribed]):
                return
            self._subscribed += 1
        if not mqtt.in_flight:
            if not self._born:
                self._born = self._send_birth()
                return
            if not self._announced:
                self._announced = mqtt.publish(self._topic(topics.ONLINE), b"1", True, 1)
                return
            self._send_batch()
        if elapsed_ms(now_ms, self._live_ms) >= self._setup.fields["live_ms"] and not mqtt.unsent:
            self._live_ms = now_ms
            self._live_n += 1
            text = messages.live(
                self._setup,
                self._boot,
                self._live_n,
                self._uptime,
                self._journal,
                self._delivery,
            )
            mqtt.publish(self._topic(topics.LIVE), text.encode(), True, 0)

    def _send_birth(self):
        text = messages.birth(self._setup, self._identity, self._uptime, self._journal)
        return self._mqtt.publish(self._topic(topics.BIRTH), text.encode(), True, 1)

    def _send_batch(self):
        delivery = self._delivery
        if delivery.due() and self._mqtt.publish(delivery.topic, delivery.batch, False, 1):
            delivery.was_sent()

    def received(self, topic, message, retained):
        """A message from the broker."""
        self._downlink.take(topic, message, retained)
