"""OpenLLMetry (Traceloop) for Python, from its own names to those of the GenAI convention, which it took bit by bit.

Source:   opentelemetry-instrumentation-openai, -anthropic, -langchain, -openai-agents, -bedrock, -google-generativeai
          and traceloop-sdk 0.62.4, opentelemetry-semantic-conventions-ai 0.5.1; 0.40.14 of the first two; read
          2026-11-24
Recorded: tests/golden/mappings/openllmetry-openai, -anthropic, -langchain, -openai-agents, -google-generativeai,
          openllmetry-openai-0.40, openllmetry-anthropic-0.40, traceloop-sdk
Gaps:     no reasoning tokens on streams; streamed Anthropic output is too high by what message_start counted; a maker's
          prefix is cut from model names; an aborted stream sends no span; openai-agents in chat mode sends no tokens.
          0.40: no error class, no span for a failed Anthropic call, no tokens for streams (Anthropic's are zeros)
"""

from tocsin.model.mapping import Field, Flattened, Mapping, Operation, Recognise
from tocsin.normalise import gen_ai

PROPERTIES = "traceloop.association.properties."

MAPPING = Mapping(
    recognise=Recognise(
        scopes=(
            "opentelemetry.instrumentation.openai.v1",
            "opentelemetry.instrumentation.openai.v0",
            "opentelemetry.instrumentation.anthropic",
            "opentelemetry.instrumentation.langchain",
            "opentelemetry.instrumentation.bedrock",
            "opentelemetry.instrumentation.cohere",
            "opentelemetry.instrumentation.groq",
            "opentelemetry.instrumentation.mistralai",
            "opentelemetry.instrumentation.ollama",
            "opentelemetry.instrumentation.together",
            "opentelemetry.instrumentation.vertexai",
            "opentelemetry.instrumentation.watsonx",
            "opentelemetry.instrumentation.llamaindex",
            "opentelemetry.instrumentation.haystack",
            "opentelemetry.instrumentation.crewai",
            "opentelemetry.instrumentation.openai_agents",
            "opentelemetry.instrumentation.google_generativeai",
            # The decorators of traceloop-sdk.
            "traceloop.tracer",
        ),
        attributes=("traceloop.span.kind", "traceloop.entity.name"),
        priority=5,
    ),
    sources={
        **gen_ai.SOURCES,
        Field.OPERATION: ("gen_ai.operation.name", "traceloop.span.kind", "llm.request.type"),
        Field.PROVIDER: ("gen_ai.provider.name", "gen_ai.system", f"{PROPERTIES}ls_provider"),
        Field.REQUEST_MODEL: ("gen_ai.request.model", f"{PROPERTIES}ls_model_name"),
        Field.TOTAL_TOKENS: ("gen_ai.usage.total_tokens", "llm.usage.total_tokens"),
        Field.STREAMING: ("gen_ai.is_streaming", "gen_ai.request.stream", "llm.is_streaming"),
        Field.FINISH_REASON: ("gen_ai.response.finish_reasons", "gen_ai.completion.0.finish_reason"),
        Field.USER: (f"{PROPERTIES}user_id", "gen_ai.user", "llm.user"),
        Field.FEATURE: (f"{PROPERTIES}feature", "gen_ai.workflow.name", "traceloop.workflow.name"),
        Field.AGENT: ("gen_ai.agent.name", f"{PROPERTIES}lc_agent_name"),
        Field.ENTITY: ("traceloop.entity.name",),
    },
    operations={
        **gen_ai.OPERATIONS,
        # 0.40 calls Anthropic's chats completions.
        "completion": Operation.CHAT,
        "embedding": Operation.EMBEDDINGS,
        "tool": Operation.EXECUTE_TOOL,
        "agent": Operation.INVOKE_AGENT,
        "workflow": Operation.WORKFLOW,
        "task": Operation.STEP,
        "execute_task": Operation.STEP,
    },
    property_prefixes=(PROPERTIES,),
    cached_outside=frozenset({"aws.bedrock"}),
    # Thoughts of Gemini are in neither count, only in the total.
    reasoning_in_total_only=frozenset({"gcp.gemini", "gcp.vertex_ai"}),
    tool_names=(*gen_ai.TOOL_NAMES, Flattened("gen_ai.completion.*.tool_calls.*.name")),
    first_chunk_events=("gen_ai.content.completion.chunk", "llm.content.completion.chunk"),
    # Every chain of LangChain is an agent here.
    not_names=frozenset({"RunnableSequence", "RunnableParallel", "RunnableLambda", "RunnableAssign", "LangGraph"}),
    # A stream that the provider cut has status OK, no error and an empty finish reason.
    cut_without_finish=True,
    trust=2,
)
