"""One station's world as a rig sees it: terminals in, terminals out, bytes, truth, events."""

import hashlib
from types import SimpleNamespace

import pytest
from world_helpers import LINE, MS, PORT, S, desk, exchange, plant, read, scenario

from reedgate_boards.site.user_error import UserError
from reedgate_sim.world.bus import NEVER_US
from reedgate_sim.world.plant import Plant
from reedgate_sim.world.scenario import load_scenario

RELAY_US = 10 * MS  # boards/HOST/board.toml
DEAD_US, TRAVEL_US = 100 * MS, 8 * S  # data/water.toml, sites/desk.toml
OPEN, CLOSE, BYPASS = "RELAY_1", "RELAY_2", "RELAY_3"
ASK = [read(11, 0x2600, 5), read(12, 0x2600, 6), read(13, 0x2600, 5), read(14, 2, 2)]
UPSET = '[[step]]\nwhat = "turbidity_ntu"\nfrom_s = 10\nto = 60\n'


def after_closing(seconds):
    """The opening in permille of a gate that was open, after so much of its motor's run."""
    return 1000 * (TRAVEL_US - seconds * S) / (TRAVEL_US - DEAD_US)


def contact(name, from_s, until_s):
    return f"[[contact]]\ninput = '{name}'\nfrom_s = {from_s}\nuntil_s = {until_s}\n"


def events(world, until_us):
    """Let it run on events alone: [(time, inputs)] at each."""
    seen = []
    while (at_us := world.next_event_us()) <= until_us:
        world.advance(at_us)
        seen.append((at_us, world.inputs()))
    world.advance(until_us)
    return seen


def test_at_the_start_the_inlet_is_open_and_the_spring_has_the_bypass_open(tmp_path):
    world = plant(tmp_path)
    assert world.inputs() == {
        "DI_1": 1,  # main at_open
        "DI_2": 0,
        "DI_7": 1,  # estop: closed when well
        "DI_9": 0,  # reset
        "DI_11": 1,  # flood: opens on a flood
        "DI_12": 1,  # bypass at_open
    }
    assert world.next_event_us() == NEVER_US
    shut = plant(tmp_path, '[start]\ninlet = "closed"\n')
    assert (shut.inputs()["DI_1"], shut.inputs()["DI_2"]) == (0, 1)


def test_a_close_command_moves_the_gate_and_every_change_of_an_input_is_an_event(tmp_path):
    world = plant(tmp_path)
    world.set_output(BYPASS, 1, 0)
    world.set_output(CLOSE, 1, S)
    seen = [(at_us, inputs["DI_1"], inputs["DI_2"]) for at_us, inputs in events(world, 20 * S)]
    assert seen == [
        (S + RELAY_US, 1, 0),
        (S + RELAY_US + DEAD_US, 0, 0),  # the motor has run through its dead band
        (5 * S + RELAY_US, 0, 0),  # the bypass has reached its end
        (9 * S + RELAY_US, 0, 1),
    ]
    gate = world.truth().gates["main"]
    assert (gate.opening_permille, gate.at_closed, gate.contacts["close"]) == (0, 1, 1)


def test_a_terminal_without_a_gate_changes_nothing(tmp_path):
    world = plant(tmp_path)
    world.set_output("RELAY_5", 1, S)
    assert world.next_event_us() == NEVER_US


def test_contacts_of_the_scenario_are_events(tmp_path):
    text = contact("estop", 5, 8) + contact("flood", 6, 7) + contact("reset", 9, 9.5)
    seen = [
        (at_us / S, inputs["DI_7"], inputs["DI_11"], inputs["DI_9"])
        for at_us, inputs in events(plant(tmp_path, text), 20 * S)
    ]
    assert seen == [
        (5, 0, 1, 0),
        (6, 0, 0, 0),
        (7, 0, 1, 0),
        (8, 1, 1, 0),
        (9, 1, 1, 1),
        (9.5, 1, 1, 0),
    ]


def test_an_emergency_stop_cuts_the_motors_and_frees_the_springs(tmp_path):
    world = plant(tmp_path, contact("estop", 5, 60))
    world.set_output(BYPASS, 1, 0)
    world.set_output(CLOSE, 1, S)
    events(world, 30 * S)
    gates = world.truth().gates
    assert gates["main"].opening_permille == pytest.approx(after_closing(3.99))
    assert gates["around"].opening_permille == 1000


def test_probes_answer_over_the_bus_with_what_the_water_is(tmp_path):
    world = plant(tmp_path, UPSET)
    at_us = 0
    for request in ASK:
        at_us, reply = exchange(world, request, at_us)
        assert reply[:2] == request[:2]
    points = world.truth().points
    assert points["turbidity_ntu"] == pytest.approx(3, abs=0.3)
    assert points["do_mg_l"] == pytest.approx(6.3, abs=0.2)
    assert points["conductivity_us_cm"] == pytest.approx(1185, abs=10)
    assert points["water_temperature_c"] == pytest.approx(18, abs=0.2)
    assert points["stage_mm"] == pytest.approx(world.truth().stage_mm, abs=5)
    world.advance(60 * S)
    assert world.truth().points["turbidity_ntu"] == pytest.approx(60, abs=2)


def test_arriving_bytes_are_events(tmp_path):
    world = plant(tmp_path)
    world.transmit(PORT, ASK[0], LINE, S)
    arrival_us = world.next_event_us()
    assert S + 30 * MS < arrival_us < S + 60 * MS
    assert world.receive(PORT, arrival_us - 1) == b""
    assert len(world.receive(PORT, arrival_us)) == 15
    assert world.next_event_us() == NEVER_US


def test_faults_of_the_scenario_and_faults_from_outside(tmp_path):
    text = '[[fault]]\nsensor = "turbidity"\nkind = "dead"\nfrom_s = 2\nuntil_s = 4\n'
    text += '[[fault]]\nsensor = "oxygen"\nkind = "value"\nvalue = nan\nfrom_s = 2\n'
    world = plant(tmp_path, text)
    world.add_fault("level", "exception", from_us=2 * S, code=2)
    assert [len(exchange(world, ask, (n + 1) * 100 * MS)[1]) for n, ask in enumerate(ASK)] == [
        15,
        17,
        15,
        9,
    ]
    assert exchange(world, ASK[0], 2 * S)[1] == b""
    assert exchange(world, ASK[1], 3 * S)[1][7:15] == b"\0\0\xc0\x7f" * 2
    assert exchange(world, ASK[3], 3 * S + 500 * MS)[1][1:3] == b"\x83\x02"
    assert len(exchange(world, ASK[0], 4 * S)[1]) == 15


def test_a_jam_from_the_scenario_and_a_switch_from_outside(tmp_path):
    text = '[[gate_fault]]\ngate = "main"\nkind = "jam_closing"\nfrom_s = 4\nuntil_s = 10\n'
    world = plant(tmp_path, text)
    world.set_output(CLOSE, 1, 0)
    events(world, 9 * S)
    assert world.truth().gates["main"].opening_permille == pytest.approx(after_closing(3.99))
    world.add_gate_fault("main", "at_closed_stuck", from_us=9 * S)
    assert world.inputs()["DI_2"] == 1
    events(world, 30 * S)
    assert world.truth().gates["main"].opening_permille == 0


def test_a_watch_tells_since_when_the_register_is_beyond_a_limit(tmp_path):
    text = UPSET + "until_s = 40\n"
    one, other = plant(tmp_path, text), plant(tmp_path, text)
    watches = [each.watch("turbidity_ntu", "above", 10) for each in (one, other)]
    for now in range(0, 30 * S, 130 * MS):
        one.advance(now)
    other.advance(30 * S)
    since_us = watches[0].since_us
    assert 10 * S < since_us < 12 * S
    assert watches[1].since_us == since_us
    one.advance(70 * S)
    assert watches[0].since_us is None
    ((start_us, end_us),) = watches[0].spans_us
    assert start_us == since_us
    assert 42 * S < end_us < 46 * S


def test_a_watch_sees_a_register_that_lies_from_the_microsecond_on(tmp_path):
    world = plant(tmp_path)
    world.add_fault("turbidity", "value", value=99.0, from_us=5 * S + 1, until_us=6 * S)
    watch = world.watch("turbidity_ntu", "above", 10)
    world.advance(20 * S)
    assert watch.spans_us == [(5 * S + 1, 6 * S)]


def test_good_water_is_let_through_and_bad_water_kept_out(tmp_path):
    """The main job as the world sees it, driven by hand."""
    world = plant(tmp_path, UPSET)
    world.set_output(BYPASS, 1, 0)
    world.advance(200 * S)
    before = world.truth()
    assert before.gates["main"].discharge_lps == pytest.approx(118, abs=3)
    assert before.gates["around"].discharge_lps < 3
    world.set_output(CLOSE, 1, 200 * S)
    world.set_output(BYPASS, 0, 200 * S)
    world.advance(1200 * S)
    after = world.truth()
    assert 0.1 < after.gates["main"].discharge_lps < 2  # it leaks
    assert after.gates["around"].discharge_lps == pytest.approx(119, abs=3)
    assert after.gates["main"].passed_m3 > before.gates["main"].passed_m3
    assert max(map(abs, world.balance_errors().values())) < 1e-9


def test_the_water_follows_a_gate_from_the_moment_it_moves(tmp_path):
    world = plant(tmp_path)
    world.set_output(BYPASS, 1, 0)
    world.advance(3000 * S)
    seen = []
    world.set_output(CLOSE, 1, 3000 * S)
    for second in (0, 4, 7, 9):
        world.advance((3000 + second) * S)
        seen.append(world.truth().gates["main"].discharge_lps)
    assert seen == sorted(seen, reverse=True)
    assert seen[0] == pytest.approx(117.5, abs=3)
    assert 0.3 * seen[0] < seen[1] < 0.95 * seen[0]
    assert seen[3] < 2


def test_what_passes_a_moving_gate_is_counted_in_small_steps(tmp_path, monkeypatch):
    def passed_m3():
        world = plant(tmp_path, "time_lapse = 360\n")
        world.set_output(BYPASS, 1, 0)
        world.advance(20 * S)
        world.set_output(CLOSE, 1, 20 * S)
        world.advance(30 * S)
        return world.truth().gates["main"].passed_m3

    usual = passed_m3()
    monkeypatch.setattr("reedgate_sim.world.water._MOVES_PERMILLE", 5)
    assert usual == pytest.approx(passed_m3(), rel=0.003)


def transcript(seed, name="turbidity_upset"):
    """Everything that a station could notice of a minute, as a hash."""
    world = Plant(desk(), "inlet", load_scenario(name), seed)
    noticed = hashlib.sha256()
    world.set_output(BYPASS, 1, 0)
    for second in range(1, 60):
        at_us = second * S
        for request in ASK:
            at_us, reply = exchange(world, request, at_us)
            noticed.update(f"{at_us} {reply.hex()} {world.inputs()}\n".encode())
        if second == 22:
            world.set_output(CLOSE, 1, at_us)
    noticed.update(repr(world.truth()).encode())
    return noticed.hexdigest()


def test_the_same_seed_gives_the_same_world_to_the_last_bit():
    assert transcript(7) == transcript(7)
    assert transcript(7) != transcript(8)


def test_a_station_without_gates_has_water_all_the_same(tmp_path):
    station = SimpleNamespace(**dict(desk().stations["inlet"]) | {"gates": {}})
    bare = Plant(SimpleNamespace(stations={"inlet": station}), "inlet", scenario(tmp_path))
    bare.advance(600 * S)
    assert bare.truth().stage_mm == 1000
    assert len(exchange(bare, ASK[3], 600 * S)[1]) == 9


def test_time_does_not_go_back(tmp_path):
    world = plant(tmp_path)
    world.advance(2 * S)
    with pytest.raises(ValueError, match="time went back from 2000000 to 1999999 us"):
        world.advance(2 * S - 1)


def test_a_station_with_a_make_the_desk_does_not_have_is_refused(tmp_path):
    site = desk()
    station = site.stations["inlet"]
    sensors = {"ph": SimpleNamespace(profile="acme-ph")}
    other = SimpleNamespace(sensors=sensors, gates=station.gates)
    with pytest.raises(UserError, match=r"no instrument for the profile acme-ph.*yosemitech-y511"):
        Plant(
            SimpleNamespace(stations={"inlet": other}), "inlet", load_scenario("turbidity_upset")
        )
