"""The mapping tables as SQL: which mapping a span belongs to, and what it says in our words.

What is rare (JSON texts, failures, requested tools) stands inside an `if`, which the engine evaluates only for the rows
that need it. The engine plans a view anew for every insert, and pays for each nested stage, each column that a stage
carries and each function: so stages are few and tables replace conditions.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tocsin.model.attribute_keys import AttributeKeys
from tocsin.model.mapping import KIND_OF, Conventions, Field, Flattened, Kind, Messages, Operation
from tocsin.store.literal import text, texts
from tocsin.store.views import failures, recognise, usage
from tocsin.store.views.logged import logged_views
from tocsin.store.views.slots import compiled, value_of
from tocsin.store.views.tables import belongs, lookup
from tocsin.store.views.texts import nanoseconds, tools_in_messages


@dataclass(frozen=True, slots=True)
class Normalising:
    """How spans are understood.

    Each stage is a comma-separated list of `expression AS name` that may use the names of the stages before it and of
    the plain span: project, received, scope, scope_version, res (map), res_keys, res_vals, name, span_kind, start_ns,
    end_ns, parent_raw, status_code, status_message, keys, vals, event_names, event_times (ns), event_keys, event_vals.
    `columns` gives the expression of every column of `spans` from `service` to `reported_usd`.
    """

    stages: tuple[str, ...]
    columns: Mapping[str, str]
    # Views on log events, see `logged.py`.
    logged: Mapping[str, str]


def compile_normalising(conventions: Conventions, keys: AttributeKeys) -> Normalising:
    """Compile the tables. `keys` are the application's own names for tenants and features."""
    fields = compiled(conventions, keys).map("keys", "vals")
    said = {
        "n_op": _operation(conventions),
        "n_at": f"lower(domain({value_of(Field.HOST)}))",
        "n_counts": usage.counts(),
        "n_finish": _finish(conventions),
        "n_first": _first(conventions),
    }
    meant = {
        "n_held": usage.believed(_of_kind(Kind.MODEL_CALL, Kind.EMBEDDING_CALL)),
        "n_streamed": _streamed(conventions),
        "n_provided": _provider(conventions),
    }
    # The mapping's number, 0 for none; its fields; what they say; what that means.
    stages = tuple(
        ", ".join(f"{expression} AS {name}" for name, expression in stage.items())
        for stage in ({"n_m": recognise.number(conventions)}, {"n_map": fields}, said, meant)
    )
    return Normalising(stages=stages, columns=_columns(conventions), logged=logged_views(conventions, keys))


def _operation(conventions: Conventions) -> str:
    """Return the expression of the operation's number; 0 is unknown."""
    number = {operation: n for n, operation in enumerate(Operation, 1)}
    words: dict[str, int] = {}
    meant: dict[tuple[int, int], int] = {}
    unsaid: dict[int, int] = {}
    for m, mapping in enumerate(conventions.mappings.values(), 1):
        if mapping.unsaid is not None:
            unsaid[m] = number[mapping.unsaid]
        for word, operation in mapping.operations.items():
            meant[m, words.setdefault(word, len(words) + 1)] = number[operation]
    stride = len(words) + 1
    word = value_of(Field.OPERATION)
    said = lookup(
        f"n_m * {stride} + {lookup(f'lower({word})', words, '0')}",
        {m * stride + at: operation for (m, at), operation in meant.items()},
        "0",
    )
    models = " OR ".join(f"{value_of(f)} != ''" for f in (Field.REQUEST_MODEL, Field.RESPONSE_MODEL, Field.MODEL))
    return f"toUInt8(if({word} != '' OR NOT ({models}), {said}, {lookup('n_m', unsaid, '0')}))"


def _of_kind(*kinds: Kind) -> str:
    numbers_of = [str(n) for n, operation in enumerate(Operation, 1) if KIND_OF[operation] in kinds]
    return f"has([{', '.join(numbers_of)}], n_op)"


def _provider(conventions: Conventions) -> str:
    """Return the expression of the provider: by endpoint, else by name, else by the model's maker."""
    whole = lookup("n_at", conventions.hosts, "''")
    ends = "|".join(end.replace(".", "\\.") for end in conventions.host_suffixes)
    end = lookup(f"extract(n_at, {text(f'({ends})$')})", conventions.host_suffixes, "''")
    spelled = f"lower({value_of(Field.PROVIDER)})"
    named = lookup(spelled, conventions.providers, spelled)
    models = "concat(" + ", '\\n', ".join(value_of(f) for f in (Field.REQUEST_MODEL, Field.MODEL)) + ")"
    makers = conventions.model_makers
    patterns = texts(f"(?m){start}" for start in makers)
    maker = lookup(f"toUInt32(multiMatchAnyIndex({models}, {patterns}))", dict(enumerate(makers.values(), 1)), "''")
    return (
        f"multiIf(n_at != '' AND {whole} != '', {whole}, n_at != '' AND {end} != '', {end}, "
        f"{named} != '', {named}, {models} = '\\n', '', {maker})"
    )


def _finish(conventions: Conventions) -> str:
    """Return the expression of why the answer ended; most reasons are one word, or a list of one word."""
    said = value_of(Field.FINISH_REASON)
    words = conventions.finish_reasons
    whole = {**words, **{f'["{word}"]': reason for word, reason in words.items()}, "": "", "[]": ""}
    first_word = f"lower(extract({said}, '[A-Za-z_-]+'))"
    return lookup(said, whole, f"if({said} = '', '', {lookup(first_word, words, text('other'))})")


def _first(conventions: Conventions) -> str:
    """Return the expression of the time to the first token in ns; 0 is unknown."""
    seconds, millis = value_of(Field.TTFT_S), value_of(Field.TTFT_MS)
    events = texts(sorted({event for m in conventions.mappings.values() for event in m.first_chunk_events}))
    event = f"event_times[arrayFirstIndex(e -> has({events}, e), event_names)]"
    return (
        f"multiIf({seconds} != '', {nanoseconds(seconds, 10**9)}, {millis} != '', {nanoseconds(millis, 10**6)}, "
        f"empty(event_names), 0, toInt64({event}) - toInt64(start_ns))"
    )


def _streamed(conventions: Conventions) -> str:
    """Return the expression of whether the answer was streamed: 0 unknown, 1 no, 2 yes."""
    said = f"lower({value_of(Field.STREAMING)})"
    names = texts(sorted({name for m in conventions.mappings.values() for name in m.streamed_names}))
    # A first token's event is a surer sign than a parameter that says no.
    seen = f"n_first > 0 AND {value_of(Field.TTFT_S)} = '' AND {value_of(Field.TTFT_MS)} = ''"
    always_said = belongs(conventions, lambda m: m.streaming_always_said)
    return (
        f"multiIf(has(['true', '1'], {said}) OR {seen} OR has({names}, name), 2, {said} != '', 1, n_first > 0, 2, "
        f"{always_said}, 1, 0)"
    )


def _columns(conventions: Conventions) -> dict[str, str]:
    mappings = dict(enumerate(conventions.mappings, 1))
    operations = {n: str(operation) for n, operation in enumerate(Operation, 1)}
    kinds = {n: str(KIND_OF[operation]) for n, operation in enumerate(Operation, 1)}
    requested, served, model = (value_of(f) for f in (Field.REQUEST_MODEL, Field.RESPONSE_MODEL, Field.MODEL))
    unnamed = usage.listed(conventions, lambda m: m.served_unnamed)
    is_requested = (
        f"{unnamed} OR status_code = 2 AND ({requested} = '' OR {requested} = {model}) "
        f"OR {requested} = '' AND {value_of(Field.RESPONSE_ID)} = ''"
    )
    cost = value_of(Field.REPORTED_USD)
    generation, call = _of_kind(Kind.MODEL_CALL), _of_kind(Kind.MODEL_CALL, Kind.EMBEDDING_CALL)
    return {
        "service": "if(res['service.name'] = '', 'unknown_service', res['service.name'])",
        "environment": (
            "if(res['deployment.environment.name'] = '', res['deployment.environment'], "
            "res['deployment.environment.name'])"
        ),
        "release": "res['service.version']",
        "mapping": lookup("n_m", mappings, "''"),
        "kind": lookup("n_op", kinds, text(str(Kind.OTHER))),
        "operation": lookup("n_op", operations, "''"),
        "provider": "n_provided",
        "request_model": f"multiIf({requested} != '', {requested}, {is_requested}, {model}, '')",
        "response_model": f"multiIf({served} != '', {served}, {is_requested}, '', {model})",
        "response_id": f"if({call}, {value_of(Field.RESPONSE_ID)}, '')",
        **usage.columns(conventions),
        "streaming": f"if({generation} AND n_streamed > 0, n_streamed = 2, NULL)",
        "ttft_ns": f"if({generation} AND n_first > 0, n_first, NULL)",
        **failures.columns(conventions, generation),
        "finish_reason": "n_finish",
        **{str(f): _or_resource(conventions, f, value_of(f)) for f in (Field.SESSION, Field.USER, Field.TENANT)},
        "feature": _or_resource(conventions, Field.FEATURE, _name(conventions, value_of(Field.FEATURE))),
        "agent": _name(
            conventions,
            f"if({value_of(Field.AGENT)} = '' AND {_of_kind(Kind.AGENT)}, {value_of(Field.ENTITY)}, "
            f"{value_of(Field.AGENT)})",
        ),
        "tool_names": _tool_names(conventions),
        "reported_usd": f"if({call} AND {cost} != '', toFloat64OrNull({cost}), NULL)",
    }


def _or_resource(conventions: Conventions, name: Field, value: str) -> str:
    keys = texts(str(key) for key in conventions.resource.get(name, ()))
    found = f"arrayFirst((v, k) -> v != '' AND has({keys}, k), res_vals, res_keys)"
    return f"if({value} = '', {found}, {value})"


def _name(conventions: Conventions, value: str) -> str:
    """Return a value, or nothing where it is the name of a library's class."""
    names = sorted({name for mapping in conventions.mappings.values() for name in mapping.not_names})
    return lookup(value, dict.fromkeys(names, ""), value)


def _tool_names(conventions: Conventions) -> str:
    """Return the expression of the tools that the model asked for, in order."""
    asked = {tools for mapping in conventions.mappings.values() for tools in mapping.tool_names}
    generation, found = _of_kind(Kind.MODEL_CALL), "[]::Array(String)"
    for tools in sorted(asked, key=lambda t: (isinstance(t, Messages), str(t))):
        asking = f"{generation} AND {belongs(conventions, lambda m, t=tools: t in m.tool_names)}"
        if isinstance(tools, Messages):
            attribute = f"vals[indexOf(keys, {text(tools.key)})]"
            found = f"if({asking} AND position({attribute}, 'tool_call') > 0, {tools_in_messages(attribute)}, {found})"
        else:
            found = f"if({asking}, {_in_keys(tools)}, {found})"
    return found


def _in_keys(tools: Flattened) -> str:
    first, *middle, last = tools.pattern.split("*")
    signs = [f"startsWith(k, {text(first)})", f"endsWith(k, {text(last)})"]
    signs += [f"position(k, {text(part)}) > 0" for part in middle]
    return f"arrayFilter((v, k) -> {' AND '.join(signs)}, vals, keys)"
