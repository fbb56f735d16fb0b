"""The desk's board: the terminals of a well-equipped station on a simulated chip."""

NAME = "HOST"

# Terminal: pin. Inputs read 1 when their contact is made; outputs are 1 when energised.
TERMINALS = {
    "DI_1": 1,
    "DI_2": 2,
    "DI_3": 3,
    "DI_4": 4,
    "DI_5": 5,
    "DI_6": 6,
    "DI_7": 7,
    "DI_8": 8,
    "DI_9": 9,
    "DI_10": 10,
    "DI_11": 11,
    "DI_12": 12,
    "DI_13": 13,
    "DI_14": 14,
    "RELAY_1": 21,
    "RELAY_2": 22,
    "RELAY_3": 23,
    "RELAY_4": 24,
    "RELAY_5": 25,
}
OUTPUTS = (21, 22, 23, 24, 25)
OFF = 0
NO_PULL = ()  # inputs whose pin has no pull-down of its own
WATCHDOG_MS = 1000
# Files of 510 records (16 KiB) that the journal may fill of the 1 MiB flash.
JOURNAL_SEGMENTS = {"events": 6, "readings": 44}

# Port: what machine.UART takes. rx_fifo: bytes that the chip itself holds while its flash is being
# erased (32 as on an RP2040; an ESP32 has 128).
PORTS = {
    "RS485_1": {"uart": 0, "rx_fifo": 32},
    "RS485_2": {"uart": 1, "rx_fifo": 32},
}
