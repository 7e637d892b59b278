"""One call to a model, as settled: counted once, with the facts of its trace, and priced."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a model, read back. Token counts: None means not reported, 0 means reported as zero."""

    project: str
    # Hex, 32 and 16 digits; the parent is empty for a root.
    trace_id: str
    span_id: str
    parent_span_id: str
    name: str
    # Aware UTC; `ended` decides the minute.
    started: datetime
    ended: datetime
    duration_ms: float
    service: str
    environment: str
    release: str
    # Which mapping understood the span.
    mapping: str
    provider: str
    operation: str
    request_model: str
    response_model: str
    # Whole prompt, cached parts included.
    input_tokens: int | None
    cached_tokens: int | None
    cache_write_tokens: int | None
    # Whole answer, reasoning included.
    output_tokens: int | None
    reasoning_tokens: int | None
    is_error: bool
    # One of `ErrorType`, or empty.
    error_type: str
    # None: no sign either way.
    streaming: bool | None
    ttft_ms: float | None
    session: str
    user: str
    tenant: str
    feature: str
    agent: str
    finish_reason: str
    # Tools the model asked for.
    tool_names: tuple[str, ...]
    # None: unpriced, and `price` says why.
    cost_usd: Decimal | None
    # The price row that was used, or the reason there is none.
    price: str
    # Empty when the call counts; else why it does not: a wrapper, or told twice.
    not_counted: str
