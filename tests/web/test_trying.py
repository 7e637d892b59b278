"""Each alarm's own page: what it would have told of the past, as it is set and as it is tried."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Event, Thread

import httpx
import pytest
from tests.web.rows import AT

from tocsin.alarms.kind import Alarm
from tocsin.alarms.pack import DEFAULT
from tocsin.alarms.replay import Replayed
from tocsin.model.progress import Progress
from tocsin.model.window import Window
from tocsin.rewind import Asked
from tocsin.web.tryout import Tried, Tryout

ERRORS = next(alarm for alarm in DEFAULT if alarm.name == "errors_fast")
ASKED = Asked("errors_fast", "default", timedelta(days=14))
QUIET = Replayed(Window(AT - timedelta(days=14), AT), (), ())
HTMX = {"hx-request": "true"}


def test_the_page_of_an_alarm_offers_every_setting_and_loads_its_replay(web: httpx.Client) -> None:
    page = web.get("/alarms/errors_fast").text
    assert '<input name="set.share_min" value="0.05"' in page
    assert '<input name="set.hold" value="1m"' in page
    assert 'hx-get="/alarms/errors_fast/replay?days=14"' in page
    assert "Nothing is saved." in page


def test_the_replay_tells_of_the_outage_that_is_stored(web: httpx.Client) -> None:
    part = web.get("/alarms/errors_fast/replay", params={"days": 14}, headers=HTMX).text
    assert part.lstrip().startswith("<p><strong>It would have fired once in the last 3 h, for 9 min in all; 1 page.")
    assert part.count('<rect class="fired"') == 1
    assert "checkout-bot, prod" in part
    assert "<html" not in part


def test_without_scripts_the_whole_page_has_the_replay_in_it(web: httpx.Client) -> None:
    page = web.get("/alarms/errors_fast", params={"replay": "1", "set.share_min": "0.7", "set.failed_min": "5"}).text
    assert "As written below it would not have fired in the last 3 h." in page
    assert "[alarms.errors_fast]\nshare_min = 0.7\n</pre>" in page
    assert '<input name="set.share_min" value="0.7"' in page


def test_what_was_asked_before_is_told_beside_what_is_tried(web: httpx.Client) -> None:
    web.get("/alarms/errors_fast/replay", params={"days": 14})
    part = web.get("/alarms/errors_fast/replay", params={"days": 14, "set.share_min": "0.8"}, headers=HTMX).text
    assert "As it is set it would have fired once" in part


def test_one_service_can_be_asked_for(web: httpx.Client) -> None:
    part = web.get("/alarms/errors_fast/replay", params={"service": "search-agent"}, headers=HTMX).text
    assert "would not have fired" in part


def test_a_setting_that_makes_no_sense_is_told_where_the_replay_would_be(web: httpx.Client) -> None:
    part = web.get("/alarms/errors_fast/replay", params={"set.share_min": "<b>"}, headers=HTMX)
    assert part.status_code == 200
    assert "[alarms.errors_fast]" in part.text
    assert "&lt;b&gt;" in part.text
    assert "<b>" not in part.text


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/alarms/erors_fast", 404, "did you mean errors_fast?"),
        ("/alarms/errors_fast?days=5", 400, "replay goes over 14 or 30 days, not 5."),
        ("/alarms/errors_fast?set.sharemin=1", 400, "is not a filter or setting of this page"),
    ],
)
def test_what_can_not_be_asked_says_so(web: httpx.Client, path: str, status: int, told: str) -> None:
    answer = web.get(path)
    assert answer.status_code == status
    assert told in answer.text


def test_a_page_of_another_site_can_not_make_this_one_work(web: httpx.Client) -> None:
    answer = web.get("/alarms/errors_fast/replay", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


def test_alarms_whose_data_never_came_are_inert_and_say_why(web: httpx.Client) -> None:
    page = web.get("/alarms").text
    assert "On, and without anything to judge" in page
    assert "no evaluator came" in page
    assert "inert" in web.get("/alarms/quality_drift").text
    assert "fire: no evaluator came." in web.get("/alarms/quality_drift").text


def test_what_was_tried_is_remembered_for_ten_minutes() -> None:
    asked: list[Asked] = []

    def replay(_alarm: Alarm, one: Asked) -> Iterator[Progress | Replayed]:
        asked.append(one)
        yield QUIET

    tryout = Tryout(DEFAULT, replay)
    assert tryout.tried(ERRORS, ASKED, AT) == tryout.tried(ERRORS, ASKED, AT + timedelta(minutes=9)) == Tried(QUIET)
    assert len(asked) == 1
    tryout.tried(ERRORS, ASKED, AT + timedelta(minutes=11))
    assert len(asked) == 2
    assert tryout.remembered(ERRORS, Asked("errors_fast", "other", timedelta(days=14)), AT) is None


def test_a_replay_that_takes_too_long_is_stopped_and_says_how_far_it_came() -> None:
    def replay(_alarm: Alarm, _asked: Asked) -> Iterator[Progress | Replayed]:
        yield from (Progress(n, 100) for n in range(1, 100))
        yield QUIET

    tried = Tryout(DEFAULT, replay, budget=timedelta(0)).tried(ERRORS, ASKED, AT)
    assert tried.replayed is None
    assert tried.trouble.startswith("Stopped after 0 s, when 1% of the past was judged.")
    assert tried.trouble.endswith("or run: tocsin alarms replay errors_fast")


def test_one_replay_goes_on_at_a_time_and_others_are_sent_away_after_a_while() -> None:
    begun, go_on = Event(), Event()

    def replay(_alarm: Alarm, _asked: Asked) -> Iterator[Progress | Replayed]:
        begun.set()
        go_on.wait(10)
        yield QUIET

    tryout = Tryout(DEFAULT, replay, budget=timedelta(milliseconds=50))
    first = Thread(target=tryout.tried, args=(ERRORS, ASKED, AT))
    first.start()
    assert begun.wait(10)
    other = tryout.tried(ERRORS, Asked("errors_fast", "other", timedelta(days=14)), AT)
    go_on.set()
    first.join(10)
    assert other.trouble == "Other replays are under way. Ask again in some seconds."
    assert tryout.tried(ERRORS, ASKED, AT) == Tried(QUIET)
