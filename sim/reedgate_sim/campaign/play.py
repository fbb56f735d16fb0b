"""Plays one schedule on the vm rig and gives the account of it. Judges nothing."""

import math
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from littlefs import LittleFSError

from reedgate_boards.site.board_facts import load_board
from reedgate_boards.site.budgets import budgets
from reedgate_boards.site.compiler import compile_station, start_grace_ms
from reedgate_boards.site.findings import Findings
from reedgate_boards.site.profiles import load_profile
from reedgate_boards.site.schema import Site
from reedgate_sim import flash
from reedgate_sim.campaign.account import Account, Order
from reedgate_sim.campaign.books import Books, journal_of
from reedgate_sim.campaign.schedule import Entry, Schedule
from reedgate_sim.campaign.site import STATION, desk_source, site_with
from reedgate_sim.campaign.witness import Witness
from reedgate_sim.rigs.chip_flash import FlashChip
from reedgate_sim.rigs.vm import VmRig
from reedgate_sim.world.plant import Plant
from reedgate_sim.world.scenario import Scenario
from reedgate_sim.world.scenario_file import GATE_INPUTS, ScenarioFile

KEY = bytes(range(32))
_S = 1_000_000
_CATCH_UP_S = 150  # once all is mended, for a link that has given up for a while
_LOOK_S = 5
_STAGE_MM = 1200.0
_JUDGED_INPUTS = ("flood", "estop", "reset")  # wired at every site
_BATTERY_STROKES = 40.0  # for a site that closes on it: more than a run needs


@dataclass
class Played:
    account: Account
    books: Books
    on_flash: dict[tuple[int, int, int], bytes] = field(default_factory=dict)
    console: str = ""
    real_s: float = 0.0


class Player:
    """firmware: a folder whose files stand before the firmware's own."""

    def __init__(self, schedule: Schedule, directory: Path, firmware: Path | None = None):
        self._schedule = schedule
        start = _merged(schedule.of("start"))
        site = site_of(schedule)
        station = site.stations[STATION]
        profiles = {each.profile: load_profile(each.profile) for each in station.sensors.values()}
        self.account = Account(
            station=station,
            board=load_board(station.board),
            budgets=budgets(site, STATION),
            grace_ms=start_grace_ms(station, profiles),
        )
        battery = _BATTERY_STROKES if station.terminals.mains_ok else 0.0
        self.plant = Plant(site, STATION, _scenario(schedule, start, battery), schedule.seed)
        self.books = Books(site.site.id, STATION, KEY, schedule.seed)
        self.witness = Witness(self.plant, self.account)
        self.rig = VmRig(
            self.witness,
            compile_station(site, STATION),
            station.board,
            seed=schedule.seed,
            network=self.books,
            first_tick_ms=start.get("first_tick_ms", 0),
            directory=directory,
            flash=FlashChip(blocks=start.get("blocks", FlashChip.blocks)),
            changes=firmware,
        )
        self.rig.provision("key.bin", KEY)
        self.witness.rig = self.rig
        self.books.on_open = lambda now_us: self.witness.acts("a connection", now_us)
        self.played = Played(self.account, self.books)
        self._off_s = 1.0  # of the next cut
        for entry in schedule.entries:
            self._plan(entry)

    def play(self) -> Played:
        began = time.perf_counter()
        try:
            self._run(round(self._schedule.end_s * _S))
            self._mend()
            self._catch_up()
            self.played.console = self.rig.console
        finally:
            self.rig.close()
        account = self.account
        self.witness.finish(self.rig.now_us)
        account.events = self.books.events()
        account.names = self.books.names
        self.played.real_s = time.perf_counter() - began
        return self.played

    def _run(self, until_us: int) -> None:
        """As the rig runs, and power again wherever a cut took it away."""
        rig = self.rig
        while rig.now_us < until_us:
            rig.run(until_us, until=lambda: not rig.has_power)
            if not rig.has_power:
                self.witness.power_off(rig.now_us)
                self._read_flash()
                rig.run(rig.now_us + round(self._off_s * _S))
                self.witness.power_on(rig.now_us)
                rig.power_on()

    def _read_flash(self) -> None:
        """What a flush had brought to the flash has to arrive; no other content may ever."""
        try:
            there = journal_of(flash.read_files(self.rig.flash_image))
        except LittleFSError as problem:
            self.books.note(f"the flash does not mount: {problem}")
            return
        for place, record in there.items():
            if self.books.records.get(place, (0, record))[1] != record:
                self.books.note(f"record {place[2]} differs on the flash from what was confirmed")
            if self.played.on_flash.setdefault(place, record) != record:
                self.books.note(f"record {place[2]} was written twice, with two contents")

    def _mend(self) -> None:
        self.books.mode = "ok"
        self.books.awake = True

    def _catch_up(self) -> None:
        """Until everything on the flash has arrived."""
        until_us = self.rig.now_us + _CATCH_UP_S * _S
        self._read_flash()
        while not self._told() and self.rig.now_us < until_us:
            self._run(self.rig.now_us + _LOOK_S * _S)
        self.account.all_told = self._told()

    def _told(self) -> bool:
        return not self.missing()

    def missing(self) -> list[tuple[int, int, int]]:
        """Records that were on the flash, have not arrived, and are not told to be gone."""
        first = self.books.first_held
        return sorted(
            place
            for place in self.played.on_flash
            if place not in self.books.records and place[2] >= first.get(place[:2], 0)
        )

    # What the kinds do.

    def _plan(self, entry: Entry) -> None:
        more, at_us = entry.details, round(entry.at_s * _S)
        until_us = at_us + round(more.get("for_s", 0) * _S)
        if entry.kind == "bus":
            known = ("sensor", "fault", "for_s")
            details = {key: value for key, value in more.items() if key not in known}
            details |= {"from_us": at_us, "until_us": until_us}
            self.plant.add_fault(more["sensor"], more["fault"], **details)
            if more["fault"] == "power_loss":  # deaf until it has warmed up
                until_us += self.plant.instruments[more["sensor"]].character.warm_up_us
            self.witness.faults.append((more["sensor"], more["fault"], at_us, until_us))
            self.account.bus_faults.append((at_us, until_us))
        elif entry.kind == "gate":
            known = ("gate", "fault", "for_s")
            details = {key: value for key, value in more.items() if key not in known}
            details |= {"from_us": at_us, "until_us": until_us}
            self.plant.add_gate_fault(more["gate"], more["fault"], **details)
            self.account.gate_faults.setdefault(more["gate"], []).append((at_us, until_us))
        elif entry.kind == "contact":
            for gate_id in self._disturbed_by(more["input"]):
                self.account.gate_faults.setdefault(gate_id, []).append((at_us, until_us))
        else:
            for instant_us, action in self._actions(entry, at_us, until_us):
                self.rig.at(instant_us, action)

    def _disturbed_by(self, contact: str) -> list[str]:
        """The gates to which a contact is a fault of the drive: nobody has wired it to be known,
        or it takes the supply of a drive that has no battery."""
        station = self.account.station
        if contact == "mains" and station.terminals.mains_ok:
            return [name for name, gate in self.account.gates() if gate.drive != "two_relay"]
        wired = contact in _JUDGED_INPUTS or any(
            getattr(gate.terminals, contact, None) for _, gate in self.account.gates()
        )
        return [] if wired and contact != "torque" else list(station.gates)

    def _actions(self, entry: Entry, at_us: int, until_us: int) -> list[tuple[int, Any]]:
        more, books = entry.details, self.books
        if entry.kind == "broker":
            on, off = ("mode", more["mode"]), ("mode", "ok")
            return [(at_us, lambda: setattr(books, *on)), (until_us, lambda: setattr(books, *off))]
        if entry.kind == "gateway":
            on, off = ("awake", False), ("awake", True)
            return [(at_us, lambda: setattr(books, *on)), (until_us, lambda: setattr(books, *off))]
        single = {
            "drop": books.drop,
            "order": lambda: self._order(more),
            "command": lambda: books.send_command(more["form"]),
            "power": lambda: self._power_off(more["off_s"]),
            "cut": lambda: self._cut(more),
            "hang": self._hang,
        }
        return [(at_us, single[entry.kind])] if entry.kind in single else []

    def _order(self, more: dict[str, Any]) -> None:
        account = self.account
        number = len(account.orders) + 1
        order = Order(
            self.rig.now_us, more["gate"], more["action"], more["hold_s"], more["form"], number
        )
        account.orders.append(order)
        uptime_s = (order.at_us - account.lives[-1].from_us) // _S
        self.books.send_order(order, list(account.station.gates).index(order.gate_id), uptime_s)

    def _power_off(self, off_s: float) -> None:
        if self.rig.has_power:
            self._off_s = off_s
            self.rig.power_off()

    def _cut(self, more: dict[str, Any]) -> None:
        self._off_s = more["off_s"]
        self.rig.cut_at_operation(more["operation"], torn=more["torn"])

    def _hang(self) -> None:
        """A chip without power, or one that is just starting, has nothing that could hang."""
        life = self.account.lives[-1]
        if self.rig.has_power and life.from_us < self.rig.now_us < life.until_us:
            self.witness.hang(self.rig.now_us)
            self.rig.hang()


def site_of(schedule: Schedule) -> Site:
    return site_with(_merged(schedule.of("site")))


def play(schedule: Schedule, firmware: Path | None = None) -> Played:
    with tempfile.TemporaryDirectory(prefix="reedgate-campaign-") as directory:
        player = Player(schedule, Path(directory), firmware)
        played = player.play()
        lost = player.missing()
        if lost:
            stream, _, seq = lost[0]
            more = f", and {len(lost) - 1} more" if len(lost) > 1 else ""
            played.books.note(f"record {seq} of stream {stream} was flushed and is lost{more}")
        for stream, seq in played.books.holes()[:1]:
            played.books.note(f"record {seq} of stream {stream} is missing, and nobody says so")
        if len(played.books.epochs()) > 1:
            played.books.note("a journal with records was made anew")
        played.account.record = list(played.books.wrong)
        return played


def _where(contact: str) -> dict[str, str]:
    """The desk's contacts of a gate are the inlet's."""
    return {"gate": "main"} if contact in GATE_INPUTS and contact != "flood" else {}


def _merged(entries: list[Entry]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for entry in entries:
        merged |= entry.details
    return merged


def _scenario(schedule: Schedule, start: dict[str, Any], battery: float = 0.0) -> Scenario:
    """Water and contacts of the schedule, as a scenario has them."""
    steps, contacts = [], []
    for entry in schedule.entries:
        more = entry.details
        if entry.kind not in ("water", "contact"):
            continue
        span = {"from_s": entry.at_s, "until_s": entry.at_s + more["for_s"]}
        if entry.kind == "contact":
            contacts.append({"input": more["input"], **_where(more["input"]), **span})
        else:
            row = {"what": more["what"], "to": more["to"], "rise_s": more.get("rise_s", 0.0)}
            steps.append(row | span)
    water = {}
    if "stage_mm" in start or any(row["what"] == "stage_mm" for row in steps):
        water["stage_mm"] = start.get("stage_mm", _STAGE_MM)
    file = ScenarioFile.model_validate(
        {
            "format": 1,
            "name": {"zh": "-", "en": "-"},
            "duration_s": math.ceil(schedule.end_s),
            "plant": {"battery_strokes": battery},
            "start": {"inlet": start.get("inlet", "open")},
            "water": water,
            "step": steps,
            "contact": contacts,
        }
    )
    return Scenario("campaign", file, Findings(desk_source()))
