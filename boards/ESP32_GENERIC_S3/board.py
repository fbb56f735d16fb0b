"""ESP32-S3 with 8 MiB: the terminals' pins. Facts and their sources: board.toml."""

NAME = "ESP32_GENERIC_S3"

# Terminal: GPIO. Inputs read 1 when their contact is made; outputs are 1 when energised.
TERMINALS = {
    "DI_1": 1,
    "DI_2": 2,
    "DI_3": 5,
    "DI_4": 8,
    "DI_5": 13,
    "DI_6": 14,
    "DI_7": 18,
    "DI_8": 38,
    "DI_9": 39,
    "DI_10": 40,
    "DI_11": 41,
    "DI_12": 42,
    "DI_13": 47,
    "DI_14": 48,
    "RELAY_1": 9,
    "RELAY_2": 10,
    "RELAY_3": 11,
    "RELAY_5": 12,
    "LED": 21,
}
OUTPUTS = (9, 10, 11, 12, 21)
OFF = 0
NO_PULL = ()  # inputs whose pin has no pull-down of its own
WATCHDOG_MS = 1000
# Files of 510 records (16 KiB) that the journal may fill of the flash.
JOURNAL_SEGMENTS = {"events": 8, "readings": 80}

# Port: what machine.UART takes; the pin that turns its transceiver to sending, and the
# machine.Timer that turns it back.
PORTS = {
    "RS485_1": {"uart": 1, "tx": 17, "rx": 16, "driver_enable": 15, "timer": 0},
    "RS485_2": {"uart": 2, "tx": 6, "rx": 7, "driver_enable": 4, "timer": 1},
}
