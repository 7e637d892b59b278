"""Let made-up calls fail, and see whether the message arrives.

A real server is asked for it: the calls go through its OTLP door, its alarms and its channels, marked as a drill.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import httpx
import orjson
import typer

from tocsin.cli.folder import ASKING, CONNECT_S_MAX, Line, holder_of
from tocsin.config import FILE_NAME, load
from tocsin.drill import END_WAIT, TIMEOUT_MAX
from tocsin.model.drill import Stage
from tocsin.model.problem import BadInput, Busy, Foreign, Problem

OK, BAD_REQUEST, BUSY = 200, 400, 503
WORDS_MAX = 200


def register(app: typer.Typer) -> None:
    """Add `tocsin drill`."""
    app.command("drill")(drill)


def drill(
    *,
    url: Annotated[
        str, typer.Option(help="The page of a running server; without it, the one that has the data folder.")
    ] = "",
    channel: Annotated[str, typer.Option(help="Tell only this channel; without it, all.", metavar="NAME")] = "",
    loud: Annotated[
        bool, typer.Option("--loud", help="Call people and wake the pager, as the real thing would.")
    ] = False,
    timeout: Annotated[str, typer.Option(help="How long the message may take to arrive, as in 60s.")] = "60s",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    config: Annotated[
        Path | None,
        typer.Option("--config", help=f"The configuration; without it, {FILE_NAME} of this folder, or the defaults."),
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="The data folder of the server.", show_default="tocsin-data")
    ] = None,
) -> None:
    """Let made-up calls fail in a running server, and follow them to the channels and back.

    Prints when each stage was reached, in seconds after the calls were sent. Ends with code 1 when something did not
    arrive, and says what, and what to do. Every message begins with DRILL, and calls nobody unless asked to be loud.
    No graph, budget, usual level or other alarm sees the calls.
    """
    address = _checked(url) if url else _own(config, data)
    body = {"channel": channel, "loud": loud, "timeout": timeout}
    result: Line | None = None
    try:
        for line in _ask(address, body):
            if "result" in line:
                result = line["result"]
            elif not as_json:
                print(_told(line["step"]), flush=True)
    except BadInput as wrong:
        raise typer.BadParameter(wrong.reason) from wrong
    if result is None:
        raise Foreign("the server", f"{address} broke off in the middle of the drill; see its log")
    if as_json:
        print(orjson.dumps(result).decode())
    elif result["ok"]:
        print(f"\nAll arrived, and all was resolved: incident {result['incident']}.")
    else:
        _lament(result["missed"])
    if not result["ok"]:
        raise typer.Exit(1)


def _own(config: Path | None, data: Path | None) -> str:
    loaded = load(config, os.environ, {"server": {} if data is None else {"data": str(data)}})
    folder = loaded.server.data
    try:
        server = holder_of(folder)
    except BadInput:
        server = None
    if server is None:
        raise Foreign(
            "no server",
            f"none has the data folder {folder}; start one with `tocsin up`, or give a running one's with --url",
        )
    return server.address


def _checked(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise typer.BadParameter(f'--url "{url}" is no address; write it as in "http://127.0.0.1:4319"')
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"


def _ask(address: str, body: Mapping[str, object]) -> Iterator[Line]:
    silence_s = (TIMEOUT_MAX + END_WAIT).total_seconds()
    timeout = httpx.Timeout(silence_s, connect=CONNECT_S_MAX)
    try:
        with httpx.stream(
            "POST", f"{address}/api/v1/drill", headers=ASKING, content=orjson.dumps(body), timeout=timeout
        ) as answer:
            if answer.status_code != OK:
                raise _problem(address, answer.status_code, answer.read())
            for text in answer.iter_lines():
                yield orjson.loads(text)
    except (httpx.HTTPError, httpx.InvalidURL) as fault:
        raise Foreign(
            "no server",
            f"nothing answers at {address} ({type(fault).__name__}); start one with `tocsin up`, which prints the "
            "address of its pages first",
        ) from fault
    except orjson.JSONDecodeError as fault:
        raise Foreign("no Tocsin", f"what answers at {address} is something else; {_WHERE}") from fault


_WHERE = "give --url the address of Tocsin's pages, which `tocsin up` prints first"


def _problem(address: str, status: int, body: bytes) -> Problem:
    try:
        said: Any = orjson.loads(body)
        reason = str(said["error"]["reason"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        page = body.lstrip()[:15].lower().startswith((b"<!doctype", b"<html"))
        what = (
            "a web page: a proxy that wants a login, or no Tocsin" if page else f"{status}, which is no Tocsin's page"
        )
        return Foreign("no Tocsin", f"{address} answered with {what}; {_WHERE}")
    if status == BAD_REQUEST:
        return BadInput(reason)
    return Busy(reason, 10) if status == BUSY else Foreign("the server", reason[:WORDS_MAX])


def _told(step: Line) -> str:
    stage, channel, note = str(step["stage"]), step["channel"] or "", step["note"]
    name = f"{stage} {channel}".strip()
    if step["took_s"] is None:
        return f"  MISSED  {name}"
    return f"{step['took_s']:>7.1f}s  {name:<28} {note}".rstrip()


def _lament(missed: list[Line]) -> None:
    """Say loudly what did not arrive."""
    typer.secho("\nTHE DRILL DID NOT ARRIVE:", err=True, bold=True)
    for step in missed:
        what = {
            Stage.DELIVERED: "the message did not reach",
            Stage.END_DELIVERED: "the end was not told to",
        }.get(Stage(step["stage"]), f"it was not {step['stage']}")
        typer.echo(f"  {what}{' ' + step['channel'] if step['channel'] else ''}: {step['note']}", err=True)
