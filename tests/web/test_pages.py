"""Pages over HTTP, on the real stores."""

import html
import json
import re
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from tests.web.served import AGENT_TRACE, HOSTILE, INCIDENT

from tocsin.web.headers import HEADERS
from tocsin.web.state import RANGES

TRACE = f"{AGENT_TRACE:032x}"
PAGES = [
    "/",
    "/?range=24h&group=model",
    "/?range=24h&group=tenant&service=checkout-bot",
    f"/?incident={INCIDENT}",
    "/live",
    "/incidents",
    f"/incidents/{INCIDENT}",
    "/alarms",
    "/inbox",
    "/tocsin",
    "/traces",
    "/traces?order=failed&service=checkout-bot",
    "/traces?order=slow",
    "/traces?order=costly",
    f"/traces/{TRACE}",
    f"/traces/{TRACE}/spans/{AGENT_TRACE + 1:016x}",
    "/start",
    "/start/state",
    "/api/docs",
    "/table/latency",
    f"/table/fire?incident={INCIDENT}",
    "/breakdown/model",
    "/breakdown/tenant",
    "/filters",
]
HOSTILE_PAGES = [
    "/?project=hostile&group=model",
    "/?project=hostile&group=tenant&incident=inc-hostile",
    "/incidents?project=hostile",
    "/incidents/inc-hostile",
    "/alarms?project=hostile",
    "/inbox?project=hostile",
    "/traces?project=hostile",
    "/breakdown/model?project=hostile",
    "/breakdown/tenant?project=hostile",
    "/filters?project=hostile",
    "/table/latency?project=hostile&group=agent",
    *(f"/traces/{800_000 + n:032x}?project=hostile" for n in range(1, len(HOSTILE) + 1)),
    *(f"/traces/{800_000 + n:032x}/spans/{800_000 + n:016x}?project=hostile" for n in range(1, len(HOSTILE) + 1)),
]


class Reader(HTMLParser):
    """Collects what the content policy would refuse: scripts and styles inside the page, and handlers in attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in {"style", "iframe", "object", "embed", "base"} or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        self.inline += [f"{tag} {name}" for name in given if name == "style" or name.startswith("on")]
        target = given.get("href") or given.get("src") or given.get("action") or "/"
        if not target.startswith(("/", "#", "http://127.0.0.1:")):
            self.inline.append(f"{tag} {target}")


@pytest.mark.parametrize("page", [*PAGES, *HOSTILE_PAGES])
def test_every_page_answers_with_headers_that_let_nothing_foreign_run(web: httpx.Client, page: str) -> None:
    answer = web.get(page)
    assert answer.status_code == 200, answer.text[:300]
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    read = Reader()
    read.feed(answer.text)
    assert read.inline == []


@pytest.mark.parametrize("page", HOSTILE_PAGES)
def test_text_from_spans_never_becomes_markup(web: httpx.Client, page: str) -> None:
    """Names, models, tenants, attributes and services are written by whoever sends spans."""
    text = web.get(page).text
    for payload in HOSTILE:
        if "<" in payload or '"' in payload:
            assert payload not in text


def test_hostile_text_is_shown_as_it_is(web: httpx.Client) -> None:
    """Escaped, not dropped: whoever looks for it must find it."""
    text = html.unescape(web.get("/breakdown/model?project=hostile").text)
    for payload in HOSTILE:
        assert payload in text


def graphs_in(page: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for text in re.findall(r"<div hidden[^>]* data-graphs[^>]*>(.*?)</div>", page, re.DOTALL):
        found |= {graph["name"]: graph for graph in json.loads(html.unescape(text))}
    return found


def test_the_link_of_the_message_opens_the_graph_on_fire_with_the_value_of_the_message(web: httpx.Client) -> None:
    message = web.get("/api/v1/inbox").json()["messages"][0]["notice"]
    assert "60% of calls fail" in message["headline"]
    assert "30 of 50 calls" in message["compared"]
    page = web.get(message["link"])
    fire = graphs_in(page.text)["fire"]
    share = next(series for series in fire["series"] if series["key"] == "error_share")
    assert share["values"][-1] == 0.6
    assert fire["calls"][-1] == 50
    assert fire["trailing_s"] == 300
    assert [(level["kind"], level["value"]) for level in fire["levels"]] == [("threshold", 0.05), ("usual", 0.004)]
    assert fire["marks"][0]["incident"] == INCIDENT
    assert "All failures are overloaded (529)" in page.text
    assert f"/traces/{TRACE}" in page.text
    assert page.text.index('id="fire"') < page.text.index('id="latency"')


def test_the_page_and_the_api_draw_the_same_values(web: httpx.Client) -> None:
    page = graphs_in(web.get("/?range=6h").text)
    api = web.get("/api/v1/graphs?range=6h").json()["graphs"]
    assert page == api


def test_one_measure_over_time_is_the_graphs_curve(web: httpx.Client) -> None:
    graphs = web.get("/api/v1/graphs").json()["graphs"]
    series = web.get("/api/v1/series?measure=latency_p95").json()
    p95 = next(one for one in graphs["latency"]["series"] if one["key"] == "latency_p95")
    assert series["series"][0]["values"] == p95["values"]
    assert series["unit"] == "s"


def test_twenty_minutes_of_silence_are_a_gap(web: httpx.Client) -> None:
    graphs = web.get("/api/v1/graphs?from=2026-11-25T02:05Z&to=2026-11-25T02:35Z&service=checkout-bot").json()["graphs"]
    for name in ("latency", "errors", "cost"):
        for series in (one for one in graphs[name]["series"] if one["role"] != "judged"):
            assert series["values"][5:25] == [None] * 20, name
            assert series["values"][26] is not None


def test_the_unpriced_share_is_told_beside_the_cost(web: httpx.Client) -> None:
    figures = web.get("/api/v1/graphs?service=search-agent").json()["graphs"]["cost"]["figures"]
    assert {figure["label"]: figure["text"] for figure in figures}["unpriced"] == "25%"


@pytest.mark.parametrize("name", RANGES)
def test_every_range_has_a_page(web: httpx.Client, name: str) -> None:
    assert web.get(f"/?range={name}").status_code == 200


@pytest.mark.parametrize(
    "link", ["/?range=5x", "/?modle=gpt", "/?from=2026-11-25T03:00Z&to=2026-11-25T02:00Z", "/traces?order=slowest"]
)
def test_a_broken_link_is_answered_with_one_that_works(web: httpx.Client, link: str) -> None:
    answer = web.get(link)
    assert answer.status_code == 400
    offered = re.search(r'<a href="([^"]*)">Show the nearest that works</a>', answer.text)
    assert offered is not None
    assert web.get(html.unescape(offered.group(1))).status_code == 200


@pytest.mark.parametrize(
    "link",
    [
        "/nothing",
        "/traces/abc",
        f"/traces/{7:032x}0",
        f"/traces/{'f' * 32}",
        "/incidents/gone",
        "/table/gone",
        "/breakdown/colour",
        "/?incident=gone",
    ],
)
def test_what_is_gone_is_said_with_a_way_on(web: httpx.Client, link: str) -> None:
    answer = web.get(link)
    assert answer.status_code == 404
    assert re.search(r'<a href="/[^"]*">', answer.text.split("<main")[1])


@pytest.mark.parametrize(
    ("method", "link", "status", "code"),
    [
        ("GET", "/api/v1/graphs?range=5x", 400, "bad_request"),
        ("GET", "/api/v1/series", 400, "bad_request"),
        ("GET", "/api/v1/series?measure=speed", 400, "bad_request"),
        ("GET", "/api/v1/series?measure=error_share&trailing_s=61", 400, "bad_request"),
        ("GET", "/api/v1/calls?limit=0", 400, "bad_request"),
        ("GET", "/api/v1/calls?order=odd", 400, "bad_request"),
        ("GET", "/api/v1/traces/zz", 404, "not_found"),
        ("GET", "/api/v1/incidents/gone", 404, "not_found"),
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("GET", "/api/v1/traces", 404, "not_found"),
        ("POST", "/api/v1/graphs", 405, "method_not_allowed"),
    ],
)
def test_errors_of_the_api_have_one_shape(web: httpx.Client, method: str, link: str, status: int, code: str) -> None:
    answer = web.request(method, link)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert list(error) == ["code", "reason", "nearest"]
    assert error["code"] == code
    assert error["reason"]


CALL_KEYS = [
    "provider", "operation", "request_model", "response_model", "input_tokens", "cached_tokens", "cache_write_tokens",
    "output_tokens", "reasoning_tokens", "is_error", "error_type", "streaming", "ttft_s", "session", "user", "tenant",
    "feature", "agent", "tool_names", "cost_usd", "price", "mapping",
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "media", "right"),
    [
        ("/v1/traces", "application/json", "/v1/traces"),
        ("/v1/logs", "application/x-protobuf", "/v1/logs"),
        ("/otlp/v1/metrics/", "application/json", "/v1/metrics"),
        ("/", "application/x-protobuf", "/v1/traces"),
    ],
)
def test_otlp_sent_to_the_pages_is_told_the_right_address(web: httpx.Client, path: str, media: str, right: str) -> None:
    """An exporter's log showed a page of HTML."""
    answer = web.post(path, content=b"{}", headers={"content-type": media})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")
    status = answer.json()
    assert status["code"] == 5
    assert f"send OTLP over HTTP to http://127.0.0.1:4318{right}" in status["message"]
    assert "over gRPC to http://127.0.0.1:4317" in status["message"]


def test_calls_have_the_keys_of_inspect(web: httpx.Client) -> None:
    calls = web.get("/api/v1/calls?service=search-agent&order=costly&limit=3").json()["calls"]
    assert len(calls) == 3
    assert list(calls[0])[: len(CALL_KEYS)] == CALL_KEYS
    assert calls[0]["cost_usd"] > 0
    assert calls[0]["input_tokens"] == 1000
    assert calls[0]["cached_tokens"] is None


def test_failed_calls_lead_to_their_traces(web: httpx.Client) -> None:
    calls = web.get("/api/v1/calls?order=failed&limit=5").json()["calls"]
    assert {call["error_type"] for call in calls} == {"overloaded"}
    trace = web.get(f"/api/v1/traces/{calls[0]['trace_id']}").json()
    assert calls[0]["span_id"] in [span["span_id"] for span in trace["spans"]]


def test_a_trace_shows_its_tree_and_a_missing_parent(web: httpx.Client) -> None:
    text = web.get(f"/traces/{TRACE}").text
    assert "planner.workflow" in text
    assert "parent missing" in text
    assert "overloaded" in text


def test_alarms_and_incidents_are_told_as_json(web: httpx.Client) -> None:
    alarms = web.get("/api/v1/alarms").json()["alarms"]
    assert [(one["alarm"], one["phase"]) for one in alarms] == [("errors_fast", "firing"), ("latency_drift", "quiet")]
    assert alarms[0]["judgement"]["value"] == 0.6
    assert alarms[1]["judgement"]["learning"] is True
    incidents = web.get("/api/v1/incidents").json()["incidents"]
    assert [one["id"] for one in incidents] == [INCIDENT]
    story = web.get(f"/api/v1/incidents/{INCIDENT}").json()
    assert [one["channel"] for one in story["deliveries"]] == ["inbox", "slack", "pager"]


def test_the_server_says_how_it_is(web: httpx.Client) -> None:
    health = web.get("/healthz").json()
    assert health["status"] == "ok"
    assert health["ticked"] == "2026-11-25T04:00:00Z"
    assert health["open_incidents"] == 1


def test_the_apis_page_names_every_endpoint_and_every_link_on_it_works(web: httpx.Client) -> None:
    page = web.get("/api/docs").text
    paths = web.get("/api/openapi.json").json()["paths"]
    assert len(paths) >= 9
    for path in paths:
        assert path in page
        if "{" not in path and path != "/api/v1/series":
            assert web.get(path).status_code == 200


def test_a_page_that_did_not_change_is_not_sent_again(web: httpx.Client) -> None:
    first = web.get("/live")
    again = web.get("/live", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""


def test_own_files_are_sent_compressed_and_kept_for_ever(web: httpx.Client) -> None:
    links = re.findall(r'(?:src|href)="(/static/[^"]+)"', web.get("/").text)
    assert len(links) >= 8
    for link in links:
        answer = web.get(link)
        assert answer.status_code == 200
        assert answer.headers["content-encoding"] == "gzip"
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_project_without_spans_is_shown_how_to_send_the_first(web: httpx.Client) -> None:
    answer = web.get("/?project=new")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/start?project=new"
    page = web.get(answer.headers["location"]).text
    assert "Waiting for your first span" in page
    assert "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318" in page


def test_without_javascript_graphs_are_drawn_by_the_server(web: httpx.Client) -> None:
    text = web.get("/").text
    drawings = re.findall(r"<noscript><svg.*?</noscript>", text, re.DOTALL)
    assert len(drawings) == 7
    assert all('d="M' in drawing for drawing in drawings[:3])


def test_a_fragment_is_a_page_of_its_own_without_htmx(web: httpx.Client) -> None:
    alone = web.get("/table/errors", headers={"HX-Request": "true"}).text
    whole = web.get("/table/errors").text
    assert alone.lstrip().startswith("<table ")
    assert whole.startswith("<!doctype html>")
    assert alone.strip() in whole


@pytest.mark.parametrize(
    ("host", "status"), [("localhost:4319", 200), ("[::1]:4319", 200), ("evil.example", 421), ("", 421)]
)
def test_a_name_that_is_not_this_machines_is_refused(web: httpx.Client, host: str, status: int) -> None:
    """Another site's page can point its own name here; it must not read what this machine's browser may."""
    assert web.get("/healthz", headers={"Host": host}).status_code == status
