"""What a station may need of its board, in the order of importance, and what people call it.

A board's facts say which of its terminals is meant for what, and what it lacks. The names are
spoken in both languages here because documents in both are made from them at once.
"""

WANTED: dict[str, dict[str, str]] = {
    "rs485_1": {"zh": "RS-485 总线 1", "en": "RS-485 bus 1"},
    "rs485_2": {"zh": "RS-485 总线 2", "en": "RS-485 bus 2"},
    "open": {"zh": "开闸继电器", "en": "open relay"},
    "close": {"zh": "关闸继电器", "en": "close relay"},
    "bypass": {"zh": "旁通闸", "en": "bypass"},
    "at_open": {"zh": "全开限位", "en": "at-open switch"},
    "at_closed": {"zh": "全关限位", "en": "at-closed switch"},
    "torque": {"zh": "力矩开关", "en": "torque switch"},
    "local": {"zh": "就地选择开关", "en": "local selector"},
    "local_open": {"zh": "就地开按钮", "en": "local open button"},
    "local_close": {"zh": "就地关按钮", "en": "local close button"},
    "estop": {"zh": "急停", "en": "emergency stop"},
    "emergency_close": {"zh": "紧急关闸按钮", "en": "emergency-close button"},
    "flood_contact": {"zh": "洪水触点", "en": "flood contact"},
    "upstream_alarm": {"zh": "上游报警", "en": "upstream alarm"},
    "reset": {"zh": "复位按钮", "en": "reset button"},
    "mains_ok": {"zh": "市电正常", "en": "mains present"},
    "service": {"zh": "检修按钮", "en": "service button"},
    "healthy": {"zh": "运行正常输出", "en": "healthy output"},
    "led": {"zh": "指示灯", "en": "LED"},
}
