"""What counts as proof that a station has started with what was written to it."""

import binascii
import struct

import pytest

from reedgate_boards.device import provision as module
from reedgate_boards.device.provision import provision
from reedgate_boards.site.user_error import UserError
from reedgate_contract import records

CONFIG, KEY = b"configuration", bytes(32)


def segment(boot_n, config):
    """A segment of events as a start begins it."""
    head = struct.pack(records.SEGMENT, b"RJ", 1, 1, boot_n, 77, boot_n, 1, b"", 0)
    boot = struct.pack(records.BOOT, 0, 0, 0, binascii.crc32(config), 1)
    body = struct.pack(records.RECORD, records.KIND_BOOT, 0x11, 0, 0, 1, 0, boot, 0)[:28]
    return head + body + struct.pack("<I", binascii.crc32(body))


class Board:
    """Its files; each restart is a start that gets as far as `reaches`."""

    def __init__(self, reaches, config=CONFIG):
        self.reaches = reaches
        self.files = {"config.bin": config, "e0000003": segment(3, config)}
        self.boot_n = 3

    def start(self):
        self.boot_n += 1
        if self.reaches == "record":
            name = f"e{self.boot_n:07d}"
            self.files[name] = segment(self.boot_n, self.files["config.bin"])

    def run(self, code):
        if "VERSION" in code:
            return "RPI_PICO 1.0.0"
        return max(name for name in self.files if name[0] == "e")

    def read(self, name):
        return self.files.get(name)

    def write(self, name, content, told):
        self.files[name] = content

    def hold(self):
        pass

    def slowness(self):
        return 1.0

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        pass


@pytest.fixture
def plugged(monkeypatch):
    def plug(board):
        monkeypatch.setattr(module, "Link", lambda port: board)
        monkeypatch.setattr(module, "restart", lambda link: board.start())
        monkeypatch.setattr(module, "wait_for_restart", lambda port: None)
        monkeypatch.setattr(module.time, "sleep", lambda seconds: None)
        return provision("port", "RPI_PICO", CONFIG, KEY, lambda *done: None)

    return plug


@pytest.mark.parametrize("config", [CONFIG, b"another"])
def test_a_new_start_with_the_configuration_is_proof(config, plugged):
    _, boot, there = plugged(Board("record", config))
    assert there == config
    assert (boot.number, boot.config) == (4, f"{binascii.crc32(CONFIG):08x}")


def test_the_start_from_before_is_no_proof_even_with_the_same_configuration(plugged):
    """A new key is written to a station that then never gets as far as its record."""
    with pytest.raises(UserError, match="did not start"):
        plugged(Board("nothing"))
