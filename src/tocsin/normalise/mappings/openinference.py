"""OpenInference (Arize), Python and JavaScript.

Source:   openinference-semantic-conventions 0.1.42; openinference-instrumentation-openai 0.1.66, -anthropic 3.1.0,
          -langchain 0.1.80, -bedrock 0.1.61, read 2026-11-24
Recorded: tests/golden/mappings/openinference-openai, -anthropic, -langchain, -bedrock
Gaps:     no endpoint, so another provider behind OpenAI's client is not seen; the requested model hides in a JSON text
          that may be switched off
"""

from tocsin.model.mapping import Field, Flattened, Inside, Mapping, Operation, Recognise

MAPPING = Mapping(
    recognise=Recognise(
        scope_prefixes=("openinference.", "@arizeai/openinference-"),
        attributes=("openinference.span.kind",),
        priority=10,
    ),
    sources={
        Field.OPERATION: ("openinference.span.kind",),
        Field.HOST: (Inside("llm.invocation_parameters", "base_url"),),
        Field.PROVIDER: ("llm.provider", "llm.system"),
        Field.REQUEST_MODEL: (
            "llm.request.model_name",
            Inside("llm.invocation_parameters", "model"),
            Inside("llm.invocation_parameters", "model_name"),
            Inside("embedding.invocation_parameters", "model"),
            Inside("input.value", "model"),
        ),
        Field.RESPONSE_MODEL: ("llm.response.model_name",),
        # The served model, or the requested one where nothing was served.
        Field.MODEL: ("llm.model_name", "embedding.model_name"),
        Field.RESPONSE_ID: (Inside("output.value", "id"),),
        Field.INPUT_TOKENS: ("llm.token_count.prompt",),
        Field.CACHED_TOKENS: (
            "llm.token_count.prompt_details.cache_read",
            "llm.token_count.prompt_details.cache_input",
        ),
        Field.CACHE_WRITE_TOKENS: ("llm.token_count.prompt_details.cache_write",),
        Field.OUTPUT_TOKENS: ("llm.token_count.completion",),
        Field.REASONING_TOKENS: ("llm.token_count.completion_details.reasoning",),
        Field.TOTAL_TOKENS: ("llm.token_count.total",),
        Field.STREAMING: ("llm.is_streaming", Inside("llm.invocation_parameters", "stream")),
        Field.FINISH_REASON: ("llm.finish_reason",),
        Field.SESSION: ("session.id",),
        Field.USER: ("user.id",),
        Field.AGENT: ("agent.name",),
        Field.ENTITY: ("graph.node.id", "tool.name"),
        Field.REPORTED_USD: ("llm.cost.total",),
    },
    operations={
        "llm": Operation.CHAT,
        "embedding": Operation.EMBEDDINGS,
        "tool": Operation.EXECUTE_TOOL,
        "agent": Operation.INVOKE_AGENT,
        "chain": Operation.STEP,
        "prompt": Operation.STEP,
        "retriever": Operation.RETRIEVAL,
        "reranker": Operation.RETRIEVAL,
        "guardrail": Operation.GUARDRAIL,
        "evaluator": Operation.EVALUATION,
    },
    property_objects=("metadata",),
    tool_names=(Flattened("llm.output_messages.*.message.tool_calls.*.tool_call.function.name"),),
    first_chunk_events=("First Token Stream Event",),
    # Bedrock's answers do not say which model gave them.
    served_unnamed=frozenset({"aws.bedrock"}),
    streaming_always_said=True,
    streamed_names=frozenset({"messages.stream"}),
    trust=2,
)
