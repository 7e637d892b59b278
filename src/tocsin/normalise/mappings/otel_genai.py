"""OpenTelemetry GenAI: the official instrumentations with the current names.

Source:   opentelemetry-instrumentation-genai-openai and -genai-anthropic 1.3b0,
          opentelemetry-instrumentation-google-genai; semantic conventions 0.66b2, read 2026-11-24
Recorded: tests/golden/mappings/otel-genai-openai, otel-genai-anthropic
Gaps:     embeddings name no response id
"""

from tocsin.model.mapping import Mapping, Recognise
from tocsin.normalise import gen_ai

MAPPING = Mapping(
    recognise=Recognise(
        scopes=(
            "opentelemetry.instrumentation.genai.openai",
            "opentelemetry.instrumentation.genai.anthropic",
            "opentelemetry.instrumentation.google_genai",
        ),
        scope_prefixes=("opentelemetry.instrumentation.genai.",),
    ),
    sources=gen_ai.SOURCES,
    operations=gen_ai.OPERATIONS,
    tool_names=gen_ai.TOOL_NAMES,
    streaming_always_said=True,
    trust=2,
)
