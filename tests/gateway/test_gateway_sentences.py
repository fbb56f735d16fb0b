"""Why a gate is as it is, what it waits for and what happened: sentences in both languages."""

import feed
import pytest
from gateway_rig import KEYS, gate_card, take, view
from packer import FLOODS, GATES, POINTS

from reedgate_boards.site.language import translator
from reedgate_contract import codes
from reedgate_gateway.batch import Batch
from reedgate_gateway.content import (
    LatchesUnreadable,
    Refused,
    TotalsUnreadable,
    Unknown,
    uptime_ms_of,
    whole_events,
)
from reedgate_gateway.ingest import parse
from reedgate_gateway.journal_read import Gap, Happened, NewJournal
from reedgate_gateway.naming import Naming
from reedgate_gateway.store import Received
from reedgate_gateway.view.events import line

TRIPPED_WATER = feed.readings(turbidity_ntu=61.2)
NAMING = Naming(POINTS, GATES, FLOODS)
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
    take(state, clock, station.birth(), station.live())
    take(state, clock, *feed.trip_messages(station))
    clock.advance(60_000)
    now = feed.TRIPPED["main"] | {"wait": "clear_hold", "wait_ms": 5000}
    take(state, clock, station.live(feed.readings(turbidity_ntu=6.0), feed.gates(main=now)))
    assert gate_card(state, clock).why == (
        "Turbidity was above the limit of 10 NTU (61.2 NTU at 22:13:20); now 6.0 NTU."
    )


def test_a_gate_that_travels_says_which_way(state, clock):
    station = feed.Station()
    take(state, clock, station.birth(), station.live())
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
        number = 1 + codes.WAIT_NAMES.index(wait)
        take(state, clock, feed.Station(number).live(None, {"main": gate}))
        for language in ("en", "zh"):
            assert gate_card(state, clock, "main", language).why


def event_text(catalogue, message, language):
    topic, payload, _qos, _retain = message
    parsed = parse(topic, payload, catalogue, KEYS)
    item = Received(0, parsed)
    if isinstance(parsed, Batch):
        ((first, content),) = whole_events(parsed.records, NAMING)
        item = Happened(0, False, uptime_ms_of(first), "inlet", content)
    return line(translator("reedgate_gateway", language), language, catalogue, item)


EVENTS = [
    (
        feed.Station().event("main", "position", feed.gate("moving"), "closing"),
        "move",
        "Inlet gate: on its way to closed.",
        "进水闸：正在关闭途中。",
    ),
    (
        feed.Station().event("main", "ruling", feed.gate("open", "hold")),
        "info",
        "Inlet gate: ordered to stay. No rule demands a move.",
        "进水闸：指令不动。没有规则要求动作。",
    ),
    (
        feed.Station().event("around", "ruling", feed.gate("open", "hold")),
        "info",
        "Bypass gate: ordered to stay."
        " It moves when the inlet is off its closed switch and at rest.",
        "旁通闸：指令不动。待进水闸离开全关位并停稳后再动作。",
    ),
    (
        feed.Station().event("main", "ruling", feed.TRIPPED["main"], points=TRIPPED_WATER),
        "alarm",
        "Inlet gate: ordered closed. Turbidity 61.2 NTU is above the limit of 10 NTU.",
        "进水闸：指令关闭。浊度 61.2 NTU，高于限值 10 NTU。",
    ),
    (
        feed.Station().event("around", "ruling", feed.TRIPPED["around"]),
        "info",
        "Bypass gate: ordered open. It takes the water that the inlet gate must not let in.",
        "旁通闸：指令开启。进水闸须关闭，来水由旁通排走。",
    ),
    (
        feed.Station().event("main", "ruling", feed.gate("closed")),
        "info",
        "Inlet gate: ordered open. The water has been good for long enough.",
        "进水闸：指令开启。水质良好已保持足够时间。",
    ),
    (
        feed.Station().event("main", "drive", feed.gate(), "closing"),
        "move",
        "Inlet gate: the drive closes it.",
        "进水闸：驱动关闭中。",
    ),
    (
        feed.Station().event("main", "drive", feed.gate(fault="jam_closing"), "stopped"),
        "alarm",
        "Inlet gate: The drive jammed while closing; it will not close before the reset.",
        "进水闸：关闭时驱动卡阻：复位之前不再关闭。",
    ),
    (
        feed.Station().event("main", "position", feed.gate("closed")),
        "move",
        "Inlet gate: closed, its switch is made.",
        "进水闸：全关，限位开关已接通。",
    ),
    (
        feed.Station().started(),
        "info",
        "Station Inlet started (power on), firmware 0.1.0.",
        "测控站“进水口”已启动（上电），固件 0.1.0。",
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
def test_no_event_of_a_gate_is_without_a_sentence(catalogue, what, cause):
    for rule in codes.RULE_NAMES:
        gate = feed.gate("closed", "hold", rule, cause=cause)
        message = feed.Station().event("main", what, gate)
        assert event_text(catalogue, message, "zh").text.startswith("进水闸：")


OF_THE_RECORD = [
    (
        Gap("readings", 11, 34, "no_space", None, None),
        "alarm",
        "Station Inlet: 24 readings of the record are missing (11 to 34):"
        " the station's memory was full.",
        "测控站“进水口”：记录中缺失 24 条读数（11 至 34）：测控站存储器已满。",
    ),
    (
        NewJournal(7),
        "alarm",
        "Station Inlet has begun a new journal.",
        "测控站“进水口”启用了新的日志。",
    ),
    (
        Refused("ack", "proof", 3, 12, 0),
        "alarm",
        "Station Inlet refused a message of kind ack: it is not sealed with the station's key."
        " Refused since its start: 12.",
        "测控站“进水口”拒收一条 ack 类消息：没有用该站密钥签名。启动以来共拒收 12 条。",
    ),
    (
        LatchesUnreadable(),
        "alarm",
        "Station Inlet: its latches could not be read; they count as set.",
        "测控站“进水口”：无法读出保存的闭锁状态，全部按已闭锁处理。",
    ),
    (
        TotalsUnreadable(),
        "alarm",
        "Station Inlet: its totals of what has flowed could not be read; they begin at 0.",
        "测控站“进水口”：无法读出保存的累计水量，从 0 重新计起。",
    ),
    (
        Unknown(99, "00"),
        "info",
        "Station Inlet: an event of a kind that this version does not know (99).",
        "测控站“进水口”：本版本不认识的事件类型（99）。",
    ),
]


@pytest.mark.parametrize(("content", "kind", "english", "chinese"), OF_THE_RECORD)
def test_what_became_of_the_record_is_a_sentence(catalogue, content, kind, english, chinese):
    item = Happened(0, False, None, "inlet", content)
    for language, expected in (("en", english), ("zh", chinese)):
        shown = line(translator("reedgate_gateway", language), language, catalogue, item)
        assert (shown.kind, shown.text) == (kind, expected)


def test_an_event_whose_gate_has_no_name_is_shown_by_its_number(catalogue):
    topic, payload, _qos, _retain = feed.Station().event("around", "ruling", feed.gate())
    batch = parse(topic, payload, catalogue, KEYS)
    ((_first, content),) = whole_events(batch.records, Naming())
    item = Happened(0, False, 0, "inlet", content)
    shown = line(translator("reedgate_gateway", "en"), "en", catalogue, item)
    assert shown.text == ("Station Inlet: an event of gate #1, which the site file does not have.")
