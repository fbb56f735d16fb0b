"""A two_relay drive under every short sequence of actions, and under long random ones."""

from core_drive_bench import CLOSED, HOLD, OPEN, DriveBench

from reedgate_contract import codes

ACTIONS = "OCHJERSD"


def _do(bench, action):
    if action in "OCH":
        bench.target = {"O": OPEN, "C": CLOSED, "H": HOLD}[action]
    elif action == "J":
        bench.leaf.stuck = not bench.leaf.stuck
    elif action == "E":
        bench.enabled = not bench.enabled
    elif action == "R":
        bench.reset()
    elif action == "S":
        bench.leaf.shown = {} if bench.leaf.shown else {"at_open": 1, "at_closed": 1}
    elif action == "D":
        bench.leaf.shown = {} if bench.leaf.shown else {"at_open": 0, "at_closed": 0}


def test_every_short_sequence_of_actions_keeps_the_properties():
    count = len(ACTIONS)
    for number in range(count**5):
        bench = DriveBench(opening=(0, 500, 1000)[number % 3])
        bench.target = (OPEN, CLOSED)[number % 2]
        for _ in range(5):
            _do(bench, ACTIONS[number % count])
            number //= count
            bench.run(300)


def test_long_random_sequences_keep_the_properties():
    state = 7
    for retries in (0, 2):
        for dead_ms in (0, 250):
            bench = DriveBench(opening=500, retries=retries, reverse_dead_ms=dead_ms)
            for _ in range(1500):
                state = (state * 1103515245 + 12345) & 0x7FFFFFFF
                _do(bench, ACTIONS[state >> 16 & 7])
                bench.run(100 + (state >> 20) % 6 * 100)
                if state >> 24 & 31 == 0:
                    bench.restart()


def test_an_able_drive_arrives_from_every_state():
    state = 3
    for number in range(200):
        bench = DriveBench(opening=number % 5 * 250)
        for _ in range(6):
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF
            _do(bench, ACTIONS[state >> 16 & 7])
            bench.run(200)
        bench.leaf.stuck, bench.leaf.shown, bench.enabled = False, {}, True
        bench.run(100)
        bench.reset()
        bench.target = (OPEN, CLOSED)[number % 2]
        arrived = (codes.POSITION_OPEN, codes.POSITION_CLOSED)[number % 2]
        bench.time_until(lambda one, place=arrived: one.drive.position == place, 1200)
