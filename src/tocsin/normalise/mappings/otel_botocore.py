"""OpenTelemetry's instrumentation of botocore: calls to Bedrock among those to the rest of AWS.

Source:   opentelemetry-instrumentation-botocore 0.66b2, read 2026-11-24
Recorded: tests/golden/mappings/otel-botocore-bedrock
Gaps:     no response model and id, no sign of streaming; requested tools come as log events only
"""

from tocsin.model.mapping import Mapping, Recognise
from tocsin.normalise import gen_ai

MAPPING = Mapping(
    recognise=Recognise(scope_prefixes=("opentelemetry.instrumentation.botocore",)),
    sources=gen_ai.SOURCES,
    operations=gen_ai.OPERATIONS,
    # Bedrock counts what is read from and written to the cache apart, and so do these spans.
    cached_outside=frozenset({"aws.bedrock"}),
    tool_names=gen_ai.TOOL_NAMES,
    trust=2,
)
