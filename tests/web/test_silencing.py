"""Silences over HTTP. The clock of the served world stands still."""

from datetime import timedelta

import httpx
import pytest
from tests.web.rows import AT

PROGRAM = {"x-tocsin": "1"}
PATH = "/api/v1/silences"


def test_a_silence_is_added_listed_and_ended_by_a_program(web: httpx.Client) -> None:
    given = {"service": "search-*", "length": "2h", "by": "Ada", "why": "index"}
    made = web.post(PATH, json=given, headers=PROGRAM)
    assert made.status_code == 201
    one = made.json()
    assert (one["state"], one["service"], one["alarm"], one["by"]) == ("active", "search-*", "*", "Ada")
    assert one["until"] == (AT + timedelta(hours=2)).isoformat().replace("+00:00", "Z")
    assert one in web.get(PATH).json()["silences"]
    ended = web.post(f"{PATH}/{one['id']}/end", json={"by": "Ben"}, headers=PROGRAM).json()
    assert (ended["state"], ended["ended_by"]) == ("over", "Ben")
    assert ended in web.get(PATH).json()["silences"]


def test_the_page_takes_a_silence_without_javascript_and_ends_it(web: httpx.Client) -> None:
    ours = {"origin": str(web.base_url).rstrip("/")}
    sent = web.post(
        "/silences", data={"alarm": "latency_*", "length": "4h", "by": "Cy", "why": "<b>load test"}, headers=ours
    )
    assert (sent.status_code, sent.headers["location"]) == (303, "/silences")
    page = web.get("/silences").text
    assert "alarm latency_*" in page
    assert "<b>load" not in page
    (found,) = [one for one in web.get(PATH).json()["silences"] if one["alarm"] == "latency_*"]
    assert web.post(f"/silences/{found['id']}/end", data={"by": "Cy"}, headers=ours).status_code == 303
    assert "ended by Cy" in web.get("/silences").text


def test_the_form_begins_with_what_the_link_says(web: httpx.Client) -> None:
    assert 'value="errors_fast"' in web.get("/silences?alarm=errors_fast").text


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"length": "1h"}, "would hold everything back"),
        ({"service": "a"}, "say how long with length"),
        ({"service": "a", "length": "1h", "until": "2030-01-01"}, "one of the two"),
        ({"service": "a", "length": "1 hour"}, 'write it as "1h"'),
        ({"service": "a", "until": "2020-01-01T00:00Z"}, "over before it begins"),
        ({"service": "a", "until": "tomorrow"}, "is no moment"),
        ({"servce": "a", "length": "1h"}, "did you mean service?"),
        ({"service": "a", "length": "91d"}, "at most 90 days"),
    ],
)
def test_a_silence_that_can_not_be_meant_says_why(web: httpx.Client, given: dict[str, str], reason: str) -> None:
    wrong = web.post(PATH, json={"by": "Ada", **given}, headers=PROGRAM)
    assert wrong.status_code == 400
    assert reason in wrong.json()["error"]["reason"]


def test_a_silence_that_is_not_there_can_not_be_ended(web: httpx.Client) -> None:
    for name in ("999", "x", "9" * 40):
        assert web.post(f"{PATH}/{name}/end", json={"by": "Ada"}, headers=PROGRAM).status_code == 404


def test_another_site_can_not_silence(web: httpx.Client) -> None:
    data = {"alarm": "*", "service": "evil", "length": "1h", "by": "Eve"}
    assert web.post("/silences", data=data, headers={"origin": "http://evil.example"}).status_code == 403
    assert web.post(PATH, json=data).status_code == 403
    assert "Eve" not in web.get("/silences").text
