"""Wiring only: configuration + board + drivers -> tasks. What they do is decided elsewhere."""

import slots

left = None  # why the slot's firmware, a good one before, does not run
if __name__ == "__main__" and slots.runs():
    try:
        import main  # noqa: F401 - the slot's own, before the frozen one; it never ends
    except Exception as problem:
        left = slots.leave(problem)

from station.drivers.guard import CONFIG_PATH, GIVE_UP, PROVEN_PATH, Guard

guard = Guard()
guard.begin()  # what fails from here on, the imports too, is a bad start

import asyncio
import sys

import board

from reedgate_contract import config as layout
from reedgate_contract import records
from reedgate_contract.codes import RESET_NAMES
from station.app.decisions import Decisions
from station.app.housekeeping import Housekeeping
from station.app.journal import Journal
from station.app.poller import Poller, longest_turn_ms
from station.app.readings_log import ReadingsLog
from station.app.recorder import Recorder, records_of_scan
from station.app.scan import Scan, Uptime
from station.app.store import Store
from station.app.supervisor import Evidence, Supervisor, keep_running, run_or_stop
from station.app.trial import Trial
from station.console import Lines, say_exception
from station.core import led
from station.core.latches import Latches
from station.core.snapshot import Snapshot
from station.drivers import rtu_master, system
from station.drivers.clock import Clock
from station.drivers.flash import Copy, Flash, Twin, same
from station.drivers.pins import Inputs, Lamp, Outputs
from station.drivers.rs485 import Rs485
from station.version import SOURCES, VERSION

KEY_PATHS = ("key.bin", "key2.bin")  # the same twice
BUILDERS = (  # of the setup; in an image numbers stand in place of their names after it
    "station.app.config",
    "station.app.law",
    "reedgate_contract.safety",
    "reedgate_contract.config",
)


def build_pollers(clock, setup):
    pollers = []
    for bus in setup.buses:
        port = Rs485(board.PORTS[bus.port], bus.baud, bus.parity, bus.stop_bits)
        for sensor in bus.sensors:
            sensor.setting = port.setting_of(sensor.baud, sensor.parity, sensor.stop_bits)
        master = rtu_master.RtuMaster(port, clock, bus.guard_ms)
        pollers.append(Poller(clock, bus, master, setup.readings, rtu_master.OUTCOMES))
    return pollers


def build_movers(clock, setup):
    """The bus tasks of the drives that have a bus."""
    tasks = []
    for actuator in setup.actuators:
        of = actuator.fields
        from station.app.actuator_task import ActuatorTask  # its memory is for those who have one

        port = Rs485(board.PORTS[actuator.port], of["baud"], of["parity"], of["stop_bits"])
        master = rtu_master.RtuMaster(port, clock, of["guard_ms"])
        tasks.append(ActuatorTask(clock, actuator, master, rtu_master.OK))
    return tasks


def movers_named(setup, movers):
    return [("actuator " + of.port, task) for task, of in zip(movers, setup.actuators)]


def build_journal(setup):
    most_segments = (board.JOURNAL_SEGMENTS["events"], board.JOURNAL_SEGMENTS["readings"])
    of_scan = records_of_scan(setup.station, len(setup.input_terminals))
    twins = Twin("journal"), Twin("cursor")
    journal = Journal(Flash(), *twins, most_segments, len(setup.points), of_scan)
    journal.start(system.random_u32(), guard.feed)  # nothing else feeds the watchdog yet
    return journal


def restored_latches(clock, setup, journal, uptime):
    """The station's latches as they were; unreadable ones count as set. Before the first drive."""
    twin = Twin("latches")
    latches = Latches(setup.station, setup.names_crc32.to_bytes(4, "little"))
    content = twin.read()
    known = content is not None or twin.damaged  # else it is the station's first start
    if known and not latches.restore(content, clock.now_ms()) and journal is not None:
        journal.note(records.KIND_LATCHES_UNREADABLE, uptime)
    return latches, twin


def restored_totals(setup, journal, uptime):
    """None where no gate has a load."""
    caps = [gate.cap for gate in setup.station.inlets]
    if not [cap for cap in caps if cap is not None and cap.load is not None]:
        return None
    from station.app.totals import Totals

    twin = Twin("totals")
    totals = Totals(setup.station, uptime)
    totals.restore(twin.read())
    if twin.damaged:
        journal.note(records.KIND_TOTALS_UNREADABLE, uptime)
    return totals, twin


def decisions_of(setup, journal, latches, uptime):
    snapshot = Snapshot(setup.station, latches, len(setup.input_terminals))
    hashes = (setup.crc32, setup.safety_crc32, SOURCES)
    return Decisions(snapshot, journal.events, uptime, hashes)


def build_uplink(clock, setup, identity, uptime, journal):
    """The way up and what seals for it; (None, None) for a station without one."""
    if setup.uplink is None or setup.uplink["kind"] == layout.UPLINK_NONE:
        return None, None
    key = system.read_key(KEY_PATHS)
    if key is None:
        print("no key in", KEY_PATHS[0], "- the station controls its gates and tells nobody")
        return None, None
    if setup.uplink["kind"] == layout.UPLINK_RTU_SLAVE:
        return build_slave(clock, setup, identity, uptime, journal, key)
    # Here, because a board without a network has no `socket` to import, and no memory to spare.
    from station.app import messages
    from station.app.commands import Commands
    from station.app.delivery import Delivery
    from station.app.downlink import Downlink
    from station.app.season import Season
    from station.app.uplink import Uplink
    from station.drivers.mqtt import Mqtt
    from station.drivers.tcp import TcpLink

    place = (setup.site_id, setup.station_id)
    delivery = Delivery(clock, journal, uptime, key, system.sha256, *place)
    commands = Commands(setup.station, journal, uptime)
    downlink = Downlink(journal, delivery, commands, uptime, key, system.sha256, *place)
    downlink.season = Season(setup.station)
    name = ("reedgate-" + setup.site_id + "-" + setup.station_id).encode()
    address = setup.uplink["name"].decode()
    longest = messages.longest(setup)
    mqtt = Mqtt(clock, TcpLink(), name, address, setup.uplink["keepalive_s"], longest)
    uplink = Uplink(clock, setup, identity, uptime, journal, delivery, downlink, mqtt)
    return uplink, delivery


def build_slave(clock, setup, identity, uptime, journal, key):
    """The station as a slave of its second port, and the shelf that its journal is read from."""
    from station.app.commands import Commands
    from station.app.downlink import Downlink
    from station.app.input_registers import InputRegisters
    from station.app.mailbox import Mailbox
    from station.app.season import Season
    from station.app.shelf import Shelf
    from station.app.slave import Slave
    from station.drivers.rtu_slave import RtuSlave

    line = setup.slave
    port = board.PORTS[line["name"].decode()]
    rtu = RtuSlave(
        Rs485(port, line["baud"], line["parity"], line["stop_bits"]), clock, line["unit_id"]
    )
    shelf = Shelf(journal)
    place = (setup.site_id, setup.station_id)
    commands = Commands(setup.station, journal, uptime)
    downlink = Downlink(journal, shelf, commands, uptime, key, system.sha256, *place)
    downlink.season = Season(setup.station)
    reset_cause = RESET_NAMES.index(identity["reset_cause"])
    inputs = InputRegisters(setup, uptime, journal, shelf, reset_cause)
    return Slave(clock, rtu, inputs, Mailbox(downlink), shelf), shelf


def build_evidence(setup, scan, pollers, movers, housekeeping):
    scan_ms = setup.fields["scan_ms"]
    evidence = [Evidence(lambda: scan.count, scan_ms)]
    for poller, bus in zip(pollers, setup.buses):
        longest_ms = longest_turn_ms(bus)
        evidence.append(Evidence(lambda poller=poller: poller.attempts, longest_ms))
    for task, actuator in zip(movers, setup.actuators):
        of = actuator.fields
        turn_ms = of["poll_ms"] + 2 * (of["timeout_ms"] + of["guard_ms"]) + 2000
        evidence.append(Evidence(lambda task=task: task.attempts, turn_ms))
    evidence.append(Evidence(lambda: housekeeping.count, 30000 + 2 * scan_ms))
    return evidence


def unfit():
    """Why this board must not be trusted with more than safe mode, or None."""
    old = system.too_old()  # first: such a one cannot tell its file system either
    if old is not None:
        return old
    try:
        Flash()
    except OSError as problem:
        return problem.args[0]
    return None


def first_readable(paths):
    """(setup, its path, what was wrong with those before it); setup None when none will do."""
    from station.app.config import Setup  # not a name of this module, see forget()

    wrong = ""
    for path in paths:
        try:
            return Setup(system.read_file(path)), path, wrong
        except (OSError, ValueError) as problem:
            print(path, "cannot be used:", problem)
            wrong = wrong or "%s: %s" % (path, problem)
    return None, None, wrong


def forget(names):
    """Modules that nobody will need again: their memory is for what runs."""
    for name in names:
        package, _, leaf = name.rpartition(".")
        delattr(sys.modules[package], leaf)
        del sys.modules[name]


async def control(clock, setup, uptime, notes, store, pollers, movers, code, look):
    """The scan, for ever. code: of the LED. look(scan): what else looks at each scan."""
    scan_ms = setup.fields["scan_ms"]
    inputs = Inputs(setup.input_terminals, board.TERMINALS, board.NO_PULL)
    outputs = Outputs(setup.output_terminals, board.TERMINALS, board.OFF)
    lamp = lamp_of(setup.output_terminals)
    light = led.Led(code)
    scan = Scan(clock, setup.station, inputs, outputs, uptime, notes, scan_ms)
    housekeeping = Housekeeping(system.Memory(), pollers + movers, store)
    evidence = build_evidence(setup, scan, pollers, movers, housekeeping)
    supervisor = Supervisor(system.watchdog(max(board.WATCHDOG_MS, 2 * scan_ms)), evidence)

    def after_scan(now_ms):
        housekeeping.slot(now_ms)
        supervisor.feed(now_ms)
        look(scan)
        light.code = led.code_of(setup.station, code)
        lamp.write(light.level(now_ms))

    await run_or_stop(scan, after_scan, outputs)


def lamp_of(used):
    pin = None if "LED" in used else board.TERMINALS.get("LED")
    return Lamp(pin, board.OFF)


async def run():
    clock = Clock()
    faulty = unfit()
    reason = faulty or guard.verdict() or left
    if reason is not None:
        await run_safe(clock, reason, led.UNFIT if faulty else led.CRASH_LOOP)
    setup, path, wrong = first_readable((CONFIG_PATH, PROVEN_PATH))
    if setup is None:
        await run_off(clock, wrong, led.NO_CONFIG)
    forget(BUILDERS)
    uptime = Uptime(clock.now_ms())
    journal = build_journal(setup)
    cause = system.reset_cause()
    journal.note_boot(cause, guard.bad, setup.crc32, uptime)
    latches, twin = restored_latches(clock, setup, journal, uptime)
    identity = {
        "firmware": VERSION,
        "micropython": system.micropython_version(),
        "board": board.NAME,
        "boot": "%08x-%d" % (journal.epoch, journal.boot_n),
        "reset_cause": RESET_NAMES[cause],
        "last_end": guard.reason,
    }
    recorder = Recorder(
        setup.station, journal.events, uptime, decisions_of(setup, journal, latches, uptime)
    )
    readings_log = ReadingsLog(setup.readings, journal.readings, uptime, setup.fields["record_s"])
    pollers = build_pollers(clock, setup)
    movers = build_movers(clock, setup)
    uplink, delivery = build_uplink(clock, setup, identity, uptime, journal)
    proven = path != CONFIG_PATH or same(CONFIG_PATH, PROVEN_PATH)
    trial = Trial(guard, None if proven else Copy(CONFIG_PATH, PROVEN_PATH, setup.crc32))
    store = Store(latches, twin, journal, delivery, trial, restored_totals(setup, journal, uptime))
    tasks = [("poller " + bus.port, poller) for poller, bus in zip(pollers, setup.buses)]
    tasks += movers_named(setup, movers)
    if uplink is not None:
        tasks.append(("uplink", uplink))
    running = [asyncio.create_task(keep_running(name, clock, task.run)) for name, task in tasks]
    code = led.RUNNING if path == CONFIG_PATH else led.OLD_CONFIG
    notes = (recorder, readings_log, store)
    lines = Lines()

    def look(scan):
        trial.look(uptime.seconds, scan)
        line = lines.look()
        if line is not None:
            from station.app.commands import obey

            obey(line, clock.now_ms(), setup)

    await control(clock, setup, uptime, notes, store, pollers, movers, code, look)
    return running  # never reached; kept so that no task is collected


async def run_safe(clock, reason, code):
    """Never ends: the scan alone, on the last proven configuration; without one, nothing."""
    setup, _, wrong = first_readable((PROVEN_PATH, CONFIG_PATH))
    if setup is None or guard.bad >= GIVE_UP:
        await run_off(clock, reason + (wrong and "; " + wrong), led.GIVEN_UP if setup else code)
    from station.app.safe_mode import NoJournal, Say  # as below

    setup.station.enter_safe_mode()
    uptime = Uptime(clock.now_ms())
    latches, twin = restored_latches(clock, setup, None, uptime)
    if code == led.UNFIT:
        latches.set_trips()  # what such a flash gives is not to be trusted
    store = Store(latches, twin, NoJournal(code != led.UNFIT), None)
    say = Say(reason)

    def look(_scan):
        say.look(uptime.seconds)

    movers = build_movers(clock, setup)
    tasks = movers_named(setup, movers)
    running = [asyncio.create_task(keep_running(name, clock, task.run)) for name, task in tasks]
    await control(clock, setup, uptime, (store,), store, [], movers, code, look)
    return running  # never reached, as above


async def run_off(clock, reason, code):
    """Never ends. The watchdog that the guard may have started is fed; no output is driven."""
    lamp = lamp_of(())
    light = led.Led(code)

    def each_step(now_ms):
        guard.feed()
        lamp.write(light.level(now_ms))

    from station.app.safe_mode import stay_off  # most starts do without its memory

    await stay_off(clock, reason, each_step)


try:
    asyncio.run(run())
except Exception as problem:  # in the loop, too, it must not end in the console's prompt
    say_exception(problem)
    guard.fail(problem)
