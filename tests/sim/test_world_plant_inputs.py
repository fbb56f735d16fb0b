"""Every input that a station may have: what the scenario's contacts and the gates do to it."""

from types import SimpleNamespace

import pytest
from world_helpers import MS, S, desk, plant, scenario

from reedgate_boards.site.user_error import UserError
from reedgate_sim.world.plant import Plant

OPEN, CLOSE, BYPASS = "RELAY_1", "RELAY_2", "RELAY_3"
RELAY_US = 10 * MS
# Terminal of each further input, as docs/site.example.toml wires them.
STATION = {"mains_ok": "DI_10", "service": "DI_13"}
GATE = {
    "torque": "DI_3",
    "local": "DI_4",
    "local_open": "DI_5",
    "local_close": "DI_6",
    "emergency_close": "DI_8",
    "upstream_alarm": "DI_14",
}


def with_all_inputs():
    """The desk's site with every input that the design knows, wired to its inlet."""
    station = desk().stations["inlet"]

    def wired(owner, further):
        terminals = SimpleNamespace(**{**dict(owner.terminals), **further})
        return SimpleNamespace(**{**dict(owner), "terminals": terminals})

    main = wired(station.gates["main"], GATE)
    station = wired(station, STATION)
    station.gates = {**station.gates, "main": main}
    return SimpleNamespace(stations={"inlet": station})


def world(tmp_path, text=""):
    return Plant(with_all_inputs(), "inlet", scenario(tmp_path, text), 1)


def contact(name, from_s=2, until_s=4, **more):
    keys = "".join(f"{key} = '{value}'\n" for key, value in more.items())
    return f"[[contact]]\ninput = '{name}'\nfrom_s = {from_s}\nuntil_s = {until_s}\n{keys}"


@pytest.mark.parametrize(
    ("name", "terminal", "well"),
    [
        ("estop", "DI_7", 1),
        ("reset", "DI_9", 0),
        ("mains", "DI_10", 1),
        ("service", "DI_13", 0),
        ("flood", "DI_11", 1),
        ("torque", "DI_3", 1),
        ("local", "DI_4", 0),
        ("local_open", "DI_5", 0),
        ("local_close", "DI_6", 0),
        ("emergency_close", "DI_8", 1),
        ("upstream_alarm", "DI_14", 1),
    ],
)
def test_each_input_acts_in_its_window_alone_and_is_an_event(tmp_path, name, terminal, well):
    one, well_all = world(tmp_path, contact(name)), world(tmp_path)
    seen = []
    for at_us in (2 * S - 1, 2 * S, 4 * S - 1, 4 * S):
        one.advance(at_us)
        seen.append(one.inputs()[terminal])
    assert seen == [well, 1 - well, 1 - well, well]
    again = world(tmp_path, contact(name))
    assert again.next_event_us() == 2 * S
    again.advance(2 * S)
    others = {key: level for key, level in again.inputs().items() if key != terminal}
    unmoved = {key: well_all.inputs()[key] for key in others}
    if name not in ("mains", "estop"):  # those move gates too
        assert others == unmoved


def test_a_contact_of_one_gate_or_one_cause_is_that_ones_alone(tmp_path):
    site = with_all_inputs()
    main = site.stations["inlet"].gates["main"]
    crest = SimpleNamespace(name="pond_crest", any=[SimpleNamespace(contact="DI_2")])
    main.flood = [*main.flood, crest]
    main.terminals.at_closed = None
    text = contact("flood", flood="river_high") + contact("flood", 6, 8, flood="pond_crest")
    text += contact("flood", 10, 12)
    one = Plant(site, "inlet", scenario(tmp_path, text))
    seen = []
    for second in (1, 3, 7, 11):
        one.advance(second * S)
        seen.append((one.inputs()["DI_11"], one.inputs()["DI_2"]))
    assert seen == [(1, 1), (0, 1), (1, 0), (0, 0)]
    other = world(tmp_path, contact("local", gate="around"))
    other.advance(3 * S)
    assert other.inputs()["DI_4"] == 0


def test_a_jam_opens_the_wired_torque_contact(tmp_path):
    text = "[[gate_fault]]\ngate = 'main'\nkind = 'jam_closing'\nfrom_s = 0\npermille = 500\n"
    one = world(tmp_path, text)
    one.set_output(CLOSE, 1, 0)
    one.advance(4 * S)
    assert one.inputs()["DI_3"] == 1
    one.advance(5 * S)
    assert one.inputs()["DI_3"] == one.truth().gates["main"].torque == 0
    assert one.truth().gates["main"].opening_permille == pytest.approx(500, abs=0.1)


def test_hands_move_the_gate_only_when_the_selector_is_on_local(tmp_path):
    press = contact("local_close", 1, 3)
    idle, local = world(tmp_path, press), world(tmp_path, contact("local", 0, 9) + press)
    for one in (idle, local):
        one.advance(5 * S)
    assert idle.truth().gates["main"].opening_permille == 1000
    assert local.truth().gates["main"].opening_permille == pytest.approx(
        1000 * (8 - 2) / 7.9, abs=0.1
    )


def test_mains_gone_stops_the_motor_frees_the_spring_and_a_battery_helps(tmp_path):
    gone = contact("mains", 2, 60)
    bare, backed = (
        world(tmp_path, text + gone) for text in ("", "[plant]\nbattery_strokes = 1.0\n")
    )
    for one in (bare, backed):
        one.set_output(BYPASS, 1, 0)
        one.set_output(CLOSE, 1, S)
        one.advance(30 * S)
        assert one.inputs()["DI_10"] == 0
        assert one.truth().gates["around"].opening_permille == 1000
    assert bare.truth().gates["main"].opening_permille == pytest.approx(
        1000 * (8 - 0.99) / 7.9, abs=0.1
    )
    assert backed.truth().gates["main"].at_closed == 1


def test_faults_of_switches_and_motors_come_from_the_file(tmp_path):
    text = "".join(
        f"[[gate_fault]]\ngate = 'main'\nkind = '{kind}'\nfrom_s = 0\n{more}\n"
        for kind, more in (("at_closed_late", "late_ms = 1500"), ("slow", "permille = 500"))
    )
    one = world(tmp_path, text)
    one.set_output(CLOSE, 1, 0)
    seen = {}
    while (at_us := one.next_event_us()) < 60 * S:
        one.advance(at_us)
        seen[at_us] = one.inputs()["DI_2"]
    arrival_us = RELAY_US + 16 * S
    assert list(seen) == [RELAY_US, RELAY_US + 200 * MS, arrival_us, arrival_us + 1500 * MS]
    assert list(seen.values()) == [0, 0, 0, 1]


def test_a_gate_that_leaks_passes_water_while_its_switch_says_closed(tmp_path):
    text = "[start]\ninlet = 'closed'\n"
    leak = "[[gate_fault]]\ngate = 'main'\nkind = 'leak'\nfrom_s = 10\npermille = 100\n"
    tight, leaky = plant(tmp_path, text), plant(tmp_path, text + leak)
    for one in (tight, leaky):
        one.advance(60 * S)
        assert one.truth().gates["main"].at_closed == 1
    flows = [one.truth().gates["main"].discharge_lps for one in (tight, leaky)]
    assert flows[1] > 10 * flows[0] > 0


def test_rows_that_make_no_sense_are_told(tmp_path):
    rows = [
        (
            "[[contact]]\ninput = 'estop'\ngate = 'main'\nfrom_s = 1\n",
            "this input is the station's",
        ),
        ("[[contact]]\ninput = 'local'\nflood = 'x'\nfrom_s = 1\n", "the input flood alone"),
        ("[[contact]]\ninput = 'local'\ngate = 'north'\nfrom_s = 1\n", "not at this station"),
        ("[[gate_fault]]\ngate = 'main'\nkind = 'slow'\nfrom_s = 1\n", "needs permille"),
        ("[[contact]]\ninput = 'flood'\nflood = 'tide'\nfrom_s = 1\n", "not at this station"),
        ("[plant]\nprobes = { ph = 'pond' }\n", "not at this station"),
        ("[plant]\nprobes = { level = 'sea' }\n", "must be one of: channel, wetland, pond"),
    ]
    for text, told in rows:
        with pytest.raises(UserError, match=told):
            plant(tmp_path, text)
