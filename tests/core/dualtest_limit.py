"""k of the last n polls, and the seconds since the run started; lost; permissive."""

from core_parts import DEADBAND, LIMIT, MAX_AGE_MS, NOTHING, changed, poll, table

from reedgate_contract import config as layout
from station.core.limit import Limit
from station.core.ticks import TICKS_MASK, later

FIELDS = {
    "point": 0,
    "side": layout.SIDE_ABOVE,
    "limit": LIMIT,
    "deadband": DEADBAND,
    "polls": 2,
    "of": 3,
    "delay_ms": 0,
    "lost_hold_ms": 5000,
}
POLL_MS = 1000
SCANS = 4  # between two polls
WRAP_SOON = TICKS_MASK - 2500


class Watch:
    """One limit; the polls that are told come a second apart, four scans after each."""

    def __init__(self, start=0, **changes):
        self.readings = table()
        self.limit = Limit(self.readings, changed(FIELDS, **changes))
        self.now_ms = start

    def poll(self, letter):
        poll(self.readings, self.now_ms, letter)

    def scan(self):
        self.readings.age(self.now_ms)
        self.limit.scan(self.now_ms)
        return self.limit

    def tell(self, letters):
        """Whether it tripped in any scan after the last of these polls."""
        tripped = False
        for letter in letters:
            self.poll(letter)
            tripped = False
            for _ in range(SCANS):
                tripped = self.scan().tripped or tripped
                self.now_ms = later(self.now_ms, POLL_MS // SCANS)
        return tripped


class Law:
    """The limit once more, from the whole history of polls, as the law's words say it."""

    def __init__(self, k, n, delay_ms, lost_hold_ms):
        self.k, self.n = k, n
        self.delay_ms, self.lost_hold_ms = delay_ms, lost_hold_ms
        self.times, self.beyond, self.usable = [], [], []
        self.run_start_ms = None
        self.reached = False
        self.met = self.tripped = False
        self.starved_ms = None

    def poll(self, now_ms, letter):
        if not self.tripped:  # else the last scan has told it
            self.met = self.met or self._stands(now_ms)
        self.times.append(now_ms)
        self.beyond.append(letter == "B")
        self.usable.append(letter in "Bi")
        if self.run_start_ms is None and self.beyond[-1]:
            self.run_start_ms = now_ms
            self.reached = False
        count = sum(self.beyond[-self.n :])
        if count >= self.k:
            self.reached = True
        elif count == 0 or self.reached:
            self.run_start_ms = None
        self.met = self.met or self._stands(now_ms)

    def _stands(self, now_ms):
        if self.run_start_ms is None or sum(self.beyond[-self.n :]) < self.k:
            return False
        return now_ms - self.run_start_ms >= self.delay_ms

    def scan(self, now_ms):
        """(tripped, lost)"""
        self.tripped = self.met or self._stands(now_ms)
        self.met = False
        last_ms, last_beyond = None, False
        for index in range(len(self.times)):
            if self.usable[index]:
                last_ms, last_beyond = self.times[index], self.beyond[index]
        too_old = last_ms is None or now_ms - last_ms >= MAX_AGE_MS
        if too_old or sum(self.usable[-self.n :]) < self.k:
            if self.starved_ms is None:
                self.starved_ms = now_ms
            return self.tripped, last_beyond or now_ms - self.starved_ms >= self.lost_hold_ms
        self.starved_ms = None
        return self.tripped, False


def _sequences(letters, length):
    indices = [0] * length
    while True:
        yield "".join([letters[index] for index in indices])
        place = 0
        while place < length and indices[place] == len(letters) - 1:
            indices[place] = 0
            place += 1
        if place == length:
            return
        indices[place] += 1


def _agree(letters, poll_ms, scan_ms, k, n, delay_ms, lost_hold_ms):
    """Polls at their rate, scans at theirs, ticks that wrap on the way: both say the same."""
    law = Law(k, n, delay_ms, lost_hold_ms)
    watch = Watch(polls=k, of=n, delay_ms=delay_ms, lost_hold_ms=lost_hold_ms)
    scan_at_ms = 0
    for index in range(len(letters) + 4):  # the last polls do not happen: it goes stale
        poll_at_ms = 130 + index * poll_ms
        while scan_at_ms < poll_at_ms:
            watch.now_ms = later(WRAP_SOON, scan_at_ms)
            limit = watch.scan()
            said = (limit.tripped, limit.lost)
            assert said == law.scan(scan_at_ms), (letters, k, n, scan_at_ms, said)
            scan_at_ms += scan_ms
        if index < len(letters) and letters[index] != ".":
            watch.now_ms = later(WRAP_SOON, poll_at_ms)
            watch.poll(letters[index])
            law.poll(poll_at_ms, letters[index])


def test_every_short_sequence_of_polls_is_judged_by_the_letter_of_the_law():
    for letters in _sequences("BiM", 6):
        _agree(letters, 1000, 400, 2, 3, 0, 2000)


def test_every_short_sequence_under_a_delay():
    for letters in _sequences("BiM", 6):
        _agree(letters, 1000, 400, 2, 3, 2500, 1000)


def test_every_short_sequence_with_other_counts():
    for k, n in ((1, 1), (1, 3), (3, 3), (2, 5)):
        for letters in _sequences("BiM", 5):
            _agree(letters, 1000, 400, k, n, 1500, 1500)


def test_every_short_sequence_when_polls_come_faster_than_scans_or_not_at_all():
    for letters in _sequences("BiM.", 5):
        _agree(letters, 500, 1200, 2, 3, 700, 1000)


def test_a_spike_does_not_trip():
    watch = Watch()
    assert not watch.tell("iiB")
    assert not watch.tell("iiii")
    assert not watch.limit.run


def test_at_the_limit_is_not_beyond_it_and_inside_begins_at_the_deadband():
    watch = Watch()
    assert not watch.tell("LLLL")
    for letter, permits in (("L", False), ("d", False), ("e", True), ("i", True), ("B", False)):
        watch.tell(letter)
        assert watch.limit.permissive == permits, letter
    below = Watch(side=layout.SIDE_BELOW, limit=9000, deadband=1000)
    assert below.tell("eee")  # 8000 is below 9000
    below = Watch(side=layout.SIDE_BELOW, limit=8000, deadband=2000)
    for letter, permits in (("e", False), ("d", False), ("L", True), ("B", True)):
        assert not below.tell(letter + letter + letter), letter
        assert below.limit.permissive == permits, letter
    assert below.tell("ii")


def test_the_delay_counts_from_the_first_poll_beyond():
    watch = Watch(delay_ms=10000)
    watch.tell("iii")
    watch.poll("B")
    begun_ms = watch.now_ms
    for _ in range(9):
        assert not watch.tell("B")
    assert watch.limit.left_ms(watch.now_ms) == 1000
    watch.now_ms = begun_ms + 9999
    assert not watch.scan().tripped
    watch.now_ms += 1
    assert watch.scan().tripped
    assert watch.limit.left_ms(watch.now_ms) == 0


def test_a_starved_bus_cannot_postpone_a_trip():
    for poll_ms in (1000, 2500, 8000):  # at any rate: k polls and the delay
        watch = Watch(delay_ms=20000)
        tripped_ms = -1
        for elapsed in range(0, 40000, 250):
            if elapsed % poll_ms == 0:
                watch.now_ms = elapsed
                watch.poll("B")
            watch.now_ms = elapsed
            if watch.scan().tripped and tripped_ms < 0:
                tripped_ms = elapsed
        assert tripped_ms == 20000, poll_ms


def test_a_run_that_has_fallen_below_k_starts_anew():
    watch = Watch(delay_ms=4000)
    assert not watch.tell("iBBii")  # reached k, fell below it
    assert not watch.tell("BBB")
    assert not watch.tell("B")  # 4 s after the first run's fourth poll, 3 s after its own first
    assert watch.tell("B")


def test_a_run_below_k_ends_only_when_nothing_is_beyond():
    watch = Watch(delay_ms=3000)
    watch.tell("iiBii")
    assert watch.limit.beyond_count == 1
    watch.tell("B")  # B went 1, 1, 1, then this poll: never 0, so the run is the first one's
    assert watch.limit.run
    assert watch.tell("B")


def test_what_was_met_between_two_scans_is_not_forgotten():
    watch = Watch(polls=1, of=1)
    watch.tell("ii")
    watch.poll("B")
    watch.poll("i")
    assert watch.scan().tripped
    assert not watch.scan().tripped
    slow = Watch(delay_ms=1000)
    slow.tell("ii")
    slow.poll("B")
    slow.poll("B")
    slow.scan()
    slow.now_ms += 1050  # the delay has passed, no scan saw it
    slow.poll("i")
    slow.poll("i")
    assert slow.scan().tripped


def test_a_poll_between_two_scans_that_does_not_permit_breaks_the_permission():
    for letter in "BLd" + NOTHING:
        watch = Watch()
        watch.tell("iii")
        assert watch.limit.permissive
        watch.poll(letter)
        watch.poll("i")
        assert not watch.scan().permissive, letter
        assert watch.scan().permissive, letter


def test_one_poll_without_an_answer_is_not_a_loss():
    for letter in NOTHING:
        watch = Watch(lost_hold_ms=0)
        watch.tell("iiB")
        watch.tell(letter)
        assert not watch.limit.lost, letter
        assert not watch.limit.permissive, letter
        watch.tell(letter)  # one of three is left
        assert watch.limit.lost, letter


def test_a_loss_counts_after_its_hold_and_at_once_when_the_last_was_beyond():
    watch = Watch(lost_hold_ms=4000)
    watch.tell("iiiMM")
    assert not watch.limit.lost
    watch.tell("MMM")
    assert not watch.limit.lost
    watch.tell("M")
    assert watch.limit.lost
    beyond = Watch(lost_hold_ms=4000)
    beyond.tell("iiBMM")
    assert beyond.limit.lost
    beyond.tell("i")
    assert not beyond.limit.lost  # the last usable one is inside now: the hold counts


def test_a_freeze_that_ends_without_an_answer_is_a_loss_at_once_until_enough_polls():
    watch = Watch()
    watch.tell("iii")
    watch.limit.frozen = True
    watch.scan()
    watch.limit.lose()
    assert watch.scan().lost
    watch.tell("i")
    assert watch.limit.lost
    watch.tell("i")
    assert not watch.limit.lost
    single = Watch(polls=1)
    single.tell("iii")
    single.limit.lose()
    assert single.scan().lost


def test_without_polls_it_is_lost_by_age():
    watch = Watch(lost_hold_ms=4000)
    watch.tell("iii")
    last_ms = watch.now_ms - POLL_MS
    for at_ms in range(watch.now_ms, last_ms + MAX_AGE_MS + 4000, 250):
        watch.now_ms = at_ms
        assert not watch.scan().lost, at_ms - last_ms
    watch.now_ms = last_ms + MAX_AGE_MS + 4250
    assert watch.scan().lost


def test_a_run_that_lasts_for_weeks_stays_a_run():
    watch = Watch(delay_ms=5000)
    watch.tell("iiBBBBBBB")
    for _ in range(30 * 24):
        watch.now_ms = later(watch.now_ms, 3600000)
        watch.poll("B")
        assert watch.scan().tripped
    assert watch.tell("B")
    assert not watch.tell("ii")


def test_a_loss_that_lasts_for_weeks_stays_a_loss():
    watch = Watch()
    watch.tell("iii")
    for hour in range(30 * 24):
        watch.now_ms = later(watch.now_ms, 3600000)
        limit = watch.scan()
        assert limit.lost or hour == 0, hour
        assert not limit.permissive
