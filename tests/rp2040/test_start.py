"""The production image starts on an emulated RP2040: what it drives, says and keeps, and when.

Times are the chip's own; here its flash erases at once, in test_chip_rig.py it takes its time. The
emulator has no oscillator start-up.
"""

import pico
import pytest

pytest.importorskip("rp2040py", reason="NO CHIP IS EMULATED: rp2040py has no wheel here")

from reedgate_boards.site.board_facts import read_board
from reedgate_sim.rp2040.chip import Chip

DATA = read_board(pico.BOARD)[1]
OUTPUTS = set(DATA["OUTPUTS"])
PORT = DATA["PORTS"]["RS485_1"]
REQUEST_SIZE = 8


def first_request(folder, baud=9600):
    """A chip a little after its first request on the bus, and when its bytes had left."""
    config = pico.configuration(folder, baud=baud)
    chip = Chip(pico.flash_with(pico.file_system({"config.bin": config})))
    sent = []
    chip.uarts[PORT["uart"]].on_sent = lambda byte: sent.append((chip.now_us, byte))
    chip.run_us(1_500_000, until=lambda: len(sent) >= REQUEST_SIZE)
    chip.run_us(20_000)
    return chip, sent


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    return first_request(tmp_path_factory.mktemp("site"))


def test_the_outputs_are_off_before_anything_else_and_within_15_ms(started):
    chip, _ = started
    first = chip.edges[: len(OUTPUTS)]
    assert {pin for _, pin, _ in first} == OUTPUTS
    assert all(level == 0 for _, _, level in first)
    assert first[-1][0] <= 15_000


def test_no_output_is_energised_while_nothing_is_known(started):
    chip, _ = started
    relays = OUTPUTS - {DATA["TERMINALS"]["LED"]}
    assert [edge for edge in chip.edges if edge[1] in relays and edge[2]] == []


def test_the_first_probe_is_asked_within_a_second_and_a_half(started):
    _, sent = started
    assert len(sent) >= REQUEST_SIZE
    assert sent[REQUEST_SIZE - 1][0] <= 1_500_000
    assert sent[1][1] == 0x03  # read holding registers


def edges_of_the_driver(chip):
    return [(at, level) for at, pin, level in chip.edges if pin == PORT["driver_enable"]]


def assert_driven(chip, sent, baud):
    """From before the first bit to within one character after the last stop bit."""
    low, high, released = edges_of_the_driver(chip)[:3]
    assert (low[1], high[1], released[1]) == (0, 1, 0)
    character_us = 10_000_000 / baud
    assert high[0] <= sent[0][0] - character_us
    last = sent[REQUEST_SIZE - 1][0]
    print(f"{baud} baud: released {released[0] - last:.0f} us after the last stop bit")
    assert last <= released[0] <= last + character_us


def test_the_line_is_driven_for_the_request_and_let_go_within_a_character(started):
    assert_driven(*started, 9600)


@pytest.mark.parametrize("baud", [19200, 115200])
def test_so_it_is_at_higher_rates(baud, tmp_path):
    chip, sent = first_request(tmp_path, baud)
    assert_driven(chip, sent, baud)


def test_the_heap_is_small_and_more_than_half_of_it_free(started):
    chip, _ = started
    used, size = chip.heap_bytes()  # garbage included
    assert 20_000 < used <= 64_000  # the aim is 60,000
    assert used * 2 <= size


def test_it_says_nothing_of_an_error(started):
    chip, _ = started
    assert b"Traceback" not in chip.console.printed


def test_a_flash_that_does_not_mount_means_safe_mode_and_stays_as_it_is(tmp_path):
    files = bytearray(pico.file_system({"config.bin": pico.configuration(tmp_path)}))
    files[:8192] = bytes(8192)  # both superblocks
    chip = Chip(pico.flash_with(files))
    assert chip.run_us(2_000_000, until=lambda: b"safe mode" in chip.console.printed)
    assert chip.flash(pico.FILES_AT, pico.size_of_files()) == bytes(files)
    led = DATA["TERMINALS"]["LED"]
    assert {pin for _, pin, level in chip.edges if level} <= {led}
    assert {pin for _, pin, _ in chip.edges} == OUTPUTS


def test_its_console_takes_what_is_typed(tmp_path):
    chip = Chip(pico.flash_with(pico.file_system({})))
    console = chip.console
    # without a configuration nothing runs, and no watchdog: there is all the time in the world
    assert chip.run_us(2_000_000, until=lambda: b"outputs off" in console.printed)
    console.type(b"\x03")
    assert chip.run_us(2_000_000, until=lambda: b">>> " in console.printed)
    console.type(b"\x01")  # the raw REPL
    assert chip.run_us(1_000_000, until=lambda: console.printed.endswith(b"exit\r\n>"))
    console.type(b"print(6 * 7)\x04")
    assert chip.run_us(1_000_000, until=lambda: console.printed.endswith(b"OK42\r\n\x04\x04>"))
