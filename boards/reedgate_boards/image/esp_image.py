"""Whether an ESP32's flash image is whole, by the sums that ESP-IDF puts into it.

A program ends in a checksum and mostly in a SHA-256 of itself; the table of partitions in an MD5.
They show damage, not who made the file. Facts: Espressif, ESP-IDF Programming Guide, App Image
Format and Partition Tables, read; esptool makes the images of the tests.
"""

import functools
import hashlib
import operator
import struct

_TABLE_AT, _TABLE_BYTES = 0x8000, 0xC00  # of the flash
_ENTRY = struct.Struct("<2sBBII16sI")
_PARTITION, _SUM, _ERASED = b"\xaa\x50", b"\xeb\xeb" + b"\xff" * 14, b"\xff" * 32
_APP = 0  # the type of a partition with a program
CHIPS = {0: "ESP32", 9: "ESP32-S3"}  # by the number in a program's header: esp_image_format.h
_STARTS = b"\xe9"
_HEAD_BYTES, _SEGMENT = 24, struct.Struct("<II")
_HASH_FLAG_AT = 23
_SEED = 0xEF  # what a checksum starts from


class DamagedError(ValueError):
    """Its text: which part; ESP-IDF's own word for it, the same in all languages."""


def chip_of(content: bytes) -> str:
    """By the header of the program that it starts with: its name, or its number; "" for none."""
    if len(content) < _HEAD_BYTES or content[:1] != _STARTS:
        return ""
    number = int.from_bytes(content[12:14], "little")
    return CHIPS.get(number, str(number))


def checked_partitions(content: bytes, flashed_at: int) -> dict[str, tuple[int, int]]:
    """Each partition's place and size in bytes, by label; boot loader and programs are whole.

    content: the flash from flashed_at on. Raises DamagedError.
    """
    _check_program(content, "bootloader")
    partitions, programs = _table(content, flashed_at)
    filled = [label for label in programs if _filled(content, partitions[label][0] - flashed_at)]
    if not filled:
        raise DamagedError("app")
    for label in filled:
        _check_program(content[partitions[label][0] - flashed_at :], label)
    return partitions


def _filled(content: bytes, at: int) -> bool:
    """Of two slots for a program the second is erased, or the file ends before it."""
    return at < len(content) and content[at] != 0xFF


def _table(content: bytes, flashed_at: int) -> tuple[dict[str, tuple[int, int]], list[str]]:
    """All partitions, and the labels of those that are for programs."""
    table = content[_TABLE_AT - flashed_at :][:_TABLE_BYTES]
    partitions, programs = {}, []
    for at in range(0, len(table) - _ENTRY.size + 1, _ENTRY.size):
        entry = table[at : at + _ENTRY.size]
        magic, kind, _, start, size, name, _ = _ENTRY.unpack(entry)
        if magic == _PARTITION:
            label = name.rstrip(b"\0").decode("ascii", "replace")
            partitions[label] = (start, size)
            programs += [label] if kind == _APP else []
        elif entry == _ERASED:
            return partitions, programs
        elif entry != _SUM + hashlib.md5(table[:at], usedforsecurity=False).digest():
            break
    raise DamagedError("partition table")


def _check_program(content: bytes, part: str) -> None:
    """content: from its first byte on; what follows it is not looked at."""
    if not chip_of(content):
        raise DamagedError(part)
    at, checksum = _HEAD_BYTES, _SEED
    for _ in range(content[1]):
        if at + _SEGMENT.size > len(content):
            raise DamagedError(part)
        _, size = _SEGMENT.unpack_from(content, at)
        at += _SEGMENT.size + size
        checksum = functools.reduce(operator.xor, content[at - size : at], checksum)
    end = at // 16 * 16 + 16  # the checksum is the last byte of a line of 16
    if content[end - 1 : end] != bytes([checksum]):
        raise DamagedError(part)
    if content[_HASH_FLAG_AT]:
        found = content[end : end + 32]
        if found != hashlib.sha256(content[:end]).digest():
            raise DamagedError(part)
