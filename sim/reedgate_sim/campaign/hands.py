"""What people at the panel hold in their hands: the selector of a gate, and its two buttons.

`asks` is to the station's benefit: what a scan can hide from it counts for it.
"""

from typing import Any

from reedgate_sim.campaign.account import Account
from reedgate_sim.campaign.timeline import Span, common, without

_OTHER = {"open": "local_close", "close": "local_open"}


def in_hand(account: Account, gate: Any) -> list[Span]:
    """When the selector stands on local, and as long as a station may take it for so."""
    return [(first, last + account.seen_us) for first, last in _local(account, gate)]


def held(account: Account, gate: Any, way: str) -> list[Span]:
    """When one button alone is held in local."""
    pressed = account.made(getattr(gate.terminals, f"local_{way}"))
    alone = without(pressed, account.made(getattr(gate.terminals, _OTHER[way])))
    return common(alone, _local(account, gate))


def asks(account: Account, gate: Any, way: str) -> list[Span]:
    """When the gate may be driven for a hand: seen a scan late, and let go a scan late."""
    return [(first, last + account.seen_us) for first, last in held(account, gate, way)]


def _local(account: Account, gate: Any) -> list[Span]:
    return account.made(gate.terminals.local)
