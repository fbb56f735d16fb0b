"""The command line `reedgate gateway`: its commands join it where they are."""

import typer

app = typer.Typer(no_args_is_help=True, help="Run the site's gateway.")
