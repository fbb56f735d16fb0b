"""The rig's flash over starts and runs: what stays, what is put on it, what is counted."""

import pytest
from flash_rig import SMALL, Rig, S, numbers, program

from reedgate_sim import flash
from reedgate_sim.rigs.chip_flash import FlashChip

LIST = """
import os
print("here", sorted(os.listdir()), open("config.bin", "rb").read())
"""

COUNT_STARTS = """
import machine, os
starts = os.stat("starts")[6] if "starts" in os.listdir() else 0
with open("starts", "ab") as stream:
    stream.write(b"*")
print("start", starts + 1, "cause", machine.reset_cause())
"""

# Erases one block after the other: a new file's every block is erased before it is programmed.
WRITE_SLOWLY = """
import board, lockstep
from machine import Pin
pin = Pin(board.OUTPUTS[0], Pin.OUT)
with open("long", "wb") as stream:
    for block in range(5):
        pin.value(block % 2)
        stream.write(bytes(4096))
print("now", lockstep.wire.now_us)
"""


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """runs(main): makes a rig with this program."""

    def make(main, directory=None, **options):
        if not (tmp_path / "program").exists():
            program(tmp_path / "program", monkeypatch, main)
        return Rig(directory, **options)

    return make


def test_the_firmware_starts_in_a_file_system_that_holds_what_was_provisioned(runs):
    with runs(LIST) as rig:
        rig.provision("key.bin", b"k" * 32)
        assert rig.second() == "here ['config.bin', 'key.bin'] b'config'\n"
        assert list((rig.directory / "provision").iterdir()) == []
        assert flash.read_files(rig.flash_image)["key.bin"] == b"k" * 32


def test_files_outlive_a_restart_and_the_rig_but_not_without_a_directory(runs, tmp_path):
    with runs(COUNT_STARTS, tmp_path / "chip") as rig:
        assert numbers(rig.second(), "start") == [1]
        rig.power_off()
        assert numbers(rig.again(), "start") == [2]
        first_run = rig.flash_image.read_bytes()
    with runs(COUNT_STARTS, tmp_path / "chip") as rig:
        assert rig.flash_image.read_bytes() == first_run
        assert numbers(rig.second(), "start") == [3]
    with runs(COUNT_STARTS) as rig:
        assert numbers(rig.second(), "start") == [1]
    assert not rig.directory.exists()


def test_two_chips_with_the_same_life_hold_the_same_bytes(runs):
    images = []
    for _ in range(2):
        with runs(COUNT_STARTS) as rig:
            rig.second()
            rig.power_off()
            rig.again()
            images.append(rig.flash_image.read_bytes())
    assert images[0] == images[1]


def test_a_provisioned_file_is_put_there_once_and_not_mended(runs):
    """Not at a later start: the host must not heal what rot or the firmware has changed."""
    change = 'with open("config.bin", "wb") as stream:\n    stream.write(b"other")'
    with runs(LIST + change) as rig:
        assert "b'config'" in rig.second()
        rig.power_off()
        assert "b'other'" in rig.again()
        rig.power_off()
        rig.provision("config.bin", b"new")
        assert "b'new'" in rig.again()


def test_putting_on_what_is_there_already_wears_nothing(runs):
    with runs(LIST) as rig:
        rig.second()
        before = rig.flash_image.read_bytes()
        rig.power_off()
        rig.provision("config.bin", b"config")
        rig.again()
        assert rig.flash_image.read_bytes() == before


def test_a_damaged_file_system_is_not_formatted_and_nothing_stands_in_for_it(runs):
    with runs(LIST) as rig:
        rig.second()
        rig.power_off()
        flash.destroy_superblocks(rig.flash_image)
        damaged = rig.flash_image.read_bytes()
        assert not flash.mounts(rig.flash_image)
        said = rig.again()
        assert "the flash does not mount" in said
        assert "ENOENT" in said, "there is no configuration"
        assert rig.flash_image.read_bytes() == damaged


def test_on_request_the_file_system_is_fat(runs):
    main = "import vfs\n"
    main += "kinds = [type(system).__name__ for system, at in vfs.mount() if at == '/flash']\n"
    main += "print('is', *kinds, open('config.bin').read())"
    with runs(main) as rig:
        assert rig.second() == "is VfsLfs2 config\n"
    with runs(main, chip=FlashChip(file_system="fat")) as rig:
        assert rig.second() == "is VfsFat config\n"
        rig.power_off()
        assert rig.again() == "is VfsFat config\n"


def test_the_firmware_alone_is_counted_over_all_starts(runs):
    with runs(COUNT_STARTS) as rig:
        rig.cut_at_operation(10**6)  # never
        rig.second()
        once = rig.flash_operations, rig.flash_bytes, rig.flash_erases
        # two commits of a directory, with the name and with the content, a page each
        assert once == (2, 512, 0)
        rig.power_off()
        rig.again()
        assert rig.flash_operations > once[0]
        assert rig.flash_bytes == (rig.flash_operations - rig.flash_erases) * 256


def test_a_cut_counts_on_over_a_restart(runs):
    """Three starts write two, one and one page: a cut at the fourth meets the third start."""
    with runs(COUNT_STARTS) as rig:
        rig.cut_at_operation(4)
        for start in (1, 2):
            assert numbers(rig.second(), "start") == [start]
            assert rig.has_power
            rig.power_off()
            rig.power_on()
        assert rig.second() == ""
        assert not rig.has_power
        assert numbers(rig.again(), "start") == [3], "one cut, and then no other"
        assert rig.has_power


def test_the_chip_stands_still_while_it_erases(runs):
    """Outputs are seen when they were made, and what happens meanwhile happens in its time."""
    erase_us = 45_000
    with runs(WRITE_SLOWLY, chip=FlashChip(blocks=16, erase_us=erase_us)) as rig:
        seen = []
        rig.on_output.append(lambda at_us, _, level: seen.append((at_us, level)))
        acted = []
        rig.at(100_000, lambda: acted.append(rig.now_us))
        said = rig.second()
        assert numbers(said, "now") == [rig.flash_erases * erase_us]
        assert rig.flash_erases >= 5
        writes = [at_us for at_us, _ in seen if at_us]
        assert writes == sorted(writes)
        assert len(set(writes)) >= 3, "not all at the end"
        assert all(at_us % erase_us == 0 for at_us in writes)
        assert acted == [100_000]
    with runs(WRITE_SLOWLY, chip=SMALL) as rig:
        assert numbers(rig.second(), "now") == [0], "unless it is told to, an erase takes no time"


def test_a_watchdog_bites_a_chip_that_erases_for_too_long(runs):
    main = "import machine\nprint('cause', machine.reset_cause())\n"
    main += "if machine.reset_cause() == 1:\n    machine.WDT(timeout=1000)\n"
    main += "    open('long', 'wb').write(bytes(4 * 4096))\n    print('never')\n"
    with runs(main, chip=FlashChip(blocks=16, erase_us=400_000)) as rig:
        rig.run(3 * S)
        assert [at for at, _ in rig.resets] == [1_000_000]
        assert numbers(rig.console, "cause") == [1, 3]
        assert "never" not in rig.console
        assert rig.flash_erases == 2, "and the third was torn"
