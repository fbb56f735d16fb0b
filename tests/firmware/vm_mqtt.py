"""For the tests of the MQTT driver: a link of which the test decides what it takes and gives."""

from vm_fakes import FakeClock, find_umqtt, run_for

find_umqtt()

from station.drivers.mqtt import Mqtt  # noqa: E402 - it imports umqtt

CONNECT = (
    b"\x10\x27\x00\x04MQTT\x04\x2e\x00\x0f"  # clean session, will retained with QoS 1, 15 s
    b"\x00\x07station\x00\x0fdesk/one/online\x00\x010"
)
CONNACK = b"\x20\x02\x00\x00"
PINGREQ = b"\xc0\x00"
PINGRESP = b"\xd0\x00"
KEEPALIVE_S = 15
LONGEST = 2000


class Link:
    """A TCP connection: takes up to `room` bytes, gives what the test says()."""

    look_ms = 20

    def __init__(self):
        self.opened = 0
        self.closed = 0
        self.room = 1 << 20
        self.sent = b""
        self.refuses = False
        self.gone = False
        self._waiting = b""

    def says(self, data):
        self._waiting += data

    def open(self, host, port):
        assert (host, port) == ("10.0.0.2", 1883)
        assert self.opened == self.closed, "a second connection beside the first"
        self.opened += 1
        self.sent = b""
        self._waiting = b""
        self.gone = False
        if self.refuses:
            raise OSError(111)

    def any(self):
        return bool(self._waiting) or self.gone

    def read_into(self, buffer):
        if not self._waiting:
            if self.gone:
                raise OSError(104)
            return 0
        size = min(len(buffer), len(self._waiting))
        buffer[:size] = self._waiting[:size]
        self._waiting = self._waiting[size:]
        return size

    def send(self, view):
        size = min(len(view), self.room)
        self.room -= size
        self.sent += bytes(view[:size])
        return size

    def close(self):
        self.closed = self.opened


class Owner:
    """Who publishes; looked after by the driver as the uplink is."""

    def __init__(self, mqtt):
        self.connects = 0
        self.wants = False
        self.on_work = None
        self._mqtt = mqtt

    def any(self):
        return self._mqtt.any() or self.wants

    def patience_ms(self, now_ms):
        return 50

    def connected(self):
        self.connects += 1

    def work(self):
        if self.on_work is not None:
            self.on_work()


def session(for_ms, prepare, up=True, first_ms=0):
    """One driver from its start for for_ms; prepare(clock, link, mqtt, owner) scripts it."""
    clock = FakeClock(first_ms)
    link = Link()
    mqtt = Mqtt(clock, link, b"station", "10.0.0.2:1883", KEEPALIVE_S, LONGEST)
    mqtt.set_last_will(b"desk/one/online", b"0")
    owner = Owner(mqtt)
    if up:
        clock.at_ms(10, lambda: link.says(CONNACK))
    prepare(clock, link, mqtt, owner)
    run_for(clock, mqtt.run(owner), for_ms)
    return link, mqtt, owner


def nothing(*_):
    pass
