"""ESP32 on a WROOM module: the terminals' pins. Facts and their sources: board.toml."""

NAME = "ESP32_GENERIC"

# Terminal: GPIO. Inputs read 1 when their contact is made; outputs are 1 when energised.
TERMINALS = {
    "DI_1": 34,
    "DI_2": 35,
    "DI_3": 36,
    "DI_4": 39,
    "DI_5": 32,
    "DI_6": 33,
    "DI_7": 21,
    "DI_8": 22,
    "DI_9": 13,
    "DI_10": 15,
    "DI_11": 14,
    "DI_14": 5,
    "RELAY_1": 25,
    "RELAY_2": 26,
    "RELAY_3": 27,
}
OUTPUTS = (25, 26, 27)
OFF = 0
NO_PULL = (34, 35, 36, 39)  # inputs whose pin has no pull-down of its own
WATCHDOG_MS = 1000
# Files of 510 records (16 KiB) that the journal may fill of the flash.
JOURNAL_SEGMENTS = {"events": 8, "readings": 80}

# Port: what machine.UART takes; the pin that turns its transceiver to sending, and the
# machine.Timer that turns it back.
PORTS = {
    "RS485_1": {"uart": 2, "tx": 17, "rx": 16, "driver_enable": 4, "timer": 0},
    "RS485_2": {"uart": 1, "tx": 19, "rx": 18, "driver_enable": 23, "timer": 1},
}
