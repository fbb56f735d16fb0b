"""Running and judging a scenario: what is seen, what holds, what the commands and the page say."""

import json
import re
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from reedgate_boards.site.user_error import UserError
from reedgate_sim.changes import site_of, write_changes
from reedgate_sim.commands import app
from reedgate_sim.desk.run import Wishes, run_desk
from reedgate_sim.scenario.judge import Judge
from reedgate_sim.scenario.play import play
from reedgate_sim.scenario.timeline import Timeline
from reedgate_sim.sealed import MODES
from reedgate_sim.strips import Line, Strip, strip
from reedgate_sim.world.faults import KINDS
from reedgate_sim.world.leaf import GATE_FAULTS
from reedgate_sim.world.scenario import load_scenario
from reedgate_sim.world.scenario_events import FirmwareChange
from reedgate_sim.world.scenario_expect import Expect
from reedgate_sim.world.scenario_file import INPUTS

DOCS = Path(__file__).parents[2] / "docs"
HEAD = 'format = 1\nname = { zh = "试", en = "try" }\nduration_s = 60\n'
BAD = '[[step]]\nwhat = "turbidity_ntu"\nfrom_s = 12\nto = 60\n'


def write(tmp_path, text, name="try.toml", head=HEAD):
    path = tmp_path / name
    path.write_text(head + text, encoding="utf-8")
    return str(path)


def expect(**keys):
    rows = [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
    return "\n[[expect]]\n" + "\n".join(rows) + "\n"


def judged(tmp_path, text, seed=1):
    played = play(load_scenario(write(tmp_path, text)), seed)
    return played, Judge(played).assertions()


RIGHT_AND_WRONG = [
    ({"gate": "main", "position": "closed", "by_s": 40}, {"by_s": 14}),
    ({"gate": "main", "position": "closed", "when": "finally"}, {"position": "open"}),
    ({"gate": "main", "position": "open", "until_s": 15, "when": "always"}, {"until_s": 30}),
    ({"gate": "main", "command": "open", "when": "never"}, {"command": "close"}),
    ({"gate": "main", "command": "close", "times": 1}, {"times": 2}),
    ({"gate": "main", "rule": "quality", "when": "finally"}, {"rule": "unknown"}),
    (
        {"gate": "main", "cause": "quality: turbidity_ntu", "when": "finally"},
        {"cause": "quality: do_mg_l"},
    ),
    ({"gate": "around", "position": "open", "when": "finally"}, {"position": "closed"}),
    ({"point": "turbidity_ntu", "reading": "good", "from_s": 5, "until_s": 11, "when": "always"},
     {"reading": "none"}),
    ({"point": "do_mg_l", "above": 5, "below": 7, "when": "finally"}, {"above": 6.9}),
    ({"truth": "gates.around.passed_m3", "above": 0.5, "when": "finally"}, {"above": 500}),
    ({"truth": "stage_mm", "below": 2350, "when": "always"}, {"below": 100}),
    ({"event": "boot", "times": 1}, {"times": 2}),
    ({"record": "complete"}, {"record": "oldest_dropped"}),
    ({"watchdog_resets": 0}, {"watchdog_resets": 1}),
    ({"within_budget": "turbid"}, {"within_budget": "saline"}),
]  # fmt: skip


def test_each_kind_of_expectation_can_hold_and_can_fail(tmp_path):
    rights = "".join(expect(**right) for right, _ in RIGHT_AND_WRONG)
    wrongs = "".join(expect(**right | wrong) for right, wrong in RIGHT_AND_WRONG)
    _, assertions = judged(tmp_path, BAD + rights + wrongs)
    count = len(RIGHT_AND_WRONG)
    assert [each.holds for each in assertions] == [True] * count + [False] * count + [True]


def test_a_reset_that_nobody_expects_is_a_failure(tmp_path):
    change = (
        '[[firmware_change]]\nfile = "station/app/scan.py"\nold = "self.count += 1"\n'
        'new = "self.count += 1; self.count > 50 and 1 // 0"\n'
    )
    played, assertions = judged(tmp_path, change)
    assert played.resets
    assert [each.holds for each in assertions] == [False, True]


def test_the_same_seed_gives_the_same_log_and_another_another(tmp_path):
    text = BAD + "[[power_cut]]\nfrom_s = 8\nuntil_s = 40\ntimes = 3\noff_s = 1\n"
    logs = [judged(tmp_path, text, seed)[0].log_sha256 for seed in (5, 5, 6)]
    assert logs[0] == logs[1] != logs[2]


def test_power_cuts_come_in_their_time_and_outputs_drop(tmp_path):
    text = "[[power_cut]]\nfrom_s = 20\ntimes = 3\nevery_s = 10\noff_s = 2\n"
    played, assertions = judged(tmp_path, text + expect(event="boot", times=4))
    assert [round(start / 1e6, 2) for start in played.starts] == [0, 22.05, 32.05, 42.05]
    assert all(each.holds for each in assertions)
    # what the journal tells of a later start stands at its time of the run, not of that start
    assert [each["at_us"] > 42e6 for each in played.transitions if each["boot_n"] == 4]


def test_a_dying_gateway_gets_everything_in_the_end(tmp_path):
    text = (
        "[[gateway_death]]\nfrom_s = 10\nuntil_s = 20\n[site_changes.stations.inlet.uplink]\n"
        "record_s = 1\n"
    )
    played, assertions = judged(tmp_path, text + expect(record="complete"))
    assert played.confirmer.connects == 2
    assert all(each.holds for each in assertions)


def test_the_site_is_changed_in_tables_and_lists(tmp_path):
    text = (
        "[site_changes.stations.inlet.gates.main]\nmin_closed_s = 77\n"
        "[site_changes.stations.inlet.gates.main.flood.0]\nflood_clear_s = 33\n"
    )
    gate = site_of(load_scenario(write(tmp_path, text))).stations["inlet"].gates["main"]
    assert (gate.min_closed_s, gate.flood[0].flood_clear_s) == (77, 33)
    assert gate.flood[0].name == "river_high"


def test_a_site_beside_the_scenario_is_found(tmp_path):
    desk = site_of(load_scenario("turbidity_upset"))
    (tmp_path / "mine.toml").write_text("format = 1\n", encoding="utf-8")
    head = HEAD + 'site = "mine.toml"\n'
    with pytest.raises(UserError, match="stations"):
        site_of(load_scenario(write(tmp_path, "", head=head)))
    assert desk.site.id == "desk"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[site_changes.stations.inlet.gates.main.flood.7]\nflood_clear_s = 1\n", "flood.7"),
        ("[site_changes.stations.inlet.gates.main]\nmin_close_s = 1\n", "min_closed_s"),
    ],
)
def test_a_change_to_what_the_site_has_not_is_told(tmp_path, text, said):
    with pytest.raises(UserError, match=said):
        site_of(load_scenario(write(tmp_path, text)))


@pytest.mark.parametrize("old", ["no such text", "def "])
def test_a_change_to_the_firmware_must_fit_exactly_once(tmp_path, old):
    change = FirmwareChange(file="station/app/scan.py", old=old, new="")
    with pytest.raises(UserError, match="not once"):
        write_changes(tmp_path, [change], "HOST")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (expect(gate="main", by_s=5), "needs one of: position, command"),
        (expect(gate="main", position="open"), "must say when"),
        (expect(gate="main", position="open", by_s=5, times=1), "must say when"),
        (expect(gate="main", position="open", by_s=500), "after the end"),
        (expect(gate="main", position="open", from_s=9, by_s=5), "later than from_s"),
        (expect(position="open", by_s=5), "must have exactly one of: gate, point"),
        (expect(gate="main", point="do_mg_l", by_s=5), "must have exactly one of: gate, point"),
        (expect(point="do_mg_l", rule="flood", reading="good", by_s=5), "does not go with point"),
        (expect(truth="stage_mm", by_s=5), "needs one of: above, below"),
        (expect(point="do_mg_l", reading="good", above=1, by_s=5), "either bounds or reading"),
        (expect(event="boot", by_s=5), "needs `times`"),
        (expect(record="complete", by_s=5), "the whole run counts"),
        (expect(total="do_mg_l", of="stage_mm"), "needs both: of, within_percent"),
        (expect(total="do_mg_l", of="stage_mm", within_percent=5, above=1), "does not go with"),
        ("[[power_cut]]\nfrom_s = 1\ntimes = 3\n", "several cuts need"),
        ("[[power_cut]]\nfrom_s = 1\ntimes = 3\nevery_s = 1\n", "more than off_s"),
        ("[[broker]]\nmode = 'mute'\nfrom_s = 5\nuntil_s = 5\n", "later than from_s"),
        ("[fails_under]\nwhat = { zh = 'a', en = 'b' }\n", "either firmware or site"),
    ],
)
def test_a_row_that_cannot_be_is_told(tmp_path, text, said):
    with pytest.raises(UserError) as caught:
        load_scenario(write(tmp_path, text))
    english, chinese = (caught.value.lines(language) for language in ("en", "zh"))
    assert said in english[0]
    assert "try.toml:" in english[0]
    assert not set(english) & set(chinese)


@pytest.mark.parametrize(
    "text",
    [
        expect(gate="north", position="open", by_s=5),
        expect(point="ph", reading="good", by_s=5),
        expect(within_budget="sour"),
        expect(truth="weather", above=1, by_s=5),
        expect(total="ph", of="stage_mm", within_percent=5),
        expect(total="do_mg_l", of="weather", within_percent=5),
    ],
)
def test_an_expectation_of_what_is_not_there_is_told(tmp_path, text):
    with pytest.raises(UserError):
        judged(tmp_path, text)


def test_a_state_that_lasted_no_time_is_seen():
    states = Timeline()
    states.put(0, {"command": "none"})
    states.put(5, {"command": "open"})
    states.put(5, {"command": "none"})
    assert list(states.spans({"command": "open"}, 0, 10)) == [(5, 6)]
    assert list(states.spans({"command": "none"}, 0, 10)) == [(0, 5), (6, 10)]


def test_a_line_has_a_gap_where_there_is_no_value():
    drawn = strip(Strip("a", [Line("", [(0, 1.0), (0.1, 2.0), (0.2, None), (0.3, 1.0)])]))
    path = drawn.split('d="')[1].split('"')[0]
    assert path.count("M") == 2


@pytest.mark.parametrize("page", ["scenarios.md", "scenarios.zh-CN.md"])
def test_what_the_page_on_scenarios_shows_can_be_run(tmp_path, page):
    text = (DOCS / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 3  # a whole one, changes to the site, a change that it must fail under
    path = write(tmp_path, "\n".join(blocks), head="")
    scenario = load_scenario(path)
    assert all(each.holds for each in Judge(play(scenario)).assertions())
    change = scenario.file.fails_under
    assert not all(each.holds for each in Judge(play(scenario, change=change)).assertions())


def test_both_pages_on_scenarios_name_every_key_kind_and_input():
    said = {}
    known = [*Expect.model_fields, *KINDS, *GATE_FAULTS, *INPUTS, *MODES[1:]]
    for page in ("scenarios.md", "scenarios.zh-CN.md"):
        text = re.sub("```.*?```", "", (DOCS / page).read_text(encoding="utf-8"), flags=re.DOTALL)
        said[page] = set(re.findall("`([^`\n]+)`", text))
        words = {word.split(" ")[0] for word in said[page]}
        assert [key for key in known if key not in words] == []
    assert said["scenarios.md"] == said["scenarios.zh-CN.md"]


def english(message, **values):
    return message.format(**values)


# The commands.


@pytest.fixture
def run(monkeypatch):
    def call(*words, language="en"):
        monkeypatch.setenv("REEDGATE_LANG", language)
        monkeypatch.setenv("COLUMNS", "200")
        return CliRunner().invoke(app, list(map(str, words)))

    return call


def test_the_list_tells_where_each_can_run(run):
    rows = json.loads(run("list", "--json").stdout)
    rigs = {row["name"]: row["rigs"] for row in rows}
    assert rigs["brine_slug"] == ["vm", "rp2040"]
    assert rigs["hung_task"] == ["vm", "rp2040"]
    assert rigs["broker_hung"] == ["vm"]
    assert "高盐水团" in run("list", language="zh").stdout


def test_a_run_gives_json_a_page_and_its_exit_code(run, tmp_path):
    text = BAD + expect(within_budget="turbid") + expect(gate="main", position="open", by_s=1)
    out, page = tmp_path / "out.json", tmp_path / "page.html"
    path = write(tmp_path, text)
    result = run("run", path, "--seed", 3, "--json", out, "--report", page, "--lang", "zh")
    assert result.exit_code == 0
    told = json.loads(out.read_text(encoding="utf-8"))
    assert list(told) == [
        "scenario",
        "rig",
        "seed",
        "virtual_s",
        "real_s",
        "log_sha256",
        "assertions",
        "reaction_ms",
        "excused",
    ]
    assert (told["scenario"], told["rig"], told["seed"], told["virtual_s"]) == ("try", "vm", 3, 60)
    assert [set(each) for each in told["assertions"]] == [{"name", "holds", "detail"}] * 4
    assert 0 < told["reaction_ms"]["measured_max"] <= told["reaction_ms"]["budget"]
    html = page.read_text(encoding="utf-8")
    assert "闸门开度" in html
    assert "turbidity_ntu" in html
    assert "水质: turbidity_ntu" in html
    assert "http" not in html.replace('xmlns="http://www.w3.org/2000/svg"', "")


def test_what_does_not_hold_is_exit_code_1(run, tmp_path):
    path = write(tmp_path, expect(gate="main", position="closed", by_s=30))
    assert run("run", path).exit_code == 1


def test_what_cannot_be_run_is_told(run, tmp_path):
    for words in (["no_such_one"], [write(tmp_path, ""), "--rig", "bench"]):
        assert isinstance(run("run", *words).exception, UserError)


def test_what_cannot_be_shown_to_fail_is_told(run, tmp_path):
    assert isinstance(run("assurance", write(tmp_path, "")).exception, UserError)


def test_the_desk_refuses_what_it_cannot_show():
    with pytest.raises(UserError, match="sim run brownout_loop"):
        run_desk(Wishes("brownout_loop", 1.0, None, browser=False), english, Console())


def test_assurance_tells_what_noticed_the_change_or_that_nothing_did(run, tmp_path):
    result = run("assurance", "pond_dry")
    assert result.exit_code == 0
    assert "a flood limit acts on the wrong side" in result.stdout
    change = '[fails_under]\nwhat = { zh = "无关", en = "beside the point" }\n'
    change += "[fails_under.site.stations.inlet]\nscan_ms = 250\n"
    blind = write(tmp_path, expect(gate="main", position="open", when="always") + change)
    result = run("assurance", blind)
    assert result.exit_code == 1
    assert "nothing" in result.stdout
