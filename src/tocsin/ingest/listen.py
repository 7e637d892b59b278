"""How the servers of this process listen: sockets taken before anything starts, and uvicorn on the running loop."""

import socket
from collections.abc import Generator
from contextlib import contextmanager

import uvicorn

from tocsin.ingest.http import HttpDoor
from tocsin.ingest.settings import Settings
from tocsin.model.problem import BadSetting, SettingFault

# Exporters send every five seconds or so over one connection. A server that closes it after five loses batches to
# the race between the two; this is longer than any usual export interval.
_KEEP_ALIVE_S = 75
_WAITING_CONNECTIONS_MAX = 512


class Server(uvicorn.Server):
    """A server that leaves signals to the process it runs in."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Capture none."""
        yield


def listening(host: str, port: int, setting: str) -> socket.socket:
    """Take a port; raises BadSetting, naming the setting, when it is not free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        reason = f"can't listen on {host}:{port} ({error.strerror}); stop what uses it or set another port"
        raise BadSetting((SettingFault(setting, reason),)) from None
    sock.listen(_WAITING_CONNECTIONS_MAX)
    return sock


def http_socket(settings: Settings) -> socket.socket:
    """Take the HTTP port; raises BadSetting when it is not free."""
    return listening(settings.host, settings.http_port, "ingest.http_port")


def sockets(page: tuple[str, int], settings: Settings) -> tuple[socket.socket, socket.socket]:
    """Take the ports of the pages and of OTLP over HTTP; raises BadSetting with every port that is not free.

    The gRPC door takes its own port later; here it is only looked at, so that all are told at once.
    """
    asked = (
        (*page, "server.port"),
        (settings.host, settings.http_port, "ingest.http_port"),
        (settings.host, settings.grpc_port, "ingest.grpc_port"),
    )
    taken: list[socket.socket] = []
    faults: list[SettingFault] = []
    for host, port, setting in asked:
        try:
            taken.append(listening(host, port, setting))
        except BadSetting as wrong:
            faults += wrong.faults
    if faults:
        for sock in taken:
            sock.close()
        raise BadSetting(tuple(faults))
    pages, http, grpc = taken
    grpc.close()
    return pages, http


def http_server(door: HttpDoor) -> Server:
    """Return a server for the door; run it with `serve(sockets=[http_socket(settings)])`."""
    return Server(
        uvicorn.Config(
            door,
            lifespan="off",
            ws="none",
            interface="asgi3",
            access_log=False,
            log_config=None,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
        )
    )
