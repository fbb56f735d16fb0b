"""What a station does that must not control anything: nothing, and says why.

The outputs are off since boot.py; here nobody drives one.
"""

from reedgate_contract.compat import const
from station.core.ticks import later

_SAY_AGAIN_MS = const(10000)  # who plugs in a console later is to read it too


async def stay_safe(clock, reason):
    """Never ends."""
    while True:
        print("safe mode, all outputs off:", reason)
        await clock.sleep_until(later(clock.now_ms(), _SAY_AGAIN_MS))
