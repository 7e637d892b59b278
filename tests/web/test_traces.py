"""Traces: a waterfall out of whatever spans arrived."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.web.rows import AT

from tocsin.model.span import Span
from tocsin.web.pages.traces.view import DEPTH_MAX, one, waterfall

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def span(number: int, parent: int | None = None, *, start_ms: float = 0, ms: float = 100, **changes: Any) -> Span:  # noqa: ANN401
    started = AT + timedelta(milliseconds=start_ms)
    fields: dict[str, Any] = {
        "project": "default",
        "trace_id": TRACE,
        "span_id": f"{number:016x}",
        "parent_span_id": "" if parent is None else f"{parent:016x}",
        "name": f"span {number}",
        "started": started,
        "ended": started + timedelta(milliseconds=ms),
        "duration_ms": ms,
        "service": "checkout-bot",
        "environment": "",
        "release": "",
        "mapping": "",
        "provider": "",
        "operation": "",
        "model": "",
        "is_error": False,
        "error_type": "",
        "status_message": "",
        "input_tokens": None,
        "cached_tokens": None,
        "output_tokens": None,
        "ttft_ms": None,
        "cost_usd": None,
        "price": "",
        "not_counted": "",
        "attributes": {},
    }
    return Span(**(fields | changes))


def test_children_stand_under_their_parent_by_start() -> None:
    spans = [span(3, 1, start_ms=50), span(1), span(4, 2, start_ms=20), span(2, 1, start_ms=10)]
    rows = waterfall(TRACE, spans).rows
    assert [(row.name, row.depth) for row in rows] == [("span 1", 0), ("span 2", 1), ("span 4", 2), ("span 3", 1)]


def test_a_span_whose_parent_never_arrived_is_shown_and_says_so() -> None:
    rows = waterfall(TRACE, [span(1), span(2, 99, start_ms=5)]).rows
    assert [(row.depth, row.orphan) for row in rows] == [(0, False), (0, True)]


def test_bars_are_where_and_as_long_as_the_spans() -> None:
    rows = waterfall(TRACE, [span(1, ms=1000), span(2, 1, start_ms=250, ms=500)]).rows
    assert (rows[1].left, rows[1].width) == ("25.00%", "50.00%")


def test_a_wrapper_is_shown_and_its_tokens_are_not_added_again() -> None:
    call: dict[str, Any] = {"mapping": "x", "model": "m", "input_tokens": 100, "output_tokens": 10}
    wrapper = span(1, cost_usd=None, not_counted="wrapper", **call)
    view = waterfall(TRACE, [wrapper, span(2, 1, cost_usd=Decimal("0.01"), **call)])
    assert (view.calls, view.tokens, view.cost) == (1, "100 in, 10 out", "$0.01")


PARENTS = st.lists(st.none() | st.integers(0, 12), min_size=1, max_size=12)


@given(PARENTS)
def test_every_span_is_shown_once_whatever_its_parents_are(parents: list[int | None]) -> None:
    """Own parents, circles and missing ones included: senders send them."""
    spans = [span(number, parent, start_ms=number) for number, parent in enumerate(parents)]
    rows = waterfall(TRACE, spans).rows
    assert sorted(row.id for row in rows) == sorted(s.span_id for s in spans)


def test_three_thousand_spans_deep_are_walked_without_recursion() -> None:
    spans = [span(n, n - 1 if n else None, start_ms=n) for n in range(3000)]
    rows = waterfall(TRACE, spans).rows
    assert len(rows) == 3000
    assert max(row.depth for row in rows) == DEPTH_MAX


def test_a_span_tells_what_it_knows_and_leaves_out_what_it_does_not() -> None:
    view = one(span(1, input_tokens=0, attributes={"b": "2", "a": "1"}))
    facts = dict(view.facts)
    assert facts["tokens in"] == "0"
    assert "tokens out" not in facts
    assert view.attributes == (("a", "1"), ("b", "2"))


def test_what_a_failure_says_stands_on_its_row_and_at_the_top() -> None:
    """It took a click to see why a call had failed."""
    said = "Error code: 429\nslow down"
    failed: dict[str, Any] = {"is_error": True, "error_type": "rate_limit"}
    spans = [
        span(1, status_message=said, **failed),
        span(2, 1, start_ms=1, status_message=said, **failed),
        span(3, 1, start_ms=2, is_error=True, attributes={"exception.message": "boom"}),
        span(4, 1, start_ms=3, status_message="not a failure"),
    ]
    view = waterfall(TRACE, spans)
    assert [row.said for row in view.rows] == ["Error code: 429 slow down"] * 2 + ["boom", ""]
    assert [(one.id, one.text) for one in view.failures] == [
        (f"{2:016x}", "rate limit · Error code: 429 slow down"),
        (f"{3:016x}", "failed · boom"),
    ]
