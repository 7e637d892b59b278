"""What flags are worth, by hand."""

from math import exp

import pytest

from nab_score import LOW_FN, LOW_FP, PROFILES, STANDARD, Window, probation, scaled, score

# 1,000 points, of which the first 150 are not scored.
POINTS = 1000
WINDOW = Window(400, 499)


def shape(place: float) -> float:
    return 2 / (1 + exp(5 * place)) - 1


def raw(*flags: int, windows: tuple[Window, ...] = (WINDOW,)) -> float:
    return score(flags, windows, POINTS, STANDARD).raw


def test_no_flags_are_0_and_perfect_ones_are_100() -> None:
    for profile in PROFILES:
        assert scaled([score((), (WINDOW,), POINTS, profile)], profile) == 0
        assert scaled([score((400,), (WINDOW,), POINTS, profile)], profile) == 100


def test_a_window_is_worth_less_the_later_it_is_found() -> None:
    assert raw(400) == pytest.approx(1)
    # Half a window is left after the 450th point, the point itself included.
    assert raw(450) == pytest.approx(shape(-0.5) / shape(-1))
    assert raw(499) == pytest.approx(shape(-0.01) / shape(-1))
    assert raw(400) > raw(450) > raw(499) > 0


def test_only_the_first_flag_in_a_window_counts() -> None:
    assert raw(420, 421, 450, 499) == raw(420)


def test_a_flag_before_the_first_window_or_far_behind_one_costs_all_of_it() -> None:
    assert raw(399, 400) == pytest.approx(1 - 0.11)
    assert raw(400, 499 + 3 * 99) == pytest.approx(1 - 0.11)


def test_a_flag_right_after_a_window_costs_little() -> None:
    assert raw(400, 500) == pytest.approx(1 + 0.11 * shape(1 / 99))
    assert raw(400, 598) == pytest.approx(1 + 0.11 * shape(1))


def test_a_false_flag_is_measured_from_the_window_before_it() -> None:
    two = (WINDOW, Window(600, 649))
    assert raw(400, 600, 650, windows=two) == pytest.approx(2 + 0.11 * shape(1 / 49))
    assert raw(400, 600, 590, windows=two) == pytest.approx(2 + 0.11 * shape(91 / 99))


def test_every_false_flag_costs() -> None:
    assert raw(200, 210, 220) == pytest.approx(-1 - 3 * 0.11)


def test_the_first_points_are_not_scored() -> None:
    assert [probation(points) for points in (1000, 5000, 20_000)] == [150, 750, 750]
    assert raw(0, 149) == -1
    assert raw(150) == pytest.approx(-1 - 0.11)


def test_profiles_weigh_misses_and_false_flags() -> None:
    assert score((), (WINDOW,), POINTS, LOW_FN).raw == -2
    assert score((200,), (WINDOW,), POINTS, LOW_FP).raw == pytest.approx(-1 - 0.22)


def test_a_series_without_windows_can_only_cost() -> None:
    quiet, noisy = score((), (), POINTS, STANDARD), score((300,), (), POINTS, STANDARD)
    assert (quiet.raw, noisy.raw) == (0, pytest.approx(-0.11))
    found = score((400,), (WINDOW,), POINTS, STANDARD)
    assert scaled([found, noisy], STANDARD) == pytest.approx(100 * (1 - 0.11 + 1) / 2)
