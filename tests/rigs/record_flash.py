"""What stands in the journal's files of a flash image, read without the firmware."""

import struct

from reedgate_contract import records
from reedgate_sim import flash

STREAMS = {records.STREAM_EVENTS: "e", records.STREAM_READINGS: "r"}


def on_flash(image):
    """{(stream, seq): the 32 bytes} of every journal file on an image, by its own littlefs."""
    found = {}
    for name, content in flash.read_files(image).items():
        stream = next((code for code, prefix in STREAMS.items() if name[0] == prefix), None)
        if stream is None or "-" not in name or len(content) < 64:
            continue
        (first_seq,) = struct.unpack_from("<I", content, 16)
        for index in range(len(content) // 32 - 1):
            record = content[32 + 32 * index : 64 + 32 * index]
            found[stream, first_seq + index] = record
    return found
