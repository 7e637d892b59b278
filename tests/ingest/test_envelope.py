"""Wrapping by adding bytes gives what a protobuf library would write."""

import pytest
from tests.ingest.doors import unwrapped

from tocsin.ingest.envelope import envelope, varint
from tocsin.model.received import Signal


def test_envelopes_one_after_the_other_are_read_one_by_one() -> None:
    stream = envelope(b"one", "p", 1) + envelope(b"", "", 0) + envelope(bytes(300), "größe", 2**64 - 1)
    read = [(one.body, one.project, one.stamp_ns) for one in unwrapped(Signal.TRACES, stream)]
    assert read == [(b"one", "p", 1), (b"", "", 0), (bytes(300), "größe", 2**64 - 1)]


@pytest.mark.parametrize(
    ("number", "written"), [(0, "00"), (1, "01"), (127, "7f"), (128, "8001"), (300, "ac02"), (16384, "808001")]
)
def test_lengths_are_written_seven_bits_a_byte(number: int, written: str) -> None:
    assert varint(number).hex() == written
