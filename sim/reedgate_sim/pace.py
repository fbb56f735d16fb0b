"""How virtual time passes: as fast as it can, or with the wall clock."""

import time

from reedgate_sim.network import Network


class Unpaced:
    """Time jumps to the next event."""

    paced = False
    grants = True  # the VM may run ahead to the next event without asking

    def start(self, now_us: int) -> None:
        pass

    def wait_until(self, target_us: int, network: Network) -> int:
        return target_us

    def wall_us(self) -> int:
        return 0


class Paced:
    """One second takes one second. Lateness of the VM is measured against it."""

    paced = True
    grants = False

    def __init__(self) -> None:
        self._zero = time.monotonic()

    def start(self, now_us: int) -> None:
        self._zero = time.monotonic() - now_us / 1e6

    def wait_until(self, target_us: int, network: Network) -> int:
        """target_us, or earlier when the network has news for the VM."""
        while True:
            left = (target_us - self.wall_us()) / 1e6
            if network.wait(max(left, 0)):
                return min(target_us, self.wall_us())
            if left <= 0:
                return target_us

    def wall_us(self) -> int:
        return int((time.monotonic() - self._zero) * 1e6)
