"""The official GenAI names, old and new, as the tables that most mappings start from.

Source: OpenTelemetry semantic conventions 0.66b2 and the semantic-conventions-genai repository, read 2026-11-24;
        renames are listed newest first, because both are in the wild at once.
"""

from tocsin.model.mapping import Field, Messages, Operation, Sources

SOURCES: Sources = {
    Field.OPERATION: ("gen_ai.operation.name",),
    Field.HOST: ("server.address", "gen_ai.openai.api_base", "url.full"),
    Field.PROVIDER: ("gen_ai.provider.name", "gen_ai.system"),
    Field.REQUEST_MODEL: ("gen_ai.request.model",),
    Field.RESPONSE_MODEL: ("gen_ai.response.model",),
    Field.RESPONSE_ID: ("gen_ai.response.id",),
    Field.INPUT_TOKENS: ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
    Field.CACHED_TOKENS: ("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens"),
    Field.CACHE_WRITE_TOKENS: (
        "gen_ai.usage.cache_write.input_tokens",
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_creation_input_tokens",
        "gen_ai.usage.cache_write_input_tokens",
    ),
    Field.OUTPUT_TOKENS: ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
    Field.REASONING_TOKENS: (
        "gen_ai.usage.reasoning.output_tokens",
        "gen_ai.usage.reasoning_tokens",
        "gen_ai.usage.output_tokens.reasoning",
    ),
    Field.TOTAL_TOKENS: ("gen_ai.usage.total_tokens",),
    Field.STREAMING: ("gen_ai.request.stream", "gen_ai.is_streaming"),
    Field.TTFT_S: ("gen_ai.response.time_to_first_chunk", "gen_ai.client.operation.time_to_first_chunk"),
    Field.FINISH_REASON: ("gen_ai.response.finish_reasons", "gen_ai.response.finish_reason"),
    Field.SESSION: ("gen_ai.conversation.id",),
    Field.USER: ("user.id", "enduser.id", "gen_ai.user", "gen_ai.request.user"),
    Field.FEATURE: ("gen_ai.workflow.name",),
    Field.AGENT: ("gen_ai.agent.name",),
    Field.REPORTED_USD: ("gen_ai.usage.cost", "gen_ai.usage.total_cost"),
}

OPERATIONS: dict[str, Operation] = {
    "chat": Operation.CHAT,
    "generate_content": Operation.CHAT,
    "text_completion": Operation.TEXT_COMPLETION,
    "embeddings": Operation.EMBEDDINGS,
    "execute_tool": Operation.EXECUTE_TOOL,
    "invoke_agent": Operation.INVOKE_AGENT,
    "create_agent": Operation.CREATE_AGENT,
    "invoke_workflow": Operation.WORKFLOW,
    "retrieval": Operation.RETRIEVAL,
}

TOOL_NAMES = (Messages("gen_ai.output.messages"),)
