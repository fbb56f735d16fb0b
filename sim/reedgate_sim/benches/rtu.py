"""The Modbus RTU master: what it takes from a bad line, how fast it is, what it costs.

Every fault at once in virtual time: is one wrong value taken? There too, how much of what a line
allows is used (`9600_share` and so on), with a board's looks and without the time that its code
takes. Then in real time a line beside umodbus on the same VM: speed, heap, and how long a loop
beside the master stands still; and the firmware's scan while a probe is mute. Figures in real time
mean something only on a machine that has little else to do.
"""

from collections import Counter
from collections.abc import Callable
from importlib.resources import files

from reedgate_boards.site.compiler import compile_station
from reedgate_boards.site.load import load_site
from reedgate_sim.benches import mixed
from reedgate_sim.benches.paced_rtu import REEDGATE, TIMEOUT_MS, UMODBUS, Measured, measured
from reedgate_sim.benches.rtu_line import REPLY_SIZE, WRONG, JudgedLine, Pick
from reedgate_sim.benches.uplink import in_ms
from reedgate_sim.pace import Paced
from reedgate_sim.rigs.vm import VmRig
from reedgate_sim.world.faults import Fault
from reedgate_sim.world.line import Line
from reedgate_sim.world.plant import Plant
from reedgate_sim.world.scenario import load_scenario

NAME = "rtu"
SUMMARY = "What a Modbus RTU master takes from a bad line, how fast it is, and what it costs."
REQUESTS = 100_000
BAUDS = (9600, 19200, 115200)

_REQUEST_SIZE = 8
_UNITS = 4
_FAST_BAUD, _FAST_SILENCE_US = 19200, 1750
_SHARE_REQUESTS = 40
_PHASES_US = range(0, 1000, 200)  # where in a millisecond of the master's a reply ends
_SPEED_REQUESTS = 80
_FAULT_REQUESTS = 16
_LATE_MS = 220 + TIMEOUT_MS  # the late answer ends in the middle of the guard silence
_UMODBUS_LATE_MS = 600  # it waits for half a second at 9600 baud
_START_S, _SCAN_S = 1.0, 10.0
_AIM_SHARE = 0.95
_AIM_HEAP = 64
_AIM_SCAN_MS = 5.0
_MIXED_S = 0.002  # of real time for one request, for the progress bar
_PACED_S = 180.0
_Tell = Callable[[str, float], None]

_FAULTS = {  # name: what every second request of the first slave meets
    "mute": [Fault("dead", 1)],
    "noise_before": [Fault("noise_before", 1)],
    "glitch_before": [
        Fault("noise_before", 1, count=3),
        Fault("split", 1, place=3, delay_ms=20),
    ],
    "noise_after": [Fault("noise_after", 1)],
    "split_5_ms": [Fault("split", 1, delay_ms=5)],
    "split_30_ms": [Fault("split", 1, delay_ms=30)],
    "truncated": [Fault("truncated", 1)],
    "exception": [Fault("exception", 1)],
}


def run(tell: _Tell = lambda *_: None, requests: int = REQUESTS) -> dict:
    """All three; gives what `reedgate bench --json` writes."""
    figures = _mixed(tell, requests)
    for baud in BAUDS:
        figures[f"{baud}_share"] = round(_share(baud), 3)
    against: dict[str, float] = {}
    step_s = _PACED_S / (2 * (len(BAUDS) + len(_FAULTS) + 1))
    for name, into in ((REEDGATE, figures), (UMODBUS, against)):
        for baud in BAUDS:
            into |= _speed(name, baud)
            tell(f"{baud} baud", step_s)
        for fault, faults in _FAULTS.items():
            into |= _fault(name, fault, 2, lambda n, _, f=faults: f if n % 4 == 0 else [])
            tell(fault, step_s)
        late_ms = _LATE_MS if name == REEDGATE else _UMODBUS_LATE_MS
        late = [Fault("late", 1, delay_ms=late_ms)]
        into |= _fault(name, "stale", 1, lambda n, _, f=late: f if n % 2 == 0 else [])
        tell("stale", step_s)
    figures |= {f"scan_beside_mute_{key}": value for key, value in _scan_ms().items()}
    tell("scan", _SCAN_S)
    return {"name": NAME, "figures": figures, "against": {UMODBUS: against}}


def total_s(requests: int = REQUESTS) -> float:
    return requests * _MIXED_S + _PACED_S + _SCAN_S


def verdict(result: dict, tr: Callable[..., str]) -> str:
    figures = result["figures"]
    wrong = sum(value for key, value in figures.items() if key.endswith("_wrong"))
    said = [
        tr("No wrong value was taken in {count} requests.", count=f"{figures['mixed_requests']:g}")
        if not wrong
        else tr("{count} wrong values were taken.", count=f"{wrong:g}")
    ]
    for baud in BAUDS:
        share = figures[f"{baud}_share"]
        values = {"baud": baud, "share": f"{100 * share:.1f}", "aim": f"{100 * _AIM_SHARE:g}"}
        said.append(
            tr("{baud} baud: {share} % of what the frame times allow (aim: {aim} %).", **values)
        )
    heap = max(value for key, value in figures.items() if key.endswith("_heap_bytes"))
    said.append(tr("Heap of a request: {heap} B (aim: {aim} B).", heap=f"{heap:g}", aim=_AIM_HEAP))
    late_ms = figures["scan_beside_mute_max_ms"]
    said.append(
        tr(
            "A scan beside a mute probe: at most {late} ms late (aim: {aim} ms).",
            late=f"{late_ms:g}",
            aim=f"{_AIM_SCAN_MS:g}",
        )
    )
    if late_ms > _AIM_SCAN_MS:
        said.append(tr("Is the machine busy with other work? Then these times mean nothing."))
    return "\n".join(said)


def _mixed(tell: _Tell, requests: int) -> dict[str, float]:
    counts: Counter = Counter()
    for seed, baud in enumerate(BAUDS):
        share = requests // len(BAUDS) + (seed < requests % len(BAUDS))
        counts += mixed.run(share, baud, seed, lambda done: tell("mixed", done * _MIXED_S))
    healthy = counts["healthy_answered"] / counts["healthy"]
    return {
        "mixed_requests": float(requests),
        "mixed_wrong": float(counts[WRONG]),
        **{f"mixed_{key}": float(counts[key]) for key in mixed.UNTELLABLE},
        "mixed_healthy_answered_share": round(healthy, 3),
    }


def _line(baud: int, units: int, pick: Pick) -> JudgedLine:
    return JudgedLine(range(1, units + 1), mixed.TURNAROUND_US, Line(baud), pick, seed=1)


def _speed(name: str, baud: int) -> dict[str, float]:
    """Four healthy slaves, asked without a pause."""
    line = _line(baud, _UNITS, lambda *_: [])
    found = measured(name, line, Line(baud), _SPEED_REQUESTS, _UNITS)
    return {
        f"{baud}_per_s": round(1000 / found.took_ms, 1),
        f"{baud}_paced_share": round(least_us(baud) / 1000 / found.took_ms, 3),
        f"{baud}_heap_bytes": round(found.heap_bytes, 1),
        f"{baud}_stall_ms": found.stall_ms,
        f"{baud}_wrong": float(found.wrong),
    }


def _share(baud: int) -> float:
    """How much of what the line allows is used, where replies end at the worst."""
    shares = []
    for phase_us in _PHASES_US:
        turnaround_us = mixed.TURNAROUND_US + phase_us
        took_us = mixed.healthy_us(_SHARE_REQUESTS, baud, turnaround_us)
        shares.append(least_us(baud, turnaround_us) / took_us)
    return min(shares)


def least_us(baud: int, turnaround_us: int = mixed.TURNAROUND_US) -> float:
    """What the line itself takes for a request: both frames, the slave's turnaround, and the
    silence of 3.5 characters before the next. The turnaround counts from the request's last bit,
    so the silence by which the slave knows its end is in it.
    """
    line = Line(baud)
    silence_us = 3.5 * line.time_us(1) if baud <= _FAST_BAUD else _FAST_SILENCE_US
    return line.time_us(_REQUEST_SIZE) + turnaround_us + line.time_us(REPLY_SIZE) + silence_us


def _fault(name: str, fault: str, units: int, pick: Pick) -> dict[str, float]:
    """One kind of fault at the first slave's requests; the second slave, if any, is healthy."""
    found: Measured = measured(
        name, _line(BAUDS[0], units, pick), Line(BAUDS[0]), _FAULT_REQUESTS, units
    )
    return {
        f"{fault}_wrong": float(found.wrong),
        f"{fault}_answered_share": round(found.answered / _FAULT_REQUESTS, 3),
        f"{fault}_stall_ms": found.stall_ms,
        f"{fault}_request_max_ms": found.most_ms,
    }


def _scan_ms() -> dict[str, float]:
    """How late the firmware's tasks wake up, the scan above all, while one of its four probes is
    mute. Without the first second: the host's own time begins before the VM runs.
    """
    site = load_site(files("reedgate_sim") / "sites" / "desk.toml")
    config = compile_station(site, "inlet")
    steady = files("reedgate_sim") / "benches" / "steady.toml"
    plant = Plant(site, "inlet", load_scenario(str(steady)), seed=1)
    for bus in plant.buses.values():
        bus.add_fault(Fault("dead", bus.instruments[0].unit_id))
    with VmRig(plant, config, "HOST", pace=Paced()) as rig:
        rig.run(round(_START_S * 1e6))
        rig.lateness_us.clear()
        rig.run(round((_START_S + _SCAN_S) * 1e6))
        if rig.resets:
            raise RuntimeError(f"the watchdog ended the firmware {len(rig.resets)} times")
        return in_ms(rig.lateness_us)
