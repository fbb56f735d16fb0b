"""What people are shown: readings, sentences and events, in both languages, at a fixed instant."""

from zoneinfo import ZoneInfo

import feed
import pytest

from reedgate_boards.site.language import translator
from reedgate_contract import codes
from reedgate_gateway.ingest import parse
from reedgate_gateway.state import State
from reedgate_gateway.store import Received
from reedgate_gateway.view.events import line
from reedgate_gateway.view.labels import duration, figure, left
from reedgate_gateway.view.readings import shown_points
from reedgate_gateway.view.site_view import Speaker, station_views

SHANGHAI = ZoneInfo("Asia/Shanghai")


def speaker(language):
    return Speaker(translator("reedgate_gateway", language), language, SHANGHAI)


@pytest.fixture
def state(catalogue):
    return State(catalogue)


def take(state, clock, *messages):
    for topic, payload, _qos, _retain in messages:
        state.apply(parse(topic, payload, state.catalogue), False, clock())
    assert not state.rejected, state.last_rejected


def view(state, clock, language="en"):
    (station,) = station_views(speaker(language), state, clock())
    return station


def card(state, clock, name, language="en"):
    return next(card for card in view(state, clock, language).cards if card.name == name)


def gate_card(state, clock, name="main", language="en"):
    return next(gate for gate in view(state, clock, language).gates if gate.name == name)


def test_a_value_comes_with_unit_age_status_limit_and_margin(state, clock):
    take(state, clock, feed.Station().live())
    clock.advance(800)
    shown = card(state, clock, "turbidity_ntu")
    assert (shown.value, shown.unit, shown.state) == ("3.2", "NTU", "good")
    assert shown.age == "1.1 s old"
    assert [(limit.text, limit.margin) for limit in shown.limits] == [
        ("at most 10 NTU", "margin 6.8 NTU")
    ]
    oxygen = card(state, clock, "do_mg_l", "zh")
    assert oxygen.label == "溶解氧"
    assert [(limit.text, limit.margin) for limit in oxygen.limits] == [
        ("不低于 2 mg/L", "余量 5.85 mg/L")
    ]
    assert card(state, clock, "water_temperature_c").limits == ()


def test_a_value_beyond_its_limit_says_by_how_much(state, clock):
    take(state, clock, feed.Station().live(feed.readings(turbidity_ntu=61.2, do_mg_l=1.5)))
    assert card(state, clock, "turbidity_ntu").limits[0].margin == "beyond by 51.2 NTU"
    assert card(state, clock, "do_mg_l").limits[0].margin == "beyond by 0.50 mg/L"
    assert card(state, clock, "do_mg_l").beyond


@pytest.mark.parametrize(
    ("reading", "state_name", "value", "status", "reason", "age"),
    [
        (feed.reading(3.2, flag=3), "suspect", "3.2", "Suspect", "", "0.3 s old"),
        (
            feed.reading(3.2, status="maintenance_required"),
            *("good", "3.2", "Maintenance required", "", "0.3 s old"),
        ),
        (
            feed.lost_reading(),
            *("unusable", "", "Not usable", "no answer", "last read 12 s ago"),
        ),
        (
            feed.reading(4000.0, status="failure", flag=4, detail="out_of_range"),
            *("unusable", "", "Not usable", "outside the possible range", "last read 0 s ago"),
        ),
        (
            feed.reading(None, status="failure", flag=9, detail="never_read", age_ms=None),
            *("none", "", "No value", "never read", "never read"),
        ),
        (
            feed.reading(3.2, status="function_check", flag=2, detail="warming_up"),
            *("unusable", "", "Not usable", "warming up", "last read 0 s ago"),
        ),
        (
            feed.reading(3.2, age_ms=5001),
            *("stale", "", "Out of date", "", "last read 5 s ago"),
        ),
    ],
)
def test_only_a_current_usable_value_is_shown(
    state, clock, reading, state_name, value, status, reason, age
):
    take(state, clock, feed.Station().live(feed.readings(turbidity_ntu=reading)))
    shown = card(state, clock, "turbidity_ntu")
    assert (shown.state, shown.value, shown.status) == (state_name, value, status)
    assert (shown.reason, shown.age) == (reason, age)


def test_before_the_first_live_nothing_is_known(state, clock):
    station = view(state, clock)
    assert {shown.value for shown in station.cards} == {""}
    assert {gate.headline for gate in station.gates} == {"Not known"}
    assert station.silence.startswith("Nothing heard from the station yet.")


@pytest.mark.parametrize("end", ["silence", "last will"])
def test_a_station_that_is_gone_leaves_no_value_behind(state, clock, end):
    station = feed.Station()
    take(state, clock, station.live(gates_now=feed.TRIPPED))
    if end == "silence":
        clock.advance(3001)
    else:
        take(state, clock, station.online(False))
    shown = view(state, clock)
    assert not shown.fresh
    assert {(each.value, each.state) for each in shown.cards} == {("", "stale")}
    assert {(each.state, each.why, each.next) for each in shown.gates} == {("stale", "", "")}
    assert shown.silence.startswith("No word from the station since 22:13:20")
    (mimic,) = shown.mimics
    assert mimic.picture.inlet.permille is None
    assert mimic.picture.water == "url(#unknown-water)"
    assert not mimic.picture.level_known


def test_nothing_is_ever_zero_for_want_of_a_value(state, clock):
    lost = {name: feed.lost_reading() for name in feed.GOOD_WATER}
    take(state, clock, feed.Station().live(lost))
    for shown in shown_points(state.stations["inlet"], clock()).values():
        assert shown.value is None
    assert {each.value for each in view(state, clock).cards} == {""}


TRIPPED_WATER = feed.readings(turbidity_ntu=61.2)
STORIES = {
    "open": (
        feed.readings(),
        feed.gate(),
        ("Open", "The water is good: every measurement is inside its limit.", ""),
        ("已开启", "水质良好：各项测量值都在限值以内。", ""),
    ),
    "confirming": (
        feed.readings(turbidity_ntu=12.1),
        feed.gate(wait="confirm", wait_ms=3200),
        (
            "Open",
            "Turbidity 12.1 NTU is above the limit of 10 NTU.",
            "It closes in 4 s if that stays so.",
        ),
        ("已开启", "浊度 12.1 NTU，高于限值 10 NTU。", "若持续如此，4 秒后关闭。"),
    ),
    "confirming oxygen": (
        feed.readings(do_mg_l=1.2),
        feed.gate(wait="confirm", wait_ms=0),
        (
            "Open",
            "Dissolved oxygen 1.20 mg/L is below the limit of 2 mg/L.",
            "It closes as soon as the next polls confirm it.",
        ),
        ("已开启", "溶解氧 1.20 mg/L，低于限值 2 mg/L。", "再有读数确认即关闭。"),
    ),
    "tripped": (
        TRIPPED_WATER,
        feed.TRIPPED["main"],
        (
            "Closed",
            "Turbidity 61.2 NTU is above the limit of 10 NTU (2 of 3 polls, for 5 s).",
            "It opens after turbidity has been 8 NTU or less for 10 s.",
        ),
        (
            "已关闭",
            "浊度 61.2 NTU，高于限值 10 NTU（3 次读数中 2 次越限，持续 5 秒）。",
            "浊度不高于 8 NTU 并保持 10 秒后开启。",
        ),
    ),
    "clearing": (
        feed.readings(turbidity_ntu=7.1),
        feed.TRIPPED["main"] | {"wait": "clear_hold", "wait_ms": 6400},
        (
            "Closed",
            "Turbidity was above the limit of 10 NTU; now 7.1 NTU.",
            "Good again: the trip clears in 7 s if it stays so.",
        ),
        (
            "已关闭",
            "浊度曾高于限值 10 NTU，现为 7.1 NTU。",
            "水质已恢复：若保持良好，7 秒后解除联锁。",
        ),
    ),
    "reopening": (
        feed.readings(),
        feed.gate("closed", "hold", wait="reopen_hold", wait_ms=2000),
        (
            "Closed",
            "Nothing demands it closed; it waits until it may open.",
            "Good water: it opens in 2 s if it stays good.",
        ),
        (
            "已关闭",
            "没有要求关闭的原因，正在等待开启条件。",
            "水质良好：若保持良好，2 秒后开启。",
        ),
    ),
    "not yet good": (  # inside the limit, but not by the deadband; and only suspect
        feed.readings(turbidity_ntu=8.1, conductivity_us_cm=feed.reading(900.0, flag=3)),
        feed.gate("closed", "hold", wait="water"),
        (
            "Closed",
            "Nothing demands it closed; it waits until it may open.",
            "It opens after these have been good for 10 s: turbidity, conductivity.",
        ),
        (
            "已关闭",
            "没有要求关闭的原因，正在等待开启条件。",
            "浊度、电导率恢复良好并保持 10 秒后开启。",
        ),
    ),
    "lost": (
        feed.readings(do_mg_l=feed.lost_reading("bad_frame")),
        feed.gate("closed", "closed", "unknown", cause="lost: do_mg_l", wait="water"),
        (
            "Closed",
            "Dissolved oxygen is lost: damaged answer.",
            "It opens after these have been good for 10 s: dissolved oxygen.",
        ),
        ("已关闭", "溶解氧信号丢失：应答损坏。", "溶解氧恢复良好并保持 10 秒后开启。"),
    ),
    "never good": (
        feed.readings(),
        feed.gate("moving", "closed", "unknown", cause="never_good: do_mg_l", wait="water"),
        (
            "Between its switches",
            "Dissolved oxygen has not been good since the start.",
            "It opens after the water has been good for 10 s.",
        ),
        ("停在中途", "启动以来溶解氧从未正常。", "水质良好并保持 10 秒后开启。"),
    ),
    "flood": (
        feed.readings(stage_mm=2410),
        feed.gate(rule="flood", cause="flood: river_high", wait="flood_clear", wait_ms=20000),
        (
            "Open",
            "Flood river_high: Water level 2410 mm is above 2350 mm.",
            "The flood ends when all has been clear for another 20 s.",
        ),
        (
            "已开启",
            "防洪（river_high）：水位 2410 mm，高于 2350 mm。",
            "各项恢复正常并再保持 20 秒，防洪状态才结束。",
        ),
    ),
    "flood by contact": (
        feed.readings(),
        feed.gate(rule="flood", cause="flood: river_high", wait="flood_clear", wait_ms=20000),
        (
            "Open",
            "Flood river_high.",
            "The flood ends when all has been clear for another 20 s.",
        ),
        ("已开启", "防洪（river_high）。", "各项恢复正常并再保持 20 秒，防洪状态才结束。"),
    ),
    "estop": (
        feed.readings(),
        feed.gate("moving", "hold", "estop", cause="estop", wait="reset"),
        (
            "Between its switches",
            "Emergency stop: the outputs are off.",
            "After its release nothing moves before the reset at the panel.",
        ),
        (
            "停在中途",
            "急停：输出已全部断开。",
            "急停释放后，须在控制柜上复位，闸门才会动作。",
        ),
    ),
    "starting": (
        feed.readings(),
        feed.gate("unknown", "hold", "start", cause="starting"),
        (
            "Position unknown",
            "Starting: nothing moves until the inputs have been read.",
            "",
        ),
        ("位置不明", "正在启动：读到各路输入之前，闸门不动作。", ""),
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_a_gate_says_why_and_what_it_waits_for(state, clock, story):
    points, gate, english, chinese = STORIES[story]
    take(state, clock, feed.Station().live(points, feed.gates(main=gate)))
    for language, expected in (("en", english), ("zh", chinese)):
        shown = gate_card(state, clock, "main", language)
        assert (shown.headline, shown.why, shown.next) == expected


def test_a_trip_that_is_over_remembers_the_value_at_which_it_came(state, clock):
    station = feed.Station()
    take(state, clock, station.live())
    take(state, clock, *feed.trip_messages(station))
    clock.advance(60_000)
    now = feed.TRIPPED["main"] | {"wait": "clear_hold", "wait_ms": 5000}
    take(state, clock, station.live(feed.readings(turbidity_ntu=6.0), feed.gates(main=now)))
    assert gate_card(state, clock).why == (
        "Turbidity was above the limit of 10 NTU (61.2 NTU at 22:13:20); now 6.0 NTU."
    )


def test_a_gate_that_travels_says_which_way(state, clock):
    station = feed.Station()
    take(state, clock, station.live())
    take(state, clock, *feed.trip_messages(station))
    moving = feed.TRIPPED["main"] | {"position": "moving", "wait": "travel"}
    clock.advance(2000)
    take(state, clock, station.live(TRIPPED_WATER, feed.gates(main=moving)))
    clock.advance(2000)
    shown = view(state, clock)
    assert shown.gates[0].headline == "Closing"
    assert shown.mimics[0].picture.inlet.permille == 500


def test_a_fault_of_the_drive_stands_beside_the_reason(state, clock):
    jammed = feed.TRIPPED["main"] | {"position": "moving", "fault": "jam_closing"}
    take(state, clock, feed.Station().live(TRIPPED_WATER, feed.gates(main=jammed)))
    assert gate_card(state, clock).fault.startswith("The drive jammed while closing")
    assert gate_card(state, clock).alarm


@pytest.mark.parametrize("rule", codes.RULE_NAMES)
@pytest.mark.parametrize("cause", [*codes.CAUSE_NAMES, "quality: gone", "flood: gone"])
def test_no_code_leaves_a_gate_without_a_reason(state, clock, rule, cause):
    for wait in codes.WAIT_NAMES:
        gate = feed.gate("closed", "closed", rule, cause=cause, wait=wait, wait_ms=1000)
        take(state, clock, feed.Station(wait.encode().hex()[:16]).live(None, {"main": gate}))
        for language in ("en", "zh"):
            assert gate_card(state, clock, "main", language).why


def event_text(catalogue, message, language):
    topic, payload, _qos, _retain = message
    item = Received(0, parse(topic, payload, catalogue))
    return line(translator("reedgate_gateway", language), language, catalogue, item)


EVENTS = [
    (
        feed.Station().transition("main", "ruling", feed.TRIPPED["main"], points=TRIPPED_WATER),
        "alarm",
        "Inlet gate: ordered closed. Turbidity 61.2 NTU is above the limit of 10 NTU.",
        "进水闸：指令关闭。浊度 61.2 NTU，高于限值 10 NTU。",
    ),
    (
        feed.Station().transition("around", "ruling", feed.TRIPPED["around"]),
        "info",
        "Bypass gate: ordered open. It takes the water that the inlet gate must not let in.",
        "旁通闸：指令开启。进水闸须关闭，来水由旁通排走。",
    ),
    (
        feed.Station().transition("main", "ruling", feed.gate("closed")),
        "info",
        "Inlet gate: ordered open. The water has been good for long enough.",
        "进水闸：指令开启。水质良好已保持足够时间。",
    ),
    (
        feed.Station().transition("main", "drive", feed.gate(), "closing"),
        "move",
        "Inlet gate: the drive closes it.",
        "进水闸：驱动关闭中。",
    ),
    (
        feed.Station().transition("main", "drive", feed.gate(fault="jam_closing"), "stopped"),
        "alarm",
        "Inlet gate: The drive jammed while closing; it will not close before the reset.",
        "进水闸：关闭时驱动卡阻：复位之前不再关闭。",
    ),
    (
        feed.Station().transition("main", "position", feed.gate("closed")),
        "move",
        "Inlet gate: closed, its switch is made.",
        "进水闸：全关，限位开关已接通。",
    ),
    (
        feed.Station().birth(reset_cause="watchdog"),
        "info",
        "Station Inlet started (watchdog), firmware 0.1.0.",
        "测控站“进水口”已启动（看门狗），固件 0.1.0。",
    ),
    (
        feed.Station().online(False),
        "alarm",
        "Station Inlet is no longer connected.",
        "测控站“进水口”已断开。",
    ),
]


@pytest.mark.parametrize(("message", "kind", "english", "chinese"), EVENTS)
def test_an_event_is_a_sentence(catalogue, message, kind, english, chinese):
    for language, expected in (("en", english), ("zh", chinese)):
        shown = event_text(catalogue, message, language)
        assert (shown.kind, shown.text) == (kind, expected)


@pytest.mark.parametrize("what", ["start", "ruling", "drive", "position"])
@pytest.mark.parametrize("cause", [*codes.CAUSE_NAMES, "quality: gone", "flood: gone"])
def test_no_transition_is_without_a_sentence(catalogue, what, cause):
    for rule in codes.RULE_NAMES:
        gate = feed.gate("closed", "hold", rule, cause=cause)
        message = feed.Station().transition("main", what, gate)
        assert event_text(catalogue, message, "zh").text.startswith("进水闸：")


@pytest.mark.parametrize(
    ("quantity", "value", "text"),
    [
        ("turbidity_ntu", 61_249, "61.2"),
        ("turbidity_ntu", 61_250, "61.2"),
        ("do_mg_l", 7_855, "7.86"),
        ("water_temperature_c", -4, "0.0"),
        ("water_temperature_c", -16, "-0.2"),
        ("conductivity_us_cm", 9_125, "912"),
        ("stage_mm", 1240, "1240"),
    ],
)
def test_a_figure_is_rounded_for_people(catalogue, quantity, value, text):
    assert figure(catalogue.stations["inlet"].points[quantity], value) == text


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "0 s"),
        (350, "0.3 s"),
        (9_950, "9.9 s"),
        (10_400, "10 s"),
        (119_000, "119 s"),
        (120_000, "2 min"),
        (150_000, "2 min 30 s"),
        (7_200_000, "2 h 0 min"),
    ],
)
def test_a_duration_is_as_fine_as_it_helps(ms, text):
    assert duration(translator("reedgate_gateway", "en"), ms // 100 * 100) == text


def test_a_time_that_runs_ends_with_one(catalogue):
    assert left(translator("reedgate_gateway", "en"), 1) == "1 s"
