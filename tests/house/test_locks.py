"""The locked lists: whole, hashed, and without a place to take them from."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def locked(name):
    """{package: (version, number of hashes)} of a list."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    entry = r"^([\w.-]+)==(\S+)[^\n]*((?:\n    --hash=sha256:\w{64}[^\n]*)*)"
    entries = re.findall(entry, text, re.MULTILINE)
    return {package: (version, hashes.count("--hash")) for package, version, hashes in entries}


@pytest.mark.parametrize("name", ["run.txt", "test.txt"])
def test_a_list_holds_only_pinned_packages_with_hashes(name):
    lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    starts = [line for line in lines if line and not line.startswith((" ", "#"))]
    found = locked(name)
    assert len(found) == len(starts)
    assert [package for package, (_, hashes) in found.items() if not hashes] == []
    assert not [line for line in lines if "://" in line or line.startswith("-")]


def test_the_lists_hold_what_the_project_asks_for():
    project = PROJECT["project"]
    wanted = project["dependencies"] + PROJECT["dependency-groups"]["build"]
    wanted += [each for extra in project["optional-dependencies"].values() for each in extra]
    for asked, name in ((wanted, "run.txt"), (PROJECT["dependency-groups"]["test"], "test.txt")):
        found = locked(name)
        for each in map(Requirement, asked):
            version, _ = found[canonicalize_name(each.name)]
            assert each.specifier.contains(version), each


def test_both_lists_agree_where_they_meet():
    run, test = locked("run.txt"), locked("test.txt")
    assert {name: run[name] for name in run.keys() & test.keys() if run[name] != test[name]} == {}
