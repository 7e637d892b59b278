"""Links: every state has one, and a broken one is told what was wrong and what is near."""

from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.web.rows import AT, HOUR

from tocsin.model.dimension import Dimension
from tocsin.model.window import Window
from tocsin.web.state import RANGES, BadLink, State, parse


def read(query: str) -> State:
    return parse(parse_qsl(query, keep_blank_values=True), AT)


def test_an_empty_link_is_the_last_hour_and_has_an_empty_query() -> None:
    state = read("")
    assert state.window == Window(AT - HOUR, AT)
    assert state.live
    assert state.query() == ""


VALUES = st.text(min_size=1, max_size=20).filter(lambda text: text.strip() == text)
DIMENSIONS = st.sampled_from(list(Dimension))


def a_state(
    minutes: int, relative: str | None, project: str, filters: dict[Dimension, set[str]], incident: str | None
) -> State:
    fixed = Window(AT - timedelta(minutes=minutes + 5), AT - timedelta(minutes=4))
    return State(
        window=Window(AT - RANGES[relative], AT) if relative else fixed,
        range=relative,
        project=project,
        filters=tuple((dimension, tuple(sorted(values))) for dimension, values in sorted(filters.items())),
        group=next(iter(filters), None),
        incident=incident,
    )


STATES = st.builds(
    a_state,
    st.integers(1, 10_000),
    st.none() | st.sampled_from(sorted(RANGES)),
    st.just("default") | VALUES,
    st.dictionaries(DIMENSIONS, st.sets(VALUES, min_size=1, max_size=3), max_size=3),
    st.none() | VALUES,
)


@given(STATES)
def test_every_state_is_a_link_that_gives_the_state_back(state: State) -> None:
    assert read(state.query()) == state


def test_a_messages_link_is_read() -> None:
    """The address that notices carry: fixed times, the end still to come, a service, an incident."""
    to = int((AT + timedelta(minutes=15)).timestamp() * 1000)
    state = read(f"from={to - 4_500_000}&to={to}&service=checkout-bot&environment=prod&incident=inc-1")
    assert not state.live
    assert state.incident == "inc-1"
    assert state.filtered() == {Dimension.SERVICE: ("checkout-bot",), Dimension.ENVIRONMENT: ("prod",)}


def test_times_may_be_written_by_hand() -> None:
    state = read("from=2026-11-25T02:00Z&to=2026-11-25T04:30%2B01:00")
    assert state.window == Window(AT - 2 * HOUR, AT - timedelta(minutes=30))


@pytest.mark.parametrize(
    ("query", "says", "nearest"),
    [
        ("range=5x", "“5x” is not one of", "range="),
        ("modle=gpt", "The nearest is “model”", "model=gpt"),
        ("group=modell", "The nearest is “model”", "group=model"),
        ("group=colour", "Known: service", ""),
        ("from=yesterday", "is not a time", ""),
        ("from=1700000000&to=1700003600", "is it in seconds?", ""),
        ("from=2026-11-25T03:00Z&to=2026-11-25T02:00Z", "ends before it starts", "from="),
        ("from=2030-01-01T00:00Z&to=2030-01-02T00:00Z", "in the future", "from="),
        ("from=2020-01-01T00:00Z&to=2026-01-01T00:00Z", "at most 400", "from="),
        ("from=99999999999999999999", "is not a time", ""),
        ("group=model&group=tenant", "given 2 times", ""),
        ("&".join(f"model=m{i}" for i in range(25)), "at most 20", "model=m0"),
        (f"model={'m' * 400}", "longer than 300", ""),
    ],
)
def test_a_broken_link_says_what_was_wrong_and_offers_the_nearest(query: str, says: str, nearest: str) -> None:
    with pytest.raises(BadLink) as refused:
        read(query)
    assert says in refused.value.reason
    assert nearest in refused.value.nearest
    read(refused.value.nearest)


@given(st.lists(st.tuples(st.sampled_from(["from", "to", "range", "group", "model", "x", ""]), st.text(max_size=30))))
def test_no_link_breaks_the_reader_and_its_nearest_can_always_be_shown(pairs: list[tuple[str, str]]) -> None:
    """Several things may be wrong at once; following the offered links ends, each time one mistake less."""
    for _ in range(len(pairs) + 5):
        try:
            parse(pairs, AT)
        except BadLink as refused:
            pairs = parse_qsl(refused.nearest, keep_blank_values=True)
        else:
            return
    pytest.fail("the offered links never end")
