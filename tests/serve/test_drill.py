"""Drills through a real server: every stage is seen, what does not arrive is said, and nothing else notices."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.notify.mini_slack import CHANNEL, TOKEN, MiniSlack
from tests.serve.running import Running, call, request, tocsin, until, up

from tocsin.testing import OtherSide, Reply

if TYPE_CHECKING:
    import subprocess

pytestmark = pytest.mark.slow
KEY = "0123456789abcdef0123456789abcdef"
ENV = {"TOKEN": TOKEN, "OLD_TOKEN": "xoxb-revoked-long-ago", "KEY": KEY, "INGEST": "the-key-of-the-shop"}
CONFIG = """
[ingest.keys]
shop = {{ env = "INGEST" }}

[channels.team]
type = "slack"
token = {{ env = "TOKEN" }}
channel = "{channel}"
url = "{slack}"
mention = "here"

[channels.revoked]
type = "slack"
token = {{ env = "OLD_TOKEN" }}
channel = "{channel}"
url = "{slack}"

[channels.pager]
type = "pagerduty"
routing_key = {{ env = "KEY" }}
url = "{pager}"
severities = ["page"]
services = ["nothing-like-a-drill"]

[channels.html]
type = "webhook"
url = {{ env = "HTML" }}

[channels.gone]
type = "webhook"
url = {{ env = "GONE" }}
"""
STAGES = ["sent", "accepted", "settled", "judged", "opened"]


@dataclass
class Outside:
    """A server, everybody who could be told, and the first drill, of all of them."""

    server: Running
    folder: Path
    slack: MiniSlack
    pager: OtherSide
    first: "subprocess.CompletedProcess[str]" = field(init=False)

    def drill(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return tocsin("drill", "--url", self.server.page, *words, cwd=self.folder)

    def drilled(self, *words: str) -> dict[str, Any]:
        return json.loads(self.drill("--json", *words).stdout)


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    folder = tmp_path_factory.mktemp("drill")
    slack = MiniSlack()
    with ExitStack() as stack:
        api = stack.enter_context(slack.server())
        pager = stack.enter_context(OtherSide(lambda _: Reply(202, '{"status":"success"}')))
        html = stack.enter_context(OtherSide(lambda _: Reply(200, "<!doctype html><title>Log in</title>")))
        gone = stack.enter_context(OtherSide(lambda _: Reply(404, "not here")))
        text = CONFIG.format(channel=CHANNEL, slack=api.url("/api"), pager=pager.url("/v2/enqueue"))
        (folder / "tocsin.toml").write_text(text)
        env = {**ENV, "HTML": html.url("/hook"), "GONE": gone.url("/hook")}
        server = stack.enter_context(up(folder, env=env))
        found = Outside(server, folder, slack, pager)
        found.first = found.drill("--timeout", "40s")
        yield found


def told(outside: Outside, state: str) -> list[dict[str, Any]]:
    bodies = [sent.json() for sent in outside.pager.sent]
    return [body for body in bodies if body["event_action"] == state]


def test_each_stage_is_printed_with_its_time_and_what_did_not_arrive_is_said_loudly(outside: Outside) -> None:
    said, cried = outside.first.stdout, outside.first.stderr
    assert outside.first.returncode == 1, said + cried
    reached = [line.split()[1] for line in said.splitlines() if line.strip()[:1].isdigit()]
    assert reached[: len(STAGES)] == STAGES
    assert "delivered team" in said
    assert "delivered pager" in said
    assert "end delivered team" in said
    assert "THE DRILL DID NOT ARRIVE" in cried
    assert "did not reach revoked: gave up: not authorised" in cried
    assert "did not reach html: try again, answered 200 with a web page" in cried
    assert "did not reach gone: gave up: unknown target, answered 404" in cried
    assert "set the right address or room in the section [channels.gone]" in cried


def test_the_first_word_of_each_message_is_drill_and_nobody_is_called(outside: Outside) -> None:
    (message, *_) = until(lambda: outside.slack.in_channel, "the message in Slack")
    assert "DRILL: " in message["text"][:40]
    assert "<!here>" not in json.dumps(outside.slack.calls)
    (trigger, *_) = told(outside, "trigger")
    assert trigger["payload"]["summary"].startswith("DRILL: tocsin-drill: 100% of calls fail")
    assert trigger["payload"]["severity"] == "info"


def test_what_a_drill_set_off_is_resolved_everywhere(outside: Outside) -> None:
    (trigger, *_), (end, *_) = told(outside, "trigger"), told(outside, "resolve")
    assert end["dedup_key"] == trigger["dedup_key"]
    assert outside.server.get("/api/v1/incidents", project="tocsin-drill")["incidents"][0]["open"] is False


def test_a_loud_drill_of_one_channel_tells_that_one_as_the_real_thing_would(outside: Outside) -> None:
    before = len(outside.slack.calls)
    result = outside.drilled("--channel", "pager", "--loud")
    assert (result["ok"], result["missed"]) == (True, [])
    assert {step["channel"] for step in result["steps"] if step["channel"]} == {"pager"}
    assert max(step["took_s"] for step in result["steps"]) < 60
    assert told(outside, "trigger")[-1]["payload"]["severity"] == "critical"
    assert len(outside.slack.calls) == before


def test_no_other_project_knows_of_a_drill(outside: Outside) -> None:
    for project in ("default", "shop"):
        assert outside.server.get("/api/v1/calls", project=project, range="24h")["calls"] == []
        assert outside.server.get("/api/v1/incidents", project=project)["incidents"] == []
        assert outside.server.get("/api/v1/alarms", project=project)["alarms"] == []
    alarms = outside.server.get("/api/v1/alarms", project="tocsin-drill")["alarms"]
    assert {one["alarm"] for one in alarms} == {"errors_fast"}


def test_the_key_of_drills_opens_nothing_for_others(outside: Outside) -> None:
    body = request("checkout-bot", [call()])
    refused = httpx.post(f"{outside.server.otlp}/v1/traces", content=body, headers={"x-tocsin-key": ""})
    assert refused.status_code == 401


def test_the_last_drill_is_kept_with_all_its_steps(outside: Outside) -> None:
    last = outside.server.get("/api/v1/drill")["last"]
    assert last["by"] == "command"
    assert last["steps"][0]["stage"] == "sent"


def test_a_button_of_the_page_begins_a_drill_and_the_page_follows_it(outside: Outside) -> None:
    page = outside.server.page
    headers = {"origin": page}
    answer = httpx.post(f"{page}/tocsin/drill", data={"channel": "pager"}, headers=headers)
    assert answer.status_code == 303
    assert "A drill is under way" in httpx.get(f"{page}/tocsin").text
    assert httpx.post(f"{page}/tocsin/drill", data={"channel": "pager"}, headers=headers).status_code == 503
    until(lambda: "The last drill arrived everywhere" in httpx.get(f"{page}/tocsin/drill").text, "its end")
    assert outside.server.get("/api/v1/drill")["last"]["by"] == "page"
    metrics = httpx.get(f"{page}/metrics").text
    assert "tocsin_drill_missed 0" in metrics
    assert 'tocsin_deliveries{channel="gone",outcome="gave up: unknown target"}' in metrics
    assert "tocsin_ingest_accepted_requests_total" in metrics


def test_an_unknown_channel_is_named_with_the_nearest(outside: Outside) -> None:
    wrong = outside.drill("--channel", "paper")
    assert wrong.returncode == 2
    assert "there is no channel paper" in " ".join(wrong.stderr.split())
    assert "pager" in wrong.stderr


def test_an_address_of_something_else_is_told_from_no_address(outside: Outside) -> None:
    for url, says in (
        ("nonsense", "is no address"),
        ("http://127.0.0.1:9", "nothing answers at http://127.0.0.1:9"),
        (outside.server.otlp, "give --url the address of Tocsin's pages"),
    ):
        wrong = tocsin("drill", "--url", url, cwd=outside.folder)
        said = " ".join(wrong.stderr.replace("│", " ").split())
        assert wrong.returncode in {1, 2}
        assert says in said


def test_a_folder_without_a_server_says_how_to_start_one(tmp_path: Path) -> None:
    wrong = tocsin("drill", cwd=tmp_path)
    assert wrong.returncode == 1
    assert "start one with `tocsin up`" in wrong.stderr
    assert not (tmp_path / "tocsin-data").exists()


def test_a_server_without_channels_and_one_without_the_alarm_say_what_is_missing(tmp_path: Path) -> None:
    with up(tmp_path / "bare") as server:
        lonely = tocsin("drill", "--url", server.page, cwd=tmp_path)
        assert lonely.returncode == 1
        assert "no channel is set up" in lonely.stderr
        assert "delivered inbox" in lonely.stdout
    (tmp_path / "deaf").mkdir()
    (tmp_path / "deaf" / "tocsin.toml").write_text("[alarms.errors_fast]\nenabled = false\n")
    with up(tmp_path / "deaf") as server:
        deaf = tocsin("drill", "--url", server.page, cwd=tmp_path)
        assert deaf.returncode == 2
        assert "no alarm of kind errors_fast is on" in " ".join(deaf.stderr.replace("│", " ").split())


def test_no_secret_is_in_anything_that_was_said(outside: Outside) -> None:
    said = outside.first.stdout + outside.first.stderr + outside.server.said
    for secret in ENV.values():
        assert secret not in said
