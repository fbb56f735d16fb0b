"""Which board a command means: the one asked for, the only one, or a question."""

from types import SimpleNamespace

import pytest
from esp_official import esp

from reedgate_boards.cli import main
from reedgate_boards.device import ports
from reedgate_boards.device.ports import ESP32, RP2040, the_port
from reedgate_boards.image.official import with_files
from reedgate_boards.site.user_error import UserError


def usb(device, vid, pid, product=None):
    return SimpleNamespace(
        device=device, vid=vid, pid=pid, manufacturer=None, product=product, description="serial"
    )


PICO = usb("/dev/ttyACM0", 0x2E8A, 0x0005, "Board in FS mode")
ESP = usb("/dev/ttyUSB0", 0x10C4, 0xEA60)
S3 = usb("/dev/ttyACM1", 0x303A, 0x1001, "USB JTAG")
MOUSE = usb("/dev/ttyACM7", 0x1234, 0x0001)
BUILT_IN = usb("/dev/ttyS0", None, None)


@pytest.fixture
def plugged(monkeypatch, tmp_path):
    monkeypatch.setenv("REEDGATE_LANG", "en")
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setattr(ports, "_mounted", lambda: sorted(tmp_path.iterdir()))

    def plug(*devices):
        monkeypatch.setattr(ports, "_comports", lambda: list(devices))

    return plug


def test_the_only_board_is_meant_whatever_else_is_plugged_in(plugged):
    plugged(MOUSE, PICO, BUILT_IN)
    assert the_port(None) == "/dev/ttyACM0"


def test_a_port_that_was_asked_for_is_taken_unseen(plugged):
    plugged()
    assert the_port("COM9") == "COM9"


def test_no_board_is_said_with_what_to_do(plugged):
    plugged(MOUSE, BUILT_IN)
    with pytest.raises(UserError, match=r"No board was found.* --port"):
        the_port(None)


def test_two_boards_are_a_question(plugged):
    plugged(PICO, ESP)
    with pytest.raises(UserError, match=r"ttyACM0 \(RP2040, .*ttyUSB0 \(ESP32, CP210x\)"):
        the_port(None)
    assert the_port(None, RP2040) == "/dev/ttyACM0"
    plugged(PICO, S3)
    assert the_port(None, ESP32) == "/dev/ttyACM1"


@pytest.mark.parametrize("chip", [None, ESP32])
def test_a_bridge_that_may_be_an_rs485_adapter_is_never_taken_by_itself(chip, plugged):
    """What a command says on it would go out on a bus of live probes."""
    plugged(ESP, BUILT_IN)
    with pytest.raises(UserError, match=r"ttyUSB0 is a CP210x.* --port /dev/ttyUSB0"):
        the_port(None, chip)
    assert the_port("/dev/ttyUSB0", chip) == "/dev/ttyUSB0"


def test_the_list_tells_what_is_plugged_in(plugged, tmp_path, capsys):
    plugged(PICO, ESP, S3, MOUSE, BUILT_IN)
    (tmp_path / "RPI-RP2").mkdir()
    (tmp_path / "RPI-RP2" / "INFO_UF2.TXT").write_text("UF2\nModel: x\nBoard-ID: RPI-RP2\n")
    (tmp_path / "photos").mkdir()
    assert main(["board", "list"]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "/dev/ttyACM0 RP2040 Board in FS mode (2e8a:0005)" in lines
    assert "/dev/ttyUSB0 ESP32 CP210x (10c4:ea60)" in lines
    assert "/dev/ttyACM1 ESP32 USB JTAG (303a:1001)" in lines
    assert "/dev/ttyACM7 ? serial (1234:0001)" in lines
    assert any("RPI-RP2 RP2040 boot loader, ready" in line for line in lines)
    assert not any("ttyS0" in line or "photos" in line for line in lines)


def test_the_list_says_when_nothing_is_plugged_in(plugged, capsys):
    plugged()
    assert main(["board", "list"]) == 0
    assert "No board is plugged in." in capsys.readouterr().out


@pytest.mark.parametrize("command", ["flash", "monitor"])
def test_a_port_that_does_not_open_is_said(command, plugged, tmp_path, capsys):
    from test_device_image import ours

    plugged()
    image = tmp_path / "station.uf2"
    image.write_bytes(ours())
    words = ["RPI_PICO", str(image)] if command == "flash" else []
    assert main(["board", command, *words, "--port", str(tmp_path / "no-port")]) == 2
    assert "no-port cannot be opened." in capsys.readouterr().err


def test_a_port_without_the_right_to_it_says_how_to_get_it(tmp_path, monkeypatch):
    port = tmp_path / "ttyUSB0"
    port.touch()
    assert "no other program" in ports.cannot_open(str(port)).hint
    monkeypatch.setattr(ports.os, "access", lambda path, mode: False)  # root may open everything
    assert "usermod -aG dialout" in ports.cannot_open(str(port)).hint


def test_esptool_s_failure_is_ours(plugged, tmp_path, capfd):
    plugged()
    image = tmp_path / "station.bin"
    image.write_bytes(
        with_files("ESP32_GENERIC_S3", esp(tmp_path, "ESP32_GENERIC_S3"), {"main.py": b""})
    )
    port = str(tmp_path / "no-port")
    assert main(["board", "flash", "ESP32_GENERIC_S3", str(image), "--port", port]) == 2
    assert "esptool did not write" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("info", "told"),
    [(None, "is not the drive of a boot loader"), ("Board-ID: RPI-RP2350\n", "is no RP2040")],
)
def test_a_wrong_drive_is_refused(info, told, plugged, tmp_path, capsys):
    from test_device_image import ours

    plugged()
    drive = tmp_path / "drive"
    drive.mkdir()
    if info:
        (drive / "INFO_UF2.TXT").write_text(info)
    image = tmp_path / "station.uf2"
    image.write_bytes(ours())
    assert main(["board", "flash", "RPI_PICO", str(image), "--drive", str(drive)]) == 2
    assert told in capsys.readouterr().err
    assert list(drive.glob("*.uf2")) == []
