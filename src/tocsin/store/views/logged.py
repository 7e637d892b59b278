"""Log events that tell of a call, as SQL: which they are, and what they say in our words.

OTel GenAI has one for a whole call, with the attributes that its span may have; before that, it had one for each of its
answers. Both carry the ids of the call's span.
"""

from tocsin.model.attribute_keys import AttributeKeys
from tocsin.model.mapping import Conventions, Field
from tocsin.store.literal import text, texts
from tocsin.store.views.tables import lookup
from tocsin.store.views.texts import nanoseconds, tools_in_messages

# Which log events tell of a call.
EVENTS = "understand_events"
# What they say.
SAID = "understand_said"

DETAILS = "gen_ai.client.inference.operation.details"
CHOICE = "gen_ai.choice"
# The mapping whose attributes these events have.
_OFFICIAL = "otel_genai"
_NAMES = (Field.SESSION, Field.USER, Field.TENANT, Field.FEATURE, Field.AGENT)

_EVENTS = """
    SELECT project, minute, unhex(trace_id)::FixedString(16) AS call_trace, unhex(span_id)::FixedString(8) AS call_span,
        trace_id, event_name, content, at, body, attributes, received
    FROM log_events
    WHERE event_name IN {names} AND length(trace_id) = 32 AND length(span_id) = 16
"""

_SAID = """
    SELECT project, minute, trace_id, call_trace, call_span, content, at, event_name = {choice} AS one_answer,
        if(one_answer, JSONExtractUInt(body, 'index'), 0) AS number,
        multiIf({streaming} IN ('true', 'True', '1'), true, {streaming} != '', false, NULL) AS streaming,
        {ttft} AS ttft_ns, {session} AS session, {user} AS user, {tenant} AS tenant, {feature} AS feature,
        {agent} AS agent, {finish} AS finish_reason,
        if(one_answer, {tools_of_answer}, {tools_in_messages}) AS tool_names
    FROM {events}
"""


def logged_views(conventions: Conventions, keys: AttributeKeys) -> dict[str, str]:
    """Return name: SELECT of the views, in the order in which they are made."""
    sources = conventions.mappings[_OFFICIAL].sources
    own = {Field.TENANT: keys.tenant, Field.FEATURE: keys.feature}

    def said(name: Field) -> str:
        listed = (*own.get(name, ()), *sources.get(name, ()), *conventions.everywhere.get(name, ()))
        named = texts(dict.fromkeys(source for source in listed if isinstance(source, str)))
        return f"arrayFirst(v -> v NOT IN ('', 'None'), arrayMap(k -> attributes[k], {named}::Array(String)))"

    messages = "attributes['gen_ai.output.messages']"
    word = f"if(one_answer, JSONExtractString(body, 'finish_reason'), {said(Field.FINISH_REASON)})"
    finish = f"lower(extract({word}, '[A-Za-z_-]+'))"
    return {
        EVENTS: _EVENTS.format(names=f"({text(DETAILS)}, {text(CHOICE)})"),
        SAID: _SAID.format(
            choice=text(CHOICE),
            events=EVENTS,
            ttft=f"nullIf({nanoseconds(said(Field.TTFT_S), 10**9)}, 0)",
            finish=lookup(finish, {**conventions.finish_reasons, "": ""}, text("other")),
            tools_of_answer=f"if(position(body, 'tool_calls') > 0, {_tools_of_answer()}, [])",
            tools_in_messages=f"if(position({messages}, 'tool_call') > 0, {tools_in_messages(messages)}, [])",
            **{str(f): said(f) for f in (*_NAMES, Field.STREAMING)},
        ),
    }


def _tools_of_answer() -> str:
    """Return the expression of the tools that one answer asks for; they stand in its message or beside it."""
    shape = text("Array(Tuple(function Tuple(name String)))")
    calls = ", ".join(f"JSONExtract(body, {path}, {shape})" for path in ("'message', 'tool_calls'", "'tool_calls'"))
    return f"arrayFilter(n -> n != '', arrayMap(t -> t.1.1, arrayConcat({calls})))"
