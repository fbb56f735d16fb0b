"""How long a day of a station takes on the desk: a sealed run of the vm rig, and who spends it.

The desk's site with all that a station does: a 200 ms scan, four slaves on one bus, journal and
uplink, and a peer in this process that confirms each batch. Live values go out as often as the
probes are read. Beside it the same run without grants, where each scan asks for its time.
A figure in seconds is this machine's, and means something only when it has little else to do.
"""

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files

from reedgate_boards.site.compiler import Overrides, compile_station
from reedgate_boards.site.load import load_site
from reedgate_sim.confirmer import Confirmer
from reedgate_sim.cores import one_core
from reedgate_sim.pace import Unpaced
from reedgate_sim.rigs.vm import VmRig
from reedgate_sim.world.plant import Plant
from reedgate_sim.world.scenario import load_scenario

NAME = "desk"
SUMMARY = "How long 24 hours of a station take on the desk, and what takes it."
PEER = "without grants"
HOURS = 24.0

_DAY_H = 24
_SCAN_MS = 200
_STATION = "inlet"
_KEY = bytes(range(32))
_POLLS_S = (10, 1)
_AIM_S = {10: 8.6, 1: 30.0}  # of real time for 24 h
_PEER_SHARE = 1 / 24  # of the hours: it is much slower, and steady
_SLICES = 48  # looks at the progress bar
_NOMINAL_S = {10: 10.0, 1: 50.0}  # of 24 h, for the progress bar only
_PEER_TIMES = 3  # how much slower, for the same
_Tell = Callable[[str, float], None]  # situation, seconds of total_s() that have passed


class _NoGrants(Unpaced):
    grants = False


@dataclass(frozen=True)
class _Cpu:
    own_s: float
    children_s: float

    @classmethod
    def now(cls) -> "_Cpu":
        spent = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return cls(*(each.ru_utime + each.ru_stime for each in spent))


def run(tell: _Tell = lambda *_: None, hours: float = HOURS) -> dict:
    """Both polling rates; gives what `reedgate bench --json` writes. All for 24 h."""
    figures: dict[str, float] = {}
    against: dict[str, float] = {}
    with one_core():
        for poll_s in _POLLS_S:
            nominal_s = _NOMINAL_S[poll_s] * hours / _DAY_H
            figures |= _day(
                poll_s, hours, Unpaced(), lambda part, s=nominal_s: tell(NAME, part * s)
            )
            peer_s = nominal_s * _PEER_SHARE * _PEER_TIMES
            peer_h = hours * _PEER_SHARE
            against |= _day(
                poll_s, peer_h, _NoGrants(), lambda part, s=peer_s: tell(PEER, part * s)
            )
    return {"name": NAME, "figures": figures, "against": {PEER: against}}


def total_s(hours: float = HOURS) -> float:
    both = 1 + _PEER_SHARE * _PEER_TIMES
    return sum(_NOMINAL_S.values()) * both * hours / _DAY_H


def verdict(result: dict, tr: Callable[..., str]) -> str:
    said = []
    for poll_s, aim_s in _AIM_S.items():
        real_s = result["figures"][f"poll_{poll_s}s_real_s"]
        message = (
            "24 h at {poll} s polling: {real} s, as was to be reached ({aim} s)."
            if real_s <= aim_s
            else "24 h at {poll} s polling: {real} s; {aim} s were to be reached."
        )
        said.append(tr(message, poll=poll_s, real=f"{real_s:.1f}", aim=f"{aim_s:g}"))
    return "\n".join(said)


def _day(poll_s: int, hours: float, pace: Unpaced, passed: Callable[[float], None]) -> dict:
    """The figures of one run, made up to 24 h."""
    site = load_site(files("reedgate_sim") / "sites" / "desk.toml")
    patience_ms = 1000 * (3 * poll_s + 5)  # three polls, and the last one's time-out
    overrides = Overrides(
        poll_ms=1000 * poll_s,
        live_ms=1000 * poll_s,
        max_age_ms=patience_ms,
        start_grace_ms=patience_ms,
    )
    config = compile_station(site, _STATION, overrides=overrides)
    steady = files("reedgate_sim") / "benches" / "steady.toml"
    plant = Plant(site, _STATION, load_scenario(str(steady)), seed=1)
    broker = Confirmer(site.site.id, _STATION, _KEY, seed=1)
    end_us = round(hours * 3600e6)
    before, begin = _Cpu.now(), time.monotonic()
    with VmRig(plant, config, "HOST", seed=1, network=broker, pace=pace) as rig:
        rig.provision("key.bin", _KEY)
        for part in range(1, _SLICES + 1):
            rig.run(end_us * part // _SLICES)
            passed(1 / _SLICES)
        requests = rig.requests
        if rig.resets or rig.console or not broker.records:
            raise RuntimeError(f"this was no quiet day: {rig.resets} {rig.console[-2000:]}")
    real_s, after = time.monotonic() - begin, _Cpu.now()
    figures = {
        "real_s": real_s,
        "vm_cpu_s": after.children_s - before.children_s,
        "simulator_cpu_s": after.own_s - before.own_s,
        "scans": end_us / (1000 * _SCAN_MS),
        "requests": requests,
        "records_confirmed": len(broker.records),
    }
    scale = _DAY_H / hours
    return {f"poll_{poll_s}s_{key}": round(value * scale, 2) for key, value in figures.items()}
