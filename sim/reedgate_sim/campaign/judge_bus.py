"""The bus: a probe that answers is asked in time, whatever is wrong with the others on its line.

`bus_wait` of every reaction budget rests on it: a probe's turn waits for the others' time-outs and
guards at most once.
"""

import itertools
from collections.abc import Iterator

from reedgate_boards.site.bus_time import wait_behind_others_ms
from reedgate_boards.site.fields import milliseconds
from reedgate_boards.site.profiles import load_profile
from reedgate_boards.site.schema_station import poll_of
from reedgate_sim.campaign.account import MS, Account, Violation


def judge_bus(account: Account) -> Iterator[Violation]:
    for sensor_id, sensor in account.station.sensors.items():
        longest_us = longest_turn_us(account, sensor_id) + account.seen_us
        polls = account.polls.get(next(iter(sensor.points.values())), [])
        for before, after in itertools.pairwise(polls):
            apart_us = after.at_us - before.at_us
            life = account.life_at(after.at_us)
            same_life = life is not None and life.from_us <= before.at_us
            wipes = account.wipes.get(sensor_id, ())  # each takes the place of a poll
            wiped = any(before.at_us < each < after.at_us for each in wipes)
            known = before.answered and after.answered and same_life and not wiped
            if known and apart_us > longest_us:
                detail = f"{sensor_id} was not asked for {apart_us // MS} ms"
                yield Violation("C3", after.at_us, f"{detail}, longer than {longest_us // MS} ms")


def longest_turn_us(account: Account, sensor_id: str) -> int:
    """From one poll of a probe to its next, whatever is wrong with the others."""
    station = account.station
    profiles = {each.profile: load_profile(each.profile) for each in station.sensors.values()}
    wait_ms = wait_behind_others_ms(station, sensor_id, profiles)
    return (milliseconds(poll_of(station, station.sensors[sensor_id])) + wait_ms) * MS
