"""`reedgate board monitor --raw`: a line listened to, its frames told with what they mean.

Nothing is sent: another master, the station, asks on this line.
"""

import struct
from collections.abc import Callable, Iterable, Mapping

from reedgate_boards.device.ports import ROOM
from reedgate_boards.finder.mirror import is_mirrored
from reedgate_boards.finder.plan import LISTEN_MS, Setting
from reedgate_boards.finder.sweep import speaks
from reedgate_boards.finder.traffic import Counts, Event, Traffic, What
from reedgate_boards.finder.values import values_of
from reedgate_boards.site.language import translator
from reedgate_boards.site.profiles import Profile
from reedgate_boards.site.user_error import UserError

Probes = Mapping[int, tuple[str, Profile]]  # unit id: its sensor in the site file, its profile
_LOOK_MS = 20
_SHOWN_BYTES = 24


def find_speed(line, settings: Iterable[Setting], profiles: Mapping[str, Profile]):
    """The first of the settings at which frames are heard; None: at none of them. Raises
    UserError: they are heard upside down."""
    for setting in settings:
        line.set(setting)
        raw = line.listen(LISTEN_MS)
        if speaks(raw):
            return setting
        if is_mirrored(raw, profiles):
            raise UserError(
                ROOM,
                "What a station asks at {baud} baud is heard upside down on {port}.",
                hint="A and B are swapped at this adapter: swap the two wires.",
                baud=setting.baud,
                port=line.name,
            )
    return None


def watch_line(
    line,
    setting: Setting,
    probes: Probes,
    now_ms: Callable[[], float],
    show: Callable[[str], None],
    language: str,
) -> Counts:
    """Until KeyboardInterrupt; the counts then. The line is set already."""
    traffic = Traffic(setting.silence_ms + line.latency_ms)
    begin_ms = now_ms()
    try:
        while True:
            data = line.hear(_LOOK_MS)
            for event in traffic.hear(now_ms() - begin_ms, data):
                show(text_of(event, probes, language))
    except KeyboardInterrupt:
        return traffic.counts


def text_of(event: Event, probes: Probes, language: str) -> str:
    tr = translator(ROOM, language)
    head = f"{event.at_ms:10.0f} ms  "
    if event.what == What.NO_FRAME:
        count, shown = len(event.frame), event.frame[:_SHOWN_BYTES].hex(" ")
        return head + tr("{count} bytes that are no frame: {bytes}", count=count, bytes=shown)
    name = probes[event.unit_id][0] if event.unit_id in probes else ""
    head += f"{event.unit_id:3} {name:16}".rstrip() + "  "
    if event.what == What.REQUEST:
        return head + tr("asked: {request}", request=_request(event.frame))
    if event.what == What.TIMEOUT:
        return head + tr("did not answer: {request}", request=_request(event.frame))
    after = {"ms": round(event.after_ms)}
    if event.what == What.EXCEPTION:
        reason = _reason(event.frame[2], language)
        return head + tr("after {ms} ms: exception {reason}", **after, reason=reason)
    if event.what == What.UNASKED:
        return head + tr(
            "answers what nobody was heard to ask: {bytes}", bytes=_shown(event.frame)
        )
    return head + tr("after {ms} ms: {values}", **after, values=_values(event, probes))


def counts_text(counts: Counts, language: str) -> str:
    tr = translator(ROOM, language)
    return tr(
        "{ok} answered, {exceptions} exceptions, {timeouts} without an answer, {crc} lumps of "
        "bytes that are no frame, {gaps} frames with a pause inside",
        **vars(counts),
    )


def _reason(code: int, language: str) -> str:
    tr = translator(ROOM, language)
    known = {
        1: tr("function not known"),
        2: tr("no such register"),
        3: tr("value not taken"),
        4: tr("device fault"),
        5: tr("not ready"),
        6: tr("busy"),
    }
    return f"{code}, {known[code]}" if code in known else str(code)


def _request(frame: bytes) -> str:
    if len(frame) < 8:
        return f"FC {frame[1]}"
    address, value = struct.unpack(">HH", frame[2:6])
    return f"FC {frame[1]} 0x{address:04X} x {value}"


def _values(event: Event, probes: Probes) -> str:
    """By the profile where it is the profile's own read, else the registers."""
    data = event.frame[3:-2]
    if event.unit_id in probes:
        read = probes[event.unit_id][1].read
        own = struct.pack(">BHH", read.function_code, read.address, read.count)
        if event.asked[1:6] == own:
            values = values_of(probes[event.unit_id][1], data)
            return ", ".join(f"{each.quantity} {each.text}" for each in values)
    if event.frame[1] in (3, 4):
        return data.hex(" ", 2)
    return _shown(event.frame)


def _shown(frame: bytes) -> str:
    return frame[:_SHOWN_BYTES].hex(" ")
