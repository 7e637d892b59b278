from datetime import UTC, datetime, timedelta

import pytest

from tocsin.model.measure import Unit
from tocsin.notify import words


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0, "0%"),
        (0.00003, "<0.01%"),
        (0.0004, "0.04%"),
        (0.004, "0.4%"),
        (0.01, "1%"),
        (0.0512, "5.1%"),
        (0.0994, "9.9%"),
        (0.0996, "10%"),
        (41 / 178, "23%"),
        (0.9996, "99.9%"),
        (1.0, "100%"),
    ],
)
def test_a_share_is_written_as_percent_and_only_all_of_it_as_a_hundred(value: float, written: str) -> None:
    assert words.share(value) == written


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (0.0, "$0"),
        (0.00001, "<$0.0001"),
        (0.00424, "$0.0042"),
        (0.5, "$0.5"),
        (0.996, "$1"),
        (11.0, "$11"),
        (48.2, "$48.20"),
        (1156.8, "$1,157"),
        (-3.5, "-$3.50"),
    ],
)
def test_money_is_written_to_about_three_digits(amount: float, written: str) -> None:
    assert words.usd(amount) == written


@pytest.mark.parametrize(
    ("value", "written"), [(0.0, "0 ms"), (0.25, "250 ms"), (1.0, "1 s"), (7.94, "7.9 s"), (130.4, "2 min 10 s")]
)
def test_how_long_a_call_takes_has_a_unit(value: float, written: str) -> None:
    assert words.seconds(value) == written


@pytest.mark.parametrize(
    ("span", "written"),
    [
        (timedelta(0), "0 s"),
        (timedelta(seconds=45), "45 s"),
        (timedelta(minutes=27), "27 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=1, minutes=5, seconds=9), "1 h 5 min"),
        (timedelta(days=2, minutes=3), "2 d"),
        (timedelta(seconds=-5), "0 s"),
    ],
)
def test_a_stretch_of_time_is_written_in_its_two_largest_units(span: timedelta, written: str) -> None:
    assert words.length(span) == written


def test_every_unit_can_be_written() -> None:
    assert {unit: words.measured(1234.5, unit) for unit in Unit} == {
        Unit.SECONDS: "20 min 34 s",
        Unit.SHARE: "123450%",
        Unit.USD_PER_HOUR: "$1,234/h",
        Unit.TOKENS_PER_HOUR: "1,234 tokens/h",
        Unit.TOKENS_PER_CALL: "1,234 tokens a call",
        Unit.USD_PER_CALL: "$1,234 a call",
        Unit.CALLS_PER_MINUTE: "1,234 calls/min",
    }


def test_a_moment_of_another_day_has_its_date() -> None:
    seen = datetime(2026, 3, 3, 0, 5, tzinfo=UTC)
    assert words.clock_time(seen, seen_at=seen) == "00:05 UTC"
    assert words.clock_time(seen - timedelta(minutes=10), seen_at=seen) == "2 Mar 23:55 UTC"


def test_a_name_from_outside_is_one_short_line_without_tricks() -> None:
    assert words.name("bot\r\n\x1b[31m\u202e  two ") == "bot [31m two"
    assert words.name("x" * 100) == "x" * 79 + "…"
