"""Log events, and the scores among them."""

from tocsin.model.profile import Profile
from tocsin.store.views.redaction import hidden, redacted
from tocsin.store.views.values import flat_text, readable

# OTel GenAI's event for one evaluator's verdict.
SCORE_EVENT = "gen_ai.evaluation.result"

# Each level names what the next one uses more than once: the engine copies a name's whole expression to every use
# within one SELECT. Every text of the record in one array, redacted once: body, name, severity, attributes, resource.
_PLAIN = """
    SELECT *,
        if(attributes['event.name'] != '', attributes['event.name'], named) AS event_name,
        toDateTime(intDiv(if(at > received + 300000000000 OR at + 34560000000000000 < received, received, at),
            60000000000) * 60, 'UTC') AS minute,
        if(res['service.name'] = '', 'unknown_service', res['service.name']) AS service,
        if(res['deployment.environment.name'] = '', res['deployment.environment'], res['deployment.environment.name'])
            AS environment,
        res['service.version'] AS release
    FROM (
        SELECT *, texts[1] AS body, texts[2] AS named, texts[3] AS severity_text, {values} AS vals,
            mapFromArrays(keys, vals) AS attributes, mapFromArrays(res_keys, {resource}) AS res
        FROM (
            SELECT *, {texts} AS texts
            FROM (
                SELECT project, received, scope, time_ns, observed_ns, at, severity_number, trace_id, span_id,
                    {keys} AS keys, {res_keys} AS res_keys, {readable} AS sent
                FROM (
                    SELECT *, arrayConcat([said[1], named_raw, severity_raw], arraySlice(said, 2), res_raw) AS raw
                    FROM (
                        SELECT project, received, res_keys_raw, res_raw, scope,
                            r.time_unix_nano AS time_ns, r.observed_time_unix_nano AS observed_ns,
                            if(r.time_unix_nano != 0, r.time_unix_nano,
                                if(r.observed_time_unix_nano != 0, r.observed_time_unix_nano, received)) AS at,
                            r.severity_number AS severity_number, r.attributes.key AS keys_raw, {said} AS said,
                            r.event_name AS named_raw, r.severity_text AS severity_raw,
                            if(length(r.trace_id) = 16, lower(hex(r.trace_id)), '') AS trace_id,
                            if(length(r.span_id) = 8, lower(hex(r.span_id)), '') AS span_id
                        FROM (
                            SELECT project, received, res_keys_raw, res_raw, scope, arrayJoin(records) AS r
                            FROM (
                                SELECT project, received, res_keys_raw, res_raw, toValidUTF8(sl.scope.name) AS scope,
                                    sl.log_records AS records
                                FROM (
                                    SELECT project, received, rl.resource.attributes.key AS res_keys_raw,
                                        {resource_raw} AS res_raw, arrayJoin(rl.scope_logs) AS sl
                                    FROM (
                                        SELECT project, received_unix_nano AS received,
                                            arrayJoin(body.resource_logs) AS rl
                                        FROM otlp_logs
                                    )
                                )
                            )
                        )
                    )
                )
            )
        )
    )
"""

_EVENTS = """
    SELECT project, minute,
        sipHash64(scope, time_ns, observed_ns, event_name, body, keys, vals, trace_id, span_id) AS content,
        at, service, environment, release, scope, event_name,
        toUInt8(greatest(0, least(severity_number, 24))) AS severity, severity_text, body, trace_id, span_id,
        attributes, res AS resource, received
    FROM ({plain})
"""

# From the log events as stored: understanding a request's nested shape a second time would cost as much as the first.
_SCORES = """
    SELECT project, minute, attributes['gen_ai.evaluation.name'] AS evaluator, trace_id, span_id,
        attributes['gen_ai.response.id'] AS response_id, at, service, environment, release,
        toFloat64OrNull(attributes['gen_ai.evaluation.score.value']) AS value,
        attributes['gen_ai.evaluation.score.label'] AS label,
        attributes['gen_ai.evaluation.explanation'] AS explanation,
        attributes['error.type'] AS error_type, attributes, received
    FROM log_events
    WHERE event_name = '{event}'
"""


def _plain(profile: Profile) -> str:
    return _PLAIN.format(
        said=f"arrayMap(v -> {flat_text('v')}, arrayPushFront(r.attributes.value, r.body))",
        readable=readable("raw"),
        keys=readable("keys_raw"),
        res_keys=readable("res_keys_raw"),
        texts=redacted("sent", profile),
        values=hidden("keys", "arraySlice(texts, 4, length(keys))", profile),
        resource=hidden("res_keys", "arraySlice(texts, 4 + length(keys))", profile),
        resource_raw=f"arrayMap(v -> {flat_text('v')}, rl.resource.attributes.value)",
    )


def logs_view(profile: Profile) -> str:
    """Return the SELECT of the view from `otlp_logs` to `log_events`."""
    return _EVENTS.format(plain=_plain(profile))


def scores_view() -> str:
    """Return the SELECT of the view from `log_events` to `scores`."""
    return _SCORES.format(event=SCORE_EVENT)
