"""Recordings of real instrumentations against what really happened: every call, every field, through the real engine.

Each folder of `mappings/` is one instrumentation, each case one run of a short script against a stand-in provider.
`<case>.expected.json` says what the provider answered and what the script set, not what the payload says.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.store.opened import Kept, Opened, opened

from tocsin.ingest.envelope import envelope
from tocsin.model.received import Signal

FOLDER = Path(__file__).parent / "mappings"
# All were recorded the day before.
ARRIVED = datetime(2026, 11, 26, tzinfo=UTC)
CASES = sorted(
    str(path.relative_to(FOLDER)).removesuffix(".expected.json") for path in FOLDER.glob("*/*.expected.json")
)
SAME = ("provider", "request_model", "response_model", "error_type")
COUNTS = ("input_tokens", "cached_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens")
# Ours by theirs; compared where the script set one.
FACTS = {"session_id": "session", "user_id": "user", "tenant": "tenant", "agent_name": "agent", "feature": "feature"}

# What no reader of these payloads can know, though the value occurs somewhere in them.
UNKNOWABLE = {
    # A stream's span of 1 ms with zeros in it; the values stand in the spans of other calls.
    "openllmetry-anthropic-0.40/cache-read-and-write": {"2 response_model", "2 cached_tokens"},
    # The span says stream=false, which is the constructor's default.
    "openinference-langchain/chain-stream": {"0 streaming"},
    # Only in the JSON texts of chain spans around the call.
    "openllmetry-langchain/chain": {"0 reasoning_tokens"},
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """Every case in a project of its own, settled together."""
    with opened(Kept(tmp_path_factory.mktemp("telemetry"))) as found:
        for case in CASES:
            for signal in (Signal.TRACES, Signal.LOGS):
                path = FOLDER / f"{case}.{signal}.pb"
                if path.exists():
                    found.writer.insert(signal, [envelope(path.read_bytes(), case, int(ARRIVED.timestamp()) * 10**9)])
        found.settler.settle(int(ARRIVED.timestamp()) * 10**9, ARRIVED)
        yield found


def expected(case: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{case}.expected.json").read_text())


def counted(store: Opened, case: str) -> list[dict[str, Any]]:
    """Return the calls that count, in the order in which they began."""
    columns = "*, lower(hex(span_id)) AS span"
    calls = [call for call in store.stored("calls", case, columns) if call["not_counted"] == ""]
    return sorted(calls, key=lambda call: str(call["started"]))


def paired(truths: list[dict[str, Any]], calls: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Pair calls by the spans that carry them; those that no span is known for by their order."""
    by_span = {call["span"]: call for call in calls}
    found: dict[int, dict[str, Any]] = {}
    for number, truth in enumerate(truths):
        spans = [carrier.get("span_id") for carrier in truth["carried_by"]]
        carrier = next((by_span.pop(span) for span in spans if span in by_span), None)
        if carrier is not None:
            found[number] = carrier
    rest = iter(by_span.values())
    return [(truth, found[n] if n in found else next(rest)) for n, truth in enumerate(truths)]


def differences(truth: dict[str, Any], call: dict[str, Any]) -> set[str]:
    """Return the fields in which a call is neither what it was nor what the emitter wrongly says."""
    absent = set(truth.get("absent_from_payload") or ())
    miswritten = {name for wrong in truth.get("payload_differs") or () for name in wrong["expected"]}
    # Not reported and zero are the same here: instrumentations leave zeros out.
    pairs = {name: (truth.get(name) or "", call[name]) for name in SAME}
    pairs |= {name: (truth[name] or 0, call[name] or 0) for name in COUNTS if name in truth}
    pairs |= {ours: (truth[theirs], call[ours]) for theirs, ours in FACTS.items() if truth.get(theirs)}
    pairs |= {name: (truth[name], call[name]) for name in ("operation", "is_error", "tool_names")}
    # No word on streaming is no error where nothing was streamed.
    pairs["streaming"] = (truth.get("streaming") or False, call["streaming"] or False)
    wrong = {name for name, (was, told) in pairs.items() if told != was}
    least_ns = (truth.get("ttft_ms_at_least") or 0) * 10**6
    if (call["ttft_ns"] or 0) < least_ns:
        wrong.add("ttft")
    # What the payload does not hold may be left out; to say something else would be made up.
    left_out = {name for name in wrong & {FACTS.get(name, name) for name in absent} if not call.get(name)}
    return wrong - left_out - miswritten


@pytest.mark.parametrize("case", CASES)
def test_each_call_of_a_recording_is_told_once_and_rightly(store: Opened, case: str) -> None:
    """Frameworks, client libraries and their instrumentations tell of one call up to four times."""
    truths = [truth for truth in expected(case)["llm_calls"] if not truth.get("no_span_or_log")]
    calls = counted(store, case)
    assert len(calls) == len(truths), [(call["name"], call["mapping"], call["not_counted"]) for call in calls]
    found = {
        f"{number} {name}"
        for number, (truth, call) in enumerate(paired(truths, calls))
        for name in differences(truth, call)
    }
    assert found == UNKNOWABLE.get(case, set())


@pytest.mark.parametrize("case", CASES)
def test_every_span_that_names_a_model_belongs_to_a_mapping(store: Opened, case: str) -> None:
    spans = store.stored("understood", case)
    assert all(span["mapping"] for span in spans if span["request_model"] or span["response_model"])


def test_what_can_not_be_known_belongs_to_recordings_that_are_here() -> None:
    assert set(UNKNOWABLE) <= set(CASES)
