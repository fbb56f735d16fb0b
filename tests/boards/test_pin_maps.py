"""The boards' pin maps against their chips: the shipped ones hold, and each rule can refuse."""

import copy
import re

import pytest

from reedgate_boards.site.board_facts import load_board, read_board
from reedgate_boards.site.locator import board_names
from reedgate_boards.site.pins import PinMapError, check_pins, pin_uses
from reedgate_boards.site.wanted import WANTED

BOARDS = ("ESP32_GENERIC", "ESP32_GENERIC_S3", "HOST", "RPI_PICO", "RPI_PICO_W")
REAL = [name for name in BOARDS if name != "HOST"]


def test_these_are_the_boards():
    assert tuple(board_names()) == BOARDS


@pytest.mark.parametrize("name", BOARDS)
def test_every_wanted_terminal_is_on_the_board_or_among_those_it_lacks(name):
    facts, data = read_board(name)
    have, lack = list(facts.meant_for), facts.lacks.terminals
    assert sorted([*have, *lack]) == sorted(WANTED)
    places = list(facts.meant_for.values())
    assert len(set(places)) == len(places)
    assert set(places) <= set(data["TERMINALS"]) | set(data["PORTS"])


@pytest.mark.parametrize("name", REAL)
def test_a_board_lacks_only_what_matters_least(name):
    facts, _ = read_board(name)
    assert facts.lacks.terminals == list(WANTED)[len(WANTED) - len(facts.lacks.terminals) :]


@pytest.mark.parametrize("name", REAL)
def test_a_board_that_lacks_something_has_no_pin_left(name):
    facts, data = read_board(name)
    used = {use.pin for use in pin_uses(data)}
    free = set(facts.pins.present) - used - {int(pin) for pin in facts.pins.taken}
    assert not facts.lacks.terminals or free == set()


@pytest.mark.parametrize("name", REAL)
def test_numbers_in_both_files_agree(name):
    facts, data = read_board(name)
    assert data["NAME"] == name
    assert data["WATCHDOG_MS"] == facts.watchdog_ms.used
    assert facts.watchdog_ms.min <= facts.watchdog_ms.used <= facts.watchdog_ms.max
    journal = {"events": facts.journal.events, "readings": facts.journal.readings}
    assert data["JOURNAL_SEGMENTS"] == journal


@pytest.mark.parametrize(("name", "bound_ms"), [("RPI_PICO", 1000), ("ESP32_GENERIC", 1500)])
def test_a_hung_program_is_reset_in_time_and_a_slow_flash_is_not(name, bound_ms):
    board = load_board(name)
    assert board.watchdog_ms < bound_ms
    assert board.watchdog_ms > 200 + board.stall_ms


def faulty(name, change):
    """What is said of a board's pins after a change to its board.py or its facts."""
    facts, data = read_board(name)
    data, pins, uarts = copy.deepcopy((data, facts.pins, facts.uart))
    change(data)
    with pytest.raises(PinMapError) as caught:
        check_pins(name, data, pins, uarts)
    for line in caught.value.lines("zh"):
        assert re.search("[\u4e00-\u9fff]", line), f"not translated: {line}"
    return caught.value.lines("en")


def terminal(name, pin):
    return lambda data: data["TERMINALS"].__setitem__(name, pin)


def output(name, pin):
    def change(data):
        was = data["TERMINALS"][name]
        data["TERMINALS"][name] = pin
        data["OUTPUTS"] = tuple(pin if each == was else each for each in data["OUTPUTS"])

    return change


def port(name, end, pin):
    return lambda data: data["PORTS"][name].__setitem__(end, pin)


FAULTS = {
    "a pin twice": (
        "RPI_PICO",
        terminal("DI_2", 10),
        "DI_2 has pin 10, which DI_1 has already.",
    ),
    "a terminal on a port's pin": (
        "RPI_PICO",
        terminal("DI_2", 0),
        "RS485_1.tx has pin 0, which DI_2 has already.",
    ),
    "a pin that the chip has not": (
        "ESP32_GENERIC",
        terminal("DI_7", 24),
        "DI_7: the chip has no pin 24.",
    ),
    "a pin of the flash": (
        "ESP32_GENERIC",
        terminal("DI_7", 6),
        "DI_7: pin 6 is not free: the flash.",
    ),
    "an output on a pin that is only an input": (
        "ESP32_GENERIC",
        lambda data: (
            terminal("DI_1", 25)(data),
            output("RELAY_1", 34)(data),
            data.__setitem__("NO_PULL", (34, 35, 36, 39)),
        ),
        "RELAY_1: pin 34 can only be an input.",
    ),
    "a port's sending on a pin that is only an input": (
        "ESP32_GENERIC",
        lambda data: (terminal("DI_1", 17)(data), port("RS485_1", "tx", 34)(data)),
        "RS485_1.tx: pin 34 can only be an input.",
    ),
    "an output on a strapping pin": (
        "ESP32_GENERIC",
        lambda data: (terminal("DI_14", 25)(data), output("RELAY_1", 5)(data)),
        "RELAY_1: pin 5 is read by the chip at reset (timing of an SDIO slave, unused here): "
        "never an output.",
    ),
    "a UART that does not reach its pins": (
        "RPI_PICO",
        lambda data: (terminal("DI_1", 0)(data), port("RS485_1", "tx", 10)(data)),
        "RS485_1: tx of UART 0 reaches only the pins 0, 12, 16, 28, not 10.",
    ),
    "a UART that is not there": (
        "RPI_PICO",
        port("RS485_1", "uart", 2),
        "RS485_1: the chip has no UART 2.",
    ),
    "a UART twice": (
        "ESP32_GENERIC",
        port("RS485_2", "uart", 2),
        "RS485_2 has UART 2, which RS485_1 has already.",
    ),
    "a relay that boot.py would not make safe": (
        "RPI_PICO",
        lambda data: data.__setitem__("OUTPUTS", (7, 8, 9, 25)),
        "OUTPUTS lacks pin 6 of RELAY_1.",
    ),
    "an input that boot.py would drive": (
        "HOST",
        lambda data: data.__setitem__("OUTPUTS", (1, *data["OUTPUTS"])),
        "DI_1 is in OUTPUTS.",
    ),
    "an output of nobody": (
        "RPI_PICO",
        lambda data: data.__setitem__("OUTPUTS", (*data["OUTPUTS"], 27)),
        "OUTPUTS has pin 27, which is no terminal's.",
    ),
    "a pull-down where there is none": (
        "ESP32_GENERIC",
        lambda data: data.__setitem__("NO_PULL", (34, 35, 36)),
        "NO_PULL and input_only differ in pin 39 of DI_4.",
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_pin_map_that_cannot_work_is_refused(case):
    name, change, told = FAULTS[case]
    assert f"{name}/board.py: {told}" in faulty(name, change)
