"""`reedgate qc`: the firmware's own tests of quality over a recorded series, on the real VM."""

import json
import os
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from reedgate_boards.site.language import chosen_language, translator
from reedgate_boards.site.locator import firmware_dir
from reedgate_boards.site.user_error import UserError
from reedgate_contract import codes
from reedgate_contract.quantities import QUANTITIES, text_of
from reedgate_sim.replay.plan import Plan, make_plan
from reedgate_sim.replay.register import register_of
from reedgate_sim.replay.series import Column, Series, parse_columns
from reedgate_sim.replay.series_csv import read_series
from reedgate_sim.vm_finder import find_micropython

app = typer.Typer(add_completion=False)

_ROOM = "reedgate_sim"
_TICKS_MASK = 0x3FFFFFFF
# What loggers call their columns, and the shipped site's point of the same quantity.
_USUAL = {
    "turb": "turbidity_ntu",
    "do": "do_mg_l",
    "cond": "conductivity_us_cm",
    "temp": "water_temperature_c",
}


@app.command(epilog="Example: reedgate qc river.csv --column turb --json")
def qc(
    data: Annotated[Path, typer.Argument(metavar="DATA.csv", help="The series, a row a poll.")],
    column: Annotated[
        str,
        typer.Option(
            metavar="COLUMN[=POINT[*FACTOR]]",
            help="Which column, and which point of the site it is.",
        ),
    ],
    site: Annotated[
        Path | None, typer.Option(metavar="SITE.toml", help="A site with one inlet.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print every row as JSON.")] = False,
) -> None:
    """Flag every row of a series as the firmware on a board would: QARTOD flag and reason."""
    (chosen,) = parse_columns(_whole(column))
    series = read_series(data, [chosen])
    rows = list(_judged(make_plan(site, [], series), chosen, series))
    flags = Counter(row["flag"] for row in rows)
    if as_json:
        whole = {"column": chosen.name, "point": chosen.point, "rows": len(rows)}
        whole["flags"] = {str(flag): flags[flag] for flag in codes.FLAG_NAMES}
        typer.echo(json.dumps({**whole, "series": rows}, ensure_ascii=False))
    else:
        _print(rows, flags)


def _whole(column: str) -> str:
    if "," in column:
        raise UserError(
            _ROOM,
            "--column: `{text}` is more than one column.",
            hint="Run the command once for each.",
            text=column,
        )
    return column if "=" in column else f"{column}={_USUAL.get(column, column)}"


def _judged(plan: Plan, column: Column, series: Series) -> Iterator[dict]:
    quantity, words_of = register_of(plan.station, column.point)
    lines = []
    for seconds, value in zip(series.seconds, series.values[column.point], strict=True):
        high, low = words_of(value)
        lines.append(f"{round(seconds * 1000) & _TICKS_MASK} {high} {low}")
    decimals = QUANTITIES[quantity][2]
    told = _on_vm(plan.config, column.point, "\n".join(lines) + "\n").splitlines()
    for time, line in zip(series.times, told, strict=True):
        flag, status, detail, scaled = map(int, line.split())
        usable = flag in (codes.FLAG_GOOD, codes.FLAG_SUSPECT)
        yield {
            "time": time,
            "value": float(text_of(scaled, decimals)) if usable else None,
            "flag": flag,
            "status": codes.STATUS_NAMES[status],
            "detail": codes.DETAIL_NAMES[detail],
        }


def _on_vm(config: bytes, point: str, lines: str) -> str:
    """Raises RuntimeError with what the VM said when it failed."""
    vm_files = files("reedgate_sim") / "vm"
    with tempfile.TemporaryDirectory(prefix="reedgate-qc-") as folder:
        path = Path(folder) / "config.bin"
        path.write_bytes(config)
        done = subprocess.run(
            [find_micropython(), "-X", "heapsize=4m", vm_files / "qc.py", path, point],
            env=os.environ | {"MICROPYPATH": f"{firmware_dir()}:{vm_files}:.frozen"},
            input=lines,
            capture_output=True,
            text=True,
        )
    if done.returncode:
        raise RuntimeError(f"the VM with the readings ended:\n{done.stdout[-500:]}{done.stderr}")
    return done.stdout


def _print(rows: list[dict], flags: Counter) -> None:
    tr = translator(_ROOM, chosen_language())
    table = Table(tr("Flag"), tr("Reason"), tr("Rows"))
    for (flag, detail), count in sorted(Counter((r["flag"], r["detail"]) for r in rows).items()):
        table.add_row(f"{flag} {codes.FLAG_NAMES[flag]}", detail, str(count))
    Console().print(table)
