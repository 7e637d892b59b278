"""Deploys over HTTP. The clock of the served world stands still."""

from datetime import datetime, timedelta

import httpx
import pytest
from tests.web.rows import AT

PROGRAM = {"x-tocsin": "1"}
PATH = "/api/v1/deploys"
SEARCH = {"service": "search", "version": "v42"}


def test_a_deploy_is_told_and_listed(web: httpx.Client) -> None:
    at = (AT - timedelta(minutes=4)).isoformat()
    made = web.post(PATH, json={**SEARCH, "environment": "production", "at": at, "text": "ranker"}, headers=PROGRAM)
    assert made.status_code == 201
    one = made.json()
    assert (one["service"], one["environment"], one["version"]) == ("search", "production", "v42")
    assert (one["text"], one["source"]) == ("ranker", "told")
    assert one["at"] == at.replace("+00:00", "Z")
    assert one in web.get(PATH).json()["deploys"]
    assert one not in web.get(PATH, params={"project": "another"}).json()["deploys"]


def test_a_deploy_that_is_told_twice_is_kept_once_as_it_was_first_told(web: httpx.Client) -> None:
    at = (AT - timedelta(minutes=9)).isoformat()
    first = web.post(PATH, json={**SEARCH, "at": at, "text": "first"}, headers=PROGRAM).json()
    again = web.post(PATH, json={**SEARCH, "at": at, "text": "again"}, headers=PROGRAM).json()
    assert again == first
    assert web.get(PATH).json()["deploys"].count(first) == 1


def test_a_deploy_without_a_moment_is_now(web: httpx.Client) -> None:
    one = web.post(PATH, json={"service": "search", "version": "v43"}, headers=PROGRAM).json()
    assert one["at"] == AT.isoformat().replace("+00:00", "Z")


def test_a_deploy_outside_the_stretch_of_time_is_not_listed(web: httpx.Client) -> None:
    at = (AT - timedelta(hours=3)).isoformat()
    one = web.post(PATH, json={**SEARCH, "at": at}, headers=PROGRAM).json()
    assert one not in web.get(PATH, params={"range": "1h"}).json()["deploys"]
    assert one in web.get(PATH, params={"range": "24h"}).json()["deploys"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"service": "search"}, "version is missing"),
        ({"service": " ", "version": "v1"}, "service is missing"),
        ({**SEARCH, "version": 7}, "version = 7 is no text"),
        ({**SEARCH, "at": "noon"}, "is no moment"),
        ({**SEARCH, "at": (AT + timedelta(hours=1)).isoformat()}, "lies ahead"),
        ({**SEARCH, "text": "x" * 201}, "longer than 200 letters"),
        ({**SEARCH, "version": "v\n1"}, "signs that can't be shown"),
        ({**SEARCH, "verson": "v1"}, "did you mean version?"),
    ],
)
def test_a_deploy_that_can_not_be_meant_says_why(web: httpx.Client, given: dict[str, object], reason: str) -> None:
    wrong = web.post(PATH, json=given, headers=PROGRAM)
    assert wrong.status_code == 400
    assert reason in wrong.json()["error"]["reason"]


def test_a_page_of_another_site_can_not_tell_of_a_deploy(web: httpx.Client) -> None:
    assert web.post(PATH, json=SEARCH).status_code == 403


@pytest.mark.parametrize(
    ("service", "environment", "minutes", "said"),
    [
        ("checkout-bot", "prod", 4, True),
        ("checkout-bot", "", 5, True),
        ("checkout-bot", "staging", 6, False),
        ("another", "prod", 7, False),
        ("checkout-bot", "prod", 61, False),
    ],
)
def test_an_incident_tells_of_its_services_deploys_and_of_no_others(
    web: httpx.Client, service: str, environment: str, minutes: int, *, said: bool
) -> None:
    started = datetime.fromisoformat(web.get("/api/v1/incidents/inc-answered").json()["started"])
    version = f"v9.{minutes}"
    given = {"project": "answers", "service": service, "environment": environment, "version": version}
    at = (started - timedelta(minutes=minutes)).isoformat()
    told = web.post(PATH, json={**given, "at": at, "text": "<i>new"}, headers=PROGRAM)
    assert told.status_code == 201
    page = web.get("/incidents/inc-answered").text
    assert (f"{service} {version} was deployed, {minutes} min before the start (told)" in page) is said
    assert "<i>new" not in page
