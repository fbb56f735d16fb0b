"""The oracle: an account held against CONTROL.md's properties C1 to C6, and nothing else.

It was written from that page, and looks at no line of the firmware. What it cannot see: rules that
are not built yet, and everything that takes longer than a run.
"""

from dataclasses import dataclass

from reedgate_sim.campaign.account import Account, Violation
from reedgate_sim.campaign.judge_bus import judge_bus
from reedgate_sim.campaign.judge_bypass import judge_bypass
from reedgate_sim.campaign.judge_hands import judge_hands
from reedgate_sim.campaign.judge_orders import judge_orders
from reedgate_sim.campaign.judge_outputs import judge_outputs
from reedgate_sim.campaign.judge_reaction import Reactions, judge_reactions
from reedgate_sim.campaign.judge_rest import judge_rest
from reedgate_sim.campaign.judge_told import judge_told
from reedgate_sim.campaign.wipes import judge_wipes


@dataclass(frozen=True)
class Verdict:
    violations: tuple[Violation, ...]
    reactions: Reactions


def judge(account: Account) -> Verdict:
    reactions = judge_reactions(account)
    found = [*judge_outputs(account), *reactions.violations, *judge_bus(account)]
    found.extend(judge_hands(account))
    found.extend(judge_bypass(account))
    found.extend(judge_orders(account))
    found.extend(judge_wipes(account))
    found.extend(judge_told(account))
    found.extend(judge_rest(account))
    found.sort(key=lambda each: (each.at_us, each.property))
    return Verdict(tuple(found), reactions)
