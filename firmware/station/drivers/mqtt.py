"""MQTT on umqtt.simple without its waiting.

umqtt builds every packet; it is given a buffer in place of its socket, and where it would wait for
the broker it is told at once what it wants to hear. The broker's own answers are matched here when
they arrive. So no call blocks, whatever the broker does or does not do.
"""

from umqtt import simple

from reedgate_contract.compat import const
from station.core.ticks import elapsed_ms, later

_HEADS_SIZE = const(256)  # of a CONNECT, and of the packets around messages
_IN_SIZE = const(256)
_CONNECT_MS = const(5000)
_BACKOFF_MS = const(1000)
_LONGEST_BACKOFF_MS = const(30000)
_LAST_PACKET_ID = const(65000)  # umqtt counts on beyond 65535, which no packet can carry
_CONNACK = const(0x20)
_PUBACK = const(0x40)
_PUBLISH = const(0x30)
_TIMED_OUT = const(110)
_REFUSED = const(111)
_NOT_MQTT = const(71)


class _Buffer:
    """What umqtt takes for the socket module, and for its socket."""

    def __init__(self, size):
        self.bytes = bytearray(size)
        self.view = memoryview(self.bytes)
        self.size = 0
        self._foretold = b""

    def foretell(self, answer):
        """What umqtt reads next, in place of waiting for the broker to say it."""
        self._foretold = answer

    def socket(self, *_):
        return self

    def getaddrinfo(self, host, port, *_):
        return ((0, 0, 0, "", (host, port)),)

    def connect(self, _address):
        pass  # the link is connected, or will be, by TcpLink

    def setblocking(self, _blocking):
        pass

    def settimeout(self, _seconds):
        pass

    def read(self, size):
        answer = self._foretold[:size]
        self._foretold = self._foretold[size:]
        return answer

    def write(self, data, size=None):
        size = len(data) if size is None else size
        self.bytes[self.size : self.size + size] = data[:size]
        self.size += size
        return size

    def sent(self, size):
        """Drop the first size bytes: the network has them."""
        self.bytes[: self.size - size] = self.bytes[size : self.size]
        self.size -= size

    def room_for(self, size):
        return self.size + size <= len(self.bytes)


class Mqtt:
    """One broker. `owner` is told: owner.connected() after each CONNACK.

    After publish(..., qos=1), `in_flight` stands until the broker's PUBACK has come.
    """

    def __init__(self, clock, link, client_id, address, keepalive_s, longest):
        """longest: bytes of the longest topic and message together that will be published."""
        host, _, port = address.partition(":")
        self._clock = clock
        self._link = link
        self._host = host
        self._port = int(port)
        self._keepalive_ms = keepalive_s * 1000
        self._buffer = _Buffer(longest + _HEADS_SIZE)
        simple.socket = self._buffer
        self._client = simple.MQTTClient(client_id, host, self._port, keepalive=keepalive_s)
        self._inbox = bytearray(_IN_SIZE)
        self._inbox_size = 0
        self._lump = bytearray(64)
        self._skip = 0  # bytes of a packet too long for the inbox, still to be read away
        self._heard_ms = 0
        self._pinged_ms = 0
        self._sent_ms = 0  # when what is in flight was published
        self._acknowledged = False
        self.up = False
        self.in_flight = 0
        self.losses = 0
        self.problem = None
        self.owner = None

    def set_last_will(self, topic, message):
        self._client.set_last_will(topic, message, retain=True, qos=1)

    def any(self):
        return self._link.any()

    @property
    def unsent(self):
        """Bytes that the network has not taken yet."""
        return self._buffer.size

    def subscribe(self, topic):
        """For the life of this connection, with QoS 0. False when there is no room now."""
        if not self.up or not self._buffer.room_for(len(topic) + 8):
            return False
        client = self._client
        if client.pid >= _LAST_PACKET_ID:
            client.pid = 0
        packet_id = client.pid + 1
        client.set_callback(self._handle)  # umqtt asks for one; it is never called by it
        self._buffer.foretell(bytes((0x90, 3, packet_id >> 8, packet_id & 0xFF, 0)))
        client.subscribe(topic)
        return True

    def publish(self, topic, message, retain=False, qos=0):
        """Queue one message. False when it does not go now: not connected, or no room."""
        needed = len(topic) + len(message) + 16
        if not self.up or not self._buffer.room_for(needed) or (qos and self.in_flight):
            return False
        client = self._client
        if qos:
            if client.pid >= _LAST_PACKET_ID:
                client.pid = 0
            packet_id = client.pid + 1
            self._buffer.foretell(bytes((_PUBACK, 2, packet_id >> 8, packet_id & 0xFF)))
            self.in_flight = packet_id
            self._sent_ms = self._clock.now_ms()
        client.publish(topic, message, retain, qos)
        return True

    async def run(self, owner):
        """Connect and stay connected, for ever; owner.work() is called when some may be due."""
        clock = self._clock
        self.owner = owner
        backoff_ms = _BACKOFF_MS
        while True:
            try:
                await self._session(owner)
            except OSError as problem:
                self.problem = problem
            finally:
                if self.up:
                    backoff_ms = _BACKOFF_MS
                self._close()
            await clock.sleep_until(later(clock.now_ms(), backoff_ms))
            backoff_ms = min(backoff_ms * 2, _LONGEST_BACKOFF_MS)

    def _close(self):
        self._link.close()
        if self.up:
            self.losses += 1
        self.up = False
        self.in_flight = 0

    async def _session(self, owner):
        clock = self._clock
        self._buffer.size = 0
        self._inbox_size = 0
        self._skip = 0
        self._acknowledged = False
        self._link.open(self._host, self._port)
        self._buffer.foretell(b"\x20\x02\x00\x00")
        self._client.connect()
        give_up_ms = later(clock.now_ms(), _CONNECT_MS)
        self._heard_ms = self._pinged_ms = clock.now_ms()
        while True:
            now_ms = clock.now_ms()
            self._flush()
            self._read()
            if self.up:
                self._keep_alive(now_ms)
                owner.work()
            elif elapsed_ms(now_ms, give_up_ms) >= 0:
                raise OSError(_TIMED_OUT)
            elif self._acknowledged:
                self._acknowledged = False
                self.up = True
                owner.connected()
                continue
            self._flush()
            if owner.any():  # there is more to do, but the other tasks have their turn first
                await clock.sleep_until(later(now_ms, 1))
            else:
                await clock.wait_readable(owner, later(now_ms, owner.patience_ms(now_ms)))

    def _flush(self):
        buffer = self._buffer
        while buffer.size:
            sent = self._link.send(buffer.view[: buffer.size])
            if not sent:
                return
            buffer.sent(sent)

    def _keep_alive(self, now_ms):
        patience_ms = self._keepalive_ms * 3 // 2
        if elapsed_ms(now_ms, self._heard_ms) > patience_ms:
            raise OSError(_TIMED_OUT)
        # a broker may lose what is in flight and yet go on answering pings
        if self.in_flight and elapsed_ms(now_ms, self._sent_ms) > patience_ms:
            raise OSError(_TIMED_OUT)
        if self.ping_left_ms(now_ms) <= 0:
            self._pinged_ms = now_ms
            if self._buffer.room_for(2):
                self._client.ping()

    def ping_left_ms(self, now_ms):
        """Until the broker is to hear from us, and we from it."""
        return self._keepalive_ms // 2 - elapsed_ms(now_ms, self._pinged_ms)

    def _read(self):
        """One lump a turn: a broker that sends without end holds up nobody."""
        size = self._link.read_into(self._lump)
        if size:
            self._heard_ms = self._clock.now_ms()
        for index in range(size):
            self._take(self._lump[index])

    def _take(self, byte):
        """One byte from the broker; a packet is handled with its last one."""
        if self._skip:
            self._skip -= 1
            return
        self._inbox[self._inbox_size] = byte
        self._inbox_size += 1
        inbox = self._inbox
        if self._inbox_size < 2:
            return
        length = inbox[1] & 0x7F
        head = 2
        while inbox[head - 1] & 0x80:
            if head > 4:
                raise OSError(_NOT_MQTT)
            if self._inbox_size <= head:
                return
            length |= (inbox[head] & 0x7F) << 7 * (head - 1)
            head += 1
        if head + length > _IN_SIZE:
            self._skip = head + length - self._inbox_size
            self._inbox_size = 0
        elif self._inbox_size == head + length:
            self._inbox_size = 0
            self._handle(inbox, head, length)

    def _hand_over(self, packet, head, length):
        """A message for the owner. With QoS 0 there is no packet id; others are not asked for."""
        topic_size = packet[head] << 8 | packet[head + 1]
        start = head + 2 + topic_size
        if packet[0] & 0x06 or start > head + length:
            raise OSError(_NOT_MQTT)
        topic = bytes(packet[head + 2 : start])
        message = bytes(packet[start : head + length])
        self.owner.received(topic, message, bool(packet[0] & 1))

    def _handle(self, packet, head, length):
        kind = packet[0] & 0xF0
        if kind == _CONNACK and length == 2:
            if packet[head + 1]:
                raise OSError(_REFUSED)
            self._acknowledged = True
        elif kind == _PUBLISH:
            self._hand_over(packet, head, length)
        elif (
            kind == _PUBACK
            and length == 2
            and packet[head] << 8 | packet[head + 1] == self.in_flight
        ):
            self.in_flight = 0
