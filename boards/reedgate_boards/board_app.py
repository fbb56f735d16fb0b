"""The group `reedgate board`; its commands stand in `board_commands`, `bundle` and `device`."""

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode="rich")


@app.callback()
def board() -> None:
    """Look at the boards; build what is flashed on one; flash, provision and watch it."""
