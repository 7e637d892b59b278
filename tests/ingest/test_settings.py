"""Which settings may be served, and which contradict themselves."""

from dataclasses import replace

import pytest
from tests.ingest.doors import RecordingSink, awaited, http_door

from tocsin.ingest.keys import Keys
from tocsin.ingest.listen import http_socket
from tocsin.ingest.settings import Settings, refuse_open_door
from tocsin.model.problem import BadSetting


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_a_door_for_this_machine_needs_no_key(host: str) -> None:
    assert refuse_open_door(Settings(host=host)) is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.1.5", "example.org", "localhost.example.org"])  # noqa: S104
def test_a_door_for_others_is_refused_without_a_key(host: str) -> None:
    fault = refuse_open_door(Settings(host=host))
    assert fault is not None
    assert fault.path == "ingest.host"
    assert f'"{host}"' in fault.reason
    assert refuse_open_door(Settings(host=host, keys={"a-long-random-key": "shop"})) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])  # noqa: S104
def test_an_empty_key_is_no_key(host: str) -> None:
    fault = refuse_open_door(Settings(host=host, keys={" ": "shop"}))
    assert fault is not None
    assert fault.path == "ingest.keys"


def test_a_sender_without_a_key_never_matches() -> None:
    assert Keys({"a": "shop"}).project_of({}) is None
    assert Keys({"a": "shop"}).project_of({"x-tocsin-key": ""}) is None


def test_a_key_of_the_process_itself_changes_nothing_for_others() -> None:
    """A drill's key must neither close a door that is open without keys, nor open one that is closed."""
    for keys, others in (({}, "default"), ({"a": "shop"}, None)):
        door = Keys(keys, {"own": "tocsin-drill"})
        assert door.project_of({"x-tocsin-key": "own"}) == "tocsin-drill"
        assert door.project_of({}) == others
        assert door.project_of({"x-tocsin-key": "else"}) == others


def test_keys_do_not_show_when_the_settings_are_printed() -> None:
    assert "a-long-random-key" not in repr(Settings(keys={"a-long-random-key": "shop"}))


def test_a_body_that_could_never_fit_into_the_queue_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="body_bytes_max must lie in"):
        Settings(body_bytes_max=100, queue_bytes_max=99)


@pytest.mark.parametrize("name", ["json_bytes_max", "queue_requests_max", "grpc_reads_max", "decode_threads"])
def test_a_limit_that_lets_nothing_through_is_refused_at_the_start(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be at least 1; found 0"):
        replace(Settings(), **{name: 0})


@awaited
async def test_a_taken_http_port_is_a_bad_setting_that_names_it() -> None:
    async with http_door(RecordingSink()) as running:
        with pytest.raises(BadSetting, match=f"ingest.http_port: can't listen on 127.0.0.1:{running.port}"):
            http_socket(Settings(http_port=running.port))
