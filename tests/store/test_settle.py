"""Calls are counted once, priced exactly, and add up the same in every table, however their spans came."""

from collections.abc import Sequence
from datetime import timedelta

from tests.store.agree import DAY, matches
from tests.store.opened import START, Opened
from tests.store.told import FRAMEWORK, OWN, Told, again, body_of

from tocsin.model.dimension import Dimension
from tocsin.model.usage import Usage
from tocsin.model.window import Window

MINUTE = timedelta(minutes=1)
USED = Usage(1_000, 200, 0, 0, 300, 100)


def sent(store: Opened, *commits: Sequence[Told], settle_between: bool = True) -> str:
    """Send group commits one after the other into a new project; return its name."""
    project = store.project()
    for commit in commits:
        store.insert(project, [body_of(commit)])
        if settle_between:
            store.settle()
    store.settle()
    return project


def counted(store: Opened, project: str) -> dict[int, str]:
    """Return why each call does not count, by its span's number; empty when it does."""
    rows = store.stored("calls", project, "lower(hex(span_id)) AS span, not_counted")
    return {int(row["span"], 16): row["not_counted"] for row in rows}


def test_one_call_is_one_row_priced_and_rolled_up(store: Opened) -> None:
    spans = [Told(usage=USED, tenant="acme", session="s", user="u", feature="help", agent="guide")]
    matches(store, sent(store, spans), spans, dimensions=tuple(Dimension))


def test_a_span_counts_once_however_often_it_is_sent(store: Opened) -> None:
    """Exporters retry: the same body again, and the same span in another body."""
    one, two = Told(usage=USED), Told(span=2, at=MINUTE, usage=USED)
    project = sent(store, [one], [one], [one, two], [two])
    matches(store, project, [one, two])


def test_a_span_sent_again_with_another_end_counts_once(store: Opened) -> None:
    """As when its clock was so far off that it was kept in the minute it arrived in, and it arrived twice."""
    one = Told(usage=USED)
    later = again(one, took=timedelta(minutes=5))
    for order in ([one], [later]), ([later], [one]), ([one, later],):
        project = sent(store, *order)
        rows = store.stored("calls", project, "toUnixTimestamp(minute) AS minute, not_counted")
        assert {(row["minute"] - int(START.timestamp())) // 60: row["not_counted"] for row in rows} == {
            0: "",
            5: "told before",
        }
        assert [row.parts.calls for row in store.reader.parts(project, DAY, None, (), {})] == [1]


def test_a_late_span_is_added_to_a_minute_that_was_rolled_up(store: Opened) -> None:
    spans = [Told(trace=n, usage=USED, at=timedelta(seconds=n)) for n in range(1, 4)]
    later = Told(trace=9, at=timedelta(hours=2), usage=USED)
    matches(store, sent(store, spans[:2], [later], spans[2:]), [*spans, later])


def test_a_wrapper_found_later_is_taken_out_again(store: Opened) -> None:
    """Frameworks and client libraries are often both instrumented; the outer span ends, and comes, last or first."""
    outer = Told(span=1, scope=FRAMEWORK, usage=USED)
    inner = Told(span=2, parent=1, usage=USED)
    for order in ([outer], [inner]), ([inner], [outer]):
        project = sent(store, *order)
        assert counted(store, project) == {1: "wraps another call", 2: ""}
        matches(store, project, [outer, inner])


def test_a_wrapper_is_found_six_levels_up_and_not_seven(store: Opened) -> None:
    steps = [Told(span=n, parent=n - 1, call=False, scope=OWN) for n in range(2, 7)]
    top, call = Told(span=1, scope=FRAMEWORK, usage=USED), Told(span=7, parent=6, usage=USED)
    spans = [call, *steps, top]
    assert counted(store, sent(store, spans)) == {1: "wraps another call", 7: ""}
    deeper = [again(call, span=8, parent=7), again(steps[0], span=7, parent=6), *steps, top]
    project = sent(store, deeper)
    assert counted(store, project) == {1: "", 8: ""}
    matches(store, project, deeper)


def test_a_call_that_failed_in_two_instrumentations_counts_once(store: Opened) -> None:
    outer = Told(span=1, scope=FRAMEWORK, error="RateLimitError")
    inner = Told(span=2, parent=1, error="RateLimitError")
    project = sent(store, [inner], [outer])
    assert counted(store, project) == {1: "wraps another call", 2: ""}
    matches(store, project, [outer, inner])


def test_a_call_without_usage_below_one_with_usage_is_part_of_it(store: Opened) -> None:
    outer, inner = Told(span=1, scope=FRAMEWORK, usage=USED), Told(span=2, parent=1)
    project = sent(store, [inner], [outer])
    assert counted(store, project) == {1: "", 2: "part of another call"}
    matches(store, project, [outer, inner])


def test_one_answer_told_in_two_traces_counts_once(store: Opened) -> None:
    """A lost context makes two traces of one call; the response's id holds them together."""
    full = Told(trace=1, usage=USED, response_id="r-1")
    thin = Told(trace=2, span=2, scope=FRAMEWORK, usage=Usage(1_000, output_tokens=300), response_id="r-1")
    for order in ([full], [thin]), ([thin], [full]), ([full, thin],):
        project = sent(store, *order)
        matches(store, project, [full, thin])
        assert sorted(counted(store, project).values()) == ["", "told by another span"]


def test_two_traces_of_one_answer_stay_one_when_a_span_without_the_answer_comes_later(store: Opened) -> None:
    """The late root is settled with its trace, and the other trace must not be forgotten then."""
    full = Told(trace=1, usage=USED, response_id="r-2")
    thin = Told(trace=2, parent=7, scope=FRAMEWORK, usage=Usage(1_000), response_id="r-2")
    root = Told(trace=2, span=7, call=False, scope=OWN, tenant="acme")
    project = sent(store, [full, thin], [root])
    matches(store, project, [full, thin, root])


def test_settling_one_answer_again_leaves_the_others_of_its_twin_alone(store: Opened) -> None:
    """A trace may share one answer with a second trace and another with a third."""
    middle = [
        Told(trace=2, span=1, scope=FRAMEWORK, usage=Usage(1_000), response_id="r-3"),
        Told(trace=2, span=2, scope=FRAMEWORK, usage=Usage(1_000), response_id="r-4"),
    ]
    left = Told(trace=1, usage=USED, response_id="r-3")
    right = Told(trace=3, usage=USED, response_id="r-4")
    project = sent(store, [*middle, right], [left])
    matches(store, project, [*middle, left, right])


def test_facts_of_the_trace_reach_its_calls_when_they_come_last(store: Opened) -> None:
    """The root ends last, and it is the root that knows the tenant."""
    call = Told(span=2, parent=1, usage=USED)
    root = Told(call=False, scope=OWN, tenant="acme", session="s-1", user="u-1", feature="search", took=MINUTE)
    matches(store, sent(store, [call], [root]), [call, root])


def test_of_two_facts_that_began_together_always_the_same_is_taken(store: Opened) -> None:
    facts = [Told(span=n, call=False, scope=OWN, tenant=f"tenant {n}") for n in (8, 5, 6)]
    call = Told(span=9, usage=USED)
    for order in (facts, facts[::-1]):
        matches(store, sent(store, [call], *([fact] for fact in order)), [call, *facts])


def test_an_agent_above_names_its_calls(store: Opened) -> None:
    spans = [
        Told(span=1, call=False, agent="planner"),
        Told(span=2, parent=1, call=False, scope=OWN),
        Told(span=3, parent=2, usage=USED),
        Told(span=4, parent=2, usage=USED, agent="its own"),
    ]
    matches(store, sent(store, spans[2:], spans[:2]), spans)


def test_a_span_that_names_itself_as_its_parent_still_counts(store: Opened) -> None:
    calls = [Told(span=5, parent=5, usage=USED), Told(span=6, usage=USED)]
    assert counted(store, sent(store, calls)) == {5: "", 6: ""}


def test_calls_that_name_each_other_as_parent_wrap_nothing(store: Opened) -> None:
    calls = [Told(span=5, parent=6, usage=USED), Told(span=6, parent=5, usage=USED)]
    below = Told(span=7, parent=6, usage=USED)
    assert counted(store, sent(store, calls)) == {5: "", 6: ""}
    assert counted(store, sent(store, [*calls, below])) == {5: "wraps another call", 6: "wraps another call", 7: ""}


def test_calls_lie_in_the_minute_they_ended_in_across_hours_midnight_and_weeks(store: Opened) -> None:
    """The week is a partition; the hour is a rollup; each border has calls on both sides and one across."""
    week = timedelta(days=7)
    borders = (timedelta(hours=1), timedelta(days=1), week)
    spans = [
        Told(trace=n * 10 + k, at=border + offset, took=timedelta(seconds=20), usage=USED)
        for n, border in enumerate(borders, 1)
        for k, offset in enumerate(timedelta(seconds=s) for s in (-40, -20, -10, 0))
    ]
    window = Window(START, START + week + timedelta(hours=1))
    project = sent(store, spans[::2], spans[1::2])
    matches(store, project, spans, window)


def test_settling_again_after_a_restart_changes_nothing(store: Opened) -> None:
    spans = [Told(trace=n, usage=USED, at=timedelta(minutes=n)) for n in range(1, 6)]
    project = sent(store, spans)
    store.another_settler().settle(store.newest_ns, START + timedelta(days=90))
    matches(store, project, spans)
