"""Codes on the wire and in the records, with their names in JSON.

A code never changes its meaning.
"""

from reedgate_contract.compat import const

# NAMUR NE 107 status of a reading, mildest first: the larger code is the worse one.
STATUS_GOOD = const(0)
STATUS_MAINTENANCE_REQUIRED = const(1)
STATUS_OUT_OF_SPECIFICATION = const(2)
STATUS_FUNCTION_CHECK = const(3)
STATUS_FAILURE = const(4)
STATUS_NAMES = (
    "good",
    "maintenance_required",
    "out_of_specification",
    "function_check",
    "failure",
)

# QARTOD flags.
FLAG_GOOD = const(1)
FLAG_NOT_EVALUATED = const(2)
FLAG_SUSPECT = const(3)
FLAG_FAIL = const(4)
FLAG_MISSING = const(9)
FLAG_NAMES = {1: "good", 2: "not_evaluated", 3: "suspect", 4: "fail", 9: "missing"}

# Why a reading is not GOOD.
DETAIL_NONE = const(0)
DETAIL_NEVER_READ = const(1)
DETAIL_NO_ANSWER = const(2)
DETAIL_BAD_FRAME = const(3)
DETAIL_EXCEPTION = const(4)
DETAIL_NOT_A_NUMBER = const(5)
DETAIL_SENTINEL = const(6)
DETAIL_OUT_OF_RANGE = const(7)
DETAIL_INSTRUMENT_ERROR = const(8)
DETAIL_STALE = const(9)
DETAIL_WARMING_UP = const(10)
DETAIL_NOT_ASKED = const(11)  # its breaker is open
DETAIL_NOT_WET = const(12)  # its probe is not known to be under water
DETAIL_FLAT_LINE = const(13)  # the same digits for too long
DETAIL_RATE_OF_CHANGE = const(14)  # SUSPECT: changes too fast
DETAIL_SPIKE = const(15)  # SUSPECT: stands out from its neighbours
DETAIL_OVER_SPAN = const(16)  # SUSPECT: beyond the upper end of a span known to saturate
DETAIL_SUSPECT_TOO_LONG = const(17)  # SUSPECT for longer than suspect_s
DETAIL_NAMES = (
    "none",
    "never_read",
    "no_answer",
    "bad_frame",
    "exception",
    "not_a_number",
    "sentinel",
    "out_of_range",
    "instrument_error",
    "stale",
    "warming_up",
    "not_asked",
    "not_wet",
    "flat_line",
    "rate_of_change",
    "spike",
    "over_span",
    "suspect_too_long",
)

# The rules of authority over a gate, in their order. 0: start-up, before the first decision.
RULE_START = const(0)
RULE_ESTOP = const(1)
RULE_DRIVE = const(2)
RULE_LOCAL = const(3)
RULE_FLOOD = const(4)
RULE_QUALITY = const(5)
RULE_UNKNOWN = const(6)
RULE_POND = const(7)
RULE_REMOTE = const(8)
RULE_AUTOMATIC = const(9)
RULE_NAMES = (
    "start",
    "estop",
    "drive",
    "local",
    "flood",
    "quality",
    "unknown",
    "pond",
    "remote",
    "automatic",
)

# What a rule wants of a gate. HOLD moves nothing: it is what any code not known here means.
TARGET_HOLD = const(0)
TARGET_OPEN = const(1)
TARGET_CLOSED = const(2)
TARGET_NAMES = ("hold", "open", "closed")

# Where a gate is, by its switches.
POSITION_UNKNOWN = const(0)  # both switches made, or nothing known since start
POSITION_OPEN = const(1)
POSITION_CLOSED = const(2)
POSITION_MOVING = const(3)  # between its switches
POSITION_NAMES = ("unknown", "open", "closed", "moving")

# What a gate's drive does.
DRIVE_NAMES = ("stopped", "opening", "closing")

# Cause of a ruling. On the wire "quality: turbidity_ntu": the name, then the point, flood or gate.
CAUSE_NONE = const(0)
CAUSE_ESTOP = const(1)
CAUSE_FLOOD = const(2)  # of the flood cause named
CAUSE_QUALITY = const(3)  # of the point named
CAUSE_LOST = const(4)  # of the point named
CAUSE_NEVER_GOOD = const(5)  # of the point named: nothing GOOD since start
CAUSE_JAM_OPENING = const(6)
CAUSE_JAM_CLOSING = const(7)
CAUSE_SWITCHES = const(8)  # both limit switches made
CAUSE_BYPASS_FOR = const(9)  # a bypass opened for the gate named
CAUSE_STARTING = const(10)
CAUSE_LOCAL = const(11)  # the selector stands on local
CAUSE_SERVICE = const(12)
CAUSE_EMERGENCY_CLOSE = const(13)  # its button, or the broken wire of it
CAUSE_UPSTREAM_ALARM = const(14)  # the upstream plant's contact
CAUSE_MAINS_LOST = const(15)  # the gate is closed while its battery still can
CAUSE_OVERLOAD = const(16)  # the torque switch has opened
CAUSE_NOT_LEFT = const(17)  # a limit switch stayed made when the gate should have left it
CAUSE_TOO_EARLY = const(18)  # a limit switch made before the gate can have got there
CAUSE_LEAK = const(19)  # water passes a gate that says it is closed
CAUSE_SILENT = const(20)  # a modbus_actuator does not answer
CAUSE_UNREADABLE = const(21)  # latches that nobody could read: they count as set
CAUSE_POND_FULL = const(25)  # by the point named
CAUSE_USE = const(26)  # the point named is beyond what the water is used for
CAUSE_LOAD_PEAK = const(27)  # more at a time than the wetland takes
CAUSE_LOAD_DAY = const(28)  # more in 24 h
CAUSE_FLOW_UNKNOWN = const(29)
CAUSE_BYPASSED = const(30)  # the measurement named is bypassed, set at the station
CAUSE_REMOTE_CLOSE = const(40)  # a person's order from afar
CAUSE_REMOTE_OPEN = const(41)
CAUSE_NAMES = (
    "none",
    "estop",
    "flood",
    "quality",
    "lost",
    "never_good",
    "jam_opening",
    "jam_closing",
    "switches",
    "bypass_for",
    "starting",
    "local",
    "service",
    "emergency_close",
    "upstream_alarm",
    "mains_lost",
    "overload",
    "not_left",
    "too_early",
    "leak",
    "silent",
    "unreadable",
    "reserved_22",
    "reserved_23",
    "reserved_24",
    "pond_full",
    "use",
    "load_peak",
    "load_day",
    "flow_unknown",
    "bypassed",
    "reserved_31",
    "reserved_32",
    "reserved_33",
    "reserved_34",
    "reserved_35",
    "reserved_36",
    "reserved_37",
    "reserved_38",
    "reserved_39",
    "remote_close",
    "remote_open",
)
# Causes that name a point.
CAUSES_OF_POINT = (
    CAUSE_QUALITY,
    CAUSE_LOST,
    CAUSE_NEVER_GOOD,
    CAUSE_POND_FULL,
    CAUSE_USE,
    CAUSE_BYPASSED,
)

# What a gate is waiting for, for the people who watch it.
WAIT_NONE = const(0)
WAIT_CONFIRM = const(1)  # a limit is exceeded; polls and delay are running
WAIT_TRAVEL = const(2)
WAIT_DEAD_TIME = const(3)
WAIT_CLEAR_HOLD = const(4)
WAIT_REOPEN_HOLD = const(5)
WAIT_MIN_CLOSED = const(6)
WAIT_OPENINGS = const(7)
WAIT_FLOOD_CLEAR = const(8)
WAIT_RESET = const(9)
WAIT_WATER = const(10)  # the water is not yet good enough to start the reopen hold
WAIT_CONTACT = const(11)  # a button's or a contact's release
WAIT_SERVICE = const(12)  # service ends, with the horn
WAIT_MAINS = const(13)
WAIT_POND = const(15)  # for room, or for water fit for its use
WAIT_LOAD = const(16)  # for the load to fall
WAIT_BYPASS = const(17)  # for the bypass of a measurement to end
WAIT_WIPE = const(18)  # for a probe that wipes itself
WAIT_REMOTE_HOLD = const(20)  # a remote order stands for its time
WAIT_RELEASE = const(21)  # it stands until it is released
WAIT_NAMES = (
    "none",
    "confirm",
    "travel",
    "dead_time",
    "clear_hold",
    "reopen_hold",
    "min_closed",
    "openings",
    "flood_clear",
    "reset",
    "water",
    "contact",
    "service",
    "mains",
    "reserved_14",
    "pond",
    "load",
    "bypass",
    "wipe",
    "reserved_19",
    "remote_hold",
    "release",
)

# What a person has to act on at a gate, as bits; it stands as long as its cause does.
ALARM_UNMET = const(1)  # a demand of rules 4 to 6 that the gate does not obey
ALARM_LOCAL_DEMAND = const(2)  # in local, and a flood or quality demand stands
ALARM_LOCAL_IDLE = const(4)  # in local, and nobody has touched a button for 15 minutes
ALARM_SERVICE = const(8)
ALARM_PROOF_DUE = const(16)  # no full stroke for proof_test_days
ALARM_MAINS_LOST = const(32)
ALARM_STAGE_LOST = const(64)  # the stage of a flood cause
ALARM_NAMES = {
    1: "demand_not_met",
    2: "local_with_demand",
    4: "local_idle",
    8: "service",
    16: "proof_test_due",
    32: "mains_lost",
    64: "flood_stage_lost",
}


def alarm_names(bits):
    return [ALARM_NAMES[bit] for bit in sorted(ALARM_NAMES) if bits & bit]


# Why the last start happened.
RESET_POWER_ON = const(0)
RESET_HARD = const(1)
RESET_WATCHDOG = const(2)
RESET_SOFT = const(3)
RESET_UNKNOWN = const(4)
RESET_NAMES = ("power_on", "hard", "watchdog", "soft", "unknown")
