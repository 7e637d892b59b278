"""Tocsin itself: what it measures, as a page and as Prometheus reads it."""

import re

import httpx

from tocsin.web.engine import GAUGE, Sample, exposition

LINE = re.compile(r'[a-z_]+(\{[a-z]+="(?:[^"\\\n]|\\.)*"(,[a-z]+="(?:[^"\\\n]|\\.)*")*\})? -?[0-9.e+-]+')


def test_every_line_of_metrics_is_one_that_prometheus_reads(web: httpx.Client) -> None:
    answer = web.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    values = [line for line in lines if not line.startswith("# ")]
    assert values
    assert [line for line in values if not LINE.fullmatch(line)] == []
    names = [line.split()[2] for line in lines if line.startswith("# TYPE ")]
    assert len(names) == len(set(names)), "the values of one name stand together"


def test_metrics_tell_of_messages_that_wait_and_tries_that_failed(web: httpx.Client) -> None:
    text = web.get("/metrics").text
    assert 'tocsin_outbox_notices{channel="slack"}' in text
    assert 'tocsin_deliveries{channel="pager",outcome="gave up: not authorised"} 1' in text
    assert "tocsin_channels_failing 1" in text


def test_a_name_can_not_break_a_line_of_metrics() -> None:
    sample = Sample("tocsin_x", "x", GAUGE, 1, (("channel", 'a"b\\c\nd'),))
    assert exposition((sample,)).splitlines()[-1] == 'tocsin_x{channel="a\\"b\\\\c\\nd"} 1'


def test_the_page_shows_the_same_values_and_asks_for_no_drill_without_a_server(web: httpx.Client) -> None:
    page = web.get("/tocsin").text
    assert "tocsin_channels_failing" in page
    assert "No heartbeat is set up" in page
    assert "There was no drill yet" in page
    assert "<form" not in page
    same_origin = {"sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded"}
    assert web.post("/tocsin/drill", headers=same_origin, content="").status_code == 404


def test_a_drill_can_not_be_begun_by_a_page_of_another_site(web: httpx.Client) -> None:
    answer = web.post("/tocsin/drill", headers={"sec-fetch-site": "cross-site"}, data={"channel": "team"})
    assert answer.status_code == 403
