"""S6 and S7 of what is no trip: the drive's latches and the first-out."""

from reedgate_contract import codes
from reedgate_sim.proof.law import Broken, Law


class FirstOutLaw(Law):
    """S6: the first cause is kept until nothing is latched any more."""

    def __init__(self, world):
        super().__init__(world)
        self._inlet = world.station.inlets[0]

    def note(self):
        self._was = (self._inlet.first_out, self._inlet.first_out_of)

    def after(self):
        inlet, world = self._inlet, self.world
        now = (inlet.first_out, inlet.first_out_of)
        latched = any(trip.latched for trip in inlet.trips)
        latched = latched or world.closes
        anything = latched or world.station.stopped or inlet.drive.fault != codes.CAUSE_NONE
        if self._was[0] != codes.CAUSE_NONE:
            world.judged.add("S6")
        if self._was[0] != codes.CAUSE_NONE and now not in (self._was, (codes.CAUSE_NONE, 0)):
            raise Broken("S6", "the first-out has changed while it stood")
        if not world.resets_trips and (now[0] != codes.CAUSE_NONE) != anything:
            raise Broken("S6", "first-out and latches do not agree")


class DriveLatchLaw(Law):
    """S6 and S7: what a drive forbids goes by a reset edge only, with both switches not made."""

    def __init__(self, world, number):
        super().__init__(world)
        self.number = number
        self._drive = world.gates[number].drive

    def note(self):
        drive = self._drive
        self._was = (drive.forbids_opening, drive.forbids_closing)
        self._switches = drive.fault == codes.CAUSE_SWITCHES

    def after(self):
        drive, world = self._drive, self.world
        leaf = world.leaves[self.number]
        both = leaf.at_open and leaf.at_closed
        for was, forbids in zip(
            self._was, (drive.forbids_opening, drive.forbids_closing), strict=True
        ):
            if was and world.edge:
                world.judged.add("S7")
            if was and not forbids and (not world.edge or both):
                raise Broken("S7", "a drive's latch is gone without a reset, or with its cause")
        if both and not (drive.forbids_opening and drive.forbids_closing):
            raise Broken("S2", "both switches made, and a direction is not forbidden")
        if self._switches and drive.fault != codes.CAUSE_SWITCHES and not world.edge:
            raise Broken("S6", "the fault of both switches is gone without a reset")
