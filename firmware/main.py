"""Wiring only: configuration + board + drivers -> tasks. What they do is decided elsewhere."""

import asyncio

import board

from reedgate_contract.codes import RESET_NAMES
from station.app import messages
from station.app.config import Setup
from station.app.housekeeping import Housekeeping
from station.app.poller import Poller
from station.app.recorder import Recorder
from station.app.scan import Scan, Uptime
from station.app.supervisor import Evidence, Supervisor, keep_running, run_or_stop
from station.app.uplink import Uplink
from station.drivers import rtu_master, system
from station.drivers.clock import Clock
from station.drivers.mqtt import Mqtt
from station.drivers.pins import Inputs, Outputs
from station.drivers.rs485 import Rs485
from station.drivers.tcp import TcpLink
from station.version import VERSION

CONFIG_PATH = "config.bin"
OUTCOMES = (rtu_master.NO_ANSWER, rtu_master.BAD_FRAME, rtu_master.EXCEPTION)


def build_pollers(clock, setup):
    pollers = []
    for bus in setup.buses:
        port = Rs485(board.PORTS[bus.port], bus.baud, bus.parity, bus.stop_bits)
        master = rtu_master.RtuMaster(port, clock, bus.guard_ms)
        pollers.append(Poller(clock, bus, master, setup.readings, OUTCOMES))
    return pollers


def build_uplink(clock, setup, identity, uptime, recorder):
    if setup.uplink is None:
        return None
    name = ("reedgate-" + setup.site_id + "-" + setup.station_id).encode()
    address = setup.uplink["name"].decode()
    longest = messages.longest(setup)
    mqtt = Mqtt(clock, TcpLink(), name, address, setup.uplink["keepalive_s"], longest)
    return Uplink(clock, setup, identity, uptime, recorder, mqtt)


def build_evidence(setup, scan, pollers, housekeeping):
    scan_ms = setup.fields["scan_ms"]
    evidence = [Evidence(lambda: scan.count, scan_ms)]
    for poller, bus in zip(pollers, setup.buses):
        # the longest between two attempts: nothing due, then a poll that waits out its guard
        rest_ms = max(
            max(sensor.warm_up_ms, sensor.stabilise_ms, sensor.poll_ms) for sensor in bus.sensors
        )
        turn_ms = max(sensor.timeout_ms for sensor in bus.sensors) + 2 * bus.guard_ms + 2000
        evidence.append(Evidence(lambda poller=poller: poller.attempts, rest_ms + turn_ms))
    evidence.append(Evidence(lambda: housekeeping.count, 30000 + 2 * scan_ms))
    return evidence


async def run():
    clock = Clock()
    setup = Setup(system.read_file(CONFIG_PATH))
    identity = {
        "firmware": VERSION,
        "micropython": system.micropython_version(),
        "board": board.NAME,
        "boot": system.boot_id(),
        "reset_cause": RESET_NAMES[system.reset_cause()],
    }
    inputs = Inputs(setup.input_terminals, board.TERMINALS)
    outputs = Outputs(setup.output_terminals, board.TERMINALS, board.OFF)
    uptime = Uptime(clock.now_ms())
    recorder = Recorder(setup.station, uptime)
    scan_ms = setup.fields["scan_ms"]
    scan = Scan(clock, setup.station, inputs, outputs, uptime, recorder, scan_ms)
    pollers = build_pollers(clock, setup)
    uplink = build_uplink(clock, setup, identity, uptime, recorder)
    housekeeping = Housekeeping(system.Memory(), pollers)
    evidence = build_evidence(setup, scan, pollers, housekeeping)
    supervisor = Supervisor(system.watchdog(max(board.WATCHDOG_MS, 2 * scan_ms)), evidence)

    def after_scan(now_ms):
        housekeeping.slot(now_ms)
        supervisor.feed(now_ms)

    tasks = [("poller " + bus.port, poller) for poller, bus in zip(pollers, setup.buses)]
    if uplink is not None:
        tasks.append(("uplink", uplink))
    running = [asyncio.create_task(keep_running(name, clock, task.run)) for name, task in tasks]
    await run_or_stop(scan, after_scan, outputs)
    return running  # never reached; kept so that no task is collected


asyncio.run(run())
