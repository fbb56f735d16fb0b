"""The desk's station on the VM rig, with its plant: what tests of several rooms start from.

What stands at the far end, and what is judged, is the affair of those that build on it.
"""

from pathlib import Path

import reedgate_sim
from reedgate_boards.site.compiler import Overrides, compile_station
from reedgate_boards.site.load import load_site
from reedgate_sim.rigs import vm as vm_rig
from reedgate_sim.world.plant import Plant
from reedgate_sim.world.scenario import load_scenario

S = 1_000_000
KEY = bytes(range(32))
DESK = Path(reedgate_sim.__file__).parent / "sites" / "desk.toml"
SITE = load_site(DESK)
QUIET = 'format = 1\nname = { zh = "静", en = "quiet" }\nduration_s = 100\n'  # nothing happens


class StationRun:
    """One rig; `outputs` is what it did: (now_us, terminal, level). Times are in seconds."""

    def __init__(self, scenario, network, seed=1, *, overrides=None, site=None, **options):
        """site: another than the desk's, with a station "inlet"."""
        site = site or SITE
        self.config = compile_station(site, "inlet", overrides=overrides or Overrides())
        self.plant = Plant(site, "inlet", load_scenario(str(scenario)), seed)
        self.outputs = []
        self.rig = self.make_rig(seed=seed, network=network, **options)
        self.rig.provision("key.bin", KEY)
        self.rig.on_output.append(lambda *output: self.outputs.append(output))

    def make_rig(self, **options):
        return vm_rig.VmRig(self.plant, self.config, "HOST", **options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.rig.close()

    @property
    def now_s(self):
        return self.rig.now_us / S

    def to(self, at_s, until=lambda: False):
        """Run to at_s seconds, or until the condition holds; gives self."""
        self.rig.run(round(at_s * S), until)
        return self

    def at(self, at_s, action):
        self.rig.at(round(at_s * S), action)


def before_the_firmware(folder, monkeypatch):
    """What stands in the folder is found before the firmware's own files."""
    stock = vm_rig.vm_command
    monkeypatch.setattr(vm_rig, "vm_command", lambda folders: stock([folder, *folders]))
