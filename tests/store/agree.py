"""Compares everything that the store says of a project with the same said in plain Python."""

from collections.abc import Sequence
from datetime import timedelta

from tests.store.opened import START, Opened
from tests.store.told import Told, added_up, settled

from tocsin.model.dimension import Dimension
from tocsin.model.window import Window

MINUTE = timedelta(minutes=1)
DAY = Window(START, START + timedelta(days=1))


def matches(
    store: Opened,
    project: str,
    spans: Sequence[Told],
    window: Window = DAY,
    *,
    dimensions: Sequence[Dimension] = (Dimension.MODEL, Dimension.TENANT),
) -> None:
    """Compare everything the store says with the same said in Python."""
    expected = settled(spans)
    found = {
        (int(row["trace"], 16), int(row["span"], 16)): row
        for row in store.stored(
            "calls",
            project,
            "lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, not_counted, session, user, tenant, feature, "
            "agent, toString(cost) AS cost, price",
        )
    }
    assert {key: call.not_counted for key, call in expected.items()} == {k: r["not_counted"] for k, r in found.items()}
    for key, call in expected.items():
        row = found[key]
        facts = [row[name] for name in ("session", "user", "tenant", "feature", "agent", "price")]
        assert [call.session, call.user, call.tenant, call.feature, call.agent, call.price] == facts
        assert row["cost"] == (None if call.femto is None else str(call.femto))
    for step in (MINUTE, timedelta(hours=1), None):
        assert store.reader.parts(project, window, step, (), {}) == added_up(expected.values(), window, step)
    for dimension in dimensions:
        asked = store.reader.parts(project, window, None, (dimension,), {})
        assert asked == added_up(expected.values(), window, None, (dimension,)), dimension
