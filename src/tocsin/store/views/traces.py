"""Spans: from a request's nested shape to one redacted row each, in two views.

The first flattens into `spans_raw`, which keeps nothing; the second works on its plain columns. Planning a view takes
time with every insert, and far more where each expression carries the type of a whole request.
"""

from tocsin.model.profile import Profile
from tocsin.store.views.redaction import hidden, redacted
from tocsin.store.views.values import flat_text, readable, scalar_text

# Attributes of one span beyond this many are cut, and the span says so.
ATTRIBUTES_MAX = 1_000
# A span that ends later than this after it arrived has a clock that is ahead: it is kept in the minute it arrived in.
AHEAD_NS_MAX = 300 * 10**9
# A span that ended longer ago than this when it arrived can't be right: likewise.
BEHIND_NS_MAX = 400 * 86_400 * 10**9

RAW_TABLE = """
CREATE TABLE IF NOT EXISTS spans_raw (
    project String, received UInt64, res_keys Array(String), res_raw Array(String), scope String, scope_version String,
    trace_id_raw String, span_id_raw String, parent_raw String, name_raw String, span_kind Int32, start_ns UInt64,
    end_ns UInt64, status_code Int32, status_raw String, cut Bool, keys_raw Array(String), vals_raw Array(String),
    event_names_raw Array(String), event_times Array(UInt64), event_keys Array(Array(String)),
    event_raw Array(Array(String))
) ENGINE = Null
"""

_FLAT = """
    SELECT project, received, rs.resource.attributes.key AS res_keys,
        arrayMap(v -> {value}, rs.resource.attributes.value) AS res_raw, toValidUTF8(ss.scope.name) AS scope,
        toValidUTF8(ss.scope.version) AS scope_version,
        sp.trace_id AS trace_id_raw, sp.span_id AS span_id_raw, sp.parent_span_id AS parent_raw, sp.name AS name_raw,
        sp.kind AS span_kind, sp.start_time_unix_nano AS start_ns, sp.end_time_unix_nano AS end_ns,
        sp.status.code AS status_code, sp.status.message AS status_raw,
        length(sp.attributes.key) > {attributes_max} AS cut,
        arraySlice(sp.attributes.key, 1, {attributes_max}) AS keys_raw,
        arrayMap(v -> {value}, arraySlice(sp.attributes.value, 1, {attributes_max})) AS vals_raw,
        sp.events.name AS event_names_raw, sp.events.time_unix_nano AS event_times,
        sp.events.attributes.key AS event_keys,
        arrayMap(e -> arrayMap(v -> {scalar}, e), sp.events.attributes.value) AS event_raw
    FROM (
        SELECT project, received_unix_nano AS received, arrayJoin(body.resource_spans) AS rs,
            arrayJoin(rs.scope_spans) AS ss, arrayJoin(ss.spans) AS sp
        FROM otlp_traces
    )
"""

# Every text of the span in one array, redacted once: name, status, resource, attributes, attributes of events, names of
# events.
_REDACTED = """
    SELECT project, received, scope, scope_version, {res_keys} AS res_keys, trace_id_raw, span_id_raw, parent_raw,
        span_kind, start_ns, end_ns, status_code, cut, {keys} AS keys, event_times,
        if(empty(event_keys), [], arrayMap(k -> {event_keys}, event_keys)) AS event_keys,
        length(res_raw) AS res_n, length(vals_raw) AS vals_n, length(event_names_raw) AS events_n,
        {redacted} AS texts
    FROM (
        SELECT *, {readable} AS raw_texts
        FROM (
            SELECT *,
                arrayConcat([name_raw, status_raw], res_raw, vals_raw, arrayFlatten(event_raw), event_names_raw) AS sent
            FROM spans_raw
        )
    )
"""

_PLAIN = """
    SELECT project, received, scope, scope_version, res_keys, trace_id_raw, span_id_raw, parent_raw, span_kind,
        start_ns, end_ns, status_code, cut, keys, event_times, event_keys,
        texts[1] AS name, texts[2] AS status_message,
        {resource} AS res_vals, {values} AS vals, mapFromArrays(res_keys, res_vals) AS res,
        arraySlice(texts, length(texts) - events_n + 1) AS event_names,
        if(empty(event_keys), [], {event_values}) AS flat_event_vals,
        if(empty(event_keys), [], arrayMap(
            (k, n) -> arraySlice(flat_event_vals, n - length(k) + 1, length(k)),
            event_keys, arrayCumSum(k -> length(k), event_keys)
        )) AS event_vals
    FROM ({redacted})
"""

_ROWS = """
    SELECT project,
        toDateTime(intDiv(kept_ns, 60000000000) * 60, 'UTC') AS minute,
        if(trace_id_good, trace_id_raw, made_id)::FixedString(16) AS trace_id,
        if(span_id_good, span_id_raw, substring(made_id, 1, 8))::FixedString(8) AS span_id,
        if(length(parent_raw) = 8, parent_raw, '')::FixedString(8) AS parent_span_id,
        name, toUInt8(greatest(0, least(span_kind, 5))) AS span_kind,
        fromUnixTimestamp64Nano(toInt64(
            if(odd OR start_ns = 0 OR end_ns < start_ns, kept_ns - duration_ns, start_ns)), 'UTC') AS started,
        duration_ns,
        toUInt8(greatest(0, least(status_code, 2))) AS status_code, status_message, scope, scope_version,
        if(res['service.name'] = '', 'unknown_service', res['service.name']) AS service,
        if(res['deployment.environment.name'] != '', res['deployment.environment.name'], res['deployment.environment'])
            AS environment,
        res['service.version'] AS release,
        mapFromArrays(keys, vals) AS attributes, res AS resource,
        event_names, event_times, arrayMap((k, v) -> mapFromArrays(k, v), event_keys, event_vals) AS event_attributes,
        arrayFilter(f -> f != '', [
            if(end_ns < start_ns, 'negative_duration', ''), if(odd, clock, ''), if(cut, 'attributes_cut', ''),
            if(trace_id_good, '', 'trace_id_made'), if(span_id_good, '', 'span_id_made')
        ]) AS flags,
        received
    FROM (
        SELECT *,
            if(odd, received, end_ns) AS kept_ns,
            if(trace_id_good AND span_id_good, '',
                sipHash128(project, scope, name, start_ns, end_ns, trace_id_raw, span_id_raw, keys, vals)) AS made_id
        FROM (
            SELECT *,
                end_ns > received + {ahead} OR end_ns + {behind} < received OR start_ns + {behind} < received AS odd,
                if(end_ns > received, 'clock_ahead', 'clock_absurd') AS clock,
                length(trace_id_raw) = 16 AND trace_id_raw != repeat('\\0', 16) AS trace_id_good,
                length(span_id_raw) = 8 AND span_id_raw != repeat('\\0', 8) AS span_id_good,
                toInt64(if(end_ns < start_ns OR start_ns = 0 OR end_ns > start_ns + {behind}, 0, end_ns - start_ns))
                    AS duration_ns
            FROM ({plain})
        )
    )
"""


def flat_view() -> str:
    """Return the SELECT of the view from `otlp_traces` to `spans_raw`."""
    return _FLAT.format(value=flat_text("v"), scalar=scalar_text("v"), attributes_max=ATTRIBUTES_MAX)


def spans_view(profile: Profile) -> str:
    """Return the SELECT of the view from `spans_raw` to `spans`."""
    plain = _PLAIN.format(
        resource=hidden("res_keys", "arraySlice(texts, 3, res_n)", profile),
        values=hidden("keys", "arraySlice(texts, 3 + res_n, vals_n)", profile),
        event_values=hidden(
            "arrayFlatten(event_keys)",
            "arraySlice(texts, 3 + res_n + vals_n, length(texts) - 2 - res_n - vals_n - events_n)",
            profile,
        ),
        redacted=_REDACTED.format(
            redacted=redacted("raw_texts", profile),
            readable=readable("sent"),
            res_keys=readable("res_keys"),
            keys=readable("keys_raw"),
            event_keys=readable("k"),
        ),
    )
    return _ROWS.format(ahead=AHEAD_NS_MAX, behind=BEHIND_NS_MAX, plain=plain)
