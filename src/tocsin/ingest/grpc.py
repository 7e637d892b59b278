"""The OTLP/gRPC door: raw bytes in, nothing is deserialised.

Messages are read as a stream of one, so that the key is looked at, and the number of messages in memory bounded,
before a message is taken off the wire; to the sender it is an ordinary unary call.

Source: OTLP specification 1.x, "OTLP/gRPC".
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import NoReturn

import grpc
import grpc.aio
import structlog

from tocsin.ingest import answers
from tocsin.ingest.budget import Budget
from tocsin.ingest.counters import Count, Counters
from tocsin.ingest.inlet import Inlet
from tocsin.ingest.keys import REFUSAL, Keys
from tocsin.ingest.settings import Settings
from tocsin.model.problem import BadInput, BadSetting, Busy, SettingFault, TooLarge
from tocsin.model.received import Signal

LOG = structlog.get_logger()

_Context = grpc.aio.ServicerContext[bytes, bytes]
_Export = Callable[[AsyncIterator[bytes], _Context], Awaitable[bytes]]

SERVICES: dict[Signal, str] = {
    Signal.TRACES: "opentelemetry.proto.collector.trace.v1.TraceService",
    Signal.METRICS: "opentelemetry.proto.collector.metrics.v1.MetricsService",
    Signal.LOGS: "opentelemetry.proto.collector.logs.v1.LogsService",
}
# gRPC itself refuses longer messages without our words; up to there we say what the limit is.
_OVERSIZE_BYTES = 4 * 1024 * 1024


class GrpcDoor:
    """The gRPC server. `start` and `stop` it on the event loop of the committer."""

    def __init__(self, inlet: Inlet, settings: Settings, *, budget: Budget, counters: Counters) -> None:
        self._inlet = inlet
        self._settings = settings
        self._budget = budget
        self._counters = counters
        self._keys = Keys(settings.keys)
        self._reads = asyncio.Semaphore(settings.grpc_reads_max)
        self._server: grpc.aio.Server | None = None

    async def start(self) -> int:
        """Listen, and return the port. Raises BadSetting when it is taken."""
        server = grpc.aio.server(
            options=[
                ("grpc.max_receive_message_length", self._settings.body_bytes_max + _OVERSIZE_BYTES),
                # Without this a second server would quietly share the port.
                ("grpc.so_reuseport", 0),
            ]
        )
        server.add_generic_rpc_handlers(
            tuple(
                grpc.method_handlers_generic_handler(
                    service, {"Export": grpc.stream_unary_rpc_method_handler(self._export(signal))}
                )
                for signal, service in SERVICES.items()
            )
        )
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        try:
            port = server.add_insecure_port(f"{host}:{self._settings.grpc_port}")
        except RuntimeError:
            raise BadSetting(
                (
                    SettingFault(
                        "ingest.grpc_port",
                        f"can't listen on {host}:{self._settings.grpc_port}; stop what uses it or set another port",
                    ),
                )
            ) from None
        await server.start()
        self._server = server
        return port

    async def stop(self, grace_s: float) -> None:
        """Take no new calls, and give running ones `grace_s` seconds."""
        if self._server is not None:
            await self._server.stop(grace_s)

    def _export(self, signal: Signal) -> _Export:
        async def export(messages: AsyncIterator[bytes], context: _Context) -> bytes:
            return await self._answer(signal, messages, context)

        return export

    async def _answer(self, signal: Signal, messages: AsyncIterator[bytes], context: _Context) -> bytes:
        headers = _text_metadata(context)
        project = self._keys.project_of(headers)
        if project is None:
            await self._refuse(context, grpc.StatusCode.UNAUTHENTICATED, REFUSAL)
        try:
            body = await self._read(messages)
            received = await self._inlet.put(signal, body, project)
        except BadInput as problem:
            await self._refuse(context, grpc.StatusCode.INVALID_ARGUMENT, problem.reason)
        except Busy as problem:
            self._counters.add(Count.BUSY)
            details = answers.retry_details(problem.reason, problem.after_s)
            await context.abort(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                problem.reason,
                trailing_metadata=(("grpc-status-details-bin", details),),
            )
        except TimeoutError:
            reason = f"the message did not come within {self._settings.body_read_s_max:g} s; send smaller batches"
            await self._refuse(context, grpc.StatusCode.DEADLINE_EXCEEDED, reason)
        except Exception as error:  # noqa: BLE001 the border of one call: counted, logged, answered
            self._counters.add(Count.FAULTS)
            LOG.error("call failed", signal=str(signal), fault=type(error).__name__)  # noqa: TRY400 - a trace may quote what was sent
            await context.abort(grpc.StatusCode.INTERNAL, "a fault inside the server; it is in its log")
        return answers.success(signal, received, as_json=False)

    async def _read(self, messages: AsyncIterator[bytes]) -> bytes:
        async with self._reads, asyncio.timeout(self._settings.body_read_s_max):
            body = await anext(messages, None)
        if body is None:
            raise BadInput("the call carries no message; send one Export…ServiceRequest")
        if len(body) > self._settings.body_bytes_max:
            raise TooLarge(
                f"the message is {len(body)} bytes long, the limit is {self._settings.body_bytes_max}; "
                "send smaller batches"
            )
        return body

    async def _refuse(self, context: _Context, code: grpc.StatusCode, reason: str) -> NoReturn:
        self._counters.add(Count.REJECTED)
        await context.abort(code, reason)
        raise AssertionError("abort always raises")


def _text_metadata(context: _Context) -> dict[str, str]:
    return {name: value for name, value in context.invocation_metadata() or () if isinstance(value, str)}
