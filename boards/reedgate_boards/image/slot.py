"""A slot's record as firmware/slots.py reads it: which slot, and what its image has to be."""

import binascii
import struct

SLOTS = {"A": 1, "B": 2}
_RECORD = "<BBII"  # slot, tries used, size, CRC-32 of the image
_LEAST = 1020  # of a record's file before its CRC: see firmware/twin.py


def slot_files(slot: str, image: bytes) -> dict[str, bytes]:
    """The file that makes the station try this slot at its next start.

    It stands before any record that the station itself has written only where both of those are
    removed: a technician's tool does so.
    """
    record = struct.pack(_RECORD, SLOTS[slot], 0, len(image), binascii.crc32(image))
    body = struct.pack("<IH", 1, len(record)) + record
    body += bytes(max(_LEAST - len(body), 0))
    return {"slot.a": struct.pack("<I", binascii.crc32(body)) + body}
