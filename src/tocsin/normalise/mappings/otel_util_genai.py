"""OpenTelemetry's shared GenAI handler, as openai-v2 uses it when it is told to write the current names.

Source:   opentelemetry-util-genai 0.4b0 under opentelemetry-instrumentation-openai-v2 2.4b0 with
          OTEL_SEMCONV_STABILITY_OPT_IN=gen_ai_latest_experimental, read 2026-11-24
Recorded: tests/golden/mappings/otel-openai-v2 (the cases named "latest")
Gaps:     no sign of streaming, no time to first token, no cached and no reasoning tokens
"""

from tocsin.model.mapping import Mapping, Recognise
from tocsin.normalise import gen_ai

MAPPING = Mapping(
    recognise=Recognise(scopes=("opentelemetry.util.genai.handler",)),
    sources=gen_ai.SOURCES,
    operations=gen_ai.OPERATIONS,
    tool_names=gen_ai.TOOL_NAMES,
    trust=2,
)
