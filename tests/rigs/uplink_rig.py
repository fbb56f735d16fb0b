"""What the tests on the real firmware share: the desk's site on the rig, with a gateway."""

import json

from station_rig import KEY, QUIET, StationRun, before_the_firmware

from reedgate_contract import records
from reedgate_sim.confirmer import Confirmer, gate_event


def gateway(seed=1, mode="ok", **options):
    """A broker in virtual time behind which somebody confirms the journal."""
    confirmer = Confirmer("desk", "inlet", KEY, seed, mode)
    for name, value in options.items():
        setattr(confirmer, name, value)
    return confirmer


class Run(StationRun):
    """A run whose far end is a broker in virtual time."""

    def __init__(self, scenario="turbidity_upset", broker=None, seed=1, **options):
        self.broker = broker or gateway(seed)
        super().__init__(scenario, self.broker, seed, **options)

    def set_mode(self, mode):
        self.broker.mode = mode

    def decided(self):
        """Outputs after the start, of the relays that drive something."""
        return [(at, terminal, level) for at, terminal, level in self.outputs if level is not None]

    def told(self, leaf):
        """[(at_us, payload)] of one topic of the station, in the order of arrival."""
        topic = f"reedgate/1/desk/inlet/{leaf}"
        return [(each.at_us, each.payload) for each in self.broker.messages if each.topic == topic]

    def births(self):
        return [json.loads(payload) for _, payload in self.told("birth")]

    def transitions(self):
        """What the journal says of the gates, over all starts, in order.

        Each with its start (`boot`) and the seq of its first record (`n`).
        """
        return [
            gate_event(event, self.births()[0]) | {"boot": event.boot_n, "n": event.seq}
            for event in self.broker.events()
            if event.kind == records.KIND_GATE
        ]


def quiet(tmp_path, text=""):
    """A scenario file in which nothing happens but what text says."""
    path = tmp_path / "quiet.toml"
    path.write_text(QUIET + text, encoding="utf-8")
    return path


def overlay(tmp_path, monkeypatch, **files):
    """Firmware files that stand before the real ones: overlay(..., boot="...") is boot.py."""
    folder = tmp_path / "overlay"
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    before_the_firmware(folder, monkeypatch)
