"""Price everything stored again, by the prices of now."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from tocsin import clock
from tocsin.cli.folder import Line, ask, bar, holder_of, starting
from tocsin.config import FILE_NAME, Config, load
from tocsin.price.book import PriceBook
from tocsin.serve import open_stores


def register(app: typer.Typer) -> None:
    """Add `tocsin reprice`."""
    app.command("reprice")(reprice)


def reprice(
    config: Annotated[
        Path | None, typer.Option(help=f"The configuration; without it, {FILE_NAME} of this folder, or the defaults.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder for telemetry and alarm state.", show_default="tocsin-data")
    ] = None,
) -> None:
    """Price everything stored again: by Tocsin's own prices and those of the configuration, both as they are now.

    When a server has the data folder, it does this between two rounds of judging, and by its own configuration file.
    """
    loaded = load(config, os.environ, {"server": {} if data is None else {"data": str(data)}})
    server = holder_of(loaded.server.data)
    with bar("Pricing everything again, by days") as shown:
        shown.through(_here(loaded) if server is None else ask(server, "/api/v1/reprice", {}))
    print("everything stored is priced again")


def _here(config: Config) -> Iterator[Line]:
    with starting():
        opened = open_stores(config)
    with closing(opened) as stores:
        settler, until_ns, at = stores.telemetry.settler, stores.telemetry.newest_received_ns, clock.now()
        settler.settle(until_ns, at)
        for step in settler.reprice(PriceBook(config.prices).rows_for, at, until_ns):
            yield {"done": step.done, "of": step.of}
