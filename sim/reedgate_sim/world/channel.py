"""The reach upstream of the gates: its stage, and what leaves it through each gate."""

from collections.abc import Mapping
from dataclasses import dataclass

from reedgate_sim.world.hydraulics import Structure, gate_m3_s
from reedgate_sim.world.parameters import parameters


@dataclass
class Opening:
    """The hole that one gate leaves, and what has passed it."""

    role: str
    width_m: float
    lift_m: float
    sill_m: float
    leak_permille: float
    discharge_m3_s: float = 0.0
    passed_m3: float = 0.0

    def opening_m(self, permille: float) -> float:
        return self.lift_m * max(permille, self.leak_permille) / 1000


def opening(role: str) -> Opening:
    """A gate of this role, as data/water.toml has it."""
    table = parameters("water")[role]
    return Opening(
        role, table["width_m"], table["lift_m"], table["sill_m"], table["leak_permille"]
    )


@dataclass
class Channel:
    """Stage in metres above gauge zero. Stepped by its owner, in time that suits its size."""

    structure: Structure
    area_m2: float
    gates: Mapping[str, Opening]
    tailwater_m: float  # where a bypass leads
    stage_m: float = 0.0
    start_m: float = 0.0
    came_m3: float = 0.0

    def leaving_m3_s(
        self, stage_m: float, permille: Mapping[str, float], wetland_m: float
    ) -> float:
        """The discharge of each gate at a stage; their sum.

        Never backwards: the inlet's pipe falls free into the wetland, the bypass has a flap.
        """
        total = 0.0
        for name, gate in self.gates.items():
            below_m = wetland_m if gate.role == "inlet" else self.tailwater_m
            gate.discharge_m3_s = gate_m3_s(
                self.structure,
                gate.width_m,
                gate.opening_m(permille[name]),
                stage_m - gate.sill_m,
                below_m - gate.sill_m,
            )
            total += gate.discharge_m3_s
        return total

    def step(
        self,
        dt_s: float,
        inflow_m3_s: float,
        held_stage_m: float | None,
        permille: Mapping[str, float],
        wetland_m: float,
    ) -> float:
        """One step. Returns what went into the wetland, in cubic metres.

        held_stage_m: the river holds the stage and brings or takes what that needs.
        """
        before_m = self.stage_m
        if held_stage_m is not None:
            self.stage_m = held_stage_m
        leaving = self.leaving_m3_s(self.stage_m, permille, wetland_m) * dt_s
        if held_stage_m is None:
            self.stage_m += (inflow_m3_s * dt_s - leaving) / self.area_m2
            self.came_m3 += inflow_m3_s * dt_s
        else:
            self.came_m3 += leaving + (self.stage_m - before_m) * self.area_m2
        to_wetland = 0.0
        for gate in self.gates.values():
            passed = gate.discharge_m3_s * dt_s
            gate.passed_m3 += passed
            if gate.role == "inlet":
                to_wetland += passed
        return to_wetland

    def balance_error(self) -> float:
        """What does not add up, as a share of what moved or stands."""
        held = (self.stage_m - self.start_m) * self.area_m2
        left = sum(gate.passed_m3 for gate in self.gates.values())
        return (self.came_m3 - left - held) / (abs(self.came_m3) + self.start_m * self.area_m2)

    def start(
        self,
        inflow_m3_s: float,
        held_stage_m: float | None,
        permille: Mapping[str, float],
        wetland_m: float,
    ) -> None:
        """Stand as the water stands when nothing changes any more."""
        if held_stage_m is None:
            self._settle(inflow_m3_s, permille, wetland_m)
        else:
            self.stage_m = held_stage_m
            self.leaving_m3_s(held_stage_m, permille, wetland_m)
        self.start_m = self.stage_m

    def _settle(self, inflow_m3_s: float, permille: Mapping[str, float], wetland_m: float) -> None:
        low_m, high_m = min(gate.sill_m for gate in self.gates.values()), 10.0
        for _ in range(60):
            self.stage_m = (low_m + high_m) / 2
            if self.leaving_m3_s(self.stage_m, permille, wetland_m) > inflow_m3_s:
                high_m = self.stage_m
            else:
                low_m = self.stage_m
