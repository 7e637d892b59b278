"""The Anthropic SDK's own spans, which it makes whenever a tracer provider is set.

Source:   anthropic 2.13.0 (Python), read 2026-11-24
Recorded: tests/golden/mappings/otel-genai-anthropic, openllmetry-anthropic, openinference-anthropic
Gaps:     no status message and no content; tools that the model asks for are not named
"""

from tocsin.model.mapping import Field, Mapping, Recognise
from tocsin.normalise import gen_ai

MAPPING = Mapping(
    recognise=Recognise(scope_prefixes=("com.anthropic.sdk.",)),
    sources={
        **gen_ai.SOURCES,
        Field.CACHE_WRITE_1H_TOKENS: ("anthropic.usage.cache_creation.ephemeral_1h_input_tokens",),
        Field.FINISH_REASON: ("anthropic.message.stop_reason", "gen_ai.response.finish_reasons"),
    },
    operations=gen_ai.OPERATIONS,
    # It says so only when it streams.
    streaming_always_said=True,
    trust=3,
)
