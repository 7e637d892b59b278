"""Look at the configuration: is it right, and what does it come to."""

import os
from pathlib import Path
from typing import Annotated

import typer

from tocsin.config import FILE_NAME, load, show

File = Annotated[
    Path | None,
    typer.Option("--config", help=f"The file; without it, {FILE_NAME} of this folder, or the defaults."),
]


def register(app: typer.Typer) -> None:
    """Add `tocsin config`."""
    group = typer.Typer(help="Look at the configuration: is it right, and what does it come to.", no_args_is_help=True)
    group.command("check")(check)
    group.command("show")(print_all)
    app.add_typer(group, name="config")


def check(config: File = None) -> None:
    """Read the configuration and tell every mistake at once; ends with code 2 when there is one."""
    found = load(config, os.environ)
    print(f"{found.source or f'no {FILE_NAME} here, so the defaults hold'}: in order")


def print_all(config: File = None) -> None:
    """Print the whole configuration as TOML: defaults filled in, secrets by the names of their variables."""
    print(show(load(config, os.environ)), end="")
