"""What an inspection of payloads tells beside the calls themselves."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Score:
    """One evaluator's verdict, as it was sent. It belongs to a span, to an answer, or to both."""

    evaluator: str
    # None: a label only, or the evaluation failed.
    value: float | None
    label: str
    explanation: str
    # Why the evaluation failed, in the sender's word; empty when it did not.
    error_type: str
    # Hex; empty when the score names no span.
    trace_id: str
    span_id: str
    response_id: str


@dataclass(frozen=True, slots=True)
class ScopeCount:
    """How many spans of an instrumentation scope no mapping understood."""

    scope: str
    spans: int


@dataclass(frozen=True, slots=True)
class AttributeCount:
    """An attribute on calls that their mapping does not read; it is kept all the same."""

    mapping: str
    attribute: str
    calls: int
