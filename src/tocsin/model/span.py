"""One stored span, as read back for a trace page: any span, whether or not it is a call to a model."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Span:
    """What the store kept of one span. Token counts: None means not reported, 0 means reported as zero."""

    project: str
    # Hex, 32 and 16 digits; the parent is empty for a root, and may name a span that never arrived.
    trace_id: str
    span_id: str
    parent_span_id: str
    name: str
    # Aware UTC, to the microsecond.
    started: datetime
    ended: datetime
    duration_ms: float
    service: str
    environment: str
    release: str
    # Which mapping understood the span; empty for one that is not about a model.
    mapping: str
    provider: str
    # What the span is: chat, embeddings, execute_tool, invoke_agent, ...; empty when unknown.
    operation: str
    # The served model where known, else the requested one; empty for a span without a model.
    model: str
    is_error: bool
    # One of `ErrorType`, or empty.
    error_type: str
    # The sender's own words, redacted; empty when it gave none.
    status_message: str
    input_tokens: int | None
    cached_tokens: int | None
    output_tokens: int | None
    ttft_ms: float | None
    # None: no amount, and `price` says why where the span is a call.
    cost_usd: Decimal | None
    price: str
    # Empty when the span counts as a call or is none; else why it does not: a wrapper, or told twice.
    not_counted: str
    # Redacted, as text, in the sender's own names.
    attributes: Mapping[str, str]
