"""What is read from the system is read right."""

import os

import pytest

from tocsin.bench.machine import Part, last_of_each, parts, seconds_of, use_of


def test_parts_that_a_merge_replaced_do_not_count() -> None:
    """They stay on the disk for minutes, and a table would look twice as large as it is."""
    names = ["20261123_1_1_0", "20261123_2_2_0", "20261123_1_2_1", "20261123_3_3_0", "20261130_1_1_0", "detached"]
    assert sorted(parts(names)) == ["20261123_1_2_1", "20261123_3_3_0", "20261130_1_1_0"]


def test_a_part_that_was_merged_twice_covers_all_that_went_before() -> None:
    names = ["all_1_1_0", "all_2_2_0", "all_1_2_1", "all_3_3_0", "all_1_3_2", "all_4_4_0"]
    assert sorted(parts(names)) == ["all_1_3_2", "all_4_4_0"]


def test_names_with_a_mutation_are_parts_too() -> None:
    assert parts(["all_4_4_0_7"]) == {"all_4_4_0_7": Part("all", 4, 4, 0)}


def test_what_is_no_part_is_left_out() -> None:
    assert parts(["format_version.txt", "mutation_1.txt", "tmp_insert_all_3_3_0x", "detached"]) == {}


def test_inserts_are_counted_by_partition() -> None:
    used = parts(["20261123_1_7_2", "20261123_8_8_0", "20261130_1_3_1"])
    assert sorted(last_of_each(used.values())) == [3, 8]


@pytest.mark.parametrize(
    ("text", "seconds"), [("0:00.52", 0.52), ("12:34", 754.0), ("1:02:03", 3723.0), ("1:02:03.5", 3723.5)]
)
def test_used_time_is_read_as_ps_writes_it(text: str, seconds: float) -> None:
    assert seconds_of(text) == pytest.approx(seconds)


def test_the_use_of_a_running_process_is_plausible() -> None:
    use = use_of(os.getpid())
    assert 10 < use.rss_mb <= use.peak_mb
    assert use.cpu_s > 0


def test_a_process_that_ended_is_an_error_and_not_a_zero() -> None:
    with pytest.raises(OSError, match=r"\d"):
        use_of(2**22 + 1)
