"""The one envelope of everything that goes down to a station: ack, time, cmd, and later more.

Bytes: HEAD, body, HMAC-SHA256 with the station's key over: the topic, a zero byte, HEAD and body.
The topic carries site and station, so an envelope for one is none for another. boot_id is (epoch,
boot_n): nothing that was meant for an earlier start is taken. The counter starts at 1 each start
and only grows; not_after is in the station's own uptime.
"""

import struct

from reedgate_contract.compat import const

# version, topic code, epoch, boot_n, counter, not_after_s, not_after_ms
HEAD = "<BBIIIIH"
VERSION = const(1)
HMAC_SIZE = const(32)

TOPIC_ACK = const(1)
TOPIC_TIME = const(2)
TOPIC_CMD = const(3)
TOPIC_CODES = {"ack": 1, "time": 2, "cmd": 3}

ACK = "<BII"  # stream, epoch of the journal, the highest seq up to which nothing is missing
TIME = "<IHH"  # unix seconds, milliseconds, uncertainty in ms
# gate, action, hold_s, number of the order: the giver's own, which the station's record repeats
CMD = "<BBHI"
ACTION_OPEN = const(1)
ACTION_CLOSE = const(2)
ACTION_RELEASE = const(3)  # of what stands; hold_s 0
ACTION_RESET = const(4)  # of the gate's quality trips; hold_s 0
ACTION_NAMES = {1: "open", 2: "close", 3: "release", 4: "reset"}
MOST_HOLD_S = const(14400)
UNTIL_RELEASED = const(0xFFFF)  # for hold_s, of an order to the gate's trip position

REFUSED_FORM = const(1)  # too short, unknown version or topic
REFUSED_PROOF = const(2)
REFUSED_BOOT = const(3)  # meant for another start or another journal
REFUSED_COUNTER = const(4)  # seen already, or older
REFUSED_LATE = const(5)  # after its not_after
REFUSED_RETAINED = const(6)
REFUSED_CONTENT = const(7)  # what it says cannot be
REFUSED_AHEAD = const(8)  # its not_after is further ahead than any order may stand
REFUSED_BUSY = const(9)  # memory has no room for what it would leave behind
REFUSED_HOLD = const(10)  # an order that would stand for longer than it may, or for no time
REFUSAL_NAMES = {
    1: "form",
    2: "proof",
    3: "boot",
    4: "counter",
    5: "late",
    6: "retained",
    7: "content",
    8: "ahead",
    9: "busy",
    10: "hold",
}


def pack_head(topic_code, epoch, boot_n, counter, not_after_s, not_after_ms):
    return struct.pack(
        HEAD, VERSION, topic_code, epoch, boot_n, counter, not_after_s, not_after_ms
    )
