"""Which instrument an address is: by registers that tell it, else by values that can be true."""

import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from reedgate_boards.finder.frames import Heard, Kind, Read
from reedgate_boards.finder.plan import Setting, fits_line
from reedgate_boards.finder.values import Value, has_error, values_of
from reedgate_boards.site.profiles import Identity, Profile

Ask = Callable[[Read], Heard]


@dataclass(frozen=True)
class Named:
    """profile: "" when its registers do not tell; then fits: those whose reads make sense."""

    profile: str = ""
    fits: tuple[str, ...] = ()
    values: tuple[Value, ...] = field(default=())


def identify(ask: Ask, unit_id: int, setting: Setting, profiles: Mapping[str, Profile]) -> Named:
    """ask(read): what one address says. Each read is asked once."""
    known: dict[Read, Heard] = {}

    def asked(read: Read) -> Heard:
        if read not in known:
            known[read] = ask(read)
        return known[read]

    able = {name: it for name, it in profiles.items() if fits_line(it, setting)}
    told = {name: _told(asked, it, unit_id) for name, it in able.items()}
    sure = [name for name, yes in told.items() if yes]
    if len(sure) == 1:
        answer = asked(_read_of(able[sure[0]]))
        values = values_of(able[sure[0]], answer.data) if answer.kind == Kind.GOOD else []
        return Named(sure[0], (), tuple(values))
    open_ = sure or [name for name, yes in told.items() if yes is None]
    return Named(fits=tuple(name for name in open_ if _makes_sense(asked, able[name])))


def _told(asked: Ask, profile: Profile, unit_id: int) -> bool | None:
    """Whether its registers say that it is this one; None: they say nothing."""
    said = [_matches(asked, each, unit_id) for each in profile.identity]
    if not said or None in said:
        return None
    return all(said)


def _matches(asked: Ask, identity: Identity, unit_id: int) -> bool | None:
    answer = asked(Read(identity.function_code, identity.address, identity.count))
    if answer.kind != Kind.GOOD:
        return False if answer.kind == Kind.EXCEPTION else None  # no such register: not this one
    data = answer.data[2 * identity.word :]
    if identity.text:
        return re.match(identity.text, data.decode("ascii", "replace")) is not None
    words = list(struct.unpack(f">{len(data) // 2}H", data))
    wanted = [unit_id] if identity.unit_id else identity.words
    return words[: len(wanted)] == wanted


def _makes_sense(asked: Ask, profile: Profile) -> bool:
    """Whether its own read is answered by values within its ranges. Nothing but 0 says nothing."""
    answer = asked(_read_of(profile))
    if answer.kind != Kind.GOOD or not any(answer.data) or has_error(profile, answer.data):
        return False
    return all(each.in_range for each in values_of(profile, answer.data))


def _read_of(profile: Profile) -> Read:
    read = profile.read
    return Read(read.function_code, read.address, read.count)
