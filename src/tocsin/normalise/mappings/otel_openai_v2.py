"""OpenTelemetry's older instrumentation of OpenAI: names of semantic conventions up to 1.36.

Source:   opentelemetry-instrumentation-openai-v2 2.4b0 and 2.1b0, read 2026-11-24
Recorded: tests/golden/mappings/otel-openai-v2, otel-openai-v2-2.1b0
Gaps:     no cached and no reasoning tokens, no sign of streaming, no time to first token; content and requested tools
          come as log events only
"""

from tocsin.model.mapping import Mapping, Recognise
from tocsin.normalise import gen_ai

MAPPING = Mapping(
    recognise=Recognise(scopes=("opentelemetry.instrumentation.openai_v2",)),
    sources=gen_ai.SOURCES,
    operations=gen_ai.OPERATIONS,
    tool_names=gen_ai.TOOL_NAMES,
    trust=2,
)
