"""Run the server: OTLP in, pages and alarms out, until you stop it."""

import os
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from tocsin.cli import logs
from tocsin.cli.folder import starting
from tocsin.config import FILE_NAME, Config, load
from tocsin.serve import Ports, serve


def register(app: typer.Typer) -> None:
    """Add `tocsin up`."""
    app.command("up")(up)


def up(
    data: Annotated[
        Path | None, typer.Option(help="Folder for telemetry and alarm state.", show_default="tocsin-data")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port of the pages and the JSON API.", show_default="4319")] = None,
    otlp_http_port: Annotated[int | None, typer.Option(help="Port for OTLP over HTTP.", show_default="4318")] = None,
    otlp_grpc_port: Annotated[int | None, typer.Option(help="Port for OTLP over gRPC.", show_default="4317")] = None,
    config: Annotated[
        Path | None, typer.Option(help=f"The configuration; without it, {FILE_NAME} of this folder, or the defaults.")
    ] = None,
) -> None:
    """Run the server: OTLP in, pages and alarms out, until you stop it with Ctrl-C.

    What is given here goes over the configuration. 0 as a port takes any free one.
    """
    server = {"data": None if data is None else str(data), "port": port}
    ingest = {"http_port": otlp_http_port, "grpc_port": otlp_grpc_port}
    asked = {
        section: {key: value for key, value in given.items() if value is not None}
        for section, given in (("server", server), ("ingest", ingest))
    }
    loaded = load(config, os.environ, asked)
    logs.set_up(loaded.secrets)
    with starting():
        uvloop.run(_serve(loaded))


async def _serve(config: Config) -> None:
    # Before the server makes its data folder the current one.
    data = config.server.data.resolve()

    def started(ports: Ports) -> None:
        print(f"pages       {config.server.base_url or f'http://{config.server.host}:{ports.page}'}")
        print(f"OTLP/HTTP   http://{config.ingest.host}:{ports.otlp_http}")
        print(f"OTLP/gRPC   http://{config.ingest.host}:{ports.otlp_grpc}")
        print(f"data        {data}", flush=True)

    await serve(config, started)
