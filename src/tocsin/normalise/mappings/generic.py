"""Any other emitter that writes names of the GenAI convention, or the older llm.* names.

Source:   semantic conventions 0.66b2 and its renames; emitters that follow it without a mapping of their own
Recorded: none of its own; every recording without a mapping passes through it
Gaps:     whatever an emitter does in its own way
"""

from tocsin.model.mapping import Field, Flattened, Mapping, Operation, Recognise
from tocsin.normalise import gen_ai

MAPPING = Mapping(
    recognise=Recognise(attribute_prefixes=("gen_ai.", "llm.")),
    sources={
        **gen_ai.SOURCES,
        Field.OPERATION: ("gen_ai.operation.name", "llm.request.type"),
        Field.PROVIDER: ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system", "llm.vendor"),
        Field.REQUEST_MODEL: ("gen_ai.request.model", "llm.request.model", "llm.request.model_name"),
        Field.RESPONSE_MODEL: ("gen_ai.response.model", "llm.response.model", "llm.model_name"),
        Field.INPUT_TOKENS: (
            *gen_ai.SOURCES[Field.INPUT_TOKENS],
            "llm.usage.prompt_tokens",
            "llm.token_count.prompt",
        ),
        Field.OUTPUT_TOKENS: (
            *gen_ai.SOURCES[Field.OUTPUT_TOKENS],
            "llm.usage.completion_tokens",
            "llm.token_count.completion",
        ),
        Field.REASONING_TOKENS: (*gen_ai.SOURCES[Field.REASONING_TOKENS], "llm.usage.reasoning_tokens"),
        Field.TOTAL_TOKENS: ("gen_ai.usage.total_tokens", "llm.usage.total_tokens", "llm.token_count.total"),
        Field.STREAMING: ("gen_ai.request.stream", "gen_ai.is_streaming", "llm.is_streaming"),
        Field.TTFT_S: (*gen_ai.SOURCES[Field.TTFT_S], "gen_ai.server.time_to_first_token"),
        Field.FINISH_REASON: (
            *gen_ai.SOURCES[Field.FINISH_REASON],
            "llm.response.finish_reason",
            "gen_ai.completion.0.finish_reason",
        ),
        Field.REPORTED_USD: (*gen_ai.SOURCES[Field.REPORTED_USD], "gen_ai.cost.total_cost", "operation.cost"),
    },
    operations={
        **gen_ai.OPERATIONS,
        "completion": Operation.TEXT_COMPLETION,
        "embedding": Operation.EMBEDDINGS,
        "agent_step": Operation.STEP,
        "chain": Operation.STEP,
    },
    # Most who say no operation mean a chat.
    unsaid=Operation.CHAT,
    tool_names=(*gen_ai.TOOL_NAMES, Flattened("gen_ai.completion.*.tool_calls.*.name")),
    first_chunk_events=("gen_ai.content.completion.chunk", "llm.content.completion.chunk", "ai.stream.firstChunk"),
    trust=1,
)
