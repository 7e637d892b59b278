"""Log events, and the scores among them."""

from tocsin.model.profile import Profile
from tocsin.store.otlp import DEEP
from tocsin.store.views.redaction import hidden, redacted
from tocsin.store.views.values import deep_text

# OTel GenAI's event for one evaluator's verdict.
SCORE_EVENT = "gen_ai.evaluation.result"

_PLAIN = """
    SELECT project, received, res, scope, r.time_unix_nano AS time_ns, r.observed_time_unix_nano AS observed_ns,
        r.severity_number AS severity_number, r.severity_text AS severity_text,
        r.attributes.key AS keys, {texts} AS texts, texts[1] AS body, {values} AS vals,
        mapFromArrays(keys, vals) AS attributes,
        if(length(r.trace_id) = 16, lower(hex(r.trace_id)), '') AS trace_id,
        if(length(r.span_id) = 8, lower(hex(r.span_id)), '') AS span_id,
        if(attributes['event.name'] != '', attributes['event.name'], r.event_name) AS event_name,
        if(time_ns = 0, if(observed_ns = 0, received, observed_ns), time_ns) AS at,
        if(at > received + 300000000000 OR at + 34560000000000000 < received, received, at) AS kept_ns,
        toDateTime(intDiv(kept_ns, 60000000000) * 60, 'UTC') AS minute,
        if(res['service.name'] = '', 'unknown_service', res['service.name']) AS service,
        if(res['deployment.environment.name'] = '', res['deployment.environment'], res['deployment.environment.name'])
            AS environment,
        res['service.version'] AS release
    FROM (
        SELECT project, received, res, sl.scope.name AS scope, arrayJoin(sl.log_records) AS r
        FROM (
            SELECT project, received, arrayJoin(rl.scope_logs) AS sl, rl.resource.attributes.key AS res_keys,
                mapFromArrays(res_keys, {resource}) AS res
            FROM (
                SELECT project, received_unix_nano AS received, arrayJoin(body.resource_logs) AS rl
                FROM otlp_logs
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

_SCORES = """
    SELECT project, minute, attributes['gen_ai.evaluation.name'] AS evaluator, trace_id, span_id,
        attributes['gen_ai.response.id'] AS response_id, at, service, environment, release,
        toFloat64OrNull(attributes['gen_ai.evaluation.score.value']) AS value,
        attributes['gen_ai.evaluation.score.label'] AS label,
        attributes['gen_ai.evaluation.explanation'] AS explanation,
        attributes['error.type'] AS error_type, attributes, received
    FROM ({plain})
    WHERE event_name = '{event}'
"""


def _plain(profile: Profile) -> str:
    resource = f"arrayMap(v -> {deep_text('v', 1)}, rl.resource.attributes.value)"
    values = f"arrayMap(v -> {deep_text('v', DEEP)}, r.attributes.value)"
    texts = redacted(f"arrayPushFront({values}, {deep_text('r.body', DEEP)})", profile)
    return _PLAIN.format(
        texts=texts, values=hidden("keys", "arraySlice(texts, 2)", profile), resource=hidden("res_keys", resource, profile)
    )


def logs_view(profile: Profile) -> str:
    """Return the SELECT of the view from `otlp_logs` to `log_events`."""
    return _EVENTS.format(plain=_plain(profile))


def scores_view(profile: Profile) -> str:
    """Return the SELECT of the view from `otlp_logs` to `scores`."""
    return _SCORES.format(plain=_plain(profile), event=SCORE_EVENT)
