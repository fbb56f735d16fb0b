"""Fixtures for tests on the host: a plant, and a whole station on the MicroPython VM beside it.

`plant(...)` gives a simulated world; `station(...)` starts the real firmware against one, with a
broker in virtual time behind which somebody confirms its journal. Both are factories, and what
they started is ended with the test. The fakes for tests on the VM itself are in on_vm/.
"""

from pathlib import Path

import pytest

_US = 1_000_000
_KEY = bytes(range(32))
_DESK = Path(__file__).parent.parent / "sites" / "desk.toml"


@pytest.fixture
def plant():
    """plant(site=..., station_id=..., scenario=..., seed=...) gives a `Plant` without a station.

    site and scenario are files or what was loaded from one; a shipped scenario goes by its name.
    """
    return _plant


@pytest.fixture
def station(tmp_path):
    """station(...) starts a `Station`; see there. All of them are closed with the test."""
    started = []

    def start(**options):
        directory = tmp_path / f"station-{len(started)}"
        started.append(Station(directory=directory, **options))
        return started[-1]

    yield start
    for each in started:
        each.rig.close()


def _loaded(site):
    from reedgate_boards.site.load import load_site

    return load_site(Path(site)) if isinstance(site, str | Path) else site


def _plant(site=_DESK, station_id="inlet", scenario="turbidity_upset", seed=1):
    from reedgate_sim.world.plant import Plant
    from reedgate_sim.world.scenario import load_scenario

    if isinstance(scenario, str | Path):
        scenario = load_scenario(str(scenario))
    return Plant(_loaded(site), station_id, scenario, seed)


class Station:
    """One station in virtual time: its rig, its plant, and the gateway's part in one Confirmer.

    outputs: [(seconds, terminal, level)] of all that it drove. options are those of `VmRig`.
    """

    def __init__(
        self,
        *,
        site=_DESK,
        station_id="inlet",
        scenario="turbidity_upset",
        seed=1,
        overrides=None,
        **options,
    ):
        """overrides: changes to the compiled configuration, an `Overrides`."""
        from reedgate_boards.site.compiler import Overrides, compile_station
        from reedgate_sim.confirmer import Confirmer
        from reedgate_sim.rigs import vm

        site = _loaded(site)
        config = compile_station(site, station_id, overrides=overrides or Overrides())
        self.plant = _plant(site, station_id, scenario, seed)
        self.gateway = Confirmer(site.site.id, station_id, _KEY, seed)
        self.outputs = []
        board = site.stations[station_id].board
        self.rig = vm.VmRig(self.plant, config, board, seed=seed, network=self.gateway, **options)
        self.rig.provision("key.bin", _KEY)
        self.rig.on_output.append(self._note)

    def _note(self, now_us, terminal, level):
        self.outputs.append((now_us / _US, terminal, level))

    @property
    def now_s(self):
        return self.rig.now_us / _US

    def run(self, seconds, until=lambda: False):
        """Let time pass, or less of it if the condition comes to hold; gives whether it holds."""
        return self.rig.run(self.rig.now_us + round(seconds * _US), until)

    def gate(self, name):
        """The `GateTruth` of a gate: where it really is, whatever the station believes."""
        return self.plant.truth().gates[name]

    def switched_on(self, terminal):
        """The seconds at which an output went on."""
        return [at_s for at_s, name, level in self.outputs if name == terminal and level]

    def events(self):
        """What the journal has told the gateway of the gates, in order, each a dict."""
        import json

        from reedgate_contract import records
        from reedgate_sim.confirmer import gate_event

        births = [each for each in self.gateway.messages if each.topic.endswith("/birth")]
        if not births:
            return []
        names = json.loads(births[0].payload)
        events = self.gateway.events()
        return [gate_event(each, names) for each in events if each.kind == records.KIND_GATE]
