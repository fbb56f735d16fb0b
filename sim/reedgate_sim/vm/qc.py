"""Runs on the VM, started by `reedgate qc`: the firmware's own readings, fed from standard input.

Arguments: compiled configuration, point. A line in: ticks, then the two words of a big-endian
float, or nothing where the instrument gave no answer. A line out: flag, status, detail, value.
"""

import sys

from reedgate_contract import codes
from station.app.config import Setup
from station.core import fixed


def run(config_path, name):
    with open(config_path, "rb") as stream:
        readings = Setup(stream.read()).readings
    number = [point.name for point in readings.points].index(name)
    decimals = readings.points[number].decimals
    for line in sys.stdin:
        now_ms, *words = [int(word) for word in line.split()]
        readings.age(now_ms)
        if words:
            raw = fixed.scaled_from_ieee754(words[0], words[1], decimals)
            readings.take(now_ms, number, raw)
        else:
            readings.miss(now_ms, number, codes.DETAIL_NO_ANSWER)
        print(
            readings.flag[number],
            readings.status[number],
            readings.detail[number],
            readings.value[number],
        )


if __name__ == "__main__":
    run(*sys.argv[1:])
