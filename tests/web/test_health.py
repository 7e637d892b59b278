"""What the server says of itself to those who watch it."""

from datetime import datetime, timedelta

import pytest
from tests.web.rows import AT

from tocsin.web.api import health

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("ticked", "status"),
    [
        (None, "ok"),
        (AT, "ok"),
        (AT - 60 * SECOND, "ok"),
        (AT - 61 * SECOND, "late"),
        (AT + 60 * SECOND, "ok"),
        (AT + 61 * SECOND, "late"),
    ],
)
def test_alarms_that_do_not_judge_are_no_good_health(ticked: datetime | None, status: str) -> None:
    """A tick far in the future is as bad as one long ago: nothing is judged until then."""
    assert health(ticked, AT) == status
