"""When a trouble began."""

from datetime import UTC, datetime, timedelta

from tocsin.alarms.onset import onset
from tocsin.model.parts import Parts, PartsRow

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def minutes(text: str) -> list[PartsRow]:
    """Make minutes: x bad, o good, anything else without calls."""
    return [
        PartsRow(START + timedelta(minutes=n), (), Parts(calls=10, failed=9 if letter == "x" else 0))
        for n, letter in enumerate(text)
        if letter in "xo"
    ]


def began(text: str) -> int | None:
    found = onset(minutes(text), lambda parts: parts.failed > 0)
    return None if found is None else (found - START) // timedelta(minutes=1)


def test_it_began_with_the_first_bad_minute_before_it_fired() -> None:
    assert began("ooooxxx") == 4


def test_two_good_minutes_do_not_part_a_trouble_and_three_do() -> None:
    assert began("oxooxx") == 1
    assert began("oxoooxx") == 5


def test_minutes_without_calls_say_nothing() -> None:
    assert began("ox......xx") == 1


def test_a_long_silence_parts_it() -> None:
    assert began("x" + "." * 40 + "xx") == 41


def test_the_last_minutes_may_look_healthy() -> None:
    assert began("ooxxoo") == 2


def test_where_nothing_was_bad_nothing_is_claimed() -> None:
    assert began("oooo") is None
    assert began("") is None
