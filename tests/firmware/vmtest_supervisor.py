"""Who keeps the tasks alive, what feeds the watchdog, and the slot that cleans up."""

from vm_fakes import FakeClock, run, run_for

from station.app.housekeeping import Housekeeping
from station.app.scan import Scan, Uptime
from station.app.supervisor import Evidence, Supervisor, keep_running, run_or_stop


class Watchdog:
    def __init__(self):
        self.fed = 0

    def feed(self):
        self.fed += 1


class Counter:
    count = 0


def fed_at(supervisor, watchdog, now_ms):
    before = watchdog.fed
    supervisor.feed(now_ms)
    return watchdog.fed - before


def test_it_is_fed_while_every_counter_grows():
    watchdog, one, two = Watchdog(), Counter(), Counter()
    supervisor = Supervisor(
        watchdog, [Evidence(lambda: one.count, 200), Evidence(lambda: two.count, 3000)]
    )
    for scan in range(100):
        one.count += 1
        two.count = scan // 10
        assert fed_at(supervisor, watchdog, scan * 200) == 1


def test_each_counter_alone_can_starve_it():
    for number in range(3):
        for start_ms in (0, 2**30 - 3000):  # and across the wrap of the ticks
            watchdog, counters = Watchdog(), [Counter() for _ in range(3)]
            evidence = [Evidence(lambda own=own: own.count, 1000) for own in counters]
            supervisor = Supervisor(watchdog, evidence)
            now_ms = start_ms
            supervisor.feed(now_ms)
            fed = []
            for _ in range(20):
                now_ms = (now_ms + 200) % 2**30
                for other in range(3):
                    counters[other].count += other != number
                fed.append(fed_at(supervisor, watchdog, now_ms))
            assert fed == [1] * 5 + [0] * 15, number
            counters[number].count += 1
            assert fed_at(supervisor, watchdog, now_ms) == 1


def test_a_counter_that_starts_at_nothing_has_its_whole_deadline():
    watchdog, counter = Watchdog(), Counter()
    supervisor = Supervisor(watchdog, [Evidence(lambda: counter.count, 1000)])
    assert [fed_at(supervisor, watchdog, ms) for ms in (5000, 6000, 6001)] == [1, 1, 0]


def test_a_task_that_fails_is_told_and_started_again():
    clock = FakeClock()
    starts = []

    async def start():
        starts.append(clock.us // 1000)
        await clock.sleep_until(clock.now_ms() + 100)
        if len(starts) == 1:
            raise ValueError("first")
        if len(starts) == 2:
            raise MemoryError

    run_for(clock, keep_running("uplink", clock, start), 3700)
    assert starts == [0, 1100, 2200, 3300]  # the third one ended, which it should not either


class Outputs:
    def __init__(self, story):
        self._story = story

    def make_safe(self):
        self._story.append("safe")

    def write(self, levels):
        self._story.append("written")


def test_a_scan_that_fails_makes_the_outputs_safe_and_feeds_no_more():
    story = []

    class Failing:
        async def run(self, after_scan):
            after_scan(0)
            raise MemoryError

    failed = False
    try:
        run(run_or_stop(Failing(), lambda now_ms: story.append("fed"), Outputs(story)))
    except MemoryError:
        failed = True
    assert failed  # it goes up: main ends, and the watchdog bites
    assert story == ["fed", "safe"]


class Inputs:
    def read(self):
        return b""


class Told:
    """In the place of the station, its recorder and the slot: when each was called."""

    def __init__(self, clock, slow_ms=()):
        self.story = []
        self._clock = clock
        self._slow_ms = list(slow_ms)

    def decide(self, now_ms, inputs):
        self.story.append(("decide", now_ms))
        return b""

    def note(self):
        self.story.append(("note",))

    def write(self, levels):
        self.story.append(("write",))

    def after_scan(self, now_ms):
        self.story.append(("after", now_ms))
        if self._slow_ms:
            self._clock.move_to(self._clock.us + self._slow_ms.pop(0) * 1000)


def scan_of(told, clock):
    return Scan(clock, told, Inputs(), told, Uptime(clock.now_ms()), (told,), 200)


def test_a_scan_decides_writes_notes_and_then_has_its_slot():
    clock = FakeClock()
    told = Told(clock)
    scan = scan_of(told, clock)
    run_for(clock, scan.run(told.after_scan), 100)
    assert told.story == [("decide", 0), ("write",), ("note",), ("after", 0)]
    assert scan.count == 1


def test_scans_come_on_time_and_never_in_a_burst():
    clock = FakeClock()
    told = Told(clock, slow_ms=(0, 150, 450, 10))
    scan = scan_of(told, clock)
    run_for(clock, scan.run(told.after_scan), 1650)
    times = [event[1] for event in told.story if event[0] == "decide"]
    assert times == [0, 200, 400, 850, 1050, 1250, 1450, 1650]
    assert scan.overruns == 1


def test_uptime_is_kept_across_the_wrap_of_the_ticks():
    uptime = Uptime(2**30 - 300)
    for now_ms in (2**30 - 100, 100, 950):
        uptime.advance(now_ms)
    assert (uptime.seconds, uptime.rest_ms) == (1, 250)


class Memory:
    def __init__(self, *in_good_time):
        self.collected = 0
        self._in_good_time = list(in_good_time)

    def collect(self):
        self.collected += 1
        return self._in_good_time.pop(0) if self._in_good_time else True


class Poller:
    busy = False
    pause = False


class Store:
    """What is due on the flash, and what was done."""

    def __init__(self, due=0, readings=0):
        self.steps = []
        self._due = due
        self._readings = readings

    def due(self):
        return self._due > 0

    def readings_waiting(self):
        return self._readings

    def urgent_step(self):
        if self._due:
            self._due -= 1
            self.steps.append("urgent")
            return True
        return False

    def further_step(self):
        self.steps.append("further")

    def flush_readings(self):
        self.steps.append("readings")
        self._readings = 0


def test_housekeeping_collects_more_rarely_while_there_is_room():
    memory = Memory()
    housekeeping = Housekeeping(memory, [Poller()], Store())
    times = []
    for now_ms in range(0, 22000, 200):
        before = memory.collected
        housekeeping.slot(now_ms)
        if memory.collected > before:
            times.append(now_ms)
    assert times == [1000, 3000, 6000, 10000, 15000, 21000]
    assert housekeeping.count == 110


def test_housekeeping_collects_each_second_again_when_it_came_late():
    memory = Memory(True, True, True, False)
    housekeeping = Housekeeping(memory, [], Store())
    times = []
    for now_ms in range(0, 13000, 200):
        before = memory.collected
        housekeeping.slot(now_ms)
        if memory.collected > before:
            times.append(now_ms)
    assert times == [1000, 3000, 6000, 10000, 11000]


def test_housekeeping_never_waits_longer_than_a_minute():
    memory = Memory()
    housekeeping = Housekeeping(memory, [], Store())
    for now_s in range(3600):
        housekeeping.slot(now_s * 1000)
    before = memory.collected
    for now_s in range(3600, 3661):
        housekeeping.slot(now_s * 1000)
    assert memory.collected > before


def test_a_frame_under_way_puts_it_off_but_not_for_ever():
    memory, poller = Memory(), Poller()
    housekeeping = Housekeeping(memory, [Poller(), poller], Store())
    housekeeping.slot(0)
    poller.busy = True
    housekeeping.slot(1200)
    assert memory.collected == 0
    poller.busy = False
    housekeeping.slot(1400)
    assert memory.collected == 1
    poller.busy = True
    for scan in range(100):  # a bus on which nobody answers is never at rest
        housekeeping.slot(10000 + scan * 200)
    assert memory.collected > 1
    assert housekeeping.count > 10


def test_one_slot_one_step_and_the_urgent_ones_first():
    store = Store(due=2, readings=8)
    housekeeping = Housekeeping(Memory(), [Poller()], store)
    for slot in range(4):
        housekeeping.slot(slot * 200)
        assert len(store.steps) <= slot + 1
    assert store.steps == ["urgent", "urgent", "readings"]


def test_few_readings_wait_for_a_minute():
    store = Store(readings=3)
    housekeeping = Housekeeping(Memory(), [Poller()], store)
    for now_ms in range(0, 60000, 200):
        housekeeping.slot(now_ms)
    assert store.steps == []
    housekeeping.slot(60000)
    assert store.steps == ["readings"]


def test_the_flash_waits_for_an_idle_bus_and_asks_the_pollers_to_pause():
    store = Store(due=1)
    poller = Poller()
    housekeeping = Housekeeping(Memory(), [poller], store)
    poller.busy = True
    housekeeping.slot(0)
    assert store.steps == []
    assert poller.pause
    poller.busy = False
    housekeeping.slot(200)
    assert store.steps == ["urgent"]
    assert not poller.pause


def test_a_long_backlog_for_the_flash_does_not_keep_the_garbage():
    store = Store(due=1000)
    memory = Memory()
    housekeeping = Housekeeping(memory, [Poller()], store)
    for now_ms in range(0, 20000, 200):
        housekeeping.slot(now_ms)
    assert memory.collected >= 3
    assert len(store.steps) > 80
