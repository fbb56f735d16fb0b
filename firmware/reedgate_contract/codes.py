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

# What is new in a gate's event, and what its drive does.
WHAT_NAMES = ("start", "ruling", "drive", "position")
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
)

# Why the last start happened.
RESET_POWER_ON = const(0)
RESET_HARD = const(1)
RESET_WATCHDOG = const(2)
RESET_SOFT = const(3)
RESET_UNKNOWN = const(4)
RESET_NAMES = ("power_on", "hard", "watchdog", "soft", "unknown")
