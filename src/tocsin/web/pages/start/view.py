"""The first-run page: how to send the first span, and a live line that says when it has come."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to send spans: copied as it stands."""

    id: str
    title: str
    code: str


@dataclass(frozen=True, slots=True)
class StartView:
    """What `start/page.html` and `start/state.html` may use."""

    # None until the first span has come.
    arrived: datetime | None
    recipes: tuple[Recipe, ...]


def build(arrived: datetime | None, otlp_http: str, otlp_grpc: str) -> StartView:
    """Build the page."""
    return StartView(
        arrived,
        (
            Recipe(
                "any",
                "Any OpenTelemetry SDK",
                f"export OTEL_EXPORTER_OTLP_ENDPOINT={otlp_http}\n"
                "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\n"
                "export OTEL_SERVICE_NAME=my-app\n",
            ),
            Recipe(
                "python",
                "Python, OpenAI client with OpenLLMetry",
                "pip install openai opentelemetry-sdk opentelemetry-exporter-otlp-proto-http \\\n"
                "    opentelemetry-instrumentation-openai opentelemetry-distro\n"
                f"export OTEL_EXPORTER_OTLP_ENDPOINT={otlp_http}\n"
                "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\n"
                "export OTEL_SERVICE_NAME=my-app\n"
                "opentelemetry-instrument python my_app.py\n",
            ),
            Recipe(
                "collector",
                "OpenTelemetry Collector",
                "exporters:\n"
                "  otlp/tocsin:\n"
                f"    endpoint: {otlp_grpc}\n"
                "    tls:\n"
                "      insecure: true\n"
                "service:\n"
                "  pipelines:\n"
                "    traces:\n"
                "      exporters: [otlp/tocsin]\n",
            ),
        ),
    )
