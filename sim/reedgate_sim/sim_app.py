"""The command group `reedgate sim`; its commands stand in `commands` and `scenario.commands`."""

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def sim() -> None:
    """Run the firmware against simulated or recorded water."""
