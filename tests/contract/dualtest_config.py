"""The compiled configuration's packing, under both Pythons: what one packs the other unpacks."""

import binascii
import struct

from reedgate_contract import config

_EXTREMES = {"B": (0, 255), "H": (0, 65535), "I": (0, 4294967295), "i": (-(2**31), 2**31 - 1)}


def _fields(kind, end):
    """Every field of the kind at the lower (0) or upper (1) end of what its format holds."""
    layout, names = config.LAYOUT[kind]
    letters = layout.replace("<", "")
    assert len(letters) == len(names)
    return {names[place]: _EXTREMES[letters[place]][end] for place in range(len(names))}


def _file(body):
    return config.pack_file(body, binascii.crc32(body))


def _raises(message, blob):
    said = "nothing"
    try:
        config.unpack_file(blob, binascii.crc32)
    except ValueError as error:
        said = str(error)
    assert message in said, said


def test_every_kind_comes_back_as_it_was():
    body = b""
    for kind in sorted(config.LAYOUT):
        for end in (0, 1):
            body += config.pack_entry(kind, _fields(kind, end), b"name %d" % kind)
    entries = config.unpack_file(_file(body), binascii.crc32)
    assert len(entries) == 2 * len(config.LAYOUT)
    for number, (kind, fields) in enumerate(entries):
        expected = _fields(kind, number % 2)
        expected["name"] = b"name %d" % kind
        assert kind == sorted(config.LAYOUT)[number // 2]
        assert fields == expected


def test_known_bytes():
    entry = config.pack_entry(config.TERMINAL, {"function": config.FUNCTION_ESTOP}, b"DI_7")
    assert entry == b"\x02\x05\x01DI_7"
    head = b"RGCF\x03\x00\x07\x00" + struct.pack("<I", binascii.crc32(entry))
    assert _file(entry) == head + entry


def test_a_damaged_file_is_refused():
    body = config.pack_entry(config.TERMINAL, {"function": 1}, b"DI_7")
    good = _file(body)
    _raises("too short", good[:11])
    _raises("not a compiled", b"XXXX" + good[4:])
    _raises("configuration version 4", good[:4] + b"\x04" + good[5:])
    _raises("length or CRC", good[:-1])
    _raises("length or CRC", good + b"\x00")
    for place in range(12, len(good)):
        flipped = bytearray(good)
        flipped[place] ^= 0x10
        _raises("length or CRC", bytes(flipped))


def test_faulty_entries_are_refused():
    _raises("unknown kind 99", _file(b"\x63\x00"))
    _raises("cut off", _file(b"\x02\x05\x01DI"))
    _raises("too short", _file(b"\x02\x00"))


def test_what_does_not_fit_is_refused():
    for pack in (
        lambda: config.pack_entry(config.TERMINAL, {"function": 1}, b"x" * 255),
        lambda: config.pack_file(bytes(config.MAX_SIZE), 0),
    ):
        try:
            pack()
        except ValueError:
            continue
        raise AssertionError("accepted")
