"""Values with units, secrets, and faults that say what to write instead."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model.secret import Secret
from tocsin.settings import (
    duration,
    duration_text,
    money,
    money_text,
    nearest,
    read,
    size,
    size_text,
    toml,
    written,
)

if TYPE_CHECKING:
    from tocsin.model.problem import SettingFault


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


@dataclass(frozen=True, slots=True)
class Inner:
    depth: int = 1


@dataclass(frozen=True, slots=True)
class Bell:
    weight: float
    hold: timedelta = timedelta(minutes=5)
    budget: Decimal = Decimal(20)
    body_bytes_max: int = 1024
    port: int = 1
    loud: bool = True
    colour: Colour = Colour.RED
    token: Secret | None = None
    names: tuple[str, ...] = ()
    keys: Mapping[str, Secret] = field(default_factory=dict[str, Secret])
    inner: Inner = Inner()
    since: datetime | None = None

    def __post_init__(self) -> None:
        if self.weight < 0:
            raise ValueError(f"weight must be zero or more; got {self.weight}")


def bell(env: Mapping[str, str] | None = None, **table: object) -> tuple[Bell | None, list[str]]:
    faults: list[SettingFault] = []
    found = read(Bell, table, where="[bell]", env=env or {}, faults=faults)
    return found, [str(fault) for fault in faults]


def test_every_kind_of_value_is_read_with_its_unit() -> None:
    found, faults = bell(
        {"TOKEN": "s3cret"},
        weight=2,
        hold="1h30m",
        budget="0.15 USD",
        body_bytes_max="16 MiB",
        port=4319,
        loud=False,
        colour="green",
        token={"env": "TOKEN"},
        names=["a", "b"],
        keys={"shop": {"env": "TOKEN"}},
        inner={"depth": 3},
        since=datetime(2026, 1, 31, 9, 30, tzinfo=UTC),
    )
    assert faults == []
    assert found == Bell(
        weight=2.0,
        hold=timedelta(minutes=90),
        budget=Decimal("0.15"),
        body_bytes_max=16 * 1024 * 1024,
        port=4319,
        loud=False,
        colour=Colour.GREEN,
        token=Secret("s3cret"),
        names=("a", "b"),
        keys={"shop": Secret("s3cret")},
        inner=Inner(3),
        since=datetime(2026, 1, 31, 9, 30, tzinfo=UTC),
    )


def test_what_is_left_out_has_its_default() -> None:
    assert bell(weight=1) == (Bell(weight=1.0), [])


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("hold", "5 m", 'hold = "5 m" is not a duration; write it as "5m"'),
        ("hold", "90 minutes", 'hold = "90 minutes" is not a duration; write it as "1h30m"'),
        ("hold", 5, 'hold = 5 is not a duration; give it a unit, as in "5s", "5m" or "5h"'),
        ("hold", "soon", 'hold = "soon" is not a duration; write it as in "30s", "5m", "2h" or "14d"'),
        ("hold", "", 'hold = "" is not a duration; write it as in "30s", "5m", "2h" or "14d"'),
        ("budget", "$20", 'budget = "$20" is not an amount of money; write it as "20 USD"'),
        ("budget", 1.5, 'budget = 1.5 is not an amount of money; write it as "1.5 USD"'),
        ("body_bytes_max", "16MB", 'body_bytes_max = "16MB" is not a size; write it as "16 MiB"'),
        ("body_bytes_max", 2048, 'body_bytes_max = 2048 is not a size; write it as "2 KiB"'),
        ("port", "4319", 'port = "4319" is not a whole number; write it as 4319'),
        ("port", True, "port = true is not a whole number"),
        ("loud", "yes", 'loud = "yes" is neither true nor false; write one of these, without quotes'),
        ("colour", "geen", 'colour = "geen" is not known; did you mean green?'),
        ("names", "a", 'names = "a" is not a list; write it as ["a", "b"]'),
        ("keys", 5, "keys = 5 is not a table"),
        ("wieght", 5, "wieght is not a known key; did you mean weight?"),
        ("weight", -1, "weight must be zero or more; got -1.0"),
    ],
)
def test_a_wrong_value_is_told_with_what_to_write(key: str, value: object, told: str) -> None:
    faults: list[SettingFault] = []
    found = read(Bell, {"weight": 1, key: value}, where="[bell]", env={}, faults=faults)
    assert found is None
    assert [str(fault) for fault in faults] == [f"[bell]: {told}"]


def test_a_missing_value_without_a_default_is_told() -> None:
    assert bell() == (None, ["[bell]: weight is missing and has no default"])


def test_every_fault_is_told_at_once() -> None:
    _, faults = bell(weight="heavy", hold="5 m", budget="20", prt=1, inner={"deep": 1})
    assert len(faults) == 5
    assert "[bell.inner]: deep is not a known key; did you mean depth?" in faults


def test_a_secret_in_the_file_is_refused_and_not_repeated() -> None:
    _, faults = bell(weight=1, token="xoxb-very-secret")
    told = "[bell]: token is a secret and can't stand in the file (its value is not shown here); put it in the"
    assert faults == [f'{told} environment and write token = {{ env = "TOKEN" }}']


def test_a_secret_whose_variable_is_not_set_is_told() -> None:
    _, faults = bell(weight=1, token={"env": "BELL"})
    assert faults == ['[bell]: token = { env = "BELL" } names a variable that is not set; set BELL before the start']


def test_what_is_shown_is_read_back_as_it_was_and_shows_no_secret() -> None:
    found, _ = bell({"TOKEN": "s3cret"}, weight=0.5, token={"env": "TOKEN"}, keys={"a b": {"env": "TOKEN"}})
    assert found is not None
    text = "\n".join(written(found))
    assert "s3cret" not in text
    assert 'token = { env = "TOKEN" }' in text
    assert 'keys = { "a b" = { env = "TOKEN" } }' in text
    assert "# since = not set" in text


@given(st.integers(min_value=0, max_value=10**12))
def test_a_duration_is_read_back_as_it_was_written(ms: int) -> None:
    assert duration(duration_text(timedelta(milliseconds=ms))) == timedelta(milliseconds=ms)


@given(st.integers(min_value=0, max_value=2**50))
def test_a_size_is_read_back_as_it_was_written(n: int) -> None:
    assert size(size_text(n)) == n


@given(st.decimals(min_value=0, max_value=10**9, places=9))
def test_money_is_read_back_as_it_was_written(amount: Decimal) -> None:
    assert money(money_text(amount)) == amount


@given(st.text())
def test_no_text_does_more_than_be_refused(text: str) -> None:
    for convert in (duration, money, size):
        try:
            convert(text)
        except ValueError as told:
            assert "write it as" in str(told) or "give it a unit" in str(told)  # noqa: PT017 - both ways are right


def test_a_name_near_none_lists_those_that_are_known() -> None:
    assert nearest("zzz", ["alpha", "beta"]) == "known here: alpha, beta"


def test_text_with_quotes_is_written_as_toml_reads_it() -> None:
    assert toml('say "hi"\\') == '"say \\"hi\\"\\\\"'


@dataclass(frozen=True, slots=True)
class Patient:
    window_s: int = 600
    body_read_s_max: float = 30.0
    events_seen: int = 1


@pytest.mark.parametrize(
    ("given_", "read_"),
    [(600, 600), ("600s", 600), ("10m", 600), ("10 min", 600), ("30 s", 30), ("1h30m", 5400), ("1.5 h", 5400)],
)
def test_a_key_in_seconds_takes_a_number_or_a_length_of_time(given_: object, read_: int) -> None:
    """Everywhere else the file takes lengths of time as texts; these keys refused them."""
    faults: list[SettingFault] = []
    found = read(Patient, {"window_s": given_, "body_read_s_max": given_}, where="[p]", env={}, faults=faults)
    assert faults == []
    assert found == Patient(read_, read_)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"window_s": "a while"}, 'window_s = "a while" is not a length of time; write it as in "30s" or "10m"'),
        ({"window_s": "500ms"}, 'window_s = "500ms" is not whole seconds'),
        ({"body_read_s_max": "30"}, 'body_read_s_max = "30" is not a length of time'),
        ({"events_seen": "10m"}, 'events_seen = "10m" is not a whole number'),
    ],
)
def test_a_key_in_seconds_says_what_it_takes(table: dict[str, object], told: str) -> None:
    faults: list[SettingFault] = []
    assert read(Patient, table, where="[p]", env={}, faults=faults) is None
    assert str(faults[0]).startswith(f"[p]: {told}")
