"""The safety hash of a compiled configuration, and what a change of it needs, in words."""

import binascii

from reedgate_contract.config import unpack_file
from reedgate_contract.safety import not_from_afar, safety_crc32


def safety_hash(blob: bytes) -> str:
    """As the station says it in its birth."""
    return f"{safety_crc32(unpack_file(blob, binascii.crc32), binascii.crc32):08x}"


def button_keys(old: bytes, new: bytes) -> list[str] | None:
    """Safety keys that only somebody at the station may change so: "main: limit".

    None: the old one cannot be read, or the new one has other gates, trips or wiring.
    """
    try:
        found = not_from_afar(*(unpack_file(blob, binascii.crc32) for blob in (old, new)))
    except ValueError:
        return None
    if any(key is None for _, _, key in found):
        return None
    return [f"{name.decode()}: {key}" if name else str(key) for _, name, key in found]
