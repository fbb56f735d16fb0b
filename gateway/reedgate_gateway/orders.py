"""SQL of a person's orders: the audit line of each, what is sent for it, what the station answers.

The line is written before anything is sent. The station has the last word: what is sent may still
be refused there, and its answer comes back with its own record (journal_write.py).
"""

import sqlite3
from dataclasses import dataclass

from reedgate_contract import envelope
from reedgate_gateway.content import Commanded, Refused
from reedgate_gateway.downlink import Command
from reedgate_gateway.naming import Boot

ACTIONS = {name: code for code, name in envelope.ACTION_NAMES.items()}
TAKEN = "taken"


@dataclass(frozen=True)
class Wish:
    """What a person asks for. hold_s None: no time, or until released."""

    person: str
    station: str
    gate: str
    action: str
    hold_s: int | None = None
    until_released: bool = False


@dataclass(frozen=True)
class Given:
    """A wish that can be sent: to the station as it runs now."""

    given_ms: int
    wish: Wish
    gate_number: int
    boot: Boot
    uptime_ms: int
    asked: int  # the waiting question it comes from


@dataclass(frozen=True)
class AuditLine:
    number: int
    given_ms: int
    person: str
    station: str
    gate: str
    action: str
    hold_s: int
    answer: str | None  # TAKEN or the station's reason; None: none has come
    answered_ms: int | None


def hold_of(wish: Wish) -> int:
    """As the envelope says it."""
    return envelope.UNTIL_RELEASED if wish.until_released else wish.hold_s or 0


def give(db: sqlite3.Connection, given: Given, counter: int) -> Command:
    """Its audit line, written before anything is sent, and what is to be sent."""
    wish = given.wish
    (number,) = db.execute(
        "INSERT INTO command (given_ms, person, station, gate, action, hold_s, boot, counter)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING number",
        (
            given.given_ms,
            wish.person,
            wish.station,
            wish.gate,
            wish.action,
            hold_of(wish),
            str(given.boot),
            counter,
        ),
    ).fetchone()
    return Command(
        station=wish.station,
        boot=given.boot,
        uptime_ms=given.uptime_ms,
        counter=counter,
        gate=given.gate_number,
        action=ACTIONS[wish.action],
        hold_s=hold_of(wish),
        number=number,
        asked=given.asked,
    )


def answer(
    db: sqlite3.Connection, station: str, boot: Boot, said: Commanded | Refused, at_ms: int
) -> None:
    """What the station's record says of an order; of any other message nothing is noted."""
    if isinstance(said, Commanded):
        counter, text = said.counter, TAKEN
    else:
        counter, text = said.own_counter, said.reason
    db.execute(
        "UPDATE command SET answer = ?, answered_ms = ?"
        " WHERE station = ? AND boot = ? AND counter = ? AND answer IS NULL",
        (text, at_ms, station, str(boot), counter),
    )


def audit_lines(db: sqlite3.Connection, limit: int) -> list[AuditLine]:
    """The latest orders, the newest first."""
    rows = db.execute(
        "SELECT number, given_ms, person, station, gate, action, hold_s, answer, answered_ms"
        " FROM command ORDER BY number DESC LIMIT ?",
        (limit,),
    )
    return [AuditLine(*row) for row in rows]
