"""Looking whether a latch has changed allocates nothing."""

from dualtest_latches import MARK, station, variants

from station.core.latches import Latches


def heapless_looking():
    one = station()
    latches = Latches(one, MARK)
    for change in variants():
        change(one)
        yield
        changed = latches.look()
        again_changed = latches.look()
        yield
        assert changed
        assert not again_changed
