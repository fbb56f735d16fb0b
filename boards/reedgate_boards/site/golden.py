"""The golden frames of a profile against the profile itself: what is sent, and what a reply says.

The firmware sends and reads the same; tests hold both against each other.
"""

import math
import struct
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from reedgate_boards.site.findings import Findings
from reedgate_boards.site.sealed import is_sealed, sealed
from reedgate_contract.quantities import QUANTITIES

if TYPE_CHECKING:
    from reedgate_boards.site.profiles import Golden, Profile, ProfilePoint

_INTEGERS = {"i16": ">h", "u16": ">H"}
_ORDERS = {  # places of the bytes of a big-endian float
    "f32_abcd": (0, 1, 2, 3),
    "f32_dcba": (3, 2, 1, 0),
    "f32_cdab": (2, 3, 0, 1),
    "f32_badc": (1, 0, 3, 2),
}


def number_at(point: "ProfilePoint", data: bytes) -> float:
    """What a point's registers hold. data: the registers of the profile's read."""
    at = 2 * point.word
    if point.type in _INTEGERS:
        return struct.unpack_from(_INTEGERS[point.type], data, at)[0]
    return struct.unpack(">f", bytes(data[at + place] for place in _ORDERS[point.type]))[0]


def scaled_as(point: "ProfilePoint", number: float) -> int:
    """A finite number in the quantity's small unit, as the board reckons it."""
    return round(Fraction(round(Fraction(number) * 10**point.decimals) * point.num, point.den))


def check_golden(findings: Findings, profile: "Profile") -> None:
    for number, golden in enumerate(profile.golden):
        path = ("golden", number)
        _check_request(findings, path, profile, golden)
        if golden.reply is not None and _check_reply(findings, path, profile, golden):
            _check_values(findings, path, profile, golden)
        elif golden.reply is None and golden.values:
            findings.error((*path, "values"), "nothing says so: give the reply that does.")


def _check_request(findings: Findings, path: tuple, profile: "Profile", golden: "Golden") -> None:
    read = profile.read
    sent = {"read": struct.pack(">BHH", read.function_code, read.address, read.count)}
    if profile.start:
        sent["start"] = profile.start.pdu
    if profile.wipe:
        sent["brush"] = profile.wipe.pdu
    if golden.purpose in sent:
        request = sealed(bytes((golden.unit_id,)) + sent[golden.purpose])
        if golden.request != request:
            findings.error(
                (*path, "request"),
                "by this profile the station sends {frame}. One of the two is wrong.",
                frame=request.hex(" ").upper(),
            )
    else:
        _check_seal(findings, (*path, "request"), golden.request)


def _check_reply(findings: Findings, path: tuple, profile: "Profile", golden: "Golden") -> bool:
    """Whether values may be read in it."""
    reply = golden.reply or b""
    if not _check_seal(findings, (*path, "reply"), reply):
        return False
    if golden.purpose != "read" and not golden.values:
        return False
    data_bytes = 2 * profile.read.count
    head = bytes((golden.unit_id, profile.read.function_code, data_bytes))
    if reply[:3] == head and len(reply) == len(head) + data_bytes + 2:
        return True
    findings.error(
        (*path, "reply"),
        "is no answer to the read: that begins with {head} and has {size} bytes.",
        head=head.hex(" ").upper(),
        size=len(head) + data_bytes + 2,
    )
    return False


def _check_seal(findings: Findings, path: tuple, frame: bytes) -> bool:
    if is_sealed(frame):
        return True
    crc = sealed(frame[:-2])[-2:]
    findings.error(
        path, "its last two bytes are not its CRC: that is {crc}.", crc=crc.hex(" ").upper()
    )
    return False


def _check_values(findings: Findings, path: tuple, profile: "Profile", golden: "Golden") -> None:
    for quantity, value in golden.values.items():
        if quantity not in profile.points:
            findings.error(
                (*path, "values", quantity),
                "no such point. This profile has: {known}.",
                known=", ".join(profile.points),
            )
            continue
        point = profile.points[quantity]
        number = number_at(point, (golden.reply or b"")[3:-2])
        told = Decimal("nan")
        if math.isfinite(number):
            told = Decimal(scaled_as(point, number)).scaleb(-QUANTITIES[quantity][2])
        if told != Decimal(str(value)):
            findings.error(
                (*path, "values", quantity),
                "by this profile the reply says {told}. Look at word, type, decimals, num, den.",
                told=told,
            )
