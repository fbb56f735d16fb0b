"""docs/assurance.md: both languages say what was run, and name what was not."""

import json
from xml.etree import ElementTree

from reedgate_boards.site.locator import firmware_dir
from reedgate_sim.assurance.files import CORE, files_now, hash_of
from reedgate_sim.assurance.page import write_pages
from reedgate_sim.proof.prove import names_of

ROW = {
    "name": "limit",
    "states": 1234,
    "transitions": 5678,
    "rules": ["start", "quality"],
    "judged": ["S4"],
    "scans": 20000,
    "broken": "",
}
SLIP = {"name": "a.b:swap:1", "kind": "swap", "line": 7, "old": "OPEN", "new": "CLOSED"}


SLIPS = {"generated": 1400, "seed": 3, "run": [], "equivalent": {}}


def _pages(folder, proof=None, slips=None, campaign=None):
    given = {"proof": proof, "slips": slips, "campaign": campaign}
    for name, content in given.items():
        if content is not None:
            (folder / f"{name}.json").write_text(json.dumps(content))
    write_pages(folder, folder)
    names = ("assurance.md", "assurance.zh-CN.md")
    return [(folder / name).read_text(encoding="utf-8") for name in names]


def test_figures_stand_on_both_pages(tmp_path):
    files = dict.fromkeys(files_now(), "0123456789abcdef")
    proof = {"files": files, "configurations": [ROW], "properties": ["S4", "S5"]}
    run = [{"slip": SLIP, "by": "proof", "how": ""}, {"slip": SLIP, "by": "", "how": ""}]
    slips = {"generated": 1400, "seed": 3, "run": run, "equivalent": {"c": "why"}, "real_s": 1209}
    proof["real_s"] = 61.5
    files_row = f"| `{CORE}` | `0123456789abcdef` |\n"
    for page in _pages(tmp_path, proof, slips):
        assert files_row in page
        for text in ("`limit` | 1,234 | 5,678", "20,000", "1,400", "`a.b:swap:1` (7)", "SIL"):
            assert text in page
        assert "| `swap` | 2 | 1 | 0 | 1 |" in page
        assert "50.0%" in page  # the one that is argued away, of the two that were seeded
        assert [n in page for n in ("20 min", "20 分钟")].count(True) == 1
        assert [n in page for n in (" 1 min", " 1 分钟")].count(True) == 1
        assert "S5" not in page.partition("killers.toml")[2].partition("\n")[0]


def test_the_pages_are_of_the_results_that_stand_beside_them(tmp_path):
    docs = firmware_dir().parent / "docs"
    write_pages(docs / "assurance", tmp_path)
    for name in ("assurance.md", "assurance.zh-CN.md", "images/reactions.svg"):
        assert (docs / name).read_bytes() == (tmp_path / name).read_bytes(), name


def test_what_was_not_run_is_said_to_be_so(tmp_path):
    english, chinese = _pages(tmp_path)
    missing = 3 + len(names_of([]))  # mutants, campaign, rivers, each configuration
    assert english.count("not run") == missing
    assert chinese.count("未运行") == missing


def test_how_reactions_lie_in_their_budgets_is_drawn(tmp_path):
    campaign = {
        "runs": 1000,
        "violations": [],
        "reaction_ms": {"measured_max": 2801, "budget": 2820},
        "transitions_decided_again": 23456,
        "budget_twentieths": [0] * 18 + [7, 41],
        "judged": 1048,
        "excused": {"already_closed": 2014, "in_hand": 4},
    }
    for page in _pages(tmp_path, campaign=campaign):
        for text in ("1,048", "2,018", " | 2,014 |\n", " | 4 |\n"):
            assert text in page
        assert "2801" in page
        assert "23,456" in page
        assert "(images/reactions.svg)" in page
    drawn = ElementTree.parse(tmp_path / "images" / "reactions.svg")
    assert [each.text for each in drawn.iter("{http://www.w3.org/2000/svg}title")] == ["7", "41"]


def test_what_the_rivers_cost_stands_beside_their_table(tmp_path):
    rivers = json.loads((firmware_dir().parent / "docs/assurance/rivers.json").read_text())
    fork = [row for row in rivers["run"] if row["river"].startswith("Black")]
    for row in fork[:4]:
        row |= {"nuisance": 1000, "lost": 150, "lost_at_events": 50}
    (tmp_path / "rivers.json").write_text(json.dumps(rivers))
    for page in _pages(tmp_path):
        for text in (" 400 ", " 4400 ", " 113"):
            assert text in page.splitlines()[-1]


def test_a_broken_property_is_told(tmp_path):
    proof = {"configurations": [{**ROW, "broken": "S4: opens"}], "properties": ["S4"]}
    for page in _pages(tmp_path, proof):
        assert "S4: opens" in page


def test_the_hash_follows_the_files(tmp_path):
    core = firmware_dir() / "station" / "core"
    (tmp_path / "a.py").write_text("1")
    first = hash_of(tmp_path, "*.py")
    (tmp_path / "a.py").write_text("2")
    second = hash_of(tmp_path, "*.py")
    assert len({first, second, hash_of(core, "*.py")}) == 3
    (tmp_path / "bugs.toml").write_text("1")
    assert hash_of(tmp_path, "*.py") == second != hash_of(tmp_path, "*.py", "*.toml")
    (tmp_path / "b.py").write_text("")
    assert hash_of(tmp_path, "*.py") != second


def test_every_result_has_a_hash_of_what_it_depends_on():
    """None that nobody sees: of a folder without files it would always be the same."""
    now = files_now()
    assert hash_of(firmware_dir(), "no such") not in now.values()
    assert len(set(now.values())) == len(now)


def test_a_result_made_before_a_hash_was_taken_says_those_that_it_has(tmp_path):
    for page in _pages(tmp_path, slips={**SLIPS, "files": {CORE: "0123456789abcdef"}}):
        assert page.count("0123456789abcdef") == 1
