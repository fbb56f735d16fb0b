"""Wiring only: configuration + board + drivers -> tasks. What they do is decided elsewhere."""

import asyncio

import board

from reedgate_contract import config as layout
from reedgate_contract import records
from reedgate_contract.codes import RESET_NAMES
from station.app import messages
from station.app.config import Setup
from station.app.delivery import Delivery
from station.app.downlink import Downlink
from station.app.housekeeping import Housekeeping
from station.app.input_registers import InputRegisters
from station.app.journal import Journal
from station.app.mailbox import Mailbox
from station.app.poller import Poller
from station.app.readings_log import ReadingsLog
from station.app.recorder import Recorder
from station.app.safe_mode import stay_safe
from station.app.scan import Scan, Uptime
from station.app.shelf import Shelf
from station.app.slave import Slave
from station.app.store import Store
from station.app.supervisor import Evidence, Supervisor, keep_running, run_or_stop
from station.app.uplink import Uplink
from station.core.latches import Latches
from station.drivers import rtu_master, system
from station.drivers.clock import Clock
from station.drivers.flash import Flash, Twin
from station.drivers.pins import Inputs, Outputs
from station.drivers.rs485 import Rs485
from station.drivers.rtu_slave import RtuSlave
from station.version import VERSION

CONFIG_PATH = "config.bin"
KEY_PATH = "key.bin"
OUTCOMES = (rtu_master.NO_ANSWER, rtu_master.BAD_FRAME, rtu_master.EXCEPTION)


def build_pollers(clock, setup):
    pollers = []
    for bus in setup.buses:
        port = Rs485(board.PORTS[bus.port], bus.baud, bus.parity, bus.stop_bits)
        master = rtu_master.RtuMaster(port, clock, bus.guard_ms)
        pollers.append(Poller(clock, bus, master, setup.readings, OUTCOMES))
    return pollers


def build_journal(points):
    most_segments = (board.JOURNAL_SEGMENTS["events"], board.JOURNAL_SEGMENTS["readings"])
    journal = Journal(Flash(), Twin("journal"), Twin("cursor"), most_segments, points)
    journal.start(system.random_u32())
    return journal


def restored_latches(clock, setup, journal, uptime):
    """The station's latches as they were; unreadable ones count as set. Before the first drive."""
    twin = Twin("latches")
    latches = Latches(setup.station, setup.names_crc32.to_bytes(4, "little"))
    content = twin.read()
    known = content is not None or twin.damaged  # else it is the station's first start
    if known and not latches.restore(content, clock.now_ms()):
        journal.note(records.KIND_LATCHES_UNREADABLE, uptime)
    return latches, twin


def build_uplink(clock, setup, identity, uptime, journal):
    """The way up and what seals for it; (None, None) for a station without one."""
    if setup.uplink is None or setup.uplink["kind"] == layout.UPLINK_NONE:
        return None, None
    key = system.read_key(KEY_PATH)
    if key is None:
        print("no key in", KEY_PATH, "- the station controls its gates and tells nobody")
        return None, None
    if setup.uplink["kind"] == layout.UPLINK_RTU_SLAVE:
        return build_slave(clock, setup, identity, uptime, journal, key)
    # Here, because a board without a network has no `socket` to import.
    from station.drivers.mqtt import Mqtt
    from station.drivers.tcp import TcpLink

    place = (setup.site_id, setup.station_id)
    delivery = Delivery(clock, journal, uptime, key, system.sha256, *place)
    downlink = Downlink(journal, delivery, uptime, key, system.sha256, *place)
    name = ("reedgate-" + setup.site_id + "-" + setup.station_id).encode()
    address = setup.uplink["name"].decode()
    longest = messages.longest(setup)
    mqtt = Mqtt(clock, TcpLink(), name, address, setup.uplink["keepalive_s"], longest)
    uplink = Uplink(clock, setup, identity, uptime, journal, delivery, downlink, mqtt)
    return uplink, delivery


def build_slave(clock, setup, identity, uptime, journal, key):
    """The station as a slave of its second port, and the shelf that its journal is read from."""
    line = setup.slave
    port = board.PORTS[line["name"].decode()]
    rtu = RtuSlave(
        Rs485(port, line["baud"], line["parity"], line["stop_bits"]), clock, line["unit_id"]
    )
    shelf = Shelf(journal)
    place = (setup.site_id, setup.station_id)
    downlink = Downlink(journal, shelf, uptime, key, system.sha256, *place)
    reset_cause = RESET_NAMES.index(identity["reset_cause"])
    inputs = InputRegisters(setup, uptime, journal, shelf, reset_cause)
    return Slave(clock, rtu, inputs, Mailbox(downlink), shelf), shelf


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


def unfit():
    """Why this board must not control anything, or None."""
    try:
        Flash()
    except OSError as problem:
        return problem.args[0]
    return system.too_old()


async def run():
    clock = Clock()
    reason = unfit()
    if reason is not None:
        await stay_safe(clock, reason)
    setup = Setup(system.read_file(CONFIG_PATH))
    uptime = Uptime(clock.now_ms())
    journal = build_journal(len(setup.points))
    cause = system.reset_cause()
    journal.note_boot(cause, setup.crc32, uptime)
    latches, twin = restored_latches(clock, setup, journal, uptime)
    identity = {
        "firmware": VERSION,
        "micropython": system.micropython_version(),
        "board": board.NAME,
        "boot": "%08x-%d" % (journal.epoch, journal.boot_n),
        "reset_cause": RESET_NAMES[cause],
    }
    inputs = Inputs(setup.input_terminals, board.TERMINALS, board.NO_PULL)
    outputs = Outputs(setup.output_terminals, board.TERMINALS, board.OFF)
    recorder = Recorder(setup.station, journal.events, uptime)
    readings_log = ReadingsLog(setup.readings, journal.readings, uptime, setup.fields["record_s"])
    scan_ms = setup.fields["scan_ms"]
    pollers = build_pollers(clock, setup)
    uplink, delivery = build_uplink(clock, setup, identity, uptime, journal)
    store = Store(latches, twin, journal, delivery)
    scan = Scan(
        clock, setup.station, inputs, outputs, uptime, (recorder, readings_log, store), scan_ms
    )
    housekeeping = Housekeeping(system.Memory(), pollers, store)
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
