"""What a station may need of its board, in the order of importance, and what people call it.

A board's facts say which of its terminals is meant for what, and what it lacks. The words are in
the catalogue of `reedgate_boards`.
"""

WANTED = {
    "rs485_1": "RS-485 bus 1",
    "rs485_2": "RS-485 bus 2",
    "open": "open relay",
    "close": "close relay",
    "bypass": "bypass",
    "at_open": "at-open switch",
    "at_closed": "at-closed switch",
    "torque": "torque switch",
    "local": "local selector",
    "local_open": "local open button",
    "local_close": "local close button",
    "estop": "emergency stop",
    "emergency_close": "emergency-close button",
    "flood_contact": "flood contact",
    "upstream_alarm": "upstream alarm",
    "reset": "reset button",
    "mains_ok": "mains present",
    "service": "service button",
    "healthy": "healthy output",
    "led": "LED",
}
