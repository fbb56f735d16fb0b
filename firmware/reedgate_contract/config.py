"""The compiled configuration: what a site file becomes for one station.

Little-endian. Header: magic, version u16, length of the body u16, CRC-32 of the body u32. The body
is a run of entries: kind u8, size u8, then the fields of that kind, then a UTF-8 name that takes
what is left. An entry belongs to the last entry of the kind above it:

    STATION
      TERMINAL          one of the station's own
      UPLINK
        SLAVE             where a master asks, for one that is polled
      BUS
        SENSOR
          WET           by which point its probe is known to be under water
          FRAME         a request that is not a read (start of a measurement)
          WIPE          how the probe is made to wipe itself
          SLUMBER       when it falls asleep, and what it says then is old
          GUARD         registers that are read before each poll and must hold this
          POINT
            POINT_ERROR where its own status stands
            SENTINEL
            QUALITY     thresholds of the tests of quality
      DERIVED           a point that is reckoned from others
      GATE
        TERMINAL
        FLOOD
          FLOOD_POINT
          FLOOD_CONTACT
        TRIP
          DOUBT         a point that has to confirm it
          CONDITION     one more that must be beyond at the same time
          AGREE         the redundant probes beside the trip's own
        RESTRAINT       pond full, or a limit of what the water is used for
        LOAD            the hydraulic load and the rating by which it is known
        LEAK              how water past the closed gate shows
        ACTUATOR          of a modbus_actuator: how its position is read
          ORDER             and what it is told

Points, gates, floods and trips count from 0 in the order of their entries; a POINT is referred to
by that count over the whole station, the DERIVED counted with them, a gate's bypass by its count
among the gates (NONE: it has none).
Compiler and board pack and unpack by the same table, so they cannot disagree about a byte.
"""

import struct

from reedgate_contract.compat import const

MAGIC = b"RGCF"
VERSION = const(3)
HEADER = "<4sHHI"
MAX_SIZE = const(8192)
NONE = const(255)

STATION = const(1)
TERMINAL = const(2)
UPLINK = const(3)
BUS = const(4)
SENSOR = const(5)
FRAME = const(6)
POINT = const(7)
SENTINEL = const(8)
GATE = const(9)
FLOOD = const(10)
FLOOD_POINT = const(11)
FLOOD_CONTACT = const(12)
TRIP = const(13)
SLAVE = const(14)
LEAK = const(18)
ACTUATOR = const(19)
ORDER = const(20)
QUALITY = const(15)
WET = const(16)
CONDITION = const(21)
AGREE = const(22)
WIPE = const(23)
RESTRAINT = const(24)
LOAD = const(25)
DERIVED = const(26)
DOUBT = const(17)
POINT_ERROR = const(27)
GUARD = const(28)
SLUMBER = const(29)

# kind: (struct format, field names); the name after the fields is called "name".
LAYOUT = {
    # name: "<site>/<station>"
    STATION: ("<IIII", ("scan_ms", "start_grace_ms", "live_ms", "record_s")),
    TERMINAL: ("<B", ("function",)),  # name: a terminal of the board, "DI_7"
    UPLINK: ("<BH", ("kind", "keepalive_s")),  # name: "192.168.10.2:1883"
    # name: a port, "RS485_2"
    SLAVE: ("<BIBB", ("unit_id", "baud", "parity", "stop_bits")),
    BUS: ("<IBBH", ("baud", "parity", "stop_bits", "guard_ms")),  # name: a port, "RS485_1"
    SENSOR: (
        "<BBHBIHIIIBBIIBB",
        (
            "unit_id",
            "function_code",
            "address",
            "count",  # registers, as the request says it
            "poll_ms",
            "timeout_ms",
            "warm_up_ms",
            "stabilise_ms",  # after the start frame
            "max_age_ms",
            "error_word",  # register offset of an error byte or word; NONE: it has none
            # After so many polls without an answer (0: never), and then this long, it is dead.
            "break_polls",
            "break_hold_ms",
            # In which it speaks; 0, NONE and 0: as its bus.
            "baud",
            "parity",
            "stop_bits",
        ),
    ),
    # name: the PDU (function code and data), as bytes; reply_size: whole ADU
    FRAME: ("<BB", ("purpose", "reply_size")),
    POINT: (
        "<BBBBHHiii",
        (
            "quantity",
            "word",  # register offset in the reply
            "data_type",
            "decimals",  # of the raw value, before num / den
            "num",
            "den",
            "offset",  # added after scaling, in the point's own small unit
            "gross_min",
            "gross_max",  # gross range, in the point's own small unit
        ),
    ),
    POINT_ERROR: ("<B", ("word",)),  # register offset; 0 in it: the point's value counts
    # name: what they must hold, as bytes
    GUARD: ("<BH", ("function_code", "address")),
    # not asked for awake_ms it falls asleep; its first answer and all within settle_ms are old
    SLUMBER: ("<II", ("awake_ms", "settle_ms")),
    SENTINEL: ("<i", ("value",)),  # of the raw value, scaled by its decimals
    GATE: (
        "<BBBBIIIIBIIBBHIH",
        (
            "role",
            "drive",
            "spring",  # TARGET_OPEN or TARGET_CLOSED; for other drives 0
            "bypass",  # gate number, or NONE
            "travel_ms",
            "travel_timeout_ms",
            "reverse_dead_ms",
            "backoff_ms",
            "retries",
            "reopen_hold_ms",
            "min_closed_ms",
            "openings_per_hour",
            "closes_on_battery",  # 1: when the mains are lost, while its battery can
            "leave_ms",  # a switch releases within it; 0: that is not watched
            "travel_min_ms",  # no switch makes before it; 0: not watched
            "proof_test_days",  # a full stroke is asked for after so many; 0: never
        ),
    ),
    FLOOD: ("<BBI", ("position", "stage_lost", "clear_ms")),
    FLOOD_POINT: ("<BBii", ("point", "side", "limit", "deadband")),
    FLOOD_CONTACT: ("<BI", ("active_open", "debounce_ms")),  # name: a terminal
    TRIP: (
        "<BBiiBBIIBIB",
        (
            "point", "side", "limit", "deadband",
            "polls",  # k
            "of",  # n
            "delay_ms", "lost_hold_ms", "clears", "clear_hold_ms", "flow_past",
        ),
    ),
    # In the point's own small unit; a threshold of 0: no such test.
    QUALITY: (
        "<IIIIBIB",
        (
            "rate",  # most change per minute
            "rate_ms",  # over at least so long
            "spike",
            "flat_ms",
            "flat_polls",  # and at least so many polls in a row
            "suspect_ms",
            "saturates",  # 1: a value above gross_max is SUSPECT at gross_max
        ),
    ),
    WET: ("<BBi", ("point", "side", "bound")),
    CONDITION: ("<BBii", ("point", "side", "limit", "deadband")),
    # third: NONE with two probes; agree: in the point's small unit
    AGREE: ("<BBiI", ("second", "third", "agree", "agree_ms")),
    # name: the PDU; reply_size as of a FRAME
    WIPE: ("<IIIB", ("every_ms", "takes_ms", "freeze_max_ms", "reply_size")),
    # permille: to which the gate is capped; 0: it closes. lost_permille: with the point lost
    RESTRAINT: (
        "<BBiiBBIIBHH",
        (
            "point", "side", "limit", "deadband",
            "polls", "of", "delay_ms", "lost_hold_ms", "cause", "permille", "lost_permille",
        ),
    ),
    # name: the rating, pairs of head in mm (u16) and flow in cL/s (u32), rising, from 0
    LOAD: (
        "<BBiiiiiBiiiHHHI",
        (
            "point",  # the stage that the rating goes by
            "by_opening",  # 1: the rating is of the gate, wide open; 0: of a weir
            "datum",  # the crest or sill, in the point's small unit
            "day_dal",  # allowed in 24 h, in units of 10 L
            "peak_cl",  # allowed at a time, in cL/s
            "cold_day_dal",  # the same while the water is cold
            "cold_peak_cl",
            "cold_point",  # or NONE
            "cold_below",  # in the point's small unit
            "winter_day_dal",  # in its months, and while nobody knows the month
            "winter_peak_cl",
            "winter_months",  # bit 0: January; 0: there are none
            "deadband_permille",
            "lost_permille",  # the cap with an unknown flow
            "settle_ms",  # between two steps of the cap
        ),
    ),
    # A point that no probe gives. second: NONE, or one more source; third the same.
    DERIVED: (
        "<BBBBBHHI",
        ("kind", "quantity", "first", "second", "third", "num", "den", "max_age_ms"),
    ),
    LEAK: ("<BBiI", ("point", "side", "limit", "hold_ms")),
    ACTUATOR: (  # name: its port, "RS485_2"
        "<BIBBHIIIBHBBHHH",
        (
            "unit_id",
            "baud",
            "parity",
            "stop_bits",
            "guard_ms",
            "poll_ms",
            "timeout_ms",
            "silence_ms",  # after it without an answer the drive has failed
            "function_code",  # of the position
            "address",
            "count",
            "word",  # register offset of the position in the reply
            "at_closed",  # its value there
            "at_open",
            "tolerance",  # so near to an end is at that end
        ),
    ),
    # target: what it is for, TARGET_OPEN, TARGET_CLOSED or TARGET_HOLD; name: the PDU, as bytes;
    # reply_size: whole ADU
    ORDER: ("<BB", ("target", "reply_size")),
    DOUBT: (
        "<BIIIII",
        (
            "point",
            "most",  # change of it within window_ms while the water is quiet
            "window_ms",
            # Of the trip's own point, alike in all entries of one trip: when it is erratic.
            "spike",
            "apart_ms",
            "memory_ms",
        ),
    ),
}

# A dead slave is only probed: at most so long after its last probe, and so often a probe's own
# time after any probe on its bus.
PROBE_LONGEST_PAUSE_MS = const(30000)
PROBE_REST_SHARE = const(20)

PARITY_NONE = const(0)
PARITY_EVEN = const(1)
PARITY_ODD = const(2)

UPLINK_NONE = const(0)
UPLINK_MQTT = const(1)
UPLINK_RTU_SLAVE = const(2)

FRAME_START = const(1)

# Data types of a POINT: the order in which the bytes ABCD of a big-endian number arrive.
TYPE_F32_ABCD = const(1)
TYPE_F32_DCBA = const(2)
TYPE_F32_CDAB = const(3)
TYPE_F32_BADC = const(4)
TYPE_I16 = const(5)
TYPE_U16 = const(6)
TYPE_NAMES = {
    "f32_abcd": TYPE_F32_ABCD, "f32_dcba": TYPE_F32_DCBA, "f32_cdab": TYPE_F32_CDAB,
    "f32_badc": TYPE_F32_BADC, "i16": TYPE_I16, "u16": TYPE_U16,
}

ROLE_INLET = const(1)
ROLE_BYPASS = const(2)
ROLE_OUTLET = const(3)
ROLE_SPILL = const(4)
ROLE_NAMES = {
    "inlet": ROLE_INLET, "bypass": ROLE_BYPASS, "outlet": ROLE_OUTLET, "spill": ROLE_SPILL,
}

DRIVE_TWO_RELAY = const(1)
DRIVE_SPRING_RETURN = const(2)
DRIVE_MODBUS_ACTUATOR = const(3)

SIDE_ABOVE = const(0)
SIDE_BELOW = const(1)

STAGE_LOST_CONTACT = const(0)
STAGE_LOST_FLOOD = const(1)

CLEARS_HOLD_THEN_CLEAR = const(1)
CLEARS_RESET_ONLY = const(2)
CLEARS_CAUSE_GONE = const(3)  # contacts only

# What moves upstream water past a trip's probe while the gate is closed.
FLOW_PAST_NONE = const(0)
FLOW_PAST_BYPASS = const(1)
FLOW_PAST_PUMP = const(2)

DERIVED_MEDIAN = const(1)  # of two or three points
DERIVED_EC25 = const(2)  # of a conductivity and a temperature; num: 0.0001 a degree
DERIVED_TDS = const(3)  # first * num / den
DERIVED_FLOW = const(4)  # of the gate whose number is first
DERIVED_VOLUME = const(5)  # what has passed it
DERIVED_NAMES = {
    "median": DERIVED_MEDIAN, "ec25": DERIVED_EC25, "tds": DERIVED_TDS, "flow": DERIVED_FLOW,
    "volume": DERIVED_VOLUME,
}

# Functions of a TERMINAL. Inputs read 1 when their contact is made; outputs are 1 when energised.
FUNCTION_ESTOP = const(1)  # station; made when all is well
FUNCTION_RESET = const(2)  # station; made while pressed
FUNCTION_HEALTHY = const(3)  # station; output, held on by the running scan
FUNCTION_SERVICE = const(4)  # station; made while pressed
FUNCTION_MAINS_OK = const(5)  # station; made when all is well
FUNCTION_OPEN = const(10)  # output
FUNCTION_CLOSE = const(11)  # output
FUNCTION_OUT = const(12)  # output of a spring_return
FUNCTION_AT_OPEN = const(13)  # limit switch, made when there
FUNCTION_AT_CLOSED = const(14)
FUNCTION_TORQUE = const(15)  # made when all is well
FUNCTION_LOCAL = const(16)  # the selector, made on local
FUNCTION_LOCAL_OPEN = const(17)  # made while pressed
FUNCTION_LOCAL_CLOSE = const(18)
FUNCTION_EMERGENCY_CLOSE = const(19)  # made when all is well
FUNCTION_UPSTREAM_ALARM = const(20)  # made when all is well
FUNCTION_NAMES = {
    "estop": FUNCTION_ESTOP, "reset": FUNCTION_RESET, "healthy": FUNCTION_HEALTHY,
    "service": FUNCTION_SERVICE, "mains_ok": FUNCTION_MAINS_OK, "open": FUNCTION_OPEN,
    "close": FUNCTION_CLOSE, "out": FUNCTION_OUT, "at_open": FUNCTION_AT_OPEN,
    "at_closed": FUNCTION_AT_CLOSED, "torque": FUNCTION_TORQUE, "local": FUNCTION_LOCAL,
    "local_open": FUNCTION_LOCAL_OPEN, "local_close": FUNCTION_LOCAL_CLOSE,
    "emergency_close": FUNCTION_EMERGENCY_CLOSE, "upstream_alarm": FUNCTION_UPSTREAM_ALARM,
}


def pack_entry(kind, fields, name=b""):
    """One entry as bytes. fields: a dict with exactly the names of LAYOUT[kind]."""
    layout, names = LAYOUT[kind]
    body = struct.pack(layout, *[fields[key] for key in names]) + name
    if len(body) > 255:
        raise ValueError("entry longer than 255 bytes")
    return struct.pack("<BB", kind, len(body)) + body


def pack_file(body, crc32):
    """The whole file. crc32: of body, from the caller (this package imports no binascii)."""
    size = struct.calcsize(HEADER) + len(body)
    if size > MAX_SIZE:
        raise ValueError("compiled configuration is %d bytes, more than %d" % (size, MAX_SIZE))
    return struct.pack(HEADER, MAGIC, VERSION, len(body), crc32) + body


def unpack_file(blob, crc32_of):
    """The entries of a compiled configuration as a list of (kind, dict with "name"), in order.

    crc32_of: function from bytes to their CRC-32. Raises ValueError that says what is wrong.
    """
    head = struct.calcsize(HEADER)
    if len(blob) < head:
        raise ValueError("too short for a header: %d bytes" % len(blob))
    magic, version, size, crc32 = struct.unpack(HEADER, blob[:head])
    if magic != MAGIC:
        raise ValueError("not a compiled configuration")
    if version != VERSION:
        raise ValueError("configuration version %d, this firmware reads %d" % (version, VERSION))
    body = blob[head:]
    if len(body) != size or crc32_of(body) != crc32:
        raise ValueError("configuration damaged: length or CRC differs")
    entries = []
    at = 0
    while at < size:
        kind = body[at]
        end = at + 2 + body[at + 1]
        if kind not in LAYOUT or end > size:
            raise ValueError("entry of unknown kind %d or cut off at byte %d" % (kind, at))
        layout, names = LAYOUT[kind]
        width = struct.calcsize(layout)
        if end - at - 2 < width:
            raise ValueError("entry of kind %d too short at byte %d" % (kind, at))
        fields = dict(zip(names, struct.unpack(layout, body[at + 2 : at + 2 + width])))
        fields["name"] = bytes(body[at + 2 + width : end])
        entries.append((kind, fields))
        at = end
    return entries
