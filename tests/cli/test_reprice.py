"""`tocsin reprice`: whom it asks, and what it makes of the answer. On real data: tests/serve/test_history.py."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tocsin.cli.frame import build, commands
from tocsin.model.problem import BadInput, Foreign
from tocsin.store.control import claim


def tocsin(*words: str) -> Result:
    return CliRunner().invoke(build("reprice", commands()), ["reprice", *words])


@contextmanager
def server(status: int, *lines: object) -> Generator[tuple[str, list[dict[str, str]]]]:
    """Listen as a server that gives one answer, and keep what it was asked: headers, and path and body among them."""
    asked: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            asked.append({name.lower(): value for name, value in self.headers.items()} | {"": f"{self.path} {body}"})
            self.send_response(status)
            self.end_headers()
            self.wfile.write("".join(f"{json.dumps(line)}\n" for line in lines).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
            pass

    listening = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.server_address[1]}", asked
    finally:
        listening.shutdown()
        listening.server_close()


def test_the_server_that_has_the_folder_is_asked_as_it_wants_to_be(tmp_path: Path) -> None:
    lines: tuple[object, ...] = ({"done": 0, "of": 2}, {"done": 2, "of": 2}, {"result": {}})
    with server(200, *lines) as (address, asked), claim(tmp_path) as held:
        held.announce(address)
        answer = tocsin("--data", str(tmp_path))
    assert (answer.exit_code, answer.stdout) == (0, "everything stored is priced again\n")
    ((one),) = asked
    assert one[""] == "/api/v1/reprice {}"
    assert one["x-tocsin"] == "1"


@pytest.mark.parametrize(
    ("status", "line", "kind", "words"),
    [
        (400, {"error": {"reason": "tocsin.toml: wrong"}}, BadInput, "tocsin.toml: wrong"),
        (503, {"error": {"reason": "a re-pricing is under way already"}}, Foreign, "is under way already"),
        (200, {"error": {"reason": "the disk is full"}}, Foreign, "the server: the disk is full"),
        (502, "no JSON of ours", Foreign, "it answered 502"),
    ],
)
def test_what_goes_wrong_in_the_server_is_told(
    tmp_path: Path, status: int, line: object, kind: type[Exception], words: str
) -> None:
    with server(status, line) as (address, _), claim(tmp_path) as held:
        held.announce(address)
        answer = tocsin("--data", str(tmp_path))
    assert isinstance(answer.exception, kind)
    assert words in str(answer.exception)
    assert answer.stdout == ""


def test_a_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with server(200) as (address, _):
        pass
    with claim(tmp_path) as held:
        held.announce(address)
        answer = tocsin("--data", str(tmp_path))
    assert isinstance(answer.exception, Foreign)
    assert f"at {address} can't be asked" in str(answer.exception)


def test_without_a_data_folder_nothing_is_made(tmp_path: Path) -> None:
    answer = tocsin("--data", str(tmp_path / "none"))
    assert isinstance(answer.exception, BadInput)
    assert list(tmp_path.iterdir()) == []
