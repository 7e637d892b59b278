"""The main job: calls fail, one message goes out, its link opens the graph on fire, whatever the channels do."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.serve.hook import WAIT_S, Hook, Posted, hook
from tests.serve.running import NS, Running, call, now_ns, request, until, up

from tocsin.notify import words

pytestmark = pytest.mark.slow
SERVICE = "checkout-bot"
HEALTHY, FAILED = 120, 60
CHANNELS = ("well", "busy", "broken", "silent")
CONFIG = "\n".join(
    f'[channels.{name}]\ntype = "webhook"\nurl = {{ env = "{name.upper()}_URL" }}\n' for name in CHANNELS
)
# So many rounds of the watch, and what the channels need beside them.
SOME_ROUNDS_S = 20


@dataclass(frozen=True)
class Outage:
    """A server whose service fails, and the message about it."""

    server: Running
    hook: Hook
    letter: dict[str, Any]

    @property
    def incident(self) -> dict[str, Any]:
        (one,) = self.server.get("/api/v1/incidents")["incidents"]
        return one


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("outage")
    (folder / "tocsin.toml").write_text(CONFIG)
    return folder


@pytest.fixture(scope="module")
def channels() -> Iterator[Hook]:
    with hook() as listening:
        yield listening


def urls(listening: Hook) -> dict[str, str]:
    return {f"{name.upper()}_URL": f"{listening.url}/{name}" for name in CHANNELS}


@pytest.fixture(scope="module")
def outage(folder: Path, channels: Hook) -> Iterator[Outage]:
    """Send two minutes of healthy calls, then a minute's worth of failures at once, and wait for the message."""
    with up(folder, env=urls(channels)) as server:
        now = now_ns()
        healthy = [call(ended_ns=now - (75 * NS + n * 100 * NS // HEALTHY)) for n in range(HEALTHY)]
        assert server.send(request(SERVICE, healthy)).status_code == 200
        now = now_ns()
        failed = [call(ended_ns=now - n * 8 * NS // FAILED, failed="529") for n in range(FAILED)]
        assert server.send(request(SERVICE, failed)).status_code == 200
        letter = until(lambda: server.get("/api/v1/inbox")["messages"], "a message")
        yield Outage(server, channels, letter[0])


def test_an_outage_becomes_one_message_whose_link_opens_the_incident(outage: Outage) -> None:
    notice = outage.letter["notice"]
    assert (notice["state"], notice["severity"], notice["alarm"]) == ("firing", "page", "errors_fast")
    assert SERVICE in notice["headline"]
    link = urlsplit(str(notice["link"]))
    assert f"{link.scheme}://{link.netloc}" == outage.server.page
    assert parse_qs(link.query)["incident"] == [outage.incident["id"]]
    page = outage.server.http.get(notice["link"])
    assert page.status_code == 200
    assert outage.incident["id"] in page.text
    assert outage.incident["headline"].split(" since ")[0] in page.text.replace("&#39;", "'")


def test_the_value_in_the_message_is_the_value_of_the_graph(outage: Outage) -> None:
    """Both are one measure on parts from one question, so they are equal to the last digit."""
    judgement = outage.incident["members"][0]["judgement"]
    assert (judgement["samples"], judgement["bad"]) == (HEALTHY + FAILED, FAILED)
    assert judgement["value"] == FAILED / (HEALTHY + FAILED)
    assert f"{words.share(judgement['value'])} of calls fail" in outage.letter["notice"]["headline"]
    assert f"{FAILED} of {HEALTHY + FAILED} calls" in outage.letter["notice"]["compared"]

    def of_graph() -> list[float] | None:
        asked = {"measure": "error_share", "trailing_s": int(judgement["window_s"]), "service": SERVICE, "range": "15m"}
        (series,) = outage.server.get("/api/v1/series", **asked)["series"]
        points = zip(series["values"], series["samples"], strict=True)
        return [value for value, samples in points if samples == judgement["samples"]]

    # A minute that has only begun is not drawn yet.
    assert set(until(of_graph, "the point of this minute", 90)) == {judgement["value"]}


def test_every_channel_is_given_the_message_and_none_waits_for_another(outage: Outage) -> None:
    (first,) = until(lambda: outage.hook.at("/well"), "the channel that is well")
    assert first.body["status"] == "firing"
    assert first.body["alerts"][0]["generatorURL"] == outage.letter["notice"]["link"]
    for path in ("/busy", "/broken", "/silent"):
        assert several(outage, path, 1)[0].key == first.key


def several(outage: Outage, path: str, n: int) -> list[Posted]:
    """Wait until a path was posted to so many times."""
    return until(lambda: tries if len(tries := outage.hook.at(path)) >= n else None, f"{n} tries at {path}")


def test_a_channel_that_says_wait_is_asked_again_after_that_time(outage: Outage) -> None:
    first, second = several(outage, "/busy", 2)
    assert first.key == second.key
    assert second.at_s - first.at_s >= WAIT_S


def test_a_channel_that_fails_is_tried_until_it_takes_the_message(outage: Outage) -> None:
    tries = several(outage, "/broken", 3)
    assert len({one.key for one in tries}) == 1

    def delivered() -> list[str] | None:
        asked = outage.server.get(f"/api/v1/incidents/{outage.incident['id']}")["deliveries"]
        outcomes = [one["outcome"] for one in asked if one["channel"] == "broken"]
        return outcomes if "delivered" in outcomes else None

    assert until(delivered, "the end of it") == ["try again", "try again", "delivered"]
    assert len(tries) == 3


def test_a_channel_that_never_answers_is_told_of(outage: Outage) -> None:
    def tried() -> list[dict[str, Any]] | None:
        asked = outage.server.get(f"/api/v1/incidents/{outage.incident['id']}")["deliveries"]
        return [one for one in asked if one["channel"] == "silent"]

    first = until(tried, "the end of the first try")[0]
    assert first["outcome"] == "try again"
    assert "no answer within 10 s" in first["detail"]


def test_a_stop_in_the_middle_ends_soon_and_the_next_start_sends_nothing_twice(
    outage: Outage,
    folder: Path,
    channels: Hook,
) -> None:
    """One channel still hangs when the server is stopped; the incident is open when it starts again."""
    before = {name: [one.key for one in channels.at(f"/{name}")] for name in CHANNELS}
    assert outage.server.stop() < 5
    assert outage.server.process.returncode == 0
    began = now_ns()
    with up(folder, env=urls(channels)) as again:
        assert len(again.stored(SERVICE, HEALTHY + FAILED)) == HEALTHY + FAILED
        until(lambda: now_ns() - began > SOME_ROUNDS_S * NS, "some rounds of the watch")
        (incident,) = again.get("/api/v1/incidents")["incidents"]
        assert (incident["id"], incident["open"]) == (outage.letter["notice"]["incident"], True)
        assert len(again.get("/api/v1/inbox")["messages"]) == 1
        for name in ("well", "busy", "broken"):
            assert [one.key for one in channels.at(f"/{name}")] == before[name]
        assert {one.key for one in channels.at("/silent")} == set(before["silent"])
