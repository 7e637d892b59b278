"""Traces: recent calls, and one trace as a waterfall."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tocsin.model.call import Call
from tocsin.model.listing import Order
from tocsin.model.span import Span
from tocsin.notify import words
from tocsin.web import numbers
from tocsin.web.state import State

CALLS_MAX = 100
# Indentation ends here, or deep traces would leave the screen.
DEPTH_MAX = 14
SPANS_MAX = 5_000
# A bar is at least this wide, in per cent, so that a short span is seen.
BAR_MIN = 0.4
VALUE_MAX = 4_000
# A failure's own words: on its row, and at the top of the page for the first few different ones.
SAID_MAX = 300
FAILURES_MAX = 3
# Where a failure's words stand when the span's status has none.
_SAID_ALSO = ("exception.message", "error.message")
# No sender names so many; a hostile one might.
ATTRIBUTES_MAX = 300


@dataclass(frozen=True, slots=True)
class Choice:
    """One order of the list."""

    title: str
    link: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call in words."""

    link: str
    ended: datetime
    model: str
    operation: str
    service: str
    feature: str
    took: str
    tokens: str
    cost: str
    # Why there is no cost.
    unpriced: str
    failed: bool
    error: str


@dataclass(frozen=True, slots=True)
class CallsView:
    """What `traces/list.html` may use."""

    orders: tuple[Choice, ...]
    rows: tuple[CallRow, ...]
    chips: tuple[tuple[str, str], ...]
    since: datetime
    until: datetime
    clear: str


_TITLES = {
    Order.RECENT: "Recent",
    Order.FAILED: "Failed",
    Order.SLOW: "Slowest",
    Order.COSTLY: "Dearest",
    Order.EMPTY: "Empty",
    Order.CUT_SHORT: "Cut short",
    Order.REFUSED: "Refused",
    Order.SWAPPED: "Other model",
}


def listed(calls: Sequence[Call], state: State, order: Order) -> CallsView:
    """Build the list of calls."""
    base = state.link("/traces")
    join = "&" if "?" in base else "?"
    return CallsView(
        orders=tuple(Choice(title, f"{base}{join}order={o}", o is order) for o, title in _TITLES.items()),
        rows=tuple(_call(call) for call in calls),
        chips=tuple((d.value.replace("_", " "), value) for d, values in state.filters for value in values),
        since=state.window.since,
        until=state.window.until,
        clear="/traces",
    )


def _call(call: Call) -> CallRow:
    return CallRow(
        link=f"/traces/{call.trace_id}#s{call.span_id}",
        ended=call.ended,
        model=call.response_model or call.request_model or "unknown model",
        operation=call.operation,
        service=call.service,
        feature=call.feature,
        took=words.seconds(call.duration_ms / 1000),
        tokens=_tokens(call.input_tokens, call.output_tokens),
        cost=numbers.NONE_TEXT if call.cost_usd is None else words.usd(float(call.cost_usd)),
        unpriced=call.price if call.cost_usd is None else "",
        failed=call.is_error,
        error=call.error_type.replace("_", " "),
    )


def _tokens(given: int | None, taken: int | None) -> str:
    if given is None and taken is None:
        return numbers.NONE_TEXT
    both = (numbers.NONE_TEXT if n is None else f"{n:,}" for n in (given, taken))
    return " in, ".join(both) + " out"


@dataclass(frozen=True, slots=True)
class SpanRow:
    """One line of the waterfall. `left` and `width` are per cent of the trace's length."""

    id: str
    # Address of the attributes.
    link: str
    name: str
    # What it is about: model, tokens, cost.
    about: str
    error: str
    # The failure's own words; empty where it has none, or did not fail.
    said: str
    failed: bool
    is_call: bool
    not_counted: str
    # Dots before the name, one for each ancestor.
    depth: int
    orphan: bool
    left: str
    width: str
    took: str


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong, for the top of the page."""

    # The span that says so.
    id: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class TraceView:
    """What `traces/page.html` may use."""

    id: str
    title: str
    started: datetime
    took: str
    spans: int
    calls: int
    failed: int
    tokens: str
    cost: str
    services: str
    failures: tuple[Failure, ...]
    rows: tuple[SpanRow, ...]
    # Spans that are not shown, because there are too many.
    left_out: int


def waterfall(trace_id: str, spans: Sequence[Span]) -> TraceView:
    """Build a trace: parents before children, children by start; a span whose parent never arrived is a root."""
    assert spans, "a trace has spans"
    known = {span.span_id: span for span in spans}
    begin = min(span.started for span in known.values())
    end = max(span.ended for span in known.values())
    length_ms = max((end - begin).total_seconds() * 1000, 0.001)
    ordered = _in_order(known)
    counted = [span for span in known.values() if span.mapping and not span.not_counted and _is_call(span)]
    costs = [span.cost_usd for span in counted if span.cost_usd is not None]
    return TraceView(
        id=trace_id,
        title=ordered[0][0].name or "unnamed span",
        started=begin,
        took=words.seconds(length_ms / 1000),
        spans=len(known),
        calls=len(counted),
        failed=sum(span.is_error for span in counted),
        tokens=_tokens(_added(span.input_tokens for span in counted), _added(span.output_tokens for span in counted)),
        cost=words.usd(float(sum(costs, Decimal(0)))) if costs else numbers.NONE_TEXT,
        services=", ".join(sorted({span.service for span in known.values() if span.service})),
        failures=_failures([span for span, _ in ordered]),
        rows=tuple(_row(trace_id, span, depth, known, (begin, length_ms)) for span, depth in ordered[:SPANS_MAX]),
        left_out=max(0, len(ordered) - SPANS_MAX),
    )


def _failures(spans: Iterable[Span]) -> tuple[Failure, ...]:
    """Return the first failures that say different things, the innermost one of those that say the same."""
    found: dict[str, Failure] = {}
    for span in spans:
        if span.is_error:
            text = " · ".join(part for part in (_error(span), _said(span)) if part)
            found[text] = Failure(span.span_id, span.name or "unnamed span", text)
    return tuple(found.values())[:FAILURES_MAX]


def _error(span: Span) -> str:
    return span.error_type.replace("_", " ") or ("failed" if span.is_error else "")


def _said(span: Span) -> str:
    """Return a failure's own words, as they were sent, on one line."""
    if not span.is_error:
        return ""
    said = (span.status_message, *(span.attributes.get(key, "") for key in _SAID_ALSO))
    return words.name(next((text for text in said if text.strip()), ""), characters_max=SAID_MAX)


def _is_call(span: Span) -> bool:
    return bool(span.model) or span.input_tokens is not None or span.output_tokens is not None


def _added(counts: Iterable[int | None]) -> int | None:
    found = [count for count in counts if count is not None]
    return sum(found) if found else None


def _in_order(known: Mapping[str, Span]) -> list[tuple[Span, int]]:
    """Walk the tree without recursion. Spans in a circle of parents have no root; they come last, flat."""
    children: dict[str, list[Span]] = {}
    for span in known.values():
        parent = span.parent_span_id if span.parent_span_id in known and span.parent_span_id != span.span_id else ""
        children.setdefault(parent, []).append(span)
    for siblings in children.values():
        siblings.sort(key=lambda span: (span.started, span.ended, span.span_id), reverse=True)
    found: list[tuple[Span, int]] = []
    seen: set[str] = set()
    waiting = [(span, 0) for span in children.get("", [])]
    while waiting:
        span, depth = waiting.pop()
        seen.add(span.span_id)
        found.append((span, depth))
        waiting.extend((child, depth + 1) for child in children.get(span.span_id, []))
    circled = sorted((s for s in known.values() if s.span_id not in seen), key=lambda span: span.started)
    return found + [(span, 0) for span in circled]


def _row(trace_id: str, span: Span, depth: int, known: Mapping[str, Span], whole: tuple[datetime, float]) -> SpanRow:
    begin, length_ms = whole
    left = (span.started - begin).total_seconds() * 1000 / length_ms * 100
    width = max(span.duration_ms / length_ms * 100, BAR_MIN)
    left = min(left, 100 - BAR_MIN)
    about = [span.model, _tokens(span.input_tokens, span.output_tokens) if _is_call(span) else ""]
    if span.cost_usd is not None:
        about.append(words.usd(float(span.cost_usd)))
    return SpanRow(
        id=span.span_id,
        link=f"/traces/{trace_id}/spans/{span.span_id}",
        name=span.name or "unnamed span",
        about=" · ".join(part for part in about if part and part != numbers.NONE_TEXT),
        error=_error(span),
        said=_said(span),
        failed=span.is_error,
        is_call=_is_call(span),
        not_counted=span.not_counted,
        depth=min(depth, DEPTH_MAX),
        orphan=bool(span.parent_span_id) and span.parent_span_id not in known,
        left=f"{left:.2f}%",
        width=f"{min(width, 100 - left):.2f}%",
        took=words.seconds(span.duration_ms / 1000),
    )


@dataclass(frozen=True, slots=True)
class SpanView:
    """What `traces/span.html` may use."""

    title: str
    facts: tuple[tuple[str, str], ...]
    attributes: tuple[tuple[str, str], ...]
    left_out: int
    back: str
    part: str = "traces/span.html"


def one(span: Span) -> SpanView:
    """Build a span's facts and attributes."""
    facts = (
        ("service", span.service),
        ("environment", span.environment),
        ("release", span.release),
        ("operation", span.operation),
        ("provider", span.provider),
        ("model", span.model),
        ("error", span.error_type),
        ("message", span.status_message[:VALUE_MAX]),
        ("tokens in", _number(span.input_tokens)),
        ("of them cached", _number(span.cached_tokens)),
        ("tokens out", _number(span.output_tokens)),
        ("first token after", "" if span.ttft_ms is None else words.seconds(span.ttft_ms / 1000)),
        ("cost", "" if span.cost_usd is None else f"{span.cost_usd.normalize():f} USD"),
        ("price row" if span.cost_usd is not None else "unpriced", span.price),
        ("not counted", span.not_counted),
        ("understood by", span.mapping),
        ("span", span.span_id),
        ("parent", span.parent_span_id),
    )
    pairs = sorted(span.attributes.items())
    return SpanView(
        title=span.name or "unnamed span",
        facts=tuple((name, value) for name, value in facts if value),
        attributes=tuple((name, value[:VALUE_MAX]) for name, value in pairs[:ATTRIBUTES_MAX]),
        left_out=max(0, len(pairs) - ATTRIBUTES_MAX),
        back=f"/traces/{span.trace_id}",
    )


def _number(count: int | None) -> str:
    return "" if count is None else f"{count:,}"
