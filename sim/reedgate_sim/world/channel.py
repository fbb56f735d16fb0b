"""The reach upstream of the gates: its stage, what it carries, what leaves through each gate."""

from collections.abc import Mapping
from dataclasses import dataclass

from reedgate_sim.world.balance import Book, mixed
from reedgate_sim.world.hydraulics import Structure, gate_m3_s, weir_m3_s
from reedgate_sim.world.parameters import parameters

_NEAR_M = 1e-6  # how well the stage at a step's end is found; the volumes add up all the same
_HIGHEST_M = 10.0
_SHALLOWEST_M = 0.05  # a stage that the river holds may lie below the bed


@dataclass
class Opening:
    """The hole that one gate leaves, and what has passed it."""

    role: str
    width_m: float
    lift_m: float
    sill_m: float
    leak_permille: float
    passed_m3: float = 0.0

    def opening_m(self, permille: float) -> float:
        return self.lift_m * max(permille, self.leak_permille) / 1000


def opening(role: str) -> Opening:
    """A gate of this role, as data/water.toml has it."""
    table = parameters("water")[role]
    return Opening(
        role, table["width_m"], table["lift_m"], table["sill_m"], table["leak_permille"]
    )


@dataclass(frozen=True)
class Around:
    """What acts on the reach during a step. held_m: the stage that the river holds, if it does."""

    inflow_m3_s: float
    permille: Mapping[str, float]
    wetland_m: float
    river_m: float
    held_m: float | None = None  # during the step
    held_at_end_m: float | None = None


@dataclass(frozen=True)
class Flows:
    """What a step does to the reach, before it is done."""

    stage_m: float  # at the end
    gates_m3_s: Mapping[str, float]
    over_m3_s: float  # over the overflow to the river; negative: from it
    came_m3: float  # into the reach; negative: the river takes it back
    outflow_m2_s: float = 0.0  # how the outflow grows with the stage

    @property
    def past_m3_s(self) -> float:
        """Past the probes, which hang before the gates."""
        return sum(self.gates_m3_s.values())


@dataclass(frozen=True)
class Still:
    """How water that stands before the gates clears."""

    settling_m_s: float
    clear_mg_l: float


class Channel:
    """Stage in metres above gauge zero. `flows` tells what a step would do, `step` does it."""

    def __init__(self, structure: Structure, table: dict, gates: dict[str, Opening], still: Still):
        self.structure = structure
        self.gates = gates
        self._table = table
        self._area_m2 = table["area_m2"]
        self._still = still
        self.stage_m = 0.0
        self._outflow_m2_s = 0.0  # of the last step, to guess the next one by

    @property
    def volume_m3(self) -> float:
        return self._area_m2 * max(_SHALLOWEST_M, self.stage_m - self._table["bed_m"])

    def start(self, around: Around, carried: Mapping[str, float]) -> Flows:
        """Stand as the water stands when nothing changes any more."""
        self.stage_m = self._still_m(around) if around.held_m is None else around.held_m
        self.water = Book(self.volume_m3)
        self.concentrations = dict(carried)
        self.mass = {key: Book(value * self.volume_m3) for key, value in carried.items()}
        return self.flows(1.0, around)

    def flows(self, dt_s: float, around: Around) -> Flows:
        if around.held_m is not None:
            gates = self._gates_m3_s(around.held_m, around)
            new_m = around.held_m if around.held_at_end_m is None else around.held_at_end_m
            depth_m = max(_SHALLOWEST_M, new_m - self._table["bed_m"])
            rise_m3 = self._area_m2 * depth_m - self.volume_m3
            return Flows(new_m, gates, 0.0, rise_m3 + sum(gates.values()) * dt_s)
        return self._implicit(dt_s, around)

    def step(
        self, dt_s: float, flows: Flows, inflow_m3_s: float, carried: Mapping[str, float]
    ) -> float:
        """Do what the flows say. Returns what went into the wetland, in cubic metres.

        What the overflow takes while the reach is full never gets past the probes. The river
        brings water of the same kind as the inflow.
        """
        before_m3, self.stage_m = self.volume_m3, flows.stage_m
        self._outflow_m2_s = flows.outflow_m2_s
        past_m3, came_m3, lost_m3 = flows.past_m3_s * dt_s, flows.came_m3, 0.0
        aside_m3 = min(max(0.0, flows.over_m3_s), inflow_m3_s) * dt_s
        if came_m3 < 0:
            came_m3, lost_m3 = 0.0, -came_m3
        after_m3 = before_m3 + came_m3 - lost_m3 - past_m3
        settling_m3 = 0.0
        if self.stands(flows):
            settling_m3 = self._still.settling_m_s * self._area_m2 * dt_s
        self.water.came += came_m3 + aside_m3
        self.water.left += past_m3 + lost_m3 + aside_m3
        for key, held in self.concentrations.items():
            book, brought = self.mass[key], came_m3 * carried[key]
            new = mixed(
                book,
                held * before_m3,
                brought,
                after_m3 + past_m3 + lost_m3,
                settling_m3 if key == "tss" else 0.0,
                self._still.clear_mg_l,
            )
            book.came += brought + aside_m3 * carried[key]
            book.left += (past_m3 + lost_m3) * new + aside_m3 * carried[key]
            self.concentrations[key] = new
        return self._pass(flows, dt_s)

    def stands(self, flows: Flows) -> bool:
        """Whether the water at the probes is not renewed. Without a gate it always is."""
        return bool(self.gates) and flows.past_m3_s * 1000 < self._table["standing_below_lps"]

    def balance_errors(self) -> dict[str, float]:
        volume_m3 = self.volume_m3
        errors = {
            key: book.error(self.concentrations[key] * volume_m3)
            for key, book in self.mass.items()
        }
        return {"water": self.water.error(volume_m3), **errors}

    def _pass(self, flows: Flows, dt_s: float) -> float:
        to_wetland_m3 = 0.0
        for name, gate in self.gates.items():
            passed_m3 = flows.gates_m3_s[name] * dt_s
            gate.passed_m3 += passed_m3
            if gate.role == "inlet":
                to_wetland_m3 += passed_m3
        return to_wetland_m3

    def _gates_m3_s(self, stage_m: float, around: Around) -> dict[str, float]:
        """The discharge of each gate at a stage.

        Never backwards: the inlet's pipe and the bypass have flaps. The river drowns a bypass.
        """
        found = {}
        for name, gate in self.gates.items():
            below_m = around.wetland_m if gate.role == "inlet" else around.river_m
            found[name] = gate_m3_s(
                self.structure,
                gate.width_m,
                gate.opening_m(around.permille[name]),
                stage_m - gate.sill_m,
                below_m - gate.sill_m,
            )
        return found

    def _over_m3_s(self, stage_m: float, river_m: float) -> float:
        """Over the overflow; in a flood from the river into the channel."""
        crest_m, width_m = self._table["overflow_crest_m"], self._table["overflow_width_m"]
        if stage_m <= crest_m and river_m <= crest_m:
            return 0.0
        if river_m > stage_m:
            return -weir_m3_s(self.structure, width_m, river_m - crest_m, stage_m - crest_m)
        return weir_m3_s(self.structure, width_m, stage_m - crest_m, river_m - crest_m)

    def _leaving(self, stage_m: float, around: Around) -> tuple[dict[str, float], float]:
        return self._gates_m3_s(stage_m, around), self._over_m3_s(stage_m, around.river_m)

    def _implicit(self, dt_s: float, around: Around) -> Flows:
        """Backward Euler: the outflow is that of the stage at the end, so any step is stable."""
        rise_m = dt_s / self._area_m2

        def missed_m(stage_m: float) -> float:
            """How far the stage that its own outflow leads to lies below it; rises with it."""
            nonlocal gates, over
            gates, over = self._leaving(stage_m, around)
            net = around.inflow_m3_s - sum(gates.values()) - over
            return stage_m - self.stage_m - rise_m * net

        gates: dict[str, float] = {}
        over, slope = 0.0, self._outflow_m2_s
        one_m, one = self.stage_m, missed_m(self.stage_m)
        if abs(one) > _NEAR_M:
            guess_m = one_m - one / (1 + rise_m * slope)
            guess = missed_m(guess_m)
            slope = max(0.0, (guess - one) / (guess_m - one_m) - 1) / rise_m
            if abs(guess) > _NEAR_M:
                if guess * one > 0:  # explicit: on the other side of what is sought, or there
                    one_m, one = one_m - one, missed_m(one_m - one)
                _root(missed_m, one_m, one, guess_m, guess)
        net = around.inflow_m3_s - sum(gates.values()) - over
        came_m3 = (around.inflow_m3_s - over) * dt_s
        return Flows(self.stage_m + rise_m * net, gates, over, came_m3, slope)

    def _still_m(self, around: Around) -> float:
        """The stage at which as much leaves as comes."""
        low_m, high_m = min(gate.sill_m for gate in self.gates.values()), _HIGHEST_M
        for _ in range(60):
            middle_m = (low_m + high_m) / 2
            gates, over = self._leaving(middle_m, around)
            if sum(gates.values()) + over > around.inflow_m3_s:
                high_m = middle_m
            else:
                low_m = middle_m
        return (low_m + high_m) / 2


def _root(of, one_m: float, one: float, other_m: float, other: float) -> None:
    """Regula falsi (Illinois) between stages of unlike sign, until the last one asked is it."""
    for _ in range(100):
        if abs(one_m - other_m) <= _NEAR_M:
            return
        new_m = other_m - other * (other_m - one_m) / (other - one)
        new = of(new_m)
        if abs(new) <= _NEAR_M:
            return
        if new * other < 0:
            one_m, one = other_m, other
        else:
            one /= 2
        other_m, other = new_m, new
