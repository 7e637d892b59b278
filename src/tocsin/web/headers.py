"""Headers that make a browser refuse whatever a span's text might smuggle into a page."""

from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Nothing from another host, nothing inline, no frames, no plug-ins.
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class OnlyFor:
    """ASGI middleware that answers only requests addressed to one of some host names, given without a port.

    A page of another site can make a browser resolve its own name to this machine, and would then read everything
    here as if it were its own; the name it asked for gives it away.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it with 421."""
        if scope["type"] == "http" and _host(Headers(scope=scope).get("host", "")) not in self._hosts:
            refused = PlainTextResponse(
                f"This server answers only to the names {', '.join(sorted(self._hosts))}.\n"
                "To reach it by another one, set [server] host in tocsin.toml.\n",
                status_code=421,
            )
            await refused(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _host(header: str) -> str:
    """Return the name in a Host header without its port; an IPv6 address keeps its brackets."""
    name, colon, port = header.lower().rpartition(":")
    return name if colon and port.isdecimal() else header.lower()


class SafeHeaders:
    """ASGI middleware that puts `HEADERS` on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, send_safely)
