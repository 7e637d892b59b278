"""Real answers that got worse are told, and those that did not are quiet."""

from pathlib import Path

import pytest

from llmdrift import FALL, everything, said_of, steps_of

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.mark.realdata
@pytest.mark.slow
@pytest.mark.skipif(not DATA.exists(), reason="the public data is not beside the repository")
def test_three_real_falls_are_told_two_rises_are_none_and_the_rest_is_quiet() -> None:
    told = everything(DATA / "llmdrift", seed=1)
    assert {one.series: one.said for one in told} == {one.series: one.true for one in told}
    assert sum(one.said == FALL for one in told) == 3


def test_answers_that_got_worse_are_told_after_the_change_and_not_before() -> None:
    good, bad = [True] * 9 + [False], [True, False]
    said, answers = said_of(steps_of([*good * 60, *bad * 60]), 600)
    assert said == FALL
    assert answers is not None
    assert 0 < answers < 100
