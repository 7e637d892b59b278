"""Whom to blame behind a service."""

from collections.abc import Mapping, Sequence

from tocsin.alarms.downstream import LIFT_MAX, Load, Record, blame

CALLEES: Mapping[str, Sequence[str]] = {"shop": ["cart", "search"], "cart": ["prices"], "search": ["prices"]}


def steady(bad: float, calls: float = 100.0, steps: int = 40) -> list[Load]:
    """A rate that moves a little."""
    return [Load(calls, bad * (0.8 + 0.01 * n)) for n in range(steps)]


def record(bad: float, during: float, calls: float = 100.0) -> Record:
    return Record(steady(bad, calls), [Load(calls, during)] * 3)


def order(records: Mapping[str, Record]) -> list[str]:
    return [one.service for one in blame("shop", CALLEES, records)]


def test_the_service_that_no_callee_accounts_for_is_to_blame() -> None:
    records = {
        "shop": record(1, 40),
        "cart": record(1, 40),
        "search": record(1, 1),
        "prices": record(1, 1),
    }
    first, *_ = blame("shop", CALLEES, records)
    assert (first.service, round(first.share, 2)) == ("cart", 1.0)


def test_blame_is_handed_down_to_the_last_one_that_accounts_for_it() -> None:
    records = {"shop": record(1, 40), "cart": record(1, 40), "search": record(1, 1), "prices": record(1, 40)}
    assert order(records)[0] == "prices"


def test_a_service_whose_callees_are_as_usual_is_to_blame_itself() -> None:
    records = {name: record(1, 1) for name in ("cart", "search", "prices")} | {"shop": record(1, 40)}
    assert order(records) == ["shop"]


def test_callees_that_all_account_for_all_of_it_share_it() -> None:
    records = {name: record(1, 40) for name in ("shop", "cart", "search")} | {"prices": record(1, 1)}
    found = {one.service: round(one.share, 2) for one in blame("shop", CALLEES, records)}
    assert found == {"cart": 0.5, "search": 0.5}


def test_a_part_that_is_left_over_stays_with_the_caller() -> None:
    records = {"shop": record(1, 41), "cart": record(1, 11), "search": record(1, 1), "prices": record(1, 1)}
    found = {one.service: round(one.share, 2) for one in blame("shop", CALLEES, records)}
    assert found == {"shop": 0.75, "cart": 0.25}


def test_a_service_that_was_never_called_before_leaves_the_blame_with_its_caller() -> None:
    """A new release calls a table that does not exist: the release is at fault."""
    new = Record([Load(0, 0)] * 40, [Load(40, 40)] * 3)
    records = {"shop": record(1, 40), "cart": record(1, 40), "prices": new}
    assert order(records)[0] == "cart"
    assert "prices" not in order(records)


def test_a_service_with_a_handful_of_calls_takes_no_blame() -> None:
    records = {"shop": record(1, 40), "cart": Record(steady(1), [Load(4, 4)] * 3)}
    assert order(records) == ["shop"]


def test_of_two_equal_shares_the_one_that_rose_more_comes_first() -> None:
    records = {"shop": record(20, 60), "cart": record(20, 60), "search": record(2, 42), "prices": record(1, 1)}
    assert order(records)[0] == "search"


def test_only_the_steps_in_which_the_service_was_in_trouble_are_compared() -> None:
    calm, bad = Load(100, 1), Load(100, 40)
    records = {
        "shop": Record(steady(1), [calm, calm, bad]),
        "cart": Record(steady(1), [bad, bad, calm]),
        "search": Record(steady(1), [calm, calm, bad]),
    }
    assert order(records)[0] == "search"


def test_what_was_never_bad_before_has_a_lift_with_an_end() -> None:
    records = {"shop": Record([Load(100, 0)] * 40, [Load(100, 50)])}
    assert [one.lift for one in blame("shop", CALLEES, records)] == [LIFT_MAX]


def test_services_that_call_each_other_end_the_walk() -> None:
    records = {"shop": record(1, 40), "cart": record(1, 40)}
    found = blame("shop", {"shop": ["cart"], "cart": ["shop", "cart"]}, records)
    assert [one.service for one in found] == ["cart"]


def test_a_service_without_calls_in_the_trouble_is_named_for_want_of_another() -> None:
    records = {"shop": Record(steady(1), [Load(0, 0)] * 3)}
    assert order(records) == ["shop"]
