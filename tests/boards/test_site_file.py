"""A site file as text: what is no TOML, what is no site, and every error of it in one run."""

import copy
import dataclasses
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from site_files import GOOD, checked, edited

from reedgate_boards.site.board_facts import load_board
from reedgate_boards.site.findings import SiteErrors
from reedgate_boards.site.load import check_site, load_site, station_of
from reedgate_boards.site.source import read_source
from reedgate_boards.site.user_error import UserError

NOT_TOML = {
    "cut off": (b"format =", "1: this is not TOML 1.0: Invalid value."),
    "key twice": (b"a = 1\na = 2\n", "2: this is not TOML 1.0: Cannot overwrite a value."),
    "control character": (
        b'a = 1\nb = "\x01"\n',
        "2: this is not TOML 1.0: Illegal character '\\x01'.",
    ),
    "stray text": (b"a = 1\n\nhello\n", "3: this is not TOML 1.0: "),
}


@pytest.mark.parametrize("name", NOT_TOML)
def test_what_is_not_toml_is_told_by_its_line(tmp_path, name):
    content, tail = NOT_TOML[name]
    file = tmp_path / "site.toml"
    file.write_bytes(content)
    with pytest.raises(UserError) as caught:
        load_site(file)
    assert caught.value.lines("en")[0].startswith(f"{file}:{tail}")
    assert caught.value.lines("zh")[0].startswith(f"{file}:{tail[0]}：不符合 TOML 1.0：")


def test_what_nests_too_deeply_is_told(tmp_path):
    file = tmp_path / "site.toml"
    file.write_text("a = " + "[" * 5000, encoding="utf-8")
    with pytest.raises(UserError, match=r"site\.toml:1: this is not TOML 1\.0"):
        load_site(file)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UserError, match=r"none\.toml cannot be read: No such file or directory\."):
        load_site(tmp_path / "none.toml")


def test_a_file_that_is_not_utf8_is_told(tmp_path):
    file = tmp_path / "site.toml"
    file.write_bytes("name = '东湖'".encode("gbk"))
    with pytest.raises(UserError, match=r"site\.toml: byte 8 is not UTF-8\. Save the file as"):
        load_site(file)


def test_windows_line_ends_and_a_byte_order_mark_keep_the_lines(tmp_path):
    file = tmp_path / "site.toml"
    text = edited(("scan_ms = 200", "scan_ms = 20")).replace("\n", "\r\n")
    file.write_bytes(b"\xef\xbb\xbf" + text.encode("utf-8"))
    _, findings = check_site(file)
    assert [(each.line, each.path[-1]) for each in findings.errors] == [(14, "scan_ms")]


def test_a_line_within_an_inline_table_over_many_lines(tmp_path):
    text = edited(("above = 2350", "abve = 2350"))
    _, findings = checked(tmp_path, text)
    line = text[: text.index("abve")].count("\n") + 1
    assert findings.errors[0].line == line
    assert "any[0].abve = 2350: unknown key. Did you mean above?" in findings.errors[0].text("en")


def test_all_errors_of_a_file_in_one_run(tmp_path):
    """Each of them alone stops the file; none hides another and none is told twice."""
    text = edited(
        ('timezone = "Asia/Shanghai"', 'timezone = "Mars"'),
        ("toxic_industrial = false", "toxic_industrial = true"),
        ("scan_ms = 200", "scan_ms = 20"),
        ("unit_id = 12", "unit_id = 11"),
        ("travel_s = 24", "travel_s = 24\ntravl_s = 24"),
        ("above = 10,", "above = 5000,"),
        ('board = "HOST"', 'board = "HOST"\nname2 = 1'),
        ('kind = "mqtt"', 'kind = "mqtt"\nwifi = "secret:wifi"'),
        (GOOD[GOOD.index("[[") : GOOD.index("[stations.inlet.gates.main.trips.turbid]")], ""),
    )
    site, findings = checked(tmp_path, text)
    assert site is None
    assert [".".join(str(step) for step in each.path[-2:]) for each in findings.errors] == [
        "site.timezone",
        "wwtp.toxic_industrial",
        "inlet.name2",
        "inlet.scan_ms",
        "oxygen.unit_id",
        "main.flood",
        "main.travl_s",
        "0.above",
        "uplink.wifi",
        "uplink.wifi",
    ]
    assert [each.line for each in findings.errors] == sorted(each.line for each in findings.errors)


def test_ten_errors_in_full_and_the_rest_counted(tmp_path):
    many = "\n".join(f"extra{number} = {number}" for number in range(13))
    _, findings = checked(tmp_path, edited(("[gateway]", "[gateway]\n" + many)))
    errors = SiteErrors(findings.errors)
    assert len(errors.lines("en")) == 11
    assert errors.lines("en")[-1] == "and 3 more. Mend these first."
    assert errors.lines("zh")[-1] == "另有 3 处错误，请先改正以上各处。"


def test_a_secret_is_found_and_never_shown(tmp_path):
    file = tmp_path / "secrets.toml"
    file.write_text('wifi = { ssid = "reed", password = "hunter2" }\n', encoding="utf-8")
    file.chmod(0o600)
    _, findings = checked(
        tmp_path, edited(('kind = "mqtt"', 'kind = "mqtt"\nwifi = "secret:wifi"'))
    )
    assert [each.rule(str) for each in findings.errors] == [
        "board HOST has no radio. Remove the key."
    ]
    assert "hunter2" not in repr(findings)


def test_secrets_that_others_can_read_are_an_error(tmp_path):
    file = tmp_path / "secrets.toml"
    file.write_text('wifi = "x"\n', encoding="utf-8")
    file.chmod(0o640)
    _, findings = checked(
        tmp_path, edited(('kind = "mqtt"', 'kind = "mqtt"\nwifi = "secret:wifi"'))
    )
    assert findings.errors[0].rule(str) == (
        f"others on this machine can read {file}. Type: chmod 600 {file}"
    )


def test_a_busy_bus_is_refused_and_a_nearly_busy_one_warned_of(tmp_path):
    level = "poll_s = 1\n[stations.inlet.sensors]"
    _, findings = checked(tmp_path, edited((level, level.replace("1\n", "0.5\n"))))
    assert findings.errors == []
    more = "\n".join(
        f'more{n} = {{ bus = "field", unit_id = {20 + n}, profile = "yosemitech-y520", '
        f'max_age_s = 5, wet_when = "always", points = {{ temperature_c = "t{n}_c" }} }}'
        for n in range(8)
    )
    text = edited(("[stations.inlet.gates.main]\n", more + "\n[stations.inlet.gates.main]\n"))
    _, findings = checked(tmp_path, text)
    assert findings.warnings[0].rule(str) == (
        "the bus is busy for 88 % of the time: little is left for a slow answer."
    )
    _, findings = checked(tmp_path, text.replace("poll_s = 1\n", "poll_s = 0.8\n"))
    assert findings.errors[0].rule(str) == (
        "its sensors would keep the bus busy for 110 % of the time. Poll less often, or use a "
        "second bus."
    )


def test_a_scan_that_outlasts_the_watchdog_is_refused(tmp_path, monkeypatch):
    slow = dataclasses.replace(load_board("HOST"), watchdog_ms=209)
    monkeypatch.setattr("reedgate_boards.site.context.load_board", lambda _: slow)
    _, findings = checked(tmp_path, GOOD)
    assert [each.rule(str) for each in findings.errors] == [
        "with the board's longest stall of 10 ms a scan would outlast its watchdog of 209 ms. "
        "Scan more often."
    ]
    just = dataclasses.replace(slow, watchdog_ms=210)
    monkeypatch.setattr("reedgate_boards.site.context.load_board", lambda _: just)
    assert checked(tmp_path, GOOD)[1].errors == []


def test_a_cold_probe_beyond_the_grace_is_warned_of(tmp_path):
    _, findings = checked(tmp_path, edited(("start_grace_s = 60", "start_grace_s = 20")))
    assert [each.rule(str) for each in findings.warnings] == [
        "may take 53.0 s from a start until its readings count, and unknown water closes the "
        "gates 20.0 s after each start.",
        "a motor gate without battery does not close when the power fails.",
    ]
    _, findings = checked(tmp_path, edited(("start_grace_s = 60", "start_grace_s = 53")))
    assert len(findings.warnings) == 1


def test_an_inlet_that_nothing_judges_is_warned_of(tmp_path):
    trip = GOOD[
        GOOD.index("[stations.inlet.gates.main.trips") : GOOD.index("[stations.inlet.gates.around")
    ]
    _, findings = checked(tmp_path, edited((trip, "")))
    assert "this inlet has no quality trip: nothing judges its water." in [
        each.rule(str) for each in findings.warnings
    ]


def test_a_station_too_large_for_a_board_is_refused(tmp_path):
    floods = "".join(
        f'[[stations.inlet.gates.main.flood]]\nname = "f{n}"\n'
        f'any = [{{ point = "stage_mm", above = 2000, deadband = 10 }}]\n'
        'position = "open"\nstage_lost = "flood"\n'
        for n in range(400)
    )
    anchor = "[stations.inlet.gates.main.trips.turbid]"
    _, findings = checked(tmp_path, edited((anchor, floods + anchor)))
    (found,) = findings.errors
    assert re.search(r"too much for one board: compiled it has \d{4,} bytes", found.text("en"))
    assert not re.search("[A-Za-z]{3}", found.text("zh").partition("stations.inlet")[2])


_VALUES = st.sampled_from([None, True, -1, 0, 10**12, "x", "", [], [1], [{}], {}, {"a": {}}])


def _paths(node, prefix=()):
    """Of every key and list item below node."""
    below = []
    if isinstance(node, dict | list):
        below = list(node.items() if isinstance(node, dict) else enumerate(node))
    for key, value in below:
        yield (*prefix, key)
        yield from _paths(value, (*prefix, key))


_FIXED = HealthCheck.function_scoped_fixture  # monkeypatch is set anew by each example


@settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=[_FIXED])
@given(data=st.data())
def test_no_file_however_wrong_brings_the_checks_down(monkeypatch, data):
    """Any value anywhere replaced or taken out: told as errors, or still a good site."""
    source = read_source(Path(__file__).parent / "good.toml")
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(sorted(_paths(source.values), key=str)))
        parent = source.value_at(path[:-1])
        value = copy.deepcopy(data.draw(_VALUES))
        if value is not None:
            parent[path[-1]] = value
        elif isinstance(parent, dict):
            del parent[path[-1]]
    monkeypatch.setattr("reedgate_boards.site.load.read_source", lambda _: source)
    site, findings = check_site("good.toml")
    assert (site is None) == bool(findings.errors)
    for each in findings.errors:
        assert each.text("en")
        assert each.text("zh")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("outlet", "has no station outlet. It has: inlet, spare."),
        ("", "does not say which station this is. It has: inlet, spare."),
    ],
)
def test_a_station_that_the_file_has_not_is_told_with_those_it_has(asked, said):
    site = SimpleNamespace(stations={"inlet": None, "spare": None})
    with pytest.raises(UserError) as caught:
        station_of(site, Path("site.toml"), asked)
    assert said in caught.value.lines("en")[0]
    assert station_of(site, Path("site.toml"), "spare") == "spare"
