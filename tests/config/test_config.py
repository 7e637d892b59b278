"""The whole file: put together, told about in full, shown without secrets."""

import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tocsin.config import Config, load, parse, show
from tocsin.model.problem import BadSetting

HERE = Path(__file__).parent
ENV = {
    "SHOP_KEY": "key-of-the-shop",
    "HELP_KEY": "key-of-the-help-desk",
    "SLACK_WEBHOOK": "https://hooks.example.com/services/very-secret",
    "PAGER_URL": "https://pager.example.com/in/also-secret",
    "HEARTBEAT_URL": "https://hc.example.com/ping/secret-too",
}


def faults_of(text: str, asked: dict[str, dict[str, object]] | None = None) -> list[str]:
    with pytest.raises(BadSetting) as told:
        parse(text, "tocsin.toml", ENV, asked or {})
    return [str(fault) for fault in told.value.faults]


def test_nothing_needs_to_be_configured() -> None:
    config = parse("", "", {})
    assert (config.server.host, config.server.port) == ("127.0.0.1", 4319)
    assert (config.ingest.http_port, config.ingest.grpc_port) == (4318, 4317)
    assert config.server.link_base == "http://127.0.0.1:4319"


def test_five_mistakes_are_told_at_once_with_the_nearest_known_names() -> None:
    text = """
    [server]
    prot = 4319
    [ingest]
    body_bytes_max = "16MB"
    [retention]
    spans = "30 days"
    [atributes]
    tenant = ["customer"]
    [[prices]]
    model = "my-model"
    input_usd_per_mtok = 0.15
    """
    assert faults_of(text) == [
        "tocsin.toml: [atributes] is not a known section; did you mean attributes?",
        "tocsin.toml: [server] prot is not a known key; did you mean port?",
        'tocsin.toml: [ingest] body_bytes_max = "16MB" is not a size; write it as "16 MiB"',
        'tocsin.toml: [retention] spans = "30 days" is not a duration; write it as "30d"',
        'tocsin.toml: [[prices]] number 1 input_usd_per_mtok = 0.15 is not an amount of money; write it as "0.15 USD"',
    ]


def test_a_file_that_is_not_toml_is_told_with_its_line() -> None:
    assert faults_of("[server\nport = 1") == [
        "tocsin.toml: is not TOML: Expected ']' at the end of a table declaration (at line 1, column 8)"
    ]


def test_a_section_that_is_no_table_is_told() -> None:
    assert faults_of("server = 1\ningest = 2\nprices = 3") == [
        "tocsin.toml: [server] must be a table; found 1",
        "tocsin.toml: [ingest] must be a table; found 2",
        "tocsin.toml: [prices] is a list of tables; begin each with [[prices]]",
    ]


def test_the_command_line_goes_over_the_file_and_is_judged_like_it() -> None:
    config = parse("[server]\nport = 5000\ndata = 'there'", "tocsin.toml", {}, {"server": {"port": 6000}})
    assert (config.server.port, config.server.data) == (6000, Path("there"))
    assert faults_of("", {"server": {"port": 70_000}}) == [
        "tocsin.toml: [server] port must lie in 0..65535; found 70000"
    ]


def test_a_door_open_to_others_needs_a_key() -> None:
    open_door = '[ingest]\nhost = "0.0.0.0"\n'
    (fault,) = faults_of(open_door)
    assert "no ingest key is set" in fault
    config = parse(open_door + '[ingest.keys]\nshop = { env = "SHOP_KEY" }', "tocsin.toml", ENV)
    assert config.ingest.keys == {"key-of-the-shop": "shop"}


def test_two_projects_can_not_share_a_key() -> None:
    text = '[ingest.keys]\nshop = { env = "SHOP_KEY" }\nhelp = { env = "SHOP_KEY" }'
    assert faults_of(text) == ["tocsin.toml: [ingest] keys: two projects have one key; give each its own"]


def test_the_project_of_drills_has_no_key_of_the_file() -> None:
    (fault,) = faults_of('[ingest.keys]\ntocsin-drill = { env = "SHOP_KEY" }')
    assert "tocsin-drill is for drills" in fault


def test_a_page_open_to_others_must_be_said_to_be_so() -> None:
    (fault,) = faults_of('[server]\nhost = "0.0.0.0"')
    assert "the page has no login" in fault
    text = '[server]\nhost = "0.0.0.0"\nreachable_without_login = true\nbase_url = "https://bell.example.com/"'
    assert parse(text, "tocsin.toml", {}).server.link_base == "https://bell.example.com"


def test_a_link_base_without_a_scheme_is_told() -> None:
    assert faults_of('[server]\nbase_url = "bell.example.com"') == [
        'tocsin.toml: [server] base_url = "bell.example.com" is no address; write it as in "https://tocsin.example.com"'
    ]


def test_ages_are_whole_days_because_the_engine_drops_days() -> None:
    assert faults_of('[retention]\nspans = "36h"') == [
        'tocsin.toml: [retention] spans = "1d12h" is not whole days; write it as in "30d"'
    ]
    assert parse('[retention]\nspans = "7d"', "", {}).retention.spans == timedelta(days=7)


def test_own_prices_have_a_day_from_which_they_hold() -> None:
    text = """
    [[prices]]
    provider = "azure"
    model = "our-deployment"
    since = 2026-01-31
    input_usd_per_mtok = "0.15 USD"
    output_usd_per_mtok = "0.60 USD"
    """
    (price,) = parse(text, "tocsin.toml", {}).prices
    assert price.since == datetime(2026, 1, 31, tzinfo=UTC)
    assert price.input_usd_per_mtok == Decimal("0.15")


def test_an_alarm_of_the_pack_can_be_changed_and_turned_off_and_one_of_ones_own_added() -> None:
    text = """
    [alarms.errors_fast]
    hold = "1m"
    [alarms.no_data]
    enabled = false
    [alarms.strict]
    kind = "errors_fast"
    share_min = 0.01
    """
    alarms = {alarm.name: alarm for alarm in parse(text, "", {}).alarms}
    assert alarms["errors_fast"].patience.hold == timedelta(minutes=1)
    assert "no_data" not in alarms
    assert alarms["strict"].settings.share_min == 0.01


def test_faults_of_alarms_name_the_alarm() -> None:
    text = """
    [alarms.errors_fast]
    hold = "5 m"
    [alarms.no_data]
    silence_mni = "5m"
    [alarms.latency_dirft]
    hold = "5m"
    """
    told = faults_of(text)
    assert told[:2] == [
        'tocsin.toml: [alarms.errors_fast] hold = "5 m" is not a duration; write it as "5m"',
        "tocsin.toml: [alarms.no_data] silence_mni is not a known key; did you mean silence_min?",
    ]
    assert "did you mean latency_drift?" in told[2]


def test_a_channel_says_its_type_and_that_type_has_its_own_settings() -> None:
    (place,) = parse('[channels.oncall]\ntype = "webhook"\nurl = { env = "PAGER_URL" }', "", ENV).channels
    assert (place.name, place.type, place.target.name) == ("oncall", "webhook", "oncall")


def test_faults_of_channels_name_the_channel_and_show_no_secret() -> None:
    text = """
    [channels.first]
    type = "slak_webhook"
    [channels.second]
    url = { env = "PAGER_URL" }
    [channels.third]
    type = "slack_webhook"
    url = "https://hooks.example.com/services/very-secret"
    mention = "heer"
    [channels.inbox]
    type = "inbox"
    """
    told = faults_of(text)
    assert [line.split(";")[0] for line in told] == [
        'tocsin.toml: [channels.first] type = "slak_webhook" is not known',
        "tocsin.toml: [channels.second] type is missing",
        ("tocsin.toml: [channels.third] url is a secret and can't stand in the file (its value is not shown here)"),
        'tocsin.toml: [channels.third] mention = "heer" is not known',
        "tocsin.toml: [channels.inbox] is built in and always there",
    ]
    assert "very-secret" not in " ".join(told)


def test_a_file_that_was_named_and_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="can't be read: No such file or directory"):
        load(tmp_path / "none.toml", {})


def test_the_file_of_the_folder_is_taken_when_none_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tocsin.toml").write_text("[server]\nport = 5000\n")
    monkeypatch.chdir(tmp_path)
    config = load(None, {})
    assert (config.server.port, config.source) == (5000, "tocsin.toml")


def golden(path: Path, text: str) -> None:
    if os.environ.get("TOCSIN_GOLDEN") == "rewrite":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_what_is_shown_is_the_golden_text_and_holds_no_secret() -> None:
    config = load(HERE / "full.toml", ENV)
    text = show(config)
    assert not [secret for secret in ENV.values() if secret in text]
    golden(HERE / "full.golden.toml", text)


def test_the_defaults_as_shown_are_the_golden_text() -> None:
    golden(HERE / "defaults.golden.toml", show(parse("", "", {})))


def test_what_is_shown_is_read_back_as_the_same_configuration() -> None:
    config = load(HERE / "full.toml", ENV)
    again: Config = parse(show(config), config.source, ENV)
    assert again == config
