"""A site of contract entries, so that the station is built from it as a board builds it."""

import binascii

from reedgate_contract import config as layout

SENTINEL = 999999
_TURBIDITY = {"gross_min": 0, "gross_max": 1000000}
_OXYGEN = {"gross_min": 0, "gross_max": 20000}
_STAGE = {"gross_min": -1000, "gross_max": 5000}
OF_STATION = ("healthy", "service", "mains_ok")
# The other contacts are open until they act.
CLOSED_WHEN_WELL = ("estop", "flood", "mains_ok", "torque", "emergency_close", "upstream_alarm")


def merged(*parts):
    whole = {}
    for part in parts:
        whole.update(part)
    return whole


def _sensor():
    keys = layout.LAYOUT[layout.SENSOR][1]
    return merged(dict.fromkeys(keys, 1), {"max_age_ms": 3000})


def _point(changes):
    fields = {"quantity": 1, "word": 0, "data_type": 1, "decimals": 3, "num": 1, "den": 1}
    return merged(fields, {"offset": 0}, changes)


class Site:
    """wired: functions beside the usual ones; those of a gate with its prefix."""

    def __init__(self, wired):
        self._wired = wired
        self._body = []

    def put(self, kind, fields, name=b""):
        self._body.append(layout.pack_entry(kind, fields, name))

    def _terminals(self, functions, prefix=""):
        for function in functions:
            fields = {"function": layout.FUNCTION_NAMES[function]}
            self.put(layout.TERMINAL, fields, (prefix + function).encode())

    def station(self, grace_ms):
        times = {"scan_ms": 100, "start_grace_ms": grace_ms, "live_ms": 1000, "record_s": 60}
        self.put(layout.STATION, times, b"a/b")
        self._terminals(("estop", "reset"))
        self._terminals([each for each in self._wired if each in OF_STATION])
        line = {"baud": 9600, "parity": 0, "stop_bits": 1, "guard_ms": 100}
        self.put(layout.BUS, line, b"bus")
        self.put(layout.SENSOR, _sensor(), b"probe")
        self.put(layout.POINT, _point(_TURBIDITY), b"turbidity")
        self.put(layout.SENTINEL, {"value": SENTINEL})
        self.put(layout.POINT, _point(_OXYGEN), b"oxygen")
        self.put(layout.POINT, _point(_STAGE), b"stage")

    def gate(self, fields, name, floods, prefix=""):
        self.put(layout.GATE, fields, name)
        two_relay = fields["drive"] == layout.DRIVE_TWO_RELAY
        self._terminals(("open", "close") if two_relay else ("out",), prefix)
        self._terminals(("at_open", "at_closed"), prefix)
        for each in self._wired:
            if each.startswith("bypass_") == bool(prefix) and each not in OF_STATION:
                self._terminals((each[len(prefix) :],), prefix)
        for cause, points, contacts in floods:
            self.put(layout.FLOOD, cause, b"high")
            for point in points:
                self.put(layout.FLOOD_POINT, point)
            for contact, terminal in contacts:
                self.put(layout.FLOOD_CONTACT, contact, terminal)

    def packed(self):
        whole = b"".join(self._body)
        return layout.pack_file(whole, binascii.crc32(whole))
