"""All the water of one station, carried on when somebody looks: channel, wetland, pond.

Steps are short after a change and grow while little moves. Where they end follows from the world
alone (what comes, the gates), never from who asked. The water's time runs `time_lapse` times as
fast as the run's.
"""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence

from reedgate_sim.world.bodies import Bodies
from reedgate_sim.world.channel import Flows
from reedgate_sim.world.course import Course, Plan, Standing
from reedgate_sim.world.parameters import parameters
from reedgate_sim.world.surroundings import Arriving, Driver, Openings, Surroundings

_MOVES_PERMILLE = 50  # the most that a gate may move in one step
_LEAST_RUN_US = 20_000  # a step in the run's own time, when the water runs faster


class Water:
    def __init__(
        self,
        roles: Mapping[str, str],
        arriving: Arriving,
        openings: Openings,
        time_lapse: int = 1,
        kinks_us: Sequence[int] = (),
        pond_mm: float | None = None,
    ):
        """roles: gate -> inlet or bypass. Starts in the steady state of what arrives at 0.

        kinks_us: times of the run at which what arrives turns a corner.
        """
        self._arriving, self._openings, self._time_lapse = arriving, openings, time_lapse
        self._kinks_us = [each * time_lapse for each in kinks_us]
        steps = parameters("water")["steps"]
        self._shortest_us = max(round(steps["shortest_s"] * 1e6), _LEAST_RUN_US * time_lapse)
        self._longest_us = round(steps["longest_s"] * 1e6)
        self._stage_m = steps["stage_mm"] / 1000
        self._dt_us, self._now_us = self._shortest_us, 0  # of the water
        self.until_us = 0  # of the run: how far the gates are known
        self._bodies = bodies = Bodies(Surroundings(roles, arriving, openings), pond_mm)
        self.channel, self.wetland, self.pond = bodies.channel, bodies.wetland, bodies.pond
        self._course = Course()
        self._shown = bodies.seen_below()
        self._plan: Plan | None = None
        self._planned_flows: Flows | None = None
        self._standing: Standing | None = None
        self._planned()

    # What others ask: every time is one of the run, in any order; a little ahead of `until_us`
    # too, since replies are made up while their request arrives.

    def stage_mm(self, now_us: int) -> float:
        """Stage in the channel. A stage that the river holds is known at any time."""
        if "stage_mm" in self._arriving:
            return self._arriving["stage_mm"](now_us)
        plan, water_us = self._at(now_us)
        return plan.stage_at(water_us) * 1000

    def probe(self, quantity: str) -> Driver:
        """In the channel before the gates: what comes, unless it stands there."""
        comes, lapse = self._arriving[quantity], self._time_lapse

        def seen(now_us: int) -> float:
            plan, water_us = self._plan, now_us * lapse
            if plan is None or not plan.start_us <= water_us < plan.end_us:
                plan, _ = self._at(now_us)
            if plan.standing is None:
                return comes(now_us)
            return self._stood(quantity, plan.standing, water_us)

        return seen

    def _stood(self, quantity: str, standing: Standing, water_us: int) -> float:
        """Where the water has not been renewed for a while."""
        came = self._arriving[quantity](standing.since_us // self._time_lapse)
        hours = (water_us - standing.since_us) / 3.6e9
        table = parameters("water")["standing"]
        if quantity == "turbidity_ntu":
            clear, sunk_m = min(came, table["clear_ntu"]), table["settling_m_h"] * hours
            return clear + (came - clear) * math.exp(-sunk_m / standing.depth_m)
        if quantity == "do_mg_l":
            return max(0.0, came - table["oxygen_used_mg_l_d"] * hours / 24)
        return came

    def below(self, place: str, quantity: str, now_us: int) -> float:
        """In the wetland (what leaves it) or the pond; follows them by at most one step."""
        plan, water_us = self._at(now_us)
        return plan.shown_at(f"{place}.{quantity}", water_us)

    def gate(self, name: str, now_us: int) -> tuple[float, float]:
        """Its discharge in m3/s, and the cubic metres that have passed it."""
        plan, water_us = self._at(now_us)
        return plan.gates_m3_s[name], plan.passed_at(name, water_us)

    def over_m3_s(self, now_us: int) -> float:
        """Over the channel's overflow; negative: the river comes in."""
        return self._at(now_us)[0].over_m3_s

    def balance_errors(self) -> dict[str, float]:
        return self._bodies.balance_errors()

    def advance(self, now_us: int) -> None:
        """Carry out every step that ends by now, at which the gates are known."""
        self.until_us = max(self.until_us, now_us)
        self._carry_on(now_us)

    def cut(self, now_us: int) -> None:
        """Something is about to change how the gates move: what was planned ends now."""
        self.advance(now_us)
        water_us = now_us * self._time_lapse
        if water_us > self._now_us:
            self._do(water_us)
        self._dt_us, self._plan = self._shortest_us, None

    # Inside.

    def _carry_on(self, now_us: int) -> None:
        water_us = min(now_us, self.until_us) * self._time_lapse
        while self._planned().end_us <= water_us:
            self._do(self._planned().end_us)

    def _at(self, now_us: int) -> tuple[Plan, int]:
        self._carry_on(now_us)
        water_us = now_us * self._time_lapse
        return self._course.at(water_us), water_us

    def _planned(self) -> Plan:
        """The step that begins now."""
        if self._plan is None:
            start_us = self._now_us
            end_us = self._end_us(start_us)
            self._planned_flows = flows = self._flows(start_us, end_us)
            if not self.channel.stands(flows):
                self._standing = None
            elif self._standing is None:
                self._standing = Standing(start_us, max(0.05, self.channel.stage_m))
            self._plan = Plan(
                start_us,
                end_us,
                (self.channel.stage_m, flows.stage_m),
                flows.gates_m3_s,
                {name: gate.passed_m3 for name, gate in self.channel.gates.items()},
                flows.over_m3_s,
                self._standing,
                (self._shown, self._bodies.seen_below()),
            )
            self._course.add(self._plan)
        return self._plan

    def _end_us(self, start_us: int) -> int:
        end_us = start_us + self._dt_us
        index = bisect_right(self._kinks_us, start_us)
        if index < len(self._kinks_us):
            end_us = min(end_us, self._kinks_us[index])
        before = self._openings(start_us // self._time_lapse)
        while end_us - start_us > self._shortest_us:
            after = self._openings(end_us // self._time_lapse)
            if all(abs(after[name] - before[name]) <= _MOVES_PERMILLE for name in before):
                break
            end_us = start_us + max((end_us - start_us) // 2, self._shortest_us)
        return end_us

    def _flows(self, start_us: int, end_us: int) -> Flows:
        lapse = self._time_lapse
        return self._bodies.flows(start_us // lapse, end_us // lapse, (end_us - start_us) / 1e6)

    def _do(self, end_us: int) -> None:
        """Carry out the planned step, or its part up to an earlier end."""
        plan, before_m = self._planned(), self.channel.stage_m
        flows, self._shown = self._planned_flows, plan.shown[1]
        if end_us != plan.end_us:
            flows = self._flows(plan.start_us, end_us)
            self._shown = {key: plan.shown_at(key, end_us) for key in plan.shown[0]}
        middle_us = (plan.start_us + end_us) // 2 // self._time_lapse
        self._bodies.step(flows, middle_us, (end_us - plan.start_us) / 1e6)
        self._now_us, self._plan = end_us, None
        self._choose_step(end_us, abs(self.channel.stage_m - before_m))

    def _choose_step(self, end_us: int, moved_m: float) -> None:
        index = bisect_right(self._kinks_us, end_us)
        if index and self._kinks_us[index - 1] == end_us:
            self._dt_us = self._shortest_us
            return
        factor = min(2.0, max(0.5, self._stage_m / max(moved_m, 1e-9)))
        self._dt_us = min(max(round(self._dt_us * factor), self._shortest_us), self._longest_us)
