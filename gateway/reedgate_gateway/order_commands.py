"""`reedgate gateway command` and `orders`: a person's order for a gate, and what became of it."""

import getpass
import json
import re
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from reedgate_boards.site.language import chosen_language, translator
from reedgate_boards.site.tables import whole
from reedgate_boards.site.user_error import UserError
from reedgate_contract import envelope
from reedgate_gateway.control import ask
from reedgate_gateway.data_dir import ROOM, store_to_read
from reedgate_gateway.gateway_app import app
from reedgate_gateway.orders import ACTIONS, TAKEN, Wish, audit_lines
from reedgate_gateway.view.labels import NOT_SENT, REFUSALS, Translate, duration

_TIME = re.compile(r"(\d+)\s*(s|min|h)")
_SECONDS = {"s": 1, "min": 60, "h": 3600}
_STANDING = ("open", "close")  # the actions that stand for a time


@app.command(epilog="Example: reedgate gateway command pond-inlet.main close --hold 2h --data DIR")
def command(
    gate: Annotated[str, typer.Argument(metavar="STATION.GATE", help="Which gate.")],
    action: Annotated[str, typer.Argument(metavar="open|close|release|reset", help="What.")],
    data: Annotated[Path, typer.Option(help="Directory of the running gateway's store.")],
    hold: Annotated[
        str | None, typer.Option(metavar="TIME", help="How long it stands: 90s, 30min, 4h.")
    ] = None,
    until_released: Annotated[
        bool,
        typer.Option("--until-released", help="It stands until `release`, over restarts too."),
    ] = False,
    user: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who gives it; else who is logged in.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Order a gate, through the running gateway; the order and its answer are kept.

    It moves only where flood, water quality and the other rules permit. `reset` clears quality
    trips whose cause is gone. Exit code 1 when the station did not take it.
    """
    tr = translator(ROOM, chosen_language())
    wish = _wish(gate, action, hold, until_released, user)
    try:
        said = ask(data, "order", asdict(wish))
    except OSError as exc:
        raise not_running(data, exc) from exc
    if as_json:
        typer.echo(json.dumps(said))
    else:
        typer.echo(_told(tr, said))
    raise typer.Exit(0 if said.get("answer") == TAKEN else 1)


def not_running(data: Path, exc: OSError) -> UserError:
    return UserError(
        ROOM,
        "No running gateway answers in {path}: {reason}.",
        hint="Start it, or give its directory with --data; only its own user may give orders.",
        path=data,
        reason=exc,
    )


def _wish(
    gate: str, action: str, hold: str | None, until_released: bool, user: str | None
) -> Wish:
    station, _dot, name = gate.partition(".")
    if action not in ACTIONS:
        raise UserError(
            ROOM,
            "{action}: not an order.",
            hint="There are: {known}.",
            action=action,
            known=", ".join(ACTIONS),
        )
    person = (user or getpass.getuser()).strip()
    if not person:
        raise UserError(ROOM, "An order needs a name.", hint="Give it with --user.")
    standing = action in _STANDING
    if standing == (hold is None and not until_released) or (hold and until_released):
        raise UserError(
            ROOM,
            "open and close stand for a time, release and reset do not.",
            hint="Give open and close either --hold 2h or --until-released, the others neither.",
        )
    return Wish(person, station, name, action, seconds_of(hold) if hold else None, until_released)


def seconds_of(text: str) -> int:
    found = _TIME.fullmatch(text.strip())
    seconds = int(found[1]) * _SECONDS[found[2]] if found else 0
    if not 0 < seconds <= envelope.MOST_HOLD_S:
        raise UserError(
            ROOM, "--hold {text}: not a time of at most 4 h.", hint="Examples: 90s, 30min, 4h",
            text=text,
        )  # fmt: skip
    return seconds


def _told(tr: Translate, said: dict[str, Any]) -> str:
    if not said["sent"]:
        return tr("Not sent: {reason}.", reason=tr(NOT_SENT[said["reason"]]))
    return _answer(tr, said["number"], said["answer"])


def _answer(tr: Translate, number: int, answer: str | None) -> str:
    if answer == TAKEN:
        return tr("Order {number}: the station has taken it.", number=number)
    if answer is None:
        return tr("Order {number}: no answer has come from the station.", number=number)
    reason = tr(REFUSALS[answer]) if answer in REFUSALS else answer
    return tr("Order {number}: refused by the station: {reason}.", number=number, reason=reason)


@app.command(epilog="Example: reedgate gateway orders --data DIR")
def orders(
    data: Annotated[Path, typer.Option(help="Directory of the gateway's store.")],
    limit: Annotated[int, typer.Option(min=1, help="How many, the latest first.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """List the orders that people gave: when, who, what, and the station's answer."""
    tr = translator(ROOM, chosen_language())
    with store_to_read(data) as db:
        lines = audit_lines(db, limit)
    if as_json:
        typer.echo(json.dumps([asdict(line) for line in lines], indent=2))
        return
    table = Table(tr("Time"), tr("Who"), tr("Gate"), tr("Order"), tr("Stands"), tr("Answer"))
    for line in lines:
        time = datetime.fromtimestamp(line.given_ms / 1000).strftime("%Y-%m-%d %H:%M:%S")
        gate = f"{line.station}.{line.gate}"
        answer = _answer(tr, line.number, line.answer)
        table.add_row(time, line.person, gate, line.action, _stands(tr, line.hold_s), answer)
    Console().print(whole(table))


def _stands(tr: Translate, hold_s: int) -> str:
    if hold_s == envelope.UNTIL_RELEASED:
        return tr("until released")
    return duration(tr, hold_s * 1000) if hold_s else ""
