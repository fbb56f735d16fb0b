"""The register map of a station that a master polls over RS-485: data alone, big-endian.

Input registers (function code 4): a block for the station, one for each stream of the journal, one
for each point and one for each gate. A block is a row of fields (name, struct code); "I" and "i"
take two registers, the high one first. Names say the unit; codes are those of codes.py; points and
gates count as in the compiled configuration. Addresses are those of the PDU, from 0. Only what the
map names can be read: any other address is exception 02.

Holding registers (function codes 3, 6, 16) are the mailbox: an envelope of envelope.py is written
to MESSAGE_AT, its length in bytes to LENGTH_AT, and a ticket other than 0 to COMMIT_AT; after that
the answer stands in the block ANSWER. The same ticket again is the same commit, not a second one.

The journal's segments are files (function code 20) of 32-byte records of 16 registers each: record
number 16 * index, index 0 the segment's header, then its records in their order. file_of() gives
the file number. A record that the flash has spoilt is given as KIND_LOST, as over MQTT.
"""

from reedgate_contract.compat import const

MAP_VERSION = const(2)

STATION_AT = const(0)
STATION = (
    ("map_version", "H"),
    ("state", "H"),  # STATE_ bits
    ("points", "H"),
    ("gates", "H"),
    ("epoch", "I"),
    ("boot_n", "I"),
    ("uptime_s", "I"),
    ("uptime_rest_ms", "H"),
    ("reset_cause", "H"),
    ("config_crc32", "I"),
    ("firmware", "I"),  # 1.2.3 is 0x00010203
)
STATE_STARTING = const(1)
STATE_STOPPED = const(2)  # by the emergency stop

EVENTS_AT = const(16)
READINGS_AT = const(32)
STREAM = (
    ("first_held", "I"),
    ("next_seq", "I"),  # behind the last one that is on flash
    ("confirmed", "I"),
    ("unread_seq", "I"),  # the next to be read and confirmed; it stands in
    ("unread_boot_n", "I"),  # the segment of this start,
    ("unread_file", "H"),  # this file (FILE_NONE: it cannot be read, the flash lost it),
    ("unread_index", "H"),  # at this index,
    ("unread_count", "H"),  # and so many follow from there in that segment; 0: nothing to read
    ("waiting", "H"),  # in memory, not on flash yet
    ("refused", "I"),  # for which memory had no room
)

POINTS_AT = const(256)
POINT = (
    ("value", "i"),  # in the point's small unit; 0 where the flag says that there is none
    ("status", "H"),
    ("flag", "H"),
    ("detail", "H"),
    ("quantity", "H"),
    ("age_ms", "I"),  # AGE_NEVER: never read
)
AGE_NEVER = const(0xFFFFFFFF)

GATES_AT = const(4096)
GATE = (
    ("position", "H"),
    ("target", "H"),
    ("rule", "H"),
    ("cause", "H"),
    ("cause_of", "H"),
    ("first_out", "H"),
    ("first_out_of", "H"),
    ("fault", "H"),
    ("drive", "H"),
    ("wait", "H"),
    ("wait_ms", "I"),
    ("alarms", "H"),  # ALARM_ bits
)

LENGTH_AT = const(8192)
MESSAGE_AT = const(8193)
MESSAGE_REGISTERS = const(122)  # with the length one request of function code 16
COMMIT_AT = const(8320)
ANSWER_AT = const(8321)
ANSWER = (
    ("ticket", "H"),  # of the last commit; 0: none since the start
    ("result", "H"),  # 0: taken; else a reason of envelope.REFUSAL_NAMES
    ("last_counter", "I"),  # the last that was accepted since the start
    ("refused", "I"),  # how many were refused since the start
)

FILE_NONE = const(0)
_FIRST_OF_EVENTS = const(1)
_FIRST_OF_READINGS = const(32768)
_FILES = const(32767)
RECORD_REGISTERS = const(16)
MOST_RECORDS = const(7)  # of a request
MOST_REGISTERS = const(125)


def format_of(block):
    """The struct format of a block."""
    return ">" + "".join([code for _, code in block])


def width_of(block):
    """Its registers."""
    return sum([1 if code == "H" else 2 for _, code in block])


def file_of(events, segment_number):
    """events: whether the segment is one of the events."""
    first = _FIRST_OF_EVENTS if events else _FIRST_OF_READINGS
    return first + segment_number % _FILES


def is_of_events(file_number):
    return file_number < _FIRST_OF_READINGS
