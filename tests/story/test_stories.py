"""Every story in this folder, told to the real judges and the real machine."""

from pathlib import Path

import pytest

import tocsin.measures
from tocsin import registry
from tocsin.alarms import story
from tocsin.alarms.kind import kinds
from tocsin.model.measure import Measure
from tocsin.model.problem import BadInput

FOLDER = Path(__file__).parent
MEASURES = registry.load(tocsin.measures, "MEASURE", Measure)
STORIES = sorted(FOLDER.glob("*/*.story"))
# What each kind must have been tried against.
TOPICS = ("outage", "brown-out", "slow-creep", "deploy-blip", "silence", "low-traffic")


@pytest.mark.parametrize("path", STORIES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_story_goes_as_it_says(path: Path) -> None:
    told = story.tell(story.read(path.read_text(), path.name), MEASURES)
    assert not told.faults, told.transcript


@pytest.mark.parametrize("path", STORIES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_story_leaves_no_room_for_surprises(path: Path) -> None:
    told = story.read(path.read_text(), path.name)
    assert told.nothing_else
    names = {name for name, kind in kinds().items() if any(alarm.kind is kind for alarm in told.alarms)}
    assert path.parent.name in {alarm.name for alarm in told.alarms} | names


@pytest.mark.parametrize("kind", kinds())
def test_every_kind_has_stories(kind: str) -> None:
    assert list((FOLDER / kind).glob("*.story")), f"tests/story/{kind}/ holds no story"


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("kind", ["errors_fast", "latency_drift", "cost_run_rate"])
def test_the_kinds_that_watch_calls_have_a_story_of_each_trouble(kind: str, topic: str) -> None:
    assert (FOLDER / kind / f"{topic}.story").is_file()


WRONG = {
    "calls 00:00 30m ok 5": "no alarm line",
    "alarm eror_fast": 'line 1: "eror_fast" is no alarm of the default pack; did you mean errors_fast?',
    "alarm errors_fast\ncals 00:00 5m ok 5": 'line 2: "cals" is no line of a story; did you mean calls?',
    "alarm errors_fast\ncalls 0:00 5m ok 5": 'line 2: "0:00" is not a time; write it as in 00:30 or 1d02:30',
    "alarm errors_fast\ncalls 00:00 5 m ok 5": 'line 2: "5" is not a duration; give it a unit',
    "alarm errors_fast\ncalls 00:00 5m okay 5": 'line 2: "okay" is not known here; did you mean ok?',
    "alarm errors_fast\ncalls 00:00 5m ok -5": 'line 2: "-5" is not a count of calls a minute',
    "alarm errors_fast\ncalls 00:00 5m ok 5 cost 3": 'line 2: "3" is not an amount of money; write it as "3 USD"',
    "alarm errors_fast\ncalls 00:00 30s ok 5": "line 2: starts and lengths are whole minutes",
    "alarm errors_fast\nexpect 00:30 fireing": 'line 2: "fireing" is no phase; did you mean firing?',
    "alarm errors_fast\nexpect 00:30 message sent": "line 2: a message is one of: firing, resolved",
    "alarm errors_fast\nset hold = 3m": 'line 2: "hold = 3m" can\'t be read',
    "alarm errors_fast\nalarm errors_fast": "line 2: errors_fast is named twice; put its set lines below the first",
    "alarm errors_fast\ncalls 00:00 5m ok 5": "no expect line, so it is true whatever happens",
    "alarm errors_fast\ncalls 00:00 5m ok 5\nexpect 00:03 firing eror_fast": (
        'line 3: "eror_fast" is no alarm of this story; did you mean errors_fast?'
    ),
    "alarm errors_fast\ncalls 00:00 5m ok 5\nexpect 00:30 firing": (
        "line 3: 00:30 lies after the end of the story at 00:05"
    ),
    'alarm errors_fast\nset hld = "3m"': "hld is not a known key; did you mean hold?",
    'set hold = "3m"': "line 1: set comes after the alarm it changes",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_mistake_is_told_with_its_line_and_what_to_do(text: str) -> None:
    with pytest.raises(BadInput) as told:
        story.read(text, "mine")
    assert WRONG[text] in str(told.value)


def test_an_expectation_that_fails_says_when_it_happened_instead() -> None:
    text = "alarm errors_fast\ncalls 00:00 10m failed 50\nexpect 00:05 firing\nexpect nothing else"
    told = story.tell(story.read(text), MEASURES)
    assert told.faults[0] == (
        "line 3: expected 00:05 firing errors_fast, but it was at 00:02; change the line, the calls or the settings"
    )
    assert any("00:01 pending errors_fast: it happened" in fault for fault in told.faults)
    assert "fault   line 3" in told.transcript


def test_settings_of_a_story_change_its_alarm_only() -> None:
    read = story.read(
        'alarm errors_fast\nset hold = "3m"\nset failed_min = 7\ncalls 00:00 5m ok 1\nexpect nothing else'
    )
    (alarm,) = read.alarms
    assert alarm.settings.failed_min == 7
    assert alarm.patience.hold.total_seconds() == 180
