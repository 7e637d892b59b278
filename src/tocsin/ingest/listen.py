"""How the OTLP/HTTP door is served: one uvicorn on the running event loop."""

import socket

import uvicorn

from tocsin.ingest.http import HttpDoor
from tocsin.ingest.settings import Settings
from tocsin.model.problem import BadSetting, SettingFault

# Exporters send every five seconds or so over one connection. A server that closes it after five loses batches to
# the race between the two; this is longer than any usual export interval.
_KEEP_ALIVE_S = 75
_WAITING_CONNECTIONS_MAX = 512


def http_socket(settings: Settings) -> socket.socket:
    """Take the HTTP port; raises BadSetting when it is not free."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((settings.host, settings.http_port))
    except OSError as error:
        sock.close()
        raise BadSetting(
            (
                SettingFault(
                    "ingest.http_port",
                    f"can't listen on {settings.host}:{settings.http_port} ({error.strerror}); "
                    "stop what uses it or set another port",
                ),
            )
        ) from None
    sock.listen(_WAITING_CONNECTIONS_MAX)
    return sock


def http_server(door: HttpDoor) -> uvicorn.Server:
    """Return a server for the door; run it with `serve(sockets=[http_socket(settings)])`."""
    return uvicorn.Server(
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
