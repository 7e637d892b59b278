"""An alarm with settings written otherwise: read as a configuration is, and told as one writes it."""

import tomllib
from datetime import timedelta
from decimal import Decimal

import pytest

from tocsin.alarms.edited import edited, toml_lines, written
from tocsin.alarms.kind import Alarm
from tocsin.alarms.pack import DEFAULT, pack
from tocsin.model.problem import BadSetting

BY_NAME = {alarm.name: alarm for alarm in DEFAULT}


@pytest.mark.parametrize("alarm", DEFAULT, ids=lambda alarm: alarm.name)
def test_what_is_written_reads_as_what_it_was(alarm: Alarm) -> None:
    assert edited(alarm, written(alarm)) == alarm
    assert toml_lines(alarm, edited(alarm, written(alarm))) == []


def test_what_was_changed_is_told_as_a_configuration_that_gives_it() -> None:
    alarm = BY_NAME["cost_run_rate"]
    changed = edited(alarm, {"factor": "3", "monthly_budget": "900 USD", "hold": "20m", "window": " "})
    assert (changed.settings.factor, changed.settings.monthly_budget) == (3.0, Decimal(900))
    assert changed.patience.hold == timedelta(minutes=20)
    assert changed.settings.window == alarm.settings.window
    lines = toml_lines(alarm, changed)
    assert lines[0] == "[alarms.cost_run_rate]"
    (read,) = [one for one in pack(tables("\n".join(lines))) if one.name == "cost_run_rate"]
    assert read == changed


def tables(text: str) -> dict[str, object]:
    return tomllib.loads(text)["alarms"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"share_min": "2"}, "share_min must lie between 0 and 1"),
        ({"window": "soon"}, '"soon" is not a duration'),
        ({"sharemin": "0.1"}, "sharemin is not a known key; did you mean share_min?"),
        ({"window": "1m"}, "recent_window must not be longer than window"),
        ({"hold": "-5m"}, "hold"),
        ({"share_min": "0.1\nfailed_min = 1"}, "share_min"),
    ],
)
def test_what_can_not_be_read_is_told(given: dict[str, str], told: str) -> None:
    with pytest.raises(BadSetting) as wrong:
        edited(BY_NAME["errors_fast"], given)
    assert told in str(wrong.value)
