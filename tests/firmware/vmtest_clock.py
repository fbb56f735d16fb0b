"""The board's own clock driver. Its time and its waits are put in the hands of the test."""

import asyncio
import gc

from station.drivers import clock as driver


class Time:
    """time and asyncio in one: sleeping is what makes time pass."""

    def __init__(self, ms=0):
        self.ms = ms
        self.slept = []

    def ticks_ms(self):
        return self.ms

    def sleep_ms(self, ms):
        self.slept.append(ms)
        self.ms += ms
        return iter((None,))  # gives way once


def run(awaitable):
    async def awaited():
        return await awaitable

    coroutine = awaited()
    try:
        while True:
            coroutine.send(None)
    except StopIteration as end:
        return end.value


def world(ms=0):
    time = Time(ms)
    driver.time = driver.asyncio = time  # each test has a VM of its own
    return time, driver.Clock()


class Source:
    look_ms = 20

    def __init__(self, time, at_ms):
        self._time = time
        self._at_ms = at_ms

    def any(self):
        return self._time.ms >= self._at_ms


def test_now_wraps_as_on_a_chip():
    # a VM of 64 bits counts on where a chip begins anew
    for ms, now_ms in ((5, 5), (2**30 - 1, 2**30 - 1), (2**30, 0), (5 * 2**30 + 7, 7)):
        _, clock = world(ms)
        assert clock.now_ms() == now_ms


def test_it_sleeps_as_long_as_is_left():
    time, clock = world(1000)
    run(clock.sleep_until(1250))
    assert time.slept == [250]


def test_it_sleeps_across_the_wrap():
    time, clock = world(2**30 - 100)
    run(clock.sleep_until(150))
    assert time.slept == [250]


def test_a_tick_that_has_passed_still_gives_the_others_a_turn():
    for tick_ms in (1000, 990, 2**30 - 50):
        time, clock = world(1000)
        run(clock.sleep_until(tick_ms))
        assert time.slept == [0]


def test_what_is_readable_is_not_waited_for():
    time, clock = world(1000)
    assert run(clock.wait_readable(Source(time, 0), 2000)) is True
    assert time.slept == []


def test_it_looks_as_often_as_the_source_says():
    time, clock = world(1000)
    assert run(clock.wait_readable(Source(time, 1090), 2000)) is True
    assert time.slept == [20] * 5


def test_it_gives_up_at_the_deadline():
    time, clock = world(1000)
    assert run(clock.wait_readable(Source(time, 5000), 1100)) is False
    assert time.ms == 1100
    time, clock = world(2**30 - 50)
    assert run(clock.wait_readable(Source(time, 2**31), 50)) is False
    assert time.ms == 2**30 + 50


def test_on_the_real_event_loop_two_tasks_take_turns():
    """The one test with real time: a few milliseconds of it."""
    clock = driver.Clock()
    story = []

    async def waits(name):
        for _ in range(3):
            await clock.sleep_until(clock.now_ms() + 1)
            story.append(name)

    async def both():
        await asyncio.gather(waits("a"), waits("b"))

    asyncio.run(both())
    assert sorted(story) == ["a", "a", "a", "b", "b", "b"]
    assert story[:3] != ["a", "a", "a"]


def test_waiting_takes_no_heap_once_a_source_is_known():
    clock = driver.Clock()
    taken = []

    class Often:
        look_ms = 0
        looks = 0

        def any(self):
            self.looks += 1
            return self.looks % 3 == 0

    async def waits():
        source = Often()
        for count in (5, 100):
            gc.collect()
            gc.disable()
            before = gc.mem_alloc()
            for _ in range(count):
                await clock.wait_readable(source, clock.now_ms() + 1000)
            taken.append(gc.mem_alloc() - before)
            gc.enable()
        assert source.looks == 3 * 105

    asyncio.run(waits())
    assert taken[1] <= 1024, taken  # 10 B a wait: what else grows here is this test's


def test_what_is_always_readable_leaves_the_others_their_turn():
    time, clock = world()
    source = Source(time, 0)
    for _ in range(10):
        assert run(clock.wait_readable(source, 1000))
    assert len(time.slept) >= 5
    assert set(time.slept) == {0}


def test_nor_does_a_deadline_that_has_passed_spin():
    time, clock = world()
    source = Source(time, 1000000)
    for _ in range(10):
        assert not run(clock.wait_readable(source, 0))
    assert len(time.slept) >= 5
