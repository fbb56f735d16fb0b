"""Raspberry Pi Pico W: as the Pico, but its LED is the radio's, so ours is on a pin."""

NAME = "RPI_PICO_W"

# Terminal: GPIO. Inputs read 1 when their contact is made; outputs are 1 when energised.
TERMINALS = {
    "DI_1": 10,
    "DI_2": 11,
    "DI_3": 12,
    "DI_4": 13,
    "DI_5": 14,
    "DI_6": 15,
    "DI_7": 16,
    "DI_8": 17,
    "DI_9": 18,
    "DI_10": 19,
    "DI_11": 20,
    "DI_12": 21,
    "DI_13": 22,
    "DI_14": 28,
    "RELAY_1": 6,
    "RELAY_2": 7,
    "RELAY_3": 8,
    "RELAY_5": 9,
    "LED": 26,
}
OUTPUTS = (6, 7, 8, 9, 26)
OFF = 0
NO_PULL = ()  # inputs whose pin has no pull-down of its own
WATCHDOG_MS = 900
# Files of 510 records (16 KiB) that the journal may fill of the flash.
JOURNAL_SEGMENTS = {"events": 5, "readings": 18}

# Port: what machine.UART takes; the pin that turns its transceiver to sending, and the
# machine.Timer that turns it back.
PORTS = {
    "RS485_1": {"uart": 0, "tx": 0, "rx": 1, "driver_enable": 2, "timer": -1},
    "RS485_2": {"uart": 1, "tx": 4, "rx": 5, "driver_enable": 3, "timer": -1},
}
