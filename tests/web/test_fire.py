"""The graph on fire."""

from dataclasses import replace
from datetime import timedelta

from tests.web.rows import AT, HOUR, MINUTE, failures, parts, row, watch

from tocsin.model.dimension import Dimension
from tocsin.model.incident import Incident, Member
from tocsin.model.parts import PartsRow
from tocsin.model.signs import Signs
from tocsin.model.whole import whole
from tocsin.testing.examples import a_judgement, an_incident
from tocsin.web import fire
from tocsin.web.fire import Fire


def burning(**judgement: object) -> Incident:
    began = AT - 10 * MINUTE
    member = Member("errors_fast", AT - 8 * MINUTE, None, a_judgement(**judgement))
    return an_incident(started=began, opened=AT - 8 * MINUTE, headline="errors_fast", members=(member,))


def built(incident: Incident, *rows: PartsRow) -> Fire:
    plan = fire.plan(incident, fire.minutes_that_matter(incident, AT), AT, watch())
    return fire.build(incident, rows, plan, watch(), AT)


def test_an_incidents_graph_has_at_least_twenty_points_and_the_time_before_it() -> None:
    window = fire.minutes_that_matter(burning(), AT)
    plan = fire.plan(burning(), window, AT, watch())
    assert 20 <= len(plan.grid.starts) <= 200
    assert plan.grid.starts[0] <= burning().started - timedelta(minutes=30)


def test_the_value_of_the_message_is_on_the_graph() -> None:
    """41 of 178 calls in five minutes: the point that ends the alarm's window shows exactly that share."""
    calls = [(40, 12), (30, 9), (28, 8), (20, 6), (19, 6)]
    rows = [row(6 - n, "", parts(well)) for n, (well, _) in enumerate(calls)]
    rows += [row(6 - n, "overloaded", failures(bad)) for n, (_, bad) in enumerate(calls)]
    graph = built(burning(), *rows).graph
    assert graph is not None
    share = next(series for series in graph.series if series.key == "error_share")
    assert share.values[graph.at.index(int((AT - 2 * MINUTE).timestamp()))] == 41 / 178
    assert graph.trailing_s == 300


def test_threshold_usual_level_and_incident_are_drawn() -> None:
    graph = built(burning()).graph
    assert graph is not None
    assert {level.kind: level.value for level in graph.levels} == {"threshold": 0.05, "usual": 0.004}
    assert graph.marks[0].since == int((AT - 10 * MINUTE).timestamp())
    assert graph.marks[0].fired == int((AT - 8 * MINUTE).timestamp())
    assert graph.marks[0].until is None


def test_only_the_alarms_own_group_is_asked_for() -> None:
    plan = fire.plan(burning(), fire.minutes_that_matter(burning(), AT), AT, watch())
    assert plan.filters == {Dimension.SERVICE: ("checkout-bot",), Dimension.ENVIRONMENT: ("production",)}


def test_an_alarm_about_a_whole_project_filters_nothing() -> None:
    incident = an_incident(group=whole("default"), started=AT - HOUR, opened=AT - HOUR)
    assert fire.plan(incident, fire.minutes_that_matter(incident, AT), AT, watch()).filters == {}


def test_a_silence_is_shown_as_calls_a_minute_with_the_gap_it_is() -> None:
    """The window of a silence is as long as the silence, and fits no step: each point is then its own minute."""
    silent = burning(measure="calls_per_minute", value=0.0, threshold=None, window=timedelta(seconds=843), bad=0)
    graph = built(silent, row(30), row(29)).graph
    assert graph is not None
    assert graph.trailing_s is None
    assert graph.series[0].values[-1] is None


def test_a_long_incident_is_shown_from_its_beginning() -> None:
    incident = an_incident(started=AT - 50 * HOUR, opened=AT - 50 * HOUR)
    window = fire.minutes_that_matter(incident, AT)
    assert window.since < incident.started < window.until
    assert window.length <= timedelta(hours=7)


def test_an_incident_of_last_year_is_still_shown_on_its_own_minutes() -> None:
    incident = an_incident(started=AT - 9000 * HOUR, opened=AT - 9000 * HOUR, closed=AT - 8999 * HOUR)
    window = fire.minutes_that_matter(incident, AT)
    assert window.until <= AT - 8998 * HOUR


def test_an_incident_whose_measure_is_gone_still_has_its_page() -> None:
    """Measures come and go between versions; a permalink of a year ago must not break."""
    gone = built(burning(measure="a_measure_of_old"))
    assert gone.graph is None
    assert gone.why


def test_one_class_of_errors_is_drawn_alone_with_its_own_threshold() -> None:
    """Its threshold over the stack of all classes would say what nobody judges."""
    limited = burning(measure="rate_limit_share", value=0.1, threshold=0.02, window=5 * MINUTE)
    rows = [row(n, "", replace(parts(20), signs=Signs.of({"error_rate_limit": 2}))) for n in range(2, 7)]
    graph = built(limited, *rows).graph
    assert graph is not None
    assert [series.key for series in graph.series] == ["rate_limit_share"]
    assert graph.series[0].values[graph.at.index(int((AT - 2 * MINUTE).timestamp()))] == 0.1
    assert {level.measure for level in graph.levels} == {"rate_limit_share"}
    assert fire.plan(limited, fire.minutes_that_matter(limited, AT), AT, watch()).group_by == ()
