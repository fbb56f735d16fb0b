"""The probes that were found, as tables for the site file."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from reedgate_boards.finder.judge import Verdict
from reedgate_boards.finder.plan import Setting
from reedgate_boards.finder.sweep import Found
from reedgate_boards.site.profiles import Profile

STATION = "X"
_POLL_S, _MAX_AGE_S = 2, 6
_PORT = "RS485_1"  # where the adapter's line is thought to end; a board says its own


def snippet(found: list[Found], profiles: Mapping[str, Profile], is_board: bool, tr) -> list[str]:
    """Lines; none when no probe was named. Where only some profiles fit, the first stands there
    and the others beside it."""
    usable = [it for it in found if it.verdict == Verdict.ANSWERS and _profiles_of(it)]
    if not usable:
        return []
    spoken: dict[str, Counter[Setting]] = defaultdict(Counter)
    for it in usable:
        spoken[it.port if is_board else _PORT][it.setting] += 1
    lines = ["# " + tr("Put the id of your station in place of {x}.", x=STATION)]
    buses: dict[str, tuple[str, Setting]] = {}
    for number, (port, settings) in enumerate(spoken.items(), 1):
        ((setting, _),) = settings.most_common(1)
        bus = f"field{number}" if buses else "field"
        buses[port] = bus, setting
        lines += [
            f"[stations.{STATION}.buses.{bus}]",
            f'port = "{port}"',
            f"baud = {setting.baud}",
            f'parity = "{setting.parity}"',
            f"poll_s = {_POLL_S}",
            "",
        ]
    lines.append(f"[stations.{STATION}.sensors]")
    names = _point_names(usable, profiles)
    for it in usable:
        lines += _sensor(it, *buses[it.port if is_board else _PORT], names[it], tr)
    return lines


def _sensor(it: Found, bus: str, of_bus: Setting, points: dict[str, str], tr) -> Iterator[str]:
    """One that speaks otherwise than most on its bus says so: the port changes over for it."""
    name, own = f"probe_{it.unit_id}_{bus}", ""
    if it.setting != of_bus:
        name += f"_{it.setting.baud}_{it.setting.parity}"
        own = f'baud = {it.setting.baud}, parity = "{it.setting.parity}", '
    profile, *others = _profiles_of(it)
    if not it.named.profile:
        text = tr("Not certain. These fit: {names}", names=", ".join((profile, *others)))
        yield "# " + text
    inside = ", ".join(f'{quantity} = "{name}"' for quantity, name in points.items())
    yield (
        f'{name} = {{ bus = "{bus}", unit_id = {it.unit_id}, {own}'
        f'profile = "{profile}", max_age_s = {_MAX_AGE_S}, wet_when = "always", '
        f"points = {{ {inside} }} }}"
    )


def _profiles_of(it: Found) -> tuple[str, ...]:
    return (it.named.profile,) if it.named.profile else it.named.fits


def _point_names(
    found: list[Found], profiles: Mapping[str, Profile]
) -> dict[Found, dict[str, str]]:
    """A name is a station's own: a quantity that two probes measure gets their number."""
    of: dict[Found, list[str]] = {it: list(profiles[_profiles_of(it)[0]].points) for it in found}
    many = Counter(quantity for quantities in of.values() for quantity in quantities)
    used: dict[str, int] = defaultdict(int)
    names: dict[Found, dict[str, str]] = {}
    for it, quantities in of.items():
        names[it] = {}
        for quantity in quantities:
            name = quantity if many[quantity] == 1 else f"{quantity}_{it.unit_id}"
            used[name] += 1
            again = f"_{used[name]}" if used[name] > 1 else ""  # the same number on another bus
            names[it][quantity] = name + again
    return names
