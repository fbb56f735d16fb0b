"""The commands on real ports of this machine: a pty, a socket; and slaves that others wrote."""

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import serial
from line_rig import DESK, PROFILES, bus_of, probe
from pty_bus import PtyBus
from pymodbus.framer import FramerType
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice
from serial_server import SerialServer
from virtual_port import VirtualPort

import reedgate_sim
from reedgate_boards.cli import main
from reedgate_boards.device.ports import Port
from reedgate_boards.finder import command, serial_line
from reedgate_boards.finder.frames import Read
from reedgate_boards.finder.judge import Verdict
from reedgate_boards.finder.plan import ANY, Setting, Step
from reedgate_boards.finder.serial_line import SerialLine, open_line
from reedgate_boards.finder.sweep import Sweep
from reedgate_boards.site.load import check_source
from reedgate_boards.site.source import read_source
from reedgate_boards.site.user_error import UserError

REEDGATE = Path(sys.executable).with_name("reedgate")
PATIENCE_S = 60


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("REEDGATE_LANG", "en")
    monkeypatch.setenv("COLUMNS", "200")


def test_a_search_on_a_port_ends_with_tables_that_a_site_file_takes(tmp_path, capsys):
    """The desk's four and two devices on one address, in real time, at the first speed."""
    probes = [*DESK.items(), (20, "yosemitech-y504"), (20, "yosemitech-y510")]
    with PtyBus(bus_of(probes)) as port:
        assert main(["board", "scan", "--port", port, "--first"]) == 1
    said = capsys.readouterr().out
    assert "18 settings (speeds x 3 parities), addresses 1 to 32: at most 1 min 52 s" in said
    rows = {line.split()[2]: line for line in said.splitlines() if line.startswith("9600")}
    assert "likely two devices" in rows["20"]
    assert "yosemitech-y511" in rows["11"]
    assert " NTU" in rows["11"]
    assert "Unplug one, search again" in said
    desk = Path(reedgate_sim.__file__).parent / "sites" / "desk.toml"
    text = desk.read_text(encoding="utf-8")
    begin, end = text.index("[stations.inlet.buses"), text.index("[stations.inlet.gates.main]")
    tables = said[said.index("# Put the id") :].replace("stations.X", "stations.inlet")
    tables = tables.replace('depth_mm = "depth_mm"', 'depth_mm = "stage_mm"')
    file = tmp_path / "site.toml"
    file.write_text(text[:begin] + tables + "\n" + text[end:], encoding="utf-8")
    site, findings = check_source(read_source(file))
    assert [str(each) for each in findings.errors] == []
    sensors = site.stations["inlet"].sensors
    assert {it.unit_id: it.profile for it in sensors.values()} == DESK


def test_what_it_found_as_data(monkeypatch, capsys):
    line = SerialLine(VirtualPort(bus_of([(11, DESK[11])])), "COM3")
    monkeypatch.setattr(command, "open_line", lambda _: line)
    assert main(["board", "scan", "--port", "COM3", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    (found,) = said["found"]
    assert found["port"] == "COM3"
    assert (found["baud"], found["parity"], found["unit_id"]) == (9600, "none", 11)
    assert (found["verdict"], found["profile"]) == ("answers", DESK[11])
    assert set(found["readings"]) == {"turbidity_ntu", "temperature_c"}
    assert said["line"] == []
    assert said["requests"] == 1120
    assert said["planned_s"] == pytest.approx(111.6, abs=0.1)


def test_an_adapter_that_cannot_do_a_parity_is_told():
    """A pty has none: its driver refuses it, by an error that is no OSError."""
    with PtyBus(bus_of([])) as port:
        line = open_line(port)
        with pytest.raises(UserError, match="cannot be set to 9600 8E1"):
            line.set(Setting(9600, "even"))
        line.close()


@pytest.mark.parametrize("words", [["scan"], ["monitor", "--raw"]])
def test_ctrl_c_ends_it_and_leaves_nothing(words):
    code = 130 if words == ["scan"] else 0
    line = PtyBus(bus_of([]))
    with line as port:
        command = [REEDGATE, "board", *words, "--port", port]
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # a shell that starts the tests in the background has it ignored
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        try:
            if words == ["scan"]:
                assert line.asked.wait(PATIENCE_S)
            else:
                assert b"listening" in process.stderr.readline()
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=PATIENCE_S)
            assert process.returncode == code
        finally:
            process.kill()
            process.communicate()
        serial.Serial(port, exclusive=True).close()  # it is free again


def test_a_slave_of_pymodbus_is_found():
    values = SimData(0, values=[142, 875, 850, 0], datatype=DataType.REGISTERS)
    step = Step(Setting(9600, "none"), (ANY,))

    def only_its_own(sending, data):
        """It would answer for addresses that are not there, by an exception."""
        return data if not sending or data[:1] == b"\x09" else b""

    async def found():
        server = ModbusTcpServer(
            SimDevice(9, [values]),
            framer=FramerType.RTU,
            address=("127.0.0.1", 0),
            trace_packet=only_its_own,
        )
        await server.serve_forever(background=True)
        host, port = server.transport.sockets[0].getsockname()
        try:
            url = f"socket://{host}:{port}"
            return await asyncio.to_thread(searched, url)
        finally:
            await server.shutdown()

    def searched(url):
        line = SerialLine(serial.serial_for_url(url), "socket")
        try:
            return Sweep(line, PROFILES, [step], lambda *_: None).run(False)
        finally:
            line.close()

    (it,) = asyncio.run(found()).found
    assert (it.unit_id, it.verdict) == (9, Verdict.ANSWERS)
    assert "supmea-do7013" in it.named.fits


def test_a_port_whose_speed_cannot_be_set_is_refused(capsys):
    assert main(["board", "scan", "--port", "socket://127.0.0.1:1"]) == 2
    assert "rfc2217://HOST:PORT" in capsys.readouterr().err


def test_without_a_port_it_asks_which(monkeypatch, capsys):
    adapter = Port("/dev/ttyUSB0", "0403:6001", "", "FT232R")
    monkeypatch.setattr(serial_line, "serial_ports", lambda: [adapter])
    assert main(["board", "scan"]) == 2
    assert "There are: /dev/ttyUSB0 (FT232R)." in capsys.readouterr().err


def test_without_an_adapter_it_says_so(monkeypatch, capsys):
    monkeypatch.setattr(serial_line, "serial_ports", list)
    assert main(["board", "scan"]) == 2
    assert "No adapter was found" in capsys.readouterr().err


def test_a_port_that_is_not_there_is_told(tmp_path, capsys):
    assert main(["board", "scan", "--port", str(tmp_path / "none")]) == 2
    assert "cannot be opened" in capsys.readouterr().err


def test_the_site_is_for_raw_alone(capsys):
    assert main(["board", "monitor", "--site", "site.toml"]) == 2
    assert "--site and --station are for --raw." in capsys.readouterr().err


@pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")  # pyserial 3.5's own
def test_a_device_server_is_asked_at_the_speed_that_is_set():
    far = probe(DESK[11], 11)
    server = SerialServer(lambda request: far.answer(request, 0))
    read = Read(3, 0x0900, 7)
    with server as address:
        line = open_line(f"rfc2217://{address}")
        try:
            line.set(Setting(19200, "even"))
            assert (server.port.baudrate, server.port.parity) == (19200, "E")
            answer, silence = line.ask([read.to(11), read.to(12)], 100)
        finally:
            line.close()
    assert b"YL29" in answer
    assert silence == b""
