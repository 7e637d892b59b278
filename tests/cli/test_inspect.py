"""`tocsin inspect`: payload files in, what is understood of them out."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans
from typer.testing import CliRunner, Result

from tocsin.cli.frame import build, commands

RECORDINGS = Path(__file__).parents[1] / "golden" / "mappings"
KEYS = [
    "provider", "operation", "request_model", "response_model", "input_tokens", "cached_tokens", "cache_write_tokens",
    "output_tokens", "reasoning_tokens", "is_error", "error_type", "streaming", "ttft_s", "session", "user", "tenant",
    "feature", "agent", "tool_names", "cost_usd", "price", "mapping",
]  # fmt: skip


def ended(*paths: Path, as_json: bool = False) -> Result:
    words = ["inspect", *map(str, paths), *(["--json"] if as_json else [])]
    return CliRunner().invoke(build("inspect", commands()), words)


def run(*paths: Path, as_json: bool = True) -> str:
    answer = ended(*paths, as_json=as_json)
    assert answer.exit_code == 0, answer.output
    return answer.stdout


def inspected(*paths: Path) -> dict[str, Any]:
    return json.loads(run(*paths))


def test_every_call_is_shown_with_its_facts_and_its_price() -> None:
    found = inspected(RECORDINGS / "traceloop-sdk" / "workflow-agent-tool.traces.pb")
    first, second = found["calls"]
    assert list(first)[: len(KEYS)] == KEYS
    assert (first["tenant"], first["agent"], first["tool_names"]) == ("acme-gmbh", "weather_agent", ["get_weather"])
    # 1117 input and 53 output tokens of gpt-4o, at 2.5 and 10 USD a million.
    assert first["cost_usd"] == pytest.approx(0.0033225)
    assert first["error_type"] is None
    assert found["totals"]["calls"] == 2
    assert found["totals"]["input_tokens"] == first["input_tokens"] + second["input_tokens"]
    assert found["totals"]["cost_usd"] == pytest.approx(first["cost_usd"] + second["cost_usd"])


def test_a_call_that_is_told_twice_is_shown_once_and_named_once_more() -> None:
    found = inspected(RECORDINGS / "openllmetry-anthropic" / "basic.traces.pb")
    assert len(found["calls"]) == 1
    assert [one["why"] for one in found["not_counted"]] == ["told by another span"]


def test_scores_come_with_the_log_events() -> None:
    case = RECORDINGS / "otel-genai-openai"
    found = inspected(case / "evaluation-event.traces.pb", case / "evaluation-event.logs.pb")
    assert [score["evaluator"] for score in found["scores"]] == ["relevance", "toxicity", "faithfulness"]
    assert [score["value"] for score in found["scores"]] == [0.91, 0, None]
    assert found["scores"][2]["error_type"] == "timeout"


def test_what_is_not_understood_is_counted_by_scope_and_by_attribute() -> None:
    found = inspected(RECORDINGS / "otel-openai-v2" / "under-http-server-span.traces.pb")
    assert found["not_understood"]["scopes"] == [{"scope": "shop.web", "spans": 1}]
    attributes = {one["attribute"]: one["calls"] for one in found["not_understood"]["attributes"]}
    assert attributes["gen_ai.openai.response.service_tier"] == 2
    assert "gen_ai.request.model" not in attributes


def test_json_and_protobuf_say_the_same(tmp_path: Path) -> None:
    source = RECORDINGS / "openllmetry-openai" / "tool-roundtrip.traces.pb"
    request = ExportTraceServiceRequest.FromString(source.read_bytes())
    path = tmp_path / "payload.json"
    path.write_text(json.dumps(as_json(request)))
    assert inspected(path)["calls"] == inspected(source)["calls"]


def as_json(request: ExportTraceServiceRequest) -> dict[str, Any]:
    """Write OTLP JSON: protobuf's mapping, but ids in hex and enums as numbers."""
    document: dict[str, Any] = json_format.MessageToDict(request, use_integers_for_enums=True)
    for resource, sent in zip(document["resourceSpans"], request.resource_spans, strict=True):
        for scope, told in zip(resource["scopeSpans"], sent.scope_spans, strict=True):
            for span, real in zip(scope["spans"], told.spans, strict=True):
                span["traceId"], span["spanId"] = real.trace_id.hex(), real.span_id.hex()
                if real.parent_span_id:
                    span["parentSpanId"] = real.parent_span_id.hex()
    return document


def test_a_folder_is_read_whole_and_says_what_it_left_out(tmp_path: Path) -> None:
    case = RECORDINGS / "openllmetry-openai" / "chat-basic.traces.pb"
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "some.pb").write_bytes(case.read_bytes())
    (tmp_path / "other.json").write_text('{"name": "fixture"}')
    (tmp_path / "README.md").write_text("nothing")
    found = inspected(tmp_path)
    assert len(found["calls"]) == 1
    assert [Path(one["path"]).name for one in found["files"]] == ["some.pb"]
    assert len(found["skipped"]) == 1
    assert "other.json: no OTLP JSON" in found["skipped"][0]


def test_the_same_file_twice_is_the_same_calls() -> None:
    path = RECORDINGS / "openllmetry-openai" / "chat-basic.traces.pb"
    assert len(inspected(path, path)["calls"]) == 1


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("notes.txt", b"hello, this is no telemetry", "no OTLP protobuf"),
        ("empty.pb", b"", "the file is empty"),
        ("no-spans.pb", ExportTraceServiceRequest(resource_spans=[ResourceSpans()]).SerializeToString(), "no span"),
        ("broken.json", b'{"resourceSpans": [', "not JSON"),
        ("other.json", b'{"hello": 1}', "resourceSpans"),
        ("image.pb", bytes(range(256)) * 9, "no OTLP protobuf"),
    ],
)
def test_a_file_that_is_no_otlp_is_named_with_what_is_wrong(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    answer = ended(path)
    assert answer.exit_code == 2
    assert answer.stdout == ""
    assert str(path) in answer.stderr
    assert sentence in answer.stderr


def test_files_that_can_not_be_read_are_all_named_and_the_others_are_shown(tmp_path: Path) -> None:
    """It ended at the first one, and nothing was shown."""
    (tmp_path / "notes.txt").write_bytes(b"hello, this is no telemetry")
    (tmp_path / "none").mkdir()
    wrong = [tmp_path / name for name in ("missing.pb", "notes.txt", "none")]
    answer = ended(wrong[0], RECORDINGS / "openllmetry-openai" / "chat-basic.traces.pb", *wrong[1:])
    assert answer.exit_code == 2
    assert "totals  calls 1" in answer.stdout
    assert [str(path) in line for path, line in zip(wrong, answer.stderr.splitlines(), strict=True)] == [True] * 3
    told = ended(*wrong, as_json=True)
    assert told.exit_code == 2
    assert [reason.split(": ")[0] for reason in json.loads(told.stdout)["unreadable"]] == [str(path) for path in wrong]


def test_people_are_told_where_a_price_comes_from() -> None:
    """Sixteen digits of a hash say nothing."""
    text = run(RECORDINGS / "traceloop-sdk" / "workflow-agent-tool.traces.pb", as_json=False)
    assert re.search(r"price genai-prices [0-9.]+ openai/gpt-4o\b", text)


def test_long_lists_are_cut_for_people() -> None:
    text = run(RECORDINGS, as_json=False)
    assert re.search(r"^skipped and [0-9]+ more \(--json tells all\)$", text, re.MULTILINE)
    assert text.count("\nskipped ") == 6
    assert max(len(line) for line in text.splitlines() if not line.startswith(("skipped", "not read", "score"))) <= 110


def test_people_read_the_same_as_programs() -> None:
    path = RECORDINGS / "openinference-openai" / "session-user-metadata.traces.pb"
    text = run(path, as_json=False)
    for line in ("tenant acme-gmbh", "agent researcher", "session sess-42", "totals  calls 2", "mapping openinference"):
        assert line in text
