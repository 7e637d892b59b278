"""The stored past, judged again: the same as a replay of all series at once, one service at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random

import pytest
from tests.alarms.world import APP, DAY, HOUR, MEASURES, MINUTE, START, Traffic, series_of, worse

from tocsin.alarms.pack import pack
from tocsin.alarms.replay import Replayed, replay
from tocsin.alarms.series import KNOWN, NO_PARTS, Series, SeriesSource
from tocsin.model.alarm import Group
from tocsin.model.dimension import Dimension
from tocsin.model.parts import Parts, PartsRow
from tocsin.model.problem import BadInput
from tocsin.model.progress import Progress
from tocsin.model.window import Window
from tocsin.rewind import Asked, rewind

OTHER = Group("default", "production", "other")
WELL = Traffic(6, plain=True)
BAD = worse(WELL, failing=0.9)


@dataclass(frozen=True)
class Past:
    """Series that answer the store's question."""

    series: Mapping[Group, Series]

    def parts(
        self,
        project: str,
        window: Window,
        step: timedelta | None,
        group_by: Sequence[Dimension],
        filters: Mapping[Dimension, Sequence[str]],
    ) -> Sequence[PartsRow]:
        if not group_by:
            rows = SeriesSource(self.series).parts(project, window, step, (), filters)
            return [row for row in rows if window.since <= row.at < window.until]
        assert tuple(group_by) == (Dimension.ENVIRONMENT, Dimension.SERVICE)
        return [
            PartsRow(window.since, (group.environment, group.service), Parts(calls=1))
            for group, series in self.series.items()
            if group.project == project and series.first is not None
        ]


def a_past() -> Past:
    """Return three days: one service breaks for half an hour, the other falls silent for an hour, then both are."""
    random = Random(7)
    app = series_of(random, (WELL, 2 * DAY), (BAD, HOUR / 2), (WELL, DAY - HOUR / 2 - 2 * HOUR), (Traffic(0), 2 * HOUR))
    other = series_of(random, (WELL, 2 * DAY), (Traffic(0), HOUR), (WELL, DAY - 3 * HOUR), (Traffic(0), 2 * HOUR))
    return Past({APP: app, OTHER: other})


def done(steps: Sequence[Progress | Replayed]) -> Replayed:
    (result,) = [step for step in steps if isinstance(step, Replayed)]
    assert steps[-1] is result
    return result


def test_services_one_by_one_come_to_what_all_at_once_come_to() -> None:
    past = a_past()
    at = START + 3 * DAY
    steps = list(rewind(pack({}), past, MEASURES, Asked("", "default", 2 * DAY), at))
    found = done(steps)
    whole = replay(pack({}), past.series, MEASURES, Window(at - 2 * DAY, at))
    assert found.firings == whole.firings
    assert {(told.incident.id, told.reason) for told in found.told} == {
        (told.incident.id, told.reason) for told in whole.told
    }
    assert {firing.alarm for firing in found.firings} >= {"errors_fast", "no_data", "no_data_global"}
    progress = [step for step in steps if isinstance(step, Progress)]
    assert [step.done for step in progress] == sorted(step.done for step in progress)
    assert len({step.of for step in progress}) == 1


def test_one_alarm_alone_says_what_it_says_among_others() -> None:
    past, at = a_past(), START + 3 * DAY
    everything = done(list(rewind(pack({}), past, MEASURES, Asked("", "default", 2 * DAY), at)))
    alone = done(list(rewind(pack({}), past, MEASURES, Asked("errors_fast", "default", 2 * DAY), at)))
    assert alone.firings == tuple(one for one in everything.firings if one.alarm == "errors_fast")
    assert alone.firings[0].group == APP


def test_a_replay_begins_with_the_first_call_there_is() -> None:
    """A week without data has no pages, and must not make the rate look better."""
    found = done(list(rewind(pack({}), a_past(), MEASURES, Asked("errors_fast", "default", 30 * DAY), START + 3 * DAY)))
    assert timedelta(0) <= found.window.since - START < 5 * MINUTE
    assert found.pages == 1
    assert found.pages_per_week == pytest.approx(7 / 3, rel=0.01)


def test_without_a_call_there_is_nothing_to_say() -> None:
    empty = Series(START)
    empty.append(NO_PARTS)
    found = done(list(rewind(pack({}), Past({APP: empty}), MEASURES, Asked("", "default", DAY), START + KNOWN)))
    assert (found.firings, found.pages_per_week, found.window.length) == ((), 0.0, timedelta(0))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Asked("erors_fast", "default", DAY), 'no alarm "erors_fast" is on; did you mean errors_fast?'),
        (Asked("", "default", timedelta(0)), "since = 0s must lie between 1m and 90d"),
        (Asked("", "default", 91 * DAY), "since = 91d must lie between 1m and 90d"),
    ],
)
def test_what_can_not_be_replayed_is_refused_before_anything_is_read(asked: Asked, words: str) -> None:
    with pytest.raises(BadInput) as told:
        rewind(pack({}), Past({}), MEASURES, asked, START)
    assert words in str(told.value)
