"""The line to the engine: what goes in as a parameter comes out the same, and an answer can always be read."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.store.opened import Opened

from tocsin.model.problem import BadInput, Foreign
from tocsin.model.received import Signal

# What a filter in a URL may hold: anything that is text.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    [
        "",
        "NULL",
        "\\N",
        "\\",
        "'",
        '"',
        "a\tb",
        "a\nb",
        "\r",
        "\0",
        "{p:String}",
        "@where@",
        "é😀",
        "[]",
        "\\t",
        "%",
        "''",
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXT, st.lists(TEXT, max_size=3))
def test_a_parameter_comes_out_as_it_went_in(store: Opened, text: str, texts: list[str]) -> None:
    rows = store.writer.ask("SELECT {one:String}, {many:Array(String)}", {"one": text, "many": texts})
    assert rows == [[text, texts]]


def test_an_answer_with_bytes_that_are_no_text_can_be_read(store: Opened) -> None:
    """Whatever way they came into a table, one row must not make a page fall over."""
    for line in (store.writer, store.reader):
        assert line.ask("SELECT unhex('41ff42') AS broken, '{x}' AS whole", {}) == [["A\ufffdB", "{x}"]]


def test_numbers_come_out_whole(store: Opened) -> None:
    row = store.writer.ask("SELECT toInt64(-9223372036854775808), toUInt64(18446744073709551615), nan, true, NULL")
    assert row == [[-(2**63), 2**64 - 1, None, True, None]]


def test_a_fault_says_what_was_wrong_and_quotes_no_stored_text(store: Opened) -> None:
    with pytest.raises(Foreign, match="UNKNOWN_TABLE") as told:
        store.writer.ask("SELECT 'a secret' FROM no_such_table")
    assert "a secret" not in str(told.value)


@pytest.mark.parametrize("signal", Signal)
@pytest.mark.parametrize("body", [b"\xff", b"\x0a\xff", b"\x05\x0a\x03abc", b"{}", b"\x03\x0a\x01\x08"])
def test_bytes_that_are_no_envelope_are_bad_input_and_the_line_goes_on(
    store: Opened, signal: Signal, body: bytes
) -> None:
    with pytest.raises(BadInput):
        store.writer.insert(signal, [body])
    assert store.writer.ask("SELECT 1") == [[1]]
