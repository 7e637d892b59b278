"""OpenTelemetry in the demonstration app: what a user of OpenLLMetry has after two lines of set-up.

The model calls are traced by the released `opentelemetry-instrumentation-openai`. The spans around them, and tenant,
feature, user and session on every span, are written as the Traceloop SDK 0.62 writes them (its decorators and
`set_association_properties`), without installing its forty instrumentations.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Final, cast

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.openai import OpenAIInstrumentor  # pyright: ignore[reportMissingTypeStubs] (none)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from tocsin.demo.cast import ENVIRONMENT, Caller

SCOPE: Final = "traceloop.tracer"
# Short, so that a failed call is with the alarms about a second after it failed.
EXPORT_EVERY_MS: Final = 1000
_ATTRIBUTES: Final = context.create_key("demo-attributes")


class Inherited(SpanProcessor):
    """Gives every new span what the code around it declared: tenant, feature, user, session, workflow, agent."""

    def on_start(self, span: Span, parent_context: context.Context | None = None) -> None:
        """Copy what was declared in the context onto the span."""
        span.set_attributes(_declared(parent_context))

    def on_end(self, span: ReadableSpan) -> None:
        """Do nothing: all is said at the start."""


def start(service: str, release: str, otlp_url: str) -> TracerProvider:
    """Instrument the OpenAI client and export to `otlp_url`, the root of an OTLP/HTTP door."""
    provider = TracerProvider(
        resource=Resource.create(
            {"service.name": service, "service.version": release, "deployment.environment.name": ENVIRONMENT}
        )
    )
    provider.add_span_processor(Inherited())
    exporter = OTLPSpanExporter(endpoint=f"{otlp_url}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=EXPORT_EVERY_MS))
    trace.set_tracer_provider(provider)
    OpenAIInstrumentor().instrument(tracer_provider=provider)
    return provider


@contextmanager
def declared(attributes: Mapping[str, str]) -> Generator[None]:
    """Give these attributes to every span that begins inside."""
    token = context.attach(context.set_value(_ATTRIBUTES, {**_declared(None), **attributes}))
    try:
        yield
    finally:
        context.detach(token)


@contextmanager
def on_behalf_of(caller: Caller, feature: str) -> Generator[None]:
    """Say for whom and for what the spans inside are."""
    with declared(association_properties(caller, feature)):
        yield


@contextmanager
def entity(kind: str, name: str) -> Generator[None]:
    """Trace a workflow, agent or tool, as the decorators of the Traceloop SDK do."""
    with declared(given_inside(kind, name)):
        tracer = trace.get_tracer(SCOPE)
        with tracer.start_as_current_span(f"{name}.{kind}", attributes=entity_attributes(kind, name)):
            yield


def association_properties(caller: Caller, feature: str) -> dict[str, str]:
    """Return what `set_association_properties` puts on spans."""
    prefix = "traceloop.association.properties."
    return {
        f"{prefix}user_id": caller.user,
        f"{prefix}session_id": caller.session,
        f"{prefix}tenant": caller.tenant,
        f"{prefix}feature": feature,
    }


def entity_attributes(kind: str, name: str) -> dict[str, str]:
    """Return what a decorator puts on its own span."""
    own = {"traceloop.span.kind": kind, "traceloop.entity.name": name}
    return own | ({"gen_ai.tool.name": name} if kind == "tool" else {})


def given_inside(kind: str, name: str) -> dict[str, str]:
    """Return what a decorator puts on its own span and on every span inside."""
    keys = {"workflow": "traceloop.workflow.name", "agent": "gen_ai.agent.name"}
    return {keys[kind]: name} if kind in keys else {}


def _declared(where: context.Context | None) -> dict[str, str]:
    return cast("dict[str, str]", context.get_value(_ATTRIBUTES, where) or {})
