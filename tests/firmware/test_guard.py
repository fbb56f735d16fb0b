"""Starts that come to a bad end, one after the other: the count, and safe mode after the fourth.

The firmware is the real one; what is put before its main.py breaks something in every start that
comes after an instant of the run.
"""

import binascii

import pytest
import station_rig
from station_rig import S, before_the_firmware
from uplink_rig import Run, quiet

from reedgate_boards.site.compiler import Overrides, compile_station
from reedgate_boards.site.locator import firmware_dir
from reedgate_sim import flash
from reedgate_sim.rigs import vm as vm_rig

MOST_BAD, GIVE_UP, TRIAL_S = 4, 8, 120
BROKEN_S = 20  # the gate has opened by then
CLOSED_S = 60

BROKEN = f"""
import lockstep as _lockstep
def _broken():
    return _lockstep.wire.now_us >= {BROKEN_S * S}
"""
SCAN = """
from station.core import station as _station
_decide = _station.Station.decide
def _fails(self, now_ms, inputs):
    if _broken() and not self.safe_mode:
        raise ValueError("a fault in the \\"scan\\"")
    return _decide(self, now_ms, inputs)
_station.Station.decide = _fails
"""
JOURNAL = """
from station.app import journal as _journal
_start = _journal.Journal.start
def _fails(self, *arguments):
    if _broken():
        raise MemoryError("memory allocation failed")
    _start(self, *arguments)
_journal.Journal.start = _fails
"""
SAFE_MODE_TOO = """
from station.core import station as _station
_enter = _station.Station.enter_safe_mode
def _fails(self):
    raise TypeError("a fault in safe mode")
_station.Station.enter_safe_mode = _fails
"""
HUNG_POLLER = """
from station.drivers import rtu_master as _rtu_master
_read = _rtu_master.RtuMaster.read
async def _stands_still(self, *arguments):
    if _broken():
        import asyncio
        await asyncio.Event().wait()
    return await _read(self, *arguments)
_rtu_master.RtuMaster.read = _stands_still
"""


def broken(folder, monkeypatch, *faults, imports=False):
    """main.py with the faults before all that it does, but for the guard's own start."""
    folder.mkdir()
    main = (firmware_dir() / "main.py").read_text(encoding="utf-8")
    first, found, rest = main.partition("import asyncio\n")
    assert found
    rest = "if _broken():\n    import no_such_module\n" + rest if imports else rest
    text = first + BROKEN + "".join(faults) + found + rest
    (folder / "main.py").write_text(text, encoding="utf-8")
    before_the_firmware(folder, monkeypatch)


def levels(run):
    """The outputs as they stand."""
    return {terminal: level for _, terminal, level in run.outputs}


def truth(run, gate):
    return run.plant.truth().gates[gate]


def broken_until_safe(run, to_s=CLOSED_S):
    """Runs to where safe mode has driven its gates; gives when it began."""
    run.to(BROKEN_S)
    assert truth(run, "main").at_open == 1
    run.to(to_s)
    assert len(run.rig.resets) == MOST_BAD
    return run.rig.resets[-1][0] / S


@pytest.mark.parametrize(
    ("faults", "last_end"),
    [
        ((SCAN,), "ValueError: a fault in the scan"),
        ((JOURNAL, SCAN), "MemoryError: memory allocation failed"),
    ],
)
def test_after_four_bad_starts_the_gates_go_to_their_trip_position(
    faults, last_end, tmp_path, monkeypatch
):
    broken(tmp_path / "firmware", monkeypatch, *faults)
    with Run(quiet(tmp_path)) as run:
        began_s = broken_until_safe(run)
        said = f"4 bad starts in a row, the last: {last_end}"
        assert "safe mode, gates to their trip position: " + said in run.rig.console
        assert truth(run, "main").at_closed == 1
        assert truth(run, "around").at_open == 1
        first = min(at for at, terminal, level in run.outputs if terminal == "RELAY_2" and level)
        assert began_s * S <= first, "nothing was driven before safe mode"
        told = len(run.broker.messages)
        run.to(CLOSED_S + TRIAL_S + 60)  # it stays, and tells nobody
        assert len(run.rig.resets) == MOST_BAD
        assert len(run.broker.messages) == told
        assert "RELAY_1" not in {out[1] for out in run.outputs if out[0] > began_s * S and out[2]}


def test_a_task_that_hangs_in_every_start_is_counted_too(tmp_path, monkeypatch):
    broken(tmp_path / "firmware", monkeypatch, HUNG_POLLER)
    with Run(quiet(tmp_path)) as run:
        run.to(140, until=lambda: "safe mode" in run.rig.console)
        assert "4 bad starts in a row, the last: watchdog" in run.rig.console


def test_an_import_that_fails_is_ended_by_the_watchdog_and_not_for_ever(tmp_path, monkeypatch):
    """Safe mode needs the same files: the outputs stay off."""
    broken(tmp_path / "firmware", monkeypatch, SCAN, imports=True)
    with Run(quiet(tmp_path)) as run:
        run.to(30)
        run.to(200)
        assert len(run.rig.resets) == GIVE_UP
        assert set(levels(run).values()) == {0}


def test_the_flood_contact_opens_in_safe_mode_and_the_stop_stops_it(tmp_path, monkeypatch):
    broken(tmp_path / "firmware", monkeypatch, SCAN)
    flood = '\n[[contact]]\ninput = "flood"\nfrom_s = 70\nuntil_s = 75\n'
    stop = '\n[[contact]]\ninput = "estop"\nfrom_s = 80\nuntil_s = 81\n'
    with Run(quiet(tmp_path, flood + stop)) as run:
        broken_until_safe(run)
        run.to(73)  # the contact's debounce is 2 s
        assert levels(run)["RELAY_1"] == 1
        run.to(79)
        assert levels(run)["RELAY_1"] == 1
        run.to(80.5)
        assert set(levels(run).values()) == {0}
        run.rig.at(round(90 * S), run.rig.power_off)
        run.rig.at(round(91 * S), run.rig.power_on)
        run.to(140)
        after = [out for out in run.outputs if out[0] > 80.5 * S and out[2]]
        assert after == [], "the stop is kept over a power cut, until the panel's reset"


def test_power_cuts_are_no_bad_starts_and_hide_none(tmp_path, monkeypatch):
    broken(tmp_path / "firmware", monkeypatch, SCAN)
    with Run(quiet(tmp_path)) as run:
        for at_s in range(3, 18):  # fifteen, each within the trial
            run.at(at_s, run.rig.power_off)
            run.at(at_s + 0.2, run.rig.power_on)
        run.to(BROKEN_S - 0.5)
        written = flash.read_files(run.rig.flash_image)
        assert "guard.b" not in written, "it was written once, when the configuration was new"
        run.to(60, until=lambda: len(run.rig.resets) == 2)
        run.rig.power_off()
        run.rig.power_on()
        run.to(60, until=lambda: "safe mode" in run.rig.console)
        assert len(run.rig.resets) == MOST_BAD
        run.rig.power_off()
        run.rig.power_on()
        said = run.rig.console.count("safe mode")
        run.to(run.now_s + 5)
        assert run.rig.console.count("safe mode") == said + 1


def test_only_another_configuration_or_the_tool_ends_safe_mode(tmp_path, monkeypatch):
    for_a_while = SCAN.replace("_broken()", f"{BROKEN_S * S} <= _lockstep.wire.now_us < {40 * S}")
    broken(tmp_path / "firmware", monkeypatch, for_a_while)
    other = compile_station(station_rig.SITE, "inlet", overrides=Overrides(live_ms=7000))
    for content, removed in ((other, ()), (None, ("guard.a", "guard.b"))):
        with Run(quiet(tmp_path)) as run:
            broken_until_safe(run)
            run.rig.power_off()
            run.rig.power_on()
            run.to(80)
            assert truth(run, "main").at_closed == 1, "nothing fails any more, and it stays"
            run.rig.power_off()
            flash.remove(run.rig.flash_image, removed)
            if content:
                run.rig.provision("config.bin", content)
            run.rig.power_on()
            run.to(120)
            assert truth(run, "main").at_open == 1
            assert len(run.rig.resets) == MOST_BAD


def test_a_start_that_proves_itself_clears_the_count_and_keeps_its_configuration(
    tmp_path, monkeypatch
):
    until_us = BROKEN_S * S + 60_000
    once = SCAN.replace("_broken()", f"{BROKEN_S * S} <= _lockstep.wire.now_us < {until_us}")
    broken(tmp_path / "firmware", monkeypatch, once)
    with Run(quiet(tmp_path)) as run:
        run.to(100)
        assert [birth["last_end"] for birth in run.births()][-1].startswith("ValueError")
        bad = len(run.rig.resets)
        assert 0 < bad < MOST_BAD
        assert "proven.bin" not in flash.read_files(run.rig.flash_image)
        run.to(160)
        written = flash.read_files(run.rig.flash_image)
        assert written["proven.bin"] == written["config.bin"] == run.config
        run.rig.power_off()
        run.rig.power_on()
        run.to(170)
        assert run.births()[-1]["last_end"] == ""
        assert len(run.rig.resets) == bad


def test_safe_mode_that_fails_too_leaves_the_outputs_off_and_stops_resetting(
    tmp_path, monkeypatch
):
    broken(tmp_path / "firmware", monkeypatch, SCAN, SAFE_MODE_TOO)
    with Run(quiet(tmp_path)) as run:
        run.to(60)
        assert len(run.rig.resets) == GIVE_UP
        assert "safe mode, all outputs off: 8 bad starts" in run.rig.console
        assert "TypeError: a fault in safe mode" in run.rig.console
        assert set(levels(run).values()) == {0}
        operations = run.rig.flash_operations
        run.to(400)
        assert len(run.rig.resets) == GIVE_UP
        assert run.rig.flash_operations == operations


def test_a_damaged_configuration_is_replaced_by_the_proven_one(tmp_path):
    with Run(quiet(tmp_path)) as run:
        run.to(140)
        run.rig.power_off()
        run.rig.provision("config.bin", b"RGCF nonsense" + bytes(20))
        run.rig.power_on()
        run.to(200)
        assert "config.bin cannot be used" in run.rig.console
        assert len(run.births()) == 2
        assert run.births()[-1]["config_hash"] == f"{binascii.crc32(run.config):08x}"
        assert truth(run, "main").at_open == 1
        assert run.rig.resets == []


OLD = """
import vfs as _vfs
from station.drivers import flash as _flash, system as _system
class _Vfs:
    def mount(self, file_system, place):
        _vfs.mount(file_system, place)
_flash.vfs = _Vfs()
_system.too_old = lambda: "MicroPython 1.24.1 is older than 1.25"
"""


def test_a_micropython_below_the_floor_controls_in_safe_mode_and_is_named(tmp_path, monkeypatch):
    """Its vfs.mount() tells nobody what is mounted: it wants two arguments."""
    folder = tmp_path / "firmware"
    folder.mkdir()
    main = (firmware_dir() / "main.py").read_text(encoding="utf-8")
    (folder / "main.py").write_text(OLD + main, encoding="utf-8")
    before_the_firmware(folder, monkeypatch)
    with Run(quiet(tmp_path)) as run:
        run.to(30)
        said = "safe mode, gates to their trip position: MicroPython 1.24.1 is older than 1.25"
        assert said in run.rig.console
        assert truth(run, "main").at_closed == 1


def test_without_littlefs_a_readable_configuration_controls_in_safe_mode(tmp_path):
    with Run(quiet(tmp_path), flash=vm_rig.FlashChip(file_system="fat")) as run:
        run.to(30)
        assert "safe mode, gates to their trip position: the journal needs" in run.rig.console
        assert truth(run, "main").at_closed == 1
        assert truth(run, "around").at_open == 1
        assert run.rig.resets == []
