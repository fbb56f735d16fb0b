"""All laws that a site's world is judged by, in the order in which they look at a step."""

from reedgate_sim.proof import law_acts, law_demand, law_latches, law_outputs, law_rules, law_time
from reedgate_sim.proof.acts import MASK
from reedgate_sim.proof.law import Law
from reedgate_sim.proof.law_limit import LimitLaw
from reedgate_sim.proof.law_water import FloodLaw, PondLaw, TripLaw


class Laws:
    """What laws ask of each other. every: all of them, in order."""

    def __init__(self, world):
        site = world.site
        self.stop = law_outputs.StopLaw(world)
        limits = [LimitLaw(world, point, trip) for point, trip in enumerate(site.limits)]
        self.limits = limits
        self.trips = []
        at = 0
        for number, trip in enumerate(site.trips):
            count = 1 + len(trip.also)
            self.trips.append(TripLaw(world, number, limits[at : at + count]))
            at += count
        self.ponds = [PondLaw(world, limit) for limit in limits[at:]]
        self.floods = [
            [FloodLaw(world, gate, number) for number in range(len(site.gates[gate].floods))]
            for gate in range(len(site.gates))
        ]
        has_contact = site.inlet.emergency_close
        self.contact = law_demand.ContactLaw(world) if has_contact else None
        orders = [act for act in site.acts if act != MASK]
        self.remote = law_acts.RemoteLaw(world) if orders else None
        self.mask = law_acts.MaskLaw(world, limits) if MASK in site.acts else None
        numbers = range(len(site.gates))
        self.drives = [law_outputs.drive_law(world, number) for number in numbers]
        first = [each for each in (self.stop, self.contact, self.remote) if each]
        # a bypass is set after the polls of a step, and counts in its scan
        masks = [self.mask] if self.mask else []
        self.every: list[Law] = [*first, *limits, *masks, *self.trips, *self.ponds]
        self.every += [law for laws in self.floods for law in laws]
        self.every += self.drives
        self.every += self._of_all(world, numbers)

    def _of_all(self, world, numbers) -> list[Law]:
        laws = [law_latches.DriveLatchLaw(world, number) for number in numbers]
        laws += [law_latches.FirstOutLaw(world), law_rules.OrderLaw(world)]
        laws += [law_rules.StartLaw(world), law_rules.OpeningLaw(world)]
        laws += [law_time.ReachLaw(world, number) for number in numbers]
        laws += [law_time.ReopenLaw(world), law_time.CountLaw(world), law_demand.DemandLaw(world)]
        if any(trip.wipes for trip in world.site.trips):
            laws.append(law_acts.WipeLaw(world))
        if world.site.bypass:
            laws.append(law_rules.WaterWayLaw(world))
        return laws

    def asked(self, name: str) -> list:
        """The methods of this name of the laws that have one of their own."""
        has = [law for law in self.every if getattr(type(law), name) is not getattr(Law, name)]
        return [getattr(law, name) for law in has]
