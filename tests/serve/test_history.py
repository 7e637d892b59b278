"""Commands over stored history, with a server that has the data folder and without one."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.serve.running import NS, Running, call, now_ns, request, tocsin, until, up

pytestmark = pytest.mark.slow
SERVICE = "checkout-bot"
MINUTE_NS = 60 * NS
HOURS_AGO = 5
OUTAGE_MINUTES, FAILED_A_MINUTE, WELL_A_MINUTE = 20, 20, 5
PRICE = """
[[prices]]
provider = "openai"
model = "house-model"
input_usd_per_mtok = "{usd} USD"
output_usd_per_mtok = "{usd} USD"
"""


@dataclass(frozen=True)
class Past:
    """A folder with a configuration and stored history; the minute at which the outage began."""

    folder: Path
    server: Running
    began_ns: int

    def run(self, *words: str) -> Any:  # noqa: ANN401 - JSON, or text
        """Run a command on this folder, and return what it printed."""
        answer = tocsin(*words, "--data", str(self.server.data), cwd=self.folder)
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout) if "--json" in words else answer.stdout


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    """Send six hours of calls at once, with an outage of twenty minutes in them."""
    folder = tmp_path_factory.mktemp("past")
    began_ns = now_ns() // MINUTE_NS * MINUTE_NS - HOURS_AGO * 60 * MINUTE_NS
    with up(folder) as server:
        spans = [call(ended_ns=began_ns - 60 * MINUTE_NS)]
        for minute in range(-60, HOURS_AGO * 60 - 10):
            failing = 0 <= minute < OUTAGE_MINUTES
            at = began_ns + minute * MINUTE_NS + 20 * NS
            count = FAILED_A_MINUTE if failing else WELL_A_MINUTE
            spans += [call(ended_ns=at + n * NS, failed="529" if failing else "") for n in range(count)]
        for first in range(0, len(spans), 500):
            assert server.send(request(SERVICE, spans[first : first + 500])).status_code == 200
        house = call(gen_ai__request__model="house-model", gen_ai__response__model="house-model")
        assert server.send(request("house", [house])).status_code == 200
        server.stored("house", 1)
        yield Past(folder, server, began_ns)


def firing_of(result: dict[str, Any], past: Past) -> dict[str, Any]:
    (firing,) = result["firings"]
    assert (firing["alarm"], firing["service"], firing["environment"]) == ("errors_fast", SERVICE, "test")
    judgement = firing["judgement"]
    assert judgement["value"] > judgement["threshold"]
    assert judgement["samples"] >= FAILED_A_MINUTE
    assert OUTAGE_MINUTES * 60 <= firing["duration_s"] < (OUTAGE_MINUTES + 20) * 60
    assert (result["pages"], result["messages"]) == (1, 2)
    assert past.began_ns < _ns(firing["fired"]) < past.began_ns + 5 * MINUTE_NS
    return firing


def _ns(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * NS


def test_a_replay_asks_the_server_that_has_the_folder(past: Past) -> None:
    result = past.run("alarms", "replay", "errors_fast", "--since", "2d", "--json")
    firing_of(result, past)
    # It begins with the first call there is, and six hours of calls tell no weekly rate.
    assert result["pages_per_week"] is None
    assert 0.24 < result["days"] < 0.26
    text = past.run("alarms", "replay", "errors_fast", "--since", "2d")
    assert re.search(r"errors_fast over 6 h.*: fired 1 time, 2 messages, 1 page \(too short for a weekly rate\)", text)
    assert f"{SERVICE} (test)" in text


def test_every_alarm_is_replayed_without_a_name(past: Past) -> None:
    result = past.run("alarms", "replay", "--since", "12h", "--json")
    assert result["name"] is None
    named = past.run("alarms", "replay", "errors_fast", "--since", "12h", "--json")
    # At the end of the past nothing came for ten minutes, and the outage burned the month's budget.
    others = [one for one in result["firings"] if one["alarm"] not in {"no_data_global", "error_budget"}]
    assert others == [firing_of(named, past)]


def test_an_alarm_that_is_not_on_can_not_be_replayed_and_the_nearest_is_named(past: Past) -> None:
    answer = tocsin("alarms", "replay", "erors_fast", "--data", str(past.server.data), cwd=past.folder)
    assert answer.returncode == 2
    assert "did you mean errors_fast?" in " ".join(answer.stderr.split())


def test_a_look_at_the_alarms_asks_the_server_that_has_the_folder(past: Past) -> None:
    told = past.run("alarms", "lint", "--json")
    assert told["data"] is True
    of_ttft = [one["what"] for one in told["findings"] if one["where"] == "[alarms.ttft_drift]"]
    assert of_ttft == ["is inert: no call of the last 28 days tells anything about time to first token p95"]
    assert "[alarms.errors_fast]" not in {one["where"] for one in told["findings"]}
    assert f"by settings and the data in {past.server.data}" in past.run("alarms", "lint")


def test_the_list_is_read_while_the_server_runs(past: Past) -> None:
    def judged() -> list[dict[str, Any]] | None:
        listed = past.run("alarms", "list", "--json")["alarms"]
        (errors,) = [alarm for alarm in listed if alarm["name"] == "errors_fast"]
        return [one for one in errors["instances"] if one["service"] == SERVICE]

    # All judgements are kept once a minute.
    (standing,) = until(judged, "a judgement", 90)
    assert standing["phase"] == "quiet"
    assert standing["judgement"]["verdict"] in {"ok", "no_data"}
    assert standing["judgement"]["learning"] is True
    text = past.run("alarms", "list")
    assert "errors_fast: Errors" in text
    assert f"  {SERVICE} (test)" in text


@pytest.mark.parametrize("path", ["/api/v1/alarms/replay", "/api/v1/alarms/lint", "/api/v1/reprice"])
def test_what_a_page_of_another_site_could_send_is_refused(past: Past, path: str) -> None:
    http, address = past.server.http, past.server.page + path
    plain = http.post(address, json={})
    assert (plain.status_code, plain.json()["error"]["code"]) == (403, "refused")
    elsewhere = http.post(address, json={}, headers={"x-tocsin": "1", "host": "evil.example"})
    assert elsewhere.status_code == 421
    through = http.post(address, json={}, headers={"x-tocsin": "1", "x-forwarded-for": "192.0.2.7"})
    assert through.status_code == 403
    wrong = http.post(address, json={"nmae": "errors_fast"}, headers={"x-tocsin": "1"})
    assert (wrong.status_code, set(wrong.json()["error"])) == (400, {"code", "reason", "nearest"})
    assert http.get(address).status_code == 405


def cost_of_house(server: Running) -> float | None:
    (one,) = server.stored("house", 1)
    return one["cost_usd"]


def test_new_prices_are_put_on_history_while_the_server_runs(past: Past) -> None:
    assert cost_of_house(past.server) is None
    (past.folder / "tocsin.toml").write_text(PRICE.format(usd=2))
    assert past.run("reprice") == "everything stored is priced again\n"
    assert cost_of_house(past.server) == pytest.approx(1100 * 2e-6)
    asked = {"measure": "unpriced_share", "service": "house", "range": "1h"}
    # A minute that has only begun is not drawn yet.

    def unpriced() -> list[float]:
        return [
            v for one in past.server.get("/api/v1/series", **asked)["series"] for v in one["values"] if v is not None
        ]

    assert until(unpriced, "the minute of the call", 90) == [0]
    assert len(past.server.calls(SERVICE)) == 500
    (past.folder / "tocsin.toml").write_text("[[prices]]\nprovidr = 1\n")
    answer = tocsin("reprice", "--data", str(past.server.data), "--config", "/dev/null", cwd=past.folder)
    assert answer.returncode == 1
    assert "providr is not a known key; did you mean provider?" in answer.stderr
    assert past.server.get("/healthz")["status"] == "ok"


def test_without_a_server_the_commands_do_the_same_by_themselves(past: Past) -> None:
    """The last of this file: it stops the server."""
    (past.folder / "tocsin.toml").write_text(PRICE.format(usd=4))
    asked = past.run("alarms", "replay", "errors_fast", "--since", "12h", "--json")
    assert past.server.stop() < 5
    alone = past.run("alarms", "replay", "errors_fast", "--since", "12h", "--json")
    assert firing_of(alone, past) == firing_of(asked, past)
    assert past.run("reprice") == "everything stored is priced again\n"
    assert "errors_fast" in past.run("alarms", "list")
    with up(past.folder) as again:
        assert cost_of_house(again) == pytest.approx(1100 * 4e-6)
