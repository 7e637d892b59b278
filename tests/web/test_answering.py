"""Answers over HTTP: from the page's form and from programs, and from nowhere else."""

import httpx
import pytest

INCIDENT = "inc-answered"
ACK = f"/api/v1/incidents/{INCIDENT}/ack"
PROGRAM = {"x-tocsin": "1"}
FORM = f"/incidents/{INCIDENT}/answer"


def ours(web: httpx.Client) -> dict[str, str]:
    """Return what a browser says of a form of this server."""
    return {"origin": str(web.base_url).rstrip("/")}


def test_the_page_takes_an_acknowledgement_without_javascript_and_shows_it(web: httpx.Client) -> None:
    page = web.get(f"/incidents/{INCIDENT}").text
    assert "Nobody has acknowledged it yet." in page
    sent = web.post(FORM, data={"by": "Ada", "deed": "acknowledged"}, headers=ours(web))
    assert (sent.status_code, sent.headers["location"]) == (303, f"/incidents/{INCIDENT}")
    page = web.get(f"/incidents/{INCIDENT}").text
    assert "Acknowledged by Ada" in page
    assert "Ada acknowledged it (page)" in page
    assert 'value="acknowledged"' not in page
    assert 'value="Ada"' in page, "the name is remembered"


def test_a_program_takes_an_incident_on_and_sees_who_has_it(web: httpx.Client) -> None:
    answer = web.post(ACK, json={"by": "Ben"}, headers=PROGRAM).json()
    assert answer["acknowledged"]["by"] in {"Ada", "Ben"}
    kept = web.get(f"/api/v1/incidents/{INCIDENT}").json()
    assert kept["acknowledged"] == answer["acknowledged"]
    assert answer["acknowledged"]["by"] in {act["by"] for act in kept["acts"] if act["deed"] == "acknowledged"}


def test_feedback_is_one_of_three_words(web: httpx.Client) -> None:
    path = f"/api/v1/incidents/{INCIDENT}/feedback"
    assert web.post(path, json={"by": "Ben", "verdict": "noise"}, headers=PROGRAM).status_code == 200
    wrong = web.post(path, json={"by": "Ben", "verdict": "bad"}, headers=PROGRAM)
    assert wrong.status_code == 400
    assert wrong.json()["error"]["reason"] == "verdict must be one of useful, noise, known"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ],
)
def test_a_form_of_another_site_is_refused(web: httpx.Client, headers: dict[str, str]) -> None:
    sent = web.post(FORM, data={"by": "Eve", "deed": "noise"}, headers=headers)
    assert sent.status_code == 403
    assert "Eve" not in web.get(f"/incidents/{INCIDENT}").text


def test_the_browsers_word_for_a_form_of_ours_is_enough(web: httpx.Client) -> None:
    sent = web.post(FORM, data={"by": "Cy", "deed": "useful"}, headers={"sec-fetch-site": "same-origin"})
    assert sent.status_code == 303


def test_a_program_without_the_header_is_refused(web: httpx.Client) -> None:
    assert web.post(ACK, json={"by": "Eve"}).status_code == 403


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "who does this is missing"),
        ({"by": 7}, "by = 7 is no text"),
        ({"by": "Ada", "whom": "x"}, "whom"),
    ],
)
def test_a_body_that_says_too_little_or_too_much_is_told_so(
    web: httpx.Client, body: dict[str, object], reason: str
) -> None:
    wrong = web.post(ACK, json=body, headers=PROGRAM)
    assert wrong.status_code == 400
    assert reason in wrong.json()["error"]["reason"]


def test_an_incident_that_is_not_there_is_a_404(web: httpx.Client) -> None:
    assert web.post("/api/v1/incidents/none/ack", json={"by": "Ada"}, headers=PROGRAM).status_code == 404


def test_a_name_never_becomes_part_of_the_page(web: httpx.Client) -> None:
    web.post(FORM, data={"by": "<script>x</script>", "deed": "known"}, headers=ours(web))
    assert "<script>x" not in web.get(f"/incidents/{INCIDENT}").text
