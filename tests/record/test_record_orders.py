"""A person's order on its whole way: command line, gateway, real firmware, gate and answer."""

import contextlib
import json
import subprocess
import sys
import time

from far_end import PATIENCE_S
from open_rig import OpenSite
from station_rig import DESK
from test_record_gateway import tap  # noqa: F401 - a fixture


def answer_to(site, *arguments):
    """What the command prints, and its exit code. Time passes meanwhile, or the station would
    seem silent to the gateway, whose clock is the wall's.
    """
    command = [sys.executable, "-m", "reedgate_boards", "gateway", "command", "inlet.main"]
    command += [*arguments, "--data", str(site.gateway.data), "--user", "anna", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        give_up = time.monotonic() + PATIENCE_S
        while process.poll() is None:
            assert time.monotonic() < give_up
            site.pass_time(0.2)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.05)  # more time need not pass than the command takes
        return json.loads(process.stdout.read()), process.returncode


def replayed(site, folder):
    """All that was recorded, out of the gateway's store and decided again on this desk."""
    reedgate, file = [sys.executable, "-m", "reedgate_boards"], folder / "events.jsonl"
    export = [*reedgate, "gateway", "export", "--data", str(site.gateway.data), "--out", str(file)]
    subprocess.run(export, check=True, stdout=subprocess.DEVNULL)
    command = [*reedgate, "sim", "replay", "--events", str(file), "--site", str(DESK), "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    said = json.loads(done.stdout)
    assert said["differences"] == []
    assert said["identical"] == said["transitions"] > 10
    assert (said["without_state"], said["other_configuration"]) == (0, {})
    assert len(said["firmware"]) == 1  # with the test's own tap in it
    assert "00000000" not in said["firmware"]
    assert done.returncode == 0


def rulings(site):
    """[(target, rule, cause)] of the inlet, by what arrived upstream."""
    return [
        (each["target"], each["rule"], each["cause"])
        for each in site.events("gate")
        if each["part"] == 1 and each["gate"] == "main" and each["what"] == "ruling"
    ]


def test_an_order_moves_the_gate_and_everybody_hears_of_it(tap, tmp_path):  # noqa: F811
    with OpenSite(tmp_path) as site:
        site.to(60)
        site.catch_up()
        said, code = answer_to(site, "close", "--hold", "60s")
        assert (said, code) == ({"sent": True, "number": 1, "answer": "taken"}, 0)
        site.pass_time(90)
        said, code = answer_to(site, "close", "--until-released")
        assert said["answer"] == "taken"
        said, code = answer_to(site, "release")
        assert (said["answer"], code) == ("taken", 0)
        site.catch_up()
        site.judge()
        told = rulings(site)
        ordered = [at for at, each in enumerate(told) if each[1] == "remote"]
        assert [told[at] for at in ordered] == 2 * [("closed", "remote", "remote_close")]
        assert [told[at + 1][1] for at in ordered] == 2 * ["automatic"]
        places = [each["position"] for each in site.events("gate") if each.get("gate") == "main"]
        assert "closed" in places
        taken = site.events("command")
        orders = [(each["action"], each["hold_s"], each["gate"]) for each in taken]
        assert orders == [("close", 60, "main"), ("close", 65535, "main"), ("release", 0, "main")]
        assert site.refusals() == []
        replayed(site, tmp_path)
        command = [sys.executable, "-m", "reedgate_boards", "gateway", "orders", "--json"]
        command += ["--data", str(site.gateway.data)]
        lines = json.loads(subprocess.run(command, capture_output=True, text=True).stdout)
        assert [(line["number"], line["person"], line["answer"]) for line in lines] == [
            (3, "anna", "taken"),
            (2, "anna", "taken"),
            (1, "anna", "taken"),
        ]
