"""See the whole thing work: two weeks of history, a small agent app, an incident, one message.

Everything runs on this machine and ends with the command.
"""

from pathlib import Path
from typing import Annotated

import typer

from tocsin.cli.folder import starting
from tocsin.demo.run import DATA, OTLP_GRPC_PORT, OTLP_HTTP_PORT, PORT, Server, run_demo


def register(app: typer.Typer) -> None:
    """Add `tocsin demo`."""
    app.command("demo")(demo)


def demo(  # noqa: PLR0917 typer reads options as parameters
    exit_after_alarm: Annotated[
        bool, typer.Option("--exit-after-alarm", help="End when the message has come and its link was opened.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object with what came of it.")] = False,
    data: Annotated[Path, typer.Option(help="Folder for the demonstration, emptied first.")] = DATA,
    port: Annotated[int | None, typer.Option(help="Port of the pages.", show_default=str(PORT))] = None,
    otlp_http_port: Annotated[
        int | None, typer.Option(help="Port for OTLP over HTTP.", show_default=str(OTLP_HTTP_PORT))
    ] = None,
    otlp_grpc_port: Annotated[
        int | None, typer.Option(help="Port for OTLP over gRPC.", show_default=str(OTLP_GRPC_PORT))
    ] = None,
) -> None:
    """See the whole thing work: two weeks of history, a small agent app, an incident, one message.

    A usual port that is taken is replaced by a free one; a port named here must be free.
    """
    server = Server(data, port, otlp_http_port, otlp_grpc_port)
    with starting():
        code = run_demo(exit_after_alarm=exit_after_alarm, as_json=json, server=server)
    raise typer.Exit(code)
