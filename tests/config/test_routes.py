"""Routing keys stand beside a channel's own settings; every mistake is told, with what was probably meant."""

from dataclasses import fields

import pytest

from tocsin.config import parse
from tocsin.model.alarm import Severity
from tocsin.model.problem import BadSetting
from tocsin.notify.channel import Channel, load_channels
from tocsin.notify.route import Route

ENV = {"URL": "https://hooks.example.com/x", "KEY": "0123456789abcdef"}
TWO = """
[channels.pager]
type = "pagerduty"
routing_key = { env = "KEY" }
severities = ["page"]
backup = "team"
[channels.team]
type = "webhook"
url = { env = "URL" }
hours = "Mon-Fri 09:00-18:00"
zone = "Europe/Berlin"
"""


def faults_of(text: str) -> list[str]:
    with pytest.raises(BadSetting) as raised:
        parse(text, "tocsin.toml", ENV)
    return [f"{fault.path}: {fault.reason}" for fault in raised.value.faults]


def test_a_route_stands_beside_the_settings_of_its_channel() -> None:
    pager, team = parse(TWO, "", ENV).channels
    assert pager.route == Route(severities=(Severity.PAGE,), backup="team")
    assert (pager.target.backup, pager.target.has_hours) == ("team", False)
    assert (team.route.hours, team.route.zone) == ("Mon-Fri 09:00-18:00", "Europe/Berlin")
    assert (team.target.backup, team.target.has_hours) == ("", True)


def test_faults_of_a_route_name_the_channel_and_the_nearest_word() -> None:
    wrong = TWO.replace('["page"]', '["pages"]').replace("Mon-Fri", "Mon-Fry")
    wrong += '[channels.third]\ntype = "webhook"\nurl = { env = "URL" }\nservice = ["x"]\nbackup = "third"'
    assert faults_of(wrong) == [
        'tocsin.toml: [channels.pager] severities = "pages" is not known; did you mean page?',
        'tocsin.toml: [channels.team] hours = "Mon-Fry 09:00-18:00": Fry is no day; did you mean Fri?',
        "tocsin.toml: [channels.third] service is not a known key; did you mean services?",
        'tocsin.toml: [channels.third] backup = "third" is this channel itself; name another one',
    ]


def test_a_backup_must_be_another_channel_of_the_file() -> None:
    assert faults_of(TWO.replace('backup = "team"', 'backup = "taem"')) == [
        'tocsin.toml: [channels.pager] backup = "taem" is no channel of this file; did you mean team?'
    ]
    assert faults_of(TWO.replace('backup = "team"', 'backup = "pager"')) == [
        'tocsin.toml: [channels.pager] backup = "pager" is this channel itself; name another one'
    ]


@pytest.mark.parametrize("channel", [pytest.param(c, id=name) for name, c in load_channels().items()])
def test_no_channel_has_a_setting_that_is_called_as_a_key_of_the_route(channel: Channel[object]) -> None:
    own = {setting.name for setting in fields(channel.settings)}  # pyright: ignore[reportArgumentType] - a dataclass
    assert not own & {setting.name for setting in fields(Route)}
