"""How late the scan comes while the broker is good, bad or gone: in real time, over real TCP.

The firmware on the paced rig, and beside it plain umqtt.simple on the same VM in a loop of the
same period. A figure of this bench means something only on a machine that has little else to do.
"""

import os
import select
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from importlib.resources import files

from reedgate_boards.site.compiler import Overrides, compile_station
from reedgate_boards.site.load import load_site
from reedgate_boards.umqtt import umqtt_dir
from reedgate_sim.benches.brokers import SITUATIONS, broker
from reedgate_sim.network import RealNetwork
from reedgate_sim.pace import Paced
from reedgate_sim.rigs.vm import VmRig
from reedgate_sim.vm_command import HEAP
from reedgate_sim.vm_finder import find_micropython
from reedgate_sim.world.plant import Plant
from reedgate_sim.world.scenario import load_scenario

NAME = "uplink"
SUMMARY = "How late a scan comes while the broker is mute, silent, deaf or gone."
PEER = "umqtt.simple"
SECONDS = 15.0  # of each situation, and of each of the two in it

_KEY = bytes(32)  # nobody checks it here
_AIM_MS = 5.0  # the most that a scan of the firmware may be late
_LIVE_MS = 200  # five messages a second, so that a network that takes none is soon full
_SEND_BUFFER = 2048  # bytes of this machine's TCP, for the same reason
_SLICE_S = 1.0  # between two looks at the progress bar
_Tell = Callable[[str, float], None]  # situation, seconds that have passed of it


class _SmallNetwork(RealNetwork):
    """A machine as small as a board in one thing: how much its TCP takes before it says no."""

    def open(self, slot: int, address: str, now_us: int) -> None:
        super().open(slot, address, now_us)
        if slot in self._connections:
            stream = self._connections[slot].stream
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)


def run(tell: _Tell = lambda *_: None, seconds: float = SECONDS) -> dict:
    """All situations; gives what `reedgate bench --json` writes."""
    figures: dict[str, float] = {}
    against: dict[str, float] = {}
    for situation in SITUATIONS:
        for measure, into in ((_firmware, figures), (_plain, against)):
            with broker(situation) as port:
                lateness_us = measure(port, seconds, lambda passed, at=situation: tell(at, passed))
            into |= {f"{situation}_{key}": value for key, value in in_ms(lateness_us).items()}
    return {"name": NAME, "figures": figures, "against": {PEER: against}}


def total_s(seconds: float = SECONDS) -> float:
    return seconds * len(SITUATIONS) * 2


def verdict(result: dict, tr: Callable[..., str]) -> str:
    latest = max(value for key, value in result["figures"].items() if key.endswith("_max_ms"))
    if latest <= _AIM_MS:
        return tr("No scan was more than {aim} ms late.", aim=f"{_AIM_MS:g}")
    return tr(
        "A scan was {latest} ms late, more than {aim} ms. Is the machine busy with other work?",
        latest=f"{latest:g}",
        aim=f"{_AIM_MS:g}",
    )


def in_ms(lateness_us: list[int]) -> dict[str, float]:
    """The median, the 99th percentile and the worst."""
    ordered = sorted(lateness_us)
    last = len(ordered) - 1
    picks = {"p50_ms": last // 2, "p99_ms": round(last * 0.99), "max_ms": last}
    return {key: round(ordered[index] / 1000, 3) for key, index in picks.items()}


def _firmware(port: int, seconds: float, passed: Callable[[float], None]) -> list[int]:
    site = load_site(files("reedgate_sim") / "sites" / "desk.toml")
    overrides = Overrides(broker=f"127.0.0.1:{port}", live_ms=_LIVE_MS)
    config = compile_station(site, "inlet", overrides=overrides)
    plant = Plant(site, "inlet", load_scenario("turbidity_upset"))
    with VmRig(plant, config, "HOST", network=_SmallNetwork(), pace=Paced()) as rig:
        rig.provision("key.bin", _KEY)
        for slice_s in _slices(seconds):
            rig.run(rig.now_us + round(slice_s * 1e6))
            passed(slice_s)
        if rig.resets:
            raise RuntimeError(f"the watchdog ended the firmware {len(rig.resets)} times")
        return rig.lateness_us


def _slices(seconds: float) -> Iterator[float]:
    while seconds > 0:
        yield min(seconds, _SLICE_S)
        seconds -= _SLICE_S


def _plain(port: int, seconds: float, passed: Callable[[float], None]) -> list[int]:
    """A turn that never comes counts as late as this bench waits; its VM is then ended."""
    script = files("reedgate_sim") / "benches" / "plain_umqtt.py"
    command = [find_micropython(), "-X", f"heapsize={HEAP}", script, str(port)]
    lateness_us = []
    with subprocess.Popen(
        command,
        env=os.environ | {"MICROPYPATH": f"{umqtt_dir()}:.frozen"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as vm:
        try:
            begin = told = last = time.monotonic()
            while (now := time.monotonic()) < begin + seconds:
                ready, _, _ = select.select([vm.stdout], [], [], 0.1)
                line = vm.stdout.readline() if ready else b""
                if line:
                    lateness_us.append(int(line))
                    last = now
                elif ready:
                    raise RuntimeError("the VM with umqtt.simple ended")
                if now - told >= _SLICE_S:
                    passed(now - told)
                    told = now
        finally:
            vm.kill()
    blocked_us = round((begin + seconds - last) * 1e6)
    return [*lateness_us, blocked_us] if blocked_us > 2 * _LIVE_MS * 1000 else lateness_us
