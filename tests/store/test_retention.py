"""What was sent is kept for its time after it came, whatever time it is about."""

import pytest
from tests.store.opened import Opened


@pytest.mark.parametrize("table", ["spans", "understood", "metric_points", "log_events", "scores"])
def test_history_that_is_sent_late_is_kept_by_its_arrival(store: Opened, table: str) -> None:
    """Spans 91 to 399 days old were acknowledged, and gone with the next merge."""
    (row,) = store.rows(
        "SELECT create_table_query AS made FROM system.tables WHERE database = currentDatabase() AND name = {t:String}",
        t=table,
    )
    assert "TTL toDateTime(intDiv(received, 1000000000)) + toIntervalDay(" in row["made"]
