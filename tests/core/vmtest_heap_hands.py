"""Rule 3, contacts, lost positions and an actuator: a scan allocates nothing there either."""

from core_scans import scans
from core_site import merged
from core_story import TURBID, is_closing, is_shut, opened_story

from reedgate_contract import codes
from reedgate_contract import config as layout
from station.core.actuator import ActuatorDrive
from station.core.ticks import later

HANDS = ("local", "local_open", "local_close")
WIRED = HANDS + (
    "healthy",
    "service",
    "mains_ok",
    "torque",
    "emergency_close",
    "upstream_alarm",
)
TIMES = {"closes_on_battery": 1, "leave_ms": 1000, "travel_min_ms": 2000, "proof_test_days": 1}
LEAK = {"point": 2, "side": layout.SIDE_ABOVE, "limit": 1500, "hold_ms": 5000}


def wired_story():
    return opened_story(wired=WIRED, gate=TIMES, leak=LEAK)


def press(story, **levels):
    for name, level in levels.items():
        story.inputs[story.setup.input_terminals.index(name)] = level


def heapless_scans_with_everything_wired_and_nothing_wrong():
    story = wired_story()
    yield
    scans(story, 1000)
    yield
    assert story.inlet.alarms == 0


def heapless_scans_in_local_with_and_without_a_demand():
    story = wired_story()
    press(story, local=1)
    story.water[0] = TURBID
    yield
    scans(story, 100)
    yield
    assert story.inlet.alarms & codes.ALARM_LOCAL_DEMAND
    press(story, local_close=1)
    yield
    scans(story, 50)
    yield
    assert story.output("close")


def heapless_scans_through_a_service():
    story = wired_story()
    press(story, service=1)
    yield
    scans(story, 200)
    yield
    assert story.station.service.standing
    press(story, service=0)
    yield
    scans(story, 2)
    yield
    press(story, service=1)
    yield
    scans(story, 400)
    yield
    assert story.station.service.needs_reset
    assert not story.station.service.standing


def heapless_scans_of_contacts_and_lost_mains():
    story = wired_story()
    press(story, emergency_close=0, upstream_alarm=0, mains_ok=0)
    yield
    scans(story, 100)
    yield
    assert story.inlet.cause == codes.CAUSE_EMERGENCY_CLOSE
    press(story, emergency_close=1, upstream_alarm=1, reset=1)
    yield
    scans(story, 3)
    yield
    assert story.inlet.cause == codes.CAUSE_MAINS_LOST


def heapless_scans_of_a_lost_position_and_of_an_overload():
    story = wired_story()
    story.water[0] = TURBID
    story.until(is_closing, 9000)
    yield  # the plant stands still: its switch does not let go
    scans(story, 300)
    yield
    assert story.inlet.drive.fault == codes.CAUSE_NOT_LEFT
    press(story, torque=0)
    yield
    scans(story, 10)
    yield
    assert not story.inlet.drive.may(1)
    assert story.inlet.drive.fault == codes.CAUSE_NOT_LEFT


def heapless_scans_of_a_leak():
    story = wired_story()
    story.water[0] = TURBID
    story.until(is_shut, 20000)
    story.water[2] = 1600
    yield
    scans(story, 100)
    yield
    assert story.inlet.drive.fault == codes.CAUSE_LEAK


def heapless_steps_of_an_actuator():
    fields = merged(TIMES, {"travel_timeout_ms": 2000})
    actuator = {"at_closed": 0, "at_open": 1000, "tolerance": 5, "silence_ms": 3000}
    drive = ActuatorDrive(fields, actuator, codes.TARGET_CLOSED)
    now_ms = (1 << 30) - 3000
    yield
    for number in range(200):
        now_ms = later(now_ms, 100)
        if number < 100:
            drive.answered(500)
        drive.step(now_ms, codes.TARGET_CLOSED, True, None, None)
    yield
    assert drive.fault == codes.CAUSE_SILENT
    assert drive.order == codes.TARGET_CLOSED
