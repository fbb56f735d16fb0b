"""Which keys of a compiled configuration are safety keys, their hash, what may change from afar.

All of them are, but those that say how a station tells what it does: a limit means nothing without
the point's scale, nor a role without the wiring. Kinds of entries that come later count too.
"""

from reedgate_contract import config

_HOW_IT_TELLS = (config.UPLINK, config.SLAVE)
_TELLING_KEYS = ("live_ms", "record_s")  # of the STATION
_SHORTER_IS_STRICTER = ("delay_ms", "lost_hold_ms", "freeze_max_ms")


def _safety_entries(entries):
    for kind, fields in entries:
        if kind not in _HOW_IT_TELLS:
            if kind == config.STATION:
                fields = dict(fields)
                for key in _TELLING_KEYS:
                    fields[key] = 0
            yield kind, fields


def safety_crc32(entries, crc32_of):
    """entries: as unpack_file() gives them. crc32_of(data, crc): goes on from crc."""
    crc32 = 0
    for kind, fields in _safety_entries(entries):
        crc32 = crc32_of(config.pack_entry(kind, fields, fields["name"]), crc32)
    return crc32 & 0xFFFFFFFF


def not_from_afar(old, new):
    """[(kind, name, key)] of what needs the service button; key None: another set of entries.

    From afar a quality limit may become stricter, and a delay, a lost hold and the longest freeze
    shorter; nothing of a flood, nothing else. Empty: the change may come over the air.
    """
    old = list(_safety_entries(old))
    new = list(_safety_entries(new))
    if [kind for kind, _ in old] != [kind for kind, _ in new]:
        return [(config.STATION, b"", None)]
    found = []
    for (kind, before), (_, after) in zip(old, new):
        for key in before:
            if before[key] != after[key] and not _is_stricter(kind, key, before, after):
                found.append((kind, before["name"], key))
    return found


def _is_stricter(kind, key, before, after):
    if kind in (config.FLOOD, config.FLOOD_POINT, config.FLOOD_CONTACT):
        return False
    if key in _SHORTER_IS_STRICTER:
        return after[key] < before[key]
    if kind == config.TRIP and key == "limit" and before["side"] == after["side"]:
        above = before["side"] == config.SIDE_ABOVE
        return after[key] < before[key] if above else after[key] > before[key]
    return False
