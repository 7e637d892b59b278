"""OpenTelemetry GenAI: the official instrumentations with the current names.

Source:   opentelemetry-instrumentation-genai-openai and -genai-anthropic 1.3b0, opentelemetry-util-genai 1.3b0,
          opentelemetry-instrumentation-google-genai; semantic conventions 0.66b2, read 2026-11-24
Recorded: tests/golden/mappings/otel-genai-openai, otel-genai-anthropic, otel-openai-v2 (the cases named "latest")
Gaps:     embeddings name no response id; openai-v2 in its latest mode gives no sign of streaming
"""

from tocsin.model.mapping import Mapping, Recognise
from tocsin.normalise import gen_ai

MAPPING = Mapping(
    recognise=Recognise(
        scopes=(
            "opentelemetry.instrumentation.genai.openai",
            "opentelemetry.instrumentation.genai.anthropic",
            # openai-v2 with OTEL_SEMCONV_STABILITY_OPT_IN=gen_ai_latest_experimental.
            "opentelemetry.util.genai.handler",
            "opentelemetry.instrumentation.google_genai",
        ),
        scope_prefixes=("opentelemetry.instrumentation.genai.",),
    ),
    sources=gen_ai.SOURCES,
    operations=gen_ai.OPERATIONS,
    tool_names=gen_ai.TOOL_NAMES,
    trust=2,
)
