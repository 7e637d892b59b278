"""The comparisons behind "nothing lost, nothing double": each way to be wrong is seen, and none hides another."""

from tocsin.bench.counted import Difference, Truth
from tocsin.bench.counted import compare as compare_spans
from tocsin.bench.hook import Taken
from tocsin.bench.told import Due, Told
from tocsin.bench.told import compare as compare_messages


def taken(key: str, state: str = "firing", service: str = "shop", severity: str = "page") -> Taken:
    return Taken(0, key, key.partition(":")[0], service, state, severity)


def due(incident: str = "a", notices: int = 1, service: str = "shop", **outcomes: str) -> Due:
    return Due(incident, service, notices, {f"{incident}:{n.removeprefix('n')}": o for n, o in outcomes.items()})


def test_a_loss_and_a_double_do_not_make_up_for_each_other() -> None:
    truth = Truth(acknowledged={"one": 256, "two": 256}, unsure={})
    assert compare_spans(truth, {"one": 200, "two": 312}) == Difference(lost=56, double=56)


def test_what_was_never_acknowledged_may_be_there_or_not_but_not_twice() -> None:
    truth = Truth(acknowledged={}, unsure={"one": 256, "two": 256, "three": 256})
    assert compare_spans(truth, {"two": 256, "three": 512}) == Difference(lost=0, double=256)


def test_spans_that_nobody_sent_are_double() -> None:
    assert compare_spans(Truth({"one": 5}, {}), {"one": 5, "ghost": 3}) == Difference(lost=0, double=3)


def test_one_incident_told_once_is_right() -> None:
    assert compare_messages([due(n0="delivered")], [taken("a:0")], ["shop"]) == Told(1, 0, 0, 0)


def test_the_same_key_again_is_the_same_message() -> None:
    """A process that dies between sending and writing it down must send again (decision 0031)."""
    told = compare_messages([due(n0="delivered")], [taken("a:0"), taken("a:0")], ["shop"])
    assert told == Told(messages=1, lost=0, double=0, repeated=1)


def test_a_message_that_says_again_what_was_said_is_double() -> None:
    told = compare_messages([due(notices=2, n1="delivered")], [taken("a:0"), taken("a:1")], ["shop"])
    assert told == Told(messages=2, lost=0, double=1, repeated=0)


def test_a_message_that_says_something_new_is_not_double() -> None:
    arrived = [taken("a:0", severity="ticket"), taken("a:1"), taken("a:2", state="resolved"), taken("a:3")]
    assert compare_messages([due(notices=4, n3="delivered")], arrived, ["shop"]) == Told(4, 0, 0, 0)


def test_a_message_about_an_incident_that_nobody_knows_is_double() -> None:
    """The tick that made it was lost, and was made again under another name."""
    told = compare_messages([due("b", n0="delivered")], [taken("a:0"), taken("b:0")], ["shop"])
    assert told == Told(messages=2, lost=0, double=1, repeated=0)


def test_a_newest_message_that_never_arrived_is_lost() -> None:
    assert compare_messages([due(notices=2, n0="delivered")], [taken("a:0")], ["shop"]).lost == 1


def test_an_older_message_may_be_replaced_by_a_newer_one() -> None:
    arrived = [taken("a:1", state="resolved")]
    assert compare_messages([due(notices=2, n0="gave up: superseded", n1="delivered")], arrived, []).lost == 0


def test_a_message_on_record_as_delivered_that_never_arrived_is_lost() -> None:
    assert compare_messages([due(n0="delivered")], [], []).lost == 1


def test_a_service_that_failed_without_any_message_is_lost() -> None:
    assert compare_messages([due(n0="delivered")], [taken("a:0")], ["shop", "search"]).lost == 1
