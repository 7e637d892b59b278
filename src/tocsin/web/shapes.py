"""The JSON shapes of calls, spans, incidents and alarms: names and units that programs may rely on."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import orjson

from tocsin.model.alarm import Judgement
from tocsin.model.call import Call
from tocsin.model.incident import Incident
from tocsin.model.measure import Measure
from tocsin.model.span import Span
from tocsin.web.going import now_of, sentence
from tocsin.web.watched import Seat, Watch


def exact(amount: Decimal | None) -> orjson.Fragment | None:
    """Return an amount as a JSON number with all its digits."""
    return None if amount is None else orjson.Fragment(f"{amount.normalize():f}")


def call(one: Call) -> dict[str, object]:
    """Return a call with the keys of `tocsin inspect --json`, and where to find it."""
    return {
        "provider": one.provider,
        "operation": one.operation,
        "request_model": one.request_model,
        "response_model": one.response_model,
        "input_tokens": one.input_tokens,
        "cached_tokens": one.cached_tokens,
        "cache_write_tokens": one.cache_write_tokens,
        "output_tokens": one.output_tokens,
        "reasoning_tokens": one.reasoning_tokens,
        "is_error": one.is_error,
        "error_type": one.error_type,
        "streaming": one.streaming,
        "ttft_s": None if one.ttft_ms is None else one.ttft_ms / 1000,
        "session": one.session,
        "user": one.user,
        "tenant": one.tenant,
        "feature": one.feature,
        "agent": one.agent,
        "tool_names": one.tool_names,
        "cost_usd": exact(one.cost_usd),
        "price": one.price,
        "mapping": one.mapping,
        "finish_reason": one.finish_reason,
        "service": one.service,
        "environment": one.environment,
        "release": one.release,
        "started": one.started,
        "ended": one.ended,
        "duration_s": one.duration_ms / 1000,
        "trace_id": one.trace_id,
        "span_id": one.span_id,
        "not_counted": one.not_counted,
    }


def span(one: Span) -> dict[str, object]:
    """Return a span."""
    return {
        "span_id": one.span_id,
        "parent_span_id": one.parent_span_id,
        "name": one.name,
        "started": one.started,
        "ended": one.ended,
        "duration_s": one.duration_ms / 1000,
        "service": one.service,
        "environment": one.environment,
        "release": one.release,
        "mapping": one.mapping,
        "provider": one.provider,
        "operation": one.operation,
        "model": one.model,
        "is_error": one.is_error,
        "error_type": one.error_type,
        "status_message": one.status_message,
        "input_tokens": one.input_tokens,
        "cached_tokens": one.cached_tokens,
        "output_tokens": one.output_tokens,
        "ttft_s": None if one.ttft_ms is None else one.ttft_ms / 1000,
        "cost_usd": exact(one.cost_usd),
        "price": one.price,
        "not_counted": one.not_counted,
        "attributes": dict(one.attributes),
    }


def incident(one: Incident, watch: Watch, at: datetime) -> dict[str, object]:
    """Return an incident; `now` is what its headline's alarm found last, null when it is closed."""
    judged = now_of(one, watch)
    return {
        "id": one.id,
        "project": one.group.project,
        "environment": one.group.environment,
        "service": one.group.service,
        "severity": one.severity,
        "open": one.closed is None,
        "headline": sentence(one, watch, at),
        "alarm": one.headline,
        "started": one.started,
        "opened": one.opened,
        "closed": one.closed,
        "why": one.why,
        "changed": one.changed,
        "examples": one.examples,
        "drill": one.drill,
        "acknowledged": one.acknowledged,
        "held": one.held or None,
        "link": f"/incidents/{one.id}",
        "now": judgement(judged.judgement, watch.measures) if judged else None,
        "members": [
            {
                "alarm": member.alarm,
                "fired": member.fired,
                "cleared": member.cleared,
                "judgement": judgement(member.judgement, watch.measures),
            }
            for member in one.members
        ],
    }


def seat(one: Seat, measures: Mapping[str, Measure]) -> dict[str, object]:
    """Return an alarm instance."""
    return {
        "alarm": one.alarm,
        "project": one.group.project,
        "environment": one.group.environment,
        "service": one.group.service,
        "phase": one.phase,
        "since": one.standing.since if one.standing else None,
        "judged": one.judged.at if one.judged else None,
        "judgement": judgement(one.judged.judgement, measures) if one.judged else None,
    }


def judgement(one: Judgement, measures: Mapping[str, Measure]) -> dict[str, object]:
    """Return what one judgement found; `value`, `threshold` and `usual` are in `unit`."""
    measure = measures.get(one.measure)
    return {
        "verdict": one.verdict,
        "measure": one.measure,
        "unit": measure.unit if measure else None,
        "value": one.value,
        "threshold": one.threshold,
        "usual": one.usual,
        "samples": one.samples,
        "bad": one.bad,
        "window_s": one.window.total_seconds(),
        "learning": one.learning,
        "note": one.note,
        "severity": one.severity,
    }
