"""What calls show is counted alike by the settling, by both sorts of graphs, by alarms, and by plain Python."""

from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.store.agree import matches
from tests.store.opened import START, Opened
from tests.store.told import FAMILIES, Told, body_of, settled

from tocsin.model.alarm import Group
from tocsin.model.dimension import Dimension
from tocsin.model.listing import Order
from tocsin.model.parts import Parts
from tocsin.model.served import AskServed, Served
from tocsin.model.signs import NO_SIGNS, Sign, Signs
from tocsin.model.usage import Usage
from tocsin.model.window import Window
from tocsin.store.schema import migrations, statements
from tocsin.store.signs import family

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
USED = Usage(1_000, output_tokens=300)
WELL = Told(usage=USED, served="gpt-4o-2024-08-06")


def shown(store: Opened, *calls: Told) -> Signs:
    """Return what the calls show, which all tables must agree on; alarms read both whole minutes and single calls."""
    project = store.project()
    store.insert(project, [body_of(calls)])
    store.settle()
    matches(store, project, calls, dimensions=(Dimension.MODEL, Dimension.RESPONSE_MODEL, Dimension.FINISH_REASON))
    until = max(call.ended for call in calls) + MINUTE
    (row,) = store.reader.parts(project, Window(START, until.replace(second=0, microsecond=0)), None, (), {})
    for moment in (until, until.replace(second=0, microsecond=0)):
        found = store.evidence.windows(moment, [5 * MINUTE], None, sketched=())
        assert found[Group(project, "production", "app")][5 * MINUTE].signs == row.parts.signs
    return row.parts.signs


def test_a_call_that_went_well_and_says_all_shows_nothing(store: Opened) -> None:
    """Nearly all calls are such; they must cost no bytes."""
    assert shown(store, WELL) == NO_SIGNS


@pytest.mark.parametrize(
    ("call", "signs"),
    [
        (Told(usage=USED, served="gpt-4o-mini-2024-07-18"), [Sign.SWAPPED]),
        (Told(usage=Usage(1_000, output_tokens=0), served="gpt-4o"), [Sign.EMPTY]),
        (Told(usage=USED, served="gpt-4o", finish="length"), [Sign.CUT_SHORT]),
        (Told(usage=USED, served="gpt-4o", finish="content_filter"), [Sign.REFUSED]),
        (Told(usage=USED, served="gpt-4o", finish="refusal"), [Sign.REFUSED]),
        (Told(usage=Usage(1_000, output_tokens=0), served="gpt-4o", finish="content_filter"), [Sign.REFUSED]),
        (Told(usage=USED), [Sign.MODEL_UNTOLD]),
        (Told(usage=Usage(1_000), served="gpt-4o"), [Sign.OUTPUT_UNTOLD]),
        (Told(usage=USED, served="gpt-4o", finish=""), [Sign.ENDING_UNTOLD]),
        (Told(error="RateLimitError"), ["error_rate_limit"]),
        (Told(error="ContentFilterFinishReasonError"), ["error_content_filter"]),
        (
            Told(usage=Usage(1_000, output_tokens=0), served="gpt-4o-mini-2024-07-18", finish="length"),
            [Sign.CUT_SHORT, Sign.EMPTY, Sign.SWAPPED],
        ),
    ],
)
def test_a_call_shows_what_it_is_said_to(store: Opened, call: Told, signs: list[str]) -> None:
    assert shown(store, call) == Signs.of(dict.fromkeys(signs, 1))


def test_an_empty_text_with_a_tool_call_is_an_answer(store: Opened) -> None:
    message = '[{"role":"assistant","parts":[{"type":"tool_call","name":"search","arguments":"{}"}]}]'
    call = Told(
        usage=Usage(1_000, output_tokens=0),
        served="gpt-4o",
        finish="tool_calls",
        more={"gen_ai.output.messages": message},
    )
    project = store.project()
    store.insert(project, [body_of([call])])
    store.settle()
    (row,) = store.reader.parts(project, Window(START, START + DAY), None, (), {})
    assert row.parts.signs == NO_SIGNS


def test_an_embedding_has_no_output_to_tell_of(store: Opened) -> None:
    """Some libraries say zero output tokens; that is no empty answer."""
    call = Told(usage=Usage(1_000, output_tokens=0), served="gpt-4o", more={"gen_ai.operation.name": "embeddings"})
    project = store.project()
    store.insert(project, [body_of([call])])
    store.settle()
    (row,) = store.reader.parts(project, Window(START, START + DAY), None, (), {})
    assert (row.parts.calls, row.parts.signs) == (1, Signs.of({Sign.OUTPUT_UNTOLD: 1}))


calls = st.builds(
    Told,
    trace=st.integers(1, 40),
    at=st.integers(0, 200_000).map(lambda ms: timedelta(milliseconds=ms)),
    model=st.sampled_from(["gpt-4o", "claude-sonnet-4-5", ""]),
    served=st.sampled_from(["", "gpt-4o", *FAMILIES]),
    finish=st.sampled_from(["", "stop", "length", "content_filter", "refusal"]),
    error=st.sampled_from(["", "", "", "RateLimitError", "InternalServerError", "CancelledError"]),
    usage=st.sampled_from([USED, Usage(1_000, output_tokens=0), Usage(1_000)]),
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=st.lists(calls, min_size=1, max_size=30, unique_by=lambda told: told.trace))
def test_whatever_calls_come_the_store_counts_what_they_show(store: Opened, sent: list[Told]) -> None:
    assert shown(store, *sent) == Signs.merged(call.parts.signs for call in settled(sent).values())


@pytest.mark.parametrize(
    ("asked", "served", "same"),
    [
        ("gpt-4o", "gpt-4o-2024-08-06", True),
        ("gpt-4o", "gpt-4o-mini", False),
        ("gpt-4o", "gpt-4o-mini-2024-07-18", False),
        ("gpt-4", "gpt-4-0613", True),
        ("gpt-4", "gpt-4-turbo", False),
        ("openai/gpt-4o-mini", "gpt-4o-mini", True),
        ("anthropic/claude-sonnet-4.5", "claude-sonnet-4-5-20250929", True),
        ("claude-3-5-sonnet-latest", "claude-3-5-sonnet-20241022", True),
        ("claude-3-5-sonnet@20241022", "claude-3-5-sonnet-20241022", True),
        ("us.anthropic.claude-3-haiku-20240307-v1:0", "claude-3-haiku-20240307", True),
        ("claude-opus-4-1", "claude-sonnet-4-5-20250929", False),
        ("models/gemini-2.0-flash", "gemini-2.0-flash-001", True),
        ("gemini-2.5-pro", "gemini-2.5-pro-preview-05-06", True),
        ("gemini-2.5-pro", "gemini-2.5-flash", False),
        ("mistral-large-latest", "mistral-large-2411", True),
        ("meta-llama/llama-3.3-70b-instruct:free", "meta-llama/llama-3.3-70b-instruct", True),
        ("deepseek-v3", "deepseek-r1", False),
    ],
)
def test_versions_of_one_family_are_the_same(store: Opened, asked: str, served: str, *, same: bool) -> None:
    expression = f"SELECT {family('{a:String}')} = {family('{b:String}')}"
    ((found,),) = store.writer.ask(expression, {"a": asked, "b": served})
    assert bool(found) is same


def test_minutes_of_before_the_update_say_what_can_be_said_of_them(store: Opened) -> None:
    """What nobody counted must not become the usual: an alarm would take the first day after an update for a surge."""
    project = store.project()
    store.insert(project, [body_of([WELL, Told(trace=2, error="RateLimitError", at=MINUTE)])])
    store.settle()
    tables = ("rollup_minute", "rollup_hour", "rollup_service")
    for table in tables:
        store.writer.run(f"ALTER TABLE {table} DROP COLUMN signs")
    (text,) = (text for name, text in migrations() if name == "0010_signs.sql")
    for statement in statements(text):
        store.writer.run(statement)
    window = Window(START, START + DAY)
    expected = Signs.of({**dict.fromkeys((Sign.ENDING_UNTOLD, Sign.MODEL_UNTOLD, Sign.OUTPUT_UNTOLD), 1)})
    errors = Signs.of({"error_rate_limit": 1})
    for step in (MINUTE, None):
        rows = store.reader.parts(project, window, step, (), {})
        assert Parts.merged(row.parts for row in rows).signs == Signs.merged([expected, errors])
    found = store.evidence.windows(START + 5 * MINUTE, [5 * MINUTE, 10 * MINUTE], None, sketched=())
    assert found[Group(project, "production", "app")][10 * MINUTE].signs == expected


def answers(asked: str, served: str, at: timedelta) -> list[Told]:
    return [
        Told(trace=next(numbers), at=at + n * timedelta(seconds=60), model=asked, served=served, usage=USED)
        for n in range(20)
    ]


numbers = count(1000)


@pytest.mark.parametrize(
    ("name", "calls", "found"),
    [
        ("of an alias", [("gpt-4o", "gpt-4o-2024-08-06", -30), ("gpt-4o", "gpt-4o-2024-11-20", 0)], True),
        ("that is asked for anew", [("gpt-4o", "gpt-4o-2024-08-06", -30), ("o3", "o3-2025-04-16", 0)], False),
        ("that answered before", [("gpt-4o", "a", -30), ("o3", "b", -50), ("gpt-4o", "b", 0)], False),
        ("of a name just begun", [("gpt-4o", "a", -3), ("gpt-4o", "b", 0)], False),
    ],
)
def test_a_new_model_is_told_where_it_answers_for_one_that_was_asked_for_all_along(
    store: Opened, name: str, calls: list[tuple[str, str, int]], *, found: bool
) -> None:
    day, project = store.later(), store.project()
    spans = [told for asked, served, hours in calls for told in answers(asked, served, day - START + hours * HOUR)]
    store.insert(project, [body_of(spans)])
    store.settle(day + HOUR)
    facts = store.evidence.facts(AskServed(), day + 30 * MINUTE)
    expected = {Group(project, "production", "app"): Served("gpt-4o", calls[-1][1], day, 20)} if found else {}
    assert {group: fact for group, fact in facts.items() if group.project == project} == expected, name
    few = store.evidence.facts(AskServed(calls_min=21), day + 30 * MINUTE)
    assert [group for group in few if group.project == project] == []


def test_the_calls_that_show_something_can_be_listed(store: Opened) -> None:
    """What a message calls an example, and what the page lists, is what was counted."""
    showing = {
        Order.EMPTY: [Told(trace=2, usage=Usage(1_000, output_tokens=0), served="gpt-4o")],
        Order.CUT_SHORT: [Told(trace=3, usage=USED, served="gpt-4o", finish="length")],
        Order.REFUSED: [
            Told(trace=4, usage=USED, served="gpt-4o", finish="refusal"),
            Told(trace=5, error="ContentFilterFinishReasonError", at=-MINUTE),
        ],
        Order.SWAPPED: [Told(trace=6, usage=USED, served="gpt-4o-mini-2024-07-18")],
    }
    project, window = store.project(), Window(START - DAY, START + DAY)
    store.insert(project, [body_of([WELL, *(told for calls in showing.values() for told in calls)])])
    store.settle()
    for order, calls in showing.items():
        listed = store.reader.example_calls(project, window, {}, order, 10)
        assert [int(call.trace_id, 16) for call in listed] == [told.trace for told in calls], order
