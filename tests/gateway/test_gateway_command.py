"""`reedgate gateway run` as a process: its ready line, its port, its end."""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest
from gateway_rig import DEADLINE_S, DESK

REEDGATE = Path(sys.executable).with_name("reedgate")


def arguments(data, *more, site=DESK):
    return [str(REEDGATE), "gateway", "run", "--site", str(site), "--data", str(data), *more]


def environment(language="en"):
    return {**os.environ, "REEDGATE_LANG": language, "PYTHONUNBUFFERED": "1"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def lines_until_closed(pipe):
    """All lines, to the end: the gateway closes what it was given."""
    said = b""
    while select.select([pipe], [], [], DEADLINE_S)[0]:
        part = os.read(pipe, 4096)
        if not part:
            return said.decode().splitlines()
        said += part
    raise AssertionError(f"not closed in {DEADLINE_S} s, said {said!r}")


@contextlib.contextmanager
def started(data, port, language="en", site=DESK):
    """The process and its ready line; it is ended and waited for in any case."""
    reading, writing = os.pipe()
    process = subprocess.Popen(
        arguments(data, "--port", str(port), "--ready-fd", str(writing), site=site),
        pass_fds=[writing],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(language),
    )
    os.close(writing)
    try:
        yield process, lines_until_closed(reading)
    finally:
        os.close(reading)
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=DEADLINE_S)
        process.kill()
        process.stdout.close()


def get(url):
    with urllib.request.urlopen(url, timeout=DEADLINE_S) as answer:
        return answer.read().decode()


def output_of(*command, language="en"):
    return subprocess.run(
        command, capture_output=True, text=True, timeout=DEADLINE_S, env=environment(language)
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_serves_and_ends_clean(tmp_path, number):
    port = free_port()
    with started(tmp_path / "data", port) as (process, lines):
        assert len(lines) == 1
        where = json.loads(lines[0])
        assert where["http"] == f"http://127.0.0.1:{port}/"
        assert where["pid"] == process.pid
        assert "Desk wetland" in get(where["http"])
        host, mqtt_port = where["mqtt"].split(":")
        socket.create_connection((host, int(mqtt_port)), DEADLINE_S).close()
        assert psutil.Process(process.pid).children() == []
        process.send_signal(number)
        output, _ = process.communicate(timeout=DEADLINE_S)
        assert process.returncode == 0
        assert output == f"Page: {where['http']}  Stations: MQTT on {where['mqtt']}\n"
        for address in (port, int(mqtt_port)):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", address), DEADLINE_S)


def test_a_port_that_is_taken_is_said_and_the_next_one_used(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with started(tmp_path / "data", port, language="zh") as (process, lines):
            found = int(json.loads(lines[0])["http"].rstrip("/").rpartition(":")[2])
            assert port < found <= port + 20
            process.terminate()
            output, _ = process.communicate(timeout=DEADLINE_S)
    assert output.startswith(f"端口 {port} 已被占用。\n网页：http://127.0.0.1:{found}/")


def test_a_second_gateway_on_the_same_data_says_where_the_first_is(tmp_path):
    data = tmp_path / "data"
    with started(data, free_port()) as (_process, lines):
        second = output_of(*arguments(data, "--port", str(free_port())))
        assert second.returncode == 2
        assert json.loads(lines[0])["http"] in second.stderr
        assert "Traceback" not in second.stderr
    with started(data, free_port()) as (_process, lines):
        assert lines, "the directory is free again"


def test_a_gateway_that_was_killed_leaves_its_directory_free(tmp_path):
    data = tmp_path / "data"
    with started(data, free_port()) as (process, _lines):
        process.kill()
        process.wait(DEADLINE_S)
    with started(data, free_port()) as (_process, lines):
        assert len(lines) == 1


@pytest.mark.parametrize("language", ["en", "zh"])
def test_bad_input_is_one_message_and_exit_code_2(tmp_path, language):
    no_site = tmp_path / "none.toml"
    blocked = tmp_path / "file"
    blocked.write_text("")
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / "gateway.sqlite3").write_bytes(b"not a database at all, but long enough" * 100)
    commands = [
        arguments(tmp_path / "data", site=no_site),
        arguments(blocked / "data"),
        arguments(damaged, "--port", str(free_port())),
        arguments(tmp_path / "data", "--ready-fd", "77"),
    ]
    for command in commands:
        result = output_of(*command, language=language)
        assert result.returncode == 2, result.stderr
        assert "Traceback" not in result.stderr
        assert result.stderr.strip()
        assert result.stdout == ""
