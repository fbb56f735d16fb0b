"""What compares the choices of one state with each other: S5 (no input of a lower rule changes an
output), S8 (an order that is none has no effect, and none changes what rules 1 to 7 decide) and
S10 (a worse reading starts no opening).
"""

from dataclasses import replace

from reedgate_contract import codes
from reedgate_contract import config as layout
from reedgate_sim.proof import acts
from reedgate_sim.proof.law import Broken
from reedgate_sim.proof.site import LOST, NAN

_WORSE = (LOST, NAN)


class Compared:
    """Over all choices of one world; reset() before each state, look() after each step."""

    def __init__(self, world):
        self._world = world
        choices = world.choices
        floods = world.site.inlet.floods
        trips = len(world.site.limits)
        stages = range(trips, trips + sum(1 for flood in floods if flood.words))
        contacts = {flood.contact for flood in floods}
        names = world.level_names
        panel = [index for index, name in enumerate(names) if name in ("estop", "reset")]
        hands = [index for index, name in enumerate(names) if name.startswith("local")]
        upper = [index for index, name in enumerate(names) if name in contacts] + panel + hands
        # what may count under each rule: the inputs of the rules up to it
        self._key = {
            codes.RULE_ESTOP: [
                (tuple(each.levels[index] for index in panel), each.faults, each.restarts)
                for each in choices
            ],
            codes.RULE_LOCAL: [
                (tuple(each.levels[index] for index in panel + hands), each.faults, each.restarts)
                for each in choices
            ],
            codes.RULE_FLOOD: [
                (
                    tuple(each.levels[index] for index in upper),
                    tuple(each.words[stage] for stage in stages),
                    each.faults,
                    each.restarts,
                )
                for each in choices
            ],
        }
        self._worse = _worse_than(choices, trips, floods)
        self._acts = _without_act(choices) if world.site.acts else []
        self._after: list[tuple] = [()] * len(choices)
        self._opened = bytearray(len(choices))
        self._seen: dict[tuple, tuple] = {}
        self.by = -1  # the choice that shows it, when all of a state were needed

    def reset(self, state: bytes) -> None:
        self._seen = {}
        self._opening = self._world.opens_in(state)

    def look(self, by: int, after: int) -> None:
        """after: the number of the state that this choice leads to."""
        world = self._world
        inlet = world.gates[0]
        outputs = tuple(world.on(0))
        self._opened[by] = inlet.drive.direction == 1 and not self._opening
        self._after[by] = (after, inlet.rule, inlet.target, inlet.cause, outputs)
        for rule, keys in self._key.items():
            rules = inlet.rule if 1 <= inlet.rule <= rule else -1
            told = (rules, outputs if rules >= 0 else None)
            changed = self._seen.setdefault((rule, keys[by]), told) != told
            if changed and world.only in (None, "S5"):
                raise Broken("S5", "an input of a lower rule changes what a higher one does")

    def judge(self) -> None:
        if self._world.only in (None, "S8"):
            self._judge_acts()
        for better, worse in self._worse:
            if self._opened[better] or self._opened[worse]:
                self._world.judged.add("S10")
            if self._opened[worse] and not self._opened[better]:
                self.by = worse
                raise Broken("S10", "a worse reading starts an opening")

    def _judge_acts(self):
        for by, calm, act in self._acts:
            with_act, without = self._after[by], self._after[calm]
            self.by = by
            if act in acts.REFUSED and with_act[0] != without[0]:
                raise Broken("S8", "an order that is none has an effect: {act}", act=act)
            above = min(with_act[1], without[1]) < codes.RULE_REMOTE
            if above and act != acts.RESET and with_act[1:] != without[1:]:
                raise Broken("S8", "an order changes what rules 1 to 7 decide: {act}", act=act)
        self.by = -1


def _without_act(choices) -> list[tuple[int, int, str]]:
    """Each choice with an order, the same without, and the order."""
    number_of = {choice: number for number, choice in enumerate(choices)}
    orders = [each for each in choices if each.act and each.act != acts.MASK]
    return [(number_of[each], number_of[replace(each, act="")], each.act) for each in orders]


def _worse_than(choices, trips, floods) -> list[tuple[int, int]]:
    """Pairs of choices that differ in one word only, which is a worse reading in the second."""
    number_of = {choice: number for number, choice in enumerate(choices)}
    lost_opens = [flood.stage_lost == layout.STAGE_LOST_FLOOD for flood in floods if flood.words]
    pairs = []
    for number, choice in enumerate(choices):
        for point, word in enumerate(choice.words):
            stage = point - trips
            if word in ("", *_WORSE) or (
                stage >= 0 and stage < len(lost_opens) and lost_opens[stage]
            ):
                continue
            for worse in _WORSE:
                words = (*choice.words[:point], worse, *choice.words[point + 1 :])
                other = number_of.get(replace(choice, words=words))
                if other is not None:
                    pairs.append((number, other))
    return pairs
