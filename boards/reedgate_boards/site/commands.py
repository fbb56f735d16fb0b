"""`reedgate site`: what a technician asks of a site file. Judged and reckoned elsewhere."""

import json
from pathlib import Path
from typing import Annotated

import typer

from reedgate_boards.site.check_report import as_json, print_report
from reedgate_boards.site.findings import SiteErrors
from reedgate_boards.site.language import chosen_language
from reedgate_boards.site.load import check_site
from reedgate_boards.site.user_error import UserError

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode="rich")


@app.callback()
def site() -> None:
    """Check a site file; print its budgets and bus load."""


@app.command(epilog="Example: reedgate site check site.toml --explain")
def check(
    file: Annotated[Path, typer.Argument(metavar="SITE.toml", help="The site file.")],
    explain: Annotated[
        bool, typer.Option("--explain", help="Also every default that applies, with its reason.")
    ] = False,
    as_data: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Say every error of a site file, or its reaction budgets and the load of its buses.

    Exit code 0: it may be used; 2: it has errors.
    """
    if as_data:
        report = _json_of(file)
        typer.echo(json.dumps(report, ensure_ascii=False, indent=2))
        raise typer.Exit(0 if report["ok"] else 2)
    checked, findings = check_site(file)
    if checked is None:
        raise SiteErrors(findings.errors)
    print_report(checked, findings, explain, chosen_language(site=checked.site.language))


def _json_of(file: Path) -> dict:
    try:
        checked, findings = check_site(file)
    except UserError as error:  # not even TOML
        empty = {"warnings": [], "budgets_ms": {}, "bus": [], "outage_h": {}, "flash_years": {}}
        return {"ok": False, "errors": [str(error)], **empty}
    return as_json(checked, findings)
