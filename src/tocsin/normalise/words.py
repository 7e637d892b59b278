"""Words that all instrumentations share: whose call it was, why an answer ended, what the process says of itself.

Source: attribute registries of OpenTelemetry (semantic conventions 0.66b2) and recorded payloads.
Gaps:   names that an application chose for itself are set in the configuration.
"""

from tocsin.model.mapping import Field, Sources

FINISH_REASONS: dict[str, str] = {
    "stop": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "completed": "stop",
    "complete": "stop",
    "end": "stop",
    "finish": "stop",
    "eos": "stop",
    "length": "length",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "model_context_window_exceeded": "length",
    "incomplete": "length",
    "tool_calls": "tool_calls",
    "tool_call": "tool_calls",
    "tool-calls": "tool_calls",
    "tool_use": "tool_calls",
    "function_call": "tool_calls",
    "malformed_function_call": "error",
    "content_filter": "content_filter",
    "content-filter": "content_filter",
    "content_filtered": "content_filter",
    "guardrail_intervened": "content_filter",
    "safety": "content_filter",
    "recitation": "content_filter",
    "blocklist": "content_filter",
    "prohibited_content": "content_filter",
    "spii": "content_filter",
    "refusal": "refusal",
    "pause_turn": "pause",
    "error": "error",
    "failed": "error",
    "cancelled": "cancelled",
}

# An application's own properties, as people name them. The configuration's names are asked before these.
PROPERTIES: dict[Field, tuple[str, ...]] = {
    Field.SESSION: ("session_id", "session.id", "sessionId", "thread_id", "conversation_id", "chat_id"),
    Field.USER: ("user_id", "user.id", "userId"),
    Field.TENANT: (
        "tenant",
        "tenant.id",
        "tenant_id",
        "tenantId",
        "customer_id",
        "customer.id",
        "customer",
        "organization.id",
        "organization_id",
        "org_id",
        "team_id",
    ),
    Field.FEATURE: ("feature", "feature.name", "feature_name"),
    Field.AGENT: ("agent_name", "lc_agent_name"),
}

EVERYWHERE: Sources = {
    Field.SESSION: ("session.id", "gen_ai.conversation.id"),
    Field.USER: ("user.id", "enduser.id", "enduser.pseudo.id"),
    Field.TENANT: PROPERTIES[Field.TENANT],
    Field.FEATURE: PROPERTIES[Field.FEATURE],
    Field.AGENT: ("gen_ai.agent.name", "agent.name", "agent_name"),
    Field.ERROR_TYPE: ("error.type",),
    Field.HTTP_STATUS: ("http.response.status_code", "http.status_code"),
}

# A web request names the feature by its route; inside a provider's own library the route is the provider's.
UNRECOGNISED: Sources = {
    Field.FEATURE: ("http.route",),
}

RESOURCE: Sources = {
    Field.SESSION: ("session.id",),
    Field.USER: ("user.id", "enduser.id"),
    Field.TENANT: PROPERTIES[Field.TENANT],
    Field.FEATURE: PROPERTIES[Field.FEATURE],
}
