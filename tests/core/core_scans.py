"""Scans of a story without its plant and its judge: for tests of the heap, and of other roles."""

from reedgate_contract import codes
from station.core.ticks import later


class Unjudged:
    """In the place of a judge that has missed the locked scans."""

    def before(self):
        pass

    after = before

    def polled(self, point, raw):
        pass


UNJUDGED = Unjudged()


def scans(story, count, polling=True):
    """count scans of the story's station, polls between them; the plant stands still."""
    station, readings, inputs = story.station, story.readings, story.inputs
    water = story.water
    now_ms = story.now_ms
    scan_ms = story.scan_ms
    for number in range(count):
        now_ms = later(now_ms, scan_ms)
        if polling and number % 10 == 0:
            for point in range(3):
                raw = water[point]
                if raw is None:
                    readings.miss(now_ms, point, codes.DETAIL_NO_ANSWER)
                else:
                    readings.take(now_ms, point, raw)
        station.decide(now_ms, inputs)
    story.passed_ms += count * scan_ms
    story.judge = UNJUDGED
