"""docs/assurance/*.json: what was proved is of the files that stand here, and is all of it."""

import json

import pytest

from reedgate_boards.site.locator import firmware_dir
from reedgate_contract import codes
from reedgate_sim.assurance.files import CORE, PROOF, files_now
from reedgate_sim.proof.prove import names_of

RESULTS = firmware_dir().parent / "docs" / "assurance"
RUN = "run `make assurance`, look at what has changed on the page, and commit it"
LEAST_SCANS = 10_000_000


def result_of(name):
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


def of_other_files(result, now):
    """The patterns whose files were others when a result was made."""
    return [each for each in (CORE, PROOF) if result["files"].get(each) != now[each]]


@pytest.mark.parametrize("name", ["proof", "slips"])
def test_the_committed_results_are_of_the_core_and_the_proof_that_stand_here(name):
    others = of_other_files(result_of(name), files_now())
    assert not others, f"docs/assurance/{name}.json was made of other {', '.join(others)}: {RUN}"


def test_a_result_of_other_files_is_noticed():
    now = files_now()
    assert of_other_files({"files": now}, now) == []
    assert of_other_files({"files": {**now, PROOF: "0" * 16}}, now) == [PROOF]
    assert of_other_files({"files": {}}, now) == [CORE, PROOF]


def test_every_configuration_is_proved_and_every_rule_reached():
    rows = result_of("proof")["configurations"]
    assert [row["name"] for row in rows] == names_of([]), RUN
    assert not [row["name"] for row in rows if row["broken"] or row["fewer"]], RUN
    reached = {name for row in rows for name in row["rules"]}
    assert reached == set(codes.RULE_NAMES), RUN


def test_the_random_scans_are_ten_million_in_all():
    scans = sum(row["scans"] for row in result_of("proof")["configurations"])
    assert scans >= LEAST_SCANS, RUN
